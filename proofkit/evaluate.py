"""A statement at concrete arrays: what it says there, computed operation by operation.

This is the plain meaning of the language over any number system. It knows no diagrams and infers no shapes,
so that it can serve as an oracle for what does. A bundle stands here as an array with all its modes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit import tensors
from proofkit.errors import ProofkitError, UsageError
from proofkit.fields import GF, Array, NumberSystem, contract
from proofkit.networks import Network, channel_shapes, shallow_tree, statement_names, truncated_tree
from proofkit.networks.geometry import truncation_base
from proofkit.statements import Comparison, Declarations, Group, Node, Shape, Statement, to_text, walk
from proofkit.statements.syntax import FAMILIES, NUMERIC

Number = int | NDArray[Any]  # of Python integers, one an item of a batch

# Integers beyond this many bits are not computed: exponents such as 2 ** (2 ** L) grow without a limit.
MAX_BITS = 1_000_000
MAX_ENUMERATED = 10**6
CHUNK = 2**16


class Unsupported(ProofkitError):
    """The statement is readable, but what it speaks of cannot be computed at this instance."""


@dataclass(frozen=True)
class PolynomialMatrix:
    """A matrix of polynomials in a vector: ``terms`` pairs a monomial's exponents with m x n coefficients.

    There is at least one term, all exponent tuples are as long as the vector, and all arrays have one shape.
    """

    terms: tuple[tuple[tuple[int, ...], Array], ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the values."""
        return self.terms[0][1].shape

    def at(self, vector: Array) -> Array:
        """The value at ``vector``, of shape (k,); raise :class:`UsageError` for one of another length."""
        size = len(self.terms[0][0])
        if vector.shape != (size,):
            raise UsageError(f"a polynomial matrix in {size} variables is not defined at an array {vector.shape}")
        values = [_monomial_times(exponents, vector, coefficients) for exponents, coefficients in self.terms]
        return reduce(lambda left, right: left + right, values)


def _monomial_times(exponents: Sequence[int], vector: Array, coefficients: Array) -> Array:
    """``coefficients`` times the monomial at ``vector``; a unit vector reads off each of its factors."""
    factors = [place for place, exponent in enumerate(exponents) for _ in range(exponent)]
    units = [vector.system.array([int(place == k) for k in range(len(exponents))]) for place in factors]
    out = list(range(coefficients.ndim))
    lists = [[index] for index in range(len(out), len(out) + len(factors)) for _ in range(2)]
    pairs = [array for unit in units for array in (unit, vector)]
    return contract([out, *lists], out, [coefficients, *pairs])


@dataclass(frozen=True)
class Instance:
    """Values for everything that a statement names, over one number system.

    ``sizes`` gives an integer to each size and a list to each channel list; ``arrays`` an array, perhaps with
    a batch axis, to each tensor. The weights of a family are named by :func:`family_weights`.
    """

    sizes: Mapping[str, int | Sequence[int]]
    arrays: Mapping[str, Array | PolynomialMatrix]
    system: NumberSystem

    @property
    def batch(self) -> int | None:
        """The number of instances that the batch axes of the arrays stand for, or None."""
        plain = (value for value in self.arrays.values() if isinstance(value, Array))
        return next((value.batch for value in plain if value.batch is not None), None)

    def item(self, i: int) -> Instance:
        """Instance ``i`` of the batch; raise ValueError if there is none."""
        arrays = {
            name: value.item(i) if isinstance(value, Array) and value.batch is not None else value
            for name, value in self.arrays.items()
        }
        return Instance(self.sizes, arrays, self.system)

    def check(self, declarations: Declarations) -> None:
        """Raise :class:`UsageError` unless every declared name has a value of its declared shape."""
        for name, declaration in declarations.items():
            if name not in self.arrays:
                raise UsageError(f"the instance has no value for {name}")
            value = self.arrays[name]
            if isinstance(value, PolynomialMatrix) != (declaration.argument is not None):
                raise UsageError(f"{name} has to be {'an array' if declaration.argument is None else 'polynomials'}")
            sizes = [tuple(self.extent(group) for group in mode) for mode in declaration.shape]
            if not _fits(value.shape, sizes):
                raise UsageError(f"{name} has the shape {value.shape}; declared is '{declaration.text}'")

    def extent(self, group: Group) -> int:
        """The value of a size; raise :class:`UsageError` for a name without one."""
        return math.prod(atom if isinstance(atom, int) else self.size(atom) for atom in group)

    def size(self, name: str) -> int:
        """The value of a size or of an entry such as ``r[0]`` or ``r[L - 1]``; raise :class:`UsageError` if it has none."""
        base, bracket, index = name.partition("[")
        value = self.sizes.get(base)
        last, minus, _ = index.removesuffix("]").partition(" - ")
        place = 0 if not bracket else self.size(last) - 1 if minus else int(last)
        if bracket and isinstance(value, Sequence) and place < len(value):
            return int(value[place])
        if bracket or not isinstance(value, int):
            raise UsageError(f"the size {name} has no value in this instance")
        return value


