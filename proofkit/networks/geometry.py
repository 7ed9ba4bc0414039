"""Pooling geometry: how large the rank of a product-pooling network can be across a partition of its inputs.

The rank across rows | other modes is the separation rank of the network's function: how far it is from a product of a function of
some inputs with a function of the others. It is bounded for all weights by the minimum cut of the network, where every channel
index is cut once however many nodes share it, and attained by almost all weights up to rare corrections. Which partitions
get a high rank is decided by the pooling tree: neighbours that are pooled early can interact strongly.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017). The minimum cut
with shared indices, the bound by powers, the exact shallow and truncated ranks are stronger than published: docs/theory.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb, inf, log, prod
from random import Random
from typing import NamedTuple

from proofkit.errors import UsageError
from proofkit.fields import GF
from proofkit.networks.network import Network, channel_shapes, random_arrays
from proofkit.networks.reduction import reduced
from proofkit.networks.trees import Node, partition

PRIME = 2**31 - 1
MAX_PARTITIONS = 100_000


@dataclass(frozen=True, eq=False)
class Architecture:
    """A network without its weights. ``channels`` maps the name of every window to the number of channels that enter it."""

    tree: Node
    dimension: int
    channels: Mapping[str, int]
    shared: bool = False

    @staticmethod
    def of(network: Network) -> Architecture:
        """The architecture of a network."""
        entering = {window.name: network.channels(window.children[0]) for window in network.tree.windows()}
        return Architecture(network.tree, network.dimension, entering, network.shared)

    @staticmethod
    def by_level(tree: Node, dimension: int, channels: Sequence[int], shared: bool = False) -> Architecture:
        """``channels[l - 1]`` channels enter the windows of level l. Raises :class:`UsageError` for a wrong number of counts."""
        channel_shapes(tree, dimension, channels, shared=shared)
        return Architecture(tree, dimension, {window.name: channels[window.level - 1] for window in tree.windows()}, shared)

    def shapes(self) -> dict[str, tuple[int, int]]:
        """The names and shapes of the weights of a network with one output."""
        leaving = {child.name: self.channels[window.name] for window in self.tree.windows() for child in window.children}
        return {
            node.weight_name(self.shared): (
                leaving.get(node.name, 1),
                self.channels[node.name] if node.children else self.dimension,
            )
            for node in self.tree.nodes()
        }


class Cut(NamedTuple):
    """A cut: the product of the sizes of the indices that it cuts, a mode ("mode 3") or the channels into a window ("0/1")."""

    size: int
    indices: tuple[str, ...]


def min_cut(architecture: Architecture, rows: Sequence[int] | None = None) -> Cut:
    """The minimum cut between the modes ``rows`` and the others, in exact integers: an upper bound on the rank for all weights.

    Every weight matrix stands on one side; an index is cut when it meets both. Upwards, the least cost with a node on each side.
    """
    inside = set(partition(architecture.tree, rows)[0])
    return min(_sides(architecture, architecture.tree, inside))


def _sides(architecture: Architecture, node: Node, inside: set[int]) -> tuple[Cut, Cut]:
    """The best cuts below a node, with it on the side of the rows, and on the other side."""
    if not node.children:
        free, cut = Cut(1, ()), Cut(architecture.dimension, (f"mode {node.mode}",))
        return (free, cut) if node.mode in inside else (cut, free)
    below = [_sides(architecture, child, inside) for child in node.children]
    split = _joined([min(pair) for pair in below], architecture.channels[node.name], node.name)
    one, other = (min(_joined([pair[side] for pair in below]), split) for side in (0, 1))
    return one, other


def _joined(cuts: Sequence[Cut], size: int = 1, name: str | None = None) -> Cut:
    names = tuple(index for cut in cuts for index in cut.indices)
    return Cut(size * prod(cut.size for cut in cuts), names if name is None else (*names, name))


def weighted_cut(network: Network, rows: Sequence[int] | None = None) -> int:
    """The minimum cut where a matrix of weights may be cut through at the price of its rank: an upper bound on the rank of the
    tensor with these weights, below :func:`min_cut` where matrices are rank-deficient."""
    from proofkit.linalg.exact import rank

    inside = set(partition(network.tree, rows)[0])

    def sides(node: Node) -> tuple[int, int]:
        if not node.children:
            one, other = (1, network.dimension) if node.mode in inside else (network.dimension, 1)
        else:
            below = [sides(child) for child in node.children]
            split = network.channels(node.children[0]) * prod(map(min, below))
            one, other = (min(split, prod(pair[side] for pair in below)) for side in (0, 1))
        through = int(rank(network.matrix(node))) if node.name else 1
        return min(one, through * other), min(other, through * one)

    return min(sides(network.tree))


def min_cut_by_flow(architecture: Architecture, rows: Sequence[int] | None = None) -> Cut:
    """The same by a maximum flow (networkx), with logarithms of sizes as capacities: an index is an arc between two points,
    which its nodes enter and leave without limit. For comparison; where sizes nearly tie, rounding may pick another cut."""
    import networkx as nx

    inside = set(partition(architecture.tree, rows)[0])
    graph = nx.DiGraph()
    graph.add_nodes_from(["rows", "columns"])

    def index(name: str, size: int, members: Iterable[str]) -> None:
        graph.add_edge(("in", name), ("out", name), capacity=log(size))
        for member in members:
            graph.add_edge(member, ("in", name))  # networkx: no capacity attribute is an unlimited one
            graph.add_edge(("out", name), member)

    sizes: dict[str, int] = {}
    for node in architecture.tree.nodes():
        if node.children:
            sizes[node.name] = architecture.channels[node.name]
            index(node.name, sizes[node.name], [f"node {v.name}" for v in (node, *node.children)])
        else:
            name = f"mode {node.mode}"
            sizes[name] = architecture.dimension
            index(name, architecture.dimension, [f"node {node.name}", "rows" if node.mode in inside else "columns"])
    _, (near, far) = nx.minimum_cut(graph, "rows", "columns")
    names = tuple(name for name in sizes if ("in", name) in near and ("out", name) in far)
    return Cut(prod(sizes[name] for name in names), names)


def recursion_bound(architecture: Architecture, rows: Sequence[int] | None = None) -> int:
    """The published upper bound: c(v) = min(M^min(|I_v|, |J_v|), R_v times the c of the children), 1 at a leaf.

    Source: Cohen and Shashua (ICLR 2017), theorem 1, for any tree. It is one family of cuts, and never below :func:`min_cut`.
    """
    inside = set(partition(architecture.tree, rows)[0])

    def bound(node: Node) -> int:
        if not node.children:
            return 1
        split = sum(mode in inside for mode in node.modes)
        whole: int = architecture.dimension ** min(split, len(node.modes) - split)
        return min(whole, architecture.channels[node.name] * prod(map(bound, node.children)))

    return bound(architecture.tree)


def published_lower_bound(architecture: Architecture, rows: Sequence[int] | None = None) -> int:
    """min(r0, M)^S, S the number of windows of leaves that the partition splits; almost everywhere, shared weights or not.

    Here r0 is the least number of channels that enters a split window of leaves. Source: as :func:`recursion_bound`.
    """
    inside = set(partition(architecture.tree, rows)[0])
    found = 1
    for window in architecture.tree.windows():
        leaves = [child.mode in inside for child in window.children if not child.children]
        if any(leaves) and not all(leaves):
            found *= min(architecture.channels[window.name], architecture.dimension)
    return found


def power_bound(architecture: Architecture, rows: Sequence[int] | None = None) -> int:
    """A lower bound on the rank for almost all unshared weights: the minimum cut with every size rounded down to a power of p,
    the best over all p. Equal to the minimum cut where all sizes are powers of one integer.

    Raises :class:`UsageError` for shared weights, for which it is false.
    """
    if architecture.shared:
        raise UsageError("the bound by powers needs weights that are not shared: equal children make symmetric tensors")
    sizes = {architecture.dimension, *architecture.channels.values()}

    def down(size: int, p: int) -> int:
        power = 1
        while power * p <= size:
            power *= p
        return power

    found = 1
    for p in range(2, max(sizes) + 1):
        if any(down(size, p) in (size, p) for size in sizes):  # else a smaller p does no worse
            channels = {name: down(size, p) for name, size in architecture.channels.items()}
            found = max(found, min_cut(Architecture(architecture.tree, down(architecture.dimension, p), channels), rows).size)
    return found


def generic_rank(
    architecture: Architecture, rows: Sequence[int] | None = None, *, seed: int = 0, prime: int = PRIME, trials: int = 2
) -> int:
    """The rank modulo ``prime`` at random weights, the best of ``trials``: a certain lower bound on the rank of almost all
    weights over Q, and equal to it unless the weights or the prime were unlucky. Stops where the minimum cut is reached.

    Raises :class:`UsageError` where the matrix is too large to be formed.
    """
    from proofkit.linalg.exact import rank

    cut, best = min_cut(architecture, rows).size, 0
    for trial in range(trials):
        weights = random_arrays(architecture.shapes(), GF(prime), seed + trial)
        network = Network(architecture.tree, weights, architecture.dimension, "product", architecture.shared)
        best = max(best, int(rank(reduced(network, rows).matrix)))
        if best == cut:
            break
    return best


def shallow_generic_rank(modes: int, dimension: int, channels: int, rows: Sequence[int], shared: bool = False) -> int:
    """The exact generic rank of a shallow network: min(r0, M^m), with shared weights min(r0, C(M + m - 1, m)), m = min(|I|, |J|).

    Equal leaves make symmetric tensors, so that the published M^m is not reached with shared weights once M, m >= 2.
    """
    m = min(len(rows), modes - len(rows))
    return min(channels, comb(dimension + m - 1, m) if shared else dimension**m)


class Ranked(NamedTuple):
    """A partition with the rank that almost all weights have across it (a certain lower bound) and its minimum cut."""

    rows: tuple[int, ...]
    rank: int
    cut: int


def halves(modes: int, sample: int | None = None, seed: int = 0) -> Iterator[tuple[int, ...]]:
    """All sets of half of the modes that contain mode 0, or ``sample`` random ones. Raises :class:`UsageError` beyond 10^5."""
    if modes < 2:
        raise UsageError("one mode has no halves")
    size = modes // 2
    if sample is not None:
        random = Random(seed)
        for _ in range(sample):
            yield (0, *sorted(random.sample(range(1, modes), size - 1)))
        return
    if comb(modes - 1, size - 1) > MAX_PARTITIONS:
        raise UsageError(f"{modes} modes have {comb(modes - 1, size - 1)} halves; give a sample of them")
    yield from ((0, *rest) for rest in itertools.combinations(range(1, modes), size - 1))


def ranking(architecture: Architecture, partitions: Iterable[Sequence[int]] | None = None, seed: int = 0) -> list[Ranked]:
    """The partitions (default: all halves) by the rank across them, highest first: which inputs the pooling favours."""
    chosen = halves(len(architecture.tree.modes)) if partitions is None else partitions
    table = [
        Ranked(tuple(rows), generic_rank(architecture, rows, seed=seed), min_cut(architecture, rows).size) for rows in chosen
    ]
    return sorted(table, key=lambda entry: (-entry.rank, entry.rows))


def truncation_base(dimension: int, channels: Sequence[int], cut: int, shared: bool = False) -> int:
    """d_(L2-1): how many dimensions the channels of a node on level L2 - 1 span for almost all weights.

    d_0 = min(r_0, M) and d_l = min(r_l, r_(l-1), d_(l-1)^2), with shared weights d_(l-1) (d_(l-1) + 1) / 2 for the square.
    Raises :class:`UsageError` unless 1 <= cut <= the number of channel counts.
    """
    if not 1 <= cut <= len(channels) or min((dimension, *channels)) < 1:
        raise UsageError(f"--cut {cut}: a network of {len(channels)} levels is cut to 1 .. {len(channels)} of them")
    d = min(channels[0], dimension)
    for level in range(1, cut):
        d = min(channels[level], channels[level - 1], d * (d + 1) // 2 if shared else d * d)
    return d


def truncation_rows(levels: int, cut: int) -> tuple[int, ...]:
    """The modes of every other block of 2^(cut - 1): the partition that shows what cutting off levels costs."""
    block = 2 ** (cut - 1)
    return tuple(mode for mode in range(2**levels) if mode // block % 2 == 0)


class Truncation(NamedTuple):
    """What a network cut to ``levels`` levels needs: at least base^exponent channels in its last window."""

    levels: int
    base: int
    exponent: int

    @property
    def channels(self) -> int | float:
        """base^exponent, or infinity where that has more than 10^5 digits."""
        return self.base**self.exponent if self.exponent * log(max(self.base, 2), 10) < 1e5 else inf


def truncations(levels: int, dimension: int, channels: Sequence[int], shared: bool = False) -> list[Truncation]:
    """For every number of levels that is kept (1: shallow), the channels that almost every deep network demands.

    The generic rank of the blocks of 2^(L2 - 1) modes is exactly base^(2^(L - L2)); stronger than the published
    min(M, r_0, .., r_(L2-1)) to the same exponent. Raises as :func:`truncation_base`.
    """
    return [
        Truncation(cut, truncation_base(dimension, channels[:levels], cut, shared), 2 ** (levels - cut))
        for cut in range(1, levels)
    ]
