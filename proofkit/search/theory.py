"""What hypotheses imply: the normal form of an expression, and equalities that the judge replays."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from proofkit.diagrams import Diagram, Expression, canonical
from proofkit.diagrams.build import added, equal_indices, scaled
from proofkit.diagrams.matching import Occurrence, occurrences, replaced
from proofkit.diagrams.text import expression_text
from proofkit.search.derivation import Derivation
from proofkit.search.rewriting import Move, Rule, Rules, cancelled, collected, move, oriented, overlaps, reduced
from proofkit.statements import Node, to_text

MAX_DERIVED = 40
MAX_OVERLAPS = 400


@dataclass(frozen=True)
class Normal:
    """A normal form, and the moves that led to it."""

    terms: tuple[Diagram, ...]
    moves: tuple[Move, ...]


class Theory:
    """The hypotheses of a derivation as rules; more are derived from their overlaps when they are needed."""

    def __init__(self, derivation: Derivation, modulus: int = 0) -> None:
        self.derivation, self.modulus = derivation, modulus
        self.rules = Rules()
        self.pairs: deque[tuple[Rule, Rule]] = deque()
        self.looked = self.derived = 0

    def __bool__(self) -> bool:
        return bool(self.rules.rules or self.modulus)

    # hypotheses

    def assume(self, hypotheses: Sequence[tuple[Node, Node]]) -> None:
        """Hypotheses, and what follows at once: a square matrix that is inverted on one side is on the other."""
        numbers = [self.derivation.assume(to_text(left), to_text(right)) for left, right in hypotheses]
        for number, (left, right) in zip(numbers, hypotheses):
            defined = next((str(side.value) for side in (left, right) if side.op == "name"), "")
            self.learn(number, defined)
        for number, (left, right) in zip(numbers, hypotheses):
            for product, one in ((left, right), (right, left)):
                if product.op == "matmul":
                    self._other_side(number, product, one is right)

    def learn(self, number: int, defined: str = "") -> bool:
        """Use an equality that is a fact as a rule."""
        fact = self.derivation.equality(number)
        rule = oriented(number, fact.left, fact.right, defined)
        if rule is None:
            return False
        self.pairs.extend((rule, other) for other in [*self.rules.rules, rule])
        self.rules.rules.append(rule)
        return True

    def _other_side(self, number: int, product: Node, first: bool) -> None:
        x, y = map(to_text, product.args)
        shapes = [self.derivation.value(text).shape for text in (x, y)]
        size = shapes[0][0] if shapes[0] else ()
        if any(len(shape) != 2 or shape[0] != shape[1] or shape[0] != size for shape in shapes):
            return
        fact = self.derivation.equality(number)
        one = equal_indices(size[0], size[0])
        if (fact.right if first else fact.left) != one:
            return
        self.learn(self.derivation.inverse(number, x, y))

    # equality

    def normal(self, value: Expression) -> Normal:
        """The normal form of the diagrams of an expression, equal ones collected."""
        terms, moves = self.rules.normalised(value.terms)
        return Normal(tuple(collected(terms)), tuple(moves))

    def equal(self, left: str, right: str, complete: bool = True) -> int | None:
        """The number of the fact left == right, or None where the search finds no derivation."""
        derivation = self.derivation
        number = derivation.isomorphism(left, right)
        while number is None and self:
            difference = added(derivation.value(left), scaled(-1, derivation.value(right)))
            terms, moves = self.rules.normalised(difference.terms)
            final = [reduced(term, self.modulus) for term in terms] if self.modulus else terms
            groups = cancelled(final, self.modulus)
            if groups is not None:
                number = derivation.rewrite(left, right, moves, groups)
            elif not complete or not self.complete():
                break
        return number

    def complete(self) -> bool:
        """Derive one new rule from an overlap of two; False where there is none, or enough have been derived."""
        while self.pairs and self.derived < MAX_DERIVED and self.looked < MAX_OVERLAPS:
            one, other = self.pairs.popleft()
            for peak in overlaps(one, other):
                self.looked += 1
                if self._resolve(peak, one, other):
                    self.derived += 1
                    self.pairs.append((one, other))
                    return True
        return False

    def _resolve(self, peak: Expression, one: Rule, other: Rule) -> bool:
        """Whether the two rules lead from a diagram to different normal forms, and their equality has become a rule."""
        text = expression_text(peak, self.derivation.scope)
        if text is None:
            return False
        (top,) = self.derivation.value(text).terms  # numbered as the judge numbers it
        found: dict[object, tuple[str, Move]] = {}
        for rule in (one, other):
            for occurrence in occurrences(rule.left, top) if top.coefficient % rule.left.coefficient == 0 else ():
                terms, _ = self.rules.normalised(replaced(top, rule.equation, rule.pattern, occurrence))
                final = collected(terms)
                key = frozenset((canonical(Diagram(1, t.boxes, t.out, t.ranges)).key, t.coefficient) for t in final)
                end = expression_text(Expression(peak.shape, tuple(final)), self.derivation.scope)
                if end is not None:
                    found.setdefault(key, (end, move(0, rule, occurrence)))
                if len(found) == 2:
                    ways = list(found.values())
                    first, second = (self._descent(text, *way) for way in ways)
                    joined = None if first is None or second is None else self._joined((first, second), [end for end, _ in ways])
                    return joined is not None and self._derived(joined)
        return False

    def _joined(self, facts: tuple[int, int], sides: Sequence[str]) -> int | None:
        """X == Z from facts Y == X and Y == Z, Y one diagram, where X is not zero: its first diagram is replaced by Y and the
        others, then Y by Z."""
        values = [self.derivation.value(side) for side in sides]
        if not values[0].terms:
            facts, sides, values = facts[::-1], sides[::-1], values[::-1]
        terms, moves = list(added(values[0], scaled(-1, values[1])).terms), list[Move]()
        for fact, pattern, at in ((facts[0], 1, 0), (facts[1], 0, len(terms) - 1)):
            sum_ = self.derivation.equality(fact)
            rule = Rule(fact, added(sum_.left, scaled(-1, sum_.right)).terms, pattern)
            whole = Occurrence(tuple(range(len(rule.left.boxes))), tuple(range(len(rule.left.ranges))))
            moves.append(move(at, rule, whole))
            terms = terms[:at] + terms[at + 1 :] + list(replaced(terms[at], rule.equation, pattern, whole))
        groups = cancelled(terms)
        return None if groups is None else self.derivation.rewrite(sides[0], sides[1], moves, groups)

    def _derived(self, number: int) -> bool:
        """Learn an equation that was derived, without the diagrams that its two sides have in common."""
        fact = self.derivation.equality(number)
        equation = added(fact.left, scaled(-1, fact.right)).terms
        clean = collected(equation)
        if len(clean) == len(equation):
            return self.learn(number)
        rule = oriented(number, Expression(fact.left.shape, tuple(clean)), Expression(fact.left.shape, ()))
        at = None if rule is None else next((i for i, term in enumerate(equation) if term == rule.left), None)
        if rule is None or at is None:
            return False
        rest = tuple(Diagram(-t.coefficient, t.boxes, t.out, t.ranges) for t in clean if t != rule.left)
        sides = [expression_text(Expression(fact.left.shape, part), self.derivation.scope) for part in ((rule.left,), rest)]
        if None in sides:
            return False
        left, right = map(str, sides)
        terms = added(self.derivation.value(left), scaled(-1, self.derivation.value(right))).terms
        used = Rule(number, equation, at)
        occurrence = next(occurrences(used.left, terms[0]), None)
        if occurrence is None:
            return False
        groups = cancelled([*terms[1:], *replaced(terms[0], equation, at, occurrence)])
        return groups is not None and self.learn(self.derivation.rewrite(left, right, [move(0, used, occurrence)], groups))

    def _descent(self, peak: str, end: str, first: Move) -> int | None:
        """peak == end, where the first move is given and the end is in normal form."""
        terms = list(added(self.derivation.value(peak), scaled(-1, self.derivation.value(end))).terms)
        rule = next(rule for rule in self.rules.rules if (rule.fact, rule.pattern) == (first["equality"], first["pattern"]))
        occurrence = Occurrence(tuple(first["boxes"]), tuple(first["classes"]))
        terms = terms[1:] + replaced(terms[0], rule.equation, rule.pattern, occurrence)
        final, moves = self.rules.normalised(terms)
        groups = cancelled(final)
        return None if groups is None else self.derivation.rewrite(peak, end, [first, *moves], groups)
