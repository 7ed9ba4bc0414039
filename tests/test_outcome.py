"""Checking from Python, what notebooks show, and new lemmas ready to fill in."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import proofkit
from proofkit.errors import UsageError
from proofkit.report.account import assert_lemma
from proofkit.scaffold import new


def test_check_returns_what_it_found() -> None:
    outcome = proofkit.check("tensor_product_rank", "symbolic")
    assert outcome.shown and outcome["kronecker_rank", "symbolic"].verdict == "proved"
    assert "tensor_product_rank: symbolic: proved (all sizes, any field)" in repr(outcome)
    assert set(outcome.certificates) == {
        f"{name}{kind}" for name in ("kronecker_rank", "tensor_product_rank") for kind in ("", ".false")
    }
    page = ET.fromstring(outcome._repr_html_())
    assert page.tag == "table" and "proved" in "".join(page.itertext())
    assert ET.fromstring(outcome.graph()._repr_html_()).tag.endswith("svg")


def test_lemmas_show_themselves(tmp_path: Path) -> None:
    found = proofkit.lemmas()
    assert list(found)[0] == "kronecker_mixed_product" and len(found) >= 16
    assert "kronecker_rank: rank(kron(A, B)) == rank(A) * rank(B)" in repr(found)
    page = found["capacity_rank"]._repr_html_()
    assert "tensor_product_rank" in page and "<code>" in page
    with pytest.raises(UsageError, match="no such directory"):
        proofkit.lemmas([tmp_path / "nowhere"])
    with pytest.raises(UsageError, match="no such lemma"):
        proofkit.check("nothing")


def filled(tmp_path: Path, statement: str, sibling: str) -> Path:
    module, test = new("mine", tmp_path / "lemmas")
    assert test.resolve() == tmp_path / "tests" / "test_mine.py"
    text = module.read_text().replace('statement="..."', f'statement="{statement}"')
    module.write_text(text.replace('FalseSibling("...")', f'FalseSibling("{sibling}")'))
    return module


def test_a_new_lemma_passes_after_two_lines_are_filled_in(tmp_path: Path, pytester: pytest.Pytester) -> None:
    filled(pytester.path, "rank(A @ B) <= rank(A)", "rank(A @ B) <= rank(A) - 1")
    pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_new_false_lemma_fails_with_its_counterexample(tmp_path: Path) -> None:
    module = filled(tmp_path, "rank(A @ B) == rank(A)", "rank(A @ B) <= rank(A) - 1")
    with pytest.raises(AssertionError, match=r"refuted: A = \[\[1\]\], B = \[\[0\]\] over Q"):
        assert_lemma(module)
    with pytest.raises(UsageError, match="no such rung"):
        assert_lemma(module, ("higher",))
    with pytest.raises(UsageError, match="no such lemma module"):
        assert_lemma(tmp_path / "lemmas" / "other.py")


def test_a_new_lemma_that_is_not_filled_in_says_so(tmp_path: Path) -> None:
    module, _ = new("mine", tmp_path / "lemmas")
    with pytest.raises(UsageError, match="fill in the statement"):
        assert_lemma(module)


@pytest.mark.parametrize("name", ["1x", "a-b", "class", "_x", "a.b", "../x", ""])
def test_names_that_are_no_names(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="Python name"):
        new(name, tmp_path / "lemmas")
    assert not (tmp_path / "lemmas").exists()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    module, _ = new("mine", tmp_path / "lemmas")
    module.write_text("mine")
    with pytest.raises(UsageError, match="there already"):
        new("mine", tmp_path / "lemmas")
    assert module.read_text() == "mine"


@pytest.mark.parametrize("numbers", [{"seconds": -1.0}, {"seconds": float("nan")}, {"memory": 1.5}])
def test_limits_out_of_range_are_one_line(numbers: dict[str, float]) -> None:
    with pytest.raises(UsageError, match="check: seconds from 0 on, memory from 0 to 1"):
        proofkit.check("kronecker_rank", "symbolic", **numbers)
