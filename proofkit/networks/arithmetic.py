"""Convolutional arithmetic circuits, shallow and deep, with shared weights or not.

Inputs x_1 .. x_N enter as the values f_d(x_i) of M representation functions, an N x M array. A level is product pooling over
windows followed by a 1 x 1 convolution; the deep circuit has windows of two and N = 2^L inputs, the shallow one a single window
of all N. The circuit computes h(x) = sum over d of A[d_1, .., d_N] f_(d_1)(x_1) .. f_(d_N)(x_N); A is its coefficient tensor, a
hierarchical Tucker tensor for the deep circuit, a sum of rank-one tensors for the shallow one.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016), section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from random import Random

from proofkit import tensors
from proofkit.errors import UsageError
from proofkit.fields import Array, NumberSystem, PrimeField

MAX_ENTRIES = 10**7  # of a coefficient tensor that is formed


@dataclass(frozen=True)
class ArithmeticCircuit:
    """A circuit of ``windows[l]`` inputs a window at level l + 1, over one number system.

    ``leaves[i]`` is the M x r_0 matrix a^(0,i) of input i; ``levels[l][j]`` the r_(l+1) x r_l matrix of window j on level
    l + 1; on the last level, which has one window, the vector of length r_(L-1). With ``shared`` all matrices of a level are the
    same. Weights have the names that the statement language gives them: "ht.0.3", "ht.2", "cp.c".
    """

    family: str
    leaves: tuple[Array, ...]
    levels: tuple[tuple[Array, ...], ...]
    windows: tuple[int, ...]
    shared: bool = False

    @property
    def system(self) -> NumberSystem:
        """The number system of the weights."""
        return self.leaves[0].system

    @property
    def modes(self) -> int:
        """The number N of inputs."""
        return len(self.leaves)

    @property
    def dimension(self) -> int:
        """The number M of representation functions."""
        return self.leaves[0].shape[0]

    def weights(self) -> dict[str, Array]:
        """All weights by name; a shared circuit has one matrix a level."""
        found: dict[str, Array] = {}
        for level, row in enumerate((self.leaves, *self.levels)):
            for position, matrix in enumerate(row):
                found.setdefault(weight_name(self.family, level, position, self.shared), matrix)
        return found

    def parameters(self) -> int:
        """The number of weights."""
        return sum(prod(matrix.shape) for matrix in self.weights().values())

    def forward(self, values: Array) -> Array:
        """The output at an input given by its representation, an N x M array of f_d(x_i): a number."""
        if values.shape != (self.modes, self.dimension):
            raise UsageError(f"the circuit takes an array {self.modes} x {self.dimension} of f_d(x_i), got {values.shape}")
        rows = [tensors.einsum("nm,n->m", values, unit) for unit in _units(self.modes, values.system)]
        channels = [tensors.einsum("ma,m->a", leaf, row) for leaf, row in zip(self.leaves, rows)]
        return self._climb(channels, lambda weights, window: tensors.level(weights, *window))

    def coefficient_tensor(self) -> Array:
        """The tensor A, of N modes of size M; raises :class:`UsageError` where it has more than 10^7 entries."""
        if self.dimension**self.modes > MAX_ENTRIES:
            size = f"{self.dimension}^{self.modes}"
            raise UsageError(f"the coefficient tensor has {size} entries; at most {MAX_ENTRIES} are formed")
        return self._climb(list(self.leaves), lambda weights, window: tensors.level(weights, *window))

    def _climb(self, nodes: list[Array], level: Callable[[Array, Sequence[Array]], Array]) -> Array:
        for size, row in zip(self.windows, self.levels):
            windows = [nodes[i : i + size] for i in range(0, len(nodes), size)]
            nodes = [level(weights, window) for weights, window in zip(row, windows, strict=True)]
        return nodes[0]


def weight_name(family: str, level: int, position: int, shared: bool) -> str:
    """The name of the weights of one place, as counterexamples and certificates write it."""
    if family == "cp":
        return "cp.c" if level else f"cp.{position}"
    return f"{family}.{level}" if shared else f"{family}.{level}.{position}"


def _units(count: int, system: NumberSystem) -> list[Array]:
    return [system.array([int(i == k) for i in range(count)]) for k in range(count)]


def deep_shapes(levels: int, dimension: int, channels: Sequence[int], shared: bool = False) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the weights of a deep circuit, leaves first; raises as :func:`deep`."""
    if levels < 1 or dimension < 1 or len(channels) != levels or min(channels) < 1:
        raise UsageError(f"a deep circuit of {levels} levels has {levels} positive channel counts, got {list(channels)}")
    shapes: dict[str, tuple[int, ...]] = {}
    for level in range(levels + 1):
        above = (channels[level],) if level < levels else ()
        shape = (dimension, channels[0]) if level == 0 else (*above, channels[level - 1])
        for position in range(2 ** (levels - level)):
            shapes[weight_name("ht", level, position, shared)] = shape
    return shapes


