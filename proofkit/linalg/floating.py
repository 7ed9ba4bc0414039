"""Verified lower bounds on the rank of floating-point and interval matrices.

The rank of a floating-point matrix cannot be read off its computed singular values: rounding raises and lowers them. What
floats can prove is that a submatrix is nonsingular: if ||I - R B|| < 1 for some R, then R B, and hence B, is
invertible. With proved bounds on every rounding, and on the distance of the true entries from the given ones, this
holds for every matrix in the interval (S. M. Rump, Verification methods: rigorous results using floating-point
arithmetic, Acta Numerica 19, 2010, section 10). No upper bound on a rank is ever claimed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.fields import FLOAT64, RoundedArray, contract

Matrix = NDArray[np.float64]


def rank_lower_bound(
    value: NDArray[Any] | RoundedArray,
    bound: NDArray[Any] | float = 0.0,
    rows: Sequence[int] | None = None,
    columns: Sequence[int] | None = None,
) -> int:
    """An integer that is at most the rank of every real matrix A with |A - value| <= bound entrywise.

    ``value`` is an m x n matrix of floats (or integers up to 2^53), ``bound`` a nonnegative number or m x n matrix; an
    array over FLOAT64 or FLOAT32 brings both. ``rows`` and ``columns`` restrict the search to a submatrix. k rows and
    columns are chosen by complete pivoting and proved to be a nonsingular submatrix; where that fails, smaller k are
    tried by bisection, and 0 is the answer where nothing is proved. Costs O(m n min(m, n)).

    Raises ValueError for nan or infinite entries or bounds, negative bounds, and indices out of range or repeated;
    TypeError for entries that are not real numbers.
    """
    centre, radius = _interval(value, bound)
    m, n = centre.shape
    chosen = np.ix_(_indices("rows", rows, m), _indices("columns", columns, n))
    centre, radius = centre[chosen], radius[chosen]
    order, pivots = _complete_pivoting(centre)
    highest = len(pivots)
    likely = int(np.count_nonzero(pivots > max(m, n) * 2.0**-52 * pivots[0])) if highest else 0
    proved, refused = 0, highest + 1
    while refused - proved > 1:
        k = highest if refused > highest else likely if proved < likely < refused else (proved + refused) // 2
        leading = np.ix_(order[0][:k], order[1][:k])
        if is_nonsingular(centre[leading], radius[leading]):
            proved = k
        else:
            refused = k
    return proved


def is_nonsingular(value: Matrix, bound: Matrix) -> bool:
    """Whether every matrix within ``bound`` of the square matrix ``value`` is proved nonsingular; False proves nothing.

    Shows ||I - R B|| < 1 in the maximum row sum norm, for an approximate inverse R and all such B.
    """
    if value.size <= 1:
        return bool((np.abs(value) > bound).all())
    with np.errstate(all="ignore"):
        try:
            inverse = np.linalg.inv(value)
        except np.linalg.LinAlgError:
            return False
    if not np.isfinite(inverse).all():
        return False
    interval = FLOAT64.array_with_bound(value, bound)
    product = contract([(0, 1), (1, 2)], (0, 2), [FLOAT64.array(inverse), interval])
    defect = FLOAT64.magnitudes(FLOAT64.eye(len(value)) - product)
    row_sums = FLOAT64.magnitudes(contract([(0, 1)], (0,), [FLOAT64.array_with_bound(defect, 0.0)]))
    return bool((row_sums < 1).all())


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
    return given.astype(np.float64)


def _indices(name: str, chosen: Sequence[int] | None, size: int) -> NDArray[np.intp]:
    if chosen is None:
        return np.arange(size)
    if len(set(chosen)) != len(chosen) or not all(0 <= i < size for i in chosen):
        raise ValueError(f"rank_lower_bound: {name} must be distinct and between 0 and {size - 1}, got {list(chosen)}")
    return np.array(list(chosen), dtype=np.intp)


def _complete_pivoting(matrix: Matrix) -> tuple[tuple[NDArray[np.intp], NDArray[np.intp]], Matrix]:
    """The rows and columns in the order in which elimination with complete pivoting takes them, and its pivots.

    A heuristic choice: nothing that is claimed rests on it. Stops where the rest is zero or no longer finite.
    """
    work = matrix.copy()
    rows, columns = np.arange(work.shape[0]), np.arange(work.shape[1])
    pivots: list[float] = []
    for k in range(min(work.shape)):
        rest = np.abs(work[k:, k:])
        i, j = np.unravel_index(int(rest.argmax()), rest.shape)
        pivot = float(rest[i, j])
        if pivot == 0 or not np.isfinite(pivot):
            break
        for order, swap in ((rows, k + int(i)), (columns, k + int(j))):
            order[[k, swap]] = order[[swap, k]]
        work[[k, k + int(i)]] = work[[k + int(i), k]]
        work[:, [k, k + int(j)]] = work[:, [k + int(j), k]]
        pivots.append(pivot)
        with np.errstate(all="ignore"):
            work[k + 1 :, k + 1 :] -= np.outer(work[k + 1 :, k] / work[k, k], work[k, k + 1 :])
    return (rows, columns), np.array(pivots)
