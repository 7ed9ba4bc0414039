"""The plain meaning of statements: against numpy, entry by entry definitions and known identities."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.evaluate import (
    Instance,
    PolynomialMatrix,
    Unsupported,
    all_instances_gf2,
    evaluate,
    family_weights,
    holds,
    show,
    sides,
)
from proofkit.fields import FLOAT64, GF, Array, NumberSystem, Q
from proofkit.statements import infer, parse_declarations, parse_expression, parse_statement
from proofkit.strategies import instances

SYSTEMS = [Q, GF(2), GF(7)]
QUICK = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def plain(array: Array) -> np.ndarray:
    """The entries as Python numbers in a numpy array, without help from the arrays' own operations."""
    result = np.empty(array.shape, dtype=object)
    values: Any = array.tolist()
    for index in product(*map(range, array.shape)):
        entry = values
        for place in index:
            entry = entry[place]
        result[index] = entry
    return result


def agrees(array: Any, expected: Any) -> bool:
    assert isinstance(array, Array)
    wanted = np.asarray(expected, dtype=object)
    modulus = getattr(array.system, "p", None)
    if modulus is not None:
        wanted = np.asarray(wanted % modulus, dtype=object)
    return array.shape == wanted.shape and bool(np.all(plain(array) == wanted))


def by_entries(shape: tuple[int, ...], entry: Callable[..., Any]) -> np.ndarray:
    result = np.zeros(shape, dtype=object)
    for index in product(*map(range, shape)):
        result[index] = entry(*index)
    return result


def odd_even_by_entries(tensor: Any) -> np.ndarray:
    t = np.asarray(tensor, dtype=object)
    rows, columns = range(0, t.ndim, 2), range(1, t.ndim, 2)
    height, width = (int(np.prod([t.shape[k] for k in side], dtype=int)) for side in (rows, columns))
    result = np.zeros((height, width), dtype=object)
    for index in product(*map(range, t.shape)):
        row = column = 0
        for place, i in enumerate(index):
            if place % 2 == 0:
                row = row * t.shape[place] + i
            else:
                column = column * t.shape[place] + i
        result[row, column] = t[index]
    return result


