"""Ranks by factorization: matrices inside a diagram written as U @ V, cuts through them, and inverses that undo them.

A rank factorization M = U V has P U = I = V Q. Where M occurs in a diagram X, a cut through the wire between U and V bounds
rank(X) by rank(M); and attaching P and Q at open legs of X can only lower its rank, so that what remains bounds it from below.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from proofkit.diagrams import Diagram, Expression, canonical, minimal_cuts
from proofkit.diagrams.build import Box, added, scaled
from proofkit.diagrams.matching import Occurrence, occurrences, replaced
from proofkit.diagrams.text import expression_text
from proofkit.search.derivation import Derivation
from proofkit.search.rewriting import Rule, Rules, cancelled, collected, move
from proofkit.statements import Node, to_text

MAX_CUTS = 12
ROW, COLUMN = "<", ">"  # marks of the open legs of a matrix whose order does not matter


def single(derivation: Derivation, matrix: str) -> Diagram | None:
    """The one diagram of a matrix, if it has only one."""
    value = derivation.value(matrix)
    plain = len(value.shape) == 2 and all(len(mode) == 1 for mode in value.shape)
    return value.terms[0] if plain and len(value.terms) == 1 else None


def factor_rule(derivation: Derivation, matrix: str) -> tuple[Rule, str, list[Rule]]:
    """M -> U @ V as a rule, the size between U and V, and the rules P @ U -> eye, V @ Q -> eye."""
    size, _, fact = derivation.factor(matrix)
    rules = []
    for number in (fact, fact + 1, fact + 2):
        equality = derivation.equality(number)
        rules.append(Rule(number, added(equality.left, scaled(-1, equality.right)).terms, 0))
    return rules[0], size, rules[1:]


def inverses(derivation: Derivation) -> list[Rule]:
    """The rules P @ U -> eye and V @ Q -> eye of all rank factorizations."""
    return [rule for atom in derivation.factored for rule in factor_rule(derivation, atom)[2]]


def factored(derivation: Derivation, matrix: str, atoms: Iterable[str]) -> tuple[str, list[Rule]] | None:
    """The matrix with every occurrence of an atom written as U @ V: its text, and the rules of the inverses."""
    start = single(derivation, matrix)
    if start is None:
        return None
    term, moves = start, []
    for atom in atoms:
        part = single(derivation, atom)
        if part is None or not part.boxes or abs(part.coefficient) != 1 or _same(part, start):
            continue
        while (occurrence := _first(part, term, derivation)) is not None:
            rule, _, _ = factor_rule(derivation, atom)
            moves.append(move(0, rule, occurrence))
            (term,) = replaced(term, rule.equation, 0, occurrence)
    target = expression_text(Expression(derivation.value(matrix).shape, (term,)), derivation.scope) if moves else None
    if target is None:
        return None
    rules = {each.fact: each for each in (factor_rule(derivation, atom)[0] for atom in derivation.factored)}
    equal = replay(derivation, matrix, target, [(rules[m["equality"]], m) for m in moves])
    if equal is None:
        return None
    derivation.equal_ranks(equal, matrix, target)
    return target, inverses(derivation)


def _same(one: Diagram, other: Diagram) -> bool:
    return one.coefficient == other.coefficient and canonical(one).key == canonical(other).key


def _first(part: Diagram, term: Diagram, derivation: Derivation) -> Occurrence | None:
    if part.coefficient == -1:
        part = Diagram(1, part.boxes, part.out, part.ranges)
    return next(occurrences(part, term), None)


def replay(derivation: Derivation, left: str, right: str, steps: Sequence[tuple[Rule, dict[str, object]]]) -> int | None:
    """left == right, both of one diagram, by moves that each act on what the one before has made of the left side."""
    difference = added(derivation.value(left), scaled(-1, derivation.value(right)))
    terms, at, moves = list(difference.terms), 0, []
    for rule, step in steps:
        occurrence = Occurrence(tuple(step["boxes"]), tuple(step["classes"]))  # type: ignore[arg-type]
        new = replaced(terms[at], rule.equation, rule.pattern, occurrence)
        moves.append(move(at, rule, occurrence))
        terms = terms[:at] + terms[at + 1 :] + new
        at = len(terms) - 1
    groups = cancelled(terms)
    return None if groups is None else derivation.rewrite(left, right, moves, groups)


def cuts(derivation: Derivation, matrix: str, allowed: set[str]) -> None:
    """rank(X) <= the product of the sizes of a cut, for cuts through allowed sizes only."""
    term = single(derivation, matrix)
    if term is None:
        return
    good = (cut for cut in minimal_cuts(term) if all(_allowed(term.ranges[cls], allowed) for cls in cut))
    for cut in islice(good, MAX_CUTS):
        derivation.cut(matrix, sorted(cut))


def _allowed(ranges: frozenset[str | int], allowed: set[str]) -> bool:
    return any(isinstance(atom, int) or atom in allowed for atom in ranges)


def arranged_key(term: Diagram, transposed: bool) -> tuple[object, tuple[int, ...]] | None:
    """A canonical form that forgets the order of rows and of columns, and the order of the boxes in it."""
    if abs(term.coefficient) != 1 or term.loops():
        return None
    rows, columns = (set(group) for group in (reversed(term.out) if transposed else term.out))
    met = set(chain(*(box.legs for box in term.boxes)))
    marks = [Box(ROW, (cls,)) for cls in sorted(rows) if cls in met | columns]
    marks += [Box(COLUMN, (cls,)) for cls in sorted(columns) if cls in met | rows]
    kept = sorted(met | (rows & columns))
    number = {cls: i for i, cls in enumerate(kept)}
    boxes = tuple(Box(box.name, tuple(number[leg] for leg in box.legs), box.argument) for box in (*term.boxes, *marks))
    form = canonical(Diagram(1, boxes, (), tuple(term.ranges[cls] for cls in kept)))
    return form.key, tuple(box for box in form.boxes if box < len(term.boxes))


def arranged(derivation: Derivation, left: str, right: str) -> bool:
    """Add rank(left) == rank(right) where the two differ in the order of rows and columns, or by transposition."""
    one, other = single(derivation, left), single(derivation, right)
    if one is None or other is None or len(one.boxes) != len(other.boxes) or left == right:
        return False
    mine = arranged_key(one, False)
    for transposed in (False, True):
        theirs = arranged_key(other, transposed)
        if mine is not None and theirs is not None and mine[0] == theirs[0]:
            image = dict(zip(mine[1], theirs[1]))
            derivation.arrange(left, right, [image[box] for box in range(len(one.boxes))], transposed)
            return True
    return False


def attached(derivation: Derivation, matrix: str, rules: Sequence[Rule]) -> tuple[str, str] | None:
    """Texts of P and Q such that P @ X @ Q completes patterns of the rules at open legs of X; empty where nothing is attached."""
    term = single(derivation, matrix)
    if term is None:
        return None
    groups = derivation.value(matrix).groups
    texts = []
    for side in (0, 1):
        found = _Attachment(term, side).complete(rules)
        if found is None:
            texts.append("")
            continue
        new = tuple(tuple(next(iter(found.ranges[cls])) for cls in group) for group in found.out)
        shape = ((new[0],), (groups[0],)) if side == 0 else ((groups[1],), (new[1],))
        text = expression_text(Expression(shape, (found,)), derivation.scope)
        if text is None:
            return None
        texts.append(text)
    return (texts[0], texts[1]) if any(texts) else None


class _Attachment:
    """Boxes put on the open legs of one side of a matrix."""

    def __init__(self, term: Diagram, side: int) -> None:
        self.term, self.side = term, side
        self.group = term.out[side]
        self.free = {cls for cls in self.group if self.group.count(cls) == 1 and cls not in term.out[1 - side]}
        self.boxes: list[Box] = []
        self.new: dict[int, list[int]] = {}  # the classes that stand in the place of one that was open
        self.ranges = [term.ranges[cls] for cls in self.group]

    def complete(self, rules: Sequence[Rule]) -> Diagram | None:
        """The matrix to multiply with, or None where no rule lacks a box at this side."""
        for rule in rules:
            for missing in range(len(rule.left.boxes)):
                for occurrence in self._partial(rule.left, missing):
                    self._attach(rule.left, missing, occurrence)
        if not self.boxes:
            return None
        old = tuple(range(len(self.group)))
        new = tuple(chain(*(self.new.get(i, [i]) for i in old)))
        out = (new, old) if self.side == 0 else (old, new)
        return Diagram(1, tuple(self.boxes), out, tuple(self.ranges))

    def _partial(self, pattern: Diagram, missing: int) -> Iterator[dict[int, int]]:
        """Where the pattern without one box occurs, that box touching it in open legs of this side only."""
        shared = set(pattern.boxes[missing].legs)
        rest = tuple(box for i, box in enumerate(pattern.boxes) if i != missing)
        touched = sorted({leg for box in rest for leg in box.legs})
        joint = shared & set(touched)
        if not rest or not joint:
            return
        number = {cls: i for i, cls in enumerate(touched)}
        opened = (set(chain(*pattern.out)) | shared) & set(touched)
        boxes = tuple(Box(box.name, tuple(number[leg] for leg in box.legs), box.argument) for box in rest)
        out = tuple((number[cls],) for cls in sorted(opened))
        part = Diagram(1, boxes, out, tuple(pattern.ranges[cls] for cls in touched))
        for occurrence in list(occurrences(part, self.term)):
            image = {cls: occurrence.classes[number[cls]] for cls in touched}
            if all(image[cls] in self.free for cls in joint):
                yield {cls: image[cls] for cls in joint}

    def _attach(self, pattern: Diagram, missing: int, image: dict[int, int]) -> None:
        if not set(image.values()) <= self.free or len(set(image.values())) < len(image):
            return
        box = pattern.boxes[missing]
        local: dict[int, int] = {cls: self.group.index(cls_image) for cls, cls_image in image.items()}
        fresh = []
        for leg in box.legs:
            if leg not in local:
                local[leg] = len(self.ranges)
                self.ranges.append(pattern.ranges[leg])
                fresh.append(local[leg])
        self.boxes.append(Box(box.name, tuple(local[leg] for leg in box.legs)))
        self.free -= set(image.values())
        places = sorted(self.group.index(cls) for cls in image.values())
        self.new.update({place: [] for place in places})
        self.new[places[0]] = fresh


def completed(derivation: Derivation, matrix: str, rules: Sequence[Rule]) -> list[str]:
    """Add rank(N) <= rank(X) for the normal form N of P @ X @ Q, where P and Q complete patterns at the open legs of both
    sides, or of one; the texts of these N."""
    ends = attached(derivation, matrix, rules)
    found = []
    for left, right in dict.fromkeys([ends, (ends[0], ""), ("", ends[1])] if ends is not None else []):
        whole = " @ ".join(f"({part})" for part in (left, matrix, right) if part)
        value = derivation.value(whole)
        terms, _ = Rules(rules).normalised(value.terms)
        final = expression_text(Expression(value.shape, tuple(collected(terms))), derivation.scope)
        equal = None if final is None or not (left or right) else rewritten(derivation, whole, final, Rules(rules))
        if final is not None and equal is not None:
            derivation.product(left, matrix, right)
            derivation.equal_ranks(equal, whole, final)
            found.append(final)
    return found


def rewritten(derivation: Derivation, left: str, right: str, rules: Rules) -> int | None:
    """left == right where the two have one normal form."""
    number = derivation.isomorphism(left, right)
    if number is not None:
        return number
    terms, moves = rules.normalised(added(derivation.value(left), scaled(-1, derivation.value(right))).terms)
    groups = cancelled(terms)
    return None if groups is None else derivation.rewrite(left, right, moves, groups)


def undone(derivation: Derivation, matrix: Node, core: Node) -> bool:
    """Add rank(core) <= rank(matrix) and the rank of the core, where it is P @ matrix @ Q for inverses P and Q of factors."""
    text, ends = to_text(matrix), ["", ""]
    for side, group in enumerate(derivation.value(text).groups):
        known = (p for x, (_, (_, _, p, _), _) in derivation.factored.items() if derivation.scope.shapes[x][0] == (group,))
        inverse = next(known, "")
        ends[side] = f"{inverse}.T" if side and inverse else inverse
    whole = " @ ".join(f"({part})" for part in (ends[0], text, ends[1]) if part)
    if derivation.value(whole).groups != derivation.value(to_text(core)).groups:
        return False
    rules = [rule for x in derivation.factored for rule in (factor_rule(derivation, x)[0], *factor_rule(derivation, x)[2])]
    equal = rewritten(derivation, whole, to_text(core), Rules(rules))
    if equal is None:
        return False
    derivation.product(ends[0], text, ends[1])
    derivation.equal_ranks(equal, whole, to_text(core))
    return derivation.wires(to_text(core)) is not None
