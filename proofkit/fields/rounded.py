"""Rounded number systems: every entry carries a proved a-priori bound on its distance from the exact result.

Model (N. J. Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., SIAM 2002, sections 2.2, 2.8 and 3.1).
With unit roundoff u and smallest subnormal number eta, as long as nothing overflows,

    fl(x + y) = (x + y)(1 + d),   fl(x y) = (x y)(1 + d) + e,   |d| <= u,   |e| <= eta / 2.

A sum of S products, in any order of summation, with or without fused multiply-add, then differs from its exact value
by at most gamma_S sum |x_i y_i| + S eta, where gamma_S = S u / (1 - S u) and S u < 1/2 (the e of each product grows by
at most 1 + gamma_S <= 2). This supposes inner products computed by their definition (no Strassen-like method) and
gradual underflow, which is how numpy, OpenBLAS and mpmath compute on a CPU. Where the processor has been told to flush subnormal
numbers to zero (``torch.set_flush_denormal``), bounds in float64 and float32 are infinite.

If |x - X| <= a and |y - Y| <= b entrywise, then |x y - X Y| <= |x| b + a (|y| + b): the errors of the operands. By operation:

    contraction step, S products summed    gamma_S |x||y| + S eta + |x| b + a (|y| + b), all of them sums over the S terms
    x + y                                  u |fl(x + y)| + a + b; a sum that is subnormal is exact
    sum of S entries                       gamma_(S-1) sum |x| + sum a
    max(x, y)                              max(a, b); nothing is rounded
    -x, and every rearrangement            a; nothing is rounded
    an entry given from outside            its exact distance from what is stored, rounded up; 0 where it is representable

Bounds are themselves computed with rounding, in float64 (with u of that system for Multiprecision), and are therefore
inflated: a computed sum of S nonnegative products is at least (1 - gamma_S) of the true one, less S eta, so dividing by
1 - gamma_S, for which the factor 1 + 2 (S + 8) u more than suffices while S u <= 1/8, makes it an upper bound again.
Where S u is larger, or where anything overflows, the bound is infinite: a bound may be useless, never wrong.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.fields.arrays import Array, NumberSystem, Plane, filled
from proofkit.fields.exact import Q, integers_or_fractions, magnitude


class Rounding(NamedTuple):
    """Unit roundoff and smallest subnormal number (0 for an unlimited exponent) of the values and of the bounds."""

    u: Any
    eta: Any
    bound_u: Any
    bound_eta: Any


def gamma(terms: int, u: Any) -> Any:
    """An upper bound on gamma_terms = terms u / (1 - terms u), Higham (3.1); infinite unless terms u <= 1/8.

    u is a power of two, so terms * u is exact; 1 - terms * u and the quotient are rounded once each, well within
    the last factor.
    """
    share = terms * u
    return share / (1 - share) * (1 + 2.0**-50) if share <= 0.125 else math.inf


_SMALLEST_NORMAL, _HALF = float(np.finfo(np.float64).smallest_normal), 0.5


def underflow_is_gradual() -> bool:
    """Whether the processor, here and now, keeps subnormal numbers."""
    return _SMALLEST_NORMAL * _HALF > 0


class RoundedArray(Array):
    """An array over a rounded system: ``value`` and ``bound``, with |value - exact| <= bound in every entry.

    Both have the batch axis, if any, first.
    """

    __slots__ = ()

    @property
    def value(self) -> NDArray[Any]:
        """What was computed: float64, float32, or mpmath numbers (object)."""
        return self.planes[0]

    @property
    def bound(self) -> NDArray[Any]:
        """The proved error bound: float64, or mpmath numbers (object). Infinite after an overflow."""
        return self.planes[1]

    @property
    def overflowed(self) -> bool:
        """Whether some entry has no finite error bound."""
        return bool((self.bound == math.inf).any())

    def exact(self) -> Array:
        """The values (dyadic rationals) as an array over Q, their bounds left out. ValueError for nan, infinity."""
        return _dyadic(self.value, self.batch is not None)

    def exact_bound(self) -> Array:
        """The bounds as an array over Q. ValueError where one is infinite."""
        return _dyadic(self.bound, self.batch is not None)


def _dyadic(values: NDArray[Any], batch: bool) -> Array:
    if values.dtype != object:
        return Q.from_floats(values, batch=batch)
    return Q.array(filled((_fraction(entry) for entry in values.flat), values.shape), batch=batch)


def _fraction(value: Any) -> Fraction:
    """The exact value of an int, a finite float or a finite mpmath number."""
    if hasattr(value, "_mpf_"):
        sign, mantissa, exponent, bits = value._mpf_
        if not mantissa and bits:
            raise ValueError(f"{value} has no exact value")
        absolute: Fraction = int(mantissa) * Fraction(2) ** int(exponent)
        return -absolute if sign else absolute
    return Fraction(*value.as_integer_ratio())


class Rounded(NumberSystem):
    """What all rounded systems share; a concrete one says how numbers are rounded and how bounds are kept upward."""

    exact = False
    array_type = RoundedArray

    @property
    @abstractmethod
    def rounding(self) -> Rounding:
        """The constants of the model."""

    @abstractmethod
    def near(self, value: Fraction) -> Any:
        """A number of this system next to ``value``; infinite where it is out of range."""

    @abstractmethod
    def upward(self, value: Fraction) -> Any:
        """A number, in the type of the bounds, that is at least ``value``."""

    @abstractmethod
    def planes_of(self, values: list[Any], bounds: list[Any], shape: tuple[int, ...]) -> tuple[Plane, Plane]:
        """The two planes from flat lists."""

    @abstractmethod
    def absolute(self, plane: Plane) -> Plane:
        """The absolute values of a plane of values, in the type of the bounds."""

    @abstractmethod
    def bounded(self, value: Plane, bound: Plane) -> RoundedArray:
        """The array of these planes, with infinite bounds wherever one of the two is not a finite number."""

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        pairs = [self._rounded(entry) for entry in values.flat]
        return self.planes_of([v for v, _ in pairs], [b for _, b in pairs], values.shape), 1

    def _rounded(self, entry: Any) -> tuple[Any, Any]:
        """A number of this system near the entry, and a bound on their distance: 0 where it is representable."""
        if isinstance(entry, float | np.floating):
            if not math.isfinite(entry):
                raise ValueError(f"{self.name}: the entry {entry} is not a finite number")
            exact = _fraction(entry)
        else:
            exact = Fraction(integers_or_fractions(np.array(entry, dtype=object), self.name).item())
        value = self.near(exact)
        if abs(value) == math.inf:
            return value, math.inf
        return value, self.upward(abs(_fraction(value) - exact))

    @np.errstate(all="ignore")
    def add(self, x: Array, y: Array) -> Array:
        value = np.asarray(x.planes[0] + y.planes[0])
        rounding = gamma(1, self.rounding.u) * self.absolute(value)
        bound = self.raised(rounding + (x.planes[1] + y.planes[1]), 4)
        touched = _may_differ_from_zero(x) + _may_differ_from_zero(y)
        return self.bounded(value, np.where(touched == 0, 0 * bound, bound))

    def maximum(self, x: Array, y: Array) -> Array:
        """Rounds nothing; |max(x, y) - max(X, Y)| is at most the larger of the two errors."""
        value = np.asarray(np.maximum(x.planes[0], y.planes[0]))
        return RoundedArray(self, (value, np.asarray(np.maximum(x.planes[1], y.planes[1]))), x.batch)

    def negate(self, x: Array) -> Array:
        return RoundedArray(self, (np.asarray(-x.planes[0]), x.planes[1]), x.batch)

    @np.errstate(all="ignore")
    def product(self, x: Array, y: Array) -> Array:
        terms, u, eta = x.shape[2], self.rounding.u, self.rounding.eta
        value = self.matmul(x.planes[0], y.planes[0])
        left, right = self.absolute(x.planes[0]), self.absolute(y.planes[0])
        rounding = gamma(terms, u) * self._upper_product(left, right) + terms * eta
        inherited = self._upper_product(left, y.planes[1])
        inherited = inherited + self._upper_product(x.planes[1], self.raised(right + y.planes[1], 1))
        bound = self.raised(rounding + inherited, 4)
        touched = self.matmul(_may_differ_from_zero(x), _may_differ_from_zero(y))
        return self.bounded(value, np.where(touched == 0, 0 * bound, bound))  # sums of exact zeros are exact

    @np.errstate(all="ignore")
    def total(self, x: Array) -> Array:
        terms = x.shape[-1]
        value = np.asarray(x.planes[0].sum(axis=-1), dtype=x.planes[0].dtype)
        rounding = gamma(max(terms - 1, 0), self.rounding.u) * self.absolute(x.planes[0]).sum(axis=-1)
        bound = self.raised(rounding + x.planes[1].sum(axis=-1), terms + 4)
        touched = _may_differ_from_zero(x).sum(axis=-1)
        return self.bounded(value, np.where(touched == 0, 0 * bound, bound))

    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        return np.asarray(x.planes[0] == y.planes[0], dtype=np.bool_)

    def entries_agree(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Whether |x - y| is at most the sum of the bounds; an infinite bound agrees with everything."""
        difference = self.add(x, self.negate(y))
        unknown = difference.planes[1] == math.inf
        return np.asarray((self.absolute(difference.planes[0]) <= difference.planes[1]) | unknown, dtype=np.bool_)

    @np.errstate(all="ignore")
    def magnitudes(self, x: Array) -> Plane:
        """An upper bound on the absolute value of every exact entry, in the type of the bounds."""
        return self.raised(self.absolute(x.planes[0]) + x.planes[1], 1)

    def tolist(self, x: Array) -> Any:
        return x.planes[0].tolist()

    def _upper_product(self, x: Plane, y: Plane) -> Plane:
        """An upper bound on the products of nonnegative matrices."""
        return self.raised(self.matmul(x, y), x.shape[2])

    def raised(self, bound: Any, operations: int) -> Plane:
        """An upper bound on what was computed as ``bound`` from nonnegative numbers by sums and products.

        ``operations`` is at least the number of roundings on the way to any one entry (see the module's docstring).
        """
        u, eta = self.rounding.bound_u, self.rounding.bound_eta
        if operations * u > 0.125:
            return np.asarray(bound + math.inf)
        return np.asarray(bound * (1 + 2 * (operations + 8) * u) + (operations + 2) * eta)