# expression, declarations, what numpy or the definition by entries makes of it
MEANINGS: list[tuple[str, str, Callable[..., Any]]] = [
    ("A + B - C", "A: m n; B: m n; C: m n", lambda A, B, C: A + B - C),
    ("-A", "A: m n", lambda A: -A),
    ("A @ B", "A: m n; B: n p", lambda A, B: A @ B),
    ("A @ v", "A: m n; v: n", lambda A, v: A @ v),
    ("u @ A", "A: m n; u: m", lambda A, u: u @ A),
    ("u @ A @ v", "A: m n; u: m; v: n", lambda A, u, v: u @ A @ v),
    ("u @ v", "u: m; v: m", lambda u, v: u @ v),
    ("A.T", "A: m n", lambda A: A.T),
    ("v.T", "v: n", lambda v: v),
    ("3 * A * 2", "A: m n", lambda A: 6 * A),
    ("c * A", "A: m n; c", lambda A, c: c * A),
    ("A * c - A * 2", "A: m n; c", lambda A, c: A * c - A * 2),
    ("c * c * 5", "c", lambda c: c * c * 5),
    ("kron(A, B)", "A: m n; B: p q", np.kron),
    ("kron(A, B, A)", "A: m n; B: p 2", lambda A, B: np.kron(np.kron(A, B), A)),
    ("kron(u, v)", "u: m; v: n", np.kron),
    (
        "khatri_rao(A, B)",
        "A: m n; B: p n",
        lambda A, B: np.stack([np.kron(A[:, j], B[:, j]) for j in range(A.shape[1])], axis=1),
    ),
    ("hadamard(A, B, A)", "A: m n; B: m n", lambda A, B: A * B * A),
    ("hadamard(T, T)", "T: m n p", lambda T: T * T),
    ("vec(A)", "A: m n", lambda A: A.T.reshape(-1)),
    ("diag(v)", "v: n", np.diag),
    ("diagonal(A)", "A: n n", np.diagonal),
    ("trace(A)", "A: n n", np.trace),
    ("outer(u, v)", "u: m; v: n", np.outer),
    ("tensor_product(A, v)", "A: m n; v: p", lambda A, v: np.multiply.outer(A, v)),
    ("tensor_product(S, X)", "S: m n; X: p~q", lambda S, X: np.multiply.outer(S, X)),
    (
        "matricize(T, rows=[2, 0], columns=[1])",
        "T: m n p",
        lambda T: T.transpose(2, 0, 1).reshape(T.shape[0] * T.shape[2], T.shape[1]),
    ),
    ("matricize(T, rows=[], columns=[0, 1])", "T: m n", lambda T: T.reshape(1, T.size)),
    ("odd_even(T)", "T: m n p m", odd_even_by_entries),
    ("odd_even(T)", "T: m n p", odd_even_by_entries),
    ("odd_even(X)", "X: p~q", odd_even_by_entries),
    (
        "odd_even(tensor_product(v, X))",
        "v: m; X: p~q",
        lambda v, X: odd_even_by_entries(np.multiply.outer(v, X)),
    ),
    ("fold(A)", "A: m n", lambda A: A),
    (
        "mode_product(T, A, 1)",
        "T: m n p; A: k n",
        lambda T, A: by_entries(
            (T.shape[0], A.shape[0], T.shape[2]),
            lambda i, a, j: sum(T[i, b, j] * A[a, b] for b in range(A.shape[1])),
        ),
    ),
    (
        'einsum("ij,jk,jk->k", A, B, B)',
        "A: m n; B: n p",
        lambda A, B: np.ones(len(A), dtype=object) @ A @ (B * B),
    ),
    ('einsum("iij->j", T)', "T: m m n", lambda T: sum(T[i, i] for i in range(T.shape[0]))),
    (
        "level(W, X, Y)",
        "W: g a; X: m a; Y: n a",
        lambda W, X, Y: by_entries(
            (X.shape[0], Y.shape[0], W.shape[0]),
            lambda i, j, g: sum(W[g, a] * X[i, a] * Y[j, a] for a in range(W.shape[1])),
        ),
    ),
    (
        "level(w, X, Y, X)",
        "w: a; X: m a; Y: n a",
        lambda w, X, Y: by_entries(
            (X.shape[0], Y.shape[0], X.shape[0]),
            lambda i, j, k: sum(w[a] * X[i, a] * Y[j, a] * X[k, a] for a in range(w.shape[0])),
        ),
    ),
]


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize(("text", "where", "meaning"), MEANINGS, ids=[f"{m[0]}-{m[1]}" for m in MEANINGS])
def test_expressions_mean_what_numpy_says(text: str, where: str, meaning: Callable[..., Any], system: NumberSystem) -> None:
    declarations = parse_declarations(where)
    node = parse_expression(text)

    @settings(QUICK, max_examples=6)
    @given(instances(declarations, system))
    def check(instance: Instance) -> None:
        instance.check(declarations)
        values = {name: plain(value) for name, value in instance.arrays.items() if isinstance(value, Array)}
        arrays = [v.item() if v.ndim == 0 else v for v in (values[name] for name in declarations)]
        assert agrees(evaluate(node, instance), meaning(*arrays))

    check()


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
def test_constants_mean_what_numpy_says(system: NumberSystem) -> None:
    instance = Instance({"m": 2, "n": 3, "r": [4, 5]}, {}, system)
    expected = {
        "eye(n)": np.eye(3, dtype=int),
        "eye(m, n)": np.eye(2, 3, dtype=int),
        "eye(n, 2)": np.eye(3, 2, dtype=int),
        "eye(m * n)": np.eye(6, dtype=int),
        "ones(m, n)": np.ones((2, 3), dtype=int),
        "ones(4)": np.ones(4, dtype=int),
        "zeros(m, r[0])": np.zeros((2, 4), dtype=int),
        "n": np.array(3),
        "r[1] * eye(m)": 5 * np.eye(2, dtype=int),
        "7 - n": np.array(4),
    }
    for text, value in expected.items():
        assert agrees(evaluate(parse_expression(text), instance), value.astype(object)), text


@QUICK
@given(instances(parse_declarations("A: m n"), Q))
def test_commutation_transposes_under_vec(instance: Instance) -> None:
    assert holds(parse_statement("commutation(m, n) @ vec(A) == vec(A.T)"), instance)


