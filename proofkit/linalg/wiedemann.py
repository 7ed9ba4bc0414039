"""Rank and solutions mod p of a matrix that is only applied to vectors: block Wiedemann.

For an n x n matrix B and blocks U, V of s vectors let S_i = U' B^i V, i = 1, 2, ... The block Hankel matrix with the blocks
S_(i+j+1), i < a, j < b, is the product of the stacked U' B^i, of B, and of the B^j V side by side. So

    rank B >= rank of the block Hankel matrix, whatever U, V, a and b:

a certain bound. (For s = 1 it is the degree of the minimal generator. Sequences from i = 0 on give no bound: of B = 0 they see
U' V.) It equals the rank with high probability for random U and V where the nonzero part of B is cyclic enough, which a random
diagonal sees to. About 2n/s applications to s vectors, and O(s n^2) for the rank.

The rank of the Hankel matrix is read off a minimal approximant basis: its kernel consists of the polynomial vectors q of degree
below b whose product with S_1 + S_2 x + ... has the coefficients b-1 .. a+b-2 zero. With the degrees d_k of a basis that is
minimal for the order a+b-1, the kernel has the dimension sum max(0, b - d_k).

Sources: D. Wiedemann, Solving sparse linear equations over finite fields, IEEE Trans. Inf. Theory 32 (1986); D. Coppersmith,
Solving homogeneous linear equations over GF(2) via block Wiedemann algorithm, Math. Comp. 62 (1994); E. Kaltofen, G. Villard, On
the complexity of computing determinants, Comput. Complexity 13 (2005), for the Hankel matrices; P. Giorgi, C.-P. Jeannerod,
G. Villard, On the complexity of polynomial matrix computations, ISSAC 2003, for the bases.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from proofkit.fields.budget import residues
from proofkit.linalg.elimination import multiply
from proofkit.linalg.memory import require_memory
from proofkit.linalg.operators import Blocks, balanced, convolution, product, reduced
from proofkit.linalg.products import blas_threads, kernels

Matrix = NDArray[np.int64]
Progress = Callable[[int, int], None]
Polynomials = NDArray[np.float64]  # matrices with polynomial entries: (coefficients, rows, columns), balanced residues
Convolution = Callable[[Polynomials, Polynomials, int, int, int], Polynomials]

_SLACK = 3  # terms of the sequence beyond those that the rank needs
_ITERATED = 32  # terms up to which a basis is found one by one


class BlackBox(Protocol):
    """A matrix mod p that is applied to blocks of vectors."""

    p: int
    engine: Blocks

    @property
    def shape(self) -> tuple[int, int]: ...

    def step(self, block: Any) -> Any:
        """A x, in the form of the engine."""
        ...


class Scalable(BlackBox, Protocol):
    """A black box with factors: it can be transposed, and multiplied by diagonals that have the form of its factors."""

    @property
    def children(self) -> Sequence[Matrix]: ...

    def transposed(self) -> Any: ...

    def scaled(self, diagonals: Sequence[Matrix]) -> Any: ...


@dataclass
class Chain:
    """The product of two black boxes of one engine."""

    outer: BlackBox
    inner: BlackBox

    def __post_init__(self) -> None:
        self.p, self.engine = self.outer.p, self.outer.engine
        self.shape = (self.outer.shape[0], self.inner.shape[1])

    def step(self, block: Any) -> Any:
        return self.outer.step(self.inner.step(block))


class Basis(NamedTuple):
    """A minimal approximant basis: its coefficients (degree + 1, w, w), and the degrees of its columns, shifts included."""

    polynomials: Polynomials
    degrees: NDArray[np.int64]


def wiedemann_rank(operator: Scalable, seed: int = 0, progress: Progress | None = None) -> int:
    """A certain lower bound on the rank mod p, with high probability the rank where p is large.

    Square A: of B = A D for a random diagonal D without zeros, so that rank B = rank A. This misses the rank where all principal
    minors of A of that size vanish, never where A is nonsingular. Other shapes: of A D1 A' D2, or of A' D1 A D2, whichever is
    smaller; its rank is at most that of A.
    """
    random = np.random.default_rng(seed)
    box, _ = squared(operator, random)
    start = random.integers(0, box.p, (box.shape[1], box.engine.vectors))
    return Sequenced(box, start, random, progress).rank()


def squared(operator: Scalable, random: np.random.Generator) -> tuple[BlackBox, Matrix]:
    """A square black box of at most the rank, preconditioned; and the diagonal that its argument is multiplied by."""
    m, n = operator.shape
    if m == n:
        diagonals = _diagonals(operator, random)
        return operator.scaled(diagonals), kron_vector(diagonals, operator.p)
    outer = operator if m < n else operator.transposed()
    inner = outer.transposed()
    diagonals = _diagonals(inner, random)
    chain = Chain(outer.scaled(_diagonals(outer, random)), inner.scaled(diagonals))
    return chain, kron_vector(diagonals, operator.p)


def _diagonals(operator: Scalable, random: np.random.Generator) -> list[Matrix]:
    return [np.asarray(random.integers(1, operator.p, child.shape[2])) for child in operator.children]


def kron_vector(diagonals: Sequence[Matrix], p: int) -> Matrix:
    """The Kronecker product mod p of vectors."""
    product = np.ones(1, dtype=np.int64)
    for part in diagonals:
        product = (product[:, None] * part % p).reshape(-1)
    return product


def wiedemann_solve(operator: Scalable, right_sides: Matrix, seed: int = 0) -> Matrix | None:
    """X with A X = B mod p for a square nonsingular operator and the columns of B (or one vector); None where A is singular, or
    the draw was unlucky. The solutions are checked before they are returned. About 3n/s applications to s vectors."""
    columns = right_sides[:, None] if right_sides.ndim == 1 else right_sides
    width = operator.engine.vectors
    found = []
    for start in range(0, columns.shape[1], width):
        part = Solving(operator, columns[:, start : start + width], seed).solutions()
        if part is None:
            return None
        found.append(part)
    result = np.concatenate([np.zeros((len(columns), 0), dtype=np.int64), *found], axis=1)
    return result[:, 0] if right_sides.ndim == 1 else result


class Solving:
    """One sequence for both: a lower bound on the rank of a square operator, and A X = B, at most ``vectors`` columns, where
    the rank is full."""

    def __init__(self, operator: Scalable, right_sides: Matrix, seed: int = 0, progress: Progress | None = None) -> None:
        self.right_sides = right_sides % operator.p
        random = np.random.default_rng(seed)
        box, self.diagonal = squared(operator, random)
        start = random.integers(0, box.p, (box.shape[1], box.engine.vectors))
        start[:, : right_sides.shape[1]] = self.right_sides
        self.sequence, self.operator, self.progress = Sequenced(box, start, random, progress), operator, progress

    def rank(self) -> int:
        """The lower bound."""
        return self.sequence.rank()

    def solutions(self) -> Matrix | None:
        """X, checked; None where there is none or the draw was unlucky."""
        count = self.right_sides.shape[1]
        found = self.sequence.inverse_image()
        if found is None:
            return None
        x = found[:, :count] * self.diagonal[:, None] % self.operator.p
        engine = self.operator.engine
        product = engine.leave(self.operator.step(engine.enter(x)))[:, :count]
        return x if np.array_equal(product, self.right_sides) else None


class Sequenced:
    """The sequence U' B^i V, i >= 1, of a square black box B with random U, and what follows from it."""

    def __init__(self, box: BlackBox, start: Matrix, random: np.random.Generator, progress: Progress | None = None) -> None:
        self.box, self.start, self.progress, self.size = box, start, progress, box.shape[0]
        s = box.engine.vectors
        require_memory(predicted_bytes(self.size, s), f"block Wiedemann of a {self.size} x {self.size} matrix")
        self.blocks = -(-self.size // s) + _SLACK
        left = box.engine.factor(random.integers(0, box.p, (s, self.size)))
        terms, block = [], box.engine.enter(start)
        for number in range(count := 2 * self.blocks - 1):
            block = box.step(block)
            terms.append(box.engine.dot(left, block))
            if progress:
                progress(number + 1, count)
        self.basis = generator(np.stack(terms), box.p, box.engine.convolution)

    def rank(self) -> int:
        """The largest rank of a block Hankel matrix of the sequence."""
        s, terms = self.box.engine.vectors, 2 * self.blocks - 1
        columns = np.arange(1, terms + 1)
        kernel = np.maximum(columns[:, None] - self.basis.degrees[None, :], 0).sum(axis=1)
        return min(int((columns * s - kernel).max()), self.size)

    def inverse_image(self) -> Matrix | None:
        """B^-1 V where B is nonsingular, probably; None where the generator shows that it is not.

        The s columns f of least degree d satisfy sum B^(d-i) V f_i = 0, so that with F_j the coefficients of their reversals
        V F_0 = - B (V F_1 + B V F_2 + ...).
        """
        p, s = self.box.p, self.box.engine.vectors
        reversed_, constant = self._generator()
        inverse = _inverse(constant, p)
        if inverse is None:
            return None
        engine, v = self.box.engine, self.box.engine.factor(self.start)
        block = engine.enter(np.zeros((self.size, s), dtype=np.int64))
        for number, coefficient in enumerate(reversed_[:0:-1]):
            block = engine.plus_product(self.box.step(block) if number else block, v, coefficient)
            if self.progress:
                self.progress(number + 1, len(reversed_) - 1)
        return multiply(engine.leave(block), -inverse % p, p)

    def _generator(self) -> tuple[Matrix, Matrix]:
        """F_0, F_1, ... and F_0."""
        s = self.box.engine.vectors
        chosen = np.argsort(self.basis.degrees, kind="stable")[:s]
        degrees = self.basis.degrees[chosen]
        found = np.zeros((int(degrees.max()) + 1, s, s), dtype=np.int64)
        for k, (column, degree) in enumerate(zip(chosen, degrees)):
            part = self.basis.polynomials[: degree + 1, :s, column].astype(np.int64) % self.box.p
            found[: len(part) + degree + 1 - len(part), :, k][degree + 1 - len(part) :] = part[::-1]
        return found, found[0]


def predicted_bytes(size: int, vectors: int) -> int:
    """The memory that a sequence takes, in words of eight bytes: blocks of vectors, and the polynomials, some four times."""
    return 8 * vectors * (8 * size + 4 * 4 * (2 * size // vectors + 2 * _SLACK) * vectors)


def generator(terms: Matrix, p: int, convolve: Convolution = convolution) -> Basis:
    """The minimal approximant basis of [S, -1] for S = S_1 + S_2 x + ... (terms, s, s), with shifts 0 for S and 1 for -1."""
    count, s, _ = terms.shape
    series = np.zeros((count, s, 2 * s))
    series[:, :, :s] = balanced(terms, p)
    series[0, :, s:] = -np.eye(s)
    with blas_threads(1):  # the products are too small for more
        return approximants(series, np.repeat(np.array([0, 1]), s), p, convolve)


def approximants(series: Polynomials, degrees: NDArray[np.int64], p: int, convolve: Convolution = convolution) -> Basis:
    """A basis P, minimal for the given shifted degrees, of the P with series P = 0 mod x^(number of coefficients).

    By halves: a basis for the first half of the coefficients, then one for what it leaves of the others.
    """
    count = len(series)
    if count <= _ITERATED:
        return _one_by_one(series, degrees, p)
    half = count // 2
    first = approximants(series[:half], degrees, p, convolve)
    rest = convolve(series, first.polynomials, half, count, p)
    second = approximants(rest, first.degrees, p, convolve)
    degree = len(first.polynomials) + len(second.polynomials) - 1
    return Basis(_trimmed(convolve(first.polynomials, second.polynomials, 0, degree, p)), second.degrees)


def _one_by_one(series: NDArray[np.float64], degrees: NDArray[np.int64], p: int) -> Basis:
    """Term by term: columns of least degree cancel what they can of the others, and are then multiplied by x."""
    count, width = len(series), series.shape[2]
    residual, degrees = series.copy(), degrees.copy()
    basis = np.zeros((count + 1, width, width))
    basis[0] = np.eye(width)
    for k in range(count):
        order = np.argsort(degrees, kind="stable")
        places, combinations = _echelon(residual[k][:, order], p)
        pivots = order[places]
        transform = np.zeros((len(pivots), width))
        transform[:, order] = combinations
        transform[:, pivots] = 0
        for part in (residual[k:], basis[: k + 2]):
            _cancel(part, pivots, transform, p)
        degrees[pivots] += 1
    return Basis(_trimmed(basis), degrees)


def _cancel(part: NDArray[np.float64], pivots: NDArray[np.int64], transform: NDArray[np.float64], p: int) -> None:
    """Subtract combinations of the pivot columns from the others, then multiply the pivot columns by x, in place."""
    compiled = kernels()
    if compiled is not None:
        compiled.cancel(part, pivots, transform, residues(p, "float64").chunk, p)
        return
    factor = product(part[:, :, pivots].reshape(-1, len(pivots)), transform, residues(p, "float64"))
    part[:] = reduced(part - factor.reshape(part.shape), p)
    part[1:, :, pivots] = part[:-1, :, pivots]
    part[0][:, pivots] = 0


def _echelon(matrix: NDArray[np.float64], p: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The column rank profile, and all columns as combinations of its columns: the reduced row echelon form."""
    rows, places = matrix.copy(), np.zeros(min(matrix.shape), dtype=np.int64)
    compiled = kernels()
    count = compiled.echelon(rows, places, p) if compiled is not None else _echelon_in_place(rows, places, p)
    return places[:count], rows[:count]


def _echelon_in_place(rows: NDArray[np.float64], places: NDArray[np.int64], p: int) -> int:
    r = 0
    for j in range(rows.shape[1]):
        candidates = np.flatnonzero(rows[r:, j])
        if not candidates.size:
            continue
        pivot = r + int(candidates[0])
        inverse = pow(int(rows[pivot, j]) % p, -1, p)
        row = reduced(rows[pivot] * (inverse if inverse <= p // 2 else inverse - p), p)
        rows[pivot] = rows[r]
        factors = rows[:, j].copy()
        factors[r] = 0
        rows -= np.outer(factors, row)
        rows[:] = reduced(rows, p)
        rows[r], places[r] = row, j
        r += 1
        if r == len(rows):
            break
    return r


def _trimmed(polynomials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without leading coefficients that vanish."""
    used = np.flatnonzero(polynomials.any(axis=(1, 2)))
    return polynomials[: int(used[-1]) + 1 if used.size else 1]


def _inverse(matrix: Matrix, p: int) -> Matrix | None:
    """The inverse mod p, None of a singular matrix."""
    n = len(matrix)
    both = np.concatenate([balanced(matrix % p, p), np.eye(n)], axis=1).astype(np.float64)
    places, rows = _echelon(both, p)
    if not np.array_equal(places, np.arange(n)):
        return None
    return rows[:, n:].astype(np.int64) % p
