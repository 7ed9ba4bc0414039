"""Sums of Kronecker products as linear operators mod p that are never formed, applied to blocks of vectors.

A x for A = sum over channels a of F_1a kron .. kron F_qa applies one factor after the other to its axis of x: about 2 r n^1.5
multiplications a vector for two factors of size n^0.5 and r channels, against n^2 for A itself. Blocks of vectors are kept in the
form that the products read, so that nothing is converted or moved between applications. Exactness is the budget's
(``fields.budget``): every sum of products is cut where it would no longer be exact, and reduced mod p before the next factor.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields.budget import MachineType, Residues, residues
from proofkit.linalg.elimination import products_for
from proofkit.linalg.products import CompiledProducts, PlainProducts, RightFactor, kernels

Matrix: TypeAlias = NDArray[np.int64]
Block: TypeAlias = Any  # vectors in the form of an engine

_PIECE = 2**21  # entries of the matrix that a convolution is written as
_SHORT = 64  # factors are joined up to this size: shorter products are not worth the passes over the vectors


class Blocks(Protocol):
    """How blocks of ``vectors`` vectors mod p are held, and what is done to them. Factors and blocks are the engine's own."""

    vectors: int

    def enter(self, x: Matrix) -> Block:
        """A block that begins with the columns of x (n x at most ``vectors`` residues); the others are zero."""
        ...

    def leave(self, block: Block) -> Matrix:
        """The residues, n x ``vectors``."""
        ...

    def factor(self, matrix: Matrix) -> Any:
        """A matrix of residues, to be multiplied from the left."""
        ...

    def kronecker(self, channels: Sequence[Sequence[Any]], block: Block) -> Block:
        """Sum over channels of (F_1 kron .. kron F_q) x."""
        ...

    def dot(self, left: Any, block: Block) -> Matrix:
        """The residues of a left factor times a block."""
        ...

    def plus_product(self, block: Block, left: Any, matrix: Matrix) -> Block:
        """The block, plus a left factor times a small matrix; the block may be overwritten."""
        ...

    def convolution(self, a: NDArray[np.float64], b: NDArray[np.float64], low: int, high: int, p: int) -> NDArray[np.float64]:
        """:func:`convolution`, wherever the engine computes it best."""
        ...


class _OnCPU:
    """What the engines of the CPU share."""

    def convolution(self, a: NDArray[np.float64], b: NDArray[np.float64], low: int, high: int, p: int) -> NDArray[np.float64]:
        return convolution(a, b, low, high, p)