def elimination_rank(rows: list[list[Fraction]], modulus: int = 0) -> int:
    """Rank by textbook elimination over Q, or modulo a prime."""
    rank = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        lead = rows[rank][column]
        inverse = pow(int(lead), -1, modulus) if modulus else 1 / lead
        for i in range(rank + 1, len(rows)):
            factor = rows[i][column] * inverse
            rows[i] = [(x - factor * y) % modulus if modulus else x - factor * y
                       for x, y in zip(rows[i], rows[rank], strict=True)]  # fmt: skip
        rank += 1
    return rank


@pytest.mark.parametrize("modulus", [0, 2, 7])
def test_rank_agrees_with_elimination(modulus: int) -> None:
    system = GF(modulus) if modulus else Q

    @QUICK
    @given(instances(parse_declarations("A: m n"), system, max_size=4))
    def check(instance: Instance) -> None:
        rows = [[Fraction(entry) for entry in row] for row in plain(instance.arrays["A"])]  # type: ignore[arg-type]
        if modulus:
            rows = [[int(entry) for entry in row] for row in rows]  # type: ignore[misc]
        assert evaluate(parse_expression("rank(A)"), instance) == elimination_rank(rows, modulus)

    check()


def test_integers_follow_python() -> None:
    instance = Instance({"m": 2, "n": 3, "r": [4, 5]}, {"A": Q.array([[1, 2], [2, 4]])}, Q)
    expected = {
        "rank(A) + m * n - 1": 6,
        "min(m, n, r[0]) - max(m, n)": -1,
        "max(rank(A), -n) ** 2 ** (n - 1)": 1,
        "min(r[1], n) ** (2 ** n)": 3**8,
        "-max(1, 2) ** 2": -4,
    }
    for text, value in expected.items():
        assert evaluate(parse_expression(text), instance) == value, text


IDENTITIES = [
    ("kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)", ""),
    ("vec(A @ X @ B) == kron(B.T, A) @ vec(X)", ""),
    ("khatri_rao(A, B).T @ khatri_rao(A, B) == hadamard(A.T @ A, B.T @ B)", ""),
    ("trace(A @ B) == trace(B @ A) and rank(A @ B) <= min(rank(A), rank(B))", ""),
    ("rank(kron(A, B)) == rank(A) * rank(B)", ""),
    ("odd_even(tensor_product(X, Y)) == kron(odd_even(X), odd_even(Y))", "X: p~q; Y: s~t"),
    ("odd_even(tensor_product(v, X)) == kron(odd_even(v), odd_even(X).T)", "v: m; X: p~q"),
    ("odd_even(X + Y) == odd_even(X) + odd_even(Y)", "X: p~q 2; Y: p~q 2"),
    ("commutation(m, p) @ kron(B, A) == kron(A, B) @ commutation(n, q)", "A: m n; B: p q"),
    ("diagonal(A @ diag(v) @ B) == hadamard(A, B.T) @ v", "A: m n; v: n; B: n m"),
    ("rank(A) <= min(m, n) and trace(eye(n)) == n", "A: m n"),
    ("rank(A @ B) >= rank(A) + rank(B) - n", "A: m n; B: n p"),
    ("B(v) + B(v) == 2 * B(v)", "B(k): m n; v: k"),
    ("odd_even(fold(A)) == A", ""),
]


@pytest.mark.parametrize("system", [Q, GF(3)], ids=str)
@pytest.mark.parametrize(("text", "where"), IDENTITIES)
def test_known_identities_hold(text: str, where: str, system: NumberSystem) -> None:
    typed = infer(text, where)
    # Sums of bundles need arrays of one order.
    orders = 2 if "+ Y" in text else 4

    @settings(QUICK, max_examples=8)
    @given(instances(typed.declarations, system, max_order=orders))
    def check(instance: Instance) -> None:
        if "+ Y" not in text or instance.arrays["X"].shape == instance.arrays["Y"].shape:
            assert holds(typed.statement, instance) is True

    check()


