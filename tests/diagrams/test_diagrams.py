"""Canonical forms, occurrences and drawings of diagrams."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest

import proofkit
from proofkit.diagrams import Scope, canonical, draw
from proofkit.diagrams.drawing import svg, text
from proofkit.diagrams.matching import occurrences
from proofkit.diagrams.text import expression_text
from proofkit.statements import parse_declarations, parse_expression

SCOPE = Scope.of(parse_declarations("A: m n; B: n p; C: m n; D: n n; u: m; v: n; X: m*n p"))


def drawn(line: str):  # type: ignore[no-untyped-def]
    return draw(parse_expression(line), SCOPE)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("trace(D @ D.T)", "trace(D.T @ D)", True),
        ("trace(D @ D @ D.T)", "trace(D.T @ D @ D)", True),
        ("trace(D @ D)", "trace(D @ D.T)", False),
        ("hadamard(A @ B, A @ B)", "hadamard(A, A) @ hadamard(B, B)", False),
        ("kron(D, D) @ kron(D, D)", "kron(D @ D, D @ D)", True),
    ],
)
def test_equal_diagrams_have_equal_forms(one: str, other: str, same: bool) -> None:
    (left,), (right,) = drawn(one).terms, drawn(other).terms
    assert (canonical(left).key == canonical(right).key) == same


@pytest.mark.parametrize("name", ["kron", "hadamard"])
def test_two_hundred_equal_boxes(name: str) -> None:
    whole, half = (f"{name}({', '.join(['D'] * count)})" for count in (200, 100))
    assert proofkit.prove(f"{whole} == {name}({half}, {half})", "D: n n").verdict == "proved"


def test_a_product_of_two_hundred() -> None:
    chain, half = (" @ ".join(["D"] * count) for count in (200, 100))
    assert proofkit.prove(f"{chain} == ({half}) @ ({half})", "D: n n").verdict == "proved"
    assert proofkit.prove(f"{chain} == {half}", "D: n n").verdict == "refuted"


@pytest.mark.parametrize(("pattern", "host", "count"), [("D @ D", "D @ D @ D", 2), ("D @ v", "A @ v", 0), ("A", "A.T @ C", 1)])
def test_occurrences(pattern: str, host: str, count: int) -> None:
    (one,), (other,) = drawn(pattern).terms, drawn(host).terms
    assert len(list(occurrences(one, other))) == count


@pytest.mark.parametrize(
    "line", ["A @ B", "X", "3 * kron(A, D)", "outer(ones(m), v)", "n * A", "diag(v)", "zeros(m, n)", "A - C"]
)
def test_the_text_of_a_diagram_draws_it_again(line: str) -> None:
    value = drawn(line)
    written = expression_text(value, SCOPE)
    assert written is not None
    again = drawn(written)
    assert [canonical(term).key for term in again.terms] == [canonical(term).key for term in value.terms]
    assert [term.coefficient for term in again.terms] == [term.coefficient for term in value.terms]


def test_drawings() -> None:
    value = drawn("A @ B")
    assert text(value) == ["sum over a < n:  A[i a]  B[a j]   at [i | j]"]
    root = ElementTree.fromstring(svg([("A @ B", value), ("zeros(m, n)", drawn("zeros(m, n)"))]))
    assert root.tag.endswith("svg")
    labels = [each.text for each in root.iter() if each.tag.endswith("text")]
    assert {"A", "B", "A @ B", "0"} <= set(labels)