def deep(levels: int, dimension: int, channels: Sequence[int], weights: Mapping[str, Array]) -> ArithmeticCircuit:
    """The deep circuit of N = 2^levels inputs from its weights by name ("ht.l.j", or "ht.l" when shared).

    Raises :class:`UsageError` for a missing weight and for a shape that does not fit, naming it.
    """
    shared = "ht.0" in weights
    shapes = deep_shapes(levels, dimension, channels, shared)
    found = {name: _weight(weights, name, shape) for name, shape in shapes.items()}
    rows = [
        tuple(found[weight_name("ht", level, position, shared)] for position in range(2 ** (levels - level)))
        for level in range(levels + 1)
    ]
    return ArithmeticCircuit("ht", rows[0], tuple(rows[1:]), (2,) * levels, shared)


def shallow_shapes(modes: int, dimension: int, channels: int) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the weights of a shallow circuit; raises as :func:`shallow`."""
    if min(modes, dimension, channels) < 1:
        found = f"{modes}, {dimension}, {channels}"
        raise UsageError(f"a shallow circuit has positive numbers of inputs, functions and channels, got {found}")
    return {**{f"cp.{position}": (dimension, channels) for position in range(modes)}, "cp.c": (channels,)}


def shallow(modes: int, dimension: int, channels: int, weights: Mapping[str, Array]) -> ArithmeticCircuit:
    """The shallow circuit with ``channels`` hidden channels from its weights "cp.0" .. "cp.(N-1)" and "cp.c".

    Raises :class:`UsageError` for a missing weight and for a shape that does not fit, naming it.
    """
    shapes = shallow_shapes(modes, dimension, channels)
    *leaves, output = (_weight(weights, name, shape) for name, shape in shapes.items())
    return ArithmeticCircuit("cp", tuple(leaves), ((output,),), (modes,))


def _weight(weights: Mapping[str, Array], name: str, shape: tuple[int, ...]) -> Array:
    if name not in weights:
        raise UsageError(f"the weights {name} are missing")
    if weights[name].shape != shape:
        raise UsageError(f"the weights {name} have the shape {weights[name].shape}; here they need {shape}")
    return weights[name]


def contracted(tensor: Array, values: Array) -> Array:
    """h(x) = sum over d of A[d_1, .., d_N] f_(d_1)(x_1) .. f_(d_N)(x_N), for an N x M array of f_d(x_i): a number.

    The definition of the function that a coefficient tensor stands for, mode by mode; no network is involved.
    """
    for unit in _units(values.shape[0], values.system):
        row = tensors.einsum("nm,n->m", values, unit)
        first, rest = tensor.shape[0], tensor.shape[1:]
        tensor = tensors.matmul(row, tensor.reshape(first, prod(rest))).reshape(*rest)
    return tensor


def random_deep(
    levels: int, dimension: int, channels: Sequence[int], system: NumberSystem, seed: int = 0, shared: bool = False
) -> ArithmeticCircuit:
    """A deep circuit with weights by seed."""
    return deep(levels, dimension, channels, random_arrays(deep_shapes(levels, dimension, channels, shared), system, seed))


def random_shallow(modes: int, dimension: int, channels: int, system: NumberSystem, seed: int = 0) -> ArithmeticCircuit:
    """A shallow circuit with weights by seed."""
    return shallow(modes, dimension, channels, random_arrays(shallow_shapes(modes, dimension, channels), system, seed))


def random_arrays(shapes: Mapping[str, tuple[int, ...]], system: NumberSystem, seed: int = 0) -> dict[str, Array]:
    """Arrays by seed, never zero: uniform units over GF(p); 1, 2 or 3 elsewhere, so that nothing cancels in floating point."""
    random, top = Random(seed), system.p - 1 if isinstance(system, PrimeField) else 3
    return {
        name: system.array([random.randint(1, top) for _ in range(prod(shape))]).reshape(*shape) for name, shape in shapes.items()
    }
