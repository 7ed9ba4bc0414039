"""The interface of a number system and its arrays, and the one contraction that all of them share.

A contraction is a sum of products over indices, as in einsum; an index is any integer, so there is no limit of 52
letters. It runs in pairwise steps; each step is brought to the shape of a batched matrix product, the only place
(with sums, additions and products) where a number system computes.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[Any]
Scalar: TypeAlias = int | Fraction
Labels: TypeAlias = tuple[int, ...]


class Array:
    """An array over a number system, perhaps with one leading batch axis that every operation treats per item.

    ``shape`` and ``ndim`` speak of one item; ``batch`` is the number of items, or None. ``planes`` are the numpy
    arrays that hold it (all of one shape, batch axis first) and ``denominator`` their common denominator (1 except
    over Q); only the number system interprets them. Arrays are immutable by convention: no operation writes to one.
    """

    __slots__ = ("batch", "denominator", "planes", "system")
    __hash__ = None  # type: ignore[assignment]
    __array_ufunc__ = None  # numpy scalars and arrays must not spread over an Array's entries

    def __init__(self, system: NumberSystem, planes: tuple[Plane, ...], batch: int | None = None, denominator: int = 1) -> None:
        self.system = system
        self.planes = planes
        self.batch = batch
        self.denominator = denominator

    @property
    def shape(self) -> tuple[int, ...]:
        full = self.planes[0].shape
        return full if self.batch is None else full[1:]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of entries of one item."""
        return math.prod(self.shape)

    def mapped(self, change: Callable[[Plane], Plane], batch: int | None) -> Array:
        """The array whose planes are ``change`` of these: for rearrangements of entries, which never compute."""
        return type(self)(self.system, tuple(change(plane) for plane in self.planes), batch, self.denominator)

    def unbatched(self) -> Array:
        """The same entries with the batch axis, if any, as an ordinary first mode."""
        return self.mapped(lambda plane: plane, None)

    def batched(self) -> Array:
        """The same entries with the first mode as the batch axis. Raises ValueError if there is none to take."""
        if self.batch is not None or not self.ndim:
            raise ValueError("batched: the array must have a first mode and no batch axis yet")
        return self.mapped(lambda plane: plane, self.planes[0].shape[0])

    def item(self, i: int) -> Array:
        """Item ``i`` of the batch, without batch axis. Raises ValueError if there is no batch or no such item."""
        if self.batch is None:
            raise ValueError("item: this array has no batch axis")
        if not 0 <= i < self.batch:
            raise ValueError(f"item: {i} is not among the {self.batch} items of the batch")
        return self.mapped(lambda plane: plane[i : i + 1].reshape(plane.shape[1:]), None)

    def reshape(self, *shape: int) -> Array:
        """The entries in row-major order with another shape of the same size (of each item); -1 is not allowed."""
        if any(n < 0 for n in shape) or math.prod(shape) != self.size:
            raise ValueError(f"reshape: shape {self.shape} cannot become {shape}: the sizes differ")
        lead = () if self.batch is None else (self.batch,)
        return self.mapped(lambda plane: plane.reshape(lead + shape), self.batch)

    def transpose(self, *axes: int) -> Array:
        """The modes in the order ``axes``, which lists each mode of an item once; without axes, reversed."""
        order = axes or tuple(reversed(range(self.ndim)))
        if sorted(order) != list(range(self.ndim)):
            raise ValueError(f"transpose: {axes} does not list the modes 0..{self.ndim - 1} once each")
        full = order if self.batch is None else (0, *(k + 1 for k in order))
        return self.mapped(lambda plane: self.system.permuted(plane, full), self.batch)

    @property
    def T(self) -> Array:
        """The modes reversed: the transpose of a matrix; a vector is unchanged."""
        return self.transpose()

    def __add__(self, other: object) -> Array:
        if not isinstance(other, Array):
            return NotImplemented
        left, right, batch = _aligned(self, other, "+")
        return left.system.add(left, right).mapped(lambda plane: plane, batch)

    def __sub__(self, other: object) -> Array:
        return self + (-other) if isinstance(other, Array) else NotImplemented

    def __neg__(self) -> Array:
        return self.system.negate(self)

    def __mul__(self, scalar: object) -> Array:
        if isinstance(scalar, bool) or not isinstance(scalar, int | Fraction):
            return NotImplemented
        constant = self.system.array(scalar)
        modes = tuple(range(self.ndim))
        return contract([(), modes], modes, [constant, self])

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        """Same system, same shape, same batch and all entries equal (for rounded systems: the computed values)."""
        if not isinstance(other, Array):
            return NotImplemented
        if self.system != other.system or self.shape != other.shape or self.batch != other.batch:
            return False
        return bool(np.all(self.system.entries_equal(self, other)))

    def items_equal(self, other: Array) -> NDArray[np.bool_]:
        """Per item of the batch (one answer, of shape (), without batch): whether all its entries are equal.

        Over a rounded system, whether the two agree within their error bounds: False shows that the exact values
        differ. Batched and unbatched operands mix. Raises ValueError where systems or shapes differ.
        """
        left, right, batch = _aligned(self, other, "items_equal")
        same = left.system.entries_agree(left, right)
        equal: NDArray[np.bool_] = np.all(same, axis=tuple(range(0 if batch is None else 1, same.ndim)))
        if batch is not None and equal.shape != (batch,):
            equal = np.broadcast_to(equal, (batch,))
        return np.asarray(equal)

    def tolist(self) -> Any:
        """Nested lists (a bare number without modes): Python ints over GF(p), ints and Fractions over Q, floats."""
        return self.system.tolist(self)

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len: the array has no modes")
        return self.shape[0]

    def __repr__(self) -> str:
        lead = "" if self.batch is None else f", batch={self.batch}"
        text = f", {self.tolist()}" if self.planes[0].size <= 64 else ""
        return f"Array({self.system.name}, shape={self.shape}{lead}{text})"


