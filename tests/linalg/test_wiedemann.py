"""Block Wiedemann: never above the rank, and the rank where the field is large; against FLINT and formed Hankel matrices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields.budget import residues
from proofkit.linalg import operators, wiedemann
from proofkit.linalg.operators import Operator, PlainBlocks, blocks_for, convolution
from proofkit.linalg.wiedemann import Solving, approximants, generator, wiedemann_rank, wiedemann_solve

P = 8388593


def flint_rank(matrix: Any, p: int) -> int:
    return int(flint.nmod_mat(*matrix.shape, [int(x) for x in matrix.ravel()], p).rank())


def low_rank(m: int, n: int, r: int, p: int, random: np.random.Generator) -> Operator:
    """A matrix of rank at most r, as an operator with one factor."""
    product = random.integers(0, p, (m, r)).astype(object).dot(random.integers(0, p, (r, n))) % p
    return Operator([product.astype(np.int64)[None]], np.array([1]), p)


@pytest.fixture(params=["compiled", "numpy"])
def kernels(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if request.param == "numpy":
        monkeypatch.setattr(wiedemann, "kernels", lambda: None)
    yield


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    m=st.integers(1, 40),
    n=st.integers(1, 40),
    r=st.integers(0, 40),
    p=st.sampled_from([2, 3, 5, 251, P]),
    seed=st.integers(0, 99),
)
def test_never_above_the_rank(m: int, n: int, r: int, p: int, seed: int) -> None:
    a = low_rank(m, n, r, p, np.random.default_rng(seed))
    exact = flint_rank(a.formed(), p)
    bound = wiedemann_rank(a, seed)
    assert bound <= exact
    assert bound == exact or p < P


@pytest.mark.parametrize("p", [2, 3, 5])
def test_structured_matrices_over_tiny_fields(p: int) -> None:
    """Nilpotent, diagonal, idempotent and permutation matrices, whose invariant factors are as bad as can be."""
    random = np.random.default_rng(p)
    n = 30
    shift = np.eye(n, k=1, dtype=np.int64)
    for matrix in (
        shift,
        np.eye(n, dtype=np.int64),
        np.diag(random.integers(0, 2, n)),
        np.eye(n, dtype=np.int64)[random.permutation(n)],
    ):
        a = Operator([matrix[None]], np.array([1]), p)
        assert all(wiedemann_rank(a, seed) <= flint_rank(matrix, p) for seed in range(5))


@pytest.mark.parametrize("count", [1, 2, 7, 40, 70])
@pytest.mark.parametrize("p", [2, 251, P, 33554393])
def test_degrees_give_the_rank_of_every_hankel_matrix(kernels: None, p: int, count: int) -> None:
    """Of sequences of matrices: random ones, ones of short recurrence, zero ones; all shapes of the Hankel matrix."""
    random = np.random.default_rng(count)
    s = 2
    b = random.integers(0, p, (5, 5)).astype(object)
    u, v = random.integers(0, p, (s, 5)).astype(object), random.integers(0, p, (5, s)).astype(object)
    recurrent = []
    for _ in range(count):
        v = b.dot(v) % p
        recurrent.append(u.dot(v) % p)
    for terms in (random.integers(0, p, (count, s, s)), np.array(recurrent), np.zeros((count, s, s))):
        terms = terms.astype(np.int64)
        degrees = generator(terms, p).degrees
        for columns in {1, 2, (count + 1) // 2, count}:
            rows = count + 1 - columns
            if rows < 1:
                continue
            hankel = np.block([[terms[i + j] for j in range(columns)] for i in range(rows)])
            kernel = int(np.maximum(columns - degrees, 0).sum())
            assert columns * s - kernel == flint_rank(hankel, p)


@pytest.mark.parametrize("p", [3, 251, P])
def test_a_basis_annihilates_and_is_minimal(kernels: None, p: int) -> None:
    """series P = 0 mod x^count, and the degrees add up to what the determinant of a basis of that order has."""
    random = np.random.default_rng(p)
    count, rows, width = 90, 2, 5
    series = wiedemann.balanced(random.integers(0, p, (count, rows, width)), p).astype(np.float64)
    shifts = np.array([0, 0, 1, 2, 0])
    basis = approximants(series, shifts, p)
    assert not convolution(series, basis.polynomials, 0, count, p).any()
    assert basis.degrees.sum() == shifts.sum() + count * rows
    for k in range(width):
        tops = [shifts[i] + d for i in range(width) for d in np.flatnonzero(basis.polynomials[:, i, k])]
        assert max(tops) == basis.degrees[k]


@pytest.mark.parametrize("p", [2, 127, 251, P, 33554393])
def test_convolution(monkeypatch: pytest.MonkeyPatch, p: int) -> None:
    monkeypatch.setattr(operators, "_PIECE", 40)
    random = np.random.default_rng(0)
    a = wiedemann.balanced(random.choice([0, p // 2, p // 2 + 1, p - 1], (9, 2, 3)), p).astype(np.float64)
    b = wiedemann.balanced(random.choice([0, p // 2, p // 2 + 1, p - 1], (5, 3, 4)), p).astype(np.float64)
    for low, high in ((0, 13), (4, 9), (0, 1), (12, 13)):
        found = convolution(a, b, low, high, p).astype(np.int64) % p
        for i in range(low, high):
            terms = [a[i - j].astype(object).dot(b[j].astype(object)) for j in range(5) if 0 <= i - j < 9]
            assert np.array_equal(found[i - low], sum(terms) % p)


@pytest.mark.parametrize("p", [3, 127, 251, P, 33554393])
@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 60])
def test_solutions(kernels: None, p: int, n: int) -> None:
    random = np.random.default_rng(n)
    a = Operator([random.integers(0, p, (1, n, n))], np.array([1]), p)
    b = random.integers(0, p, (n, 40))
    x = wiedemann_solve(a, b)
    singular = flint_rank(a.formed(), p) < n
    assert (x is None) if singular else (x is not None and np.array_equal(a @ x, b))
    if x is not None:
        one = wiedemann_solve(a, b[:, 0], seed=5)
        assert one is not None and np.array_equal(one, x[:, 0])


def test_one_sequence_bounds_the_rank_and_solves() -> None:
    random = np.random.default_rng(1)
    for engine in (blocks_for(P), PlainBlocks(residues(P, "float64"), 6)):
        a = Operator([random.integers(0, P, (3, 6, 6)), random.integers(0, P, (3, 7, 7))], random.integers(0, P, 3), P, engine)
        b = random.integers(0, P, (42, 6))
        seen: list[tuple[int, int]] = []
        solving = Solving(a, b, 0, lambda done, every, seen=seen: seen.append((done, every)))
        assert solving.rank() == 42
        x = solving.solutions()
        assert x is not None and np.array_equal(a @ x, b)
        first, second = seen[0][1], seen[-1][1]
        assert seen == [(i + 1, first) for i in range(first)] + [(i + 1, second) for i in range(second)]


def test_a_singular_system_has_no_solutions() -> None:
    a = low_rank(30, 30, 29, P, np.random.default_rng(0))
    assert wiedemann_solve(a, np.arange(30)) is None
    assert wiedemann_solve(Operator([np.zeros((1, 5, 5), dtype=np.int64)], np.array([1]), P), np.arange(5)) is None


def test_what_does_not_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.linalg.memory._SMALL", 0)
    monkeypatch.setattr("proofkit.linalg.memory.available_bytes", lambda: 1000)
    with pytest.raises(UsageError, match="block Wiedemann of a 40 x 40 matrix needs .* GiB of memory"):
        wiedemann_rank(Operator([np.eye(40, dtype=np.int64)[None]], np.array([1]), P))


def test_no_right_sides() -> None:
    a = Operator([np.eye(3, dtype=np.int64)[None]], np.array([1]), P)
    assert np.asarray(wiedemann_solve(a, np.zeros((3, 0), dtype=np.int64))).shape == (3, 0)
