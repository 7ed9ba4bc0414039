"""The worked examples run and end in their theorems."""

from __future__ import annotations

from pathlib import Path

import pytest

from proofkit import rungs, verify
from proofkit.lemma import load, select
from proofkit.rungs import Context

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
SCHMIDT = load([EXAMPLES / "schmidt_ranks" / "lemmas"])
OWN = [name for name, lemma in SCHMIDT.items() if EXAMPLES in lemma.path.parents]
CONTEXT = Context(lemmas=SCHMIDT)


@pytest.mark.parametrize("name", OWN)
def test_schmidt_ranks_are_proved(name: str) -> None:
    found = rungs.run("symbolic", SCHMIDT[name], CONTEXT)
    assert found.verdict == "proved", found.detail
    assert set(found.used) == set(SCHMIDT[name].rests_on)


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("rung", ["exact", "floating"])
def test_schmidt_ranks_hold_at_instances(name: str, rung: str) -> None:
    assert rungs.run(rung, SCHMIDT[name], CONTEXT).verdict == "held"


def test_the_theorem_rests_on_own_lemmas_and_on_one_of_proofkit() -> None:
    assert select(SCHMIDT, ["bond_of_copies"]) == ["bond", "local_operations", "kronecker_rank", "copies", "bond_of_copies"]


def test_its_certificate_is_not_vacuous() -> None:
    certificate = dict(rungs.run("symbolic", SCHMIDT["bond_of_copies"], CONTEXT).certificates)["bond_of_copies"]
    assert certificate.content["proof"]["instance"]["entries"]
    judged = verify.check(certificate.data)
    assert judged.valid and "with P @ (L @ R) @ Q.T == kron(X, X)" in judged.scope


def test_trained_networks_are_certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("_example_train", EXAMPLES / "trained_networks" / "train.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    near, apart, rectifier = module.main(tmp_path, steps=40)
    assert near["odd | even"]["rank"] == {"lower": 16, "upper": 16, "exact": True} and near["halves"]["rank"]["upper"] <= 2
    assert apart["odd | even"]["rank"]["upper"] <= 4 and apart["odd | even"]["cut"] == 4
    assert rectifier["odd | even"]["shallow"] == "possible" and near["distance"] > 0
    assert all(verify.check(place.read_bytes()).valid for place in tmp_path.glob("*.certificate"))
    assert len(list(tmp_path.glob("*.certificate"))) == 6
