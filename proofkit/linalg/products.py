"""Products of matrices of residues, with the reduction mod p: compiled where numba is present, else by numpy.

Both classes offer the same five operations on the same kind of matrices, so that the elimination is written once. A *left
factor* is a matrix of residues by rows; a *right factor* is kept in whatever order its products read it. Widths are multiples of
``columns``.
"""

from __future__ import annotations

import logging
import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from types import ModuleType
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.fields.budget import MachineType, Residues

Matrix: TypeAlias = NDArray[Any]

_EXACT_QUOTIENT = 2**50  # below it, x - rint(x fl(1/p)) p is at most p / 2 + 0.26 (fields.budget.residues)
_SILENCE = 3.0  # seconds
_COMPILING = "compiling the kernels of the elimination: once on a machine, some 20 seconds"


def magnitude(x: Matrix) -> int:
    """The largest absolute value of an array of whole numbers."""
    return max(int(x.max()), -int(x.min())) if x.size else 0


def signed(x: Matrix, p: int) -> Matrix:
    """The same residues mod p in a signed type: with signed numbers, unsigned 64-bit ones would turn into floats."""
    return (x % np.uint64(p)).astype(np.int64) if x.dtype == np.uint64 else x


class RightFactor(NamedTuple):
    """A right factor; for compiled products its panels of ``columns`` columns stand one below the other, from ``starts`` on."""

    values: Matrix
    starts: NDArray[np.int64]


class Sweep(NamedTuple):
    """A swept block: pivot k is (rows[k], columns[k]), columns ascending; ``table`` is the principal pivot transform."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    table: Matrix
    determinant: int  # of the pivot block with its rows in this order, mod p


@lru_cache(maxsize=1)
def kernels() -> ModuleType | None:
    """The compiled kernels, or None where numba is missing, switched off or wrong on this machine."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return None
    notice = threading.Timer(_SILENCE, logging.getLogger("proofkit").warning, [_COMPILING])
    notice.daemon = True
    notice.start()
    try:
        from proofkit.linalg import kernels as compiled
    except ImportError:
        return None
    except Exception as error:  # a compiler that this machine or version of numba breaks must not take ranks away
        warnings.warn(f"the compiled kernels are not used: {str(error).splitlines()[0]}", RuntimeWarning, stacklevel=2)
        return None
    finally:
        notice.cancel()
    return compiled


@lru_cache(maxsize=3)
def passes_self_test(dtype: MachineType) -> bool:
    """Whether compiled products in this type are right on this machine: all entries extreme, and random ones, against int64.

    Run once a process. A type that fails is not used.
    """
    compiled = kernels()
    if compiled is None or (dtype == "int8" and not compiled.BYTES):
        return False
    from proofkit.fields.budget import residues

    budget = residues({"float64": 2097169, "float32": 509, "int8": 251}[dtype], dtype)
    products = CompiledProducts(budget, 1)
    low, high = products.left_range
    random = np.random.default_rng(0)
    shape, width = (compiled.MR + 6, 70), 2 * products.columns
    for extreme in (True, False):
        left = random.choice([low, high], shape) if extreme else random.integers(low, high + 1, shape)
        ends = [-budget.magnitude, budget.magnitude]
        right = random.choice(ends, (70, width)) if extreme else random.integers(ends[0], ends[1] + 1, (70, width))
        right[:, : products.columns] = np.abs(right[:, : products.columns])  # sums that do not cancel
        packed = products.right_factor(70, width)
        products.store(packed, 0, 0, right.astype(dtype))
        found = products.zeros(shape[0], width)
        products.subtract(found, left.astype(np.uint8).view(np.int8) if dtype == "int8" else left.astype(dtype), packed, 0, 70)
        if not np.array_equal(found.astype(np.int64) % budget.p, -(left @ right) % budget.p):
            return False
    return True


