"""The arithmetic of matrix units, tf32 and bf16: bounds under a model that is assumed, since no vendor documents one.

Numbers have the exponents of float32; a significand has ``digits`` bits (tf32: 11, bf16: 8). In the model every rounding is
faithful (to one of the two neighbours, so truncation is allowed too) and every subnormal number may be flushed to zero:

* The factors of a product are rounded to ``digits`` bits: |x' - x| <= 2^(1 - digits) |x|, plus 2^-126 where x is subnormal.
* A sum of S products of such factors, each exact but for underflow, is accumulated in float32, in any order, in blocks of any
  size that are aligned to their largest term and truncated: an error of at most gamma_S sum |x_i y_i| + S 2^-124, with gamma_S
  at unit roundoff 2^-22, four times that of float32. (A block of k >= 2 terms and a running sum, each truncated at 2^-23 of
  the largest, and their sum once more, lose at most (k + 2) 2^-23 of it: two such units a term; gamma covers what the sums
  gain on their way. Each product and each partial sum may be flushed. Tensor cores were measured to work so: M. Fasi, N. J.
  Higham, M. Mikaitis, S. Pranesh, Numerical behavior of NVIDIA tensor cores, PeerJ Computer Science 7:e330, 2021.)
* Other sums are those of float32, with the same allowance.
* Where results are stored in the format (bf16 is, tf32 is not), each is rounded once more: 2^(1 - digits) |result|, and
  2^-126 where it is subnormal or zero.

On a CPU the formats are emulated: operands are rounded to nearest, sums are numpy's in float32. What is found to hold rests on
the model, so that a verdict is never more than ``held``.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.fields.arrays import Array, Plane
from proofkit.fields.rounded import Floating, Rounding

SMALLEST_NORMAL = 2.0**-126


class Narrow(Floating):
    """A format of ``digits`` significant bits within float32, ``stored`` or used for the factors of products only."""

    def __init__(self, name: str, digits: int, stored: bool) -> None:
        super().__init__(np.float32)
        self.name, self.digits, self.stored = name, digits, stored
        self.spacing = 2.0 ** (1 - digits)
        self._rounding = Rounding(2.0**-22, 2.0**-124, 2.0**-53, float(np.finfo(np.float64).smallest_subnormal))
        self._whole = 2 ** (digits if stored else 24)

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        if self.stored and values.dtype.kind == "f" and not self.represents(values).all():
            values = values.astype(object)  # entry by entry, each with its error
        return super().encode(values)

    def near(self, value: Fraction) -> Any:
        single = super().near(value)
        return float(self.rounded(np.array(single, dtype=np.float32))) if self.stored else single

    def rounded(self, plane: Plane) -> NDArray[np.float32]:
        """The nearest numbers of ``digits`` bits, ties to even."""
        drop = 24 - self.digits
        bits = np.asarray(plane, dtype=np.float32).view(np.uint32)
        to_even = np.uint32((1 << (drop - 1)) - 1) + (bits >> np.uint32(drop) & np.uint32(1))
        kept = (bits + to_even) & np.uint32(0xFFFFFFFF << drop & 0xFFFFFFFF)
        return np.asarray(np.where(np.isfinite(plane), kept.view(np.float32), plane), dtype=np.float32)

    @np.errstate(over="ignore")
    def represents(self, values: NDArray[Any]) -> NDArray[np.bool_]:
        """Where the entries are numbers of the format."""
        return np.asarray(self.rounded(values.astype(np.float32)) == values, dtype=np.bool_)

    def add(self, x: Array, y: Array) -> Array:
        return self._kept(super().add(x, y))

    def product(self, x: Array, y: Array) -> Array:
        return self._kept(super().product(self._factor(x), self._factor(y)))

    def total(self, x: Array) -> Array:
        return self._kept(super().total(x))

    @np.errstate(all="ignore")
    def _factor(self, x: Array) -> Array:
        """The factor as a product takes it; it errs where it is not a normal number of the format."""
        value, size = self.rounded(x.planes[0]), self.absolute(x.planes[0])
        small = (size < SMALLEST_NORMAL) & (size > 0)
        error = np.where(value == x.planes[0], 0.0, self.spacing * size) + np.where(small, SMALLEST_NORMAL, 0.0)
        return self.bounded(value, np.where(error == 0, x.planes[1], self.raised(x.planes[1] + error, 2)))

    @np.errstate(all="ignore")
    def _kept(self, x: Array) -> Array:
        """A result as it is stored; what is known to be zero stays zero."""
        if not self.stored:
            return x
        value = self.rounded(x.planes[0])
        size = self.absolute(value)
        error = self.spacing * size + np.where(size <= SMALLEST_NORMAL, SMALLEST_NORMAL, 0.0)
        known = (x.planes[0] == 0) & (x.planes[1] == 0)
        return self.bounded(value, np.where(known, 0.0, self.raised(x.planes[1] + error, 2)))


#: The formats of matrix units: factors of 11 bits with float32 results, and numbers of 8 bits.
TF32 = Narrow("tf32", 11, stored=False)
BF16 = Narrow("bf16", 8, stored=True)
