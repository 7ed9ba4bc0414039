"""The matricization of a network by what its root pools, in two parts: entries modulo a prime, all of them where memory allows.

An entry at the rows (i, k) and columns (j, l) is, times the scale of the judge, the sum over channels a of w_a pool(x_a[i, j],
y_a[k, l]). So n^2 entries are known by about 2 n numbers a channel.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from copy import copy
from math import lcm, prod
from random import Random
from typing import Any

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.certify.matrix import NetworkMatrix
from proofkit.fields import GF
from proofkit.fields.exact import integer_scaled
from proofkit.linalg.elimination import eliminate
from proofkit.linalg.operators import Operator
from proofkit.linalg.products import magnitude
from proofkit.networks.reduction import Block, halves, part
from proofkit.ranks import modulo, solution

Integers = NDArray[Any]
Places = NDArray[np.int64]

_PIECE = 2**20  # entries of A that are held at once, as Python's integers
_POOLED: dict[str, Callable[[Integers, Integers], Integers]] = {"product": np.multiply, "max": np.maximum, "average": np.add}


class Halves:
    """The matrix modulo a prime p that divides no denominator. ``thin``: only rows and columns that matter for the rank.

    Raises :class:`proofkit.errors.UsageError` where a part has too many entries.
    """

    def __init__(self, matrix: NetworkMatrix, p: int, thin: bool = True) -> None:
        self.matrix, self.thin, pool = matrix, thin, matrix.network.pool
        network = matrix.network.over(GF(p)) if pool == "product" else matrix.network
        self.p, self.blocks = p, halves(network, sorted(matrix.row_modes), thin=thin)
        self.pool = pool if len(self.blocks) == 2 else "product"  # of one child and ones
        last, common = network.matrix(network.tree), lcm(*(block.values.denominator for block in self.blocks))
        factor = matrix.scale() // (common * last.denominator)
        self.weights = [int(w) * factor for w in last.planes[0][matrix.output]]
        self._read(common)

    def at(self, p: int) -> Halves:
        """The same modulo another prime; of rectifiers nothing is computed again."""
        if self.matrix.network.pool == "product":
            return Halves(self.matrix, p, self.thin)
        other = copy(self)
        other.p = p
        return other

    def _read(self, common: int) -> None:
        self.values = [_channels(block, common) for block in self.blocks]
        if len(self.values) == 1:
            self.values.append(np.ones((len(self.weights), 1, 1), dtype=np.int64))

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns that are left."""
        (_, m, n), (_, k, w) = (values.shape for values in self.values)
        return m * k, n * w

    def square(self) -> None:
        """Keep, of each part, the rows and columns where a random combination of its channels has a largest nonzero minor."""
        random, kept = Random(0), []
        for values, _ in zip(self.values, self.blocks):
            mixed = sum(random.randrange(self.p) * (channel % self.p) % self.p for channel in values) % self.p
            minor = eliminate(mixed, self.p)
            kept.append((minor.pivot_rows() or (0,), minor.pivot_columns() or (0,)))
        self._keep(kept)

    def cut_down(self, most: int) -> None:
        """Keep some rows and columns, drawn at random, at most ``most`` entries."""
        random, share = Random(0), (most / prod(self.shape)) ** (1 / (2 * len(self.blocks)))

        def some(count: int) -> list[int]:
            return sorted(random.sample(range(count), max(1, int(count * min(share, 1)))))

        self._keep([(some(len(block.rows)), some(len(block.columns))) for block in self.blocks])

    def _keep(self, kept: Sequence[tuple[Sequence[int], Sequence[int]]]) -> None:
        self.blocks = tuple(part(block, *lines) for block, lines in zip(self.blocks, kept))
        self._read(lcm(*(block.values.denominator for block in self.blocks)))

    def spanning(self) -> tuple[Places, Places]:
        """Rows and columns, by their numbers among those that are left, of a submatrix of the same rank."""
        return tuple(self._cross(axis) for axis in (1, 2))  # type: ignore[return-value]

    def _cross(self, axis: int) -> Places:
        """All, but of sums x + y: line (i, k) is line (i, 0) plus line (0, k) less line (0, 0)."""
        count, width = (values.shape[axis] for values in self.values)
        if self.pool != "average":
            return np.arange(count * width)
        return np.unique(np.concatenate([np.arange(width), np.arange(count) * width]))

    def places(self, rows: Iterable[int], columns: Iterable[int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Where they are in the whole matrix."""
        first = self.blocks[0]
        one = np.zeros(1, dtype=object)
        other = self.blocks[1] if len(self.blocks) == 2 else Block(first.values, one, one, 1, 1)
        up = tuple(
            int(first.rows[i]) * other.row_count + int(other.rows[k]) for i, k in (divmod(r, len(other.rows)) for r in rows)
        )
        across = (divmod(c, len(other.columns)) for c in columns)
        return up, tuple(int(first.columns[j]) * other.column_count + int(other.columns[k]) for j, k in across)

    def entries(self, rows: Sequence[int] | Places, columns: Sequence[int] | Places) -> Integers:
        """A submatrix, as residues mod p."""
        up, across = (np.asarray(places, dtype=np.int64) for places in (rows, columns))
        (_, _, _), (_, k, w) = (values.shape for values in self.values)
        total = np.zeros((up.size, across.size), dtype=np.int64)
        for weight, x, y in zip(self.weights, *self.values):
            left = x[(up // k)[:, None], (across // w)[None, :]]
            right = y[(up % k)[:, None], (across % w)[None, :]]
            if weight % self.p:
                total = (total + self._times(weight, _POOLED[self.pool](*self._exact(left, right)))) % self.p
        return total

    def _exact(self, left: Integers, right: Integers) -> tuple[Integers, Integers]:
        bounded = magnitude(left) * magnitude(right) < 2**62 and magnitude(left) + magnitude(right) < 2**62
        return (left, right) if bounded else (left.astype(object), right.astype(object))

    def _times(self, weight: int, values: Integers) -> Integers:
        small = self.p < 2**31
        residues = values % self.p
        return (residues.astype(np.int64) if small else residues.astype(object)) * (weight % self.p)

    def combination(self, rows: Sequence[int], columns: Sequence[int], x: Sequence[int]) -> list[int]:
        """The y with A x = A[:, columns] y mod p, by some rows of A, of which the columns are a nonzero minor; without thinning.

        Raises :class:`proofkit.errors.UsageError` where it is zero mod p.
        """
        sides = self.product(x)
        right = [sides[i] for i in rows] if sides else self._rows_times(rows, x)
        return solution(self.entries(rows, columns), right, self.p)

    def product(self, x: Sequence[int]) -> list[int]:
        """A x without thinning, where that is a sum of products of matrices: sum w X V Y', V being x as a matrix."""
        if self.pool != "product":
            return []
        (_, m, n), (_, k, w) = (values.shape for values in self.values)
        total, vector = flint.nmod_mat(m, k, self.p), flint.nmod_mat(n, w, list(x), self.p)
        for weight, left, right in zip(self.weights, *self.values):
            if weight % self.p:
                total += modulo(left, self.p) * vector * modulo(right.T, self.p) * (weight % self.p)
        return list(map(int, total.entries()))

    def _rows_times(self, rows: Sequence[int], x: Sequence[int]) -> list[int]:
        step = max(1, _PIECE // len(x))
        found: list[int] = []
        vector = flint.nmod_mat(len(x), 1, list(x), self.p)
        for start in range(0, len(rows), step):
            piece = self.entries(rows[start : start + step], range(len(x)))
            found.extend(map(int, (modulo(piece, self.p) * vector).entries()))
        return found

    def formed(self) -> Integers:
        """All entries that are left, mod p < 2^25."""
        if self.pool == "product":
            weights = np.array([weight % self.p for weight in self.weights], dtype=np.int64)
            return Operator([(values % self.p).astype(np.int64) for values in self.values], weights, self.p).formed()
        (_, m, n), (_, k, w) = (values.shape for values in self.values)
        total = np.zeros((m, k, n, w), dtype=np.int32)
        for weight, x, y in zip(self.weights, *self.values):
            if weight % self.p:
                self._add(total, weight, x, y)
        return total.reshape(m * k, n * w)

    def _add(self, total: Integers, weight: int, x: Integers, y: Integers) -> None:
        """Entries are compared, or added, by their order, as they may be large; what they are mod p is looked up."""
        if self.pool == "average":
            left, right = ((self._times(weight, values) % self.p).astype(np.int32) for values in (x, y))
            for i, rows in enumerate(left):
                total[i] = (total[i] + rows[None, :, None] + right[:, None, :]) % self.p
            return
        known, order = np.unique(np.concatenate([x.ravel(), y.ravel()]), return_inverse=True)
        residues = self._times(weight, known).astype(np.int64) % self.p
        residues = residues.astype(np.int32)
        left, right = order[: x.size].astype(np.int32).reshape(x.shape), order[x.size :].astype(np.int32).reshape(y.shape)
        for i, rows in enumerate(left):
            total[i] = (total[i] + residues[np.maximum(rows[None, :, None], right[:, None, :])]) % self.p


def _channels(block: Block, common: int) -> Integers:
    """The values as integers: channels, rows, columns."""
    whole = integer_scaled(block.values.planes[0], common // block.values.denominator)
    return whole.reshape(len(block.rows), len(block.columns), -1).transpose(2, 0, 1)
