"""Exact linear algebra over Q and GF(p), by FLINT, and by vectorised elimination for batches over small primes.

Matrices are arrays over Q or GF(p); numpy integer arrays and nested lists of rational numbers are read as matrices over
Q. A matrix with no row or no column has rank 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.fields import GF, Array, PrimeField, Q, representation, stack
from proofkit.fields.arrays import filled

#: The Mersenne prime 2^61 - 1: integer matrices that meet it by accident lose rank with probability near 2^-61 n.
LARGE_PRIME = 2**61 - 1

MatrixLike: TypeAlias = Any


class RankProfile(NamedTuple):
    """Strictly increasing rows and columns, equally many, whose minor is nonzero."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]


def rank(a: MatrixLike) -> int | NDArray[np.int64]:
    """The rank of a matrix over Q or GF(p); of a batch, the ranks of its items as an int64 array.

    Raises ValueError for arrays that are not matrices, TypeError for entries that are not exact (floats).
    """
    matrix = _matrix("rank", a)
    if matrix.batch is None:
        return _rank(matrix)
    system = matrix.system
    if isinstance(system, PrimeField) and representation(system.p, 1).dtype == "int64":
        return _batched_ranks(matrix.planes[0], system.p)
    return np.array([_rank(matrix.item(i)) for i in range(matrix.batch)], dtype=np.int64)


def rank_modulo(a: MatrixLike, p: int = LARGE_PRIME) -> int:
    """The rank modulo a prime ``p`` of the numerators of a matrix over Q over their common denominator.

    It is a lower bound on the rank over Q: a minor that is nonzero mod p is nonzero over Q. It is never an upper
    bound: a minor that is zero mod p proves nothing. Raises as :func:`rank`, and ValueError for a batch, a matrix
    that is not over Q, or p not prime below 2^64.
    """
    return _rank(_modulo("rank_modulo", _single("rank_modulo", a), p))


def rank_profile(a: MatrixLike, p: int = LARGE_PRIME) -> RankProfile:
    """Rows and columns, as many as the rank, with a nonzero minor: the first columns that raise the rank, then rows.

    Over GF(p') this is the rank profile of the matrix, and ``p`` is not used. Over Q it is that of the numerators
    modulo ``p``: the minor is nonzero mod p and hence over Q, so that their number is a lower bound on the rank over
    Q, and not an upper bound: zero mod p proves nothing. Raises as :func:`rank_modulo`.
    """
    matrix = _single("rank_profile", a)
    if matrix.system == Q:
        matrix = _modulo("rank_profile", matrix, p)
    columns = _pivots(matrix)
    chosen = matrix.mapped(lambda plane: plane[:, list(columns)].T, None)
    return RankProfile(_pivots(chosen), columns)


def rank_factorization(a: MatrixLike) -> tuple[Array, Array]:
    """U (m x r) and V (r x n) with A = U V, r the rank: U the pivot columns of A, V its reduced row echelon form.

    Raises as :func:`rank`, and ValueError for a batch.
    """
    matrix = _single("rank_factorization", a)
    echelon = _from_flint(_to_flint(matrix).rref()[0], matrix)
    columns = _leading_columns(echelon)
    left = matrix.mapped(lambda plane: plane[:, list(columns)], None)
    return left, echelon.mapped(lambda plane: plane[: len(columns)], None)


def inverse(a: MatrixLike) -> Array:
    """The inverse, of each item of a batch. ValueError if the matrix is not square or is singular."""
    matrix = _square("inverse", a)
    return _itemwise(_inverse, matrix)


def determinant(a: MatrixLike) -> Array:
    """The determinant, an array without modes (per item of a batch); 1 for the 0 x 0 matrix."""
    matrix = _square("determinant", a)
    return _itemwise(lambda item: item.system.array(_entry(_to_flint(item).det())), matrix)


