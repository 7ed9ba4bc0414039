"""When are two diagrams the same? A canonical form per connected component, by colour refinement and individualisation.

Colours are ranks of sorted signatures, never memory addresses or insertion order, so that equal diagrams get equal forms.
Where refinement leaves a cell of several boxes, each is singled out in turn and the least form wins; automorphisms found on
the way prune the rest (B. McKay, Practical graph isomorphism, 1981). Pairwise backtracking would take minutes on 60
equal boxes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from proofkit.diagrams.build import Diagram, Expression
from proofkit.errors import ProofkitError

MAX_LEAVES = 4_000

Mark = tuple[Hashable, ...]


@dataclass(frozen=True)
class Canonical:
    """``key`` is equal for two diagrams exactly when they are the same up to coefficient; ``boxes`` lists them in canonical
    order, so that matching positions of two equal forms is a bijection."""

    key: Hashable
    boxes: tuple[int, ...]


@lru_cache(maxsize=4096)
def canonical(diagram: Diagram) -> Canonical:
    """The canonical form; raise :class:`ProofkitError` where symmetry is beyond the search budget."""
    marks = {cls: _class_mark(diagram, cls) for cls in range(len(diagram.ranges))}
    opened = set(chain(*diagram.out))
    parts = _parts(diagram, range(len(diagram.boxes)), opened)
    forms = sorted((_component(diagram, boxes, marks, opened) for boxes in parts), key=lambda form: (repr(form[0]), form[1]))
    bare = tuple(marks[cls] for cls in _untouched(diagram))
    loops = tuple(sorted(_sizes(diagram, cls) for cls in diagram.loops()))
    key = (tuple(form[0] for form in forms), bare, loops)
    return Canonical(key, tuple(chain(*(form[1] for form in forms))))


def _sizes(diagram: Diagram, cls: int) -> tuple[str, ...]:
    return tuple(sorted(map(str, diagram.ranges[cls])))


def _class_mark(diagram: Diagram, cls: int) -> Mark:
    places = tuple((i, j) for i, group in enumerate(diagram.out) for j, other in enumerate(group) if other == cls)
    return (*_sizes(diagram, cls), places)


def _untouched(diagram: Diagram) -> list[int]:
    """Open classes without a box."""
    touched = set(chain(*(box.legs for box in diagram.boxes)))
    return [cls for cls in dict.fromkeys(chain(*diagram.out)) if cls not in touched]


def _parts(diagram: Diagram, boxes: Iterable[int], fixed: set[int]) -> list[list[int]]:
    """The boxes, grouped by connection through classes that are not fixed: parts that meet in fixed classes are independent."""
    root = {box: box for box in boxes}

    def find(box: int) -> int:
        while root[box] != box:
            root[box] = root[root[box]]
            box = root[box]
        return box

    first: dict[int, int] = {}
    for number in root:
        for leg in diagram.boxes[number].legs:
            if leg not in fixed:
                root[find(number)] = find(first.setdefault(leg, number))
    parts: dict[int, list[int]] = {}
    for number in root:
        parts.setdefault(find(number), []).append(number)
    return list(parts.values())


def _component(diagram: Diagram, boxes: list[int], marks: dict[int, Mark], fixed: set[int]) -> tuple[Hashable, tuple[int, ...]]:
    """The form of one part. Classes that refinement tells from all others become fixed, and may take it apart further."""
    search = _Search(diagram, boxes, marks)
    colour = search.start()
    unique = search.unique(colour)
    finer = _parts(diagram, boxes, fixed | unique.keys()) if len(boxes) > 1 else [boxes]
    if len(finer) == 1:
        return search.run(colour)
    marked = marks | {cls: (*marks[cls], rank) for cls, rank in unique.items() if cls not in fixed}
    known = fixed | unique.keys()
    forms = sorted((_component(diagram, part, marked, known) for part in finer), key=lambda form: (repr(form[0]), form[1]))
    return tuple(form[0] for form in forms), tuple(chain(*(form[1] for form in forms)))


class _Search:
    """The least leaf of the refinement tree of one component."""

    def __init__(self, diagram: Diagram, boxes: list[int], marks: dict[int, Mark]) -> None:
        self.diagram, self.boxes = diagram, boxes
        self.classes = list(dict.fromkeys(leg for box in boxes for leg in diagram.boxes[box].legs))
        self.marks = marks
        self.at: dict[int, list[tuple[int, int]]] = {cls: [] for cls in self.classes}
        for box in boxes:
            for leg, cls in enumerate(diagram.boxes[box].legs):
                self.at[cls].append((leg, box))
        self.best: tuple[str, Hashable, tuple[int, ...]] | None = None
        self.automorphisms: list[dict[int, int]] = []
        self.leaves = 0

    def refine(self, colour: dict[int, int]) -> dict[int, int]:
        """Refine a colouring of the boxes until nothing changes."""
        count = len(set(colour.values()))
        while True:
            classes = self._class_colours(colour)
            finer = _ranked({box: (colour[box], [classes[leg] for leg in self.diagram.boxes[box].legs]) for box in self.boxes})
            if len(set(finer.values())) == count:
                return finer
            colour, count = finer, len(set(finer.values()))

    def _class_colours(self, colour: dict[int, int]) -> dict[int, int]:
        return _ranked({cls: (self.marks[cls], sorted((leg, colour[box]) for leg, box in self.at[cls])) for cls in self.classes})

    def start(self) -> dict[int, int]:
        """The boxes coloured by name, refined."""
        boxes = {number: self.diagram.boxes[number] for number in self.boxes}
        return self.refine(_ranked({number: (box.name, _argument_key(box.argument)) for number, box in boxes.items()}))

    def unique(self, colour: dict[int, int]) -> dict[int, int]:
        """The classes that have a colour of their own, with its rank."""
        colours = self._class_colours(colour)
        count = Counter(colours.values())
        return {cls: rank for cls, rank in colours.items() if count[rank] == 1}

    def run(self, colour: dict[int, int]) -> tuple[Hashable, tuple[int, ...]]:
        """The least form, and the boxes in its order."""
        self.explore(colour, ())
        assert self.best is not None
        return self.best[1], self.best[2]

    def explore(self, colour: dict[int, int], fixed: tuple[int, ...]) -> None:
        cells: dict[int, list[int]] = {}
        for box in self.boxes:
            cells.setdefault(colour[box], []).append(box)
        ambiguous = [cells[rank] for rank in sorted(cells) if len(cells[rank]) > 1]
        if not ambiguous:
            self.leaf(colour)
            return
        tried: list[int] = []
        for box in ambiguous[0]:
            if any(self.equivalent(box, other, fixed) for other in tried):
                continue
            tried.append(box)
            split = {other: 2 * rank + (other != box) for other, rank in colour.items()}
            self.explore(self.refine(split), (*fixed, box))

    def equivalent(self, box: int, other: int, fixed: tuple[int, ...]) -> bool:
        """Whether products of known automorphisms that fix the path take one box to the other."""
        usable = [each for each in self.automorphisms if all(each[one] == one for one in fixed)]
        reached, frontier = {other}, [other]
        while frontier:
            current = frontier.pop()
            for each in usable:
                if each[current] not in reached:
                    reached.add(each[current])
                    frontier.append(each[current])
        return box in reached

    def leaf(self, colour: dict[int, int]) -> None:
        self.leaves += 1
        if self.leaves > MAX_LEAVES:
            raise ProofkitError(f"a diagram with {len(self.boxes)} boxes is too symmetric to be compared within the search limit")
        order = tuple(sorted(self.boxes, key=lambda box: colour[box]))
        form = self.form(order)
        text = repr(form)
        if self.best is not None and text == self.best[0]:
            mapping = dict(zip(self.best[2], order))
            self.automorphisms += [mapping, {image: box for box, image in mapping.items()}]
        elif self.best is None or text < self.best[0]:
            self.best = (text, form, order)

    def form(self, order: tuple[int, ...]) -> Hashable:
        number: dict[int, int] = {}
        for box in order:
            for leg in self.diagram.boxes[box].legs:
                number.setdefault(leg, len(number))
        boxes = tuple(
            (
                self.diagram.boxes[box].name,
                _argument_key(self.diagram.boxes[box].argument),
                tuple(number[leg] for leg in self.diagram.boxes[box].legs),
            )
            for box in order
        )
        return boxes, tuple(self.marks[cls] for cls in number)


def _argument_key(argument: Expression | None) -> str:
    return "" if argument is None else repr(argument)


def _ranked(signature: dict[int, tuple[object, ...]]) -> dict[int, int]:
    """Replace signatures by their rank among the distinct ones."""
    texts = {key: repr(value) for key, value in signature.items()}
    rank = {text: place for place, text in enumerate(sorted(set(texts.values())))}
    return {key: rank[text] for key, text in texts.items()}
