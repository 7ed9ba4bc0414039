"""What ``prove`` returns, and what it says where it knows only part."""

from __future__ import annotations

import pytest

import proofkit
from proofkit import verify
from proofkit.certificates import Certificate


def test_the_result_of_a_proof() -> None:
    found = proofkit.prove("(Q @ Q.T) @ (Q @ Q.T) == Q @ Q.T", "Q: m r", ["Q.T @ Q == eye(r)"])
    assert found.verdict == "proved" and "r <= m" in found.notes
    assert found.derivation and "replacements" in found.derivation[0]
    assert "diagrams" in found.explain() and "<svg" in found._repr_html_()
    assert isinstance(found.sealed, Certificate) and verify.check(found.sealed.data).valid
    assert found.certificate()["kind"] == "derivation"


def test_the_result_of_a_refutation() -> None:
    found = proofkit.prove("A @ B == B @ A")
    assert found.counterexample is not None
    a, b = (found.counterexample.arrays[name] for name in "AB")
    assert (a.dot(b) != b.dot(a)).any()


def test_inverses_are_named_and_said() -> None:
    found = proofkit.prove("inv(A @ B) == inv(B) @ inv(A)", "A: n n; B: n n")
    assert found.verdict == "proved" and "A_inv = inv(A)" in found.notes
    assert "A @ A_inv == eye(n)" in found.claim.given


def test_what_holds_over_one_field_only_is_said() -> None:
    assert proofkit.prove("rank(A.T @ A) == rank(A)", field="R").verdict == "proved"
    everywhere = proofkit.prove("rank(A.T @ A) == rank(A)")
    assert everywhere.verdict == "refuted" and "GF(2)" in str(everywhere)


def test_contradictory_hypotheses_prove_nothing() -> None:
    found = proofkit.prove("A @ A == A + eye(n)", "A: n n", ["A @ A == A + eye(n)", "A @ A == A"])
    assert found.verdict == "undecided" and "contradict" in str(found)


@pytest.mark.parametrize("seed", [0, 1, 7])
def test_no_verdict_depends_on_the_seed(seed: int) -> None:
    for line, where in [
        ("rank(khatri_rao(A, B)) == 4", "A: 2 4; B: 2 4"),
        ("rank(A) <= 1", "A: 2 2"),
        ("rank(A @ B) == 2", "A: 2 2; B: 2 2"),
    ]:
        verdicts = {proofkit.prove(line, where, almost_everywhere=True, seed=each).verdict for each in (0, seed)}
        assert len(verdicts) == 1 and "undecided" not in verdicts