def _fits(shape: Sequence[int], modes: Sequence[tuple[int, ...]]) -> bool:
    """Whether concrete modes can be read as plain modes (one size) and bundles (two) in this order."""
    if not modes:
        return not shape
    if len(modes[0]) == 1:
        return bool(shape) and shape[0] == modes[0][0] and _fits(shape[1:], modes[1:])
    ends = range(0, len(shape) + 1, 2)
    products = ((math.prod(shape[:end:2]), math.prod(shape[1:end:2])) for end in ends)
    return any(found == modes[0] and _fits(shape[end:], modes[1:]) for end, found in zip(ends, products, strict=True))


def evaluate(node: Node, instance: Instance) -> Array | Number:
    """The value of an expression: an array, or an integer (per item) if it contains rank, min or max.

    Raise :class:`UsageError` for a name without a value, :class:`Unsupported` for what cannot be computed.
    """
    evaluator = _Evaluator(instance)
    if any(part.op in NUMERIC for part in walk(node)):
        return evaluator.number(node)
    return evaluator.tensor(node)


def sides(comparison: Comparison, instance: Instance) -> tuple[Array | Number, Array | Number]:
    """The values of both sides, as the comparison reads them."""
    evaluator = _Evaluator(instance)
    if comparison.numeric:
        return evaluator.number(comparison.left), evaluator.number(comparison.right)
    return evaluator.tensor(comparison.left), evaluator.tensor(comparison.right)


def holds(statement: Statement, instance: Instance) -> bool | NDArray[np.bool_]:
    """Whether all comparisons hold; for a batch, one answer an item.

    Over a number system with rounding, whether the sides agree within their proved bounds: False is certain.
    """
    together = reduce(np.logical_and, [_holds(comparison, instance) for comparison in statement.comparisons])
    if instance.batch is None:
        return bool(together)
    return np.array(np.broadcast_to(together, (instance.batch,)))


def _holds(comparison: Comparison, instance: Instance) -> NDArray[np.bool_]:
    evaluator = _Evaluator(instance)
    if not comparison.numeric:
        return evaluator.tensor(comparison.left).items_equal(evaluator.tensor(comparison.right))
    left, right = evaluator.number(comparison.left), evaluator.number(comparison.right)
    compare = {"==": np.equal, "<=": np.less_equal, ">=": np.greater_equal}[comparison.op]
    # As Python integers, so that no power is too large to be compared.
    return np.asarray(compare(np.asarray(left, object), np.asarray(right, object)), dtype=bool)