def _may_differ_from_zero(x: Array) -> Plane:
    """1.0 where an entry is not known to be exactly zero, else 0.0."""
    return np.asarray((x.planes[0] != 0) | (x.planes[1] != 0), dtype=np.float64)


class Floating(Rounded):
    """IEEE 754 binary arithmetic, float64 or float32; bounds in float64."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = np.dtype(dtype)
        if self.dtype not in (np.dtype(np.float64), np.dtype(np.float32)):
            raise ValueError(f"Floating: the type must be float64 or float32, got {self.dtype}")
        self.name = self.dtype.name
        info = np.finfo(self.dtype)
        self._rounding = Rounding(
            float(info.eps) / 2, float(info.smallest_subnormal), 2.0**-53, float(np.finfo(np.float64).smallest_subnormal)
        )
        # Integers up to this absolute value are represented without rounding.
        self._whole = 2 ** (info.nmant + 1)

    @property
    def rounding(self) -> Rounding:
        return self._rounding

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        if values.dtype.kind in "iub" and magnitude(values.astype(object)) <= self._whole:
            return self._without_error(values)
        if values.dtype.kind == "f" and values.dtype.itemsize <= self.dtype.itemsize and np.isfinite(values).all():
            return self._without_error(values)
        return super().encode(values)

    def _without_error(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        return (values.astype(self.dtype), np.zeros(values.shape)), 1

    def array_with_bound(self, value: Any, bound: Any) -> RoundedArray:
        """The array of computed values, of this system's dtype, and bounds on their distance from the exact ones.

        ``bound`` is one number or has the shape of ``value``. Raises ValueError for another dtype, for negative
        bounds and for bounds of another shape.
        """
        values = np.asarray(value)
        if values.dtype != self.dtype:
            raise ValueError(f"{self.name}: the values have type {values.dtype}; round them with array first")
        bounds = np.asarray(bound, dtype=np.float64)
        if bounds.shape not in ((), values.shape) or not (bounds >= 0).all():
            raise ValueError(f"{self.name}: bounds must be nonnegative, one or of shape {values.shape}")
        return self.bounded(values, np.broadcast_to(bounds, values.shape))

    @np.errstate(over="ignore")
    def near(self, value: Fraction) -> Any:
        try:
            return float(self.dtype.type(float(value)))
        except OverflowError:
            return math.inf if value > 0 else -math.inf

    def upward(self, value: Fraction) -> float:
        try:
            nearest = float(value)
        except OverflowError:
            return math.inf
        return nearest if Fraction(nearest) >= value else math.nextafter(nearest, math.inf)

    def planes_of(self, values: list[Any], bounds: list[Any], shape: tuple[int, ...]) -> tuple[Plane, Plane]:
        value = np.array(values, dtype=self.dtype).reshape(shape)
        return value, np.array(bounds, dtype=np.float64).reshape(shape)

    def absolute(self, plane: Plane) -> Plane:
        return np.abs(plane.astype(np.float64))

    def bounded(self, value: Plane, bound: Plane) -> RoundedArray:
        known = np.isfinite(value) & ~np.isnan(bound) & underflow_is_gradual()
        return RoundedArray(self, (value, np.where(known, bound, math.inf)))


class Multiprecision(Rounded):
    """Binary arithmetic of about ``digits`` decimal digits with unlimited exponents (mpmath); bounds likewise.

    It has its own mpmath context, so that nobody's global precision is read or changed.
    """

    def __init__(self, digits: int = 50) -> None:
        if isinstance(digits, bool) or not isinstance(digits, int) or not 2 <= digits <= 100_000:
            raise ValueError(f"Multiprecision: digits must be an integer between 2 and 100000, got {digits!r}")
        self.digits = digits
        self.name = f"mp{digits}"

    @cached_property
    def context(self) -> Any:
        """The mpmath context with this precision."""
        import mpmath

        context = mpmath.MPContext()
        context.dps = self.digits
        return context

    @cached_property
    def rounding(self) -> Rounding:
        u = self.context.ldexp(1, -self.context.prec)
        return Rounding(u, 0, u, 0)

    def near(self, value: Fraction) -> Any:
        return self._from_fraction(value, "n")

    def upward(self, value: Fraction) -> Any:
        return self._from_fraction(value, "c")

    def _from_fraction(self, value: Fraction, direction: str) -> Any:
        from mpmath import libmp

        ratio = libmp.from_rational(value.numerator, value.denominator, self.context.prec, direction)
        return self.context.make_mpf(ratio)

    def planes_of(self, values: list[Any], bounds: list[Any], shape: tuple[int, ...]) -> tuple[Plane, Plane]:
        return filled(values, shape), filled(bounds, shape)

    def absolute(self, plane: Plane) -> Plane:
        return np.asarray(abs(plane), dtype=object)

    def bounded(self, value: Plane, bound: Plane) -> RoundedArray:
        return RoundedArray(self, (np.asarray(value, dtype=object), np.asarray(bound, dtype=object)))


#: IEEE 754 double and single precision, and 50 decimal digits.
FLOAT64 = Floating(np.float64)
FLOAT32 = Floating(np.float32)
MP50 = Multiprecision(50)
