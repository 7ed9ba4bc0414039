"""Convolutional rectifier networks: what max and average pooling can and cannot do, in numbers and constructions.

A ReLU before pooling makes the pooling operator max(a, b, 0) or max(a, 0) + max(b, 0); both are commutative and associative. Grid
tensors are taken in grid coordinates: the templates make the representation the identity, so that leaf weights are the
values of leaf functions on the templates.

- Average pooling is not universal: every tensor is X (x) 1 + 1 (x) Y across the blocks of the last window.
- Max pooling is universal with M^N channels (:func:`universal_shallow`).
- A shallow network of Z channels with max pooling has rank at most 1 + Z (M - 1) min(|I|, |J|) (:func:`shallow_bound`), so that
  deep networks of rank R need Z >= (R - 1) / ((M - 1) N / 2) (:func:`efficient_network`), on an open set of weights.
- On another open set one shallow channel suffices (:func:`one_channel_box`): not almost every deep network is efficient.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016). Constants are
derived anew; where they differ they are stronger. See docs/theory.md.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random

import numpy as np

from proofkit.errors import UsageError
from proofkit.fields import Array, Q, contract
from proofkit.linalg.exact import inverse, rank_profile
from proofkit.networks.network import Network, channel_shapes, rectified, side_by_side
from proofkit.networks.trees import Node, deep_tree, partition, shallow_tree

MAX_CHANNELS = 10**5


def universal_shallow(tensor: Array) -> Network:
    """A shallow network with max pooling whose grid tensor is the given one, of N modes of size M over Q, exactly: M^N channels.

    Channel d has the leaf vectors 1 - e_(d_i), so that it is 1 except at d; the output weights are S - A_d, S = (sum of A) /
    (M^N - 1). M = 1: one channel. Raises :class:`UsageError` for modes of different sizes, and for more than 10^5 channels.
    """
    shape = tensor.shape
    if not shape or len(set(shape)) != 1 or tensor.system != Q:
        raise UsageError(f"universal_shallow: takes a tensor over Q with modes of one size, got shape {shape}")
    modes, dim = len(shape), shape[0]
    if dim**modes > MAX_CHANNELS:
        raise UsageError(f"universal_shallow: {dim}^{modes} channels are too many; at most {MAX_CHANNELS}")
    entries = Q.fractions(tensor).reshape(-1)
    if dim == 1:
        return Network(
            shallow_tree(modes), {**{str(i): Q.ones(1, 1) for i in range(modes)}, "": Q.array([[entries[0]]])}, 1, "max"
        )
    spread = sum(entries) * Fraction(1, len(entries) - 1)
    places = list(itertools.product(range(dim), repeat=modes))
    weights = {str(i): Q.array([[int(d[i] != k) for k in range(dim)] for d in places]) for i in range(modes)}
    return Network(shallow_tree(modes), {**weights, "": Q.array([[spread - entry for entry in entries]])}, dim, "max")


def shallow_bound(dim: int, channels: int, rows: int, columns: int) -> int:
    """The rank across |I| = ``rows`` and |J| = ``columns`` modes that no shallow network with max pooling exceeds.

    min(1 + Z (M - 1) m, M^m) with m = min(|I|, |J|): the sets where a channel's I-part is at most c are nested boxes, at most
    (M - 1) |I| + 1 different ones, the last being everything. Attained for many sizes.
    """
    m = min(rows, columns)
    whole: int = dim**m
    return min(1 + channels * (dim - 1) * m, whole)


def average_dimension(tree: Node, dim: int) -> int:
    """The dimension of a linear space that holds all grid tensors of average pooling over a tree: the sum of M^(size) over the
    blocks of the last window, less the constants that are counted twice. It is below M^N, so average pooling is not universal
    (M >= 2 and at least two blocks)."""
    blocks = [len(child.modes) for child in tree.children]
    dimension: int = sum(dim**size for size in blocks) - (len(blocks) - 1)
    return dimension


def average_bound(tree: Node, dim: int, rows: Sequence[int]) -> int:
    """A rank that no network with average pooling over the tree exceeds across ``rows`` | the other modes.

    A = sum over blocks X_b (x) 1: an unsplit block adds to a row vector or to a column vector, 2 in all; a split block adds up
    to the rank of a matrix of its size. Two split blocks share the vector of ones where both have it in their column spaces.
    """
    inside = set(partition(tree, rows)[0])
    split, row_part, column_part = [], 0, 0
    for child in tree.children:
        i = sum(mode in inside for mode in child.modes)
        j = len(child.modes) - i
        if i and j:
            split.append(int(dim ** min(i, j)))
        row_part, column_part = max(row_part, int(not j)), max(column_part, int(not i))
    smaller = min(len(inside), len(tree.modes) - len(inside))
    halves_meet = len(tree.children) == 2 == len(split) and all(_square(child, inside) for child in tree.children)
    total = sum(split) + row_part + column_part - int(halves_meet)
    whole: int = dim**smaller
    return min(total, whole)


def _square(node: Node, inside: set[int]) -> bool:
    return 2 * sum(mode in inside for mode in node.modes) == len(node.modes)


def efficient_network(levels: int, dim: int, channels: Sequence[int], shared: bool = False) -> Network:
    """A deep network with max pooling of odd/even rank R = min(r0, M)^(N/2) where r0 >= M, R + 1 where r0 < M.

    Leaves 1 - e_a (a <= M), else 1, all other weights 1; in the one degenerate case M = r0 = 1 the leaves are 1.
    """
    tree = deep_tree(levels)
    shapes = channel_shapes(tree, dim, channels, shared=shared)
    leaves = {node.weight_name(shared) for node in tree.nodes() if not node.children}
    flat = dim == 1 == channels[0]
    weights = {
        name: Q.ones(m, n) + (-Q.eye(m, n)) if name in leaves and not flat else Q.ones(m, n) for name, (m, n) in shapes.items()
    }
    return Network(tree, weights, dim, "max", shared)


def efficient_radius(levels: int, dim: int, channels: Sequence[int]) -> Fraction:
    """1 / (4 (L + 1) r0 R): networks whose weights are all this near to :func:`efficient_network` have rank >= R (R >= 2)."""
    size = min(channels[0], dim) ** (2 ** (levels - 1))
    return Fraction(1, 4 * (levels + 1) * channels[0] * size)


@dataclass(frozen=True, eq=False)
class Box:
    """All networks whose weights are within ``radii`` (one a name of weights) of ``centre``: an open set and its boundary."""

    centre: Network
    radii: Mapping[str, Fraction]

    def at(self, seed: int) -> Network:
        """A network of the box with random rational weights."""
        random = Random(seed)
        weights = {}
        for name, matrix in self.centre.weights.items():
            moves = [self.radii[name] * Fraction(random.randint(-1000, 1000), 1000) for _ in range(prod(matrix.shape))]
            weights[name] = matrix + Q.array(moves).reshape(*matrix.shape)
        return Network(self.centre.tree, weights, self.centre.dimension, self.centre.pool, self.centre.shared)

    def tensor(self, output: int = 0) -> tuple[Array, Array]:
        """The tensor of the centre, and how far any of the box is from it at most, entrywise; both exact over Q."""
        return self.centre.tensor(output), _radius(self, output)

    def rank_at_least(self, rows: Sequence[int] | None = None, output: int = 0) -> int:
        """A rank that every network of the box has at least, by exact interval arithmetic; 0 where nothing is shown."""
        inside, others = partition(self.centre.tree, rows)
        found = self.minor([*inside, *others], len(inside), output)
        return len(found[0][0]) if found else 0

    def minor(self, order: Sequence[int], rows: int, output: int = 0) -> tuple[tuple[list[int], list[int]], Array] | None:
        """Rows and columns of a minor that is nonsingular for every network of the box, and the minor at the centre; the rows are
        the first ``rows`` modes of ``order``. None where nothing is shown."""
        dim = self.centre.dimension
        shape = (dim**rows, dim ** (len(order) - rows))
        middle, around = (part.transpose(*order).reshape(*shape) for part in self.tensor(output))
        chosen, columns = (list(part) for part in rank_profile(middle))
        while chosen:
            places = np.ix_(chosen, columns)
            minor, errors = (part.mapped(lambda plane, at=places: plane[at], None) for part in (middle, around))  # type: ignore[misc]
            inverted = _absolute(inverse(minor))
            defect = contract([(0, 1), (1, 2)], (0,), [inverted, errors])
            if max(Q.fractions(defect)) < 1:  # the row sums of |C^-1| R: no matrix within R of C is singular
                return (chosen, columns), minor
            # The largest entry of the inverse is the largest minor that is left without one row and one column.
            column, row = np.unravel_index(int(np.argmax(Q.fractions(inverted))), inverted.shape)
            del chosen[int(row)], columns[int(column)]
        return None


def efficient_box(levels: int, dim: int, channels: Sequence[int], shared: bool = False) -> Box:
    """An open set of weights of positive measure on which every deep network with max pooling is of rank >= R."""
    centre, radius = efficient_network(levels, dim, channels, shared), efficient_radius(levels, dim, channels)
    return Box(centre, dict.fromkeys(centre.weights, radius))


def one_channel_box(levels: int, dim: int, channels: Sequence[int], shared: bool = False) -> Box:
    """An open set of weights on which every deep network with max pooling equals a shallow one with a single channel.

    Unshared: the leaves of mode 0 are around 2 * 3^(L - 1), all else around 1 (radius 1/2): mode 0 dominates at every level,
    and A depends on it alone. Shared: leaves increase in d (centre d, radius 1/4), so A = w(max of the d_i).
    """
    tree = deep_tree(levels)
    shapes = channel_shapes(tree, dim, channels, shared=shared)
    leaves = {node.weight_name(shared): node.mode for node in tree.nodes() if not node.children}
    weights, radii = {}, {}
    for name, (m, n) in shapes.items():
        radii[name] = Fraction(1, 2)
        weights[name] = Q.ones(m, n)
        if shared and name in leaves:
            weights[name], radii[name] = Q.array([list(range(1, n + 1))] * m), Fraction(1, 4)
        elif name in leaves and leaves[name] == 0:
            weights[name] = Q.ones(m, n) * (2 * 3 ** (levels - 1))
    return Box(Network(tree, weights, dim, "max", shared), radii)


def one_channel(network: Network) -> Network:
    """The shallow network with one channel that equals a network of :func:`one_channel_box`.

    Raises :class:`UsageError` where none of that form does: the grid tensor is neither a positive function of mode 0 nor an
    increasing one of the largest index.
    """
    tensor, dim = network.tensor(), network.dimension
    entries = Q.fractions(tensor)
    diagonal = [entries[(d,) * network.modes] for d in range(dim)]
    first = Q.array([diagonal])
    others = first if network.shared else Q.zeros(1, dim)
    leaves = {str(i): first if i == 0 else others for i in range(network.modes)}
    found = Network(shallow_tree(network.modes), {**leaves, "": Q.ones(1, 1)}, dim, "max")
    if found.tensor().tolist() != tensor.tolist():
        raise UsageError("one_channel: the grid tensor is not that of one shallow channel")
    return found


def _absolute(x: Array) -> Array:
    return x.system.maximum(x, -x)


def _radius(box: Box, output: int) -> Array:
    """The radius of the tensor over the box, by |W x - W' x'| <= |W| r_x + r_W (|x| + r_x), and pooling that moves no more than
    its arguments (max), or than they do together (average)."""
    network = box.centre
    if network.pool == "product":
        raise UsageError("Box.tensor: for max and average pooling")
    value, radius = _climbed(box, network.tree)
    column = radius.mapped(lambda plane: plane[:, output], None)
    order = [network.tree.modes.index(mode) for mode in range(network.modes)]
    return column.reshape(*[network.dimension] * network.modes).transpose(*order)


def _climbed(box: Box, node: Node) -> tuple[Array, Array]:
    """Centre and radius of the channels of a node, one column each."""
    network = box.centre
    matrix = network.matrix(node)
    spread = Q.ones(*matrix.shape) * box.radii[node.weight_name(network.shared)]
    if not node.children:
        return matrix.T, spread.T
    value, radius = _pooled(network.pool, [_climbed(box, child) for child in node.children])
    weighted = contract([(0, 1), (2, 1)], (0, 2), [radius, _absolute(matrix)])
    moved = contract([(0, 1), (2, 1)], (0, 2), [_absolute(value) + radius, spread])
    return contract([(0, 1), (2, 1)], (0, 2), [value, matrix]), weighted + moved


def _pooled(pool: str, children: Sequence[tuple[Array, Array]]) -> tuple[Array, Array]:
    value, radius = children[0]
    if len(children) == 1:
        return value, radius
    value = rectified(value)
    for other, moves in children[1:]:
        left, right = side_by_side(value, rectified(other))
        one, two = side_by_side(radius, moves)
        if pool == "max":
            value, radius = Q.maximum(left, right), Q.maximum(one, two)
        else:
            value, radius = left + right, one + two
    return value, radius
