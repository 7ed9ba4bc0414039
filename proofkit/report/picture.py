"""The proof as a picture: svg (no other program needed), dot, mermaid, json.

Inside, a box has the colour of the lemma's own verdict; its border has that of the weakest part of what it rests on.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

from proofkit.report.layout import MARGIN, WIDTH, layout

FILL = {"proved": "#d8f0dd", "delegated": "#dde7fb", "held": "#fdf3d0", "undecided": "#eceff1", "unavailable": "#eceff1",
        "failed": "#fbd9d3", "refuted": "#f5b5aa"}  # fmt: skip
BORDER = {"proved": "#2e7d4f", "delegated": "#3b5fa8", "held": "#b58900", "undecided": "#78909c", "unavailable": "#b0bec5",
          "failed": "#c0392b", "refuted": "#8e1b0e"}  # fmt: skip
LINE, PADDING, LEGEND = 17, 12, 30
TITLE_LETTERS, CODE_LETTERS = 29, 33  # of a line that fits a box, in fonts as wide as common substitutes are
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
    """Layers from what rests on nothing (bottom) to the theorems (top); lemmas without edges below."""
    texts = {name: label(name, data) for name, data in graph.nodes(data=True)}
    places = layout(graph, {name: box_height(lines) for name, lines in texts.items()}, LEGEND)
    edges = [arrow(route) for route in places.routes.values()]
    boxes = [box(places.corners[name], texts[name], data) for name, data in graph.nodes(data=True)]
    size = f"width='{places.width:.0f}' height='{places.height:.0f}' viewBox='0 0 {places.width:.0f} {places.height:.0f}'"
    head = f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT}>"
    marker = (
        "<defs><marker id='tip' viewBox='0 0 10 10' refX='9' refY='5' markerWidth='7' markerHeight='7' orient='auto'>"
        "<path d='M0,0 L10,5 L0,10 z' fill='#607d8b'/></marker></defs>"
    )
    back = "<rect width='100%' height='100%' fill='white'/>"
    return "\n".join([head, marker, back, *edges, *boxes, legend(graph, places.height), "</svg>"])


def label(name: str, data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Lines of text with their styles."""
    title = [(line, "font-weight='bold' font-size='13'") for line in textwrap.wrap(data["title"], TITLE_LETTERS)]
    statement = [
        (line, "font-size='11' font-family='monospace' fill='#37474f'") for line in textwrap.wrap(data["statement"], CODE_LETTERS)
    ]
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


def arrow(points: Sequence[tuple[float, float]]) -> str:
    """A curve through points, upwards and vertical at each, with a tip at the last."""
    path = f"M{points[0][0]:.1f},{points[0][1]:.1f}"
    for (x1, y1), (x2, y2) in zip(points, points[1:]):
        bend = (y1 - y2) / 2
        path += f" C{x1:.1f},{y1 - bend:.1f} {x2:.1f},{y2 + bend:.1f} {x2:.1f},{y2:.1f}"
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
