"""Equality under hypotheses: equations as oriented rules on diagrams, their normal forms, and rules derived from overlaps.

A rule replaces the heaviest diagram of an equation "sum = 0" by the others; an equation `name == expression` eliminates the
name. Where normal forms differ, two rules are applied to a diagram in which both occur, and what results is a new equation
(D. Knuth and P. Bendix, Simple word problems in universal algebras, 1970). Every search here has a limit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from math import lcm
from typing import Any

from proofkit.diagrams import Diagram, Expression, canonical
from proofkit.diagrams.build import Box, added, scaled
from proofkit.diagrams.matching import Occurrence, occurrences, replaced

MAX_MOVES = 400
MAX_TERMS = 400
MAX_EXCHANGES = 80  # diagrams that exchanges lead to, from one
MAX_BOXES = 14  # of a diagram in which two rules overlap

Move = dict[str, Any]


@dataclass(frozen=True)
class Rule:
    """``equation`` is a sum of diagrams that is zero by fact number ``fact``; diagram ``pattern`` is replaced."""

    fact: int
    equation: tuple[Diagram, ...]
    pattern: int
    exchange: bool = False  # neither side is simpler, as in A.T == A and A @ B == B @ A: used both ways, to find the least

    @property
    def left(self) -> Diagram:
        """The diagram that is replaced."""
        return self.equation[self.pattern]


def weight(diagram: Diagram) -> tuple[int, list[str], str]:
    """Fewer and smaller boxes are simpler; then the order of names, and of diagrams."""
    names = sorted(box.name for box in diagram.boxes)
    return sum(1 + 2 * len(box.legs) for box in diagram.boxes), names, repr(canonical(_unit(diagram)).key)


def _unit(diagram: Diagram) -> Diagram:
    return Diagram(1, diagram.boxes, diagram.out, diagram.ranges)


def oriented(fact: int, left: Expression, right: Expression, defined: str = "") -> Rule | None:
    """The rule of an equation, or None where no diagram of it can serve as a pattern."""
    equation = added(left, scaled(-1, right)).terms
    best: tuple[object, int] | None = None
    for number, term in enumerate(equation):
        met = {leg for box in term.boxes for leg in box.legs}
        if not term.boxes or met != set(range(len(term.ranges))):
            continue
        others = [other for i, other in enumerate(equation) if i != number]
        if any(_unit(other) == _unit(term) for other in others):
            continue
        names = [box.name for box in term.boxes]
        eliminates = names == [defined] and all(box.name != defined for other in others for box in other.boxes)
        rank = (eliminates, abs(term.coefficient) == 1, weight(term))
        if best is None or rank > best[0]:  # type: ignore[operator]
            best = (rank, number)
    if best is None:
        return None
    simpler = len(equation) != 2 or weight(equation[0])[:2] != weight(equation[1])[:2]
    return Rule(fact, equation, best[1], exchange=not simpler and all(abs(term.coefficient) == 1 for term in equation))


def move(term: int, rule: Rule, at: Occurrence) -> Move:
    """A replacement as the certificate writes it."""
    places = {"boxes": list(at.boxes), "classes": list(at.classes)}
    return {"term": term, "equality": rule.fact, "pattern": rule.pattern, **places}


class Rules:
    """Rules that simplify, and rules that only exchange."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = list(rules)

    def normalised(self, terms: Sequence[Diagram]) -> tuple[list[Diagram], list[Move]]:
        """Rewrite until no rule applies; stop at the limit of moves or terms, which leaves what has been reached."""
        current, done = list(terms), set[Diagram]()
        moves: list[Move] = []
        at = 0
        while at < len(current) and len(moves) < MAX_MOVES and len(current) < MAX_TERMS:
            term = current[at]
            path = [] if term in done else self._path(term)
            if not path:
                done.add(term)
                at += 1
                continue
            for rule, occurrence in path:
                moves.append(move(at, rule, occurrence))
                new = replaced(current[at], rule.equation, rule.pattern, occurrence)
                current[at : at + 1] = []
                current += new
                at = len(current) - 1
            if len(path) > 1 or path[0][0].exchange:
                done.update(current[at:] if path[-1][0].exchange else ())
            at = 0
        return current, moves

    def _path(self, term: Diagram) -> list[tuple[Rule, Occurrence]]:
        """Moves that make a diagram simpler: by one rule, after exchanges if need be; else exchanges to the least diagram."""
        step = self._step(term)
        if step is not None or not any(rule.exchange for rule in self.rules):
            return [step] if step is not None else []
        return self._exchanged(term)

    def _step(self, term: Diagram) -> tuple[Rule, Occurrence] | None:
        for rule in self.rules:
            if not rule.exchange and term.coefficient % rule.left.coefficient == 0:
                occurrence = next(occurrences(rule.left, term), None)
                if occurrence is not None:
                    return rule, occurrence
        return None

    def _exchanged(self, term: Diagram) -> list[tuple[Rule, Occurrence]]:
        seen = {canonical(_unit(term)).key}
        queue: list[tuple[Diagram, list[tuple[Rule, Occurrence]]]] = [(term, [])]
        best: tuple[str, list[tuple[Rule, Occurrence]]] = (repr(canonical(_unit(term)).key), [])
        ways = [Rule(r.fact, r.equation, pattern, True) for r in self.rules if r.exchange for pattern in (0, 1)]
        for current, path in queue:
            for rule in ways:
                for occurrence in occurrences(rule.left, current) if len(queue) < MAX_EXCHANGES else ():
                    (new,) = replaced(current, rule.equation, rule.pattern, occurrence)
                    key = canonical(_unit(new)).key
                    if key in seen:
                        continue
                    seen.add(key)
                    further = [*path, (rule, occurrence)]
                    step = self._step(new)
                    if step is not None:
                        return [*further, step]
                    queue.append((new, further))
                    best = min(best, (repr(key), further), key=lambda pair: pair[0])
        return best[1]


