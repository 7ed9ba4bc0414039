"""Verified lower bounds never exceed the exact rank of the exact dyadic entries, nor that of any matrix in the interval."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.fields import FLOAT32, FLOAT64, MP50, contract, stack
from proofkit.linalg.floating import is_nonsingular, rank_lower_bound


def exact_rank(values):
    """The rank over Q of the exact values of floats, by FLINT."""
    m, n = values.shape
    ratios = [Fraction(float(v)) for v in values.flat]
    return flint.fmpq_mat(m, n, [flint.fmpq(r.numerator, r.denominator) for r in ratios]).rank()


@st.composite
def tricky(draw):
    """Matrices near and at rank deficiency: products, repeated rows, tiny perturbations, graded scales."""
    m, n, k = draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(["product", "integers", "perturbed", "repeated", "graded", "thirds", "subnormal"]))
    if kind == "integers":
        return rng.integers(-1, 2, (m, n)).astype(float)
    product = rng.integers(-3, 4, (m, k)) @ rng.integers(-3, 4, (k, n))
    if kind == "product":
        return rng.standard_normal((m, k)) @ rng.standard_normal((k, n))
    if kind == "perturbed":
        return product * (1 + rng.integers(-1, 2, (m, n)) * 2.0**-52)
    if kind == "repeated":
        rows = rng.standard_normal((2, n))
        return rows[rng.integers(0, 2, m)]
    if kind == "graded":
        return np.ldexp(product.astype(float), rng.integers(-500, 500, (m, 1)))
    if kind == "thirds":
        return product / 3.0
    return np.ldexp(product.astype(float), -1074)


@settings(max_examples=400, deadline=None)
@given(tricky())
def test_never_above_the_exact_rank(a):
    assert 0 <= rank_lower_bound(a) <= exact_rank(a)


@pytest.mark.slow
@settings(max_examples=20_000, deadline=None)
@given(tricky())
def test_never_above_the_exact_rank_in_many_cases(a):
    assert 0 <= rank_lower_bound(a) <= exact_rank(a)


@settings(max_examples=200, deadline=None)
@given(tricky(), st.integers(0, 2**32 - 1), st.integers(-60, 2))
def test_never_above_the_rank_of_a_matrix_in_the_interval(a, seed, exponent):
    rng = np.random.default_rng(seed)
    radius = np.ldexp(rng.random(a.shape), exponent)
    inside = a + radius * rng.uniform(-1, 1, a.shape)
    distance = [abs(Fraction(x) - Fraction(y)) for x, y in zip(inside.ravel().tolist(), a.ravel().tolist())]
    bound = np.array([math.nextafter(float(d), math.inf) for d in distance]).reshape(a.shape)
    assert rank_lower_bound(a, bound) <= min(exact_rank(a), exact_rank(inside))


@pytest.mark.parametrize("n", [1, 2, 5, 40])
def test_well_conditioned_matrices_are_certified_in_full(n):
    rng = np.random.default_rng(n)
    orthogonal, _ = np.linalg.qr(rng.standard_normal((n, n)))
    assert rank_lower_bound(orthogonal) == n
    assert rank_lower_bound(orthogonal, 2.0**-40) == n
    assert rank_lower_bound(rng.standard_normal((n, 2 * n))) == n
    assert rank_lower_bound(orthogonal[:, : (n + 1) // 2] @ orthogonal[: (n + 1) // 2]) == (n + 1) // 2


def test_condition_number_1e8_is_certified():
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((30, 30)))[0] for _ in range(2))
    a = u * np.logspace(0, -8, 30) @ v
    assert exact_rank(a) == 30 and rank_lower_bound(a) == 30


def test_condition_number_1e15_is_never_overstated():
    rng = np.random.default_rng(0)
    u, v = (np.linalg.qr(rng.standard_normal((12, 12)))[0] for _ in range(2))
    a = u * np.logspace(0, -15, 12) @ v
    assert 8 <= rank_lower_bound(a) <= exact_rank(a)


def test_kahans_trap_of_a_rank_that_floats_do_not_see():
    # 0.1 * 3 rounds to another number than 0.3, so the floats have rank 2 though the decimals have rank 1.
    assert exact_rank(np.array([[0.1, 0.3], [1.0, 3.0]])) == 2
    # The rounded determinant of the next one is nonzero, the exact one is 0.
    a = np.array([[2.0**53 + 2, 2.0**53], [2.0**52 + 1, 2.0**52]])
    assert exact_rank(a) == 1 and rank_lower_bound(a) == 1
    # Kahan's matrix: no pivot is small, yet it is nearly singular.
    n, c = 30, 0.2
    kahan = np.diag(np.sqrt(1 - c * c) ** np.arange(n)) @ (np.eye(n) - c * np.triu(np.ones((n, n)), 1))
    assert rank_lower_bound(kahan) == exact_rank(kahan) == n


def test_rank_computed_with_svd_would_overstate_here():
    a = np.outer(np.full(3, 1 / 3), [1.0, 2.0, 4.0])
    a[2] = a[0] + a[1]
    assert rank_lower_bound(a) == exact_rank(a) == 1


def test_an_interval_that_holds_a_singular_matrix_is_not_certified():
    a = np.array([[1.0, 1.0], [1.0, 1.5]])
    # The middle 1.5 lies 0.5 away from the singular value 1; moving all four entries by 1/9 reaches a singular matrix.
    assert rank_lower_bound(a, 0.01) == 2
    assert rank_lower_bound(a, 0.125) == 1
    assert rank_lower_bound(a, np.array([[0, 0], [0, 0.5]])) == 1
    assert rank_lower_bound(a, 1.5) == 0
    assert rank_lower_bound(np.array([[1.0]]), 1.0) == 0


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (1, 1), (2, 3)])
def test_zero_and_empty_matrices(shape):
    assert rank_lower_bound(np.zeros(shape)) == 0
    assert rank_lower_bound(np.zeros(shape), 1.0) == 0


def test_extreme_scales():
    assert rank_lower_bound(np.array([[5e-324]])) == 1
    assert rank_lower_bound(np.diag([1e300, 1.0, 1e-300])) == 3
    assert rank_lower_bound(np.full((2, 2), 1.7e308)) == 1


def test_a_submatrix_may_be_chosen():
    a = np.diag([1.0, 2.0, 0.0, 3.0])
    assert rank_lower_bound(a, rows=[0, 2], columns=[0, 2]) == 1
    assert rank_lower_bound(a, rows=[3, 1], columns=[1, 3]) == 2
    assert rank_lower_bound(a, rows=[0], columns=[1]) == 0
    assert rank_lower_bound(a, rows=[]) == 0


@pytest.mark.parametrize("system", [FLOAT64, FLOAT32], ids=str)
def test_computed_arrays_bring_their_own_bounds(system):
    left, right = system.array(np.arange(12).reshape(4, 3) % 5 + np.eye(4, 3, dtype=int)), system.array(np.eye(3, 4, dtype=int))
    product = contract([(0, 1), (1, 2)], (0, 2), [left, right])
    assert rank_lower_bound(product) == 3
    third = contract([(0,), (1,)], (0, 1), [system.array([Fraction(1, 3), 1]), system.array([1, 3])])
    assert rank_lower_bound(third) == 1


@pytest.mark.parametrize(
    ("arguments", "kind", "message"),
    [
        (([[1.0, math.nan]],), ValueError, "nan or infinite"),
        (([[1.0, math.inf]],), ValueError, "nan or infinite"),
        (([[1.0]], math.nan), ValueError, "nan or infinite"),
        (([[1.0]], math.inf), ValueError, "nan or infinite"),
        (([[1.0]], -1.0), ValueError, "negative"),
        (([[1.0]], [0.0]), ValueError, "bound of shape"),
        (([1.0],), ValueError, "needs a matrix"),
        (([[1j]],), TypeError, "complex"),
        (([[2**53 + 1]],), ValueError, "beyond 2"),
        (([[Fraction(1)]],), TypeError, "object"),
        (([[1.0]], 0.0, [1]), ValueError, "rows"),
        (([[1.0]], 0.0, [0, 0]), ValueError, "rows"),
        (([[1.0]], 0.0, None, [-1]), ValueError, "columns"),
        ((MP50.eye(2),), TypeError, "mp50"),
        ((stack([FLOAT64.eye(2)]),), ValueError, "batch"),
    ],
)
def test_misuse_is_refused(arguments, kind, message):
    with pytest.raises(kind, match=message) as caught:
        rank_lower_bound(*arguments)
    assert "\n" not in str(caught.value)


def test_nonsingularity_of_singular_matrices_is_never_proved():
    for n in range(1, 6):
        singular = np.arange(n * n, dtype=float).reshape(n, n) if n > 2 else np.zeros((n, n))
        assert not is_nonsingular(singular, np.zeros((n, n)))
    assert is_nonsingular(np.eye(3), np.full((3, 3), 0.25))
    assert not is_nonsingular(np.eye(3), np.full((3, 3), 1 / 3))
