"""Networks over pooling trees: arithmetic circuits (product pooling) and rectifier networks (max and average pooling).

Inputs x_1 .. x_N enter as the values f_d(x_i) of M representation functions, an N x M array. Every node multiplies its matrix by
what it pools: a leaf with the M values of its input, a window with the pooled channels of its children. Pooling is the product
(arithmetic circuits), max(children, 0) (rectifiers and max pooling) or the sum of max(child, 0) (rectifiers and average
pooling, up to scale); a window of one child passes its channels on. No rectifier follows the last matrix.

An arithmetic circuit computes h(x) = sum over d of A[d_1, .., d_N] f_(d_1)(x_1) .. f_(d_N)(x_N) with its coefficient tensor A: a
hierarchical Tucker tensor for the deep tree, a sum of rank-one tensors for the shallow one. Of a rectifier network the same
recursion gives the grid tensor A[d_1, .., d_N] = h(x^(d_1), .., x^(d_N)), on templates with f_c(x^(d)) = 1 where c = d, else 0.

Sources: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016), section 3;
N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit import tensors
from proofkit.errors import UsageError
from proofkit.fields import Array, NumberSystem, PrimeField, contract
from proofkit.networks.trees import Node, deep_tree, partition, pooling_tree, shallow_tree

MAX_ENTRIES = 2 * 10**7  # of a tensor that is formed, its channels included


@dataclass(frozen=True, eq=False)
class Network:
    """A network over a pooling tree. ``weights`` maps the name of a node ("0/1"; when ``shared`` of a level, "L1") to its
    matrix, one row a channel that leaves it, one column a channel that enters it (``dimension`` of them at a leaf).

    Raises :class:`UsageError`, naming the node, for weights that are missing, that no node has or that do not fit, for an
    unknown pooling, for rectifiers over a system without order, and for shared weights where leaves lie at different depths.
    """

    tree: Node
    weights: Mapping[str, Array]
    dimension: int
    pool: str = "product"
    shared: bool = False

    def __post_init__(self) -> None:
        if self.pool not in POOLINGS:
            raise UsageError(f"pool: found {self.pool!r}; write one of {', '.join(POOLINGS)}")
        if self.dimension < 1:
            raise UsageError(f"dim: found {self.dimension}; the dimension M is at least 1")
        if self.shared:
            _require_even(self.tree)
        nodes = {node.weight_name(self.shared) for node in self.tree.nodes()}
        unknown = next((name for name in self.weights if name not in nodes), None)
        if unknown is not None:
            raise UsageError(f"weights: there is no node {unknown!r} in the tree {str(self.tree)[:60]}")
        for node in self.tree.nodes():
            self._check(node)

    def _check(self, node: Node) -> None:
        name = node.weight_name(self.shared)
        if name not in self.weights:
            raise UsageError(f"weights of node {name!r}: missing")
        shape = self.weights[name].shape
        if len(shape) != 2 or not shape[0]:
            raise UsageError(f"weights of node {name!r}: need a matrix with a row for each channel, found the shape {shape}")
        counts = [self.channels(child) for child in node.children]
        if len(set(counts)) > 1:
            raise UsageError(f"weights of node {name!r}: its children have {counts} channels; they need equally many")
        entering = counts[0] if counts else self.dimension
        if shape[1] != entering:
            raise UsageError(f"weights of node {name!r}: {shape[1]} columns, but {entering} channels enter it")

    @property
    def system(self) -> NumberSystem:
        """The number system of the weights."""
        return next(iter(self.weights.values())).system

    @property
    def modes(self) -> int:
        """The number N of inputs."""
        return len(self.tree.modes)

    @property
    def outputs(self) -> int:
        """The number of outputs."""
        return self.channels(self.tree)

    def matrix(self, node: Node) -> Array:
        """The weights of a node."""
        return self.weights[node.weight_name(self.shared)]

    def channels(self, node: Node) -> int:
        """The number of channels that leave a node."""
        return self.matrix(node).shape[0]

    @property
    def parameters(self) -> int:
        """The number of weights; those of a shared level count once."""
        return sum(prod(matrix.shape) for matrix in self.weights.values())

    def over(self, system: NumberSystem) -> Network:
        """The same network with its rational weights in another number system: reduced, or rounded."""
        weights = {name: system.array(matrix) for name, matrix in self.weights.items()}
        return Network(self.tree, weights, self.dimension, self.pool, self.shared)

    def forward(self, values: Any) -> Any:
        """All outputs at an input, given by its representation: an N x M array of f_d(x_i); shape (outputs,).

        With a batch axis first, one row of outputs an item. An array is over the number system of the weights (:meth:`over`
        changes that); a numpy array of floats is computed by numpy, without an error bound. A module for torch, with
        gradients, is made by :func:`torch_backend.networks.to_torch`. Raises :class:`UsageError` for another shape or system.
        """
        if type(values).__module__.partition(".")[0] == "torch":
            raise UsageError("forward: for tensors of torch make a module, torch_backend.networks.to_torch(network)")
        if not isinstance(values, Array):
            return self._in_numpy(np.asarray(values))
        if values.system != self.system:
            mixed = f"the weights are over {self.system.name}, the values over {values.system.name}"
            raise UsageError(f"forward: {mixed}; network.over(...) takes rational weights into another system")
        if values.shape != (self.modes, self.dimension):
            expected = f"{self.modes} x {self.dimension}"
            raise UsageError(f"the network takes an array {expected} of f_d(x_i), perhaps in a batch; got {values.shape}")

        def leaf(node: Node) -> Array:
            row = values.mapped(lambda plane: plane[..., node.mode, :], values.batch)
            return contract([(0, 1), (1,)], (0,), [self.matrix(node), row]).reshape(1, self.channels(node))

        return self._climb(self.tree, leaf).reshape(self.outputs)

    def _in_numpy(self, values: NDArray[Any]) -> NDArray[Any]:
        if values.dtype.kind != "f" or values.ndim not in (2, 3):
            found = f"found {values.dtype}, {values.shape}"
            raise UsageError(
                f"forward: a numpy array holds floats, N x M or in a batch, {found}; for exact numbers give Q.array(..)"
            )
        system = tensors.plain(values.dtype)
        found = self.rounded(system).forward(system.array(values, batch=values.ndim == 3))
        return np.asarray(found.planes[0])

    def rounded(self, system: NumberSystem) -> Network:
        """The same network over numpy's floats, from exact weights or from floats."""
        if self.system == system:
            return self
        weights = {name: system.array(_floats(matrix)) for name, matrix in self.weights.items()}
        return Network(self.tree, weights, self.dimension, self.pool, self.shared)

    def tensor(self, output: int = 0) -> Array:
        """The coefficient tensor (of a rectifier network: the grid tensor) of one output, N modes of size M.

        Raises :class:`UsageError` for an output that is not there, and where more than 2 * 10^7 entries are needed.
        """
        flat = self._tree_ordered(output)
        order = [self.tree.modes.index(mode) for mode in range(self.modes)]
        return flat.reshape(*[self.dimension] * self.modes).transpose(*order)

    def rounded_tensor(self, output: int = 0) -> NDArray[np.float64]:
        """The tensor of one output, computed exactly where the weights are, as floats. Raises as :meth:`tensor`."""
        return _floats(self.tensor(output))

    def matricization(self, rows: Sequence[int] | None = None, output: int = 0) -> Array:
        """The tensor as a matrix, the modes ``rows`` (default: 0, 2, 4, ..) | the other modes, the first slowest. Raises as
        :meth:`tensor`, and as :func:`proofkit.networks.partition`."""
        return tensors.matricize(self.tensor(output), *partition(self.tree, rows))

    def require_tensor(self, output: int) -> None:
        """Raise :class:`UsageError` for an output that is not there, and where its tensor has more than 2 * 10^7 entries."""
        if not 0 <= output < self.outputs:
            raise UsageError(f"output {output}: the network has {self.outputs}, counted from 0")
        entering = max([self.channels(child) for child in self.tree.children])
        if self.modes * np.log2(self.dimension) > 40 or self.dimension**self.modes * entering > MAX_ENTRIES:
            size = f"{self.dimension}^{self.modes} x {entering}"
            raise UsageError(f"the tensor needs {size} entries with its channels; at most {MAX_ENTRIES} are formed")

    def _tree_ordered(self, output: int) -> Array:
        self.require_tensor(output)
        weights = self.matrix(self.tree)
        last = weights.mapped(lambda plane: plane[..., output : output + 1, :], weights.batch)
        children = [self._climb(child, lambda node: self.matrix(node).T) for child in self.tree.children]
        return POOLINGS[self.pool](last, children)

    def _climb(self, node: Node, leaf: Callable[[Node], Array]) -> Array:
        """The channels of a node, one column each."""
        if not node.children:
            return leaf(node)
        return POOLINGS[self.pool](self.matrix(node), [self._climb(child, leaf) for child in node.children])


