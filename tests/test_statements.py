"""The statement language: reading, printing, refusing, and the shapes that it infers."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proofkit.errors import ProofkitError, StatementError, UsageError
from proofkit.statements import (
    Declarations,
    Node,
    at_sizes,
    check_shapes,
    infer,
    names,
    parse_declarations,
    parse_expression,
    parse_statement,
    substitute,
    to_text,
    walk,
)

CANONICAL = [
    "A + B - C",
    "A - (B - C)",
    "A @ B @ C",
    "A @ (B @ C)",
    "2 * A @ B",
    "2 * (A @ B)",
    "-A @ B",
    "-(A @ B)",
    "--A",
    "(A + B).T",
    "A.T.T",
    "(-A).T",
    "-A.T",
    "(2).T",
    "kron(A, B).T @ C",
    "(m ** n) ** p",
    "m ** n ** p",
    "(m + 1) ** 2",
    "m ** (n + 1)",
    "m ** -n",
    "-m ** n",
    "(-m) ** n",
    "min(r[0], M) ** 2 ** (L - 1)",
    "matricize(T, rows=[0, 2], columns=[1, 3])",
    "matricize(T, rows=[], columns=[0])",
    "mode_product(T, A, 1)",
    'einsum("ij,jk->ik", A, B)',
    'einsum(",i->i", c, v)',
    "odd_even(ht(L, M, r))",
    "ht(L, M, r, shared=True)",
    "truncated(L, 2, M, r)",
    "cp(2 ** L, M, Z)",
    "B(u + v) @ C",
    "level(W, X, Y)",
    "eye(m, n) @ ones(n, 2)",
    "commutation(m, n) @ vec(A)",
    "rank(A) + cp_rank(T) - max(1, m * n)",
    "inv(A) @ A",
    "fold(A)",
]


@pytest.mark.parametrize("text", CANONICAL)
def test_canonical_text_is_printed_as_it_was_read(text: str) -> None:
    assert to_text(parse_expression(text)) == text


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("((A))@(B)", "A @ B"),
        ("(A @ B) @ C", "A @ B @ C"),
        ("  A+B ", "A + B"),
        ("2 ** (3 ** 4)", "2 ** 3 ** 4"),
        ("einsum('ij, jk -> ik', A, B)", 'einsum("ij,jk->ik", A, B)'),
        ("ht(L, M, r, shared=False)", "ht(L, M, r)"),
        ("matricize(T, columns=[1], rows=[0])", "matricize(T, rows=[0], columns=[1])"),
    ],
)
def test_other_spellings_are_read_as_the_canonical_one(text: str, printed: str) -> None:
    assert to_text(parse_expression(text)) == printed
    assert parse_expression(text) == parse_expression(printed)


def test_statement_text_is_rendered_anew() -> None:
    statement = parse_statement("(A==B)and rank( A )<=2 and (m>=n and n==n)")
    assert statement.text == "A == B and rank(A) <= 2 and m >= n and n == n"
    assert [c.numeric for c in statement.comparisons] == [False, True, True, False]


NAMES = st.sampled_from(["A", "B", "m", "n", "T", "x_1"])
LEAVES = st.one_of(
    st.builds(lambda name: Node("name", (), name), NAMES),
    st.builds(lambda value: Node("int", (), value), st.integers(0, 10**20)),
    st.builds(lambda index: Node("subscript", (Node("int", (), index),), "r"), st.integers(0, 9)),
)


def extended(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    def node(op: str, least: int, most: int, value: object = None) -> st.SearchStrategy[Node]:
        arguments = st.lists(inner, min_size=least, max_size=most).map(tuple)
        return st.builds(lambda args: Node(op, args, value), arguments)  # type: ignore[arg-type]

    binary = [node(op, 2, 2) for op in ("add", "sub", "mul", "matmul", "pow")]
    unary = [node(op, 1, 1) for op in ("neg", "T", "vec", "trace", "odd_even", "rank", "inv", "fold")]
    several = [node(op, 2, 3) for op in ("kron", "khatri_rao", "min", "max", "level", "outer")]
    special = [
        node("apply", 1, 1, "B"),
        node("einsum", 2, 2, "ij,jk->ik"),
        node("mode_product", 2, 2, 3),
        node("matricize", 1, 1, ((0, 2), (1,))),
        node("ht", 3, 3, True),
        node("cp", 3, 3, False),
    ]
    return st.one_of(*binary, *unary, *several, *special)


@given(st.recursive(LEAVES, extended, max_leaves=25))
def test_printing_and_reading_are_inverse(node: Node) -> None:
    assert parse_expression(to_text(node)) == node


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    try:
        statement = parse_statement(text)
    except StatementError as error:
        assert "\n" not in str(error)
        assert 1 <= error.column <= max(1, len(text) + 1)
    else:
        assert parse_statement(statement.text) == statement


@given(st.text(alphabet="AB mn()[],.T@*+-=<>andrank0129\"'|&", max_size=40))
def test_text_of_the_language_s_own_letters_is_read_or_refused(text: str) -> None:
    try:
        statement = parse_statement(text)
        infer(statement)
    except StatementError as error:
        assert "\n" not in str(error)


REFUSED = [
    ("", 1, "found nothing"),
    ("   ", 1, "found nothing"),
    ("A", 1, "claims nothing"),
    ("A == B # == C", 8, "comments"),
    ("A == B\n", 7, "one line"),
    ("A == \u0391", 6, "ASCII"),
    ("A\t== B", 2, "ASCII"),
    ("A == B \\", 8, "ASCII"),
    ("A < B", 3, "a + 1 <= b"),
    ("rank(A) > 1", 9, "b + 1"),
    ("A != B", 3, "refuted"),
    ("m <= n <= p", 11, "a <= b and b <= c"),
    ("A == B == C", 11, "chain"),
    ("A is B", 1, "==, <=, >="),
    ("A in B", 1, "==, <=, >="),
    ("A == B or A == C", 1, "claims nothing"),
    ("not A == B", 1, "claims nothing"),
    ("A = B", 3, "equality is written =="),
    ("A == (B == C)", 7, "whole expressions"),
    ("A == (B and C)", 7, "'and'"),
    ("A == +B", 6, "only sign"),
    ("A == B / C", 6, "allowed operators"),
    ("A == B // C", 6, "allowed operators"),
    ("A ^ 2 == A", 1, "allowed operators"),
    ("A == 1.5", 6, "an integer"),
    ("A == True", 6, "an integer"),
    ("A == 'B'", 6, "an integer"),
    ("A == None", 6, "an integer"),
    ("A == 0x10", 6, "decimal digits"),
    ("A == 1_000", 6, "decimal digits"),
    ("A == 1e3", 6, "decimal digits"),
    ("A == 2j", 6, "decimal digits"),
    ("A == B.S", 7, "only attribute"),
    ("A == (B).T.real", 11, "only attribute"),
    ("A == [B]", 6, "rows="),
    ("A == {B}", 6, "allowed:"),
    ("A == (B, C)", 6, "allowed:"),
    ("A == lambda: B", 6, "cannot be read"),
    ("A == (B if C else D)", 7, "allowed:"),
    ("A == (B := C)", 7, "allowed:"),
    ('A == f"{B}"', 6, "allowed:"),
    ("A == kron", 6, "is a function"),
    ("A == kron()", 6, "1 or more arguments, found 0"),
    ("A == vec(B, C)", 6, "1 argument, found 2"),
    ("A == eye(1, 2, 3)", 6, "1 to 2 arguments, found 3"),
    ("A == kron(B, x=C)", 16, "no keyword x"),
    ("A == kron(*B)", 11, "write the arguments out"),
    ("A == kron(B, **C)", 16, "no keyword"),
    ("A == f(B, C)", 6, "not a function"),
    ("A == B(C)(D)", 6, "only functions"),
    ("A == B.dot(C)", 6, "only functions"),
    ("A == kron(B, C)[0]", 6, "channel list"),
    ("A == matricize(T)", 6, "rows=[...]"),
    ("A == matricize(T, rows=[0], columns=[1], x=2)", 6, "rows=[...]"),
    ("A == matricize(T, rows=0, columns=[1])", 24, "list of modes"),
    ("A == matricize(T, rows=[n], columns=[1])", 25, "an integer"),
    ("A == matricize(T, rows=[-1], columns=[1])", 25, "an integer"),
    ("A == mode_product(T, B)", 6, "3 arguments"),
    ("A == mode_product(T, B, k)", 25, "an integer"),
    ("A == einsum(B)", 6, "2 or more"),
    ("A == einsum(B, C)", 13, "begins with its subscripts"),
    ('A == einsum("ij", C)', 13, "letters, commas"),
    ('A == einsum("i1->i", C)', 13, "letters, commas"),
    ('A == einsum("ij" "->i", C)', 13, "begins with its subscripts"),
    ('A == einsum(r"i->i", C)', 13, "begins with its subscripts"),
    ("A == ht(L, M)", 6, "3 arguments"),
    ("A == ht(L, M, r, shared=1)", 25, "shared=True"),
    ("A == ht(L, M, r, depth=True)", 24, "shared=True"),
    ("(A == B", 1, "cannot be read"),
    ("A == B)", 7, "cannot be read"),
    ("import os", 1, "cannot be read"),
]


@pytest.mark.parametrize(("text", "column", "part"), REFUSED)
def test_what_is_outside_the_grammar_is_refused_at_its_column(text: str, column: int, part: str) -> None:
    with pytest.raises(StatementError) as caught:
        parse_statement(text)
    assert (caught.value.column, part in caught.value.problem) == (column, True), str(caught.value)
    assert str(caught.value).startswith(f"column {column}: ") and "\n" not in str(caught.value)


def test_limits_of_length_and_depth_hold_on_both_sides() -> None:
    padding = " " * (20_000 - len("A == B"))
    assert parse_statement(f"A == B{padding}").text == "A == B"
    with pytest.raises(StatementError, match="20001 characters"):
        parse_statement(f"A == B {padding}")
    deepest = 399
    assert parse_expression("-" * deepest + "A").op == "neg"
    with pytest.raises(StatementError, match="column 401: nested more than 400 deep"):
        parse_expression("-" * (deepest + 1) + "A")


@pytest.mark.parametrize(
    "text",
    [
        "-" * 19_000 + "A",
        "(" * 9_000 + "A" + ")" * 9_000,
        "**".join(["A"] * 6_000),
        "+".join(["A"] * 9_000),
        "A" + ".T" * 9_000,
        "vec(" * 4_000 + "A" + ")" * 4_000,
        "9" * 19_000,
    ],
)
def test_texts_that_exhaust_a_reader_are_refused(text: str) -> None:
    with pytest.raises(StatementError):
        parse_statement(f"{text} == A")


def test_columns_point_into_the_text_as_given() -> None:
    node = parse_expression("  A @ kron(B,C.T) - 2")
    at = {part.op if part.op != "name" else part.value: part.column for part in walk(node)}
    assert at == {"sub": 19, "matmul": 5, "A": 3, "kron": 7, "B": 12, "T": 15, "C": 14, "int": 21}


def test_names_and_substitution() -> None:
    node = parse_expression("A @ B(v) + ht(L, M, r) - r[0] * A")
    assert names(node) == ("A", "B", "v", "L", "M", "r")
    new = substitute(node, {"A": parse_expression("B + C"), "B": Node("name", (), "D"), "r": Node("name", (), "s")})
    assert to_text(new) == "(B + C) @ D(v) + ht(L, M, s) - s[0] * (B + C)"
    with pytest.raises(StatementError, match="only be replaced by a name"):
        substitute(node, {"B": parse_expression("A + A")})


DECLARED = [
    ("A: m n", "A: m n"),
    ("A: m n; v: n;", "A: m n; v: n"),
    ("A: m n\nv: n\n\n", "A: m n; v: n"),
    ("c", "c:"),
    ("c:", "c:"),
    ("C: m*n p", "C: m*n p"),
    ("C : m * n p", "C: m*n p"),
    ("A: 2 3", "A: 2 3"),
    ("A: 1 n*1", "A: 1 n"),
    ("X: p~q", "X: p~q"),
    ("S: p~q m", "S: p~q m"),
    ("S: p*2 ~ q m*n", "S: p*2~q m*n"),
    ("T: M M M M", "T: M M M M"),
    ("B(k): m n", "B(k): m n"),
    ("B(k*l) : m n", "B(k*l): m n"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "canonical"), DECLARED)
def test_declarations_are_read_and_printed(text: str, canonical: str) -> None:
    declarations = parse_declarations(text)
    assert declarations.text() == canonical
    assert dict(parse_declarations(canonical)) == dict(declarations)


def test_shapes_of_declarations() -> None:
    declarations = parse_declarations("A: m n*2 1; S: p~q m; c; B(k): m n")
    assert declarations["A"].shape == ((("m",),), (("n", 2),), ((),))
    assert declarations["S"].shape == ((("p",), ("q",)), (("m",),))
    assert declarations["c"].shape == ()
    assert declarations["B"].argument == ("k",)
    assert declarations.sizes == {"m", "n", "p", "q", "k"}


@pytest.mark.parametrize(
    ("text", "column", "part"),
    [
        ("A: 0 n", 4, "from 1 to"),
        ("A: -1 n", 4, "a size"),
        ("A: m n; A: m", 9, "declared twice"),
        ("A: m A", 6, "both as a tensor and as a size"),
        ("A: m n; n: p", 6, "both as a tensor and as a size"),
        ("A; m n", 6, "':'"),
        ("A: m~", 6, "a size"),
        ("A: m~p~q", 7, "a size"),
        ("A: m*", 6, "a size"),
        ("A: m+n", 5, "a size"),
        ("kron: m n", 1, "word of the language"),
        ("A: lambda n", 4, "word of the language"),
        ("2: m", 1, "a name to declare"),
        ("B(k: m n", 4, "')'"),
        ("B(): m n", 3, "a size"),
        ("A: m; \u00e4: n", 7, "a name to declare"),
        ("A: 1234567890123456", 4, "from 1 to"),
    ],
)
def test_declarations_are_refused_at_their_column(text: str, column: int, part: str) -> None:
    with pytest.raises(StatementError) as caught:
        parse_declarations(text)
    assert (caught.value.column, part in caught.value.problem) == (column, True), str(caught.value)
    assert caught.value.source == "declarations"


def test_a_place_in_declarations_of_several_lines_names_the_line() -> None:
    with pytest.raises(StatementError, match="^declarations, line 2, column 4: "):
        parse_declarations("A: m n\nB: 0 n")


# statement, declarations given, complete declarations, notes
INFERRED = [
    (
        "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)",
        "",
        "A: m n; B: p q; C: n s; D: q t",
        ["A.columns = C.rows", "B.columns = D.rows"],
    ),
    (
        "kron(A, B) @ kron(C, D) == E",
        "",
        "A: m n; B: p q; C: n s; D: q t; E: m*p s*t",
        [
            "A.columns = C.rows",
            "B.columns = D.rows",
            "E.rows = A.rows*B.rows",
            "E.columns = C.columns*D.columns",
        ],
    ),
    (
        "rank(A + B) == rank(A) + rank(B)",
        "",
        "A: m n; B: m n",
        ["A.rows = B.rows", "A.columns = B.columns"],
    ),
    ("rank(kron(A, B)) == rank(A) * rank(B)", "", "A: m n; B: p q", []),
    ("rank(A @ B) <= min(rank(A), rank(B))", "", "A: m n; B: n p", ["A.columns = B.rows"]),
    ("rank(A @ B) >= rank(A) + rank(B) - n", "A: m n", "A: m n; B: n p", []),
    ("rank(A) <= k", "", "A: m n", []),
    ("rank(A) <= m", "", "A: n p", []),
    ("rank(A.T) == rank(A)", "", "A: m n", []),
    ("rank(A.T @ A) == rank(A)", "", "A: m n", []),
    ("(A @ B).T == B.T @ A.T", "", "A: m n; B: n p", ["A.columns = B.rows"]),
    ("A @ B == B @ A", "", "A: m m; B: m m", ["A.rows = A.columns = B.rows = B.columns"]),
    ("A == A.T", "", "A: m m", ["A.rows = A.columns"]),
    ("trace(A @ B) == trace(B @ A)", "", "A: m n; B: n m", ["A.rows = B.columns", "A.columns = B.rows"]),
    ("trace(A) == trace(A.T)", "", "A: m m", ["A.rows = A.columns"]),
    (
        "trace(kron(A, B)) == trace(A) * trace(B)",
        "",
        "A: m m; B: n n",
        ["A.rows = A.columns", "B.rows = B.columns"],
    ),
    ("trace(eye(n)) == n", "", "", []),
    ("n * A == A + B", "X: n", "X: n; A: m p; B: m p", ["A.rows = B.rows", "A.columns = B.columns"]),
    ("kron(A, B) == kron(B, A)", "", "A: m n; B: p q", []),
    ("kron(A, kron(B, C)) == kron(kron(A, B), C)", "", "A: m n; B: p q; C: s t", []),
    ("kron(A, B).T == kron(A.T, B.T)", "", "A: m n; B: p q", []),
    (
        "kron(A + B, C) == kron(A, C) + kron(B, C)",
        "",
        "A: m n; B: m n; C: p q",
        ["A.rows = B.rows", "A.columns = B.columns"],
    ),
    ("kron(A, eye(2)) @ B == B", "", "A: m m; B: m*2 n", ["A.rows = A.columns", "B.rows = A.rows*2"]),
    ("kron(eye(m), eye(n)) == eye(m * n)", "", "", []),
    (
        "vec(A @ X @ B) == kron(B.T, A) @ vec(X)",
        "",
        "A: m n; X: n p; B: p q",
        ["A.columns = X.rows", "X.columns = B.rows"],
    ),
    ("commutation(m, n) @ vec(A) == vec(A.T)", "A: m n", "A: m n", []),
    ("commutation(k, l) @ vec(A) == vec(A.T)", "", "A: k l", ["A.rows = k", "A.columns = l"]),
    ("vec(A.T) == commutation(k, l) @ vec(A)", "", "A: k l", ["A.rows = k", "A.columns = l"]),
    (
        "khatri_rao(A, B).T @ khatri_rao(A, B) == hadamard(A.T @ A, B.T @ B)",
        "",
        "A: m n; B: p n",
        ["A.columns = B.columns"],
    ),
    (
        "kron(A, B) @ khatri_rao(C, D) == khatri_rao(A @ C, B @ D)",
        "",
        "A: m n; B: p q; C: n s; D: q s",
        ["A.columns = C.rows", "B.columns = D.rows", "C.columns = D.columns"],
    ),
    ("hadamard(A, B) == hadamard(B, A)", "", "A: m n; B: m n", ["A.rows = B.rows", "A.columns = B.columns"]),
    ("hadamard(A, ones(k, l)) == A", "", "A: k l", []),
    (
        "rank(hadamard(A, B)) <= rank(A) * rank(B)",
        "",
        "A: m n; B: m n",
        ["A.rows = B.rows", "A.columns = B.columns"],
    ),
    ("diag(v) @ A == hadamard(outer(v, ones(n)), A)", "v: m", "v: m; A: m n", []),
    (
        "diagonal(A @ B) == hadamard(A, B.T) @ ones(n)",
        "",
        "A: m n; B: n m",
        ["A.rows = B.columns", "A.columns = B.rows"],
    ),
    ("u @ A @ v == trace(A @ outer(v, u))", "u: m; v: n", "u: m; v: n; A: m n", []),
    ("A @ v == v", "v: n", "v: n; A: n n", ["A.rows = A.columns"]),
    ("A @ A == A", "", "A: m m", ["A.rows = A.columns"]),
    ("outer(u, v).T == outer(v, u)", "u: m; v: n", "u: m; v: n", []),
    ("u.T == u", "u: m", "u: m", []),
    ("kron(u, v) == vec(outer(v, u))", "u: m; v: n", "u: m; v: n", []),
    ("c * A == A * c", "c", "c:; A: m n", []),
    ("2 * A == A + A", "", "A: m n", []),
    ("A - A == zeros(k, l)", "", "A: k l", []),
    ("A @ eye(n) == A", "", "A: m n", []),
    ("eye(2, 3) @ A == B", "", "A: 3 m; B: 2 m", ["A.columns = B.columns"]),
    ("rank(eye(m, n)) == min(m, n)", "", "", []),
    ("rank(outer(u, v)) <= 1", "u: m; v: n", "u: m; v: n", []),
    ("tensor_product(A, B) == tensor_product(B, A)", "A: m m; B: m m", "A: m m; B: m m", []),
    (
        "odd_even(tensor_product(S, T)) == kron(odd_even(S), odd_even(T))",
        "S: a b c d; T: e f",
        "S: a b c d; T: e f",
        [],
    ),
    (
        "odd_even(tensor_product(X, Y)) == kron(odd_even(X), odd_even(Y))",
        "X: p~q; Y: s~t",
        "X: p~q; Y: s~t",
        [],
    ),
    (
        "odd_even(tensor_product(v, X)) == kron(outer(v, ones(1)), odd_even(X).T)",
        "v: m; X: p~q",
        "v: m; X: p~q",
        [],
    ),
    ("odd_even(X + Y) == odd_even(X) + odd_even(Y)", "X: p~q; Y: p~q", "X: p~q; Y: p~q", []),
    ("odd_even(2 * X) == 2 * odd_even(X)", "X: p~q m", "X: p~q m", []),
    ("odd_even(fold(A)) == A", "", "A: m n", []),
    (
        "matricize(T, rows=[1], columns=[0, 2]) == A @ B",
        "T: a b c",
        "T: a b c; A: b m; B: m a*c",
        ["A.columns = B.rows"],
    ),
    (
        "mode_product(mode_product(T, A, 0), B, 0) == mode_product(T, B @ A, 0)",
        "T: a b c",
        "T: a b c; A: m a; B: n m",
        ["A.rows = B.columns"],
    ),
    ('einsum("ij,jk->ik", A, B) == A @ B', "", "A: m n; B: n p", ["A.columns = B.rows"]),
    ('einsum("ii->i", A) == diagonal(A)', "", "A: m m", ["A.rows = A.columns"]),
    ('einsum("ijk,k->ij", T, v) == A', "T: a b c; v: c", "T: a b c; v: c; A: a b", []),
    ("level(W, X, Y) == level(W, Y, X)", "W: g a; X: m a; Y: m a", "W: g a; X: m a; Y: m a", []),
    (
        "level(W, A, B) == C",
        "W: a",
        "W: a; A: m a; B: n a; C: m n",
        ["A.rows = C.rows", "A.columns = B.columns", "B.rows = C.columns"],
    ),
    (
        "odd_even(level(w, X, Y)) == odd_even(level(w, X, Y))",
        "w: a; X: p~q a; Y: s~t a",
        "w: a; X: p~q a; Y: s~t a",
        [],
    ),
    ("B(u + v) == B(u) + B(v)", "B(k): m n; u: k; v: k", "B(k): m n; u: k; v: k", []),
    ("B(A @ v) == C", "B(k): m n; v: l", "B(k): m n; v: l; A: k l; C: m n", []),
    (
        "kron(A, B) == C",
        "C: m*n p*q",
        "C: m*n p*q; A: m p; B: n q",
        ["A.rows = m", "A.columns = p", "B.rows = n", "B.columns = q"],
    ),
    (
        "kron(A, B) == C",
        "A: m n",
        "A: m n; B: p q; C: m*p n*q",
        ["C.rows = m*B.rows", "C.columns = n*B.columns"],
    ),
    ("kron(A, B) == C", "A: m p; C: m*n p*q", "A: m p; C: m*n p*q; B: n q", []),
    (
        "A @ kron(B, C) == D",
        "",
        "A: m n*q; B: n p; C: q s; D: m p*s",
        ["A.rows = D.rows", "A.columns = B.rows*C.rows", "D.columns = B.columns*C.columns"],
    ),
    (
        "commutation(m, p) @ kron(B, A) == kron(A, B) @ commutation(n, q)",
        "A: m n; B: p q",
        "A: m n; B: p q",
        [],
    ),
    ("inv(A) @ A == eye(n)", "", "A: n n", ["A.rows = A.columns"]),
    ("inv(A @ B) == inv(B) @ inv(A)", "", "A: m m; B: m m", ["A.rows = A.columns = B.rows = B.columns"]),
    ("rank(odd_even(ht(L, M, r))) == min(r[0], M) ** (2 ** (L - 1))", "", "", []),
    ("cp_rank(ht(L, M, r, shared=True)) >= min(r[0], M) ** (2 ** (L - 1))", "", "", []),
    ("rank(odd_even(cp(N, M, Z))) <= Z", "", "", []),
    ("ht(2, M, r) == T", "T: M M M M", "T: M M M M", []),
    ("odd_even(ht(2, M, r)) == A", "", "A: M*M M*M", ["A.rows = A.columns"]),
    (
        "odd_even(ht(2, 3, r)) == A @ B",
        "",
        "A: 3*3 m; B: m 3*3",
        ["A.rows = B.columns", "A.columns = B.rows"],
    ),
    ("A == B and rank(A) <= 2", "", "A: m n; B: m n", ["A.rows = B.rows", "A.columns = B.columns"]),
    ("rank(A) == M and M >= 1", "", "A: m n", []),
    ("m <= n", "", "", []),
]


@pytest.mark.parametrize(("text", "where", "complete", "notes"), INFERRED)
def test_inference_completes_the_declarations(text: str, where: str, complete: str, notes: list[str]) -> None:
    typed = infer(text, where)
    assert typed.declarations.text() == complete
    assert list(typed.notes) == notes


@pytest.mark.parametrize(("text", "where", "complete", "notes"), INFERRED)
def test_complete_declarations_need_no_inference(text: str, where: str, complete: str, notes: list[str]) -> None:
    again = infer(text, complete)
    assert again.declarations.text() == complete
    assert not again.notes


UNTYPED = [
    ("kron(A, B) == A", "", 12, "size 1 is never inferred"),
    ("c * A == A", "", 1, "declare it"),
    ("A @ v == A", "", 5, "declare it"),
    ("f(A) == A", "", 1, "declare f(k): m n"),
    ("F(A) == A", "", 1, "declare F(k): m n"),
    ("A @ B == C", "A: m n; B: p q", 3, "needs n = p"),
    ("A + B == C", "A: m n; B: n m", 3, "needs m = n"),
    ("A == B", "A: m n; B: m p", 3, "no declared size is specialised"),
    ("A == B", "A: 2 3; B: 2 2", 3, "needs 3 = 2"),
    ("A + v == A", "v: n", 3, "found a matrix A.rows A.columns and a vector n"),
    ("A + 1 == A", "", 3, "a scalar"),
    ("A * B == C", "", 3, "use @ or hadamard"),
    ("A @ c == C", "c", 3, "use *"),
    ("T @ A == C", "T: a b c", 3, "use mode_product"),
    ("A ** 2 == A", "", 3, "write a product out"),
    ("T.T == T", "T: a b c", 2, ".T takes a matrix or a vector"),
    ("kron(A, v) == A", "v: n", 1, "matrices only or vectors only"),
    ("kron(T, T) == T", "T: a b c", 1, "use tensor_product"),
    ("khatri_rao(A, v) == A", "v: n", 1, "khatri_rao takes a matrix"),
    ("khatri_rao(A, B) == C", "A: m n; B: m p", 1, "same columns"),
    ("hadamard(A, v) == A", "v: n", 1, "one shape"),
    ("vec(v) == v", "v: n", 1, "vec takes a matrix"),
    ("vec(T) == v", "v: n; T: a b c", 1, "use matricize or odd_even"),
    ("diag(A) == A", "", 1, "diag takes a vector"),
    ("trace(A) == 1", "A: m n", 1, "square"),
    ("diagonal(A) == v", "A: m n; v: n", 1, "square"),
    ("inv(A) == A", "A: m n", 1, "square"),
    ("outer(A, B) == A", "", 1, "outer takes a vector"),
    ("odd_even(c) == A", "c", 1, "at least one mode"),
    ("fold(v) == v", "v: n", 1, "first two modes"),
    ("vec(X) == v", "X: p~q; v: n", 1, "use odd_even"),
    ("matricize(X, rows=[0], columns=[1]) == A", "X: p~q", 1, "use odd_even"),
    ("matricize(T, rows=[0], columns=[1]) == A", "T: a b c", 1, "each of the 3 modes"),
    ("matricize(T, rows=[0, 0], columns=[1]) == A", "T: a b", 1, "each of the 2 modes"),
    ("mode_product(T, A, 3) == T", "T: a b c", 1, "modes count from 0"),
    ("mode_product(T, A, 1) == T", "T: a b c; A: m n", 1, "contract mode 1"),
    ('einsum("ij->ji", T) == A', "T: a b c", 1, "2 subscripts"),
    ('einsum("ij,jk->ik", A) == A', "", 1, "2 words"),
    ('einsum("ij->ik", A) == A', "", 1, "in the output only"),
    ('einsum("ij->ii", A) == A', "", 1, "twice in the output"),
    ('einsum("ii->i", A) == v', "A: m n; v: m", 1, "index i has one size"),
    ("level(T, A) == A", "T: a b c", 1, "level takes weights"),
    ("level(W, A) == W", "W: g a; A: m b", 1, "one channel size"),
    ("level(W, X) == W", "W: g a; X: p~q", 1, "last mode is the channel"),
    ("rank(v) == 1", "v: n", 1, "rank takes a matrix"),
    ("rank(T) == 1", "T: a b c", 1, "use matricize or odd_even"),
    ("rank(X) == 1", "X: p~q", 1, "use odd_even"),
    ("cp_rank(c) == 1", "c", 1, "at least one mode"),
    ("rank(A) == trace(A)", "", 12, "a tensor; a rank is compared"),
    ("rank(A) == 2 * v", "v: n", 16, "v is declared as a tensor"),
    ("rank(A) == A", "", 12, "A stands here as a size"),
    ("A @ B == C and rank(B) <= A", "", 27, "A stands here as a size"),
    ("n @ A == A", "A: m n", 1, "n is a size in the declarations"),
    ("eye(A) == A", "A: m n", 5, "A is declared as a tensor"),
    ("eye(n + 1) == A", "", 7, "a product of sizes"),
    ("eye(0) == A", "", 5, "a product of sizes"),
    ("eye(n) == v", "v: n", 8, "one shape"),
    ("B(v) == A", "B(k): m n; v: l", 1, "vector of size k"),
    ("B(A) == A", "B(k): m n", 1, "B takes a vector"),
    ("B == A", "B(k): m n", 1, "write B(v)"),
    ("A(v) == A", "A: m n; v: n", 1, "neither a function"),
    ("rank(A) <= r[0]", "", 12, "not the channel list"),
    ("odd_even(ht(L, M, r)) == r * A", "", 26, "r is a channel list"),
    ("rank(odd_even(ht(L, M, r))) <= r[L]", "", 32, "written r[0]"),
    ("rank(odd_even(ht(L, M, r))) <= r", "", 32, "r stands here as a size"),
    ("odd_even(ht(L, M, 2)) == A", "", 19, "channel list"),
    ("odd_even(ht(0, M, r)) == A", "", 13, "at least one level"),
    ("odd_even(cp(0, M, Z)) == A", "", 13, "at least one mode"),
    ("odd_even(ht(L, M, r)) == A", "", 26, "cannot be declared"),
    ("odd_even(tensor_product(cp(N, M, Z), X)) == A", "X: p~q", 25, "is not known"),
    ("kron(A, B) == kron(C, D)", "A: m n; B: p q; C: k l; D: s t", 12, "no declared size is specialised"),
    ("kron(A, B, C) == kron(D, E)", "", 15, "declare them"),
]


@pytest.mark.parametrize(("text", "where", "column", "part"), UNTYPED)
def test_what_has_no_shape_is_refused_at_its_column(text: str, where: str, column: int, part: str) -> None:
    with pytest.raises(StatementError) as caught:
        infer(text, where)
    assert (caught.value.column, part in caught.value.problem) == (column, True), str(caught.value)
    assert "\n" not in str(caught.value)


def test_hypotheses_share_the_names_and_their_errors_say_where() -> None:
    typed = infer("rank(U) == r", given=["U.T @ U == eye(r)"])
    assert typed.declarations.text() == "U: m r"
    assert typed.assumed_sizes == ("r",)
    with pytest.raises(StatementError, match=r"^given 2, column 3: "):
        infer("rank(A) == 1", "B: m n; C: n p", ["A == A", "B @ B == C"])
    with pytest.raises(StatementError, match=r"^given 1, column 1: u is not known"):
        infer("rank(A) == 1", given=["u == u"])


def test_fresh_sizes_avoid_every_name_in_use() -> None:
    typed = infer("rank(A @ B) <= m + n", "X: p", given=["rank(B) <= q"])
    assert typed.declarations.text() == "X: p; A: s t; B: t k"


def test_sizes_that_double_with_every_name_are_refused() -> None:
    claims = [f"A{i} == kron(A{i + 1}, A{i + 1})" for i in range(12)]
    assert len(infer(" and ".join(claims)).declarations["A0"].shape[0][0]) == 2**12
    with pytest.raises(StatementError, match="more than 4096 factors"):
        infer(" and ".join([*claims, "A12 == kron(A13, A13)"]))


def test_long_chains_of_names_are_inferred() -> None:
    claims = [f"A{i + 1} == A{i}" for i in reversed(range(600))]
    declarations = infer(" and ".join(claims)).declarations
    assert {declaration.text.partition(": ")[2] for declaration in declarations.values()} == {"m n"}


def test_shapes_of_inner_expressions() -> None:
    typed = infer("vec(A @ X) == kron(eye(q), A) @ vec(X)", "X: n q")
    shapes = {to_text(node): typed.shape_of(node) for node in walk(typed.statement.comparisons[0].right)
              if node.op in ("kron", "vec")}  # fmt: skip
    assert shapes["kron(eye(q), A)"] == ((("q", "m"),), (("q", "n"),))
    assert shapes["vec(X)"] == ((("q", "n"),),)
    assert typed.shape_of(parse_expression("odd_even(fold(A))")) == ((("m",),), (("n",),))


def test_families_have_the_shape_of_their_levels() -> None:
    typed = infer("cp_rank(ht(L, M, r)) <= cp_rank(cp(N, M, Z))")
    power = "M ** (2 ** (L - 1))"
    assert typed.shape_of(parse_expression("ht(L, M, r)")) == (((power,), (power,)),)
    assert typed.shape_of(parse_expression("cp(N, M, Z)")) == ((("M ** ((N + 1) // 2)",), ("M ** (N // 2)",)),)
    assert typed.shape_of(parse_expression("cp(2 ** L, M, Z)")) == (((power,), (power,)),)
    assert typed.shape_of(parse_expression("ht(3, M, r)")) == ((("M",),),) * 8
    assert typed.shape_of(parse_expression("cp(3, 2, Z)")) == (((2,),),) * 3


def test_sizes_can_be_fixed() -> None:
    typed = infer("rank(odd_even(ht(L, M, r))) == min(r[0], M) ** (2 ** (L - 1)) and n * A == A @ eye(n)")
    fixed = at_sizes(typed, {"L": 2, "M": 3, "r": [2, 1], "n": 1})
    assert fixed.statement.text == "rank(odd_even(ht(2, 3, r))) == min(2, 3) ** 2 ** (2 - 1) and 1 * A == A @ eye(1)"
    assert fixed.declarations.text() == "A: m 1"
    assert fixed.declarations.sizes == {"m"}
    wrongs: list[dict[str, int | list[int]]] = [{"k": 2}, {"r": 2}, {"L": [2]}, {"L": 0}, {"r": []}]
    for wrong in wrongs:
        with pytest.raises(UsageError):
            at_sizes(typed, wrong)


def test_checking_complete_declarations_infers_nothing() -> None:
    statement = parse_statement("A @ B == C")
    check_shapes(statement, parse_declarations("A: m 6; B: 2*3 n; C: m n"))
    with pytest.raises(StatementError, match="needs n = p"):
        check_shapes(statement, parse_declarations("A: m n; B: p q; C: m q"))
    with pytest.raises(StatementError, match="A is not a size"):
        check_shapes(statement, Declarations())


def test_errors_are_of_the_documented_classes() -> None:
    assert issubclass(StatementError, ProofkitError) and issubclass(StatementError, ValueError)


def test_importing_the_language_stays_light() -> None:
    heavy = {"sympy", "networkx", "mpmath", "hypothesis", "rich", "numpy"}
    code = f"import sys, proofkit.statements; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