class _Evaluator:
    """Evaluates the expressions of one statement; equal expressions are computed once."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.system = instance.system
        self._known: dict[Node, Array] = {}

    def tensor(self, node: Node) -> Array:
        """The value of a tensor expression."""
        if node not in self._known:
            self._known[node] = self._compute(node)
        return self._known[node]

    def number(self, node: Node) -> Number:
        """The value of an expression of integers."""
        if node.op == "rank":
            return self._rank(node, self.tensor(node.args[0]))
        if node.op == "cp_rank":
            return self._cp_rank(node)
        if node.op == "int" and isinstance(node.value, int):
            return node.value
        if node.op == "truncation_base":
            return _truncation_base(node, self.instance)
        if node.op in ("name", "subscript"):
            return self.instance.size(to_text(node))
        if node.op != "pow" and node.op not in _ARITHMETIC:
            raise Unsupported(f"{to_text(node)} is a tensor where an integer is needed")
        values = [self.number(argument) for argument in node.args]
        return _power(node, *values) if node.op == "pow" else _ARITHMETIC[node.op](*values)

    def _cp_rank(self, node: Node) -> Number:
        """Of a tensor that is a matrix but for modes of size 1: the rank of this matrix."""
        tensor = self.tensor(node.args[0])
        large = [mode for mode, size in enumerate(tensor.shape) if size > 1]
        if len(large) > 2:
            raise Unsupported(f"{to_text(node)} cannot be computed; it is bounded by ranks of matricizations")
        rest = [mode for mode in range(len(tensor.shape)) if mode not in large[:1]]
        return self._rank(node, tensors.matricize(tensor, large[:1], rest))

    def _rank(self, node: Node, matrix: Array) -> Number:
        from proofkit.linalg.exact import rank

        if not self.system.exact:
            raise Unsupported(f"{to_text(node)} is not determined over {self.system.name}, which rounds")
        found = rank(matrix)
        return found.astype(object) if isinstance(found, np.ndarray) else found

    def _compute(self, node: Node) -> Array:
        if node.op in FAMILIES:
            return _family(node, self.instance)
        if node.op == "blocks":
            return _blocks(self.tensor(node.args[0]), self.extent(node.args[1]))
        if node.op in _SIZED:
            return _SIZED[node.op](self.system, [self.extent(argument) for argument in node.args])
        if node.op in _TENSOR:
            return _TENSOR[node.op](node, [self.tensor(argument) for argument in node.args])
        if node.op == "int":
            return self.system.array(node.value)
        if node.op == "apply":
            polynomial = self._value(str(node.value))
            if isinstance(polynomial, PolynomialMatrix):
                return polynomial.at(self.tensor(node.args[0]))
            raise UsageError(f"{node.value} is applied, but its value is an array; give a PolynomialMatrix")
        if node.op == "subscript" or (node.op == "name" and node.value not in self.instance.arrays):
            return self.system.array(self.instance.size(to_text(node)))
        if node.op != "name":
            raise Unsupported(f"{to_text(node)} is not a tensor expression")
        value = self._value(str(node.value))
        if isinstance(value, Array):
            return value
        raise UsageError(f"{node.value} is a polynomial matrix; it has a value only at a vector")

    def _value(self, name: str) -> Array | PolynomialMatrix:
        if name not in self.instance.arrays:
            raise UsageError(f"the instance has no value for {name}")
        return self.instance.arrays[name]

    def extent(self, node: Node) -> int:
        """The value of a size argument."""
        found = self.number(node)
        if isinstance(found, int) and found >= 1:
            return found
        raise UsageError(f"{to_text(node)} = {found} is not a size; sizes are positive integers")


def _blocks(tensor: Array, cut: int) -> Array:
    """The modes taken together in blocks of ``2 ** (cut - 1)``, the first of a block varying slowest."""
    width = 2 ** (cut - 1)
    if tensor.ndim % width:
        raise UsageError(f"a tensor of {tensor.ndim} modes has no blocks of {width}")
    return tensor.reshape(*(math.prod(tensor.shape[i : i + width]) for i in range(0, tensor.ndim, width)))


def _truncation_base(node: Node, instance: Instance) -> int:
    """The dimension that the channels of a node on level L2 - 1 span for almost all weights."""
    cut, dimension = (_Evaluator(instance).extent(argument) for argument in node.args[:2])
    counts = [instance.size(f"{node.args[2].value}[{level}]") for level in range(cut)]
    return truncation_base(dimension, counts, cut, bool(node.value))


def _power(node: Node, base: Number, exponent: Number) -> Number:
    if not isinstance(exponent, int) or exponent < 0:
        raise Unsupported(f"{to_text(node)}: the exponent has to be one integer that is not negative")
    largest = max(map(abs, base.flat), default=0) if isinstance(base, np.ndarray) else abs(base)
    if largest > 1 and largest.bit_length() * exponent > MAX_BITS:
        raise Unsupported(f"{to_text(node)} is too large to be written out")
    result: Number = base**exponent
    return result


def _least(*values: Number) -> Number:
    return reduce(lambda a, b: min(a, b) if isinstance(a, int) and isinstance(b, int) else np.minimum(a, b), values)


def _most(*values: Number) -> Number:
    return reduce(lambda a, b: max(a, b) if isinstance(a, int) and isinstance(b, int) else np.maximum(a, b), values)


def _scaled(node: Node, values: list[Array]) -> Array:
    """A product with a scalar: literal integers scale, scalars of the ring are contracted."""
    for factor, other in ((node.args[0], values[1]), (node.args[1], values[0])):
        if factor.op == "int" and isinstance(factor.value, int):
            return other * factor.value
    if values[0].ndim and values[1].ndim:
        raise Unsupported(f"{to_text(node)}: * multiplies by a scalar")
    return tensors.tensor_product(*values)


def _matricized(node: Node, values: list[Array]) -> Array:
    if not isinstance(node.value, tuple):
        raise Unsupported("matricize needs its rows and columns")
    return tensors.matricize(values[0], *node.value)


def _mode_product(node: Node, values: list[Array]) -> Array:
    if not isinstance(node.value, int):
        raise Unsupported("mode_product needs its mode")
    return tensors.mode_product(values[0], values[1], node.value)


def _inverse(node: Node, values: list[Array]) -> Array:
    from proofkit.linalg.exact import inverse

    if not values[0].system.exact:
        raise Unsupported(f"{to_text(node)} is not computed over {values[0].system.name}, which rounds")
    try:
        return inverse(values[0])
    except ValueError as found:
        raise Unsupported(f"{to_text(node)} does not exist at this instance: {found}") from None


def _plain(operation: Callable[..., Any]) -> Callable[[Node, list[Array]], Array]:
    def call(node: Node, values: list[Array]) -> Array:
        result: Array = operation(*values)
        return result

    return call


_ARITHMETIC: dict[str, Callable[..., Number]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "neg": lambda a: -a,
    "min": _least,
    "max": _most,
}
_SIZED: dict[str, Callable[[NumberSystem, list[int]], Array]] = {
    "eye": lambda system, sizes: system.eye(sizes[0], sizes[-1]),
    "ones": lambda system, sizes: system.ones(*sizes),
    "zeros": lambda system, sizes: system.zeros(*sizes),
    "commutation": lambda system, sizes: tensors.commutation(sizes[0], sizes[1], system),
}
_TENSOR: dict[str, Callable[[Node, list[Array]], Array]] = {
    "add": _plain(lambda a, b: a + b),
    "sub": _plain(lambda a, b: a - b),
    "neg": _plain(lambda a: -a),
    "mul": _scaled,
    "matmul": _plain(tensors.matmul),
    "T": _plain(tensors.transpose),
    "kron": _plain(tensors.kron),
    "khatri_rao": _plain(tensors.khatri_rao),
    "hadamard": _plain(tensors.hadamard),
    "vec": _plain(tensors.vec),
    "diag": _plain(tensors.diag),
    "diagonal": _plain(tensors.diagonal),
    "trace": _plain(tensors.trace),
    "outer": _plain(tensors.outer),
    "tensor_product": _plain(tensors.tensor_product),
    "odd_even": _plain(tensors.odd_even),
    "fold": _plain(lambda a: a),
    "matricize": _matricized,
    "mode_product": _mode_product,
    "einsum": lambda node, values: tensors.einsum(str(node.value), *values),
    "level": _plain(tensors.level),
    "inv": _inverse,
}


def family_weights(node: Node, sizes: Mapping[str, int | Sequence[int]]) -> dict[str, tuple[int, ...]]:
    """The names and shapes of the weights of ``ht``, ``cp`` or ``truncated`` at these sizes.

    ``cp.j`` (M x Z) and the vector ``cp.c``; ``ht.0.j`` (M x r[0]), ``ht.l.j`` (r[l] x r[l-1]) for l = 1 to
    L-1, and the vector ``ht.L.0``; with ``shared=True`` without the position, as in ``ht.0`` and ``ht.L``.
    ``truncated.l.j`` likewise, where the top level pools all that is left.
    """
    family = _Family(node, Instance(sizes, {}, GF(2)))
    shapes = channel_shapes(family.tree, family.dimension, family.channels, shared=family.shared)
    return {name: family.stated(held, shapes[held]) for held, name in family.names().items()}


def _family(node: Node, instance: Instance) -> Array:
    """The coefficient tensor of the network."""
    family = _Family(node, instance)
    weights = {held: family.held(held, instance.arrays.get(name), name) for held, name in family.names().items()}
    network = Network(family.tree, weights, family.dimension, shared=family.shared)
    try:
        return network.tensor()
    except UsageError as error:
        raise Unsupported(f"{to_text(node)}: {error}") from None


class _Family:
    """What a call of ``cp``, ``ht`` or ``truncated`` says of a network (Cohen, Sharir and Shashua, COLT 2016).

    ``cp`` is the tree of one level over all modes; ``truncated(L, L2, M, r)`` has L2 levels, whose last joins
    all 2 ** (L - L2 + 1) branches; ``ht`` is truncated at L2 = L.
    """

    def __init__(self, node: Node, instance: Instance) -> None:
        self.name = node.op
        self.shared = bool(node.value)
        evaluator = _Evaluator(instance)
        if node.op == "cp":
            modes, self.dimension, width = map(evaluator.extent, node.args)
            self.tree, self.channels = shallow_tree(modes), [width]
            return
        levels, *cut, self.dimension = map(evaluator.extent, node.args[:-1])
        kept = cut[0] if cut else levels
        if levels > 12 or kept > levels:
            raise Unsupported(f"{to_text(node)}: from 1 to L levels, and at most 2 ** 12 modes, can be evaluated")
        self.tree = truncated_tree(levels, kept)
        self.channels = self._counts(node.args[-1], kept, instance.sizes)

    def _counts(self, node: Node, levels: int, sizes: Mapping[str, int | Sequence[int]]) -> list[int]:
        found = sizes.get(str(node.value))
        if found is None or isinstance(found, int) or len(found) < levels:
            raise UsageError(f"{node.value} needs a list of {levels} channel counts, found {found}")
        if self.name == "ht" and len(found) > levels:
            raise UsageError(f"{node.value} has {len(found)} channel counts for a network of {levels} levels")
        return list(found[:levels])

    def names(self) -> dict[str, str]:
        """Under which name a statement speaks of each matrix of the network, leaves first."""
        return statement_names(self.tree, self.name, self.shared)

    def stated(self, held: str, shape: tuple[int, int]) -> tuple[int, ...]:
        """The shape of a matrix in a statement: a leaf's has the modes as rows, the output is a vector."""
        return shape[1:] if self._output(held) else shape[::-1] if self._leaf(held) else shape

    def held(self, held: str, value: Any, name: str) -> Array:
        """The matrix of the network that a statement's array is."""
        if not isinstance(value, Array):
            raise UsageError(f"the instance has no array for the weights {name}")
        return value.reshape(1, value.size) if self._output(held) else value.T if self._leaf(held) else value

    def _output(self, held: str) -> bool:
        return held == self.tree.weight_name(self.shared)

    def _leaf(self, held: str) -> bool:
        return held in {leaf.weight_name(self.shared) for leaf in self.tree.nodes() if not leaf.children}


