"""The theorem of network capacity by induction over levels (Cohen, Sharir and Shashua, COLT 2016, theorem 1).

Lower bound, almost everywhere: at the witness of leaves eye(M, r0), all-ones weights on level 1 and weights that pick the first
channel above, every channel of level l is one tensor X_l, with X_(l+1) = X_l (x) X_l, and ranks multiply. Upper bound, for all
weights: every channel is K C_g H.T with inner sizes r0 ** (2 ** (l - 1)), so the rank is at most that.
"""

from __future__ import annotations

from collections.abc import Callable

from proofkit.diagrams import Expression, Scope
from proofkit.diagrams.build import Label, contract, parity
from proofkit.errors import ProofkitError
from proofkit.search import arithmetic
from proofkit.search.arithmetic import Polynomial, plus
from proofkit.search.derivation import Derivation, grouped
from proofkit.search.ranks import by_factors, by_wires
from proofkit.statements import Node, parse_declarations, to_text

WITNESS = {"U": "eye(M, r0)", "W1": "ones(r1, r0)", "W": "ones(a, 1) @ eye(1, b)"}


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


def lower_bound(derivation: Derivation, family: Node, use_lemmas: Callable[[Derivation], None]) -> int:
    """rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1)) for almost all weights, shared or not.

    ``use_lemmas`` adds what lemmas say of the two children X and X2 of a level; without any, ranks multiply by factorizations.
    """
    base = Derivation(_scope("", {"U": WITNESS["U"], "V": WITNESS["U"], "W": WITNESS["W1"]}, ("M", "r0", "r1")))
    first = "eye(M, r0) @ eye(r0, M)"
    by_wires(base, first)
    start = {
        "sizes": {"p": "M", "q": "M"}, "parameters": {"X": f"fold({first})"},
        "groups": same(base.value("level(W, U, V)"), base.value(f"tensor_product(fold({first}), ones(r1))")),
        "steps": base.steps, "shows": _shown(base, base.rank(f"odd_even(fold({first}))"), base.number("min(M, r0)")),
    }  # fmt: skip
    step = Derivation(_scope("X: p~q; X2: p2~q2", {"W": WITNESS["W"]}, ("a", "b", "p", "q", "p2", "q2")))
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
    counts = str(family.args[2].value)
    content = {
        "witness": WITNESS,
        "parameters": "X: p~q",
        "invariant": "tensor_product(X, ones(a))",
        "quantity": "rank(odd_even(X))",
        "bound": "min(r0, M)",
        "base": start,
        "step": above,
        "top": last,
    }
    return derivation.induction(family, f"min({counts}[0], {to_text(family.args[1])})", True, content)


def upper_bound(derivation: Derivation, family: Node) -> int:
    """rank(odd_even(ht(L, M, r))) <= r[0] ** (2 ** (L - 1)) for all weights."""
    form = 'fold(einsum("ik,khg,jh->ijg", {K}, {C}, {H}))'
    base = Derivation(_scope("U: M r0; V: M r0; W: r1 r0"))
    core = 'einsum("gk,kh->khg", W, eye(r0))'
    start = {
        "sizes": {"p": "M", "q": "M", "k": "r0", "h": "r0"}, "parameters": {"K": "U", "C": core, "H": "V"},
        "groups": same(base.value("level(W, U, V)"), base.value(form.format(K="U", C=core, H="V"))),
        "steps": [], "shows": _shown(base, base.number("r0"), base.number("r0")),
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
    counts = str(family.args[2].value)
    content = {
        "witness": {},
        "parameters": "K: p k; C: k h a; H: q h",
        "invariant": form.format(K="K", C="C", H="H"),
        "quantity": "k",
        "bound": "r0",
        "base": start,
        "step": above,
        "top": last,
    }
    return derivation.induction(family, f"{counts}[0]", False, content)


def dimension_bound(derivation: Derivation, family: Node) -> int:
    """rank(odd_even(ht(L, M, r))) <= M ** (2 ** (L - 1)), the number of rows."""
    matrix = f"odd_even({to_text(family)})"
    (term,) = derivation.value(matrix).terms
    return derivation.cut(matrix, sorted(set(term.out[0])))