@pytest.mark.parametrize(
    ("text", "where", "sizes"),
    [
        ("A @ B == B @ A", "A: n n; B: n n", {"n": 2}),
        ("rank(A + B) == rank(A) + rank(B)", "A: n n; B: n n", {"n": 2}),
        ("rank(A.T @ A) == rank(A)", "A: m n", {"m": 2, "n": 2}),
        ("kron(A, B) == kron(B, A)", "A: n n; B: n n", {"n": 2}),
        ("hadamard(A, A) == A and rank(A) <= 1", "A: m n", {"m": 3, "n": 2}),
        ("c * u == v and u == v", "c; u: 2; v: 2", {}),
    ],
)
def test_batches_over_gf2_agree_with_their_items(text: str, where: str, sizes: dict[str, int]) -> None:
    statement, declarations = parse_statement(text), parse_declarations(where)
    (batch,) = all_instances_gf2(declarations, sizes)
    together = holds(statement, batch)
    assert isinstance(together, np.ndarray) and together.shape == (batch.batch,)
    apart = [holds(statement, batch.item(i)) for i in range(len(together))]
    assert together.tolist() == apart
    assert True in apart and False in apart
    flattened = {tuple(int(x) for name in declarations for x in plain(batch.item(i).arrays[name]).flat)  # type: ignore[arg-type]
                 for i in range(len(together))}  # fmt: skip
    assert len(flattened) == len(together)


def test_a_statement_without_arrays_is_the_same_for_a_whole_batch() -> None:
    (batch,) = all_instances_gf2(parse_declarations("A: 1 2"), {"n": 3})
    answer = holds(parse_statement("trace(eye(n)) == n and n <= 2"), batch)
    assert isinstance(answer, np.ndarray) and answer.tolist() == [False] * 4


def test_enumeration_comes_in_chunks_and_has_a_limit() -> None:
    chunks = list(all_instances_gf2(parse_declarations("A: m n; v: 2"), {"m": 3, "n": 5}))
    assert [chunk.batch for chunk in chunks] == [2**16, 2**16]
    assert [chunk.batch for chunk in all_instances_gf2(parse_declarations("A: 4 4"), {})] == [2**16]
    assert sum(chunk.batch or 0 for chunk in all_instances_gf2(parse_declarations("v: 19"), {})) == 2**19
    for where, sizes in (("v: 20", {}), ("v: n", {}), ("B(k): 1 1", {"k": 1})):
        with pytest.raises(UsageError):
            all_instances_gf2(parse_declarations(where), sizes)


def test_inverse_is_exact_and_refused_where_there_is_none() -> None:
    statement = parse_statement("inv(A) @ A == eye(2)")
    assert holds(statement, Instance({}, {"A": Q.array([[1, 2], [3, 4]])}, Q))
    with pytest.raises(Unsupported, match="singular"):
        holds(statement, Instance({}, {"A": Q.array([[1, 2], [2, 4]])}, Q))
    with pytest.raises(Unsupported, match="rounds"):
        holds(statement, Instance({}, {"A": FLOAT64.array([[1.0, 2.0], [3.0, 4.0]])}, FLOAT64))


def test_rounded_arrays_agree_within_their_bounds_and_have_no_rank() -> None:
    arrays = {"A": FLOAT64.array([[0.1, 0.2], [0.3, 0.4]]), "B": FLOAT64.array([[0.5, 0.6], [0.7, 0.8]])}
    instance = Instance({}, arrays, FLOAT64)
    assert holds(parse_statement("(A @ B).T == B.T @ A.T"), instance) is True
    assert holds(parse_statement("A @ B == B @ A"), instance) is False
    with pytest.raises(Unsupported, match="not determined"):
        holds(parse_statement("rank(A) == 2"), instance)


def test_what_cannot_be_computed_is_said() -> None:
    instance = Instance({"n": 3}, {"A": Q.array([[1]]), "B": PolynomialMatrix((((1,), Q.array([[1]])),))}, Q)
    for text, error, part in [
        ("cp_rank(ones(2, 3, 2))", Unsupported, "bounded by ranks"),
        ("max(2, n) ** 10 ** 9", Unsupported, "too large"),
        ("max(2, n) ** (1 - n)", Unsupported, "not negative"),
        ("max(1, trace(A))", Unsupported, "an integer is needed"),
        ("C + A", UsageError, "C has no value"),
        ("v @ A", UsageError, "v has no value"),
        ("r[2] * A", UsageError, r"r\[2\] has no value"),
        ("B + A", UsageError, "only at a vector"),
        ("A(n)", UsageError, "give a PolynomialMatrix"),
        ("B(ones(2))", UsageError, "is not defined"),
        ("eye(n - 3)", UsageError, "positive"),
    ]:
        with pytest.raises(error, match=part):
            evaluate(parse_expression(text), instance)
    assert evaluate(parse_expression("max(1, 1) ** 10 ** 9"), instance) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A", 2),
        ("ones(1, 1, 1)", 1),
        ("zeros(2, 1, 1)", 0),
        ("tensor_product(A, ones(1))", 2),
        ("tensor_product(ones(1), A)", 2),
        ("ones(3)", 1),
    ],
)
def test_the_cp_rank_of_what_is_a_matrix_but_for_modes_of_size_one(text: str, expected: int) -> None:
    instance = Instance({}, {"A": Q.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]])}, Q)
    assert evaluate(parse_expression(f"cp_rank({text})"), instance) == expected


