"""Upper bounds on rank: sets of classes whose removal separates the rows of a diagram from its columns.

Every class is cut once, however many legs it has: fixing the index of a cut class, the rest is a function of the row side times
a function of the column side (proofkit's mathematics, pooling geometry).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import networkx as nx

from proofkit.diagrams.build import Diagram

MAX_CLASSES_FOR_ALL_CUTS = 12


def separates(diagram: Diagram, cut: frozenset[int]) -> bool:
    """Whether no path of boxes and uncut classes joins a row class to a column class."""
    graph = _graph(diagram)
    graph.remove_nodes_from([("class", cls) for cls in cut])
    return not nx.has_path(graph, "rows", "columns")


def _graph(diagram: Diagram) -> nx.Graph:
    graph = nx.Graph()
    graph.add_nodes_from(["rows", "columns"])
    for side, group in zip(("rows", "columns"), diagram.out):
        graph.add_edges_from((side, ("class", cls)) for cls in group)
    for number, box in enumerate(diagram.boxes):
        graph.add_edges_from((("box", number), ("class", leg)) for leg in box.legs)
    return graph


def minimal_cuts(diagram: Diagram) -> Iterator[frozenset[int]]:
    """Cuts of which no class can be left out, fewest classes first.

    All of them where the diagram has at most 12 classes; else one with the fewest classes (a minimum vertex cut).
    """
    relevant = [cls for cls in range(len(diagram.ranges)) if cls not in diagram.loops() and 1 not in diagram.ranges[cls]]
    unit = {cls for cls in range(len(diagram.ranges)) if 1 in diagram.ranges[cls]}
    if len(relevant) > MAX_CLASSES_FOR_ALL_CUTS:
        yield _fewest(diagram)
        return
    found: list[frozenset[int]] = []
    for size in range(len(relevant) + 1):
        for choice in combinations(relevant, size):
            cut = frozenset(choice) | frozenset(unit)
            if not any(other <= cut for other in found) and separates(diagram, cut):
                found.append(cut)
                yield cut


def _fewest(diagram: Diagram) -> frozenset[int]:
    flow = nx.DiGraph()
    for one, other in _graph(diagram).edges:
        for tail, head in ((one, other), (other, one)):
            flow.add_edge((tail, "leave"), (head, "enter"))
    for node in {node for node, _ in flow.nodes}:
        is_class = isinstance(node, tuple) and node[0] == "class"
        flow.add_edge((node, "enter"), (node, "leave"), **({"capacity": 1} if is_class else {}))
    _, (side, _) = nx.minimum_cut(flow, ("rows", "leave"), ("columns", "enter"))
    return frozenset(node[1] for node, end in side if end == "enter" and (node, "leave") not in side)
