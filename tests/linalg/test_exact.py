"""Exact linear algebra against elimination with Fractions, brute-force minors and known matrices."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.fields import FLOAT64, GF, Q, contract, stack
from proofkit.linalg.exact import (
    LARGE_PRIME,
    determinant,
    inverse,
    rank,
    rank_factorization,
    rank_modulo,
    rank_profile,
    solve,
)

PRIMES = [2, 3, 101, 2**31 - 1, 3037000493, 3037000507, 2**61 - 1, 2**64 - 59]
SYSTEMS = [Q, *map(GF, PRIMES)]


def eliminated_rank(matrix, system):
    """The rank by textbook elimination with Python numbers."""
    p = None if system == Q else system.p
    rows = [[Fraction(x) if p is None else x % p for x in row] for row in matrix]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(found, len(rows)) if rows[i][column] != 0), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for i in range(found + 1, len(rows)):
            scale = rows[i][column] / rows[found][column] if p is None else rows[i][column] * pow(rows[found][column], -1, p)
            rows[i] = [x - scale * y if p is None else (x - scale * y) % p for x, y in zip(rows[i], rows[found])]
        found += 1
    return found


def leibniz(matrix):
    """The determinant as the sum over permutations."""
    n = len(matrix)
    total = 0
    for order in itertools.permutations(range(n)):
        sign = (-1) ** sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term = sign
        for i in range(n):
            term *= matrix[i][order[i]]
        total += term
    return total


def matmul(a, b):
    return contract([(0, 1), (1, 2)], (0, 2), [a, b])


@st.composite
def matrices(draw, square=False):
    m = draw(st.integers(0, 4))
    n = m if square else draw(st.integers(0, 4))
    k = draw(st.integers(0, 3))
    entries = st.integers(-2, 2)
    if draw(st.booleans()):
        flat = draw(st.lists(entries, min_size=m * n, max_size=m * n))
        return np.array(flat, dtype=np.int64).reshape(m, n)
    left = np.array(draw(st.lists(entries, min_size=m * k, max_size=m * k)), dtype=np.int64).reshape(m, k)
    right = np.array(draw(st.lists(entries, min_size=k * n, max_size=k * n)), dtype=np.int64).reshape(k, n)
    return left @ right


@settings(max_examples=200, deadline=None)
@given(matrices(), st.sampled_from(SYSTEMS))
def test_rank_is_that_of_textbook_elimination(a, system):
    assert rank(system.array(a)) == eliminated_rank(a.tolist(), system)


@settings(max_examples=200, deadline=None)
@given(matrices(), st.sampled_from(SYSTEMS))
def test_rank_profile_is_a_nonzero_minor_of_full_rank(a, system):
    matrix = system.array(a)
    profile = rank_profile(matrix)
    for indices in profile:
        assert list(indices) == sorted(set(indices))
    assert len(profile.rows) == len(profile.columns) == rank(matrix)
    minor = leibniz(a[np.ix_(profile.rows, profile.columns)].tolist())
    assert (minor if system == Q else minor % system.p) != 0
    assert determinant(system.array(a[np.ix_(profile.rows, profile.columns)])) == system.array(minor)


@settings(max_examples=200, deadline=None)
@given(matrices(), st.sampled_from(SYSTEMS))
def test_rank_factorization_multiplies_back(a, system):
    matrix = system.array(a)
    left, right = rank_factorization(matrix)
    assert left.shape[1] == right.shape[0] == rank(matrix)
    assert matmul(left, right) == matrix


@settings(max_examples=150, deadline=None)
@given(matrices(square=True), st.sampled_from(SYSTEMS))
def test_determinant_inverse_and_solve(a, system):
    matrix = system.array(a)
    value = determinant(matrix)
    assert value == system.array(leibniz(a.tolist()))
    right = system.array(np.arange(2 * len(a)).reshape(len(a), 2))
    if value.tolist() == 0:
        for call in (lambda: inverse(matrix), lambda: solve(matrix, right)):
            with pytest.raises(ValueError, match="singular"):
                call()
        return
    assert matmul(matrix, inverse(matrix)) == system.eye(len(a))
    assert matmul(matrix, solve(matrix, right)) == right
    column = system.array(np.arange(len(a)))
    assert contract([(0, 1), (1,)], (0,), [matrix, solve(matrix, column)]) == column


@settings(max_examples=60, deadline=None)
@given(st.data(), st.sampled_from(SYSTEMS))
def test_batched_ranks_are_those_of_the_items(data, system):
    m, n, count = (data.draw(st.integers(0, 4)) for _ in range(3))
    flat = data.draw(st.lists(st.integers(-1, 2), min_size=m * n * count, max_size=m * n * count))
    items = np.array(flat, dtype=np.int64).reshape(count, m, n)
    ranks = rank(system.array(items, batch=True))
    assert ranks.tolist() == [eliminated_rank(item.tolist(), system) for item in items]


@pytest.mark.parametrize("p", PRIMES)
def test_batched_elimination_at_extreme_residues(p):
    rng = np.random.default_rng(2)
    low = rng.integers(0, 3, (40, 4, 4))
    items = np.where(low == 2, p - 1, low.astype(object))
    ranks = rank(GF(p).array(items, batch=True))
    assert ranks.tolist() == [eliminated_rank(item.tolist(), GF(p)) for item in items]


def test_all_matrices_over_gf2_are_counted_by_rank():
    every = np.array(list(itertools.product([0, 1], repeat=12))).reshape(-1, 3, 4)
    counts = np.bincount(rank(GF(2).array(every, batch=True)))
    # The number of m x n matrices of rank r over a field of q elements: prod (q^m - q^i)(q^n - q^i)/(q^r - q^i), i < r.
    expected = []
    for r in range(4):
        numerator, denominator = 1, 1
        for i in range(r):
            numerator *= (2**3 - 2**i) * (2**4 - 2**i)
            denominator *= 2**r - 2**i
        expected.append(numerator // denominator)
    assert counts.tolist() == expected


def test_nonzero_mod_p_proves_and_zero_mod_p_proves_nothing():
    a = [[7, 0], [0, 1]]
    assert (rank(a), rank_modulo(a, 7), rank_modulo(a), rank_modulo(a, 2)) == (2, 1, 2, 2)
    assert len(rank_profile(a, 7).rows) == 1
    assert rank(Q.array([[LARGE_PRIME]])) == 1 and rank_modulo([[LARGE_PRIME]]) == 0
    # The numerators are reduced: a denominator divisible by p does no harm.
    assert rank_modulo(Q.array([[Fraction(1, 7)]]), 7) == 1


@settings(max_examples=100, deadline=None)
@given(matrices(), st.sampled_from(PRIMES))
def test_the_rank_mod_a_prime_never_exceeds_the_rank(a, p):
    assert rank_modulo(a, p) <= rank(a)


def test_rational_and_big_entries():
    hilbert = Q.array([[Fraction(1, i + j + 1) for j in range(8)] for i in range(8)])
    assert rank(hilbert) == 8 and matmul(hilbert, inverse(hilbert)) == Q.eye(8)
    assert inverse(hilbert).denominator == 1
    assert rank([[10**40, 1], [10**80, 10**40]]) == 1


def test_batches_of_inverses_and_determinants():
    items = stack([Q.array([[1, 2], [3, 4]]), Q.array([[Fraction(1, 3), 0], [0, 5]])])
    assert determinant(items).tolist() == [-2, Fraction(5, 3)]
    assert inverse(items).item(1) == Q.array([[3, 0], [0, Fraction(1, 5)]])


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 3), (1, 1)])
def test_empty_and_zero_matrices(system, shape):
    zero = system.zeros(*shape)
    assert rank(zero) == 0 and rank_profile(zero) == ((), ())
    left, right = rank_factorization(zero)
    assert (left.shape, right.shape) == ((shape[0], 0), (0, shape[1])) and matmul(left, right) == zero


def test_misuse_is_refused():
    batch = stack([Q.eye(2), Q.eye(2)])
    for call, kind, message in [
        (lambda: rank([1, 2]), ValueError, "needs a matrix"),
        (lambda: rank(np.eye(2)), TypeError, "not exact"),
        (lambda: rank(FLOAT64.eye(2)), TypeError, "not exact"),
        (lambda: rank_modulo([[1]], 6), ValueError, "not prime"),
        (lambda: rank_modulo(GF(7).eye(2)), ValueError, "give one over Q"),
        (lambda: rank_profile(batch), ValueError, "batch"),
        (lambda: rank_factorization(batch), ValueError, "batch"),
        (lambda: inverse([[1, 2]]), ValueError, "square"),
        (lambda: determinant([[1, 2]]), ValueError, "square"),
        (lambda: solve([[1]], GF(7).ones(1)), ValueError, "over Q"),
        (lambda: solve([[1]], [1, 2]), ValueError, "does not fit"),
        (lambda: solve(batch, [1, 2]), ValueError, "batch"),
    ]:
        with pytest.raises(kind, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