@QUICK
@given(instances(parse_declarations("B(k): m n; v: k"), Q))
def test_polynomials_are_evaluated_term_by_term(instance: Instance) -> None:
    polynomial, vector = instance.arrays["B"], instance.arrays["v"]
    assert isinstance(polynomial, PolynomialMatrix) and isinstance(vector, Array)
    expected = np.zeros(polynomial.shape, dtype=object)
    for exponents, coefficients in polynomial.terms:
        monomial = 1
        for x, exponent in zip(plain(vector), exponents, strict=True):
            monomial *= x**exponent
        expected = expected + monomial * plain(coefficients)
    assert agrees(evaluate(parse_expression("B(v)"), instance), expected)


def network(instance: Instance, name: str, levels: int, modes: int, top: int, shared: bool) -> np.ndarray:
    """The tensor of a network entry by entry, from the defining equations."""
    arrays = {key: plain(value) for key, value in instance.arrays.items() if isinstance(value, Array)}

    def weight(level: int, position: int) -> np.ndarray:
        if name == "cp":
            return arrays["cp.c"] if level else arrays["cp.0" if shared else f"cp.{position}"]
        return arrays[f"{name}.{level}" if shared else f"{name}.{level}.{position}"]

    def channel(level: int, position: int, index: tuple[int, ...], which: int) -> Any:
        if level == 0:
            return weight(0, position)[index[0], which]
        weights, half = weight(level, position)[which], len(index) // 2
        return sum(
            weights[a] * channel(level - 1, 2 * position, index[:half], a) * channel(level - 1, 2 * position + 1, index[half:], a)
            for a in range(len(weights))
        )

    def entry(*index: int) -> Any:
        width, weights = modes // top, weight(levels, 0)
        total: Any = 0
        for a in range(len(weights)):
            value = weights[a]
            for block in range(top):
                value = value * channel(levels - 1, block, index[block * width : (block + 1) * width], a)
            total += value
        return total

    return by_entries((arrays[next(iter(arrays))].shape[0],) * modes, entry)


@pytest.mark.parametrize(
    ("text", "sizes", "levels", "modes", "top"),
    [
        ("ht(L, M, r)", {"L": 1, "M": 2, "r": [3]}, 1, 2, 2),
        ("ht(L, M, r)", {"L": 2, "M": 2, "r": [2, 3]}, 2, 4, 2),
        ("ht(L, M, r, shared=True)", {"L": 2, "M": 2, "r": [2, 1]}, 2, 4, 2),
        ("ht(3, M, r, shared=True)", {"M": 2, "r": [2, 2, 2]}, 3, 8, 2),
        ("cp(N, M, Z)", {"N": 3, "M": 2, "Z": 2}, 1, 3, 3),
        ("cp(N, M, Z, shared=True)", {"N": 3, "M": 3, "Z": 2}, 1, 3, 3),
        ("truncated(L, 1, M, r)", {"L": 2, "M": 2, "r": [2, 3]}, 1, 4, 4),
        ("truncated(L, 2, M, r)", {"L": 3, "M": 2, "r": [2, 2, 1]}, 2, 8, 4),
    ],
)
def test_networks_follow_their_defining_equations(text: str, sizes: dict[str, Any], levels: int, modes: int, top: int) -> None:
    node = parse_expression(text)
    weights = family_weights(node, sizes)

    @settings(QUICK, max_examples=4)
    @given(instances(parse_declarations(""), GF(7), sizes=sizes, weights=weights))
    def check(instance: Instance) -> None:
        expected = network(instance, node.op, levels, modes, top, bool(node.value))
        assert agrees(evaluate(node, instance), expected)

    check()


