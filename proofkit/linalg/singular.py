"""Integer matrices whose rows are rounded singular vectors, also of singular values far below double precision.

numpy's vectors are right up to 2^-53 of the largest singular value. What lies further below is found again, in the exact integers
U A V': the vectors of the large singular values are cleared out of the others, on which singular vectors are taken anew.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.linalg.products import blas_threads

Integers = NDArray[Any]
Floats = NDArray[np.float64]
_WIDE, _NARROW = 100, 52  # bits of a vector, of a rotation
_BLOCK = 1e-6  # singular values of one block are at least this much of its largest
_CLEAR, _FLOATS = 1e-9, 1e-12  # of the largest: from here on double precision does well, and does at all
_REFINED = 256  # rows or columns: larger matrices take what double precision gives
_FLOOR = 2.0**-75  # of the largest singular value: below it lies what rounding leaves


class SingularVectors(NamedTuple):
    """Integers; ``left @ a @ right.T`` is near to a diagonal with the singular values, largest first, times one number."""

    left: Any
    right: Any
    values: Floats  # the diagonal, over the largest


def singular_vectors(a: Any, size: int) -> SingularVectors | None:
    """Of an integer matrix (flint.fmpz_mat), as many as have a singular value near the one numbered ``size`` (from 1), or above;
    None where this one is zero, or too small to be found: below 2^-75 of the largest, of matrices larger than 256 x 256 below
    10^-12 of it."""
    top = max(map(abs, map(int, a.entries())))
    if not top:
        return None
    left, values, right = _svd(_floats(a, top))
    u, v = _rounded(left.T, _WIDE), _rounded(right, _WIDE)
    if values[size - 1] > (_CLEAR if len(values) <= _REFINED else _FLOATS) * values[0]:
        kept = int((values > max(1e-3 * values[size - 1], _FLOATS * values[0])).sum())
        return SingularVectors(_rows(u, 0, kept), _rows(v, 0, kept), values[:kept] / values[0])
    return _refined(a, top << 2 * _WIDE, size, u, v, values) if len(values) <= _REFINED else None


def _refined(a: Any, unit: int, size: int, u: Any, v: Any, values: Floats) -> SingularVectors | None:
    """Block by block: what is right of ``values`` in double precision, then what is left when its vectors are cleared away."""
    scale, count, done, found = values[0], len(values), 0, np.zeros(0)
    while values.size and values[0] > _FLOOR * scale:
        block = int((values > _BLOCK * values[0]).sum())
        found = np.concatenate([found, values[:block] / scale])
        if done + block >= size:
            return SingularVectors(_rows(u, 0, done + block), _rows(v, 0, done + block), found)
        u2, v2 = _rows(u, done, count), _rows(v, done, count)
        c = _floats(u2 * a * v2.transpose(), unit)
        u2 = _cleared(u2, c[block:, :block] / c.diagonal()[:block])
        v2 = _cleared(v2, c[:block, block:].T / c.diagonal()[:block])
        u, v, done = _joined(_rows(u, 0, done), u2), _joined(_rows(v, 0, done), v2), done + block
        u2, v2 = _rows(u, done, count), _rows(v, done, count)
        p, values, q = _svd(_floats(u2 * a * v2.transpose(), unit))
        u, v = _joined(_rows(u, 0, done), _turned(p.T, u2)), _joined(_rows(v, 0, done), _turned(q, v2))
    return None


def _svd(x: Floats) -> tuple[Floats, Floats, Floats]:
    with blas_threads(1):  # two on a busy machine take many times longer
        return np.linalg.svd(x, full_matrices=False)


def _floats(a: Any, unit: int) -> Floats:
    return np.array([int(x) / unit for x in a.entries()], dtype=np.float64).reshape(a.nrows(), a.ncols())


def _rounded(x: Floats, bits: int) -> Any:
    exact = np.rint(x * 2.0**_NARROW).astype(np.int64).tolist()
    return flint.fmpz_mat(exact) * 2 ** (bits - _NARROW)


def _rows(a: Any, start: int, stop: int) -> Any:
    return flint.fmpz_mat(stop - start, a.ncols(), a.entries()[start * a.ncols() : stop * a.ncols()])


def _joined(one: Any, other: Any) -> Any:
    return flint.fmpz_mat(one.nrows() + other.nrows(), one.ncols(), [*one.entries(), *other.entries()])


def _turned(rotation: Floats, rows: Any) -> Any:
    product = _rounded(rotation, _NARROW) * rows
    return flint.fmpz_mat(product.nrows(), product.ncols(), [int(x) >> _NARROW for x in product.entries()])


def _cleared(rows: Any, factors: Floats) -> Any:
    """The last rows less ``factors`` times the first."""
    last, first = factors.shape
    return _joined(_rows(rows, 0, first), _rows(rows, first, first + last) - _turned(factors, _rows(rows, 0, first)))
