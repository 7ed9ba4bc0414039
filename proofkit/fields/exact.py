"""The exact number systems: the rationals Q and the prime fields GF(p), 2 <= p < 2^64.

Both hold integers: int64 wherever the exactness budget allows, Python integers beyond. Large products of big
integers go through FLINT (fmpz_mat, nmod_mat).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.fields.arrays import Array, NumberSystem, Plane, filled, plain_matmul
from proofkit.fields.budget import INT64_LIMIT, PRIME_LIMIT, budget, representation

# Below these numbers of multiplications the conversions to BLAS and to FLINT cost more than they save.
_LARGE_FOR_BLAS = 2**12
_LARGE_FOR_FLINT = 2**9
# Cutting a sum into int64 blocks shorter than this is slower than FLINT.
_SHORT_BLOCK = 32


def magnitude(x: NDArray[Any]) -> int:
    """The largest absolute value in an array of integers, as a Python integer; 0 where there is no entry."""
    return max(int(x.max()), -int(x.min()), 0) if x.size else 0


def narrow(x: NDArray[Any]) -> NDArray[Any]:
    """The same integers in int64 where they fit (with a sign bit to spare), else as Python integers."""
    if x.dtype == np.int64:
        return x
    if magnitude(x) < INT64_LIMIT:
        return x.astype(np.int64)
    return x.astype(object)


def integer_product(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The exact products of integer matrices x (K, L, S) and y (K, S, R): shape (K, L, R)."""
    terms, work = x.shape[2], x.shape[1] * x.shape[2] * y.shape[2]
    # At least 1 each: beside a zero, the other factor must still fit the type.
    product = max(magnitude(x), 1) * max(magnitude(y), 1)
    plan = budget(product, terms, large=terms > 1 and work >= _LARGE_FOR_BLAS)
    if plan.dtype == "object" or plan.block < terms:
        if terms > 1 and work >= _LARGE_FOR_FLINT:
            return narrow(_each(x, y, _fmpz_product))
        return narrow(plain_matmul(x.astype(object), y.astype(object)))
    if plan.dtype == "float64":
        return plain_matmul(x.astype(np.float64), y.astype(np.float64)).astype(np.int64)
    return plain_matmul(x.astype(np.int64), y.astype(np.int64))


def integer_total(x: NDArray[Any]) -> NDArray[Any]:
    """The exact sums over the last axis of an integer array."""
    plan = budget(magnitude(x), x.shape[-1])
    fits = plan.dtype == "int64" and plan.block >= x.shape[-1]
    return np.asarray(x.astype(np.int64).sum(axis=-1)) if fits else narrow(_object_sum(x))