def collected(terms: Sequence[Diagram]) -> list[Diagram]:
    """Equal diagrams added up, those of coefficient 0 left out."""
    first: dict[object, Diagram] = {}
    count: Counter[object] = Counter()
    for term in terms:
        key = canonical(_unit(term)).key
        first.setdefault(key, term)
        count[key] += term.coefficient
    return [Diagram(count[key], t.boxes, t.out, t.ranges) for key, t in first.items() if count[key]]


def reduced(term: Diagram, p: int) -> Diagram:
    """Over GF(p), k equal boxes on the same indices count as (k - 1) mod (p - 1) + 1."""
    kept = [box for box in dict.fromkeys(term.boxes) for _ in range((term.boxes.count(box) - 1) % (p - 1) + 1)]
    return Diagram(term.coefficient, tuple(kept), term.out, term.ranges)


def cancelled(terms: Sequence[Diagram], modulus: int = 0) -> list[list[dict[str, object]]] | None:
    """The groups of equal diagrams whose coefficients sum to zero, with bijections to the first; None if some do not."""
    groups: dict[object, list[int]] = {}
    forms = [canonical(_unit(term)) for term in terms]
    for number, form in enumerate(forms):
        groups.setdefault(form.key, []).append(number)
    for members in groups.values():
        rest = sum(terms[number].coefficient for number in members)
        if rest % modulus if modulus else rest:
            return None
    answer = []
    for members in groups.values():
        first = forms[members[0]].boxes
        part: list[dict[str, object]] = []
        for number in members:
            image = dict(zip(forms[number].boxes, first))
            part.append({"term": number, "boxes": [image[box] for box in range(len(first))]})
        answer.append(part)
    return answer


def overlaps(one: Rule, other: Rule) -> Iterator[Expression]:
    """Diagrams in which the patterns of two rules occur with at least one box in common, smallest first."""
    seen: set[object] = set()
    for i, box in enumerate(one.left.boxes):
        for j, twin in enumerate(other.left.boxes):
            if box.name == twin.name and box.argument is None and twin.argument is None:
                peak = _joined(one.left, other.left, i, j)
                if peak is not None and len(peak.boxes) <= MAX_BOXES:
                    key = canonical(_unit(peak)).key
                    if key not in seen:
                        seen.add(key)
                        yield _as_expression(peak)


def _joined(one: Diagram, other: Diagram, i: int, j: int) -> Diagram | None:
    """Two diagrams made one at a box that they share; every other box of the second is new."""
    shift = len(one.ranges)
    root = list(range(shift + len(other.ranges)))
    for leg, twin in zip(one.boxes[i].legs, other.boxes[j].legs):
        a, b = sorted((root[leg], root[twin + shift]))
        root = [a if cls == b else cls for cls in root]
    ranges: dict[int, set[str | int]] = {}
    for cls, atoms in enumerate((*one.ranges, *other.ranges)):
        ranges.setdefault(root[cls], set()).update(atoms)
    if any(len(atoms) != 1 for atoms in ranges.values()):
        return None
    inner = {root[c] for c in range(shift) if c not in set(chain(*one.out))}
    inner |= {root[c + shift] for c in range(len(other.ranges)) if c not in set(chain(*other.out))}
    number = {cls: new for new, cls in enumerate(sorted(ranges))}
    boxes = [Box(box.name, tuple(number[root[leg]] for leg in box.legs)) for box in one.boxes]
    rest = [box for k, box in enumerate(other.boxes) if k != j]
    boxes += [Box(box.name, tuple(number[root[leg + shift]] for leg in box.legs)) for box in rest]
    out = tuple((number[cls],) for cls in sorted(ranges) if cls not in inner)
    coefficient = lcm(one.coefficient, other.coefficient)  # so that both patterns divide it
    return Diagram(coefficient, tuple(boxes), out, tuple(frozenset(ranges[cls]) for cls in sorted(ranges)))


def _as_expression(diagram: Diagram) -> Expression:
    """An open class of a peak is a mode of its own."""
    return Expression(tuple((tuple(diagram.ranges[cls]),) for (cls,) in diagram.out), (diagram,))
