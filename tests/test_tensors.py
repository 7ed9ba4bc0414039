"""Tensor operations against numpy and against their definitions written as loops."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit import tensors
from proofkit.fields import FLOAT32, FLOAT64, GF, MP50, Array, Q, stack

SYSTEMS = [Q, GF(2), GF(7), GF(2**61 - 1), FLOAT64, FLOAT32, MP50]
sizes = st.integers(0, 4)


def random_array(shape, seed=0, low=-9, high=10):
    return np.random.default_rng((seed, *shape)).integers(low, high, shape)


def same(result, expected):
    """A result on integers is the expected numpy array, in int64."""
    assert isinstance(result, np.ndarray) and result.dtype == np.int64
    assert result.shape == expected.shape and (result == expected).all()


def by_definition(shape, entry):
    result = np.zeros(shape, dtype=np.int64)
    for index in itertools.product(*map(range, shape)):
        result[index] = entry(*index)
    return result


@settings(max_examples=60, deadline=None)
@given(sizes, sizes, sizes, sizes)
def test_kron(m, n, p, q):
    a, b = random_array((m, n)), random_array((p, q), 1)
    same(tensors.kron(a, b), by_definition((m * p, n * q), lambda i, j: a[i // p, j // q] * b[i % p, j % q]))
    same(tensors.kron(a[:, 0] if n else np.ones(m, int), np.ones(p, int)), np.repeat(a[:, 0] if n else np.ones(m, int), p))


def test_kron_is_numpys_for_every_order_and_number_of_factors():
    a, b, c = random_array((2, 3)), random_array((1, 4), 1), random_array((3, 1), 2)
    same(tensors.kron(a), a)
    same(tensors.kron(a, b, c), np.kron(np.kron(a, b), c))
    s, t = random_array((2, 1, 3)), random_array((2, 2, 2), 1)
    same(tensors.kron(s, t), np.kron(s, t))
    same(tensors.kron(np.array(3), np.array(-2)), np.array(-6))


@settings(max_examples=40, deadline=None)
@given(sizes, sizes, sizes)
def test_khatri_rao(m, p, n):
    a, b = random_array((m, n)), random_array((p, n), 1)
    same(tensors.khatri_rao(a, b), by_definition((m * p, n), lambda i, j: a[i // p, j] * b[i % p, j]))
    same(tensors.khatri_rao(a, b, a), tensors.khatri_rao(tensors.khatri_rao(a, b), a))


@settings(max_examples=40, deadline=None)
@given(st.lists(sizes, max_size=4))
def test_hadamard(shape):
    a, b = random_array(tuple(shape)), random_array(tuple(shape), 1)
    same(tensors.hadamard(a, b, b), np.asarray(a * b * b))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.integers(1, 3), max_size=3), min_size=1, max_size=3))
def test_tensor_product(shapes):
    factors = [random_array(tuple(shape), k) for k, shape in enumerate(shapes)]
    expected = factors[0]
    for factor in factors[1:]:
        expected = np.multiply.outer(expected, factor)
    same(tensors.tensor_product(*factors), np.asarray(expected))


def test_outer_is_the_tensor_product_of_vectors():
    u, v, w = random_array((2,)), random_array((3,), 1), random_array((1,), 2)
    same(tensors.outer(u, v, w), by_definition((2, 3, 1), lambda i, j, k: u[i] * v[j] * w[k]))
    same(tensors.outer(u), u)


@settings(max_examples=80, deadline=None)
@given(st.data())
def test_matricize_lists_the_first_mode_slowest(data):
    shape = tuple(data.draw(st.lists(st.integers(0, 3), max_size=4)))
    order = data.draw(st.permutations(range(len(shape))))
    cut = data.draw(st.integers(0, len(shape)))
    rows, columns = order[:cut], order[cut:]
    t = random_array(shape)
    matrix = tensors.matricize(t, rows, columns)
    expected = np.zeros((math.prod(shape[k] for k in rows), math.prod(shape[k] for k in columns)), dtype=np.int64)
    for index in itertools.product(*map(range, shape)):
        i = j = 0
        for k in rows:
            i = i * shape[k] + index[k]
        for k in columns:
            j = j * shape[k] + index[k]
        expected[i, j] = t[index]
    same(matrix, expected)


def test_odd_even_takes_modes_0_2_4_as_rows():
    t = random_array((2, 3, 2, 1, 3))
    same(tensors.odd_even(t), t.transpose(0, 2, 4, 1, 3).reshape(12, 3))
    same(tensors.odd_even(np.array([1, 2])), np.array([[1], [2]]))
    same(tensors.odd_even(np.array(5)), np.array([[5]]))


@pytest.mark.parametrize(("p", "q"), list(itertools.product(range(4), range(4))))
def test_matricization_turns_tensor_products_into_kronecker_products_when_the_first_order_is_even(p, q):
    s, t = random_array((2, 3, 2)[:p]), random_array((3, 2, 2)[:q], 1)
    right = tensors.odd_even(t)
    product = tensors.odd_even(tensors.tensor_product(s, t))
    same(product, tensors.kron(tensors.odd_even(s), right if p % 2 == 0 else right.T))


@pytest.mark.parametrize(
    ("subscripts", "shapes"),
    [
        ("ij,jk->ik", [(2, 3), (3, 4)]),
        ("ij,jk,kl -> li", [(2, 3), (3, 4), (4, 2)]),
        ("ii->", [(3, 3)]),
        ("ii->i", [(3, 3)]),
        ("iji,j->i", [(2, 3, 2), (3,)]),
        ("i,i,i->i", [(3,), (3,), (3,)]),
        ("ab,cd->", [(2, 2), (1, 3)]),
        (",i->i", [(), (2,)]),
        ("ij->ji", [(0, 3)]),
        ("aB,Bc->ca", [(2, 3), (3, 2)]),
    ],
)
def test_einsum_is_numpys(subscripts, shapes):
    operands = [random_array(shape, k) for k, shape in enumerate(shapes)]
    same(tensors.einsum(subscripts, *operands), np.asarray(np.einsum(subscripts, *operands)))


def test_einsum_repeats_output_letters_on_the_diagonal():
    v = np.array([3, 5])
    same(tensors.einsum("i->ii", v), np.diag(v))


@pytest.mark.parametrize(
    "shapes", [((2, 3), (3, 4)), ((3,), (3, 4)), ((2, 3), (3,)), ((3,), (3,)), ((2, 0), (0, 3)), ((1, 1), (1, 1))]
)
def test_matmul_is_numpys(shapes):
    a, b = random_array(shapes[0]), random_array(shapes[1], 1)
    same(tensors.matmul(a, b), np.asarray(a @ b))


def test_the_vector_and_matrix_operations():
    a = random_array((3, 2))
    square = random_array((3, 3))
    v = np.array([1, -2])
    same(tensors.transpose(a), a.T)
    same(tensors.transpose(v), v)
    same(tensors.transpose(np.array(3)), np.array(3))
    same(tensors.vec(a), np.concatenate([a[:, 0], a[:, 1]]))
    same(tensors.diag(v), np.array([[1, 0], [0, -2]]))
    same(tensors.diagonal(square), np.array([square[i, i] for i in range(3)]))
    same(tensors.trace(square), np.array(sum(square[i, i] for i in range(3))))
    same(tensors.trace(np.zeros((0, 0), int)), np.array(0))


@settings(max_examples=30, deadline=None)
@given(sizes, sizes)
def test_commutation_turns_vec_of_a_into_vec_of_its_transpose(m, n):
    a = random_array((m, n))
    k = tensors.commutation(m, n, Q)
    assert tensors.matmul(k, tensors.vec(Q.array(a))) == tensors.vec(Q.array(a.T))


def test_vec_of_a_triple_product():
    a, x, b = random_array((2, 3)), random_array((3, 4), 1), random_array((4, 2), 2)
    same(tensors.vec(a @ x @ b), tensors.matmul(tensors.kron(b.T, a), tensors.vec(x)))


@pytest.mark.parametrize("k", [0, 1, 2])
def test_mode_product(k):
    t = random_array((2, 3, 4))
    a = random_array((5, t.shape[k]), 1)
    same(tensors.mode_product(t, a, k), np.moveaxis(np.tensordot(a, t, (1, k)), 0, k))


def test_level_is_a_sum_over_channels_of_tensor_products():
    w, x, y = random_array((4, 3)), random_array((2, 2, 3), 1), random_array((5, 3), 2)
    expected = by_definition((2, 2, 5, 4), lambda i, j, k, g: sum(w[g, a] * x[i, j, a] * y[k, a] for a in range(3)))
    same(tensors.level(w, x, y), expected)
    same(tensors.level(w[1], x, y), expected[..., 1])
    same(tensors.level(w, y), y @ w.T)
    same(tensors.level(w, y[0], y[1]), w @ (y[0] * y[1]))


CALLS = [
    lambda a, b, v: tensors.kron(a, b),
    lambda a, b, v: tensors.khatri_rao(a, b),
    lambda a, b, v: tensors.hadamard(a, b),
    lambda a, b, v: tensors.odd_even(tensors.tensor_product(a, v, b)),
    lambda a, b, v: tensors.outer(v, v),
    lambda a, b, v: tensors.matmul(tensors.matmul(tensors.transpose(a), b), v),
    lambda a, b, v: tensors.vec(a),
    lambda a, b, v: tensors.diag(v),
    lambda a, b, v: tensors.diagonal(a),
    lambda a, b, v: tensors.trace(b),
    lambda a, b, v: tensors.mode_product(a, b, 1),
    lambda a, b, v: tensors.level(a, b, b),
    lambda a, b, v: tensors.einsum("ij,ij,j->i", a, b, v),
]


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("call", CALLS)
def test_every_number_system_agrees_with_numpy(call, system):
    operands = random_array((3, 3)), random_array((3, 3), 1), random_array((3,), 2)
    result = call(*(system.array(a) for a in operands))
    expected = call(*operands)
    assert isinstance(result, Array) and result.items_equal(system.array(expected))
    if system.exact:
        assert result == system.array(expected)


@pytest.mark.parametrize("call", CALLS)
def test_batches_are_computed_item_by_item(call):
    items = [[GF(3).array(random_array(shape, seed)) for seed in range(4)] for shape in ((3, 3), (3, 3), (3,))]
    result = call(*(stack(arrays) for arrays in items))
    assert result.batch == 4
    for i in range(4):
        assert result.item(i) == call(*(arrays[i] for arrays in items))


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.complex128])
@pytest.mark.parametrize("call", CALLS)
def test_numpys_floats_come_out_as_they_went_in(call, dtype):
    operands = random_array((3, 3)), random_array((3, 3), 1), random_array((3,), 2)
    result = call(*(a.astype(dtype) for a in operands))
    assert isinstance(result, np.ndarray) and result.dtype == dtype
    assert (result == call(*operands)).all()


def test_integers_do_not_wrap_silently():
    for entry, fits in ((3037000499, True), (3037000500, False), (-3037000500, False), (2**31, True)):
        v = np.array([entry])
        if fits:
            same(tensors.kron(v, v), np.array([entry**2]))
        else:
            with pytest.raises(OverflowError, match="kron: the result exceeds int64"):
                tensors.kron(v, v)
            exact = tensors.kron(v.astype(object), v.astype(object))
            assert exact.dtype == object and exact.tolist() == [entry**2]
    same(tensors.matmul(np.array([2**62, 1]), np.array([1, 2**62 - 1])), np.array(2**63 - 1))
    with pytest.raises(OverflowError):
        tensors.matmul(np.array([2**62, 1]), np.array([1, 2**62]))


def test_an_intermediate_beyond_int64_does_no_harm():
    big = np.array([2**62, 2**62, 2**62])
    same(tensors.matmul(big, np.array([1, 2, -3])), np.array(0))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, np.bool_])
def test_small_integer_types_are_widened(dtype):
    v = np.array([1, 1]).astype(dtype) * np.array(1, dtype=dtype)
    if dtype in (np.int8, np.uint8):
        v = np.array([100, 100], dtype=dtype)
    same(tensors.hadamard(v, v), v.astype(np.int64) ** 2)


def test_fractions_in_numpy_arrays_stay_exact():
    v = np.array([Fraction(1, 3), 2], dtype=object)
    assert tensors.hadamard(v, v).tolist() == [Fraction(1, 9), 4]


def test_numpy_beside_an_array_joins_its_number_system():
    assert tensors.matmul(Q.array([[1, 2]]), np.array([3, 4])) == Q.array([11])
    with pytest.raises(TypeError, match="not exact"):
        tensors.matmul(Q.array([[1, 2]]), np.array([3.0, 4.0]))


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
def test_constants(system):
    assert tensors.eye(2, 3, system=system) == system.array([[1, 0, 0], [0, 1, 0]])
    assert tensors.eye(2, system=system) == system.array([[1, 0], [0, 1]])
    assert tensors.ones(1, 2, system=system) == system.array([[1, 1]])
    assert tensors.zeros(2, system=system) == system.array([0, 0])


M, V, T = np.ones((2, 3), int), np.ones(2, int), np.ones((2, 2, 2), int)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: tensors.kron(), "kron"),
        (lambda: tensors.kron(M, V), "kron"),
        (lambda: tensors.khatri_rao(M, M.T), "khatri_rao"),
        (lambda: tensors.khatri_rao(np.array(1)), "khatri_rao"),
        (lambda: tensors.khatri_rao(V, V), "khatri_rao"),
        (lambda: tensors.hadamard(M, M.T), "hadamard"),
        (lambda: tensors.outer(M, V), "outer"),
        (lambda: tensors.matricize(T, [0], [1]), "matricize"),
        (lambda: tensors.matricize(T, [0, 0], [1, 2]), "matricize"),
        (lambda: tensors.matricize(T, [0, 1], [-1]), "matricize"),
        (lambda: tensors.einsum("ij", M), "einsum"),
        (lambda: tensors.einsum("i->i", M), "einsum"),
        (lambda: tensors.einsum("ij,jk->ik", M, M), "einsum"),
        (lambda: tensors.einsum("ij->ik", M), "einsum"),
        (lambda: tensors.einsum("...->", M), "einsum"),
        (lambda: tensors.einsum("ij,jk->ik", M), "einsum"),
        (lambda: tensors.matmul(M, M), "matmul"),
        (lambda: tensors.matmul(T, V), "matmul"),
        (lambda: tensors.matmul(np.array(1), V), "matmul"),
        (lambda: tensors.transpose(T), "transpose"),
        (lambda: tensors.vec(V), "vec"),
        (lambda: tensors.diag(M), "diag"),
        (lambda: tensors.diagonal(M), "diagonal"),
        (lambda: tensors.trace(M), "trace"),
        (lambda: tensors.mode_product(T, M, 0), "mode_product"),
        (lambda: tensors.mode_product(T, np.ones((2, 2), int), 3), "mode_product"),
        (lambda: tensors.mode_product(T, np.ones((2, 2), int), -1), "mode_product"),
        (lambda: tensors.level(M, T), "level"),
        (lambda: tensors.level(M), "level"),
        (lambda: tensors.level(np.array(1), V), "level"),
        (lambda: tensors.level(V, np.array(1)), "level"),
    ],
)
def test_shapes_that_do_not_fit_are_refused_in_one_line(call, name):
    with pytest.raises(ValueError, match=f"^{name}: ") as caught:
        call()
    assert "\n" not in str(caught.value)


def test_operands_that_are_not_arrays_are_refused():
    with pytest.raises(TypeError, match="kron: operand 1 is a list"):
        tensors.kron(M, [[1]])
