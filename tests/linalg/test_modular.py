"""Nullspace, determinant, solutions, LU and rank profiles mod p, against FLINT and by multiplying out."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import pytest
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.linalg import modular
from proofkit.linalg.elimination import multiply

CASES = [
    (m, n, r, p)
    for m, n, r in [(1, 1, 1), (5, 9, 3), (9, 5, 5), (40, 40, 40), (150, 130, 70), (90, 200, 90)]
    for p in (2, 3, 251, 8388593)
]


def matrix(m: int, n: int, r: int, p: int) -> NDArray[np.int64]:
    random = np.random.default_rng(m + n + p)
    return multiply(random.integers(0, p, (m, r)), random.integers(0, p, (r, n)), p)


def by_flint(a: NDArray[Any], p: int) -> Any:
    return flint.nmod_mat(a.shape[0], a.shape[1], a.ravel().tolist(), p)


@pytest.mark.parametrize(("m", "n", "r", "p"), CASES)
def test_against_flint(m: int, n: int, r: int, p: int) -> None:
    a = matrix(m, n, r, p)
    rank = by_flint(a, p).rank()
    assert modular.rank(a, p) == rank
    basis = modular.nullspace(a, p)
    assert basis.shape == (n, n - rank) and not multiply(a, basis, p).any()
    assert modular.rank(basis, p) == n - rank
    echelon = by_flint(a, p).rref()[0]
    assert modular.reduced_echelon_form(a, p).ravel().tolist() == [int(x) for x in echelon.entries()][: rank * n]


@pytest.mark.parametrize(("m", "n", "r", "p"), CASES)
def test_lu_multiplies_out(m: int, n: int, r: int, p: int) -> None:
    a = matrix(m, n, r, p)
    rows, columns, lower, upper = modular.lu(a, p)
    assert np.array_equal(multiply(lower, upper, p), a[rows][:, columns])
    rank = lower.shape[1]
    assert not np.triu(lower, 1).any() and (np.diag(lower) == 1).all()
    assert not np.tril(upper[:, :rank], -1).any() and np.diag(upper[:, :rank]).all()
    assert sorted(rows.tolist()) == list(range(m)) and sorted(columns.tolist()) == list(range(n))


@pytest.mark.parametrize("p", [2, 3, 251, 8388593])
@pytest.mark.parametrize("n", [0, 1, 2, 7, 60, 150])
def test_determinant_and_solutions(n: int, p: int) -> None:
    random = np.random.default_rng(n)
    a = random.integers(0, p, (n, n))
    found = modular.determinant(a, p)
    assert found == (int(by_flint(a, p).det()) if n else 1)
    b = random.integers(0, p, (n, 3))
    if found:
        assert np.array_equal(multiply(a, modular.solve(a, b, p), p), b)
    else:
        with pytest.raises(UsageError, match="singular"):
            modular.solve(a, b, p)


@pytest.mark.parametrize("seed", range(30))
def test_rank_profiles_are_the_first(seed: int) -> None:
    """By brute force over prefixes: a row is in the profile when it raises the rank of those before it."""
    random = np.random.default_rng(seed)
    m, n = random.integers(1, 14, 2)
    a = random.integers(0, 3, (m, n)) * (random.random((m, n)) < 0.4)
    raises = [i for i in range(m) if rank_of(a[: i + 1]) > rank_of(a[:i])]
    across = [j for j in range(n) if rank_of(a[:, : j + 1]) > rank_of(a[:, :j])]
    assert modular.rank_profile(a, 3) == (tuple(raises), tuple(across))


def rank_of(a: NDArray[Any]) -> int:
    return int(by_flint(a, 3).rank()) if a.size else 0


def test_mistakes_are_named() -> None:
    with pytest.raises(UsageError, match="not prime"):
        modular.rank(np.eye(2, dtype=int), 4)
    with pytest.raises(UsageError, match="integers"):
        modular.rank(np.eye(2), 5)
    with pytest.raises(UsageError, match="square"):
        modular.determinant(np.ones((2, 3), dtype=int), 5)
    with pytest.raises(UsageError, match="does not fit"):
        modular.solve(np.eye(2, dtype=int), np.ones((3, 1), dtype=int), 5)
