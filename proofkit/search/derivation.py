"""Writes derivations: one method for each rule of the judge, which notes the step and keeps the facts that it will give.

Nothing here is trusted. A fact that is noted wrongly makes a certificate that the judge refuses.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from itertools import product as choices
from typing import Any

from proofkit.diagrams import Diagram, Expression, Scope, draw
from proofkit.diagrams.build import added, equal_indices, parity, scaled, size_of
from proofkit.errors import ProofkitError, StatementError, UsageError
from proofkit.search import arithmetic
from proofkit.search.arithmetic import ONE, Fact, Polynomial, plus, times
from proofkit.search.rewriting import cancelled
from proofkit.statements import (
    Comparison,
    Group,
    Node,
    Shape,
    group_text,
    monomial,
    parse_declarations,
    parse_expression,
    parse_statement,
    substitute,
    to_text,
)

MAX_CASES = 64


@dataclass(frozen=True)
class Equality:
    """Two expressions known to be equal."""

    left: Expression
    right: Expression


class Table:
    """The variables of a derivation: sizes and ranks by their text, minima and maxima with their arguments."""

    def __init__(self) -> None:
        self.ranks: dict[Expression, str] = {}
        self.extremes: dict[str, tuple[str, tuple[Polynomial, ...]]] = {}
        self.powers: dict[str, tuple[Polynomial, str]] = {}
        self.may_vanish: set[str] = set()

    def rank(self, value: Expression, text: str) -> Polynomial:
        """The rank of a matrix as a variable, named by the first text that had this value."""
        return {(f"rank({self.ranks.setdefault(value, text)})",): 1} if value.terms else {}

    def extreme(self, kind: str, options: Sequence[Polynomial]) -> Polynomial:
        """min or max of polynomials, as a variable."""
        distinct = {arithmetic.text(option): option for option in options}
        if len(distinct) == 1:
            return options[0]
        name = f"{kind}({', '.join(sorted(distinct))})"
        self.extremes[name] = (kind, tuple(distinct[key] for key in sorted(distinct)))
        return {(name,): 1}

    def power(self, base: Polynomial, exponent: str) -> Polynomial:
        """base ** exponent with a symbolic exponent."""
        if base == ONE:
            return ONE
        name = f"({arithmetic.text(base)}) ** ({exponent})"
        self.powers[name] = (base, exponent)
        return {(name,): 1}

    def positive(self, variables: set[str]) -> frozenset[str]:
        """Those that are at least 1."""
        return frozenset(v for v in variables if not v.startswith(("rank(", "cp_rank(")) and v not in self.may_vanish)

    def group(self, group: Group) -> Polynomial:
        """The product of a flat size."""
        return arithmetic.product({(): atom} if isinstance(atom, int) else {(self._atom(atom),): 1} for atom in group)

    def _atom(self, atom: str) -> str:
        base, stars, exponent = atom.partition("**(")
        if stars:
            ((name,),) = self.power({(base,): 1}, exponent[:-1])
            return name
        return atom

    def class_range(self, ranges: frozenset[str | int]) -> Polynomial:
        """The size of an index class."""
        return self.extreme("min", [self.group((atom,) if atom != 1 else ()) for atom in sorted(ranges, key=str)])


class Derivation:
    """Steps and the facts they give, in one scope of names."""

    def __init__(self, scope: Scope, table: Table | None = None) -> None:
        self.scope = scope
        self.table = table or Table()
        self.steps: list[dict[str, object]] = []
        self.facts: list[Equality | Fact] = []
        self.starts: list[int] = []  # the number of facts before each step
        self.factored: dict[str, tuple[str, list[str], int]] = {}
        self._values: dict[str, Expression] = {}

    # reading

    def value(self, text: str) -> Expression:
        """The diagrams of an expression."""
        if text not in self._values:
            self._values[text] = draw(parse_expression(text), self.scope)
        return self._values[text]

    def integer(self, node: Node) -> Polynomial:
        """An integer expression as a polynomial."""
        if node.op == "int":
            return {(): int(str(node.value))} if node.value else {}
        if node.op in ("add", "sub", "mul"):
            left, right = map(self.integer, node.args)
            if node.op == "mul":
                return times(left, right)
            return plus(left, right if node.op == "add" else arithmetic.scaled(-1, right))
        if node.op == "neg":
            return arithmetic.scaled(-1, self.integer(node.args[0]))
        if node.op == "pow":
            return self._power(self.integer(node.args[0]), node.args[1])
        if node.op in ("min", "max"):
            return self.table.extreme(node.op, [self.integer(arg) for arg in node.args])
        if node.op == "truncation_base":
            return self._truncation_base(node)
        if node.op in ("rank", "cp_rank"):
            inner = node.args[0] if node.op == "rank" else Node("odd_even", (node.args[0],))
            if node.op == "cp_rank":
                return {(f"cp_rank({to_text(node.args[0])})",): 1}
            return self.table.rank(draw(inner, self.scope), to_text(node.args[0]))
        return self.table.group(size_of(node, self.scope))

    def _truncation_base(self, node: Node) -> Polynomial:
        """As the judge reads it: a minimum where its definition ends in one of integer polynomials, else a variable."""
        cut = self._fixed(node.args[0])
        counts = [self._channel(node, level) for level in range(cut or 0)]
        options = [self.integer(node.args[1])]
        for count in counts[:-1]:
            if node.value and any(set(each) != {()} for each in (count, *options)):
                return {(to_text(node),): 1}
            squares = [times(e, plus(e, ONE) if node.value else e) for e in options]
            options = [count, *squares]
            if node.value:
                options = [{(): min(count[()], *(each[()] // 2 for each in squares))}]
        return self.table.extreme("min", [counts[-1], *options]) if counts else {(to_text(node),): 1}

    def _channel(self, node: Node, level: int) -> Polynomial:
        return self.table.group(size_of(Node("subscript", (Node("int", (), level),), node.args[2].value), self.scope))

    def _power(self, base: Polynomial, node: Node) -> Polynomial:
        number = self._fixed(node)
        if number is None or number > 64:
            return self.table.power(base, to_text(node) if number is None else str(number))
        if number < 0:
            raise StatementError("an exponent is negative", node.column)
        return arithmetic.product([base] * number)

    def _fixed(self, node: Node) -> int | None:
        """The value of an exponent without symbolic sizes."""
        if node.op in ("add", "sub", "mul", "pow"):
            left, right = self._fixed(node.args[0]), self._fixed(node.args[1])
            if left is None or right is None:
                return None
            if node.op == "pow":
                return left**right if 0 <= right <= 64 and abs(left) <= 64 else None
            return left + right if node.op == "add" else left - right if node.op == "sub" else left * right
        if node.op == "int":
            return int(str(node.value))
        try:
            group = size_of(node, self.scope)
        except KeyError:
            return None
        return 1 if not group else group[0] if len(group) == 1 and isinstance(group[0], int) else None

    def number(self, text: str) -> Polynomial:
        """The polynomial of an integer expression given as text."""
        return self.integer(parse_expression(text))

    def rank(self, text: str) -> Polynomial:
        """The rank of a matrix expression as a variable."""
        return self.table.rank(self.value(text), text)

    # writing

    def _note(self, rule: str, **content: object) -> None:
        self.starts.append(len(self.facts))
        self.steps.append({"rule": rule, **content})

    def _equal(self, left: Expression, right: Expression) -> int:
        self.facts.append(Equality(left, right))
        return len(self.facts) - 1

    def _bound(self, larger: Polynomial, smaller: Polynomial, exact: bool = False) -> int:
        self.facts.append(Fact(plus(larger, arithmetic.scaled(-1, smaller)), exact, len(self.facts)))
        return len(self.facts) - 1

    def equality(self, number: int) -> Equality:
        """Fact number ``number``, an equality."""
        fact = self.facts[number]
        if not isinstance(fact, Equality):
            raise ProofkitError(f"fact {number} is not an equality")
        return fact

    def assume(self, left: str, right: str) -> int:
        """A hypothesis of the claim; the judge knows it from the start."""
        return self._equal(self.value(left), self.value(right))

    def isomorphism(self, left: str, right: str) -> int | None:
        """left == right where the two sums of diagrams are the same; None where they are not."""
        one, other = self.value(left), self.value(right)
        groups = grouped(one, other)
        if groups is None:
            return None
        self._note("isomorphism", left=left, right=right, groups=groups)
        return self._equal(one, other)

    def rewrite(self, left: str, right: str, moves: Sequence[Mapping[str, object]], groups: Sequence[object]) -> int:
        """left == right: the diagrams of left - right cancel after the moves, each a replacement by a known equation."""
        self._note("rewrite", left=left, right=right, moves=list(moves), groups=list(groups))
        return self._equal(self.value(left), self.value(right))

    def expand(self, left: str, right: str) -> int:
        """left == right as polynomials in the entries, at integer sizes."""
        self._note("expand", left=left, right=right)
        return self._equal(self.value(left), self.value(right))

    def inverse(self, equality: int, left: str, right: str) -> int:
        """Y @ X == eye(n) from X @ Y == eye(n), X and Y square."""
        self._note("inverse", equality=equality, left=left, right=right)
        size = self.value(left).groups[0]
        return self._equal(self.value(f"({right}) @ ({left})"), equal_indices(size, size))

    def gram(self, matrix: str) -> int:
        """rank(X.T @ X) == rank(X) over Q and R"""
        self._note("gram", matrix=matrix)
        return self._bound(self.rank(f"({matrix}).T @ ({matrix})"), self.rank(matrix), exact=True)

    def scale(self, matrix: str, factor: int) -> int:
        """rank(c * X) == rank(X) for an integer that is not zero in the field"""
        self._note("scale", matrix=matrix, factor=factor)
        return self._bound(self.rank(f"({factor}) * ({matrix})"), self.rank(matrix), exact=True)

    def arrange(self, left: str, right: str, boxes: Sequence[int], transposed: bool) -> int:
        """rank(X) == rank(Y), the same diagram with its row and column indices in another order"""
        self._note("arrange", left=left, right=right, boxes=list(boxes), transposed=transposed)
        return self._bound(self.rank(left), self.rank(right), exact=True)

    def equal_ranks(self, equality: int, left: str, right: str) -> int:
        """rank(X) == rank(Y) from X == Y."""
        fact = self.equality(equality)
        self._note("equal_ranks", equality=equality)
        return self._bound(self.table.rank(fact.left, left), self.table.rank(fact.right, right), exact=True)

    def same_rank(self, left: str, right: str) -> int | None:
        """rank(left) == rank(right) by isomorphism, if the two are isomorphic."""
        number = self.isomorphism(left, right)
        return None if number is None else self.equal_ranks(number, left, right)

    def transpose(self, matrix: str) -> int:
        """rank(X) == rank(X.T)"""
        self._note("transpose", matrix=matrix)
        return self._bound(self.rank(matrix), self.rank(f"({matrix}).T"), exact=True)

    def cut(self, matrix: str, classes: Sequence[int]) -> int:
        """rank(X) <= the product of the sizes of the classes."""
        (term,) = self.value(matrix).terms
        self._note("cut", matrix=matrix, classes=sorted(classes))
        bound = arithmetic.product(self.table.class_range(term.ranges[cls]) for cls in classes)
        return self._bound(bound, self.rank(matrix))

    def wires(self, matrix: str) -> int | None:
        """The rank of a diagram without boxes, where the rule applies."""
        value = self.value(matrix)
        if len(value.terms) != 1 or len(value.groups) != 2:
            return None
        (term,) = value.terms
        rows, columns = map(set, term.out)
        if term.boxes or abs(term.coefficient) != 1 or rows | columns != set(range(len(term.ranges))):
            return None
        if any(term.ranges[cls] & self.table.may_vanish for cls in rows ^ columns):
            return None
        self._note("wires", matrix=matrix)
        bound = arithmetic.product(self.table.class_range(term.ranges[cls]) for cls in rows & columns)
        return self._bound(self.rank(matrix), bound, exact=True)

    def product(self, left: str, middle: str, right: str) -> int:
        """rank(P @ X @ Q) <= rank(X)"""
        whole = " @ ".join(f"({part})" for part in (left, middle, right) if part)
        self._note("product", left=left, middle=middle, right=right)
        return self._bound(self.rank(middle), self.rank(whole))

    def sum(self, left: str, right: str) -> int:
        """rank(X + Y) <= rank(X) + rank(Y)"""
        self._note("sum", left=left, right=right)
        return self._bound(plus(self.rank(left), self.rank(right)), self.rank(f"({left}) + ({right})"))

    def frobenius(self, left: str, middle: str, right: str) -> int:
        """rank(P @ M) + rank(M @ Q) <= rank(M) + rank(P @ M @ Q)"""
        self._note("frobenius", left=left, middle=middle, right=right)
        larger = plus(self.rank(middle), self.rank(f"({left}) @ ({middle}) @ ({right})"))
        return self._bound(larger, plus(self.rank(f"({left}) @ ({middle})"), self.rank(f"({middle}) @ ({right})")))

    def factor(self, matrix: str) -> tuple[str, list[str], int]:
        """A rank factorization X = U @ V, P @ U = V @ Q = eye(r): (r, [U, V, P, Q], number of the fact X == U @ V)."""
        if matrix in self.factored:
            return self.factored[matrix]
        number = len(self.factored) + 1
        size, names = self._fresh(f"r{number}"), [self._fresh(f"{letter}{number}") for letter in ("U", "V", "P", "Q")]
        value = self.value(matrix)
        (rows,), (columns,) = value.shape
        rank: Group = (size,)
        self._note("factor", matrix=matrix, size=size, names=names)
        self.scope.sizes[size] = rank
        self.table.may_vanish.add(size)
        for name, shape in zip(names, ((rows, rank), (rank, columns), (rank, rows), (columns, rank))):
            self.scope.shapes[name] = tuple((group,) for group in shape)
        u, v, p, q = names
        first = self._equal(value, self.value(f"{u} @ {v}"))
        self._equal(self.value(f"{p} @ {u}"), equal_indices(rank, rank))
        self._equal(self.value(f"{v} @ {q}"), equal_indices(rank, rank))
        self._bound(self.rank(matrix), {(size,): 1}, exact=True)
        self.factored[matrix] = (size, names, first)
        return self.factored[matrix]

    def _fresh(self, name: str) -> str:
        while name in self.scope.shapes or name in self.scope.sizes or name in self.scope.polynomials:
            name += "_"
        return name

    def premise(
        self, number: int, claim: Mapping[str, Any], names: Mapping[str, str], sizes: Mapping[str, Group] | None = None
    ) -> None:
        """An instance of a lemma, claim and certificate of which are premise ``number``; names left out stand for ones.

        ``sizes`` gives the sizes that do not follow from the shapes of what the names stand for.
        """
        instance = Instance(self, claim, names, sizes or {})
        self._note("premise", premise=number, sizes=instance.sizes, names=instance.names, given=[])
        first = len(self.facts)
        for comparison in instance.comparisons:
            if comparison.numeric:
                left, right = self.integer(comparison.left), self.integer(comparison.right)
                if comparison.op == "<=":
                    left, right = right, left
                self._bound(left, right, exact=comparison.op == "==")
            else:
                self._equal(draw(comparison.left, self.scope), draw(comparison.right, self.scope))
        for place, comparison in enumerate(instance.comparisons):
            if not comparison.numeric and len(self.equality(first + place).left.groups) == 2:
                self.equal_ranks(first + place, to_text(comparison.left), to_text(comparison.right))

    def cp_rank(self, premise: int, tensor: str) -> int:
        """rank(odd_even(T)) <= cp_rank(T)"""
        self._note("cp_rank", premise=premise, tensor=tensor)
        return self._bound(self.number(f"cp_rank({tensor})"), self.rank(f"odd_even({tensor})"))

    def generic(
        self,
        matrix: str,
        bound: Polynomial,
        bound_text: str,
        witness: Mapping[str, str],
        steps: tuple[Sequence[Any], Sequence[Any]],
        proof: dict[str, object],
    ) -> int:
        """rank(X) >= bound almost everywhere, from steps that prepare a witness and steps at it."""
        content = {"prepare": list(steps[0]), "witness": dict(witness), "steps": list(steps[1]), "shows": proof}
        self._note("generic", matrix=matrix, bound=bound_text, **content)
        return self._bound(self.rank(matrix), bound)

    def generic_products(self, left: str, first: str, right: str, second: str) -> int:
        """rank(khatri_rao(X @ A, Y @ B)) >= min(n, rank(X) * rank(Y)) for generic A and B; A and B may be one matrix."""
        self._note("generic_products", left=left, first=first, right=right, second=second)
        product = f"khatri_rao(({left}) @ {first}, ({right}) @ {second})"
        (_, (columns,)) = self.value(product).shape
        one, other = self.rank(left), self.rank(right)
        twice = 1 if first != second else 2
        count = times(one, other) if first != second else plus(times(one, one), one)
        bound = self.table.extreme("min", [arithmetic.scaled(twice, self.table.group(columns)), count])
        return self._bound(arithmetic.scaled(twice, self.rank(product)), bound)

    def minor(self, matrix: str, prime: str, entries: Mapping[str, Any], rows: Sequence[int], columns: Sequence[int]) -> int:
        """rank(X) >= k almost everywhere, from a k x k minor at these entries: not zero mod p, in characteristic 0; or, without a
        prime, 1 or -1, over every infinite field."""
        self._note("minor", matrix=matrix, prime=prime, entries=dict(entries), rows=list(rows), columns=list(columns))
        return self._bound(self.rank(matrix), {(): len(rows)} if rows else {})

    def unfold(self, tensor: str, rows: Sequence[int], columns: Sequence[int]) -> int:
        """rank(matricize(T, rows, columns)) <= cp_rank(T)"""
        self._note("unfold", tensor=tensor, rows=list(rows), columns=list(columns))
        unfolded = f"matricize({tensor}, rows={list(rows)}, columns={list(columns)})"
        return self._bound(self.number(f"cp_rank({tensor})"), self.rank(unfolded))

    def decompose(self, tensor: str, classes: Sequence[int]) -> int:
        """cp_rank(T) <= the product of the sizes of classes that connect its modes"""
        (term,) = self.value(tensor).terms
        self._note("decompose", tensor=tensor, classes=sorted(classes))
        bound = arithmetic.product(self.table.class_range(term.ranges[cls]) for cls in classes)
        return self._bound(bound, self.number(f"cp_rank({tensor})"))

    def cp_terms(self, tensor: Node) -> int:
        """cp_rank(cp(N, M, Z)) <= Z, or cp_rank(blocks(truncated(L, L2, M, r), L2)) <= r[L2 - 1]"""
        self._note("cp_terms", tensor=to_text(tensor))
        if tensor.op == "cp":
            terms = tensor.args[2]
        else:
            terms = Node("subscript", (Node("sub", (tensor.args[1], Node("int", (), 1))),), tensor.args[0].args[-1].value)
        return self._bound(self.integer(terms), self.number(f"cp_rank({to_text(tensor)})"))

    def induction(self, tensor: Node, lower: bool, content: Mapping[str, object]) -> None:
        """rank(odd_even(T)) >= truncation_base(L2, M, r) ** (2 ** (L - L2)), or <= r[L2 - 1] ** (2 ** (L - L2)), for T =
        blocks(ht(L, M, r), L2), or ht(L, M, r) with L2 = 1. From below, where L2 is an integer above 1, also with
        min(M, r[0], .., r[L2 - 1]) as the base."""
        text = to_text(tensor)
        self._note("induction", tensor=text, direction="at_least" if lower else "at_most", **content)
        family, cut = tensor.args if tensor.op == "blocks" else (tensor, Node("int", (), 1))
        base = Node("truncation_base", (cut, *family.args[1:]), family.value)
        above = parse_expression(f"2 ** ({to_text(family.args[0])} - {to_text(cut)})")
        rank, last = self.rank(f"odd_even({text})"), self._fixed(cut)
        if not lower:
            channels = self.integer(parse_expression(f"{family.args[2].value}[{to_text(cut)} - 1]"))
            self._bound(self._power(channels, above), rank)
            return
        bounds = [self.integer(base)]
        if last is not None and last > 1:
            counts = (self._channel(base, level) for level in range(last))
            bounds.append(self.table.extreme("min", [self.integer(family.args[1]), *counts]))
        for bound in bounds:
            self._bound(rank, self._power(bound, above))

    # inequalities

    def shows(self, goal: Polynomial) -> dict[str, object] | None:
        """How the facts show goal >= 0, as the certificate writes it."""
        facts = [fact for fact in self.facts if isinstance(fact, Fact)]
        split = self._extremes([goal, *(fact.polynomial for fact in facts)])
        for names in ([name for name in split if any(name in m for m in goal)], split):
            options = [self.table.extremes[name][1] for name in names]
            count = 1
            for each in options:
                count *= len(each)
            if count > MAX_CASES:
                continue
            cases = [self._case(goal, facts, names, choice) for choice in choices(*options)]
            if all(case is not None for case in cases):
                return {"split": names, "cases": cases}
        return None

    def _extremes(self, polys: Sequence[Polynomial]) -> list[str]:
        found: dict[str, None] = {}
        queue = list(polys)
        while queue:
            for product_ in queue.pop(0):
                for variable in product_:
                    if variable in self.table.extremes and variable not in found:
                        found[variable] = None
                        queue += self.table.extremes[variable][1]
                    if variable in self.table.powers:
                        queue.append(self.table.powers[variable][0])
        return list(found)

    def _case(
        self, goal: Polynomial, facts: Sequence[Fact], names: Sequence[str], choice: Sequence[Polynomial]
    ) -> dict[str, object] | None:
        chosen = dict(zip(names, choice))
        known = [Fact(self.chosen(fact.polynomial, chosen), fact.exact, fact.source) for fact in facts]
        for place, (name, pick) in enumerate(chosen.items()):
            kind, options = self.table.extremes[name]
            for other in options:
                if other != pick:
                    larger, smaller = (other, pick) if kind == "min" else (pick, other)
                    poly = plus(larger, arithmetic.scaled(-1, smaller))
                    known.append(Fact(self.chosen(poly, chosen), False, [place, arithmetic.text(other)]))
        known = [fact for fact in known if not any(v in self.table.extremes for m in fact.polynomial for v in m)]
        target = self.chosen(goal, chosen)
        known = _relevant(target, known)
        variables = {v for poly in (target, *(fact.polynomial for fact in known)) for m in poly for v in m}
        found = arithmetic.combination(target, known, self.table.positive(variables))
        if found is None:
            return None
        return {
            "assume": [arithmetic.text(pick) for pick in choice],
            "sum": [[source, arithmetic.text(multiplier)] for source, multiplier in found],
        }

    def chosen(self, poly: Polynomial, chosen: Mapping[str, Polynomial]) -> Polynomial:
        """Extremes replaced by the arguments chosen, inside powers too."""
        values: dict[str, Polynomial] = {}
        for variable in {v for factors in poly for v in factors}:
            if variable in chosen:
                values[variable] = self.chosen(chosen[variable], chosen)
            elif variable in self.table.powers:
                base, exponent = self.table.powers[variable]
                values[variable] = self.table.power(self.chosen(base, chosen), exponent)
        return arithmetic.substituted(poly, values)

    def pruned(self, ends: Any) -> tuple[list[dict[str, Any]], Any]:
        """The steps that the proofs ``ends`` need, renumbered, and the proofs with the new numbers."""
        needed = set(_references(ends))
        words: set[str] = set()
        kept: list[int] = []
        for number in reversed(range(len(self.steps))):
            step = self.steps[number]
            until = self.starts[number + 1] if number + 1 < len(self.steps) else len(self.facts)
            own = range(self.starts[number], until)
            names = step.get("names")
            named = {str(step["size"]), *map(str, names)} if step["rule"] == "factor" and isinstance(names, list) else set()
            if needed.intersection(own) or words & named:
                kept.append(number)
                needed |= set(_references(step))
                words |= set(re.findall(r"\w+", json.dumps(step)))
        kept.reverse()
        before = self.starts[0] if self.steps else len(self.facts)
        renumbered = {fact: fact for fact in range(before)}
        for number in kept:
            until = self.starts[number + 1] if number + 1 < len(self.steps) else len(self.facts)
            for fact in range(self.starts[number], until):
                renumbered[fact] = len(renumbered)
        steps = [_renumbered(self.steps[number], renumbered) for number in kept]
        return steps, _renumbered(ends, renumbered)


def _relevant(goal: Polynomial, facts: Sequence[Fact]) -> list[Fact]:
    """Facts without those in which a variable occurs that neither the goal nor any other fact speaks of: it would remain."""
    kept = {id(fact): fact for fact in facts}
    mentioned = {id(fact): {v for monomial_ in fact.polynomial for v in monomial_} for fact in facts}
    wanted = {v for monomial_ in goal for v in monomial_}
    while True:
        count: Counter[str] = Counter(v for key in kept for v in mentioned[key])
        lonely = [key for key in kept if any(count[v] == 1 and v not in wanted for v in mentioned[key])]
        if not lonely:
            return list(kept.values())
        for key in lonely:
            del kept[key]


def _references(thing: object) -> Iterator[int]:
    """The facts that a step or a proof names; what lies inside an inner derivation has numbers of its own."""
    if isinstance(thing, list):
        for part in thing:
            yield from _references(part)
    if isinstance(thing, dict):
        for key, part in thing.items():
            if key == "equality":
                yield part
            elif key == "given" and isinstance(part, list):
                yield from (item for item in part if isinstance(item, int))
            elif key == "sum":
                yield from (item[0] for item in part if isinstance(item[0], int))
            elif key in ("links", "moves", "cases", "at_least", "at_most") or (key == "shows" and "steps" not in thing):
                yield from _references(part)


def _renumbered(thing: object, numbers: Mapping[int, int]) -> Any:
    if isinstance(thing, list):
        return [_renumbered(part, numbers) for part in thing]
    if not isinstance(thing, dict):
        return thing
    answer = dict(thing)
    for key, part in thing.items():
        if key == "equality":
            answer[key] = numbers[part]
        elif key == "given" and isinstance(part, list):
            answer[key] = [numbers[item] if isinstance(item, int) else item for item in part]
        elif key == "sum":
            answer[key] = [[numbers[item[0]] if isinstance(item[0], int) else item[0], item[1]] for item in part]
        elif key in ("links", "moves", "cases", "at_least", "at_most") or (key == "shows" and "steps" not in thing):
            answer[key] = _renumbered(part, numbers)
    return answer


def grouped(left: Expression, right: Expression) -> list[list[dict[str, object]]] | None:
    """The diagrams of left - right in groups of equal ones whose coefficients sum to zero, with bijections to the first."""
    if list(map(monomial, left.groups)) != list(map(monomial, right.groups)):
        return None
    return cancelled(added(left, scaled(-1, right)).terms)


class Instance:
    """A lemma at expressions of a derivation: the sizes that this takes, and what the lemma then says."""

    def __init__(
        self, derivation: Derivation, claim: Mapping[str, Any], names: Mapping[str, str], sizes: Mapping[str, Group]
    ) -> None:
        declarations = parse_declarations(claim["where"])
        unknown = sorted(set(names) - set(declarations))
        if unknown:
            raise UsageError(f"{unknown[0]} is not a name of the lemma used; its names are {', '.join(declarations)}")
        found: dict[str, Group] = dict(sizes)
        for name, text in names.items():
            self._unify(name, declarations[name].shape, derivation.value(text), found)
        self.sizes = {size: group_text(found.get(size, ())) for size in claim["sizes"]}
        self.names = {name: names.get(name) or self._ones(declared.shape, found) for name, declared in declarations.items()}
        replacements = {name: parse_expression(text) for name, text in (*self.sizes.items(), *self.names.items())}
        self.comparisons = [
            Comparison(each.op, substitute(each.left, replacements), substitute(each.right, replacements))
            for each in parse_statement(claim["statement"]).comparisons
        ]

    def _unify(self, name: str, declared: Shape, value: Expression, found: dict[str, Group]) -> None:
        groups = value.groups
        if [len(mode) for mode in declared] == [2]:
            odd, even = parity(value.shape)
            groups = [tuple(atom for label in side for atom in value.groups[int(label)]) for side in (odd, even)]
        wanted = [group for mode in declared for group in mode]
        for group, actual in zip(wanted, groups):
            if len(group) == 1 and isinstance(group[0], str) and found.setdefault(group[0], actual) == actual:
                continue
            if group != actual:
                raise UsageError(f"{name} cannot stand for a tensor of another shape in the lemma used")

    def _ones(self, shape: Shape, found: Mapping[str, Group]) -> str:
        def size(group: Group) -> str:
            atoms = (found.get(part, ()) if isinstance(part, str) else (part,) for part in group)
            return group_text(tuple(chain.from_iterable(atoms)))

        parts = []
        for mode in shape:
            sizes = ", ".join(map(size, mode))
            parts.append(f"fold(ones({sizes}))" if len(mode) == 2 else f"ones({sizes})")
        return f"tensor_product({', '.join(parts)})" if parts else "1"


class Blocks:
    """How the rows (or columns) of a diagram split into whole sides of factored matrices and bare wires."""

    def __init__(self, derivation: Derivation, term: Diagram, group: Sequence[int], sizes: Group) -> None:
        self.derivation, self.term, self.group, self.sizes = derivation, term, list(group), list(sizes)

    @cached_property
    def sides(self) -> dict[str, tuple[str, int]]:
        """The inverse of each factor U or V, by the name of the factor, and the number of legs it has outside."""
        answer: dict[str, tuple[str, int]] = {}
        for _, (u, v, p, q), _ in self.derivation.factored.values():
            answer[u] = (p, len(self.derivation.scope.shapes[u][0][0]))
            answer[v] = (f"{q}.T", len(self.derivation.scope.shapes[v][1][0]))
        return answer

    def inverses(self) -> str | None:
        """The Kronecker product of inverses and identities that undoes every block; None where a leg is in no block."""
        parts, at = [], 0
        while at < len(self.group):
            owner = next((box for box in self.term.boxes if self.group[at] in box.legs), None)
            if owner is None:
                parts.append(f"eye({group_text((self.sizes[at],))})")
                at += 1
                continue
            if owner.name not in self.sides:
                return None
            inverse, width = self.sides[owner.name]
            legs = owner.legs[:width] if not inverse.endswith(".T") else owner.legs[len(owner.legs) - width :]
            if tuple(self.group[at : at + width]) != legs or not width:
                return None
            parts.append(inverse)
            at += width
        return f"kron({', '.join(parts)})" if parts else None
