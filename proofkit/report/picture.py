"""The proof as a picture: svg (no other program needed), dot, mermaid, json.

Inside, a box has the colour of the lemma's own verdict; its border has that of the weakest part of what it rests on.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

FILL = {"proved": "#d8f0dd", "delegated": "#dde7fb", "held": "#fdf3d0", "undecided": "#eceff1", "unavailable": "#eceff1",
        "failed": "#fbd9d3", "refuted": "#f5b5aa"}  # fmt: skip
BORDER = {"proved": "#2e7d4f", "delegated": "#3b5fa8", "held": "#b58900", "undecided": "#78909c", "unavailable": "#b0bec5",
          "failed": "#c0392b", "refuted": "#8e1b0e"}  # fmt: skip
WIDTH, LINE, PADDING, GAP_X, GAP_Y, MARGIN = 250, 17, 12, 36, 64, 24
FONT = "font-family='Helvetica, Arial, sans-serif'"


def render(graph: Any, form: str) -> str:
    """The graph in one of the :data:`FORMS`; KeyError for another."""
    return FORMS[form](graph)


def as_json(graph: Any) -> str:
    """Nodes with their verdicts, and edges from what is used to what uses it."""
    nodes = [{"name": name, **data} for name, data in graph.nodes(data=True)]
    return json.dumps({"nodes": nodes, "edges": [list(edge) for edge in graph.edges]}, indent=2)


def dot(graph: Any) -> str:
    """For graphviz."""
    lines = ["digraph proof {", "  rankdir=BT;", '  node [shape=box, style="filled,rounded", fontname="Helvetica"];']
    for name, data in graph.nodes(data=True):
        colours = f'fillcolor="{FILL[data["verdict"]]}", color="{BORDER[data["standing"]]}"'
        lines.append(f"  {json.dumps(name)} [label={json.dumps(data['title'])}, {colours}];")
    lines += [f"  {json.dumps(used)} -> {json.dumps(user)};" for used, user in graph.edges]
    return "\n".join([*lines, "}"])


def mermaid(graph: Any) -> str:
    """For Markdown pages."""
    lines = ["graph BT"]
    for name, data in graph.nodes(data=True):
        label = data["title"].replace('"', "'")
        lines.append(f'  {name}["{label}"]')
        lines.append(f"  style {name} fill:{FILL[data['verdict']]},stroke:{BORDER[data['standing']]},stroke-width:2px")
    lines += [f"  {used} --> {user}" for used, user in graph.edges]
    return "\n".join(lines)


def svg(graph: Any) -> str:
    """Layers from what rests on nothing (bottom) to the theorems (top)."""
    rows = layers(graph)
    texts = {name: label(name, data) for name, data in graph.nodes(data=True)}
    heights = [max((box_height(texts[name]) for name in row), default=0) for row in rows]
    width = max((len(row) for row in rows), default=1) * (WIDTH + GAP_X) - GAP_X + 2 * MARGIN
    total = sum(heights) + GAP_Y * max(len(rows) - 1, 0) + 2 * MARGIN + 30
    place: dict[str, tuple[float, float]] = {}
    y = float(total - MARGIN - 30)
    for row, height in zip(rows, heights):
        left = (width - (len(row) * (WIDTH + GAP_X) - GAP_X)) / 2
        for column, name in enumerate(row):
            place[name] = (left + column * (WIDTH + GAP_X), y - height)
        y -= height + GAP_Y
    edges = [arrow(place[used], box_height(texts[used]), place[user], box_height(texts[user])) for used, user in graph.edges]
    boxes = [box(place[name], texts[name], data) for name, data in graph.nodes(data=True)]
    head = f"<svg xmlns='http://www.w3.org/2000/svg' width='{width}' height='{total}' viewBox='0 0 {width} {total}' {FONT}>"
    marker = (
        "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' orient='auto'>"
        "<path d='M0,0 L10,5 L0,10 z' fill='#607d8b'/></marker></defs>"
    )
    back = f"<rect width='{width}' height='{total}' fill='white'/>"
    return "\n".join([head, marker, back, *edges, *boxes, legend(graph, total), "</svg>"])


def layers(graph: Any) -> list[list[str]]:
    """Each lemma one layer above the highest that it uses, ordered so that it stands near what it uses."""
    import networkx as nx

    level: dict[str, int] = {}
    for name in nx.lexicographical_topological_sort(graph):
        level[name] = max((level[used] + 1 for used in graph.predecessors(name)), default=0)
    rows: list[list[str]] = [[] for _ in range(max(level.values(), default=-1) + 1)]
    order = {name: place for place, name in enumerate(graph.nodes)}
    for name in sorted(level, key=lambda each: order[each]):
        rows[level[name]].append(name)
    for number, row in enumerate(rows):
        if number:
            below = {name: place for place, name in enumerate(rows[number - 1])}
            row.sort(key=lambda each: _middle([below[used] for used in graph.predecessors(each) if used in below]))
    return rows


def _middle(places: list[int]) -> float:
    return sum(places) / len(places) if places else 1e9


def label(name: str, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lines of text with their styles."""
    title = [(line, "font-weight='bold' font-size='13'") for line in textwrap.wrap(data["title"], 34)]
    statement = [(line, "font-size='11' font-family='monospace' fill='#37474f'") for line in textwrap.wrap(data["statement"], 36)]
    return [
        *title,
        (name, "font-size='11' fill='#607d8b'"),
        *statement[:4],
        *([("...", "font-size='11'")] if len(statement) > 4 else []),
    ]


