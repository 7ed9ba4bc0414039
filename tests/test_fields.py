"""Number systems against independent oracles: Python integers, Fractions and brute-force loops."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.fields import (
    FLOAT32,
    FLOAT64,
    GF,
    MP50,
    Floating,
    Multiprecision,
    Q,
    budget,
    contract,
    representation,
    stack,
)

PRIMES = [2, 3, 7, 251, 65537, 2**26 - 5, 2**31 - 1, 3037000493, 3037000507, 2**61 - 1, 2**63 - 25, 2**63 + 29, 2**64 - 59]
EXACT = [Q, GF(2), GF(7), GF(2**31 - 1), GF(2**61 - 1), GF(2**64 - 59)]
ROUNDED = [FLOAT64, FLOAT32, MP50]


def brute(terms, out, arrays):
    """The contraction by its definition, over nested object arrays, as a dict from output index to value."""
    sizes = {k: n for labels, a in zip(terms, arrays) for k, n in zip(labels, a.shape)}
    labels = list(sizes)
    entries = dict.fromkeys(itertools.product(*(range(sizes[k]) for k in out)), 0)
    for point in itertools.product(*(range(sizes[k]) for k in labels)):
        at = dict(zip(labels, point))
        factor = 1
        for term, a in zip(terms, arrays):
            factor *= a[tuple(at[k] for k in term)]
        entries[tuple(at[k] for k in out)] += factor
    result = np.empty([sizes[k] for k in out], dtype=object)
    for index, value in entries.items():
        result[index] = value
    return result


@st.composite
def contractions(draw, entries):
    labels = range(draw(st.integers(1, 4)))
    sizes = {k: draw(st.integers(0, 3)) for k in labels}
    terms = draw(st.lists(st.lists(st.sampled_from(labels), max_size=3), min_size=1, max_size=4))
    used = sorted({k for term in terms for k in term})
    out = draw(st.lists(st.sampled_from(used), max_size=3)) if used else []
    arrays = []
    for term in terms:
        shape = [sizes[k] for k in term]
        count = math.prod(shape)
        values = np.empty(count, dtype=object)
        values[:] = draw(st.lists(entries, min_size=count, max_size=count))
        arrays.append(values.reshape(shape))
    return terms, out, arrays


integers = st.integers(-9, 9) | st.sampled_from([2**62, -(2**63), 2**64 - 60, 10**30])
rationals = integers | st.fractions(-3, 3, max_denominator=6)


# The exactness budget


def test_budget_just_below_at_and_above_every_edge():
    assert budget(1, 2**53 - 1, large=True) == budget(1, 2**53 - 1, large=True).__class__("float64", 2**53 - 1)
    assert budget(1, 2**53, large=True).block == 2**53 - 1
    assert budget(2**53 - 1, 1, large=True).dtype == "float64"
    assert budget(2**53, 1, large=True).dtype == "int64"
    assert budget(2**63 - 1, 1).dtype == "int64"
    assert budget(2**63, 1).dtype == "object"
    assert (budget(2**60, 7).block, budget(2**60, 8).block) == (7, 7)
    assert budget(0, 0).block == 1
    for magnitude in (1, 2, 3, 250**2, 2**31, 2**62):
        for terms in (1, 2, 63, 64, 65, 2**40):
            for large in (False, True):
                plan = budget(magnitude, terms, large=large)
                limit = {"float64": 2**53, "int64": 2**63}[plan.dtype]
                assert 1 <= plan.block <= terms and plan.block * magnitude < limit


@pytest.mark.parametrize("p", PRIMES)
def test_representation_is_the_budget_of_products_of_residues(p):
    largest = (p - 1) ** 2
    fits = (2**63 - 1) // largest
    assert representation(p, 1).dtype == ("int64" if fits else "object")
    if fits:
        assert representation(p, fits).block == fits
        assert representation(p, fits + 1).block == fits


@pytest.mark.parametrize("p", [-3, 0, 1, 2**64])
def test_representation_refuses_what_it_cannot_hold(p):
    with pytest.raises(ValueError, match="modulus"):
        representation(p, 1)


def test_budget_refuses_negative_numbers():
    with pytest.raises(ValueError, match="negative"):
        budget(-1, 1)
    with pytest.raises(ValueError, match="negative"):
        budget(1, -1)


@pytest.mark.parametrize("p", PRIMES)
@pytest.mark.parametrize("terms", [1, 2, 3, 7, 8, 9, 100])
def test_extreme_residues_do_not_overflow(p, terms):
    field = GF(p)
    row = field.array([p - 1] * terms)
    assert contract([(0,), (0,)], (), [row, row]).tolist() == terms * (p - 1) ** 2 % p
    assert contract([(0,)], (), [row]).tolist() == terms * (p - 1) % p


@pytest.mark.parametrize("p", [2**21 - 9, 2**26 - 5, 94906249, 94906297, 134217689, 3037000493, 3037000507, 2**61 - 1])
@pytest.mark.parametrize("inner", [1, 2, 64, 65])
def test_large_products_of_extreme_residues(p, inner):
    left = GF(p).array(np.full((70, inner), p - 1))
    right = GF(p).array(np.full((inner, 70), p - 1))
    product = contract([(0, 1), (1, 2)], (0, 2), [left, right])
    assert product == GF(p).array(np.full((70, 70), inner * (p - 1) ** 2 % p, dtype=object))


def test_the_number_of_terms_is_the_product_of_all_summed_sizes():
    # The largest size alone, 40, would fit a block of 2^63 / (p - 1)^2 terms; 40^3 of them do not.
    p = next(q for q in range(3 * 10**7, 4 * 10**7) if all(q % d for d in range(2, 6400)))
    assert 40 * (p - 1) ** 2 < 2**63 < 40**3 * (p - 1) ** 2
    cube = GF(p).array(np.full((40, 40, 40), p - 1))
    assert contract([(0, 1, 2), (0, 1, 2)], (), [cube, cube]).tolist() == 40**3 % p


def test_rational_sums_leave_int64_exactly():
    for entry, terms in ((2**31, 1), (2**31, 2), (3037000499, 1), (3037000500, 1), (2**26, 2), (2**63 - 1, 3), (-(2**63), 2)):
        row = Q.array([entry] * terms)
        assert contract([(0,), (0,)], (), [row, row]).tolist() == terms * entry**2
        assert contract([(0,)], (), [row]).tolist() == terms * entry
        assert (row + row).tolist() == [2 * entry] * terms
        assert (-row).tolist() == [-entry] * terms


@pytest.mark.parametrize("size", [2**26, 2**27, 2**40])
def test_large_rational_products_on_both_sides_of_float64_and_int64(size):
    rng = np.random.default_rng(5)
    a, b = (rng.integers(size - 5, size, (17, 17)) for _ in range(2))
    assert (contract([(0, 1), (1, 2)], (0, 2), [Q.array(a), Q.array(b)]).planes[0] == a.astype(object) @ b.astype(object)).all()


# Contraction


@settings(max_examples=150, deadline=None)
@given(contractions(rationals))
def test_contract_over_q_is_its_definition(case):
    terms, out, arrays = case
    assert contract(terms, out, [Q.array(a) for a in arrays]) == Q.array(brute(terms, out, arrays))


@settings(max_examples=150, deadline=None)
@given(contractions(integers), st.sampled_from(PRIMES))
def test_contract_over_gf_is_its_definition(case, p):
    terms, out, arrays = case
    field = GF(p)
    result = contract(terms, out, [field.array(a) for a in arrays])
    assert result == field.array(brute(terms, out, arrays))
    assert all(type(r) is int and 0 <= r < p for r in np.array(result.tolist(), dtype=object).flat)


@settings(max_examples=60, deadline=None)
@given(contractions(st.integers(-3, 3)), st.sampled_from(EXACT + ROUNDED), st.data())
def test_a_batch_is_its_items(case, system, data):
    terms, out, arrays = case
    count = data.draw(st.integers(0, 3))
    which = data.draw(st.lists(st.booleans(), min_size=len(arrays), max_size=len(arrays)))
    which[0] = True
    operands = [
        system.array(np.stack([a * (i + 1) for i in range(count)]) if count else np.zeros((0, *a.shape), int), batch=True)
        if batched
        else system.array(a)
        for a, batched in zip(arrays, which)
    ]
    result = contract(terms, out, operands)
    assert result.batch == count
    for i in range(count):
        single = contract(terms, out, [a.item(i) if a.batch is not None else a for a in operands])
        assert result.item(i).items_equal(single)


def test_more_than_52_indices():
    ring = [Q.array([[0, 1], [1, 1]])] * 60
    terms = [(k, (k + 1) % 60) for k in range(60)]
    lucas = [2, 1]
    while len(lucas) < 61:
        lucas.append(lucas[-1] + lucas[-2])
    assert contract(terms, (), ring).tolist() == lucas[60]


def test_contract_says_what_does_not_match():
    a, b = Q.ones(2, 3), Q.ones(2, 3)
    for terms, out, arrays, message in [
        ([(0, 1), (1, 2)], (0,), [a, b], "index 1 has sizes 3 and 2"),
        ([(0,)], (0,), [a], "one per mode"),
        ([(0, 1)], (5,), [a], "output index 5"),
        ([], (), [], "0 index lists for 0 arrays"),
        ([(0, 1)], (), [a, b], "1 index lists for 2 arrays"),
        ([(0, 1), (0, 1)], (), [a, GF(2).ones(2, 3)], "cannot mix Q with"),
    ]:
        with pytest.raises(ValueError, match=message):
            contract(terms, out, arrays)
    with pytest.raises(ValueError, match="different sizes"):
        contract([(0,), (0,)], (), [Q.array([[1]], batch=True), Q.array([[1], [1]], batch=True)])


# Arrays


@pytest.mark.parametrize("system", EXACT + ROUNDED, ids=str)
def test_the_small_operations(system):
    a = system.array([[1, 2, 3], [4, 5, 6]])
    assert (a.shape, a.ndim, a.size, a.batch, len(a)) == ((2, 3), 2, 6, None, 2)
    assert a.T == system.array([[1, 4], [2, 5], [3, 6]]) == a.transpose(1, 0)
    assert a.reshape(3, 2) == system.array([[1, 2], [3, 4], [5, 6]])
    assert a + a == 2 * a == a * 2 and a - a == system.zeros(2, 3) == 0 * a and -a + a == system.zeros(2, 3)
    assert a != a.reshape(3, 2) and a != "a"
    assert system.eye(2, 3) == system.array([[1, 0, 0], [0, 1, 0]]) and system.eye(2) == system.eye(2, 2)
    assert system.ones(2).tolist() == [1, 1] and system.array(1).shape == ()
    assert system.zeros(0, 3).tolist() == [] and system.array([]).shape == (0,)
    batch = stack([a, 2 * a])
    assert batch.batch == 2 and batch.shape == (2, 3) and batch.item(1) == 2 * a
    assert batch.T.item(0) == a.T and batch.reshape(6).item(1) == (2 * a).reshape(6)
    assert (batch + a).item(0) == a + a and batch.items_equal(a).tolist() == [True, system == GF(2) and False]
    assert a.unbatched().batched().batch == 2


@pytest.mark.parametrize("system", EXACT + ROUNDED + [GF(p) for p in PRIMES], ids=str)
@pytest.mark.parametrize("entry", [0, 1, 5, 2**40, 2**63, 2**64 - 60, -(2**63), 10**30])
def test_arrays_without_modes(system, entry):
    a = system.array(entry)
    row = system.array([entry, entry])
    total = contract([(0,)], (), [row])
    for result, expected in ((a + a, 2 * entry), (-a, -entry), (a - a, 0), (total, 2 * entry), (3 * a, 3 * entry)):
        assert all(type(plane) is np.ndarray and plane.shape == () for plane in result.planes)
        assert {plane.dtype for plane in system.array(expected).planes} == {plane.dtype for plane in result.planes}
        assert result.items_equal(system.array(expected))
    if system == Q:
        third = a * Fraction(1, 3)
        assert (third + third + third).tolist() == entry and type((third + third).planes[0]) is np.ndarray


@pytest.mark.parametrize("system", EXACT, ids=str)
def test_scalars_are_fractions_where_the_denominator_is_invertible(system):
    a = system.array([1, 5])
    if system == GF(2):
        with pytest.raises(ValueError, match="divisible by 2"):
            a * Fraction(1, 2)
    else:
        assert 2 * (a * Fraction(1, 2)) == a


def test_entries_of_q():
    assert Q.array([Fraction(4, 2), Fraction(1, 3), np.int8(-3), True]).tolist() == [2, Fraction(1, 3), -3, 1]
    third = Q.array([Fraction(1, 3)])
    assert third + third + third == Q.ones(1) and (third + third + third).denominator == 1
    assert Q.array(np.array([2**64 - 1], dtype=np.uint64)).tolist() == [2**64 - 1]
    assert Q.array([2**63, -1]).tolist() == [2**63, -1]
    assert Q.from_floats([0.1, 5e-324]).tolist() == [Fraction(0.1), Fraction(1, 2**1074)]
    for bad in ([0.5], np.array([0.5]), ["1"], [None], [1j]):
        with pytest.raises(TypeError, match="use integers"):
            Q.array(bad)
    with pytest.raises(ValueError, match="ragged"):
        Q.array([[1, 2], [3]])
    with pytest.raises(ValueError, match="nan"):
        Q.from_floats([math.nan])


@pytest.mark.parametrize("p", PRIMES)
def test_residues_are_canonical(p):
    field = GF(p)
    entries = [-1, p, p - 1, -p - 1, 0, 10**40]
    assert field.array(entries).tolist() == [entry % p for entry in entries]
    assert (-field.array([0, 1])).tolist() == [0, p - 1]
    assert (field.array([p - 1]) + field.array([p - 1])).tolist() == [(2 * p - 2) % p]
    assert field.array(Q.array([[7, -7]], batch=True)).item(0).tolist() == [7 % p, -7 % p]


@pytest.mark.parametrize("p", [-7, 0, 1, 4, 2**61 + 1, 2**64 + 13, True, 7.0, 3215031751])
def test_gf_refuses_what_is_not_a_prime_below_two_to_the_64(p):
    with pytest.raises(ValueError, match="GF"):
        GF(p)


def test_fields_are_made_once_and_compare_by_name():
    assert GF(7) is GF(7) and GF(7) != GF(11) and GF(7) != Q and hash(GF(7)) == hash(GF(7))
    assert Multiprecision(50) == MP50 != Multiprecision(60) and Floating(np.float32) == FLOAT32 != FLOAT64


def test_misuse_is_one_line():
    a = Q.ones(2, 3)
    for call, message in [
        (lambda: a.reshape(7), "sizes differ"),
        (lambda: a.reshape(-1), "sizes differ"),
        (lambda: a.transpose(0, 0), "once each"),
        (lambda: a.item(0), "no batch"),
        (lambda: stack([a]).item(1), "not among"),
        (lambda: stack([]), "at least one"),
        (lambda: stack([a, a.T]), "does not match"),
        (lambda: a + a.T, "does not match"),
        (lambda: a.items_equal(GF(2).ones(2, 3)), "does not match"),
        (lambda: stack([a]).batched(), "no batch axis yet"),
        (lambda: stack([a]) + stack([a, a]), "different sizes"),
    ]:
        with pytest.raises(ValueError, match=message) as caught:
            call()
        assert "\n" not in str(caught.value)
    with pytest.raises(TypeError):
        a * 0.5
    with pytest.raises(TypeError):
        a + 1
    with pytest.raises(TypeError):
        np.int64(2) * a


# Rounded systems


def within_bounds(result, exact):
    """Whether each computed entry is as near to the exact one as its bound says, by exact arithmetic."""
    if result.overflowed:
        finite = (result.bound != math.inf) & np.isfinite(result.value)
        pairs = zip(result.value[finite], result.bound[finite], np.asarray(exact, dtype=object)[finite])
        return all(abs(Fraction(float(v)) - e) <= Fraction(float(b)) for v, b, e in pairs)
    values, bounds = Q.fractions(result.exact()), Q.fractions(result.exact_bound())
    return all(abs(v - e) <= b for v, b, e in zip(values.flat, bounds.flat, np.asarray(exact, dtype=object).flat))


def dyadic(values):
    exact = np.empty(values.size, dtype=object)
    exact[:] = [Fraction(float(v)) for v in values.flat]
    return exact.reshape(values.shape)


def wild(rng, shape, dtype):
    """Floats over many magnitudes, with zeros and subnormal numbers."""
    low, high = (-150, 40) if dtype == np.float32 else (-1080, 300)
    values = np.ldexp(rng.uniform(-1, 1, shape), rng.integers(low, high, shape)).astype(dtype)
    return np.where(rng.random(shape) < 0.2, dtype(0), values)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("spread", ["wild", "cancelling"])
def test_float_bounds_hold_against_exact_arithmetic(dtype, spread):
    system = Floating(dtype)
    rng = np.random.default_rng(11)
    for trial in range(60):
        m, k, n = rng.integers(1, 7, 3)
        if spread == "wild":
            a, b, c = wild(rng, (m, k), dtype), wild(rng, (k, n), dtype), wild(rng, (n, m), dtype)
        else:
            a, b, c = (rng.standard_normal(s).astype(dtype) for s in ((m, k), (k, n), (n, m)))
            a = np.concatenate([a, -a * dtype(1 + trial * 1e-7)], axis=1)
            b = np.concatenate([b, b], axis=0)
        x, y, z = (system.array(v) for v in (a, b, c))
        assert not x.bound.any()
        ex, ey, ez = dyadic(a), dyadic(b), dyadic(c)
        product = contract([(0, 1), (1, 2)], (0, 2), [x, y])
        assert within_bounds(product, ex @ ey)
        assert within_bounds(product + product - z.T, 2 * (ex @ ey) - ez.T)
        assert within_bounds(contract([(0, 1), (1, 2), (2, 3)], (0, 3), [x, y, z]), ex @ ey @ ez)
        assert within_bounds(contract([(0, 1)], (1,), [x]), ex.sum(axis=0))
        assert within_bounds(product * Fraction(1, 3), (ex @ ey) * Fraction(1, 3))


def test_multiprecision_bounds_hold_and_are_small():
    rng = np.random.default_rng(3)
    a, b = rng.standard_normal((4, 5)), rng.standard_normal((5, 3))
    product = contract([(0, 1), (1, 2)], (0, 2), [MP50.array(a), MP50.array(b)]) * Fraction(1, 7)
    assert within_bounds(product, dyadic(a) @ dyadic(b) * Fraction(1, 7))
    assert (product.bound < 1e-48).all() and (product.bound > 0).all()
    assert within_bounds(product - product, np.zeros((4, 3), dtype=int))


def test_multiprecision_leaves_the_global_precision_alone():
    import mpmath

    before = mpmath.mp.prec
    MP50.array([Fraction(1, 3)]) * 2
    assert mpmath.mp.prec == before and MP50.context is not mpmath.mp


@pytest.mark.parametrize("system", ROUNDED, ids=str)
def test_inputs_are_exact_where_representable_and_bounded_elsewhere(system):
    exact = [Fraction(1, 2), 3, 2**24, Fraction(1, 3), 2**200 + 1, Fraction(1, 10**60)]
    if system == FLOAT32:
        exact[4] = 2**100 + 1
    a = system.array(exact)
    assert within_bounds(a, exact)
    assert [bool(b == 0) for b in a.bound] == [True] * 3 + [False] * 3
    assert system.array(Q.array([[1, Fraction(1, 3)]], batch=True)).batch == 1


def test_whole_numbers_are_rounded_on_the_right_side_of_the_edge():
    for system, edge in ((FLOAT64, 2**53), (FLOAT32, 2**24)):
        for whole in (edge - 1, edge, edge + 1, edge + 2, -edge - 1):
            a = system.array(np.array([whole]))
            assert within_bounds(a, [whole])
            assert (a.bound[0] == 0) == (whole != edge + 1 and whole != -edge - 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_overflow_gives_an_infinite_bound_never_a_claim(dtype):
    system = Floating(dtype)
    huge = system.array([np.finfo(dtype).max, 1])
    square = contract([(0,), (0,)], (0,), [huge, huge])
    assert square.overflowed and square.bound[0] == math.inf and square.bound[1] < math.inf
    assert (huge + huge).overflowed and not huge.overflowed
    cancelled = contract([(0,), (0,)], (), [square, system.array([0, 1])])
    assert cancelled.bound == math.inf
    assert (square - square).items_equal(system.array([7, 0]))
    beyond = system.array([10**400])
    assert beyond.overflowed
    with pytest.raises(ValueError, match="nan"):
        (square - square).exact()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("system", ROUNDED, ids=str)
def test_nan_and_infinity_are_refused_as_inputs(system, bad):
    with pytest.raises(ValueError, match="finite"):
        system.array([1.0, bad])
    with pytest.raises(ValueError, match="finite"):
        system.array(np.array([1.0, bad]))


def test_underflow_is_inside_the_bound():
    a = FLOAT64.array([2.0**-600])
    square = contract([(0,), (0,)], (), [a, a])
    assert square.value == 0 and within_bounds(square.reshape(1), [Fraction(1, 2**1200)])


def test_agreement_within_bounds_and_disagreement_beyond():
    third = FLOAT64.array([Fraction(1, 3)])
    assert (third + third + third).items_equal(FLOAT64.ones(1))
    assert not third.items_equal(FLOAT64.array([Fraction(1, 3) + Fraction(1, 2**40)]))


def test_bounds_given_by_the_caller_are_carried():
    a = FLOAT64.array_with_bound(np.array([1.0, 2.0]), np.array([0.5, 0.25]))
    total = contract([(0,), (0,)], (), [a, a])
    assert total.bound >= 1.5**2 - 1 + 2.25**2 - 4
    for value, bound in ((np.ones(2), -1.0), (np.ones(2), np.ones(3)), (np.ones(2), math.nan), (np.ones(2, np.float32), 0.0)):
        with pytest.raises(ValueError, match="float64"):
            FLOAT64.array_with_bound(value, bound)


@pytest.mark.parametrize("digits", [0, 1, 2.5, True, 10**6])
def test_multiprecision_refuses_other_precisions(digits):
    with pytest.raises(ValueError, match="digits"):
        Multiprecision(digits)


def test_floating_refuses_other_types():
    with pytest.raises(ValueError, match="float16"):
        Floating(np.float16)


def test_zeros_over_a_denominator_beyond_int64() -> None:
    tiny = Q.from_floats([2.0**-70, 2.0**-80])
    zero = contract([(0,), (0,)], (0,), [tiny, Q.array([0, 0])])
    assert zero.tolist() == [0, 0] and zero.denominator == 1