def concrete_shape(shape: Shape, instance: Instance) -> tuple[int, ...]:
    """The modes of an array of this declared shape in which every bundle has two modes."""
    return tuple(instance.extent(group) for mode in shape for group in mode)


def all_instances_gf2(
    declarations: Declarations, sizes: Mapping[str, int | Sequence[int]], weights: Mapping[str, tuple[int, ...]] | None = None
) -> Iterator[Instance]:
    """All arrays over GF(2) of the declared shapes at these sizes, as batched instances of at most 2 ** 16.

    Bundles have two modes; ``weights`` are further arrays by name and shape, such as those of a family. Raise
    :class:`UsageError` where a size has no value, where a matrix is polynomial, and for more than 10 ** 6 instances.
    """
    empty = Instance(sizes, {}, GF(2))
    shapes = {name: concrete_shape(declaration.shape, empty) for name, declaration in declarations.items()}
    shapes.update(weights or {})
    polynomial = [name for name, declaration in declarations.items() if declaration.argument is not None]
    if polynomial:
        raise UsageError(f"{polynomial[0]} is a polynomial matrix: there are infinitely many over GF(2)")
    entries = sum(map(math.prod, shapes.values()))
    if 2**entries > MAX_ENUMERATED:
        raise UsageError(f"{entries} entries over GF(2) have 2 ** {entries} values; at most {MAX_ENUMERATED} are listed")
    return _chunks(shapes, entries, empty)