def _require_even(tree: Node) -> None:
    for node in tree.windows():
        if not node.even:
            raise UsageError(f"tree, node {node.name!r}: a shared network has all leaves at one depth, but not below this node")


def _floats(matrix: Array) -> NDArray[np.float64]:
    entries = matrix.planes[0] if not matrix.system.exact else np.array(matrix.tolist(), dtype=object)
    return np.asarray(entries, dtype=np.float64)


# A pooling takes a matrix (one row a channel) and the channels of its children (p x a each); it gives (product of all p) x rows.


def _product(weights: Array, children: Sequence[Array]) -> Array:
    *others, last = children
    if not others:
        return contract([(0, 1), (2, 1)], (2, 0), [weights, last])
    first = reduce(_channelwise, others)
    found = contract([(0, 1), (2, 1), (3, 1)], (2, 3, 0), [weights, first, last])
    return found.reshape(first.shape[0] * last.shape[0], weights.shape[0])


def _channelwise(x: Array, y: Array) -> Array:
    return contract([(0, 2), (1, 2)], (0, 1, 2), [x, y]).reshape(x.shape[0] * y.shape[0], x.shape[1])


def _max(weights: Array, children: Sequence[Array]) -> Array:
    pooled = children[0]
    for child in children[1:]:
        left, right = side_by_side(pooled, child)
        pooled = weights.system.maximum(left, right)
    return _product(weights, [rectified(pooled) if len(children) > 1 else pooled])