class CompiledProducts:
    """Products by the compiled kernels, on one thread or several."""

    def __init__(self, budget: Residues, threads: int) -> None:
        compiled = kernels()
        if compiled is None:
            raise RuntimeError("the compiled kernels need numba; install proofkit[speed]")
        self.budget, self.p, self.kernels, self.threads = budget, budget.p, compiled, threads
        self.dtype = np.dtype(budget.dtype)
        self.columns: int = compiled.tile_columns(self.dtype)
        self.group = 4 if budget.dtype == "int8" else 1
        cached = {8: 384, 4: 768, 1: 2048}[self.dtype.itemsize]
        self.chunk = min(cached, budget.chunk) // self.group * self.group
        self._scratch: Matrix | None = None
        self.left_range = (0, self.p - 1) if budget.dtype == "int8" else (-budget.magnitude, budget.magnitude)

    def zeros(self, rows: int, width: int) -> Matrix:
        """A matrix whose rows begin at distances that do not collide in the cache."""
        line = 64 // self.dtype.itemsize
        lines = -(-width // line) | 1
        return self._zeros((rows, lines * line))[:, :width]

    def right_factor(self, depth: int, width: int, step: int = 0) -> RightFactor:
        """Room for a right factor, all zero; with ``step`` for a triangular one, as deep as its columns, ``step`` by ``step``."""
        stops = np.arange(0, width, self.columns) // step * step + step if step else np.full(-(-width // self.columns), depth)
        groups = -(-np.minimum(stops, depth) // self.group)
        starts = np.cumsum(groups) - groups
        return RightFactor(self._zeros((int(groups.sum()), self.columns * self.group)), starts)

    def _zeros(self, shape: tuple[int, ...]) -> Matrix:
        """Filled at once: numpy asks for huge pages for what it does not have to zero, and page faults cost more than writes."""
        found = np.empty(shape, dtype=self.dtype)
        found.fill(0)
        return found

    def store(self, right: RightFactor, row: int, column: int, block: Matrix, negate: bool = False) -> None:
        """Write a block of balanced residues into a right factor, where it was zero; ``column`` is a multiple of ``columns``."""
        self.kernels.pack(*right, row, column // self.columns, block, negate)

    def entries(self, right: RightFactor, rows: slice, columns: Matrix) -> Matrix:
        """Some rows and columns of a right factor; below what a triangular one keeps they are zero."""
        k, panel = np.arange(rows.start, rows.stop)[:, None], columns // self.columns
        stops = np.append(right.starts, right.values.shape[0])[panel + 1]
        row = right.starts[panel] + k // self.group
        kept = right.values[np.minimum(row, stops - 1), columns % self.columns * self.group + k % self.group]
        return np.asarray(np.where(row < stops, kept, self.dtype.type(0)))

    def left(self, source: Matrix, columns: Matrix) -> Matrix:
        """Columns of a matrix of balanced residues as a left factor, in room that the next call uses again."""
        rows, width = source.shape[0], -(-columns.size // self.group) * self.group
        if self._scratch is None or self._scratch.shape[0] < rows or self._scratch.shape[1] < width:
            self._scratch = self.zeros(rows, width)
        target = self._scratch[:rows, :width]
        self.kernels.gather_left(target, source, columns, self.p)
        return target

    def balance(self, target: Matrix, source: Matrix) -> None:
        """Write the balanced residues of whole numbers below 2^63."""
        if source.dtype.itemsize < 8 or magnitude(source) < _EXACT_QUOTIENT:
            self.kernels.balance(target, source, self.p)
        else:
            self.kernels.balance_integers(target, signed(source, self.p), self.p)

    def subtract(
        self, c: Matrix, left: Matrix, right: RightFactor, column: int, depth: int, keep: bool = True, as_left: bool = False
    ) -> None:
        """c := (c if keep else 0) - left right mod p, from a column of the right factor on; ``as_left``: as a left factor."""
        first = column // self.columns
        arguments = (depth, self.chunk, int(keep), int(as_left), float(self.p), 1.0 / self.p)
        if self.threads == 1 or c.size * depth < 2**22:
            self.kernels.subtract_product(c, left, *right, first, *arguments)
            return
        by_rows = c.shape[0] >= c.shape[1]
        unit = self.kernels.MR if by_rows else self.columns
        size = c.shape[0] if by_rows else c.shape[1]
        step = -(-size // (self.threads * unit)) * unit
        pieces = [(start, min(start + step, size)) for start in range(0, size, step)]

        def part(piece: tuple[int, int]) -> None:
            i, j = piece
            if by_rows:
                self.kernels.subtract_product(c[i:j], left[i:j], *right, first, *arguments)
            else:
                self.kernels.subtract_product(c[:, i:j], left, *right, first + i // self.columns, *arguments)

        list(_pool(self.threads).map(part, pieces))

    def sweep(self, block: Matrix, width: int) -> Sweep:
        """The principal pivot transform of a block of balanced residues (kernels.sweep)."""
        table = block.astype(np.float32 if self.dtype.itemsize == 1 else self.dtype)
        wide = -(-table.shape[1] // self.kernels.tile_columns(table.dtype)) * self.kernels.tile_columns(table.dtype)
        if wide != table.shape[1]:
            table = np.pad(table, ((0, 0), (0, wide - table.shape[1])))
        most = min(table.shape[0], width)
        rows, columns = np.zeros(most, dtype=np.int64), np.zeros(most, dtype=np.int64)
        count, determinant = self.kernels.sweep(table, width, rows, columns, self.p)
        return Sweep(rows[:count], columns[:count], table, determinant)


class PlainProducts:
    """Products by numpy's BLAS; slower by the passes over memory that the reductions take."""

    group = 1

    def __init__(self, budget: Residues, threads: int) -> None:
        self.budget, self.p, self.threads = budget, budget.p, threads
        self.dtype = np.dtype(budget.dtype)
        self.columns = 16

    def zeros(self, rows: int, width: int) -> Matrix:
        return np.zeros((rows, width), dtype=self.dtype)

    def right_factor(self, depth: int, width: int, step: int = 0) -> RightFactor:
        return RightFactor(np.zeros((depth, width), dtype=self.dtype), np.zeros(1, dtype=np.int64))

    def store(self, right: RightFactor, row: int, column: int, block: Matrix, negate: bool = False) -> None:
        right.values[row : row + block.shape[0], column : column + block.shape[1]] = -block if negate else block

    def entries(self, right: RightFactor, rows: slice, columns: Matrix) -> Matrix:
        return np.asarray(right.values[rows, columns])

    def left(self, source: Matrix, columns: Matrix) -> Matrix:
        return source[:, columns]

    def balance(self, target: Matrix, source: Matrix) -> None:
        if source.dtype.kind == "f":
            target[:] = np.fmod(source, self.p)
        else:
            target[:] = signed(source, self.p).astype(np.int64) % self.p
        self._reduce(target)

    def subtract(
        self, c: Matrix, left: Matrix, right: RightFactor, column: int, depth: int, keep: bool = True, as_left: bool = False
    ) -> None:
        factor = right.values[:, column : column + c.shape[1]]
        if not keep:
            c[:] = 0
        with blas_threads(self.threads):
            for start in range(0, depth, self.budget.chunk):
                inner = slice(start, min(start + self.budget.chunk, depth))
                c -= left[:, inner] @ factor[inner]
                self._reduce(c)

    def sweep(self, block: Matrix, width: int) -> Sweep:
        """Row operations over whole rows, one pivot at a time."""
        table = block.copy()
        free = np.ones(table.shape[0], dtype=np.bool_)
        rows, columns, determinant = [], [], 1
        for j in range(width):
            candidates = np.flatnonzero(free & (table[:, j] != 0))
            if not candidates.size:
                continue
            pivot = int(candidates[0])
            free[pivot] = False
            rows.append(pivot)
            columns.append(j)
            value = int(table[pivot, j]) % self.p
            determinant = determinant * value % self.p
            table[pivot, j] = 1
            row = table[pivot] * self._balanced(pow(value, -1, self.p))
            self._reduce(row)
            factors = table[:, j].copy()
            factors[pivot] = 0
            table[:, j] = 0
            table[pivot] = row
            table -= np.outer(factors, row)
            self._reduce(table)
        return Sweep(np.array(rows, dtype=np.int64), np.array(columns, dtype=np.int64), table, determinant)

    def _balanced(self, x: int) -> int:
        return x - self.p if x > self.p // 2 else x

    def _reduce(self, x: Matrix) -> None:
        """x - rint(x fl(1/p)) p, in place."""
        quotient = x * (self.dtype.type(1) / self.dtype.type(self.p))
        np.rint(quotient, out=quotient)
        quotient *= self.p
        x -= quotient


Products: TypeAlias = CompiledProducts | PlainProducts


@lru_cache(maxsize=4)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="proofkit")


def blas_threads(threads: int) -> AbstractContextManager[Any]:
    """BLAS on so many threads, where threadpoolctl can tell it."""
    try:
        from threadpoolctl import threadpool_limits
    except ImportError:
        return nullcontext()
    return threadpool_limits(threads, user_api="blas")  # type: ignore[no-any-return]
