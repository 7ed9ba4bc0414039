"""Exact elimination modulo a prime: rank, pivots, LU, determinant, solutions and nullspaces of dense matrices.

Left-looking (Crout) elimination in two levels. A panel of columns is brought up to date by one product with everything found
so far, so that each entry is reduced mod p once a level and no large temporary exists. The pivots of a panel are sought in a few
of its rows by a principal pivot transform, which also yields the inverse of the pivot block: one product with the inverse takes
the place of a triangular solve. Where those rows do not have the panel's rank, rows drawn from the nonzero residual join them; a
row outside the span of a random sample of s rows is rare (at most rank / (s + 1) of them), so few rounds suffice.

The matrix is factored as A[rows] = L U: L is unit lower block triangular, U upper block triangular at the pivot columns with
the pivot blocks on its diagonal. Source of the rank profile: C.-P. Jeannerod, C. Pernet, A. Storjohann, Rank-profile revealing
Gaussian elimination and the CUP matrix decomposition, J. Symbolic Computation 56 (2013).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields.budget import MachineType, residues
from proofkit.linalg.memory import require_memory
from proofkit.linalg.products import CompiledProducts, PlainProducts, Products, RightFactor, Sweep, passes_self_test

Matrix: TypeAlias = NDArray[Any]
Progress: TypeAlias = Callable[[int, int], None]

LARGEST_PRIME = 2**25  # below which residues are eliminated here
_ONE_THREAD = 1024  # up to this size a second thread costs more than it brings
_SAMPLE = 8  # rows beyond the width of a panel that are searched for its pivots


class Block(NamedTuple):
    """Pivots ``start`` .. ``stop`` - 1 of the elimination, and the inverse of their pivot block, balanced."""

    start: int
    stop: int
    inverse: Matrix


@dataclass
class Factorization:
    """A[rows] = L U mod p, ``rank`` pivots; rows[:rank] and columns[:rank] index a nonzero minor."""

    products: Products
    shape: tuple[int, int]
    work: Matrix  # rows permuted; L in its first ``rank`` columns
    right: RightFactor  # U
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    rank: int = 0
    blocks: list[Block] = field(default_factory=list)
    minor: int = 1  # the determinant of A[rows[:rank], columns] mod p
    complete: bool = True  # False where the rest was found zero only by random tests, so that rank is a lower bound

    @property
    def p(self) -> int:
        """The prime."""
        return self.products.p

    def lower(self, rows: slice, stop: int) -> Matrix:
        """L at some rows and its first ``stop`` columns; as a left factor, bytes of it are unsigned."""
        left = self.work[rows, :stop]
        return left.view(np.uint8) if left.dtype == np.int8 else left

    def pivot_rows(self) -> tuple[int, ...]:
        """The rows of the minor, ascending."""
        return tuple(sorted(self.rows[: self.rank].tolist()))

    def pivot_columns(self) -> tuple[int, ...]:
        """The columns of the minor, ascending: where complete, the column rank profile."""
        return tuple(sorted(self.columns[: self.rank].tolist()))


def choose_type(p: int, size: int = 2**20) -> MachineType:
    """The fastest machine type for eliminations modulo p, by the budget and what passes its self-test here."""
    candidates: list[MachineType] = ["int8"] if passes_self_test("int8") and size > 64 else []
    for dtype in [*candidates, "float32", "float64"]:
        try:
            budget = residues(p, dtype)
        except ValueError:
            continue
        if budget.chunk >= 256 or dtype == "float64":
            return budget.dtype
    raise UsageError(f"the elimination takes primes below 2^25, got {p}")


def default_threads(shape: tuple[int, int]) -> int:
    """One thread for small matrices, else those that this process may use."""
    if max(shape, default=0) <= _ONE_THREAD:
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def products_for(p: int, dtype: MachineType | None, shape: tuple[int, int], threads: int | None = None) -> Products:
    """The products of an elimination: compiled where that is right on this machine, else by numpy."""
    budget = residues(p, dtype or choose_type(p, min(shape, default=0)))
    count = threads or default_threads(shape)
    if passes_self_test(budget.dtype):
        return CompiledProducts(budget, count)
    if budget.dtype == "int8":
        raise UsageError("products of bytes need numba and AVX-512 VNNI, which this machine does not offer; use float32")
    return PlainProducts(budget, count)


def predicted_bytes(shape: tuple[int, int], itemsize: int) -> int:
    """The memory that an elimination takes beyond its input: the work copy, the triangle U, and panels."""
    m, n = shape
    least = min(m, n)
    return itemsize * (m * (n + 64) + least * (n - least // 2 + 64) + 5 * 256 * (m + n)) + 2**20


def eliminate(
    matrix: Matrix,
    p: int,
    *,
    dtype: MachineType | None = None,
    threads: int | None = None,
    lower_bound: bool = False,
    progress: Progress | None = None,
    panel: int | None = None,
) -> Factorization:
    """Factor an m x n matrix of whole numbers below 2^63 (any numpy type) modulo a prime p below 2^25.

    With ``lower_bound`` the elimination stops where random combinations of what is left vanish: the rank found is then certainly
    a lower bound, and probably the rank. ``progress(columns done, columns)`` is called after each panel. Primality of p is
    the caller's to ensure. Raises :class:`UsageError` where p or the machine type has no exactness budget or memory is short.
    """
    m, n = matrix.shape
    products = products_for(p, dtype, (m, n), threads)
    require_memory(predicted_bytes((m, n), products.dtype.itemsize), f"the elimination of a {m} x {n} matrix")
    unit = products.columns
    work = products.zeros(m, -(-n // unit) * unit)
    products.balance(work[:, :n], matrix)
    step = -(-(panel or _panel_width(min(m, n), products)) // unit) * unit
    right = products.right_factor(min(m, n), work.shape[1], step)
    result = Factorization(products, (m, n), work, right, np.arange(m), np.zeros(min(m, n), dtype=np.int64))
    done, checked = 0, 0
    while done < n and result.rank < m:
        width = min(step, n - done)
        found = _panel(result, done, width)
        done += width
        if progress:
            progress(done, n)
        if lower_bound and not found and done < n and done >= checked:
            checked = 2 * done
            if _vanishes(result, done):
                result.complete = False
                break
    result.columns = result.columns[: result.rank]
    return result


def _panel_width(size: int, products: Products) -> int:
    """Wide panels make long products, and cost the square of their width in the search for pivots."""
    narrow = products.dtype.itemsize == 1
    return 64 if size <= 1024 else 128 if narrow and size <= 2048 else 192


def _panel(result: Factorization, start: int, width: int) -> int:
    """Bring ``width`` columns up to date, find their pivots, extend L and U; the number of pivots."""
    products, r, unit = result.products, result.rank, result.products.columns
    stop = start + -(-width // unit) * unit
    panel = result.work[r:, start:stop]
    if r:
        products.subtract(panel, result.work[r:], result.right, start, r)
    chosen, sweep = _pivots(products, panel, width)
    k = chosen.size
    if not k:
        return 0
    places = _exchange(result, chosen)
    inverse = _inverse(sweep, places, products.dtype)
    products.store(result.right, r, start, panel[:k])
    if stop < result.work.shape[1]:
        rest = result.work[r : r + k, stop:]
        if r:
            products.subtract(rest, result.work[r : r + k], result.right, stop, r)
        products.store(result.right, r, stop, rest)
    padded = -(-k // unit) * unit
    negated = products.right_factor(k, padded)
    products.store(negated, 0, 0, inverse, negate=True)
    left = products.left(panel[k:], sweep.columns)
    below = result.work[r + k :, r : r + padded]
    products.subtract(below, left, negated, 0, k, keep=False, as_left=True)
    result.minor = result.minor * sweep.determinant * sign(places) % result.p
    result.columns[r : r + k] = start + sweep.columns
    result.blocks.append(Block(r, r + k, inverse))
    result.rank += k
    return k


def _pivots(products: Products, panel: Matrix, width: int) -> tuple[NDArray[np.int64], Sweep]:
    """The rows of a panel that hold its pivots, and their sweep; the columns are the panel's column rank profile."""
    candidates = np.arange(min(panel.shape[0], width + _SAMPLE))
    random = np.random.default_rng(width)
    while True:
        sweep = products.sweep(panel[candidates], width)
        chosen = candidates[sweep.rows]
        if chosen.size == width or candidates.size == panel.shape[0]:
            break
        nonzero = _outside(products, panel, chosen, sweep)
        if not nonzero.size:
            break
        more = random.choice(nonzero, min(nonzero.size, 2 * width), replace=False)
        candidates = np.concatenate([chosen, np.sort(more)])
    if 0 < chosen.size < width and chosen.size < candidates.size:
        # With the other candidates gone, the leftmost pivots of these rows are those of the whole panel.
        sweep = products.sweep(panel[chosen], width)
        chosen = chosen[sweep.rows]
    return chosen, sweep