def test_weights_of_families_have_the_documented_names() -> None:
    assert family_weights(parse_expression("ht(L, M, r)"), {"L": 2, "M": 5, "r": [3, 4]}) == {
        "ht.0.0": (5, 3), "ht.0.1": (5, 3), "ht.0.2": (5, 3), "ht.0.3": (5, 3),
        "ht.1.0": (4, 3), "ht.1.1": (4, 3), "ht.2.0": (4,),
    }  # fmt: skip
    shared = family_weights(parse_expression("ht(L, M, r, shared=True)"), {"L": 2, "M": 5, "r": [3, 4]})
    assert shared == {"ht.0": (5, 3), "ht.1": (4, 3), "ht.2": (4,)}
    assert family_weights(parse_expression("cp(2, M, Z)"), {"M": 5, "Z": 3}) == {
        "cp.0": (5, 3), "cp.1": (5, 3), "cp.c": (3,),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sizes", "error"),
    [
        ("ht(L, M, r)", {"L": 2, "M": 5, "r": [3]}, UsageError),
        ("ht(L, M, r)", {"L": 2, "M": 5, "r": [3, 3, 3]}, UsageError),
        ("ht(L, M, r)", {"L": 2, "M": 5, "r": 3}, UsageError),
        ("ht(L, M, r)", {"L": 2, "M": 5}, UsageError),
        ("ht(L, M, r)", {"M": 5, "r": [3]}, UsageError),
        ("ht(L, M, r)", {"L": 13, "M": 5, "r": [1] * 13}, Unsupported),
        ("truncated(2, 3, M, r)", {"M": 5, "r": [1] * 3}, Unsupported),
    ],
)
def test_families_without_their_sizes_are_refused(text: str, sizes: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        family_weights(parse_expression(text), sizes)


def test_missing_weights_are_named() -> None:
    with pytest.raises(UsageError, match="weights cp.0"):
        evaluate(parse_expression("cp(2, 2, 2)"), Instance({}, {}, Q))


CHECKED = parse_declarations("A: m n; X: p~q m; c; B(k): m n")


@QUICK
@given(instances(CHECKED, GF(5)), st.data())
def test_drawn_instances_fit_and_others_are_refused(instance: Instance, data: st.DataObject) -> None:
    instance.check(CHECKED)
    m, n = instance.size("m"), instance.size("n")
    name, wrong = data.draw(
        st.sampled_from(
            [
                ("A", GF(5).zeros(m, n + 1)),
                ("A", GF(5).zeros(m)),
                ("A", instance.arrays["B"]),
                ("B", GF(5).zeros(m, n)),
                ("c", GF(5).zeros(1)),
                ("X", GF(5).zeros(m + 1)),
                ("X", GF(5).zeros(2, m)),
            ]
        )
    )
    with pytest.raises(UsageError, match=name):
        Instance(instance.sizes, {**instance.arrays, name: wrong}, GF(5)).check(CHECKED)
    with pytest.raises(UsageError, match="no value for"):
        Instance(instance.sizes, {"A": instance.arrays["A"]}, GF(5)).check(CHECKED)


def test_instances_shrink_to_the_smallest_counterexample() -> None:
    typed = infer("rank(A + B) == rank(A) + rank(B)")
    found: list[Instance] = []

    @settings(max_examples=300, deadline=None, database=None)
    @given(instances(typed.declarations, Q))
    def refuted(instance: Instance) -> None:
        if not holds(typed.statement, instance):
            found.append(instance)
            raise AssertionError

    with pytest.raises(AssertionError):
        refuted()
    smallest = found[-1]
    assert (smallest.sizes, sides(typed.statement.comparisons[0], smallest)) == ({"m": 1, "n": 1}, (1, 2))
    assert show(smallest) == "m = 1, n = 1, A = [[1]], B = [[1]] over Q"


def test_instances_are_shown_on_one_line() -> None:
    polynomial = PolynomialMatrix((((2, 0), Q.array([[1]])), ((0, 1), Q.array([[Fraction(1, 2)]]))))
    instance = Instance({"k": 2, "r": (1, 2)}, {"B": polynomial, "c": Q.array(3)}, Q)
    assert show(instance) == "k = 2, r = [1, 2], B = [[1]] x^[2, 0] + [[1/2]] x^[0, 1], c = 3 over Q"
