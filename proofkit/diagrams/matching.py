"""Where a diagram occurs in another, and what an equation makes of it there.

An occurrence sends the boxes of a pattern to distinct boxes of a diagram and its index classes to classes. A class that
the pattern sums goes to one that nothing else meets; a class that is open in it may go anywhere, and two of them to one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from proofkit.diagrams.build import Box, Diagram, Label, glued


@dataclass(frozen=True)
class Occurrence:
    """Images of the boxes and of the classes of a pattern."""

    boxes: tuple[int, ...]
    classes: tuple[int, ...]


def occurrences(pattern: Diagram, host: Diagram) -> Iterator[Occurrence]:
    """All occurrences of a pattern each of whose classes is met by one of its boxes; others have none here."""
    touched = {leg for box in pattern.boxes for leg in box.legs}
    if not pattern.boxes or touched != set(range(len(pattern.ranges))) or len(pattern.boxes) > len(host.boxes):
        return
    yield from _Matcher(pattern, host).search(0)


class _Matcher:
    def __init__(self, pattern: Diagram, host: Diagram) -> None:
        self.pattern, self.host = pattern, host
        self.open = set(chain(*pattern.out))
        self.legs = _degrees(pattern)
        self.host_legs = _degrees(host)
        self.host_open = set(chain(*host.out))
        self.order = _connected_order(pattern)
        self.boxes: dict[int, int] = {}
        self.classes: dict[int, int] = {}

    def search(self, depth: int) -> Iterator[Occurrence]:
        if depth == len(self.order):
            yield Occurrence(
                tuple(self.boxes[i] for i in range(len(self.order))),
                tuple(self.classes[c] for c in range(len(self.pattern.ranges))),
            )
            return
        mine = self.order[depth]
        box = self.pattern.boxes[mine]
        for number, other in enumerate(self.host.boxes):
            if other.name != box.name or number in self.boxes.values() or other.argument != box.argument:
                continue
            fresh = self._attach(box, other)
            if fresh is not None:
                self.boxes[mine] = number
                yield from self.search(depth + 1)
                del self.boxes[mine]
                for cls in fresh:
                    del self.classes[cls]

    def _attach(self, box: Box, other: Box) -> list[int] | None:
        """Extend the map of classes by the legs of two boxes; the classes that are new, or None."""
        fresh: list[int] = []
        for leg, image in zip(box.legs, other.legs):
            if leg not in self.classes and self._fits(leg, image):
                self.classes[leg] = image
                fresh.append(leg)
            elif self.classes.get(leg) != image:
                for cls in fresh:
                    del self.classes[cls]
                return None
        return fresh

    def _fits(self, cls: int, image: int) -> bool:
        if cls in self.open:
            return self.pattern.ranges[cls] <= self.host.ranges[image]
        alone = image not in self.host_open and self.host_legs[image] == self.legs[cls]
        return alone and image not in self.classes.values() and self.pattern.ranges[cls] == self.host.ranges[image]


def _degrees(diagram: Diagram) -> list[int]:
    count = [0] * len(diagram.ranges)
    for box in diagram.boxes:
        for leg in box.legs:
            count[leg] += 1
    return count


def _connected_order(pattern: Diagram) -> list[int]:
    """The boxes so that each meets one before it, where that is possible."""
    order: list[int] = []
    rest = list(range(len(pattern.boxes)))
    seen: set[int] = set()
    while rest:
        box = next((i for i in rest if seen & set(pattern.boxes[i].legs)), rest[0])
        rest.remove(box)
        order.append(box)
        seen |= set(pattern.boxes[box].legs)
    return order


def replaced(host: Diagram, equation: Sequence[Diagram], pattern: int, at: Occurrence) -> list[Diagram]:
    """What stands for the host when the occurrence of one diagram of "sum = 0" is replaced by the others."""
    found = equation[pattern]
    factor = host.coefficient // found.coefficient
    opened = list(chain(*found.out))
    inner = {at.classes[cls] for cls in range(len(found.ranges)) if cls not in opened}
    kept = [cls for cls in range(len(host.ranges)) if cls not in inner]
    place = {cls: i for i, cls in enumerate(kept)}
    rest = [box for i, box in enumerate(host.boxes) if i not in at.boxes]
    shift = len(host.out)
    seam: list[Label] = list(range(shift, shift + len(opened)))
    context = Diagram(
        1,
        tuple(Box(box.name, tuple(place[leg] for leg in box.legs), box.argument) for box in rest),
        tuple(tuple(place[cls] for cls in group) for group in host.out) + tuple((place[at.classes[cls]],) for cls in opened),
        tuple(host.ranges[cls] for cls in kept),
    )
    own: list[Label] = list(range(shift))
    answer = []
    for i, other in enumerate(equation):
        if i != pattern:
            flat = Diagram(-factor * other.coefficient, other.boxes, tuple((c,) for g in other.out for c in g), other.ranges)
            answer.append(glued([context, flat], [[*own, *seam], seam], [[label] for label in own]))
    return answer
