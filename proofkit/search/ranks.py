"""Searches for derivations of inequalities between ranks.

Strategies add facts, cheapest first; after each the inequality is tried. They need no more than four ideas: a cut of the
diagram; a cut through rank factorizations of its matrices; one-sided inverses of those factorizations, which turn a
Kronecker product into wires; Frobenius's inequality along chains of products.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from proofkit.diagrams import minimal_cuts
from proofkit.errors import StatementError
from proofkit.search import arithmetic
from proofkit.search.arithmetic import Polynomial, plus
from proofkit.search.derivation import Blocks, Derivation
from proofkit.statements import Comparison, Node, parse_expression, substitute, to_text, walk

MAX_CUTS = 12


def goals(derivation: Derivation, comparison: Comparison) -> dict[str, Polynomial]:
    """The polynomials that have to be >= 0, by the direction that the certificate names."""
    left, right = derivation.integer(comparison.left), derivation.integer(comparison.right)
    both = {"at_least": plus(left, arithmetic.scaled(-1, right)), "at_most": plus(right, arithmetic.scaled(-1, left))}
    wanted = {"==": ("at_least", "at_most"), ">=": ("at_least",), "<=": ("at_most",)}[comparison.op]
    return {direction: both[direction] for direction in wanted}


def prove(derivation: Derivation, comparison: Comparison) -> dict[str, object] | None:
    """How the comparison follows, after as many strategies as it takes; None where none helps."""
    open_goals = goals(derivation, comparison)
    proofs: dict[str, object] = {}
    for strategy in ("nothing", *STRATEGIES):
        for matrix in matrices(comparison) if strategy != "nothing" else ["-"]:
            if strategy != "nothing":
                STRATEGIES[strategy](derivation, matrix)
        for direction in list(open_goals):
            proof = derivation.shows(open_goals[direction])
            if proof is not None:
                proofs[direction] = proof
                del open_goals[direction]
        if not open_goals:
            return proofs
    return None


def contrary(derivation: Derivation, comparison: Comparison) -> tuple[str, dict[str, object]] | None:
    """How the comparison fails by at least one, if upper or lower bounds that are easily had show it: direction and proof."""
    left, right = derivation.integer(comparison.left), derivation.integer(comparison.right)
    for matrix in matrices(comparison):
        by_cuts(derivation, matrix)
    for direction, larger, smaller in (("below", right, left), ("above", left, right)):
        if comparison.op != {"below": "<=", "above": ">="}[direction]:
            proof = derivation.shows(plus(larger, arithmetic.scaled(-1, smaller), {(): -1}))
            if proof is not None:
                return direction, proof
    return None


def matrices(comparison: Comparison) -> list[str]:
    """The texts of all matrices whose ranks are compared, in order."""
    ranks = [node for side in (comparison.left, comparison.right) for node in walk(side) if node.op == "rank"]
    return list(dict.fromkeys(to_text(node.args[0]) for node in ranks))


def networks(comparison: Comparison) -> list[Node]:
    """The deep networks whose matricizations are compared."""
    parts = (node for side in (comparison.left, comparison.right) for node in walk(side))
    found = (node.args[0] for node in parts if node.op in ("odd_even", "cp_rank"))
    return list(dict.fromkeys(node for node in found if node.op == "ht"))


def cp_ranks(comparison: Comparison) -> list[Node]:
    """The tensors whose CP ranks are compared."""
    parts = (node for side in (comparison.left, comparison.right) for node in walk(side))
    return list(dict.fromkeys(node.args[0] for node in parts if node.op == "cp_rank"))


def by_cuts(derivation: Derivation, matrix: str) -> None:
    """rank(X) <= the product of the sizes of a cut."""
    value = derivation.value(matrix)
    if len(value.terms) == 1:
        for cut in islice(minimal_cuts(value.terms[0]), MAX_CUTS):
            derivation.cut(matrix, sorted(cut))


def by_wires(derivation: Derivation, matrix: str) -> None:
    """The rank of identities, and of their Kronecker products."""
    derivation.wires(matrix)


def by_sum(derivation: Derivation, matrix: str) -> None:
    """rank(X + Y) <= rank(X) + rank(Y), and the same for X = (X + Y) - Y."""
    node = parse_expression(matrix)
    if node.op not in ("add", "sub"):
        return
    left, right = map(to_text, node.args)
    other = right if node.op == "add" else f"-({right})"
    derivation.sum(left, other)
    derivation.same_rank(matrix, f"({left}) + ({other})")
    for kept, gone in ((left, other), (other, left)):
        derivation.sum(matrix, f"-({gone})")
        derivation.same_rank(f"({matrix}) + (-({gone}))", kept)
    for part in (left, right):
        _negated(derivation, part)
        _negated(derivation, f"-({part})")


def _negated(derivation: Derivation, matrix: str) -> None:
    value = derivation.value(matrix)
    rows = "*".join(map(str, value.groups[0])) or "1"
    derivation.product(f"-eye({rows})", matrix, "")
    derivation.same_rank(f"(-eye({rows})) @ ({matrix})", f"-({matrix})")


def by_frobenius(derivation: Derivation, matrix: str) -> None:
    """Frobenius's inequality at every place of a chain of products, and Sylvester's."""
    factors = list(_chain(parse_expression(matrix)))
    if not 2 <= len(factors) <= 6 or any(len(derivation.value(factor).shape) != 2 for factor in factors):
        return
    for i in range(1, len(factors)):
        left, right = " @ ".join(factors[:i]), " @ ".join(factors[i:])
        size = "*".join(map(str, derivation.value(left).groups[1])) or "1"
        derivation.frobenius(left, f"eye({size})", right)
        derivation.wires(f"eye({size})")
        for whole, part in (
            (f"({left}) @ (eye({size})) @ ({right})", matrix),
            (f"({left}) @ (eye({size}))", left),
            (f"(eye({size})) @ ({right})", right),
        ):
            derivation.same_rank(whole, part)
        for j in range(i + 1, len(factors)):
            middle, last = " @ ".join(factors[i:j]), " @ ".join(factors[j:])
            derivation.frobenius(left, middle, last)
            for whole, part in (
                (f"({left}) @ ({middle}) @ ({last})", matrix),
                (f"({left}) @ ({middle})", f"{left} @ {middle}"),
                (f"({middle}) @ ({last})", f"{middle} @ {last}"),
            ):
                derivation.same_rank(whole, part)


def _chain(node: Node) -> Iterator[str]:
    if node.op == "matmul":
        for arg in node.args:
            yield from _chain(arg)
    else:
        text = to_text(node)
        yield text if node.op not in ("add", "sub", "neg", "mul") else f"({text})"


def factorable(derivation: Derivation, matrix: str) -> list[str]:
    """The names in an expression that have a rank factorization: matrices, and tensors of one bundle."""
    value = derivation.value(matrix)
    names = dict.fromkeys(box.name for term in value.terms for box in term.boxes if box.argument is None)
    own = {name for pieces in derivation.factored.values() for name in pieces[1]}
    return [
        name
        for name in names
        if name.isidentifier() and name not in own and len([g for m in derivation.scope.shapes[name] for g in m]) == 2
    ]


def factor(derivation: Derivation, name: str) -> tuple[str, list[str], int]:
    """A rank factorization of a matrix, or of the matricization of a bundle: r, its factors, name == factored form."""
    shape = derivation.scope.shapes[name]
    if len(shape) == 2:
        return derivation.factor(name)
    size, factors, fact = derivation.factor(f"odd_even({name})")
    folded = derivation.isomorphism(name, f"fold(odd_even({name}))")
    if folded is None:
        raise AssertionError("a bundle is the fold of its matricization")
    return size, factors, derivation.chain(folded, derivation.replace(fact, "fold(_)"))


def put(derivation: Derivation, matrix: str, forms: Iterable[tuple[str, Node]]) -> str:
    """The text of an expression with names replaced."""
    return to_text(substitute(parse_expression(matrix), dict(forms)))


def by_factors(derivation: Derivation, matrix: str) -> None:
    """Write every matrix as its rank factorization; cut there; undo the factors by their one-sided inverses."""
    names = factorable(derivation, matrix)
    if not names or len(names) > 6 or len(derivation.value(matrix).terms) != 1:
        return
    current, links, pieces = matrix, [], {}
    for name in names:
        size, factors, fact = factor(derivation, name)
        bundle = len(derivation.scope.shapes[name]) == 1
        pieces[name] = (size, factors, bundle)
        form = f"fold({factors[0]} @ {factors[1]})" if bundle else f"{factors[0]} @ {factors[1]}"
        links.append(derivation.replace(fact, put(derivation, current, [(name, Node("name", (), "_"))])))
        current = put(derivation, current, [(name, parse_expression(form))])
    equal = derivation.chain(*links)
    derivation.equal_ranks(equal, matrix, current)
    (term,) = derivation.value(current).terms
    inner = {derivation.factored[key][0] for key in derivation.factored}
    cuts = sorted(minimal_cuts(term), key=lambda cut: (sum(not term.ranges[cls] & inner for cls in cut), len(cut)))
    for cut in cuts[:MAX_CUTS]:
        derivation.cut(current, sorted(cut))
    _undo(derivation, matrix, current, pieces)


def _undo(derivation: Derivation, matrix: str, current: str, pieces: dict[str, tuple[str, list[str], bool]]) -> None:
    """rank(X) >= the wires that remain when inverses are applied to its rows and columns."""
    value = derivation.value(current)
    (term,) = value.terms
    sides = [Blocks(derivation, term, group, size).inverses() for group, size in zip(term.out, value.groups)]
    if None in sides:
        return
    completed = f"({sides[0]}) @ ({current}) @ ({sides[1]}).T"
    forms = {}
    for name, (_, (u, v, p, q), bundle) in pieces.items():
        inner = f"({p} @ {u}) @ ({v} @ {q})"
        forms[name] = parse_expression(f"fold({inner})" if bundle else inner)
    reduced = put(derivation, matrix, forms.items())
    try:
        same = derivation.isomorphism(completed, reduced)
    except StatementError:  # the factors of two matrices meet in one index: nothing to undo
        return
    if same is None:
        return
    derivation.product(str(sides[0]), current, f"({sides[1]}).T")
    links, state = [same], {name: (f"{p} @ {u}", f"{v} @ {q}") for name, (_, (u, v, p, q), _) in pieces.items()}
    for name, (size, _, bundle) in pieces.items():
        for side in (0, 1):
            fact = derivation.factored[name if not bundle else f"odd_even({name})"][2] + 1 + side
            context = _state_text(derivation, matrix, pieces, state, hole=(name, side))
            links.append(derivation.replace(fact, context))
            state[name] = tuple(f"eye({size})" if i == side else part for i, part in enumerate(state[name]))  # type: ignore[assignment]
    final = _state_text(derivation, matrix, pieces, state, hole=None)
    derivation.equal_ranks(derivation.chain(*links), completed, final)
    derivation.wires(final)


def _state_text(
    derivation: Derivation,
    matrix: str,
    pieces: dict[str, tuple[str, list[str], bool]],
    state: dict[str, tuple[str, str]],
    hole: tuple[str, int] | None,
) -> str:
    forms = {}
    for name, parts in state.items():
        left, right = ("_" if hole == (name, side) else part for side, part in enumerate(parts))
        inner = f"({left}) @ ({right})"
        forms[name] = parse_expression(f"fold({inner})" if pieces[name][2] else inner)
    return put(derivation, matrix, forms.items())


def by_transpose(derivation: Derivation, matrix: str) -> None:
    """rank(X.T) == rank(X)"""
    if matrix.endswith(".T"):
        inner = to_text(parse_expression(matrix).args[0])
        derivation.transpose(inner)
        derivation.same_rank(f"({inner}).T", matrix)


STRATEGIES = {
    "wires": by_wires,
    "cuts": by_cuts,
    "transposes": by_transpose,
    "factors": by_factors,
    "sums": by_sum,
    "chains": by_frobenius,
}
