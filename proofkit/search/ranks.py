"""Searches for derivations of inequalities between ranks.

Strategies add facts, cheapest first; after each the inequality is tried. The ideas are few: cuts; cuts through rank
factorizations of the matrices whose ranks are compared; inverses of the factors, and boxes that a hypothesis lacks, attached
at open legs; sums taken apart; Frobenius's inequality; Gram matrices.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace as changed
from itertools import product

from proofkit.diagrams.build import REGROUP, added, scaled
from proofkit.diagrams.matching import occurrences, replaced
from proofkit.diagrams.text import expression_text
from proofkit.search import arithmetic, factors
from proofkit.search.arithmetic import Polynomial, plus
from proofkit.search.derivation import Derivation
from proofkit.search.rewriting import Rule, Rules, move
from proofkit.search.theory import Theory
from proofkit.statements import Comparison, Node, group_text, monomial, parse_expression, to_text, walk

MAX_PARTS = 8  # of a sum
MAX_ATOMS = 4  # whose products are tried in Frobenius's inequality
LINEAR = frozenset({"matmul", "T", "kron", "khatri_rao", "hadamard", "matricize", "odd_even", "mode_product", "einsum", "outer"})
LINEAR |= {"tensor_product", "diag", "vec", "diagonal", "trace", "mul", "neg", "level", "fold"}


def goals(derivation: Derivation, comparison: Comparison) -> dict[str, Polynomial]:
    """The polynomials that have to be >= 0, by the direction that the certificate names."""
    left, right = derivation.integer(comparison.left), derivation.integer(comparison.right)
    both = {"at_least": plus(left, arithmetic.scaled(-1, right)), "at_most": plus(right, arithmetic.scaled(-1, left))}
    wanted = {"==": ("at_least", "at_most"), ">=": ("at_least",), "<=": ("at_most",)}[comparison.op]
    return {direction: both[direction] for direction in wanted}


def prove(
    derivation: Derivation, comparison: Comparison, theory: Theory | None = None, field: str = "any", thorough: bool = True
) -> dict[str, object] | None:
    """How the comparison follows, after as many strategies as it takes; None where none helps."""
    open_goals = goals(derivation, comparison)
    proofs: dict[str, object] = {}
    search = _Search(derivation, comparison, theory or Theory(derivation), field)
    for strategy in search.strategies(thorough):
        before = len(derivation.facts)
        if strategy is not None:
            strategy()
            if len(derivation.facts) == before:
                continue
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
    search = _Search(derivation, comparison, Theory(derivation), "any")
    for strategy in (search.by_wires, search.by_arrangement, search.by_cuts, search.by_sums):
        strategy()
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
    """The deep networks, and blocks of deep networks, whose matricizations are compared."""
    parts = (node for side in (comparison.left, comparison.right) for node in walk(side))
    found = (node.args[0] for node in parts if node.op in ("odd_even", "cp_rank"))
    return list(dict.fromkeys(node for node in found if "ht" in (node.op, node.op == "blocks" and node.args[0].op)))


def cp_ranks(comparison: Comparison) -> list[Node]:
    """The tensors whose CP ranks are compared."""
    parts = (node for side in (comparison.left, comparison.right) for node in walk(side))
    return list(dict.fromkeys(node.args[0] for node in parts if node.op == "cp_rank"))


def by_wires(derivation: Derivation, matrix: str) -> None:
    """The rank of identities, and of their Kronecker products."""
    derivation.wires(matrix)


def by_factors(derivation: Derivation, matrix: str, atoms: list[str], sizes: set[str]) -> None:
    """Bounds of rank(X) through the ranks of the atoms that occur in X: above by cuts, below by undoing the factors."""
    found = factors.factored(derivation, matrix, atoms)
    if found is None:
        return
    text, undo = found
    factors.cuts(derivation, text, sizes | {derivation.factored[atom][0] for atom in derivation.factored})
    for below in factors.completed(derivation, text, undo):
        derivation.wires(below)


class _Search:
    """The strategies for one comparison."""

    def __init__(self, derivation: Derivation, comparison: Comparison, theory: Theory, field: str) -> None:
        self.derivation, self.theory, self.field = derivation, theory, field
        self.atoms = matrices(comparison)
        parts = [node for side in (comparison.left, comparison.right) for node in walk(side)]
        self.sizes = {str(node.value) for node in parts if node.op == "name"}
        self.sizes |= {to_text(node) for node in parts if node.op == "subscript"}
        self.pieces: list[str] = []  # matrices that came up on the way
        self.inner: list[str] = []  # Gram matrices inside others

    def strategies(self, thorough: bool) -> Iterator[Callable[[], None] | None]:
        """What to do next; None at first, where the goal may hold of itself."""
        yield from (None, self.by_wires, self.by_arrangement, self.by_cuts, self.by_scaling, self.by_factors, self.by_sums)
        if thorough:
            yield from (self.by_gram, self.by_hypotheses, self.by_chains, self.by_products, self.by_projections)

    @property
    def matrices(self) -> list[str]:
        return [*self.atoms, *self.pieces]

    def by_wires(self) -> None:
        """The rank of identities."""
        for matrix in self.matrices:
            self.derivation.wires(matrix)

    def by_arrangement(self) -> None:
        """Matrices that are equal, or differ in the order of rows and columns."""
        for matrix in list(self.matrices):
            if len(self.derivation.value(matrix).terms) > 1:
                self._normal(matrix)
            self._permuted(matrix)
        for i, one in enumerate(self.matrices):
            for other in self.matrices[:i]:
                self.related(one, other)

    def _permuted(self, matrix: str) -> None:
        """rank(K @ X) == rank(X) == rank(X @ K) for a permutation K, which is written without names."""
        chain = _chain(parse_expression(matrix))
        for place in (0, -1) if len(chain) > 1 else ():
            outer = chain[place]
            term = factors.single(self.derivation, outer)
            if term is None or any(box.name != REGROUP for box in term.boxes):
                continue
            rest = " @ ".join(chain[1:] if place == 0 else chain[:-1])
            self.derivation.product(*((outer, rest, "") if place == 0 else ("", rest, outer)))
            whole = f"({outer}) @ ({rest})" if place == 0 else f"({rest}) @ ({outer})"
            undone = f"(({outer}).T) @ ({whole})" if place == 0 else f"({whole}) @ (({outer}).T)"
            self.derivation.same_rank(whole, matrix)
            self.derivation.product(*((f"({outer}).T", whole, "") if place == 0 else ("", whole, f"({outer}).T")))
            self.derivation.same_rank(undone, rest)
            if rest not in self.matrices:
                self.pieces.append(rest)

    def related(self, one: str, other: str) -> bool:
        """Add rank(one) == rank(other) where the two are the same matrix, or the same up to order."""
        derivation = self.derivation
        if one == other:
            return True
        shapes = [list(map(monomial, derivation.value(text).groups)) for text in (one, other)]
        equal = self.theory.equal(one, other, complete=False) if shapes[0] == shapes[1] else None
        if equal is not None:
            derivation.equal_ranks(equal, one, other)
            return True
        if self.theory and shapes[0] == shapes[1][::-1]:
            equal = self.theory.equal(f"({one}).T", other, complete=False)
            if equal is not None:
                derivation.transpose(one)
                derivation.equal_ranks(equal, f"({one}).T", other)
                return True
        return factors.arranged(derivation, one, other)

    def by_cuts(self) -> None:
        """Cuts through sizes that the claim speaks of; the number of rows, and of columns."""
        for matrix in self.matrices:
            factors.cuts(self.derivation, matrix, self.sizes)
            if len(self.derivation.value(matrix).terms) > 1:
                self._shape(matrix)

    def _shape(self, matrix: str) -> None:
        """rank(X) = rank(eye @ X) <= rank(eye), from both sides."""
        derivation = self.derivation
        for side, group in enumerate(derivation.value(matrix).groups):
            one = f"eye({group_text(group)})"
            ends = ("", one, matrix) if side == 0 else (matrix, one, "")
            derivation.product(*ends)
            derivation.same_rank(" @ ".join(f"({part})" for part in ends if part), matrix)
            derivation.wires(one)

    def by_scaling(self) -> None:
        """rank(c * X) == rank(X) for integers that are not zero in the field."""
        for matrix in self.atoms:
            node = parse_expression(matrix)
            if node.op == "mul" and node.args[0].op in ("int", "neg"):
                self.scaled(matrix, to_text(node.args[1]), to_text(node.args[0]))
            if node.op == "neg":
                self.scaled(matrix, to_text(node.args[0]), "-1")

    def scaled(self, matrix: str, inner: str, factor: str) -> None:
        """From rank(c * X) == rank(X), for the texts of c * X and of X."""
        number = int(factor) if factor.lstrip("-").isdigit() else 0
        if abs(number) == 1 or (number and self.field in ("Q", "R", "C")) or (self._prime and number % self._prime):
            self.derivation.scale(inner, number)
            self.derivation.same_rank(f"({number}) * ({inner})", matrix)
            if inner not in self.matrices:
                self.pieces.append(inner)

    @property
    def _prime(self) -> int:
        return int(self.field[3:-1]) if self.field.startswith("GF") else 0

    def by_factors(self) -> None:
        """Rank factorizations of the matrices of the claim, wherever they occur in others."""
        atoms = sorted([*self.atoms, *self.inner], key=self._boxes, reverse=True)
        for matrix in self.matrices:
            opaque = self.abbreviated(matrix)
            by_factors(self.derivation, opaque or matrix, [atom for atom in atoms if atom != matrix], self.sizes)

    def _boxes(self, matrix: str) -> int:
        return max((len(term.boxes) for term in self.derivation.value(matrix).terms), default=0)

    def abbreviated(self, matrix: str) -> str | None:
        """The matrix with every sum that is a matrix of the claim written as its rank factorization."""
        derivation, current = self.derivation, matrix
        for atom in self.atoms:
            node, whole = parse_expression(atom), parse_expression(current)
            if atom == matrix or len(derivation.value(atom).terms) == 1 or node not in list(walk(whole)):
                continue
            _, (u, v, _, _), _ = derivation.factor(atom)
            text = to_text(_put(whole, node, parse_expression(f"{u} @ {v}")))
            rule = factors.factor_rule(derivation, atom)[0]
            product = Rule(rule.fact, rule.equation, len(rule.equation) - 1)  # U @ V -> the sum
            equal = factors.rewritten(derivation, current, text, Rules([product]))
            if equal is not None:
                derivation.equal_ranks(equal, current, text)
                current = text
        if current == matrix:
            return None
        inner = {derivation.factored[atom][0] for atom in derivation.factored}
        factors.cuts(derivation, current, self.sizes | inner)
        for below in factors.completed(derivation, current, factors.inverses(derivation)):
            derivation.wires(below)
        return current

    def by_sums(self) -> None:
        """Subadditivity, forwards and backwards, for sums that stand anywhere where the expression is linear."""
        queue = list(self.matrices)
        for matrix in queue:
            parts = taken_apart(parse_expression(matrix))
            if parts is None or len(queue) > 2 * MAX_PARTS:
                continue
            left, right = (to_text(part) for part in parts)
            self._sum(matrix, left, right)
            fresh = [self._bare(part) for part in (left, right)]
            queue += [part for part in fresh if part not in queue]
        self.pieces = [matrix for matrix in queue if matrix not in self.atoms]
        self.by_wires()
        self.by_arrangement()
        self.by_cuts()
        self.by_factors()

    def _sum(self, matrix: str, left: str, right: str) -> None:
        derivation = self.derivation
        derivation.sum(left, right)
        derivation.same_rank(f"({left}) + ({right})", matrix)
        for kept, gone in ((left, right), (right, left)):
            derivation.sum(matrix, f"-({gone})")
            derivation.same_rank(f"({matrix}) + (-({gone}))", kept)
            derivation.scale(gone, -1)
            derivation.same_rank(f"(-1) * ({gone})", f"-({gone})")

    def _bare(self, matrix: str) -> str:
        """A summand without its sign, the ranks being equal."""
        node = parse_expression(matrix)
        if node.op != "neg":
            return matrix
        inner = to_text(node.args[0])
        self.derivation.scale(inner, -1)
        self.derivation.same_rank(f"(-1) * ({inner})", matrix)
        return inner

    def by_gram(self) -> None:
        """rank(Y.T @ Y) == rank(Y) over Q and R."""
        if self.field not in ("Q", "R"):
            return
        done: list[str] = []
        while todo := [matrix for matrix in self.matrices if matrix not in done]:
            self._gram_of(todo[0])
            done.append(todo[0])
            for node in list(walk(parse_expression(todo[0])))[1:]:
                if node.op == "matmul" and len(done) < MAX_PARTS and self._gram_of(to_text(node)):
                    self.inner.append(to_text(node))
        if self.inner:
            self.by_factors()

    def _gram_of(self, matrix: str) -> bool:
        chain = _chain(parse_expression(matrix))
        candidates = [" @ ".join(chain[i:]) for i in range(1, len(chain))] + [m for m in self.matrices if m != matrix]
        candidates += [f"({' @ '.join(chain[:i])}).T" for i in range(1, len(chain))] + [f"({m}).T" for m in candidates]
        found = [self._gram(matrix, inner) for inner in dict.fromkeys(candidates)]
        return any(found)

    def _gram(self, matrix: str, inner: str) -> bool:
        derivation = self.derivation
        shapes = [derivation.value(text).groups for text in (matrix, inner)]
        if len(shapes[0]) != 2 or len(shapes[1]) != 2:
            return False
        columns = monomial(shapes[1][1])
        if [monomial(group) for group in shapes[0]] == [columns, columns]:
            equal = self.theory.equal(matrix, f"({inner}).T @ ({inner})", complete=False)
            if equal is not None:
                derivation.equal_ranks(equal, matrix, f"({inner}).T @ ({inner})")
                derivation.gram(inner)
                self._is_known(inner)
                return True
        elif monomial(shapes[0][1]) == columns:
            self._gram_inside(matrix, inner)
        return False

    def _gram_inside(self, matrix: str, inner: str) -> None:
        """X = L @ S with S.T @ L @ S = Y.T @ Y: then rank(Y) = rank(Y.T @ Y) <= rank(X)."""
        chain = _chain(parse_expression(matrix))
        for i in range(1, len(chain)):
            last = " @ ".join(chain[i:])
            rows = self.derivation.value(last).groups[0]
            if monomial(rows) != monomial(self.derivation.value(matrix).groups[0]):
                continue
            whole, gram = f"(({last}).T) @ ({matrix})", f"({inner}).T @ ({inner})"
            equal = self.theory.equal(whole, gram, complete=False)
            if equal is not None:
                self.derivation.product(f"({last}).T", matrix, "")
                self.derivation.equal_ranks(equal, whole, gram)
                self.derivation.gram(inner)
                self._is_known(inner)
                return

    def _is_known(self, matrix: str) -> None:
        """Relate a matrix that came up to those of the claim."""
        if matrix in self.matrices:
            return
        for atom in self.matrices:
            if self.related(matrix, atom):
                return
        self.pieces.append(matrix)

    def by_hypotheses(self) -> None:
        """What the hypotheses give of each matrix: its normal form, what it becomes when patterns are completed at its open
        legs, and what it is equal to when equations are read backwards."""
        rules = self.theory.rules.rules
        if not rules:
            return
        for matrix in list(self.matrices):
            self._normal(matrix)
            queue = [matrix]
            for current in queue:
                for below in factors.completed(self.derivation, current, rules) if len(queue) < 6 else ():
                    if below not in queue:
                        queue.append(below)
                        self.derivation.wires(below)
                        self._is_known(below)
            self._backwards(matrix, rules)
        self.by_wires()
        self.by_cuts()
        self.by_factors()

    def _normal(self, matrix: str) -> None:
        derivation = self.derivation
        value = derivation.value(matrix)
        final = expression_text(changed(value, terms=self.theory.normal(value).terms), derivation.scope)
        if final is None or final == matrix:
            return
        equal = self.theory.equal(matrix, final, complete=False)
        if equal is not None:
            derivation.equal_ranks(equal, matrix, final)
            derivation.wires(final)
            if final not in self.matrices:
                self.pieces.append(final)

    def _backwards(self, matrix: str, rules: list[Rule]) -> None:
        """X as the larger side of an equation of two diagrams: atoms may occur there."""
        term = factors.single(self.derivation, matrix)
        for rule in rules:
            if term is None or len(rule.equation) != 2:
                continue
            back = Rule(rule.fact, rule.equation, 1 - rule.pattern)
            occurrence = next(occurrences(back.left, term), None)
            if occurrence is None or term.coefficient % back.left.coefficient:
                continue
            (new,) = replaced(term, back.equation, back.pattern, occurrence)
            value = self.derivation.value(matrix)
            text = expression_text(changed(value, terms=(new,)), self.derivation.scope)
            if text is None:
                continue
            equal = factors.replay(self.derivation, matrix, text, [(back, move(0, back, occurrence))])
            if equal is not None:
                self.derivation.equal_ranks(equal, matrix, text)
                self.pieces.append(text)

    def by_chains(self) -> None:
        """Frobenius's inequality at every place of a chain of products, and Sylvester's."""
        for matrix in self.atoms:
            chain = _chain(parse_expression(matrix))
            if 2 <= len(chain) <= 5 and all(len(self.derivation.value(factor).shape) == 2 for factor in chain):
                for i in range(1, len(chain)):
                    left, rest = " @ ".join(chain[:i]), chain[i:]
                    self.frobenius(left, "", " @ ".join(rest))
                    if len(rest) > 1 and i == 1:
                        self._sylvester(rest)
                    for j in range(1, len(rest)):
                        self.frobenius(left, " @ ".join(rest[:j]), " @ ".join(rest[j:]))

    def _sylvester(self, chain: list[str]) -> None:
        """Sylvester's inequality for the first factor of every end of a chain."""
        for i in range(len(chain) - 1):
            self.frobenius(chain[i], "", " @ ".join(chain[i + 1 :]))

    def frobenius(self, left: str, middle: str, right: str) -> None:
        """rank(P M) + rank(M Q) <= rank(M) + rank(P M Q), with what is known of these; without a middle, Sylvester's."""
        derivation = self.derivation
        one = f"eye({group_text(derivation.value(left).groups[1])})"
        derivation.frobenius(left, middle or one, right)
        m = middle or one
        known = (
            (f"({left}) @ ({m}) @ ({right})", f"({left}) @ ({middle}) @ ({right})" if middle else f"({left}) @ ({right})"),
            (f"({left}) @ ({m})", f"({left}) @ ({middle})" if middle else left),
            (f"({m}) @ ({right})", f"({middle}) @ ({right})" if middle else right),
        )
        derivation.wires(m)
        for whole, part in known:
            derivation.same_rank(whole, part)
            self._is_zero(part)
            for atom in self.matrices:
                if self.related(part, atom):
                    break

    def _is_zero(self, matrix: str) -> None:
        """rank(X) == 0 where the hypotheses make X zero."""
        derivation = self.derivation
        groups = derivation.value(matrix).groups
        zero = f"zeros({group_text(groups[0])}, {group_text(groups[1])})"
        equal = self.theory.equal(matrix, zero, complete=False) if self.theory or not derivation.value(matrix).terms else None
        if equal is not None:
            derivation.equal_ranks(equal, matrix, zero)

    def by_products(self) -> None:
        """Under hypotheses: sums, products and triple products of the matrices of the claim that become simple."""
        atoms = self.atoms[:MAX_ATOMS]
        if not self.theory.rules.rules:
            return
        for one, other in product(atoms, repeat=2):
            self._sum_of(one, other)
            if self._fits(one, other):
                self.frobenius(one, "", other)
            for middle in atoms:
                if self._fits(one, middle) and self._fits(middle, other):
                    self.frobenius(one, middle, other)

    def _fits(self, left: str, right: str) -> bool:
        return monomial(self.derivation.value(left).groups[1]) == monomial(self.derivation.value(right).groups[0])

    def _sum_of(self, one: str, other: str) -> None:
        """rank(X + Y) <= rank(X) + rank(Y) where X + Y or X - Y is a multiple of wires."""
        derivation = self.derivation
        values = [derivation.value(text) for text in (one, other)]
        if one >= other or list(map(monomial, values[0].groups)) != list(map(monomial, values[1].groups)):
            return
        for sign, text in ((1, other), (-1, f"-({other})")):
            normal = self.theory.normal(added(values[0], scaled(sign, values[1])))
            if len(normal.terms) > 1 or any(term.boxes for term in normal.terms):
                continue
            whole = f"({one}) + ({text})"
            derivation.sum(one, text)
            if sign < 0:
                derivation.scale(other, -1)
                derivation.same_rank(f"(-1) * ({other})", text)
            final = expression_text(changed(values[0], terms=normal.terms), derivation.scope)
            equal = None if final is None else self.theory.equal(whole, final, complete=False)
            if final is not None and equal is not None:
                derivation.equal_ranks(equal, whole, final)
                for term in normal.terms:
                    bare = expression_text(changed(values[0], terms=(changed(term, coefficient=1),)), derivation.scope)
                    if bare is not None and abs(term.coefficient) != 1:
                        self.scaled(final, bare, str(term.coefficient))
                    derivation.wires(bare or final)

    def by_projections(self) -> None:
        """A tensor equals its projections on the ranges of its unfoldings, so that one unfolding's rank is at most the product
        of the others'."""
        for matrix in self.atoms:
            term = factors.single(self.derivation, matrix)
            if term is not None and any(len(box.legs) >= 3 for box in term.boxes):
                self._projected(matrix)

    def _projected(self, matrix: str) -> None:
        derivation = self.derivation
        term = factors.single(derivation, matrix)
        steps, sizes = [], set[str]()
        for atom in self.atoms:
            part = factors.single(derivation, atom)
            if part is None or term is None or atom == matrix or len(part.boxes) != 1 or abs(part.coefficient) != 1:
                continue
            size, (u, _, p, _), fact = derivation.factor(atom)
            text = f"({u} @ {p}) @ ({atom})"
            first, _, undo = factors.factor_rule(derivation, atom)
            rules = Rules([*self.theory.rules.rules, first, *undo])
            number = factors.rewritten(derivation, atom, text, rules)
            if number is None:
                continue
            equality = derivation.equality(number)
            rule = Rule(number, added(equality.left, scaled(-1, equality.right)).terms, 0)
            occurrence = next(occurrences(rule.left, term), None)
            if occurrence is not None:
                steps.append((rule, move(0, rule, occurrence)))
                (term,) = replaced(term, rule.equation, 0, occurrence)
                sizes.add(size)
        if not steps or term is None:
            return
        value = derivation.value(matrix)
        text_ = expression_text(changed(value, terms=(term,)), derivation.scope)
        equal = None if text_ is None else factors.replay(derivation, matrix, text_, steps)
        if text_ is not None and equal is not None:
            derivation.equal_ranks(equal, matrix, text_)
            factors.cuts(derivation, text_, self.sizes | sizes)


def taken_apart(node: Node) -> tuple[Node, Node] | None:
    """X and Y with node == X + Y, from the first sum inside it, where it is linear in that sum; None without one."""
    if node.op in ("add", "sub"):
        left, right = node.args
        return left, right if node.op == "add" else Node("neg", (right,))
    if node.op not in LINEAR:
        return None
    for place, argument in enumerate(node.args):
        parts = taken_apart(argument)
        if parts is not None:
            one, other = (changed(node, args=(*node.args[:place], part, *node.args[place + 1 :])) for part in parts)
            return one, other
    return None


def _put(node: Node, old: Node, new: Node) -> Node:
    return new if node == old else changed(node, args=tuple(_put(argument, old, new) for argument in node.args))


def _chain(node: Node) -> list[str]:
    if node.op == "matmul":
        return [text for argument in node.args for text in _chain(argument)]
    if node.op == "T" and node.args[0].op == "matmul":
        return [f"({text}).T" for text in reversed(_chain(node.args[0]))]
    text = to_text(node)
    return [text if node.op not in ("add", "sub", "neg", "mul") else f"({text})"]
