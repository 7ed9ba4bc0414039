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
from proofkit.fields.rounded import gamma
from proofkit.linalg import floating
from proofkit.linalg.floating import equilibrated, is_nonsingular, lower_bound, rank_lower_bound
from proofkit.linalg.pivoting import lower_inverse, pivoted, upper_inverse
from proofkit.linalg.regularity import by_factors, by_inverse


def exact_rank(values):
    """The rank over Q of the exact values of floats, by FLINT."""
    m, n = values.shape
    ratios = [Fraction(float(v)) for v in values.flat]
    return flint.fmpq_mat(m, n, [flint.fmpq(r.numerator, r.denominator) for r in ratios]).rank()


KINDS = ["product", "integers", "perturbed", "repeated", "graded", "thirds", "moved", "huge", "ill", "wild", "subnormal"]


@st.composite
def tricky(draw):
    """Matrices near and at rank deficiency: products, repeated rows, tiny perturbations, graded scales."""
    m, n, k = draw(st.integers(1, 7)), draw(st.integers(1, 7)), draw(st.integers(0, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    kind = draw(st.sampled_from(KINDS))
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
    if kind == "moved":  # one entry by as little as there is
        product = product.astype(float)
        product[rng.integers(m), rng.integers(n)] += 2.0 ** -rng.integers(1, 1074)
        return product
    if kind == "huge":
        return np.ldexp(product.astype(float), 1016)
    if kind == "ill":  # condition to 1e30, rounded
        left, right = rng.standard_normal((m, min(m, n))), rng.standard_normal((min(m, n), n))
        return left * np.logspace(0, -rng.integers(0, 31), min(m, n)) @ right
    if kind == "wild":
        return np.ldexp(rng.integers(-3, 4, (m, n)).astype(float), rng.integers(-1074, 1020, (m, n)))
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


def square(rng, n, rank):
    """An n x n matrix of floats of exactly this rank, and how many of its leading pivots elimination is sure to find."""
    small = rng.integers(-9, 10, (n, rank)).astype(float) @ rng.integers(-9, 10, (rank, n)).astype(float)
    return np.ldexp(small, rng.integers(-30, 30, (n, 1)))


def criteria(centre, radius):
    """The bound on the norm by each criterion, whether it would have been chosen or not."""
    factors = pivoted(centre)
    k = len(factors.pivots)
    if k < len(centre):
        return {"inverse": by_inverse(centre, radius)}
    at = np.ix_(factors.rows, factors.columns)
    return {"inverse": by_inverse(centre, radius), "factors": by_factors(factors.lower, factors.upper, radius[at])}


@pytest.mark.parametrize("n", [1, 2, 3, 5, 9, 40, 100])
def test_no_criterion_passes_a_singular_matrix(n):
    rng = np.random.default_rng(n)
    for _ in range(100 if n < 20 else 8):
        a = square(rng, n, n - 1) if n > 1 else np.zeros((1, 1))
        for scaled in (a, a / 3 * 3, np.ldexp(a, -1040), np.ldexp(a, 960)):
            with np.errstate(all="ignore"):
                found = criteria(scaled, np.zeros_like(a))
            assert exact_rank(scaled) == n or all(norm >= 1 for norm in found.values())


@pytest.mark.slow
def test_no_criterion_passes_a_singular_matrix_in_many_cases():
    rng = np.random.default_rng(0)
    for case in range(20_000):
        n = int(rng.integers(2, 9))
        a = np.ldexp(square(rng, n, n - 1), int(rng.integers(-1100, 900)))
        with np.errstate(all="ignore"):
            found = criteria(a, np.zeros_like(a))
        assert exact_rank(a) == n or all(norm >= 1 for norm in found.values()), case


@pytest.mark.parametrize("n", [2, 3, 8, 70])
def test_no_criterion_passes_an_interval_with_a_singular_matrix(n):
    rng = np.random.default_rng(n)
    passed = 0
    for case in range(60 if n < 20 else 6):
        singular = square(rng, n, n - 1)
        shift = np.ldexp(rng.integers(-8, 9, (n, n)).astype(float), int(rng.integers(-40, 2)))
        centre = singular + shift
        distance = np.nextafter(np.abs(centre - singular), np.inf)  # at least the true one
        assert all(norm >= 1 for norm in criteria(centre, distance).values()), case
        passed += min(criteria(centre, distance * 2.0**-30).values()) < 1
    assert passed, "and with a smaller radius some intervals are proved regular"


@pytest.mark.parametrize("n", [1, 2, 7, 65, 130])
def test_factors_have_the_residual_that_is_stated(n):
    """|A - L U| and |X L - I|, |X U - I| entry by entry, in exact arithmetic."""
    rng = np.random.default_rng(n)
    for scale in (1.0, 2.0**-1000, 2.0**900):
        a = np.ldexp(rng.standard_normal((n, n)) * scale, rng.integers(-20, 20, (n, n)))
        found = pivoted(a)
        k = len(found.pivots)
        assert k == n
        lower, upper = found.lower, found.upper
        with np.errstate(all="ignore"):
            below, above = lower_inverse(lower), upper_inverse(upper)
        pairs = [(lower, upper, a[np.ix_(found.rows, found.columns)])]
        pairs += [(below, lower, np.eye(n))] if np.isfinite(below).all() else []
        pairs += [(above, upper, np.eye(n))] if np.isfinite(above).all() else []
        diagonal = max(1.0, float(found.pivots.max()))
        for left, right, product in pairs:
            sample = rng.integers(0, n, (40, 2)) if n > 10 else np.argwhere(np.ones((n, n)))
            for i, j in sample.tolist():
                terms = [Fraction(x) * Fraction(y) for x, y in zip(left[i].tolist(), right[:, j].tolist())]
                stated = Fraction(gamma(n, 2.0**-53)) * sum(map(abs, terms)) + (2 * n + Fraction(diagonal)) * Fraction(2.0**-1074)
                assert abs(Fraction(float(product[i, j])) - sum(terms)) <= stated


def test_a_residual_larger_than_stated_is_seen():
    """The bound on the residual is not slack for the sake of it: an elimination in float32 breaks it."""
    a = np.random.default_rng(0).standard_normal((30, 30))
    found = pivoted(a)
    rough = found.upper.astype(np.float32).astype(np.float64)
    residual = np.abs(a[np.ix_(found.rows, found.columns)] - found.lower @ rough)
    assert (residual > gamma(30, 2.0**-53) * (np.abs(found.lower) @ np.abs(rough)) + 1e-12).any()


def test_large_square_matrices_are_factored_before_they_are_inverted(monkeypatch):
    a = np.random.default_rng(0).standard_normal((90, 90))
    assert lower_bound(a).shown.method == "an approximate inverse"
    monkeypatch.setattr(floating, "DIRECT", 80)
    assert lower_bound(a).shown.method == "LU factors" and lower_bound(a).rank == 90


def test_the_cheaper_criterion_is_chosen_where_it_is_predicted_to_succeed():
    rng = np.random.default_rng(0)
    u, v = np.linalg.qr(rng.standard_normal((100, 100)))[0], np.linalg.qr(rng.standard_normal((120, 100)))[0]
    methods = {}
    for digits in (1, 12):
        found = lower_bound(u * np.logspace(0, -digits, 100) @ v.T)
        assert found.rank == 100 and found.shown.norm < 1
        methods[digits] = found.shown.method
    assert methods == {1: "LU factors", 12: "an approximate inverse"}


@pytest.mark.parametrize(("n", "digits", "rank"), [(50, 3, 50), (150, 6, 40), (150, 0, 149), (200, 8, 200)])
def test_a_numerical_rank_in_an_interval_is_proved(n, digits, rank):
    rng = np.random.default_rng(n)
    u, v = (np.linalg.qr(rng.standard_normal((n, n)))[0][:, :rank] for _ in range(2))
    a = u * np.logspace(0, -digits, rank) @ v.T
    radius = 1e-12 * np.ones((n, n))
    found = lower_bound(a, radius)
    assert found.rank == rank == len(found.rows) == len(found.columns)
    moved = a + rng.uniform(-0.99, 0.99, (n, n)) * radius
    part = moved[np.ix_(found.rows, found.columns)]
    assert np.linalg.svd(part, compute_uv=False)[-1] > 0 and list(found.rows) == sorted(set(found.rows))


def test_rows_and_columns_that_are_reported_show_the_bound_again():
    rng = np.random.default_rng(3)
    a = rng.standard_normal((30, 12)) @ rng.standard_normal((12, 40))
    found = lower_bound(a, 1e-9)
    again = lower_bound(a, 1e-9, found.rows, found.columns)
    assert found.rank == again.rank == 12 and (again.rows, again.columns) == (found.rows, found.columns)


def test_scaling_by_powers_of_two_keeps_what_it_cannot_represent_in_the_radius():
    value = np.array([[2.0**1000, 2.0**-60 + 2.0**-110], [1.0, 2.0**-1074]])
    bound = np.array([[0.0, 2.0**-1074], [0.0, 0.0]])
    scaled, radius = equilibrated(value, bound)
    assert scaled[0, 0] in (0.5, 1.0) and np.abs(scaled).max() <= 1
    assert (radius[bound > 0] > 0).all() and (radius[(scaled == 0) & (value != 0)] > 0).all()
    assert rank_lower_bound(value, bound) == exact_rank(value) == 2


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


def test_nothing_is_proved_where_subnormals_are_flushed_to_zero():
    torch = pytest.importorskip("torch")
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor cannot be told to")
    try:
        assert rank_lower_bound(np.eye(3)) == 0
        square = contract([(0, 1), (1, 2)], (0, 2), [FLOAT64.eye(2), FLOAT64.eye(2)])
        assert square.overflowed
    finally:
        torch.set_flush_denormal(False)
    assert rank_lower_bound(np.eye(3)) == 3
    assert not contract([(0, 1), (1, 2)], (0, 2), [FLOAT64.eye(2), FLOAT64.eye(2)]).overflowed


def test_nonsingularity_of_singular_matrices_is_never_proved():
    for n in range(1, 6):
        singular = np.arange(n * n, dtype=float).reshape(n, n) if n > 2 else np.zeros((n, n))
        assert not is_nonsingular(singular, np.zeros((n, n)))
    assert is_nonsingular(np.eye(3), np.full((3, 3), 0.25))
    assert not is_nonsingular(np.eye(3), np.full((3, 3), 1 / 3))


@pytest.mark.parametrize("spread", [0, 8, 250, 310, 900])
def test_scaling_is_exact_by_products_or_by_exponents(spread):
    """Powers of two by rows and columns, the largest entry of each near 1; nothing where that holds already."""
    random = np.random.default_rng(spread)
    value = np.ldexp(random.standard_normal((9, 7)), random.integers(-spread, spread + 1, (9, 1)))
    value[:, 2] *= 0
    value[0, 0] *= spread == 0
    bound = np.abs(value) * 2.0**-20
    scaled, radius = equilibrated(value, bound)
    assert np.abs(scaled).max() <= 8 and np.abs(scaled).max(axis=1).min() >= 1 / 8
    for before, after in ((value, scaled), (bound, radius)):
        assert np.array_equal(np.frexp(before)[0], np.frexp(after)[0]) and ((before == 0) == (after == 0)).all()
    value[:, 2] = 1
    if spread == 0:
        assert equilibrated(value, bound)[0] is value