class CompiledBlocks(_OnCPU):
    """By the compiled products: an array (groups, n, columns), which is a packed right factor for every axis of x.

    Applying a factor to the last axis and making it the first leaves the next axis where the products read it, whatever the
    number of factors: no entry is moved, but that bytes are interleaved by fours.
    """

    def __init__(self, products: CompiledProducts, vectors: int) -> None:
        self.products, self.p, self.columns = products, products.p, products.columns
        self.groups = -(-vectors // self.columns)
        self.vectors = self.groups * self.columns
        self._room: dict[tuple[str, int], NDArray[Any]] = {}

    def enter(self, x: Matrix) -> Block:
        wide = np.zeros((len(x), self.vectors), dtype=np.int64)
        wide[:, : x.shape[1]] = balanced(x, self.p)
        grouped = wide.reshape(len(x), self.groups, self.columns).transpose(1, 0, 2)
        return np.ascontiguousarray(grouped, dtype=self.products.dtype)

    def leave(self, block: Block) -> Matrix:
        wide = block.transpose(1, 0, 2).reshape(block.shape[1], self.vectors)
        return np.asarray(wide.astype(np.int64) % self.p)

    def factor(self, matrix: Matrix) -> Any:
        m, n = matrix.shape
        group = self.products.group
        found = self.products.zeros(m, -(-n // group) * group)
        if group > 1:  # bytes are unsigned on the left
            found[:, :n] = (matrix % self.p).astype(np.uint8).view(np.int8)
        else:
            found[:, :n] = balanced(matrix % self.p, self.p)
        return found, n

    def kronecker(self, channels: Sequence[Sequence[Any]], block: Block) -> Block:
        size = math.prod(len(factor) for factor, _ in channels[0]) * self.vectors
        total = np.empty(size, dtype=self.products.dtype)
        first = self._packed(block.reshape(-1), channels[0][-1][1], "first")
        for number, factors in enumerate(channels):
            right, length = first, block.size
            for place, (left, depth) in enumerate(reversed(factors)):
                last = place + 1 == len(factors)
                length = length // depth * len(left)
                out = total if last else self._scratch(f"factor {place % 2}", length)
                self.products.subtract(out.reshape(len(left), -1), left, right, 0, depth, keep=last and number > 0)
                right = right if last else self._packed(out, factors[-2 - place][1])
        result = total.reshape(-1, self.groups, self.columns).transpose(1, 0, 2)
        odd = len(channels[0]) % 2  # every product comes negative
        return np.ascontiguousarray(-result if odd else result)

    def _packed(self, x: NDArray[Any], depth: int, room: str = "packed") -> RightFactor:
        """A flat block as a right factor whose inner dimension is its second-last axis; bytes of it in the named room."""
        natural = x.reshape(-1, depth, self.columns)
        group = self.products.group
        if group == 1:
            return RightFactor(x.reshape(-1, self.columns), np.arange(0, x.size // self.columns, depth))
        compiled = kernels()
        assert compiled is not None
        panels, groups = len(natural), -(-depth // group)
        packed = self._scratch(room, panels * groups * self.columns * group).reshape(panels, groups, -1)
        compiled.interleave(packed.view(np.int32), natural.view(np.uint8))
        return RightFactor(packed.reshape(panels * groups, -1), np.arange(0, panels * groups, groups))

    def dot(self, left: Any, block: Block) -> Matrix:
        found = np.empty((len(left[0]), self.vectors), dtype=self.products.dtype)
        self.products.subtract(found, left[0], self._packed(block.reshape(-1), left[1]), 0, left[1], keep=False)
        return -found.astype(np.int64) % self.p

    def plus_product(self, block: Block, left: Any, matrix: Matrix) -> Block:
        for group, part in enumerate(block):
            columns = matrix[:, group * self.columns : (group + 1) * self.columns]
            right = balanced(-columns % self.p, self.p).astype(self.products.dtype)
            self.products.subtract(part, left[0], self._packed(right.reshape(-1), left[1]), 0, left[1])
        return block

    def _scratch(self, name: str, size: int) -> NDArray[Any]:
        """Room that the next call of this name and size uses again."""
        key = name, size
        if key not in self._room:
            self._room[key] = np.empty(size, dtype=self.products.dtype)
        return self._room[key]


class PlainBlocks(_OnCPU):
    """By numpy: an array (n, vectors) of balanced residues. A factor is applied to the first axis, which becomes the last."""

    def __init__(self, budget: Residues, vectors: int) -> None:
        self.budget, self.p, self.vectors = budget, budget.p, vectors

    def enter(self, x: Matrix) -> Block:
        block = np.zeros((len(x), self.vectors), dtype=self.budget.dtype)
        block[:, : x.shape[1]] = balanced(x, self.p)
        return block

    def leave(self, block: Block) -> Matrix:
        return np.asarray(block.astype(np.int64) % self.p)

    def factor(self, matrix: Matrix) -> Any:
        return balanced(matrix % self.p, self.p).astype(self.budget.dtype)

    def kronecker(self, channels: Sequence[Sequence[Any]], block: Block) -> Block:
        total = None
        for factors in channels:
            x = block
            for factor in factors[:-1]:
                x = self._product(factor, x.reshape(factor.shape[1], -1)).T
            last = self._product(factors[-1], x.reshape(factors[-1].shape[1], -1))
            total = last if total is None else reduced(total + last, self.p)
        assert total is not None
        return np.ascontiguousarray(total.T.reshape(self.vectors, -1).T)

    def dot(self, left: Any, block: Block) -> Matrix:
        return self.leave(self._product(left, block))

    def plus_product(self, block: Block, left: Any, matrix: Matrix) -> Block:
        return reduced(block + self._product(left, self.factor(matrix)), self.p)

    def _product(self, left: NDArray[Any], right: NDArray[Any]) -> NDArray[Any]:
        return product(left, right, self.budget)


def product(left: NDArray[Any], right: NDArray[Any], budget: Residues) -> NDArray[Any]:
    """By BLAS, of matrices of balanced residues in the budget's type, reduced after every ``chunk`` terms."""
    total = np.zeros((len(left), right.shape[1]), dtype=budget.dtype)
    for start in range(0, left.shape[1], budget.chunk):
        inner = slice(start, min(start + budget.chunk, left.shape[1]))
        total = reduced(total + left[:, inner] @ right[inner], budget.p)
    return total


def reduced(x: NDArray[Any], p: int) -> NDArray[Any]:
    """Whole numbers that a budget covers as balanced residues mod p."""
    modulus = x.dtype.type(p)
    return np.asarray(x - np.rint(x * (x.dtype.type(1) / modulus)) * modulus)


def convolution(a: NDArray[np.float64], b: NDArray[np.float64], low: int, high: int, p: int) -> NDArray[np.float64]:
    """The coefficients low .. high - 1 of the product of two matrix polynomials of balanced residues, as products of matrices."""
    rows, inner, terms = a.shape[1], a.shape[2], len(b)
    budget = residues(p, "float32" if p < 256 else "float64")
    padded = np.zeros((high + terms - 1, rows, inner), dtype=budget.dtype)
    part = a[:high]
    padded[terms - 1 : terms - 1 + len(part)] = part
    right = b[::-1].reshape(terms * inner, -1).astype(budget.dtype)
    windows = sliding_window_view(padded, terms, axis=0)  # (high, rows, inner, terms)
    result = np.empty((high - low, rows, b.shape[2]))
    step = max(1, _PIECE // (rows * inner * terms))
    for start in range(low, high, step):
        stop = min(start + step, high)
        left = windows[start:stop].transpose(0, 1, 3, 2).reshape(-1, terms * inner)
        result[start - low : stop - low] = product(left, right, budget).reshape(stop - start, rows, -1)
    return result


def balanced(x: Matrix, p: int) -> Matrix:
    """Residues in 0 .. p-1 as numbers of absolute value at most p // 2."""
    return np.where(x > p // 2, x - p, x)


def blocks_for(p: int, vectors: int | None = None, dtype: MachineType | None = None, threads: int | None = None) -> Blocks:
    """The engine for blocks of at least so many vectors (by default as many as a tile has columns)."""
    products = products_for(p, dtype, (2**20, 2**20), threads)
    if isinstance(products, PlainProducts):
        return PlainBlocks(products.budget, vectors or products.columns)
    return CompiledBlocks(products, vectors or products.columns)


class Operator:
    """A = sum over channels a of w_a (F_1a kron .. kron F_qa) mod a prime p below 2^25.

    ``children[t][a]`` is F_ta, residues 0 .. p-1. ``engine``: what computes, by default :func:`blocks_for` p; it raises
    :class:`UsageError` where no machine type is exact for p.
    """

    def __init__(self, children: Sequence[Matrix], weights: Matrix, p: int, engine: Blocks | None = None) -> None:
        self.p, self.engine = p, engine or blocks_for(p)
        self.children: Sequence[Matrix] = list(children)
        self.weights = np.asarray(weights, dtype=np.int64) % p
        self.shape = (math.prod(c.shape[1] for c in self.children), math.prod(c.shape[2] for c in self.children))
        first, *others = joined(self.children, p)
        weighted = [first * self.weights[:, None, None] % p, *others]
        self._channels = [[self.engine.factor(child[a]) for child in weighted] for a in range(len(self.weights))]

    def operations(self) -> int:
        """Multiplications of one application to one vector."""
        total, size = 0, self.shape[1]
        for child in reversed(joined(self.children, self.p)):
            total += len(child) * size * child.shape[1]
            size = size // child.shape[2] * child.shape[1]
        return total

    def step(self, block: Block) -> Block:
        """A x for a block in the form of the engine."""
        return self.engine.kronecker(self._channels, block)

    def __matmul__(self, x: Matrix) -> Matrix:
        """A x mod p for a vector, or for the columns of a matrix, of residues."""
        columns = x[:, None] if x.ndim == 1 else x
        if columns.ndim != 2 or len(columns) != self.shape[1]:
            raise UsageError(f"an operator of shape {self.shape} is not applied to an array of shape {x.shape}")
        width = self.engine.vectors
        parts = [columns[:, i : i + width] for i in range(0, columns.shape[1], width)]
        found = [self.engine.leave(self.step(self.engine.enter(part % self.p)))[:, : part.shape[1]] for part in parts]
        result = np.concatenate([np.zeros((self.shape[0], 0), dtype=np.int64), *found], axis=1)
        return result[:, 0] if x.ndim == 1 else result

    def transposed(self) -> Operator:
        """The operator of the transpose."""
        return Operator([child.transpose(0, 2, 1) for child in self.children], self.weights, self.p, self.engine)

    def scaled(self, diagonals: Sequence[Matrix]) -> Operator:
        """A D for D = D_1 kron .. kron D_q, diagonals of residues."""
        return Operator([child * d % self.p for child, d in zip(self.children, diagonals)], self.weights, self.p, self.engine)

    def formed(self) -> NDArray[Any]:
        """All entries, balanced, in a machine type: a product of the channels' entries, over halves of the factors, in order."""
        r, p = len(self.weights), self.p
        left, right = halves(self.children, p)
        (_, m1, n1), (_, m2, n2) = left.shape, right.shape
        products = products_for(p, None, (2**20, 2**20), 1)
        weighted = -left * self.weights[:, None, None] % p  # what is subtracted from nothing
        rows, columns = products.zeros(m1 * n1, r), products.zeros(r, m2 * n2)
        products.balance(rows, weighted.reshape(r, -1).T)
        products.balance(columns, right.reshape(r, -1))
        factor = products.right_factor(r, -(-m2 * n2 // products.columns) * products.columns)
        products.store(factor, 0, 0, columns)
        signless = products.left(rows, np.arange(r))
        found = np.empty((m1, m2, n1, n2), dtype=products.dtype)
        step = max(1, 2**18 // max(1, n1 * m2 * n2))
        for i in range(0, m1, step):
            part = products.zeros(len(found[i : i + step]) * n1, -(-m2 * n2 // products.columns) * products.columns)
            products.subtract(part, signless[i * n1 : (i + step) * n1], factor, 0, r, keep=False)
            found[i : i + step] = part[:, : m2 * n2].reshape(-1, n1, m2, n2).transpose(0, 2, 1, 3)
        return found.reshape(self.shape)


def kron_channels(one: Matrix, other: Matrix, p: int) -> Matrix:
    """Channel by channel the Kronecker product mod p of arrays (channels, rows, columns)."""
    product = one[:, :, None, :, None] * other[:, None, :, None, :] % p
    return product.reshape(len(one), one.shape[1] * other.shape[1], one.shape[2] * other.shape[2])


def joined(children: Sequence[Matrix], p: int) -> list[Matrix]:
    """The same factors, neighbours multiplied out as long as they stay small."""
    found = [children[0]]
    for child in children[1:]:
        rows, columns = found[-1].shape[1] * child.shape[1], found[-1].shape[2] * child.shape[2]
        if max(rows, columns) <= _SHORT:
            found[-1] = kron_channels(found[-1], child, p)
        else:
            found.append(child)
    return found


def halves(children: Sequence[Matrix], p: int) -> tuple[Matrix, Matrix]:
    """The factors multiplied out into two, about equally large."""
    one = np.ones((len(children[0]), 1, 1), dtype=np.int64)
    parts, rest = [one, one], list(children)
    while rest:
        front = parts[0][0].size * rest[0][0].size <= parts[1][0].size * rest[-1][0].size
        if front:
            parts[0] = kron_channels(parts[0], rest.pop(0), p)
        else:
            parts[1] = kron_channels(rest.pop(), parts[1], p)
    return parts[0], parts[1]