def integer_sum(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    """The exact entrywise sum of two integer arrays."""
    if magnitude(x) + magnitude(y) < INT64_LIMIT:
        return np.asarray(x.astype(np.int64) + y.astype(np.int64))
    return narrow(np.asarray(x.astype(object) + y.astype(object), dtype=object))


def integer_scaled(x: NDArray[Any], factor: int) -> NDArray[Any]:
    """The exact multiple of an integer array by an integer."""
    if factor == 1:
        return x
    if max(magnitude(x), 1) * abs(factor) < INT64_LIMIT:
        return np.asarray(x.astype(np.int64) * factor)
    return narrow(np.asarray(x.astype(object) * factor, dtype=object))


def _object_sum(x: NDArray[Any]) -> NDArray[Any]:
    return np.asarray(x.astype(object).sum(axis=-1), dtype=object)


def _each(x: NDArray[Any], y: NDArray[Any], multiply: Callable[..., NDArray[Any]]) -> NDArray[Any]:
    result = np.zeros((x.shape[0], x.shape[1], y.shape[2]), dtype=object)
    for k in range(x.shape[0]):
        result[k] = multiply(x[k], y[k])
    return result


def _fmpz_product(x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
    product = flint.fmpz_mat(x.tolist()) * flint.fmpz_mat(y.tolist())
    return _from_flint(product, (x.shape[0], y.shape[1]))


def _from_flint(matrix: Any, shape: tuple[int, int]) -> NDArray[Any]:
    return filled((int(entry) for entry in matrix.entries()), shape)


def integers_or_fractions(values: NDArray[Any], system: str) -> NDArray[Any]:
    """The entries as int64, or as an object array of Python ints and Fractions.

    Raises TypeError for entries that are not whole or rational numbers; a float is refused because whether its
    exact value is meant is not known (``Q.from_floats`` takes it).
    """
    if values.dtype.kind in "bi":
        return values.astype(np.int64)
    if values.dtype.kind == "u":
        return narrow(values)
    if values.dtype.kind == "O":
        return filled((_rational(entry, system) for entry in values.flat), values.shape)
    if not values.size:
        return values.astype(np.int64)
    raise TypeError(f"{system}: entries of type {values.dtype} are not exact; use integers, Fractions or Q.from_floats")


def _rational(entry: Any, system: str) -> int | Fraction:
    if isinstance(entry, Fraction):
        return entry if entry.denominator != 1 else entry.numerator
    if isinstance(entry, int | np.integer | np.bool_ | flint.fmpz):
        return int(entry)
    if isinstance(entry, flint.fmpq):
        return _rational(Fraction(int(entry.p), int(entry.q)), system)
    raise TypeError(f"{system}: {entry!r} is a {type(entry).__name__}; use integers, Fractions or Q.from_floats")


class Rationals(NumberSystem):
    """The field of rational numbers. An array is an array of integers over one positive common denominator."""

    name = "Q"

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        found = integers_or_fractions(values, self.name)
        if found.dtype != object:
            return (found,), 1
        denominator = math.lcm(1, *(entry.denominator for entry in found.flat))
        numerators = (entry.numerator * (denominator // entry.denominator) for entry in found.flat)
        return (narrow(filled(numerators, found.shape)),), denominator

    def from_floats(self, values: Any, *, batch: bool = False) -> Array:
        """The array of the exact values of floats (dyadic rationals). Raises ValueError for nan and infinity."""
        found = np.asarray(values, dtype=np.float64)
        if not np.isfinite(found).all():
            raise ValueError("Q.from_floats: nan and infinity have no exact value")
        exact = (Fraction(*entry.as_integer_ratio()) for entry in found.ravel().tolist())
        return self.array(filled(exact, found.shape), batch=batch)

    def entries(self, x: Array) -> NDArray[Any]:
        if x.denominator == 1:
            return x.planes[0]
        quotients = (_rational(Fraction(int(entry), x.denominator), self.name) for entry in x.planes[0].flat)
        return filled(quotients, x.planes[0].shape)

    def fractions(self, x: Array) -> NDArray[Any]:
        """The entries as an object array of Python ints and Fractions, batch axis first."""
        return self.entries(x).astype(object)

    def add(self, x: Array, y: Array) -> Array:
        common = math.lcm(x.denominator, y.denominator)
        left, right = (integer_scaled(a.planes[0], common // a.denominator) for a in (x, y))
        return self._reduced(integer_sum(left, right), common)

    def maximum(self, x: Array, y: Array) -> Array:
        common = math.lcm(x.denominator, y.denominator)
        left, right = (integer_scaled(a.planes[0], common // a.denominator) for a in (x, y))
        return Array(self, (narrow(np.asarray(np.maximum(left, right))),), x.batch, common)

    def negate(self, x: Array) -> Array:
        return x.mapped(lambda plane: integer_scaled(plane, -1), x.batch)

    def product(self, x: Array, y: Array) -> Array:
        return self._reduced(integer_product(x.planes[0], y.planes[0]), x.denominator * y.denominator)

    def total(self, x: Array) -> Array:
        return self._reduced(integer_total(x.planes[0]), x.denominator)

    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        left, right = integer_scaled(x.planes[0], y.denominator), integer_scaled(y.planes[0], x.denominator)
        return np.asarray(left == right, dtype=np.bool_)

    def tolist(self, x: Array) -> Any:
        return self.entries(x).tolist()

    def _reduced(self, numerators: NDArray[Any], denominator: int) -> Array:
        """In lowest terms, so that denominators do not grow along a computation."""
        if denominator != 1:
            common = math.gcd(denominator, *(int(entry) for entry in numerators.flat))
            if numerators.any():  # else the denominator, which need not fit the type, is all that is divided
                numerators = np.asarray(numerators // common, dtype=numerators.dtype)
            denominator //= common
        return Array(self, (narrow(numerators),), None, denominator)


class PrimeField(NumberSystem):
    """The field of p elements, p prime and 2 <= p < 2^64. An array holds residues in 0..p-1.

    Use ``GF(p)``, which makes each field once.
    """

    def __init__(self, p: int) -> None:
        if isinstance(p, bool) or not isinstance(p, int) or not 2 <= p < PRIME_LIMIT:
            raise ValueError(f"GF(p): p must be a prime with 2 <= p < 2^64, got {p}")
        if not flint.fmpz(p).is_prime():
            raise ValueError(f"GF(p): {p} is not prime")
        self.p = p
        self.name = f"GF({p})"
        self._dtype: type[Any] = np.int64 if p < INT64_LIMIT else object

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        found = integers_or_fractions(values, self.name)
        if found.dtype == object:
            residues = filled((self._residue(entry) for entry in found.flat), found.shape)
            return (residues.astype(self._dtype),), 1
        return (np.asarray(found.astype(self._dtype) % self.p, dtype=self._dtype),), 1

    def _residue(self, entry: int | Fraction) -> int:
        if entry.denominator % self.p == 0:
            raise ValueError(f"{self.name}: {entry} has no residue, its denominator is divisible by {self.p}")
        if entry.denominator == 1:
            return entry.numerator % self.p
        return entry.numerator * pow(entry.denominator, -1, self.p) % self.p

    def add(self, x: Array, y: Array) -> Array:
        plan = budget(self.p - 1, 2)
        fits = plan.dtype == "int64" and plan.block == 2
        left, right = (a.planes[0] if fits else a.planes[0].astype(object) for a in (x, y))
        return self._stored(np.asarray(left + right, dtype=left.dtype))

    def negate(self, x: Array) -> Array:
        return self._like(x, np.asarray((self.p - x.planes[0]) % self.p, dtype=self._dtype))

    def product(self, x: Array, y: Array) -> Array:
        left, right = x.planes[0], y.planes[0]
        terms, work = left.shape[2], left.shape[1] * left.shape[2] * right.shape[2]
        plan = representation(self.p, terms, large=terms > 1 and work >= _LARGE_FOR_BLAS)
        cut = plan.block < min(terms, _SHORT_BLOCK)
        if terms > 1 and work >= _LARGE_FOR_FLINT and (plan.dtype == "object" or cut):
            return self._stored(_each(left, right, self._nmod_product))
        return self._stored(self._blocked_product(left.astype(plan.dtype), right.astype(plan.dtype), plan.block))

    def total(self, x: Array) -> Array:
        plane = x.planes[0]
        plan = budget(self.p - 1, plane.shape[-1])
        fits = plan.dtype == "int64" and plan.block >= plane.shape[-1]
        return self._stored(np.asarray(plane.sum(axis=-1)) if fits else _object_sum(plane))

    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        return np.asarray(x.planes[0] == y.planes[0], dtype=np.bool_)

    def tolist(self, x: Array) -> Any:
        return x.planes[0].tolist()

    def _blocked_product(self, x: NDArray[Any], y: NDArray[Any], block: int) -> NDArray[Any]:
        """The products with the summed index cut into blocks that are exact, reduced after each block."""
        if x.shape[2] <= block:
            return self._reduced(self.matmul(x, y))
        result = self._reduced(self.matmul(x[:, :, :block], y[:, :block]))
        for start in range(block, x.shape[2], block):
            part = self._reduced(self.matmul(x[:, :, start : start + block], y[:, start : start + block]))
            result = self._reduced(result + part)
        return result

    def _reduced(self, values: NDArray[Any]) -> NDArray[Any]:
        whole = values.astype(np.int64) if values.dtype == np.float64 else values
        return np.asarray(whole % self.p, dtype=whole.dtype)

    def _stored(self, values: NDArray[Any]) -> Array:
        return Array(self, (self._reduced(values).astype(self._dtype),))

    def _like(self, x: Array, plane: NDArray[Any]) -> Array:
        return Array(self, (plane,), x.batch)

    def _nmod_product(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        left, right = (flint.nmod_mat(a.shape[0], a.shape[1], a.ravel().tolist(), self.p) for a in (x, y))
        return _from_flint(left * right, (x.shape[0], y.shape[1]))


@lru_cache(maxsize=1024)
def GF(p: int) -> PrimeField:
    """The prime field of p elements, 2 <= p < 2^64. Raises ValueError where p is not such a prime."""
    return PrimeField(p)


#: The rational numbers.
Q = Rationals()
