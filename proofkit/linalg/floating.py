"""Verified lower bounds on the rank of floating-point and interval matrices.

The rank of a floating-point matrix cannot be read off its computed singular values: rounding raises and lowers them. What
floats can prove is that a submatrix is nonsingular (``regularity``): then so is that submatrix of every matrix in the interval,
and each has at least that rank. No upper bound on a rank is ever claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.fields import RoundedArray
from proofkit.linalg.pivoting import Pivoted, column_maxima, pivoted, row_blocks
from proofkit.linalg.regularity import ETA, Shown, as_a_whole, regularity

Matrix = NDArray[np.float64]
SMALLEST_NORMAL = 2.0**-1022
DIRECT = 2048  # rows up to which LAPACK's inverse is cheaper than an elimination that also chooses rows and columns


class LowerBound(NamedTuple):
    """Every matrix of the interval has at least this rank: the submatrix at these rows and columns is nonsingular in all of them.

    ``shown`` says by which criterion, and by which norm below 1; None where the rank is 0.
    """

    rank: int
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    shown: Shown | None


def rank_lower_bound(
    value: NDArray[Any] | RoundedArray,
    bound: NDArray[Any] | float = 0.0,
    rows: Sequence[int] | None = None,
    columns: Sequence[int] | None = None,
) -> int:
    """An integer that is at most the rank of every real matrix A with |A - value| <= bound entrywise; see :func:`lower_bound`."""
    return lower_bound(value, bound, rows, columns).rank


def lower_bound(
    value: NDArray[Any] | RoundedArray,
    bound: NDArray[Any] | float = 0.0,
    rows: Sequence[int] | None = None,
    columns: Sequence[int] | None = None,
) -> LowerBound:
    """A lower bound on the rank of every real matrix A with |A - value| <= bound entrywise, and what shows it.

    ``value`` is an m x n matrix of floats (or integers up to 2^53), ``bound`` a nonnegative number or m x n matrix; an
    array over FLOAT64, FLOAT32, TF32 or BF16 brings both. ``rows`` and ``columns`` restrict the search to a submatrix. A square
    matrix is tried as a whole first; else k rows and columns are chosen by elimination and proved to be a nonsingular submatrix;
    where that fails, smaller k are tried by bisection, and 0 is the answer where nothing is proved. Costs O(m n min(m, n)).

    Raises ValueError for nan or infinite entries or bounds, negative bounds, and indices out of range or repeated;
    TypeError for entries that are not real numbers.
    """
    centre, radius = _interval(value, bound)
    m, n = centre.shape
    some_rows, some_columns = _indices("rows", rows, m), _indices("columns", columns, n)
    if rows is not None or columns is not None:
        chosen = np.ix_(some_rows, some_columns)
        centre, radius = centre[chosen], radius[chosen]
    centre, radius = equilibrated(centre, radius)
    if centre.shape[0] == centre.shape[1] <= DIRECT:
        whole = as_a_whole(centre, radius)
        if whole.nonsingular:
            return LowerBound(len(centre), tuple(sorted(some_rows.tolist())), tuple(sorted(some_columns.tolist())), whole)
    factors = pivoted(centre)
    proved, shown = _largest_proved(centre, radius, factors)
    at_rows, at_columns = some_rows[factors.rows[:proved]], some_columns[factors.columns[:proved]]
    return LowerBound(proved, tuple(sorted(at_rows.tolist())), tuple(sorted(at_columns.tolist())), shown)


def _largest_proved(centre: Matrix, radius: Matrix, factors: Pivoted) -> tuple[int, Shown | None]:
    """The size of a leading submatrix that is proved nonsingular, the larger the better, by bisection."""
    pivots = factors.pivots
    highest = len(pivots)
    noise = 4 * max(max(centre.shape) * 2.0**-52, float(radius.sum(axis=1).max(initial=0)))
    likely = int(np.count_nonzero(pivots > noise))
    proved, refused, best = 0, highest + 1, None
    while refused - proved > 1:
        k = highest if refused > highest else likely if proved < likely < refused else (proved + refused) // 2
        leading = np.ix_(factors.rows[:k], factors.columns[:k])
        shown = regularity(centre[leading], radius[leading], factors.lower[:k, :k], factors.upper[:k, :k])
        if shown.nonsingular:
            proved, best = k, shown
        else:
            refused = k
    return proved, best


def is_nonsingular(value: Matrix, bound: Matrix) -> bool:
    """Whether every matrix within ``bound`` of the square matrix ``value`` is proved nonsingular; False proves nothing."""
    return rank_lower_bound(value, bound) == len(value)


def equilibrated(value: Matrix, bound: Matrix) -> tuple[Matrix, Matrix]:
    """The same matrices with rows and columns scaled by powers of two, so that the largest entry of each is about 1.

    Scaling changes no rank. What it rounds, which is only what becomes subnormal, is added to the bound. Matrices that need none
    are given back.
    """
    if not value.size or _balanced(value, bound):
        return value, bound
    exact = _is_moderate(value) and _is_moderate(bound)
    by = _times_powers if exact else np.ldexp
    rows, largest = np.empty((len(value), 1), dtype=np.intc), np.zeros(value.shape[1])
    for block in row_blocks(*value.shape):
        size = np.maximum(np.abs(value[block]), bound[block])
        rows[block] = -np.frexp(size.max(axis=1, keepdims=True))[1]
        largest = np.maximum(largest, by(size, rows[block]).max(axis=0))
    columns = -np.frexp(largest)[1]
    if exact:
        return _times_powers(value, rows, columns), _times_powers(bound, rows, columns)
    scaled, radius = np.ldexp(value, rows + columns), np.ldexp(bound, rows + columns)
    rounded = ((np.abs(scaled) < SMALLEST_NORMAL) & (value != 0)) | ((radius < SMALLEST_NORMAL) & (bound != 0))
    return scaled, np.where(rounded, np.nextafter(radius + 2 * ETA, np.inf), radius) if rounded.any() else radius


def _is_moderate(x: Matrix) -> bool:
    """Whether all entries but zeros are of a size between 2^-300 and 2^300: then no scaling here leaves the normal numbers."""
    some = x[:1, :1] if x.strides == (0, 0) else x
    sizes = (np.abs(some[block]) for block in row_blocks(*some.shape))
    return not any(size.max() > 2.0**300 or ((size < 2.0**-300) & (size > 0)).any() for size in sizes)


def _times_powers(x: Matrix, *exponents: NDArray[Any]) -> Matrix:
    """x times powers of two by rows and columns, which is exact between normal numbers."""
    first, *others = (np.ldexp(1.0, each) for each in exponents)
    found = np.asarray(x * first)
    for each in others:
        found *= each
    return found


def _balanced(value: Matrix, bound: Matrix) -> bool:
    """Whether the largest entries of all rows and columns, beyond which no bound is, are between 1/8 and 8."""
    rows = np.concatenate([np.abs(value[block]).max(axis=1) for block in row_blocks(*value.shape)])
    sizes = np.concatenate([rows, column_maxima(value)])
    return bool(sizes.min() >= 1 / 8 and max(sizes.max(), bound.max()) <= 8)


def _interval(value: NDArray[Any] | RoundedArray, bound: NDArray[Any] | float) -> tuple[Matrix, Matrix]:
    """The centre and radius as finite float64 matrices."""
    if isinstance(value, RoundedArray):
        if value.batch is not None:
            raise ValueError("rank_lower_bound: takes one matrix, got a batch; use its items")
        if value.planes[0].dtype == object:
            raise TypeError(f"rank_lower_bound: takes float64 or float32, got {value.system.name}")
        return _interval(value.value, value.bound)
    centre, radius = _float64("value", value), _float64("bound", bound)
    if centre.ndim != 2:
        raise ValueError(f"rank_lower_bound: needs a matrix, got shape {centre.shape}")
    if radius.shape not in ((), centre.shape):
        raise ValueError(f"rank_lower_bound: a bound of shape {radius.shape} for a matrix of shape {centre.shape}")
    if (radius < 0).any():
        raise ValueError("rank_lower_bound: the bound must not be negative")
    return centre, np.broadcast_to(radius, centre.shape)


def _float64(name: str, values: Any) -> Matrix:
    given = np.asarray(values)
    if given.dtype.kind not in "iuf" or given.dtype.itemsize > 8:
        raise TypeError(f"rank_lower_bound: the {name} has type {given.dtype}; give float64, float32 or integers")
    if given.dtype.kind in "iu" and given.size and max(int(given.max()), -int(given.min())) > 2**53:
        raise ValueError(f"rank_lower_bound: the {name} has integers beyond 2^53; use proofkit.linalg.exact.rank")
    if not np.isfinite(given).all():
        raise ValueError(f"rank_lower_bound: the {name} has entries that are nan or infinite")
    return given.astype(np.float64, copy=False)


def _indices(name: str, chosen: Sequence[int] | None, size: int) -> NDArray[np.intp]:
    if chosen is None:
        return np.arange(size)
    if len(set(chosen)) != len(chosen) or not all(0 <= i < size for i in chosen):
        raise ValueError(f"rank_lower_bound: {name} must be distinct and between 0 and {size - 1}, got {list(chosen)}")
    return np.array(list(chosen), dtype=np.intp)
