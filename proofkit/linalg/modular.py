"""Linear algebra over GF(p), p < 2^25, on numpy arrays of whole numbers, all from one elimination.

Matrices are m x n numpy arrays of any integer type; results are int64 residues in 0 .. p-1. Every function raises
:class:`proofkit.errors.UsageError` where p is not prime or too large, or where memory does not suffice.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.linalg.elimination import Factorization, echelon, eliminate, sign, solve_minor
from proofkit.linalg.exact import RankProfile

Matrix = NDArray[Any]
Residues = NDArray[np.int64]


class LU(NamedTuple):
    """a[rows][:, columns] = lower @ upper mod p; ``lower`` m x r, unit lower triangular, ``upper`` r x n, upper triangular."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    lower: Residues
    upper: Residues


def _factored(a: Matrix, p: int) -> Factorization:
    if a.ndim != 2 or a.dtype.kind not in "iu":
        raise UsageError(f"needs a matrix of integers, got shape {a.shape} of {a.dtype}")
    if not flint.fmpz(p).is_prime():
        raise UsageError(f"{p} is not prime")
    return eliminate(a, p)


def rank(a: Matrix, p: int) -> int:
    """The rank over GF(p)."""
    return _factored(a, p).rank


def rank_profile(a: Matrix, p: int) -> RankProfile:
    """The row and the column rank profile: the lexicographically first rows, and columns, that are as many as the rank.

    Together they are in general not a nonzero minor. Costs two eliminations.
    """
    columns = _factored(a, p).pivot_columns()
    rows = _factored(np.ascontiguousarray(a[:, list(columns)].T), p).pivot_columns()
    return RankProfile(rows, columns)


def reduced_echelon_form(a: Matrix, p: int) -> Residues:
    """The nonzero rows of the reduced row echelon form."""
    return echelon(_factored(a, p))


def nullspace(a: Matrix, p: int) -> Residues:
    """An n x (n - rank) matrix of full rank with a N = 0: the identity at the columns without pivots."""
    found = _factored(a, p)
    columns = list(found.pivot_columns())
    free = np.setdiff1d(np.arange(found.shape[1]), columns)
    basis = np.zeros((found.shape[1], free.size), dtype=np.int64)
    basis[free, np.arange(free.size)] = 1
    basis[columns] = -echelon(found)[:, free] % p
    return basis


def determinant(a: Matrix, p: int) -> int:
    """The determinant of a square matrix, in 0 .. p-1; 1 for the 0 x 0 matrix."""
    _require_square(a)
    found = _factored(a, p)
    return found.minor * sign(found.rows) % p if found.rank == len(a) else 0


def solve(a: Matrix, b: Matrix, p: int) -> Residues:
    """The X with a X = b for a square nonsingular matrix a and a matrix b. :class:`UsageError` where a is singular."""
    _require_square(a)
    if b.ndim != 2 or len(b) != len(a):
        raise UsageError(f"a right side of shape {b.shape} does not fit a matrix of shape {a.shape}")
    found = _factored(a, p)
    if found.rank < len(a):
        raise UsageError(f"the matrix is singular mod {p}: its rank is {found.rank} of {len(a)}")
    return solve_minor(found, b)


def lu(a: Matrix, p: int) -> LU:
    """A triangular factorization with row and column permutations; each pivot block is factored by itself."""
    found = _factored(a, p)
    r, (m, n) = found.rank, found.shape
    rest = np.setdiff1d(np.arange(n), found.columns)
    columns = np.concatenate([found.columns, rest]).astype(np.int64)
    upper = found.products.entries(found.right, slice(0, r), columns).astype(np.int64) % p
    lower = found.lower(slice(m), r).astype(np.int64) % p
    rows = found.rows.copy()
    for start, stop, _ in found.blocks:
        # Rows above their own block hold U's entries there, not L's.
        lower[:stop, start:stop] = 0
        lower[start:stop, start:stop] = np.eye(stop - start, dtype=np.int64)
        _split(lower, upper, rows, start, stop, p)
    return LU(rows, columns, lower, upper)


def _split(lower: Residues, upper: Residues, rows: NDArray[np.int64], start: int, stop: int, p: int) -> None:
    """Make a pivot block of U triangular by Gaussian elimination within its rows, and L accordingly."""
    for k in range(start, stop):
        pivot = k + int(np.flatnonzero(upper[k:stop, k])[0])
        if pivot != k:
            upper[[k, pivot]] = upper[[pivot, k]]
            lower[:, [k, pivot]] = lower[:, [pivot, k]]
            lower[[k, pivot]] = lower[[pivot, k]]
            rows[[k, pivot]] = rows[[pivot, k]]
        factors = upper[k + 1 : stop, k] * pow(int(upper[k, k]), -1, p) % p
        upper[k + 1 : stop] = (upper[k + 1 : stop] - factors[:, None] * upper[k] % p) % p
        lower[:, k] = (lower[:, k] + (lower[:, k + 1 : stop] * factors % p).sum(axis=1)) % p


def _require_square(a: Matrix) -> None:
    if a.ndim != 2 or a.shape[0] != a.shape[1]:
        raise UsageError(f"needs a square matrix, got shape {a.shape}")