def _average(weights: Array, children: Sequence[Array]) -> Array:
    if len(children) == 1:
        return _product(weights, children)
    pooled = rectified(children[0])
    for child in children[1:]:
        left, right = side_by_side(pooled, rectified(child))
        pooled = left + right
    return _product(weights, [pooled])


def side_by_side(x: Array, y: Array) -> tuple[Array, Array]:
    """Both as arrays over all pairs of a row of x and a row of y."""
    p, q, channels = x.shape[0], y.shape[0], x.shape[1]
    left = contract([(0, 2), (1,)], (0, 1, 2), [x, x.system.ones(q)])
    right = contract([(0,), (1, 2)], (0, 1, 2), [x.system.ones(p), y])
    return left.reshape(p * q, channels), right.reshape(p * q, channels)


def rectified(x: Array) -> Array:
    """max(x, 0)."""
    zero = x.mapped(np.zeros_like, x.batch)
    return x.system.maximum(x, zero)


POOLINGS: dict[str, Callable[[Array, Sequence[Array]], Array]] = {"product": _product, "max": _max, "average": _average}


def channel_shapes(
    tree: Node, dimension: int, channels: Sequence[int], outputs: int = 1, shared: bool = False
) -> dict[str, tuple[int, int]]:
    """The names and shapes of the weights, leaves first, where ``channels[l - 1]`` channels enter the windows of level l.

    Raises :class:`UsageError` for a wrong number of counts, and for counts that are not positive.
    """
    if len(channels) != tree.level or min((*channels, dimension, outputs)) < 1:
        raise UsageError(f"channels: a tree of {tree.level} levels has {tree.level} positive counts, found {list(channels)}")
    if shared:
        _require_even(tree)
    leaving = {child.name: channels[window.level - 1] for window in tree.windows() for child in window.children} | {"": outputs}
    return {
        node.weight_name(shared): (leaving[node.name], channels[node.level - 1] if node.children else dimension)
        for node in tree.nodes()
    }


def random_network(
    tree: Node,
    dimension: int,
    channels: Sequence[int],
    system: NumberSystem,
    seed: int = 0,
    *,
    pool: str = "product",
    shared: bool = False,
    outputs: int = 1,
) -> Network:
    """A network with weights by seed, of both signs for rectifiers. Raises as :func:`channel_shapes`."""
    shapes = channel_shapes(tree, dimension, channels, outputs, shared)
    return Network(tree, random_arrays(shapes, system, seed, signed=pool != "product"), dimension, pool, shared)


