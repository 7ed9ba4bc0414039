"""The integer polynomials of the judge and of the search, against sympy, which shares no code with either."""

from __future__ import annotations

import ast
import math
from fractions import Fraction
from typing import Any

import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit import verify
from proofkit.search import arithmetic

NAMES = ("k", "m", "n")
SYMBOLS = {name: sympy.Symbol(name) for name in NAMES}


def expressions() -> st.SearchStrategy[str]:
    """Integer expressions in sizes, as users write them."""
    leaves = st.sampled_from(NAMES) | st.integers(0, 5).map(str)
    return st.recursive(
        leaves,
        lambda inner: (
            st.tuples(inner, st.sampled_from("+-*"), inner).map(lambda part: f"({part[0]} {part[1]} {part[2]})")
            | st.tuples(inner, st.integers(0, 3)).map(lambda part: f"{part[0]} ** {part[1]}")
            | inner.map(lambda part: f"(-{part})")
        ),
        max_leaves=6,
    )


def reading() -> tuple[verify.Scope, verify.Table]:
    scope = verify.Scope()
    for name in NAMES:
        scope.declared_size(name)
    return scope, verify.Table()


def by_sympy(text: str) -> dict[tuple[str, ...], int]:
    """Monomial, its variables repeated for powers -> coefficient."""
    poly = sympy.Poly(sympy.sympify(text, locals=SYMBOLS), *SYMBOLS.values())
    terms = ((sum(((name,) * k for name, k in zip(NAMES, powers, strict=True)), ()), int(c)) for powers, c in poly.terms())
    return {monomial: coefficient for monomial, coefficient in terms if coefficient}


def by_judge(text: str) -> tuple[verify.Table, verify.Polynomial]:
    scope, table = reading()
    return table, table.integer(scope, ast.parse(text, mode="eval").body)


def named(table: verify.Table, poly: verify.Polynomial) -> dict[tuple[str, ...], int]:
    return {tuple(sorted(table.variables[v].content for v in monomial)): c for monomial, c in poly.items()}


@settings(deadline=None)
@given(expressions())
def test_the_judge_expands_as_sympy_does(text: str) -> None:
    assert named(*by_judge(text)) == by_sympy(text)


@settings(deadline=None)
@given(expressions(), expressions())
def test_the_search_multiplies_as_sympy_does(one: str, two: str) -> None:
    left, right = by_sympy(one), by_sympy(two)
    assert arithmetic.times(left, right) == by_sympy(f"({one}) * ({two})")
    assert arithmetic.plus(left, arithmetic.scaled(-3, right)) == by_sympy(f"({one}) - 3 * ({two})")


@settings(deadline=None)
@given(expressions())
def test_nonnegative_means_no_negative_coefficient_after_the_shift(text: str) -> None:
    """sympy substitutes s = 1 + s'; the judge and the search agree with it and so with each other."""
    table, poly = by_judge(text)
    shifted = sympy.Poly(sympy.sympify(text, locals=SYMBOLS).subs({s: s + 1 for s in SYMBOLS.values()}), *SYMBOLS.values())
    certain = all(coefficient >= 0 for coefficient in shifted.coeffs())
    assert table.nonnegative(poly) is certain
    mine = arithmetic.shifted(by_sympy(text), frozenset(NAMES))
    assert all(coefficient >= 0 for coefficient in mine.values()) is certain


@settings(deadline=None)
@given(
    st.integers(0, 5).flatmap(lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=n, max_size=n))
)
def test_determinants(rows: list[list[int]]) -> None:
    matrix = sympy.Matrix(len(rows), len(rows), sum(rows, []))
    pivots = verify.Field("Q").pivots(rows)
    assert len(pivots) == matrix.rank()
    assert (abs(math.prod(pivots)) if len(pivots) == len(rows) else 0) == abs(matrix.det())


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.lists(st.integers(0, 3), min_size=2, max_size=2), st.integers(-4, 4)), max_size=4).map(tuple), st.data()
)
def test_polynomials_in_entries(terms: Any, data: st.DataObject) -> None:
    """Products of polynomials in the entries of tensors, exactly, and at a point by rational arithmetic."""
    others = data.draw(st.lists(st.tuples(st.lists(st.integers(0, 3), min_size=2, max_size=2), st.integers(-4, 4)), max_size=4))
    x, y = sympy.symbols("x y")

    def judged(listed: Any) -> Any:
        return sum(
            (verify.Expanded({tuple((entry, k) for entry, k in enumerate(powers) if k): c}) for powers, c in listed),
            verify.Expanded(),
        )

    def plain(listed: Any) -> Any:
        return sum((c * x ** powers[0] * y ** powers[1] for powers, c in listed), sympy.Integer(0))

    found = judged(terms) * judged(others)
    expected = sympy.Poly(sympy.expand(plain(terms) * plain(others)), x, y)
    assert {m: c for m, c in found.items() if c} == {
        tuple((entry, k) for entry, k in enumerate(powers) if k): int(c) for powers, c in expected.terms() if c
    }
    at = (Fraction(2, 3), Fraction(-5))
    value = sum((c * at[0] ** dict(m).get(0, 0) * at[1] ** dict(m).get(1, 0) for m, c in found.items()), Fraction(0))
    assert value == Fraction(str(expected.eval((sympy.Rational(2, 3), -5))))
