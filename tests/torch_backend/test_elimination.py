"""Ranks modulo a prime on the device, against python-flint: every shape, rank, rank profile, and the edge of exactness."""

from __future__ import annotations

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from torch_backend.elimination import PANEL, PRIME, largest_prime_exclusive, rank  # noqa: E402

PRIMES = (2, 3, 5, 251, 65521, PRIME)


def flint_rank(matrix: np.ndarray, p: int) -> int:
    return int(flint.nmod_mat(*matrix.shape, [int(x) for x in matrix.ravel()], p).rank()) if matrix.size else 0


def random_matrix(m: int, n: int, r: int, p: int, seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    left, right = (random.integers(0, p, size=shape).astype(object) for shape in ((m, r), (r, n)))
    product = (left @ right) % p if r else np.zeros((m, n), dtype=object)
    return np.array(product, dtype=np.int64).reshape(m, n)


@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 90), st.sampled_from(PRIMES), st.integers(0, 2**32))
@settings(max_examples=200, deadline=None, derandomize=True)
def test_against_flint(m: int, n: int, r: int, p: int, seed: int) -> None:
    matrix = random_matrix(m, n, min(r, m, n), p, seed)
    assert rank(torch.from_numpy(matrix), p) == flint_rank(matrix, p)


@given(st.integers(1, 40), st.integers(1, 150), st.sampled_from(PRIMES), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_sparse_and_hard_rank_profiles(m: int, n: int, p: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    matrix = random.integers(0, p, size=(m, n)) * (random.random((m, n)) < random.random())
    matrix[:, random.random(n) < 0.4] = 0
    assert rank(torch.from_numpy(matrix), p) == flint_rank(matrix, p)


@pytest.mark.parametrize("n", [1, PANEL - 1, PANEL, PANEL + 1, 3 * PANEL + 5])
def test_permutations_and_antitriangular(n: int) -> None:
    permutation = np.eye(n, dtype=np.int64)[np.random.default_rng(n).permutation(n)]
    assert rank(torch.from_numpy(permutation), 2) == n
    anti = np.fliplr(np.triu(np.ones((n, n), dtype=np.int64)))
    assert rank(torch.from_numpy(anti.copy()), PRIME) == n


def test_empty_and_zero() -> None:
    for shape in ((0, 0), (0, 5), (5, 0), (4, 3)):
        assert rank(torch.zeros(shape, dtype=torch.int64), 3) == 0


def test_the_largest_prime_and_the_largest_entries_are_exact() -> None:
    p = int(max(q for q in range(largest_prime_exclusive() - 200, largest_prime_exclusive()) if flint.fmpz(q).is_prime()))
    n = 2 * PANEL + 3
    matrix = np.full((n, n), p - 1, dtype=np.int64)
    matrix[np.arange(n), np.arange(n)] = p - 2
    assert rank(torch.from_numpy(matrix), p) == flint_rank(matrix, p)
    random = np.random.default_rng(0).integers(p - 50, p, size=(n, n))
    assert rank(torch.from_numpy(random), p) == flint_rank(random, p)
    deficient = random.copy()
    deficient[-1] = (2 * deficient[0] + deficient[1]) % p
    assert rank(torch.from_numpy(deficient), p) == n - 1


def test_beyond_exactness_is_refused() -> None:
    with pytest.raises(ValueError, match="exact"):
        rank(torch.zeros((2, 2)), largest_prime_exclusive())
    with pytest.raises(ValueError, match="needs a matrix"):
        rank(torch.zeros(3), 5)
    bound = PANEL * (largest_prime_exclusive() - 2) ** 2 + largest_prime_exclusive()
    assert bound < 2**53 <= PANEL * (largest_prime_exclusive() + 10_000) ** 2 * 1.01