def _outside(products: Products, panel: Matrix, chosen: NDArray[np.int64], sweep: Sweep) -> NDArray[np.int64]:
    """The rows of a panel outside the span of the chosen ones: entries minus (entries at the pivots) inverse (pivot rows)."""
    if not chosen.size:
        return np.flatnonzero(panel.any(axis=1))
    expressed = sweep.table[sweep.rows]
    expressed[:, sweep.columns] = np.eye(chosen.size, dtype=expressed.dtype)
    factor = products.right_factor(chosen.size, panel.shape[1])
    products.store(factor, 0, 0, expressed[:, : panel.shape[1]].astype(products.dtype))
    rest = products.zeros(*panel.shape)
    rest[:] = panel
    products.subtract(rest, products.left(panel, sweep.columns), factor, 0, chosen.size)
    return np.flatnonzero(rest.any(axis=1))


def _exchange(result: Factorization, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
    """Swap the chosen rows of the current panel to its top; the place of each there."""
    k, r = chosen.size, result.rank
    places = chosen.copy()
    moved = np.flatnonzero(chosen >= k)
    if moved.size:
        vacant = np.setdiff1d(np.arange(k), chosen, assume_unique=True)
        places[moved] = vacant
        here, there = r + vacant, r + chosen[moved]
        for array in (result.work, result.rows):
            held = array[here]
            array[here] = array[there]
            array[there] = held
    return places


def _inverse(sweep: Sweep, places: NDArray[np.int64], dtype: np.dtype[Any]) -> Matrix:
    """The inverse of the pivot block with its rows in their places and its columns ascending."""
    there = np.empty_like(places)
    there[places] = sweep.columns
    return sweep.table[sweep.rows][:, there].astype(dtype, copy=False)


def _vanishes(result: Factorization, done: int) -> bool:
    """Whether what is left, times two random vectors, is zero."""
    p, r, n = result.p, result.rank, result.shape[1]
    vectors = np.random.default_rng(done).integers(0, p, (n - done, 2))
    upper = multiply(result.products.entries(result.right, slice(0, r), np.arange(done, n)), vectors, p)
    for start in range(r, result.shape[0], 1024):
        rows = slice(start, start + 1024)
        explained = multiply(result.lower(rows, r), upper, p)
        if ((multiply(result.work[rows, done:n], vectors, p) - explained) % p).any():
            return False
    return True


def solve_minor(result: Factorization, right_sides: Matrix) -> NDArray[np.int64]:
    """X with A[I, J] X = B mod p, where I, J are the pivot rows and columns, ascending; B has ``rank`` rows of whole numbers.

    Forward through L, whose diagonal blocks are identities, and back through U by the inverses of the pivot blocks. O(rank^2)
    a column.
    """
    p, products = result.p, result.products
    into = np.argsort(result.rows[: result.rank], kind="stable")
    x = np.empty((result.rank, right_sides.shape[1]), dtype=np.int64)
    x[into] = right_sides % p
    for start, stop, _ in result.blocks:
        x[start:stop] = (x[start:stop] - multiply(result.lower(slice(start, stop), start), x[:start], p)) % p
    for start, stop, inverse in reversed(result.blocks):
        later = products.entries(result.right, slice(start, stop), result.columns[stop:])
        x[start:stop] = multiply(inverse, (x[start:stop] - multiply(later, x[stop:], p)) % p, p)
    return x[np.argsort(result.columns, kind="stable")]


def echelon(result: Factorization) -> NDArray[np.int64]:
    """W with A = A[:, J] W mod p for the pivot columns J, ascending: the nonzero rows of the reduced row echelon form."""
    p, products, r, n = result.p, result.products, result.rank, result.shape[1]
    w = np.zeros((r, n), dtype=np.int64)
    every = np.arange(n)
    for start, stop, inverse in reversed(result.blocks):
        rest = products.entries(result.right, slice(start, stop), every).astype(np.int64)
        rest -= multiply(rest[:, result.columns[stop:]], w[stop:], p)
        w[start:stop] = multiply(inverse, rest % p, p)
    return w[np.argsort(result.columns, kind="stable")]


def sign(permutation: NDArray[np.int64]) -> int:
    """1 for an even permutation of 0 .. n - 1, -1 for an odd one."""
    seen = np.zeros(permutation.size, dtype=np.bool_)
    odd = 0
    for start in range(permutation.size if (permutation != np.arange(permutation.size)).any() else 0):
        place, length = start, 0
        while not seen[place]:
            seen[place], place, length = True, permutation[place], length + 1
        odd ^= length > 0 and length % 2 == 0
    return -1 if odd else 1


def multiply(a: Matrix, b: Matrix, p: int, dtype: MachineType = "float64") -> NDArray[np.int64]:
    """The product a b mod p in 0..p-1 of matrices of whole numbers below 2^63; p below 2^25, or as the machine type allows."""
    products = products_for(p, dtype, (a.shape[0], b.shape[1]))
    width = -(-b.shape[1] // products.columns) * products.columns
    left, right = products.zeros(*a.shape), products.zeros(*b.shape)
    products.balance(left, a)
    products.balance(right, b)
    factor = products.right_factor(a.shape[1], width)
    products.store(factor, 0, 0, right)
    result = products.zeros(a.shape[0], width)
    if a.shape[1]:
        left = products.left(left, np.arange(a.shape[1])) if dtype == "int8" else left
        products.subtract(result, left, factor, 0, a.shape[1])
    return np.asarray(-result[:, : b.shape[1]].astype(np.int64) % p)