class NumberSystem(ABC):
    """A ring with its arrays. ``name`` identifies it: two systems of the same name and kind are equal."""

    name: str
    #: Whether computed entries are the true ones: True for Q and GF(p), False for rounded systems.
    exact: bool = True
    array_type: type[Array] = Array

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.name == getattr(other, "name", None)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.name))

    def __repr__(self) -> str:
        return self.name

    def array(self, values: Any, *, batch: bool = False) -> Array:
        """The array of ``values`` (nested lists, numpy arrays, numbers); with ``batch``, its first axis is the batch.

        An array over Q is carried over (reduced or rounded). Raises ValueError for ragged lists and for entries
        without a value in this system, TypeError for entries that are not numbers of this system.
        """
        if isinstance(values, Array):
            batch, values = values.batch is not None, values.system.entries(values)
        found = np.asarray(values) if isinstance(values, np.ndarray) else np.array(values, dtype=object)
        if found.dtype == object and any(isinstance(entry, list | tuple | np.ndarray) for entry in found.flat):
            raise ValueError(f"{self.name}: the nested lists are ragged; every row needs the same length")
        planes, denominator = self.encode(found)
        result = self.array_type(self, planes, None, denominator)
        return result.batched() if batch else result

    @abstractmethod
    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        """The planes and common denominator that hold these numbers."""

    def entries(self, x: Array) -> NDArray[Any]:
        """The entries in int64, or as an object array of ints and Fractions. TypeError unless x is over Q."""
        raise TypeError(f"an array over {self.name} cannot be carried over to another system; only one over Q can")

    @abstractmethod
    def add(self, x: Array, y: Array) -> Array:
        """The sum of two arrays whose planes have one shape (or broadcast along the batch axis)."""

    @abstractmethod
    def negate(self, x: Array) -> Array:
        """The array of the negatives."""

    @abstractmethod
    def product(self, x: Array, y: Array) -> Array:
        """The matrix products of x (K, L, S) and y (K, S, R), for each of the K: shape (K, L, R)."""

    @abstractmethod
    def total(self, x: Array) -> Array:
        """The sums over the last mode of x."""

    @abstractmethod
    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Entrywise equality of what is stored."""

    def entries_agree(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Entrywise: could the exact values be equal? For exact systems, whether they are."""
        return self.entries_equal(x, y)

    def maximum(self, x: Array, y: Array) -> Array:
        """The entrywise maximum of two arrays of one shape and batch. TypeError where the system has no order."""
        raise TypeError(f"{self.name} has no order, so that nothing is a maximum; rectifiers need real numbers")

    @abstractmethod
    def tolist(self, x: Array) -> Any:
        """See :meth:`Array.tolist`."""

    def matmul(self, x: Plane, y: Plane) -> Plane:
        """The matrix products of two planes (K, L, S) and (K, S, R) in numpy's arithmetic, without any reduction or bound.

        The one place where most of the work is done; a system that computes on another device overrides it.
        """
        return plain_matmul(x, y)

    def permuted(self, x: Plane, order: Sequence[int]) -> Plane:
        """A plane with its modes in this order."""
        return x.transpose(order)

    def diagonal(self, x: Plane, labels: Labels, unique: Labels) -> Plane:
        """The entries of a plane at which modes of the same label have the same index, one mode a label."""
        return _diagonal_view(x, labels, unique)

    def spread(self, x: Plane, unique: Labels, out: Labels, shape: tuple[int, ...]) -> Plane:
        """The plane of this shape whose diagonal is ``x``, and which is zero off it."""
        return _spread(x, unique, out, shape)

    def rank(self, x: Plane) -> int | None:
        """The rank of one matrix by an engine of the system's own; None where it has none, and FLINT is to be used."""
        return None

    def zeros(self, *shape: int) -> Array:
        return self.array(np.zeros(shape, dtype=np.int64))

    def ones(self, *shape: int) -> Array:
        return self.array(np.ones(shape, dtype=np.int64))

    def eye(self, m: int, n: int | None = None) -> Array:
        """The m x n matrix with ones where the two indices are equal; m x m without n."""
        return self.array(np.eye(m, n, dtype=np.int64))


