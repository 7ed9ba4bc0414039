"""Lemmas as pytest items, as a user of the plugin sees them."""

from __future__ import annotations

from pathlib import Path

import pytest

TRUE = """
from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    "rank(kron(A, A)) == rank(A) * rank(A)", FalseSibling("rank(A) == rank(A) + 1"), title="t", source="s",
    uses=(Use("kronecker_rank", A="A", B="A"),),
)
"""
FALSE = """
from proofkit import FalseSibling, Lemma

LEMMA = Lemma("A @ B == B @ A", FalseSibling("A == -A"), title="t", source="s", where="A: n n; B: n n")
"""
SETTING = '[tool.pytest.ini_options]\nproofkit_lemmas = ["lemmas"]\n'


@pytest.fixture
def project(pytester: pytest.Pytester) -> Path:
    (pytester.path / "lemmas").mkdir()
    (pytester.path / "lemmas" / "own.py").write_text(TRUE)
    (pytester.path / "lemmas" / "_private.py").write_text("1 / 0\n")
    return pytester.path


def items(pytester: pytest.Pytester, *arguments: str) -> list[str]:
    found = pytester.runpytest_subprocess("--collect-only", "-q", *arguments)
    return [line for line in found.outlines if "::" in line]


def test_a_setting_is_enough(project: Path, pytester: pytest.Pytester) -> None:
    (project / "pyproject.toml").write_text(SETTING)
    pytester.makepyfile(test_a="def test_a(): pass")
    own = {f"lemmas/own.py::own[{rung}]" for rung in ("symbolic", "exact", "floating", "scale", "formal")}
    assert set(items(pytester, "-k", "own or test_a")) == {"test_a.py::test_a", *own}
    result = pytester.runpytest_subprocess("-m", "symbolic or exact")
    result.assert_outcomes(passed=2, deselected=4)


def test_without_setting_or_option_nothing_is_collected(project: Path, pytester: pytest.Pytester) -> None:
    assert items(pytester) == []
    assert items(pytester, "lemmas") == []


def test_a_named_test_file_runs_alone(project: Path, pytester: pytest.Pytester) -> None:
    (project / "pyproject.toml").write_text(SETTING)
    pytester.makepyfile(test_a="def test_a(): pass")
    assert items(pytester, "test_a.py") == ["test_a.py::test_a"]
    assert len(items(pytester, "lemmas/own.py")) == 5


def test_the_option_adds_the_lemmas_of_proofkit(project: Path, pytester: pytest.Pytester) -> None:
    found = items(pytester, "--proofkit", "-m", "symbolic")
    assert any("kronecker_rank[symbolic]" in each for each in found) and len(found) >= 16
    result = pytester.runpytest_subprocess("--proofkit", "-k", "kronecker_mixed_product and symbolic", "-n", "2")
    result.assert_outcomes(passed=1)


def test_a_directory_by_option(project: Path, pytester: pytest.Pytester) -> None:
    pytester.runpytest_subprocess("--proofkit-lemmas", "lemmas", "-k", "own and symbolic").assert_outcomes(passed=1, deselected=4)


def test_a_failure_shows_counterexample_scope_seed_and_how_to_see_it_again(project: Path, pytester: pytest.Pytester) -> None:
    (project / "pyproject.toml").write_text(SETTING)
    (project / "lemmas" / "wrong.py").write_text(FALSE)
    result = pytester.runpytest_subprocess("-k", "wrong", "-m", "symbolic or exact", "--proofkit-seed", "5")
    result.assert_outcomes(failed=2, deselected=8)
    text = result.stdout.str()
    example = "refuted: A = [[0, 1], [0, 0]], B = [[1, 0], [0, 0]] over Q: A @ B = [[0, 0], [0, 0]], B @ A = [[0, 1], [0, 0]]"
    assert text.count(example) >= 2
    for part in ("lemma   wrong: A @ B == B @ A", "seed    5", "proofkit check wrong --rung symbolic --seed 5", "Traceback"):
        assert (part in text) == (part != "Traceback")


def test_a_missing_engine_is_a_visible_skip(project: Path, pytester: pytest.Pytester) -> None:
    (project / "pyproject.toml").write_text(SETTING)
    blocked = "import proofkit.rungs.scale as scale\nscale.unavailable = lambda: 'torch is missing: pip install torch'\n"
    (project / "conftest.py").write_text(blocked)
    result = pytester.runpytest_subprocess("-m", "scale", "-rs")
    result.assert_outcomes(skipped=1, deselected=4)
    assert "pip install torch" in result.stdout.str()


def test_a_lemma_module_that_is_none_is_a_collection_error(project: Path, pytester: pytest.Pytester) -> None:
    (project / "pyproject.toml").write_text(SETTING)
    (project / "lemmas" / "blank.py").write_text(TRUE.replace("rank(A) == rank(A) + 1", "..."))
    result = pytester.runpytest_subprocess()
    assert result.ret != 0 and "fill in the statement" in result.stdout.str()
