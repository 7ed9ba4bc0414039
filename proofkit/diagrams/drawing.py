"""Diagrams drawn: in index notation for a terminal, and as svg.

In the svg, boxes stand in columns by their distance from the rows (first mode), which are open legs on the left; columns are
open legs on the right, further modes below. A dot is a copy node: an index that more than two legs share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import chain

from proofkit.diagrams.build import REGROUP, Diagram, Expression
from proofkit.statements import group_text

OPEN, SUMMED = "ijklmnopqrstuvwxyz", "abcdefgh"
MAX_SHOWN = 12  # terms of a sum
WIDTH, HEIGHT, GAP_X, GAP_Y, MARGIN = 46, 30, 44, 26, 36


# in words


def letters(diagram: Diagram) -> dict[int, str]:
    """A letter for every class: open ones from i, summed ones from a, each numbered when the letters run out."""
    opened = list(dict.fromkeys(chain(*diagram.out)))
    summed = [cls for cls in range(len(diagram.ranges)) if cls not in opened]
    names = {cls: OPEN[i] if i < len(OPEN) else f"i{i}" for i, cls in enumerate(opened)}
    return names | {cls: SUMMED[i] if i < len(SUMMED) else f"a{i}" for i, cls in enumerate(summed)}


def text(value: Expression) -> list[str]:
    """The sum of diagrams, one a line: coefficient, sums, boxes with their indices, and the open indices."""
    if not value.terms:
        return ["0"]
    lines = [_term_text(term, len(value.shape)) for term in value.terms[:MAX_SHOWN]]
    more = len(value.terms) - MAX_SHOWN
    return lines + ([f"... and {more} more"] if more > 0 else [])


def _term_text(term: Diagram, order: int) -> str:
    names = letters(term)
    opened = set(chain(*term.out))
    sums = [f"{names[cls]} < {_extent(term, cls)}" for cls in range(len(term.ranges)) if cls not in opened]
    boxes = [f"{_label(box.name)}[{' '.join(names[leg] for leg in box.legs)}]" if box.legs else box.name for box in term.boxes]
    sides = " | ".join(" ".join(names[cls] for cls in group) or "1" for group in term.out)
    parts = [str(term.coefficient)] * (term.coefficient != 1 or not (boxes or sums))
    parts += [f"sum over {', '.join(sums)}:"] * bool(sums) + (boxes or ["1"] * bool(sums))
    return "  ".join(parts) + (f"   at [{sides}]" if order else "")


def _extent(term: Diagram, cls: int) -> str:
    sizes = sorted(map(str, term.ranges[cls]))
    return sizes[0] if len(sizes) == 1 else f"min({', '.join(sizes)})"


def _label(name: str) -> str:
    return "regroup" if name == REGROUP else name


# svg


@dataclass
class _Placed:
    """Where things stand in one diagram."""

    term: Diagram
    boxes: dict[int, tuple[float, float]] = field(default_factory=dict)
    ends: list[tuple[int, float, float, str]] = field(default_factory=list)  # open legs: class, place, size
    width: float = 0
    height: float = 0


def svg(values: Sequence[tuple[str, Expression]]) -> str:
    """Expressions side by side, each under its text; its terms below one another."""
    x, tallest, parts = 0.0, 0.0, list[str]()
    for title, value in values:
        y, widest = 34.0, 9.0 * min(len(title), 60) + 2 * MARGIN
        for number, term in enumerate(value.terms[:MAX_SHOWN]):
            placed = _place(term, value)
            sign = "" if number == 0 and term.coefficient == 1 else f"{term.coefficient:+d}"
            parts.append(f'<g transform="translate({x:.0f},{y:.0f})">{_drawn(placed, sign)}</g>')
            widest, y = max(widest, placed.width), y + placed.height
        if not value.terms:
            parts.append(_words(x + MARGIN, y + 20, "0"))
            y += 40
        shown = title if len(title) <= 60 else f"{title[:57]}..."
        parts.append(f'<text x="{x + MARGIN:.0f}" y="20" class="title">{escape(shown)}</text>')
        x, tallest = x + widest, max(tallest, y)
    style = (
        "text{font:13px sans-serif}.title{font:13px monospace}.size{font:11px sans-serif;fill:#666}"
        ".box{fill:#eef3fb;stroke:#335}.wire{fill:none;stroke:#335}"
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{x:.0f}" height="{tallest:.0f}" viewBox="0 0 {x:.0f} {tallest:.0f}">'
        f'<style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(parts)}</svg>'
    )


def _place(term: Diagram, value: Expression) -> _Placed:
    layers = _layers(term)
    placed = _Placed(term)
    tallest = max([len(layer) for layer in layers] + [len(group) for group in term.out[:2]] + [1])
    for column, layer in enumerate(layers):
        for row, box in enumerate(layer):
            shift = (tallest - len(layer)) / 2
            placed.boxes[box] = (2 * MARGIN + column * (WIDTH + GAP_X), MARGIN + (row + shift) * (HEIGHT + GAP_Y))
    placed.width = 4 * MARGIN + max(len(layers), 1) * (WIDTH + GAP_X) - GAP_X
    placed.height = 2 * MARGIN + tallest * (HEIGHT + GAP_Y)
    for mode, group in enumerate(term.out):
        for place, cls in enumerate(group):
            size = group_text((value.groups[mode][place],))
            if mode < 2:
                y = MARGIN + HEIGHT / 2 + (place + (tallest - len(group)) / 2) * (HEIGHT + GAP_Y)
                placed.ends.append((cls, MARGIN / 2 if mode == 0 else placed.width - MARGIN / 2, y, size))
            else:
                x = 2 * MARGIN + (mode - 2 + place / 2) * (WIDTH + GAP_X)
                placed.ends.append((cls, x, placed.height - 10, size))
    return placed


def _layers(term: Diagram) -> list[list[int]]:
    """Boxes by their distance from the first mode; those that it does not reach stand in the first column."""
    reached = set(term.out[0]) if term.out else set[int]()
    rest, layers = list(range(len(term.boxes))), list[list[int]]()
    while rest:
        layer = [box for box in rest if reached & set(term.boxes[box].legs)] or rest[:]
        layers.append(layer)
        rest = [box for box in rest if box not in layer]
        reached |= {leg for box in layer for leg in term.boxes[box].legs}
    return layers


def _drawn(placed: _Placed, sign: str) -> str:
    term, parts = placed.term, []
    for cls in range(len(term.ranges)):
        points = [(x, y) for one, x, y, _ in placed.ends if one == cls]
        points += [
            _port(placed, box, leg) for box, each in enumerate(term.boxes) for leg, one in enumerate(each.legs) if one == cls
        ]
        if not points:
            x = placed.width - MARGIN
            parts.append(f'<circle cx="{x:.0f}" cy="16" r="9" class="wire"/>{_words(x - 4, 20, _extent(term, cls), "size")}')
            continue
        mx, my = (sum(axis) / len(points) for axis in zip(*points))
        if len(points) == 2:
            (x, y), (u, v) = points
            parts.append(f'<path d="M{x:.0f},{y:.0f} C{mx:.0f},{y:.0f} {mx:.0f},{v:.0f} {u:.0f},{v:.0f}" class="wire"/>')
        else:
            parts += [f'<path d="M{x:.0f},{y:.0f} Q{mx:.0f},{y:.0f} {mx:.0f},{my:.0f}" class="wire"/>' for x, y in points]
            parts.append(f'<circle cx="{mx:.0f}" cy="{my:.0f}" r="3.5" fill="#335"/>')
    for box, (x, y) in placed.boxes.items():
        parts.append(f'<rect x="{x:.0f}" y="{y:.0f}" width="{WIDTH}" height="{HEIGHT}" rx="4" class="box"/>')
        name = escape(_label(term.boxes[box].name)[:7])
        parts.append(f'<text x="{x + WIDTH / 2:.0f}" y="{y + 20:.0f}" text-anchor="middle">{name}</text>')
    parts += [_words(x - 4, y - 5, size, "size") for _, x, y, size in placed.ends]
    return "".join(parts) + (_words(4, placed.height / 2, sign) if sign else "")


def _port(placed: _Placed, box: int, leg: int) -> tuple[float, float]:
    """Where a leg leaves its box: the first on the left, the second on the right, further ones below."""
    x, y = placed.boxes[box]
    count = len(placed.term.boxes[box].legs)
    if count == 1:
        return x + WIDTH / 2, y + HEIGHT
    if leg == 0:
        return x, y + HEIGHT / 2
    if leg == 1:
        return x + WIDTH, y + HEIGHT / 2
    return x + WIDTH * (leg - 1) / (count - 1), y + HEIGHT


def _words(x: float, y: float, words: str, kind: str = "") -> str:
    return f'<text x="{x:.0f}" y="{y:.0f}"{f" class={chr(34)}{kind}{chr(34)}" if kind else ""}>{escape(words)}</text>'