def stack(arrays: Iterable[Array]) -> Array:
    """One array with a batch axis from arrays of one system and shape; ValueError if none, or they do not match."""
    items = list(arrays)
    if not items:
        raise ValueError("stack: needs at least one array")
    first = items[0]
    for a in items:
        if a.system != first.system or a.shape != first.shape or a.batch is not None:
            raise ValueError(f"stack: {_describe(a)} does not match {_describe(first)}, or has a batch axis already")
    common = math.lcm(*(a.denominator for a in items))
    if common != 1:
        items = [_over(a, common) for a in items]
    count = len(first.planes)
    planes = tuple(np.stack([a.planes[k] for a in items]) for k in range(count))
    return type(first)(first.system, planes, len(items), common)


def contract(terms: Sequence[Sequence[int]], out: Sequence[int], arrays: Sequence[Array]) -> Array:
    """The array with entry at ``out`` equal to the sum, over all indices not in ``out``, of the product of factors.

    ``terms[i]`` lists one index (any integer) per mode of ``arrays[i]``. An index may occur in any number of factors,
    more than once in one factor (its diagonal), more than once in ``out`` (zero off the diagonal), or not in ``out``
    (summed). An index of ``out`` must occur in some factor. Batch axes are kept: one per item, unbatched factors
    serve every item. Raises ValueError where systems, modes, sizes or batches do not match.
    """
    _check_contraction(terms, out, arrays)
    batch = next((a.batch for a in arrays if a.batch is not None), None)
    fresh = 1 + max((k for labels in [*terms, out] for k in labels), default=0)
    lead = () if batch is None else (fresh,)
    operands = [
        ((() if a.batch is None else lead) + tuple(labels), a.unbatched()) for labels, a in zip(terms, arrays, strict=True)
    ]
    operands = [_diagonal(labels, a) for labels, a in operands]
    target = lead + tuple(out)
    for step in _order(operands, target):
        chosen = [operands[i] for i in step]
        operands = [operand for i, operand in enumerate(operands) if i not in step]
        needed = set(target).union(*(labels for labels, _ in operands))
        operands.append(_merge(chosen, needed))
    labels, result = operands[0]
    return _arranged(labels, result, target).mapped(lambda plane: plane, batch)


