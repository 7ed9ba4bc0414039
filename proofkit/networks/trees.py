"""Pooling trees: which inputs a network pools together, window by window.

A tree is written as nested lists over the mode numbers, counted from 0: ``[[0, 1], [2, 3]]`` pools neighbours,
``[[0, 2], [1, 3]]`` inputs that lie apart, ``[0, 1, 2, 3]`` all at once. A node is named by its path from
the root: "" is the root, "0/1" the second child of its first child; with shared weights by its level: "L0" for the leaves.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from proofkit.errors import UsageError

MAX_MODES = 2**16
MAX_DEPTH = 64


@dataclass(frozen=True, eq=False)
class Node:
    """A node of a pooling tree: a leaf, which has a ``mode``, or a window, which has ``children``."""

    name: str
    mode: int = -1
    children: tuple[Node, ...] = ()

    @cached_property
    def modes(self) -> tuple[int, ...]:
        """The modes below the node, in the order of the tree."""
        if not self.children:
            return (self.mode,)
        return tuple(mode for child in self.children for mode in child.modes)

    @cached_property
    def level(self) -> int:
        """0 for a leaf, else one more than the highest of the children."""
        return 1 + max(child.level for child in self.children) if self.children else 0

    @property
    def even(self) -> bool:
        """Whether all leaves lie at one depth."""
        return all(child.even and child.level == self.level - 1 for child in self.children)

    def nodes(self) -> Iterator[Node]:
        """All nodes, children before their window, the root last."""
        for child in self.children:
            yield from child.nodes()
        yield self

    def windows(self) -> Iterator[Node]:
        """The nodes that are not leaves, children before their window."""
        return (node for node in self.nodes() if node.children)

    def weight_name(self, shared: bool) -> str:
        """The name under which a network holds the weights of the node."""
        return f"L{self.level}" if shared else self.name

    def nested(self) -> Any:
        """The tree as nested lists."""
        return [child.nested() for child in self.children] if self.children else self.mode

    def __str__(self) -> str:
        return str(self.nested())


def pooling_tree(nested: Any) -> Node:
    """The tree that nested lists over the modes 0 .. N - 1 write, each mode once.

    Raises :class:`UsageError`, naming the node, for what is neither a mode nor a list, an empty window, a mode that is repeated
    or left out, more than 2^16 modes, and windows nested more than 64 deep.
    """
    if not isinstance(nested, list | tuple):
        raise UsageError(f"tree: a pooling tree is a list, such as [[0, 1], [2, 3]]; found {str(nested)[:40]}")
    places: dict[int, str] = {}
    tree = _node(nested, "", 0, places)
    missing = next((mode for mode in range(len(places)) if mode not in places), None)
    if missing is not None:
        count, beyond = len(places), next(mode for mode in places if mode >= len(places))
        found = f"mode {beyond}, but mode {missing} is missing"
        raise UsageError(f"tree, node {places[beyond]!r}: {found}; {count} leaves have the modes 0 to {count - 1}, each once")
    return tree


def _node(nested: Any, name: str, depth: int, places: dict[int, str]) -> Node:
    if isinstance(nested, int) and not isinstance(nested, bool):
        if nested < 0:
            raise UsageError(f"tree, node {name!r}: modes are counted from 0, found {nested}")
        if nested in places:
            raise UsageError(f"tree, node {name!r}: mode {nested} is at node {places[nested]!r} already; every mode stands once")
        places[nested] = name
        if len(places) > MAX_MODES:
            raise UsageError(f"tree: more than {MAX_MODES} modes")
        return Node(name, nested)
    if not isinstance(nested, list | tuple):
        raise UsageError(f"tree, node {name!r}: found {str(nested)[:40]}; a node is a mode number or a list of nodes")
    if not nested:
        raise UsageError(f"tree, node {name!r}: the window is empty")
    if depth >= MAX_DEPTH:
        raise UsageError(f"tree, node {name[:40]!r}..: windows are nested more than {MAX_DEPTH} deep")
    below = (f"{name}/{i}" if name else str(i) for i in range(len(nested)))
    return Node(name, children=tuple(_node(child, path, depth + 1, places) for child, path in zip(nested, below)))


def deep_tree(levels: int, window: int = 2) -> Node:
    """The tree of the deep network: ``levels`` levels of windows of neighbours. Raises as :func:`truncated_tree`."""
    return truncated_tree(levels, levels, window)


def truncated_tree(levels: int, cut: int, window: int = 2) -> Node:
    """The deep tree with ``cut`` levels, the last of which pools all that is left. Raises :class:`UsageError` for other numbers.

    With cut = 1 it is the tree of a shallow network, with cut = levels that of the deep one.
    """
    if not 1 <= cut <= levels or window < 1:
        raise UsageError(
            f"a tree of {levels} levels is cut to 1 .. {levels} of them, with windows of at least 1; found {cut}, {window}"
        )
    if window**levels > MAX_MODES:
        raise UsageError(f"{window}^{levels} modes are more than {MAX_MODES}")
    nodes: list[Any] = list(range(window**levels))
    for _ in range(cut - 1):
        nodes = [nodes[i : i + window] for i in range(0, len(nodes), window)]
    return pooling_tree(nodes)


def shallow_tree(modes: int) -> Node:
    """One window of all modes."""
    return pooling_tree(list(range(modes)))


def partition(tree: Node, rows: Sequence[int] | None = None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The modes of the rows and the other modes; by default the papers' odd modes 0, 2, 4, .. | even modes.

    Raises :class:`UsageError` for a mode that the tree does not have, and for one that is listed twice.
    """
    count = len(tree.modes)
    chosen = tuple(range(0, count, 2)) if rows is None else tuple(rows)
    for mode in chosen:
        if not 0 <= mode < count:
            raise UsageError(f"rows: there is no mode {mode}; the modes are 0 to {count - 1}")
    if len(set(chosen)) != len(chosen):
        raise UsageError(f"rows: {list(chosen)} lists a mode twice")
    return chosen, tuple(mode for mode in range(count) if mode not in set(chosen))
