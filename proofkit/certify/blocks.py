"""Large minors of networks whose windows of leaves have one row mode and one column mode each, solved block by block.

There A = (kron of U_j') D (kron of V_j) with the diagonal core D, j the windows, U_j and V_j the matrices of their leaves. Call a
window regular where some of its rows and columns make U_j and V_j square and nonsingular. By the inverses of those, a minor of A
falls apart into one block for every choice of channels of the regular windows: what is left of the network when these are fixed.
So a 49152 x 49152 minor with one rank-deficient leaf is 16384 blocks of 3 rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from math import prod
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.certify.halves import Halves
from proofkit.certify.matrix import NetworkMatrix
from proofkit.errors import UsageError
from proofkit.linalg.elimination import LARGEST_PRIME, eliminate, solve_minor
from proofkit.networks import Node
from proofkit.ranks import RankResult, Spanned, by_minor, modulo, solution

Residues = NDArray[Any]  # int64 for primes below 2^25, else Python's integers
Places = NDArray[np.int64]
_Solver: TypeAlias = Callable[[Residues], Residues]

_MOST_SPANNED = 2**21  # entries of blocks that are formed modulo primes beyond 2^60
_MOST_CHECKED = 2**27  # multiplications of A with a vector, as the judge makes some of them
_SMALL = 32  # rows of blocks that are inverted all at once


class _Window(NamedTuple):
    """Rows and columns (numbers below M) at which U (channels x rows) and V are independent; dead channels are left out."""

    rows: tuple[int, ...]
    columns: tuple[int, ...]
    alive: tuple[int, ...]
    u: Residues
    v: Residues
    weights: Residues

    @property
    def regular(self) -> bool:
        return len(self.u) == len(self.rows) == len(self.columns)


class Blocks:
    """The matrix modulo a prime that divides no denominator, in blocks; with rows and columns ``like`` those of others."""

    def __init__(self, matrix: NetworkMatrix, p: int, like: Blocks | None = None) -> None:
        self.matrix, self.p = matrix, p
        network, dtype = matrix.network, np.dtype(np.int64 if p < LARGEST_PRIME else object)
        self.weights = {node.name: (network.matrix(node).planes[0] % p).astype(dtype) for node in network.tree.nodes()}
        nodes = [node for node in network.tree.windows() if not node.children[0].children]
        known: list[_Window | None] = [None] * len(nodes) if like is None else [*like.windows]
        self.windows: list[_Window] = [self._window(node, window) for node, window in zip(nodes, known)]
        self.regular = [window for window in self.windows if window.regular]
        self.others = [window for window in self.windows if not window.regular]

    def _window(self, node: Node, like: _Window | None) -> _Window:
        one, other = node.children if node.children[0].mode in self.matrix.row_modes else node.children[::-1]
        alive = like.alive if like else tuple(np.flatnonzero(self.weights[node.name].any(axis=0)).tolist())
        u, v = (self.weights[child.name][list(alive)] for child in (one, other))
        rows, columns = like[:2] if like else (eliminate(x, self.p).pivot_columns() if x.size else () for x in (u, v))
        return _Window(rows, columns, alive, u[:, list(rows)], v[:, list(columns)], self.weights[node.name][:, list(alive)])

    @property
    def shape(self) -> tuple[int, int, int]:
        """How many blocks there are, and their rows and columns."""
        count = prod(len(window.u) for window in self.regular)
        return count, prod(len(window.rows) for window in self.others), prod(len(window.columns) for window in self.others)

    def minor(self) -> tuple[RankResult, Spanned | None] | None:
        """All blocks, or as many rows and columns of each as the first one has independent ones; and why these columns span A,
        where they do. None where some of the resulting minors are zero mod p."""
        blocks = self._formed()
        first = eliminate(blocks[0], self.p)
        rows, columns = list(first.pivot_rows()), list(first.pivot_columns())
        solve = _solver(blocks[:, rows][:, :, columns], self.p)
        if solve is None:
            return None
        up, across = self._places(0, rows), self._places(1, columns)
        into, out = np.argsort(up), np.argsort(across)

        def solved(sides: Residues) -> Residues:
            return self._solved(sides, solve, len(rows), into, out)

        def combination(p: int, x: Sequence[int]) -> list[int]:
            other, sides = Blocks(self.matrix, p, like=self), Halves(self.matrix, p, thin=False).product(x)
            at = _solver(other._formed()[:, rows][:, :, columns], p)
            if at is None:
                raise UsageError(f"a block is singular modulo {p}, a prime that the hash picked")
            chosen = np.array([sides[i] for i in up[into]], dtype=object)[:, None]
            return [int(y) for y in other._solved(chosen, at, len(rows), into, out)[:, 0]]

        found = by_minor(self.matrix, "Q", self.p, (tuple(up[into].tolist()), tuple(across[out].tolist())), solved)
        spans = blocks.size <= _MOST_SPANNED and self._checkable() and _spans(blocks, rows, columns, solve, self.p)
        return found, Spanned(self.matrix.height().bit_length(), combination) if spans else None

    def _checkable(self) -> bool:
        """Whether the judge can multiply A with some vectors."""
        network = self.matrix.network
        rows = (len(self.matrix.row_modes & set(child.modes)) for child in network.tree.children)
        work = network.channels(network.tree.children[0]) * sum(network.dimension**count for count in rows)
        return bool(work * self.matrix.shape[1] <= _MOST_CHECKED)

    def _solved(self, sides: Residues, solve: _Solver, size: int, into: Places, out: Places) -> Residues:
        """What the blocks, ``size`` rows each, make of the right sides for the rows in ascending order; so are the columns."""
        natural = np.empty_like(sides)
        natural[into] = sides % self.p
        regular = self._undone(natural, [window.u.T for window in self.regular]).reshape(-1, size, sides.shape[1])
        return self._undone(solve(regular).reshape(sides.shape), [window.v for window in self.regular])[out]

    def _formed(self) -> Residues:
        """All blocks: (blocks, rows, columns). The root has so many entries that its channels are added one by one."""
        root, windows = self.matrix.network.tree, iter(self.windows)

        def of(node: Node) -> Residues:
            """The channels of a node: (channels, blocks, rows, columns)."""
            if not node.children[0].children:
                return _of_window(next(windows), self.p)
            weights, pooled = self.weights[node.name], reduce(self._paired, [of(child) for child in node.children])
            return (weights @ pooled.reshape(len(pooled), -1) % self.p).reshape(len(weights), *pooled.shape[1:])

        if not root.children[0].children:
            return np.asarray(of(root)[self.matrix.output])
        children = [of(child) for child in root.children]
        total: Residues = np.zeros(self.shape, dtype=np.int64)
        for a, weight in enumerate(self.weights[root.name][self.matrix.output]):
            total = (total + weight * reduce(self._paired, [child[a : a + 1] for child in children])[0]) % self.p
        return total

    def _paired(self, one: Residues, other: Residues) -> Residues:
        """Channel by channel the Kronecker products of all pairs of blocks."""
        product = one[:, :, None, :, None, :, None] * other[:, None, :, None, :, None, :] % self.p
        return product.reshape(len(one), *(a * b for a, b in zip(one.shape[1:], other.shape[1:])))

    def _places(self, side: int, chosen: Sequence[int]) -> Residues:
        """Where the rows (side 0) or columns of the minor are in A, block by block."""
        regular, others = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        for window in self.windows:
            digits = np.array(window[side], dtype=np.int64)
            regular, others = regular * self.matrix.network.dimension, others * self.matrix.network.dimension
            if window.regular:
                regular = (regular[:, None] + digits).reshape(-1)
            else:
                others = (others[:, None] + digits).reshape(-1)
        return (regular[:, None] + others[list(chosen)]).reshape(-1)

    def _undone(self, x: Residues, factors: Sequence[Residues]) -> Residues:
        """The inverse of the Kronecker product of the factors, applied to the slowest indices of the rows of x."""
        shape, left = x.shape, 1
        for factor in factors:
            n = len(factor)
            found = _inverse(factor, self.p) @ x.reshape(left, n, -1).transpose(1, 0, 2).reshape(n, -1) % self.p
            x, left = found.reshape(n, left, -1).transpose(1, 0, 2), left * n
        return x.reshape(shape)


def _of_window(window: _Window, p: int) -> Residues:
    if window.regular:
        return window.weights[:, :, None, None]
    weighted = window.weights[:, :, None] * window.v % p
    return np.stack([window.u.T @ channel % p for channel in weighted])[:, None]


def _inverse(matrix: Residues, p: int) -> Residues:
    n = len(matrix)
    return np.array(list(map(int, modulo(matrix, p).inv().entries())), dtype=matrix.dtype).reshape(n, n)


def _solver(blocks: Residues, p: int) -> _Solver | None:
    """X with B_i X_i = Y_i for all blocks; None where one of them is singular."""
    if p >= LARGEST_PRIME:
        return lambda sides: np.stack([_solution(block, part, p) for block, part in zip(blocks, sides)])
    if blocks.shape[1] > _SMALL:
        factored = [eliminate(block, p) for block in blocks]
        if any(each.rank < blocks.shape[1] for each in factored):
            return None
        return lambda sides: np.stack([solve_minor(each, part) for each, part in zip(factored, sides)])
    inverses = _inverses(blocks, p)
    if inverses is None:
        return None
    return lambda sides: np.asarray(inverses @ sides % p)


def _solution(block: Residues, side: Residues, p: int) -> Residues:
    return np.array(solution(block, side[:, 0].tolist(), p), dtype=object)[:, None]


def _spans(blocks: Residues, rows: list[int], columns: list[int], solve: _Solver, p: int) -> bool:
    """Whether the columns of every block span it, as a product with a random vector says."""
    x = np.random.default_rng(0).integers(0, p, (len(blocks), blocks.shape[2], 1))
    sides = blocks @ x % p
    return bool((blocks[:, :, columns] @ solve(sides[:, rows]) % p == sides).all())


def _inverses(blocks: Residues, p: int) -> Residues | None:
    """Of small matrices mod p, all at once; None where one is singular."""
    count, n, _ = blocks.shape
    every, ones = np.arange(count), np.broadcast_to(np.eye(n, dtype=np.int64), blocks.shape)
    work = np.concatenate([blocks, ones], axis=2)
    for k in range(n):
        pivot = k + (work[:, k:, k] != 0).argmax(axis=1)
        work[every, k], work[every, pivot] = work[every, pivot], work[every, k].copy()
        if not work[:, k, k].all():
            return None
        row = work[:, k] * _inverse_residues(work[:, k, k], p)[:, None] % p
        work = (work - work[:, :, k, None] * row[:, None]) % p
        work[:, k] = row
    return work[:, :, n:]


def _inverse_residues(x: Residues, p: int) -> Residues:
    """x^(p - 2) mod p."""
    found, exponent = np.ones_like(x), p - 2
    while exponent:
        found, x, exponent = found * x % p if exponent & 1 else found, x * x % p, exponent >> 1
    return found