def solve(a: MatrixLike, b: MatrixLike) -> Array:
    """The solution X of A X = B for a square nonsingular A and a matrix or vector B over the same field.

    Raises ValueError where A is singular or not square, shapes or fields differ, or there is a batch.
    """
    left = _single("solve", _square("solve", a))
    right = b if isinstance(b, Array) else left.system.array(b)
    if right.system != left.system or right.batch is not None:
        raise ValueError(f"solve: the right side must be one array over {left.system.name}")
    if right.ndim not in (1, 2) or right.shape[0] != left.shape[0]:
        raise ValueError(f"solve: a right side of shape {right.shape} does not fit a matrix of shape {left.shape}")
    columns = right.reshape(right.shape[0], right.size // max(right.shape[0], 1) if right.ndim == 2 else 1)
    if not left.size or not columns.size:
        return right
    try:
        solution = _to_flint(left).solve(_to_flint(columns))
    except ZeroDivisionError:
        raise ValueError("solve: the matrix is singular") from None
    return _from_flint(solution, columns).reshape(*right.shape)


def _matrix(name: str, a: MatrixLike) -> Array:
    matrix = a if isinstance(a, Array) else Q.array(a)
    if matrix.system != Q and not isinstance(matrix.system, PrimeField):
        raise TypeError(f"{name}: an array over {matrix.system.name} is not exact; see proofkit.linalg.floating")
    if matrix.ndim != 2:
        raise ValueError(f"{name}: needs a matrix, got shape {matrix.shape}")
    return matrix


def _single(name: str, a: MatrixLike) -> Array:
    matrix = _matrix(name, a)
    if matrix.batch is not None:
        raise ValueError(f"{name}: takes one matrix, got a batch of {matrix.batch}; use its items")
    return matrix


def _square(name: str, a: MatrixLike) -> Array:
    matrix = _matrix(name, a)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(f"{name}: needs a square matrix, got shape {matrix.shape}")
    return matrix


def _modulo(name: str, matrix: Array, p: int) -> Array:
    if matrix.system != Q:
        raise ValueError(f"{name}: a matrix over {matrix.system.name} cannot be reduced modulo {p}; give one over Q")
    return GF(p).array(matrix.planes[0])


def _itemwise(function: Callable[[Array], Array], matrix: Array) -> Array:
    if matrix.batch is None:
        return function(matrix)
    return stack([function(matrix.item(i)) for i in range(matrix.batch)])


def _inverse(matrix: Array) -> Array:
    if not matrix.size:
        return matrix
    try:
        return _from_flint(_to_flint(matrix).inv(), matrix)
    except ZeroDivisionError:
        raise ValueError("inverse: the matrix is singular") from None


def _rank(matrix: Array) -> int:
    if not matrix.size:
        return 0
    own = matrix.system.rank(matrix.planes[0])
    if own is not None:
        return own
    if matrix.system == Q:
        return int(flint.fmpz_mat(matrix.shape[0], matrix.shape[1], _flat(matrix)).rank())
    return int(_to_flint(matrix).rank())


def _flat(matrix: Array) -> list[int]:
    """The numerators of a matrix over Q."""
    entries: list[int] = matrix.planes[0].ravel().tolist()
    return entries


def _to_flint(matrix: Array) -> Any:
    m, n = matrix.shape
    if isinstance(matrix.system, PrimeField):
        return flint.nmod_mat(m, n, matrix.reshape(matrix.size).tolist(), matrix.system.p)
    return flint.fmpq_mat(flint.fmpz_mat(m, n, _flat(matrix))) / matrix.denominator


def _from_flint(result: Any, like: Array) -> Array:
    return like.system.array(filled(map(_entry, result.entries()), (result.nrows(), result.ncols())))


def _entry(entry: Any) -> Any:
    return int(entry) if isinstance(entry, flint.nmod) else entry


def _pivots(matrix: Array) -> tuple[int, ...]:
    """The columns of a matrix over GF(p) that are independent of those before them."""
    if not matrix.size:
        return ()
    return _leading_columns(_from_flint(_to_flint(matrix).rref()[0], matrix))


def _leading_columns(echelon: Array) -> tuple[int, ...]:
    nonzero = echelon.planes[0] != 0
    return tuple(int(np.argmax(row)) for row in nonzero if row.any())


def _batched_ranks(items: NDArray[Any], p: int) -> NDArray[np.int64]:
    """The ranks of B matrices of residues, shape (B, m, n), eliminating one column in all of them at once.

    Row i becomes pivot * row i - a[i] * pivot row, both products below p^2 < 2^63, so no inverse is needed.
    """
    count, m, n = items.shape
    work = items.astype(np.int64)
    ranks = np.zeros(count, dtype=np.int64)
    every = np.arange(count)
    below = np.arange(m)
    for column in range(n if m else 0):
        free = (work[:, :, column] != 0) & (below >= ranks[:, None])
        found = free.any(axis=1)
        source, target = free.argmax(axis=1), np.minimum(ranks, m - 1)
        source = np.where(found, source, target)
        pivot_rows, displaced = work[every, source], work[every, target]
        work[every, source], work[every, target] = displaced, pivot_rows
        active = (found[:, None] & (below > target[:, None])).astype(np.int64)
        scale = np.where(active == 1, pivot_rows[:, column, None], 1)
        factor = active * work[:, :, column]
        work = (scale[:, :, None] * work - factor[:, :, None] * pivot_rows[:, None, :]) % p
        ranks += found
    return ranks