def plain_matmul(x: Plane, y: Plane) -> Plane:
    """numpy's matrix products of (K, L, S) and (K, S, R)."""
    if x.shape[2] == 1:
        return np.asarray(x * y)
    if x.shape[2] == 0:
        return np.zeros((x.shape[0], x.shape[1], y.shape[2]), dtype=np.int64).astype(x.dtype)
    return np.asarray(np.matmul(x, y))


def filled(entries: Iterable[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """The object array of this shape with these entries in row-major order."""
    found = list(entries)
    result = np.empty(len(found), dtype=object)
    result[:] = found
    return result.reshape(shape)


Operand: TypeAlias = tuple[Labels, Array]


def _check_contraction(terms: Sequence[Sequence[int]], out: Sequence[int], arrays: Sequence[Array]) -> None:
    if not arrays or len(terms) != len(arrays):
        raise ValueError(f"contract: {len(terms)} index lists for {len(arrays)} arrays; each array needs one")
    sizes: dict[int, int] = {}
    batches = {a.batch for a in arrays if a.batch is not None}
    if len(batches) > 1:
        raise ValueError(f"contract: the batches have different sizes {sorted(batches)}")
    for labels, a in zip(terms, arrays, strict=True):
        if a.system != arrays[0].system:
            raise ValueError(f"contract: cannot mix {arrays[0].system.name} with {a.system.name}")
        if len(labels) != a.ndim:
            raise ValueError(f"contract: indices {list(labels)} for an array of shape {a.shape}; one per mode needed")
        for label, n in zip(labels, a.shape, strict=True):
            if sizes.setdefault(label, n) != n:
                raise ValueError(f"contract: index {label} has sizes {sizes[label]} and {n}")
    missing = [label for label in out if label not in sizes]
    if missing:
        raise ValueError(f"contract: output index {missing[0]} occurs in no factor")


def _order(operands: list[Operand], target: Labels) -> list[tuple[int, ...]]:
    """Which operands to contract at each step; results are appended at the end of the list of operands."""
    if len(operands) <= 2:
        return [tuple(range(len(operands)))]
    from opt_einsum import paths

    sizes = {k: n for labels, a in operands for k, n in zip(labels, a.shape, strict=True)}
    inputs = [frozenset(labels) for labels, _ in operands]
    return [tuple(step) for step in paths.auto(inputs, frozenset(target), sizes)]


def _merge(chosen: list[Operand], needed: set[int]) -> Operand:
    """One operand for several, with the indices that nobody else needs summed."""
    result = chosen[0]
    if len(chosen) == 1:
        return _summed(result, needed)
    for position, other in enumerate(chosen[1:], start=2):
        keep = needed.union(*(labels for labels, _ in chosen[position:]))
        result = _pair(result, other, keep)
    return result


def _diagonal(labels: Labels, a: Array) -> Operand:
    """The operand restricted to equal values of each repeated index, every index once."""
    unique = tuple(dict.fromkeys(labels))
    if len(unique) == len(labels):
        return labels, a
    return unique, a.mapped(lambda plane: a.system.diagonal(plane, labels, unique), None)


def _diagonal_view(plane: Plane, labels: Labels, unique: Labels) -> Plane:
    strides = [sum(s for k, s in zip(labels, plane.strides, strict=True) if k == u) for u in unique]
    shape = [plane.shape[labels.index(u)] for u in unique]
    return np.lib.stride_tricks.as_strided(plane, shape, strides)


def _summed(operand: Operand, needed: set[int]) -> Operand:
    labels, a = operand
    keep = tuple(k for k in labels if k in needed)
    if len(keep) == len(labels):
        return operand
    sizes = dict(zip(labels, a.shape, strict=True))
    lone = tuple(k for k in labels if k not in needed)
    shape = [sizes[k] for k in keep]
    grouped = _ordered(labels, a, keep + lone).reshape(*shape, math.prod(sizes[k] for k in lone))
    return keep, a.system.total(grouped)


def _pair(first: Operand, second: Operand, needed: set[int]) -> Operand:
    """The contraction of two operands as K matrix products of L x S with S x R."""
    first = _summed(first, needed.union(second[0]))
    second = _summed(second, needed.union(first[0]))
    (left, x), (right, y) = first, second
    both = tuple(k for k in left if k in right and k in needed)
    summed = tuple(k for k in left if k in right and k not in needed)
    rows = tuple(k for k in left if k not in right)
    columns = tuple(k for k in right if k not in left)
    sizes = {**dict(zip(left, x.shape, strict=True)), **dict(zip(right, y.shape, strict=True))}
    count, m, s, n = (math.prod(sizes[k] for k in group) for group in (both, rows, summed, columns))
    xs = _ordered(left, x, both + rows + summed).reshape(count, m, s)
    ys = _ordered(right, y, both + summed + columns).reshape(count, s, n)
    labels = both + rows + columns
    return labels, x.system.product(xs, ys).reshape(*(sizes[k] for k in labels))


def _ordered(labels: Labels, a: Array, order: Labels) -> Array:
    return a if order == labels else a.transpose(*(labels.index(k) for k in order))


def _arranged(labels: Labels, a: Array, out: Labels) -> Array:
    """The modes in the order ``out``, with zeros off the diagonal where ``out`` repeats an index."""
    unique = tuple(dict.fromkeys(out))
    a = _ordered(labels, a, unique)
    if unique == out:
        return a
    sizes = dict(zip(unique, a.shape, strict=True))
    shape = tuple(sizes[k] for k in out)
    return a.mapped(lambda plane: a.system.spread(plane, unique, out, shape), None)


def _spread(plane: Plane, unique: Labels, out: Labels, shape: tuple[int, ...]) -> Plane:
    result = np.full(shape, plane.dtype.type(0) if plane.dtype != object else 0, dtype=plane.dtype)
    if plane.dtype == object and plane.size:
        result[...] = plane.flat[0] * 0
    _diagonal_view(result, out, unique)[...] = plane
    return result


def _aligned(x: Array, y: Array, what: str) -> tuple[Array, Array, int | None]:
    """Both without batch axis, but with modes that broadcast along it, and the batch of the result."""
    if x.system != y.system or x.shape != y.shape:
        raise ValueError(f"{what}: {_describe(x)} does not match {_describe(y)}")
    if x.batch is None and y.batch is None:
        return x, y, None
    if x.batch is not None and y.batch is not None and x.batch != y.batch:
        raise ValueError(f"{what}: the batches have different sizes {x.batch} and {y.batch}")
    lead = [a.unbatched() if a.batch is not None else a.reshape(1, *a.shape) for a in (x, y)]
    return lead[0], lead[1], x.batch if x.batch is not None else y.batch


def _over(a: Array, denominator: int) -> Array:
    """The same array written over a multiple of its denominator, with Python integers as numerators."""
    factor = denominator // a.denominator
    planes = tuple(plane.astype(object) * factor for plane in a.planes)
    return type(a)(a.system, planes, a.batch, denominator)


def _describe(a: Array) -> str:
    return f"{a.system.name} of shape {a.shape}"