def _chunks(shapes: Mapping[str, tuple[int, ...]], entries: int, empty: Instance) -> Iterator[Instance]:
    for start in range(0, 2**entries, CHUNK):
        numbers = np.arange(start, min(start + CHUNK, 2**entries))
        bits = (numbers[:, None] >> np.arange(entries)) & 1
        arrays: dict[str, Array | PolynomialMatrix] = {}
        place = 0
        for name, shape in shapes.items():
            size = math.prod(shape)
            values = bits[:, place : place + size].reshape(len(numbers), *shape)
            arrays[name] = empty.system.array(values, batch=True)
            place += size
        yield Instance(empty.sizes, arrays, empty.system)


def show(instance: Instance) -> str:
    """The instance on one line, as counterexamples are printed: "n = 2, A = [[0, 1], [0, 0]] over Q"."""
    sizes = [f"{name} = {value if isinstance(value, int) else list(value)}" for name, value in instance.sizes.items()]
    arrays = [f"{name} = {_shown(value)}" for name, value in instance.arrays.items()]
    return f"{', '.join(sizes + arrays)} over {instance.system.name}"


def _shown(value: Array | PolynomialMatrix) -> str:
    if isinstance(value, Array):
        return _entries(value.tolist())
    return " + ".join(f"{_entries(array.tolist())} x^{list(exponents)}" for exponents, array in value.terms)


def _entries(value: Any) -> str:
    return f"[{', '.join(map(_entries, value))}]" if isinstance(value, list) else str(value)
