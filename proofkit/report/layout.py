"""Where the boxes of a proof graph stand: layers from what rests on nothing (bottom) to the theorems (top).

An edge that passes a layer goes through a narrow place of its own there, so that it crosses no box. Lemmas without any edge stand
in rows below. Within a layer the order is that of the barycentres of the neighbours below (K. Sugiyama, S. Tagawa, M. Toda,
Methods for visual understanding of hierarchical system structures, 1981).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH, GAP_X, GAP_Y, MARGIN, PASS = 262, 34, 62, 24, 14
COLUMNS = 4  # of the rows of lemmas without edges

Place = str | tuple[str, str, int]  # a lemma, or the passage of an edge through a layer


@dataclass(frozen=True)
class Layout:
    """The left upper corners of boxes, the points through which each edge goes (bottom to top), and the size of the whole."""

    corners: dict[str, tuple[float, float]]
    routes: dict[tuple[str, str], list[tuple[float, float]]]
    width: float
    height: float


def layout(graph: Any, heights: Mapping[str, int], foot: int) -> Layout:
    """Places for boxes of WIDTH and these heights, with ``foot`` pixels left free at the bottom."""
    rows = layers(graph)[::-1] + loose_rows(graph)
    widths = [sum(_width(place) for place in row) + GAP_X * (len(row) - 1) for row in rows]
    width = max(widths, default=WIDTH) + 2 * MARGIN
    middles: dict[Place, float] = {}
    spans: dict[Place, tuple[float, float]] = {}
    y = float(MARGIN)
    for row, row_width in zip(rows, widths):
        x = (width - row_width) / 2
        tallest = max((heights[place] for place in row if isinstance(place, str)), default=0)
        for place in row:
            height = heights[place] if isinstance(place, str) else tallest
            middles[place] = x + _width(place) / 2
            spans[place] = (y + tallest - height, y + tallest)
            x += _width(place) + GAP_X
        y += tallest + GAP_Y
    corners = {name: (middles[name] - WIDTH / 2, spans[name][0]) for name in graph.nodes}
    routes = {(used, user): _route(used, user, middles, spans) for used, user in graph.edges}
    return Layout(corners, routes, width, y - GAP_Y + MARGIN + foot)


def _width(place: Place) -> int:
    return WIDTH if isinstance(place, str) else PASS


def _route(
    used: str, user: str, middles: Mapping[Place, float], spans: Mapping[Place, tuple[float, float]]
) -> list[tuple[float, float]]:
    passages = sorted((p for p in middles if not isinstance(p, str) and p[:2] == (used, user)), key=lambda p: p[2])
    points = [(middles[used], spans[used][0])]
    for passage in passages:
        points += [(middles[passage], spans[passage][1]), (middles[passage], spans[passage][0])]
    return [*points, (middles[user], spans[user][1])]


def layers(graph: Any) -> list[list[Place]]:
    """The lemmas that have edges, each one layer above the highest that it uses, with passages; the lowest layer first."""
    import networkx as nx

    level: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(graph):
        if graph.degree(name):
            level[name] = max((level[used] + 1 for used in graph.predecessors(name)), default=0)
    rows: list[list[Place]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    for name in (name for name in graph.nodes if name in level):
        rows[level[name]].append(name)
    below: dict[Place, list[Place]] = {name: [] for name in level}
    for used, user in graph.edges:
        last: Place = used
        for between in range(level[used] + 1, level[user]):
            passage = (used, user, between)
            rows[between].append(passage)
            below[passage] = [last]
            last = passage
        below[user].append(last)
    for lower, row in zip(rows, rows[1:]):
        at = {place: number for number, place in enumerate(lower)}
        row.sort(key=lambda place: sum(at[each] for each in below[place]) / len(below[place]))
    return rows


def loose_rows(graph: Any) -> list[list[Place]]:
    """The lemmas without edges, a few a row."""
    loose: list[Place] = [name for name in graph.nodes if not graph.degree(name)]
    return [loose[i : i + COLUMNS] for i in range(0, len(loose), COLUMNS)]