def random_deep(
    levels: int, dimension: int, channels: Sequence[int], system: NumberSystem, seed: int = 0, shared: bool = False
) -> Network:
    """A deep arithmetic circuit of 2^levels inputs with weights by seed."""
    return random_network(deep_tree(levels), dimension, channels, system, seed, shared=shared)


def random_shallow(modes: int, dimension: int, channels: int, system: NumberSystem, seed: int = 0) -> Network:
    """A shallow arithmetic circuit with weights by seed."""
    return random_network(shallow_tree(modes), dimension, [channels], system, seed)


def random_arrays(
    shapes: Mapping[str, tuple[int, ...]], system: NumberSystem, seed: int = 0, *, signed: bool = False, top: int = 3
) -> dict[str, Array]:
    """Arrays by seed, never zero: uniform units over GF(p); 1 .. ``top`` elsewhere, so that nothing cancels in floating point, or
    of both signs when ``signed``."""
    random, top = Random(seed), system.p - 1 if isinstance(system, PrimeField) else top

    def number() -> int:
        return random.randint(1, top) * (random.choice((-1, 1)) if signed else 1)

    return {name: system.array([number() for _ in range(prod(shape))]).reshape(*shape) for name, shape in shapes.items()}


def contracted(tensor: Array, values: Array) -> Array:
    """h(x) = sum over d of A[d_1, .., d_N] f_(d_1)(x_1) .. f_(d_N)(x_N), for an N x M array of f_d(x_i): a number.

    The definition of the function that a coefficient tensor stands for, mode by mode; no network is involved.
    """
    for place in range(values.shape[0]):
        row = values.mapped(lambda plane, place=place: plane[place], None)  # type: ignore[misc]
        first, rest = tensor.shape[0], tensor.shape[1:]
        tensor = tensors.matmul(row, tensor.reshape(first, prod(rest))).reshape(*rest)
    return tensor


def statement_names(tree: Node, family: str, shared: bool = False) -> dict[str, str]:
    """For each matrix of a network over a tree, leaves first, the name by which statements speak of it: "cp.0", .., "cp.c" in the
    family ``cp``; "ht.0.0", .., "ht.1.0", .. by level and position in others; shared ones without the position."""
    found: dict[str, str] = {}
    counts: dict[int, int] = {}
    for node in sorted(tree.nodes(), key=lambda each: each.level):
        position = counts.setdefault(node.level, 0)
        counts[node.level] += 1
        if family == "cp":
            name = "cp.c" if node.children else f"cp.{position}"
        else:
            name = f"{family}.{node.level}" if shared else f"{family}.{node.level}.{position}"
        found.setdefault(node.weight_name(shared), name)
    return found


def statement_weights(network: Network) -> dict[str, Array]:
    """The weights of a deep or shallow arithmetic circuit under the names, and in the shapes, of the families ht and cp of the
    statement language: "ht.0.3" (M x r_0), "ht.1.0" (r_1 x r_0), "ht.2.0" or "ht.2" (a vector); "cp.0", "cp.c".

    Raises :class:`UsageError` for a network that is neither.
    """
    family = "cp" if network.tree.level == 1 and network.modes != 2 else "ht"
    same = shallow_tree(network.modes) if family == "cp" else deep_tree(network.tree.level)
    if network.pool != "product" or network.outputs != 1 or network.tree.nested() != same.nested():
        raise UsageError("only deep and shallow arithmetic circuits with one output are families of the statement language")
    names, found = statement_names(network.tree, family, network.shared), {}
    for node in network.tree.nodes():
        matrix = network.matrix(node)
        value = matrix.T if not node.children else matrix.reshape(matrix.shape[1]) if node is network.tree else matrix
        found[names[node.weight_name(network.shared)]] = value
    return found


def network_of(nested: Any, weights: Mapping[str, Array], dimension: int, pool: str = "product", shared: bool = False) -> Network:
    """A network from its tree as nested lists. Raises as :func:`pooling_tree` and :class:`Network`."""
    return Network(pooling_tree(nested), weights, dimension, pool, shared)
