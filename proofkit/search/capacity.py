"""The theorems of network capacity and of arbitrary depths by induction over levels (Cohen, Sharir and Shashua, COLT 2016).

And of arbitrary depths (theorem 2), of which it is the case L2 = 1: a network whose inputs are taken in blocks of 2 ** (L2 - 1).
Lower bound, almost everywhere: the channels of a block are columns of G @ A. At the witness where A picks independent columns of
G, with all-ones weights on level L2 and weights that pick the first channel above, every channel of level l is one tensor X_l,
with X_(l+1) = X_l (x) X_l, and ranks multiply. Upper bound, for all weights: every channel is K C_g H.T with inner sizes
r[L2 - 1] ** (2 ** (l - L2)), so the rank is at most that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from proofkit.diagrams import Expression, Scope
from proofkit.diagrams.build import Label, contract, parity
from proofkit.errors import ProofkitError
from proofkit.search import arithmetic
from proofkit.search.arithmetic import Polynomial, plus
from proofkit.search.derivation import Derivation, grouped
from proofkit.search.factors import undone
from proofkit.search.ranks import by_factors
from proofkit.statements import Node, parse_declarations, parse_expression, to_text


def bundled(value: Expression, keep: int = 1) -> Expression:
    """All modes but the last ``keep`` as one bundle."""
    odd, even = parity(value.shape[: len(value.shape) - keep])
    count = len(value.groups)
    rest: list[list[list[Label]]] = [[[label]] for label in range(count - keep, count)]
    return contract([value], [list(range(count))], [[odd, even], *rest])


def same(left: Expression, right: Expression) -> list[list[dict[str, object]]]:
    """The bijection between two expressions that are equal as bundles."""
    found = grouped(bundled(left), bundled(right))
    if found is None:
        raise ProofkitError("a level of the network does not have the form of the invariant")
    return found


def _scope(where: str, values: dict[str, str] | None = None, sizes: tuple[str, ...] = ()) -> Scope:
    scope = Scope.of(parse_declarations(where))
    scope.sizes.update({size: (size,) for size in sizes})
    if values:
        plain = Derivation(scope.copy())
        for name, text in values.items():
            scope.shapes[name] = plain.value(text).shape
            scope.values[name] = plain.value(text)
    return scope


def _shown(derivation: Derivation, larger: Polynomial, smaller: Polynomial) -> dict[str, object]:
    proof = derivation.shows(plus(larger, arithmetic.scaled(-1, smaller)))
    if proof is None:
        raise ProofkitError("a step of the induction is not shown")
    return proof


def lower_bound(derivation: Derivation, tensor: Node, premises: Sequence[int], use_lemmas: Callable[[Derivation], None]) -> None:
    """rank(odd_even(blocks(ht(L, M, r), L2))) >= truncation_base(L2, M, r) ** (2 ** (L - L2)) for almost all weights, shared or
    not; ``tensor`` is a network or its blocks. ``premises`` say what rank generic products have, where L2 is not 1.

    ``use_lemmas`` adds what lemmas say of the two children X and X2 of a level; without any, ranks multiply by factorizations.
    """
    base = Derivation(_scope("G: m b", sizes=("c", "r1")))
    size, (_, _, _, q), _ = base.factor("G")
    leaf = f"G @ {q} @ eye({size}, c)"
    first = f"{leaf} @ ({leaf}).T"
    if not undone(base, parse_expression(first), parse_expression(f"eye({size}, c) @ eye(c, {size})")):
        raise ProofkitError("the witness does not have the rank that it should")
    witness = {"A": f"{q} @ eye({size}, c)", "W1": "ones(r1, c)", "W": "ones(a, 1) @ eye(1, b)"}
    start = {
        "sizes": {"p": "m", "q": "m"}, "parameters": {"X": f"fold({first})"},
        "groups": same(base.value(f"level(ones(r1, c), {leaf}, {leaf})"), base.value(f"tensor_product(fold({first}), ones(r1))")),
        "steps": base.steps, "shows": _shown(base, base.rank(f"odd_even(fold({first}))"), base.number("min(c, rank(G))")),
    }  # fmt: skip
    step = Derivation(_scope("X: p~q; X2: p2~q2", {"W": witness["W"]}, ("a", "b", "p", "q", "p2", "q2")))
    use_lemmas(step)
    if not step.facts:
        by_factors(step, "odd_even(tensor_product(X, X2))", ["odd_even(X)", "odd_even(X2)"], set())
    shows = _shown(
        step, step.rank("odd_even(tensor_product(X, X2))"), arithmetic.times(step.rank("odd_even(X)"), step.rank("odd_even(X2)"))
    )
    steps, shows = step.pruned({"shows": shows})
    above = {
        "sizes": {"p": "p * p2", "q": "q * q2"}, "parameters": {"X": "tensor_product(X, X2)"},
        "groups": same(step.value("level(W, tensor_product(X, ones(b)), tensor_product(X2, ones(b)))"),
                       step.value("tensor_product(X, X2, ones(a))")),
        "steps": steps, "shows": shows["shows"],
    }  # fmt: skip
    top = Derivation(_scope("X: p~q"))
    last = {"steps": [], "shows": _shown(top, top.rank("odd_even(X)"), top.rank("odd_even(X)"))}
    content = {
        "premises": list(premises), "witness": witness, "parameters": "X: p~q", "invariant": "tensor_product(X, ones(a))",
        "quantity": "rank(odd_even(X))", "base": start, "step": above, "top": last,
    }  # fmt: skip
    derivation.induction(tensor, True, content)


def upper_bound(derivation: Derivation, tensor: Node) -> None:
    """rank(odd_even(blocks(ht(L, M, r), L2))) <= r[L2 - 1] ** (2 ** (L - L2)) for all weights, and so for a network, L2 = 1."""
    form = 'fold(einsum("ik,khg,jh->ijg", {K}, {C}, {H}))'
    base = Derivation(_scope("U: m c; V: m c; W1: r1 c"))
    core = 'einsum("gk,kh->khg", W1, eye(c))'
    start = {
        "sizes": {"p": "m", "q": "m", "k": "c", "h": "c"}, "parameters": {"K": "U", "C": core, "H": "V"},
        "groups": same(base.value("level(W1, U, V)"), base.value(form.format(K="U", C=core, H="V"))),
        "steps": [], "shows": _shown(base, base.number("c"), base.number("c")),
    }  # fmt: skip
    step = Derivation(_scope("K: p k; C: k h b; H: q h; K2: p2 k2; C2: k2 h2 b; H2: q2 h2; W: a b"))
    joined = {"K": "kron(K, K2)", "C": 'einsum("gb,khb,lmb->(kl)(hm)g", W, C, C2)', "H": "kron(H, H2)"}
    children = [form.format(K=f"K{n}", C=f"C{n}", H=f"H{n}") for n in ("", "2")]
    above = {
        "sizes": {"p": "p * p2", "q": "q * q2", "k": "k * k2", "h": "h * h2"}, "parameters": joined,
        "groups": same(step.value(f"level(W, {', '.join(children)})"), step.value(form.format(**joined))),
        "steps": [], "shows": _shown(step, step.number("k * k2"), step.number("k * k2")),
    }  # fmt: skip
    top = Derivation(_scope("K: p k; C: k h 1; H: q h"))
    matrix = 'einsum("ik,khg,jh->ij", K, C, H)'
    (term,) = top.value(matrix).terms
    inner = [cls for cls in range(len(term.ranges)) if term.ranges[cls] == {"k"}]
    top.cut(matrix, inner)
    last = {"steps": top.steps, "shows": _shown(top, top.number("k"), top.rank(matrix))}
    content = {
        "premises": [], "witness": {}, "parameters": "K: p k; C: k h a; H: q h", "invariant": form.format(K="K", C="C", H="H"),
        "quantity": "k", "base": start, "step": above, "top": last,
    }  # fmt: skip
    derivation.induction(tensor, False, content)


def dimension_bound(derivation: Derivation, tensor: Node) -> int:
    """rank(odd_even(T)) <= M ** (2 ** (L - 1)), the number of rows, for a network T or its blocks."""
    matrix = f"odd_even({to_text(tensor)})"
    (term,) = derivation.value(matrix).terms
    return derivation.cut(matrix, sorted(set(term.out[0])))
