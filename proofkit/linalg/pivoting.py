"""LU factors of floating-point matrices, rows and columns pivoted, with residuals that are bounded beforehand.

Everything is an inner product by its definition, (c - sum of a_i b_i) / b_k, in some order. With g = gamma_k at unit roundoff u
and eta the smallest subnormal number, whatever the order, each result y satisfies (N. J. Higham, Accuracy and Stability of
Numerical Algorithms, 2nd ed., SIAM 2002, Lemma 8.4; the products and the quotient may underflow)

    |c - sum a_i b_i - b_k y|  <=  g (sum |a_i b_i| + |b_k y|) + (2 k + |b_k|) eta.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
BLOCK = 64
_CACHED = 2**17  # entries of which a temporary stays in the cache


class Pivoted(NamedTuple):
    """A[rows][:, columns] = lower @ upper but for rounding: k pivots in about decreasing order, ``lower`` m x k with unit
    diagonal, ``upper`` k x n; the first rows and columns of both are factors of the leading submatrices."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    lower: Matrix
    upper: Matrix

    @property
    def pivots(self) -> Matrix:
        """Their absolute values."""
        return np.asarray(np.abs(np.diagonal(self.upper)))


def pivoted(a: Matrix) -> Pivoted:
    """Elimination by panels of the columns with the largest remaining entries; inside a panel with partial pivoting.

    A column whose pivot is small beside the panel's first one has to wait for another panel. Stops where the rest is zero or no
    longer finite.
    """
    work = a.copy()
    m, n = a.shape
    rows, columns = np.arange(m), np.arange(n)
    width, done = min(BLOCK, max(1, min(m, n) // 16)), 0
    with np.errstate(all="ignore"):
        while done < min(m, n):
            largest = column_maxima(work[done:, done:])
            if not largest.any() or not np.isfinite(largest).all():
                break
            chosen = np.argsort(-largest, kind="stable")[:width]
            panel, row_order, used = _panel(work[done:, done:][:, chosen])
            if not used:
                break
            column_order = _to_front(chosen[used], n - done)
            for x, order in ((work.T, column_order), (columns, column_order), (work, row_order), (rows, row_order)):
                moved = np.flatnonzero(order != np.arange(len(order)))
                x[done + moved] = x[done + order[moved]]
            _update(work, done, panel)
            done += len(used)
    lower = np.tril(work[:, :done], -1)
    lower[np.arange(done), np.arange(done)] = 1
    return Pivoted(rows, columns, lower, np.triu(work[:done]))


def row_blocks(m: int, n: int) -> list[slice]:
    """The rows of an m x n matrix in blocks whose temporaries stay in the cache: new memory costs more than the work on it."""
    step = max(_CACHED // max(n, 1), 16)
    return [slice(start, start + step) for start in range(0, m, step)]


def column_maxima(a: Matrix) -> Matrix:
    """The largest absolute value in each column; nan where there is one."""
    parts = [np.abs(a[rows]).max(axis=0) for rows in row_blocks(*a.shape)]
    return np.asarray(parts[0] if len(parts) == 1 else np.maximum.reduce(parts))


def _to_front(chosen: NDArray[np.intp], count: int) -> NDArray[np.intp]:
    """The numbers below ``count`` with the chosen ones first, by as many swaps."""
    order, place = np.arange(count), np.arange(count)  # place: where each number stands
    for k, wanted in enumerate(chosen):
        other, at = order[k], place[wanted]
        order[[k, at]], place[[wanted, other]] = (wanted, other), (k, at)
    return order


def _panel(panel: Matrix) -> tuple[Matrix, NDArray[np.intp], list[int]]:
    """The factors of the columns that could be used, the order of the rows, and which columns those are."""
    m, count = panel.shape
    done, order, first = np.empty((m, 0), order="F"), np.arange(m), 0.0
    factors, used = np.empty((m, count), order="F"), list[int]()
    for j in range(count):
        k, column = len(used), panel[order, j]
        if k == m:
            break
        for t in range(1, k):
            column[t] -= done[t, :t] @ column[:t]
        column[k:] -= done[k:] @ column[:k]
        i = k + int(np.abs(column[k:]).argmax())
        pivot = abs(float(column[i]))
        first = first or pivot
        if not first / 16 <= pivot < np.inf or not pivot:
            continue
        factors[:, k] = column
        for x in (factors[:, : k + 1], order):
            x[[k, i]] = x[[i, k]]
        factors[k + 1 :, k] /= factors[k, k]
        used.append(j)
        done = factors[:, : k + 1]
    return done, order, used


def _update(work: Matrix, start: int, panel: Matrix) -> None:
    """Carry the pivots of a panel over to the columns right of it: substitution for their rows, one product for the rest."""
    count = panel.shape[1]
    end = start + count
    work[start:, start:end] = panel
    for k in range(1, count):
        work[start + k, end:] -= panel[k, :k] @ work[start : start + k, end:]
    right = work[start:end, end:]
    for rows in row_blocks(*work[end:, end:].shape):
        work[end:, end:][rows] -= panel[count:][rows] @ right


def lower_inverse(lower: Matrix) -> Matrix:
    """X with X lower = I but for rounding, by substitution along each row; every entry obeys the bound of this module."""
    n = len(lower)
    x = np.eye(n)
    for end in range(n, 0, -BLOCK):
        start = max(0, end - BLOCK)
        panel = np.asfortranarray(x[start:, start:end])
        panel[end - start :] -= x[end:, end:] @ lower[end:, start:end]
        for j in range(end - start - 1, -1, -1):
            panel[j:, j] -= panel[j:, j + 1 :] @ lower[start + j + 1 : end, start + j]
            panel[j:, j] /= lower[start + j, start + j]
        x[start:, start:end] = panel
    return x


def upper_inverse(upper: Matrix) -> Matrix:
    """X with X upper = I but for rounding, likewise."""
    return lower_inverse(np.ascontiguousarray(upper[::-1, ::-1]))[::-1, ::-1]


def solved(lower: Matrix, upper: Matrix, y: Matrix) -> Matrix:
    """About (lower upper)^-1 y, for several columns y; infinite where a block of the diagonal has no inverse."""
    x = y.copy()
    n = len(x)
    starts = range(0, n, BLOCK)
    try:
        for i in starts:
            block = slice(i, i + BLOCK)
            x[block] = np.linalg.solve(lower[block, block], x[block] - lower[block, :i] @ x[:i])
        for i in reversed(starts):
            block, after = slice(i, i + BLOCK), slice(i + BLOCK, n)
            x[block] = np.linalg.solve(upper[block, block], x[block] - upper[block, after] @ x[after])
    except np.linalg.LinAlgError:
        return np.full_like(x, np.inf)
    return x