def box_height(lines: list[tuple[str, str]]) -> int:
    """The height of a box in pixels."""
    return len(lines) * LINE + 2 * PADDING


def box(at: tuple[float, float], lines: list[tuple[str, str]], data: Mapping[str, Any]) -> str:
    """One lemma."""
    x, y = at
    shape = (
        f"<rect x='{x:.1f}' y='{y:.1f}' width='{WIDTH}' height='{box_height(lines)}' rx='9' fill='{FILL[data['verdict']]}' "
        f"stroke='{BORDER[data['standing']]}' stroke-width='2.5'/>"
    )
    texts = [
        f"<text x='{x + PADDING:.1f}' y='{y + PADDING + (i + 0.8) * LINE:.1f}' {style}>{escape(line)}</text>"
        for i, (line, style) in enumerate(lines)
    ]
    return "\n".join(
        [f"<g><title>{escape(data['statement'])}: {data['verdict']}, its cone {data['standing']}</title>", shape, *texts, "</g>"]
    )


def arrow(used: tuple[float, float], used_height: int, user: tuple[float, float], user_height: int) -> str:
    """From the top of what is used to the bottom of what uses it."""
    del used_height
    x1, y1, x2, y2 = used[0] + WIDTH / 2, used[1], user[0] + WIDTH / 2, user[1] + user_height
    bend = (y1 - y2) / 2
    path = f"M{x1:.1f},{y1:.1f} C{x1:.1f},{y1 - bend:.1f} {x2:.1f},{y2 + bend:.1f} {x2:.1f},{y2:.1f}"
    return f"<path d='{path}' fill='none' stroke='#607d8b' stroke-width='1.6' marker-end='url(#tip)'/>"


def legend(graph: Any, height: float) -> str:
    """The colours that occur."""
    words = dict.fromkeys(word for _, data in graph.nodes(data=True) for word in (data["verdict"], data["standing"]))
    parts = []
    for place, word in enumerate(words):
        x = MARGIN + 130 * place
        parts.append(
            f"<rect x='{x}' y='{height - 30}' width='16' height='16' rx='4' fill='{FILL[word]}' stroke='{BORDER[word]}' "
            f"stroke-width='2'/><text x='{x + 24}' y='{height - 17}' font-size='12'>{word}</text>"
        )
    return "\n".join(parts)


FORMS: dict[str, Callable[[Any], str]] = {"svg": svg, "dot": dot, "json": as_json, "mermaid": mermaid}
