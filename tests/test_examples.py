"""The worked examples run and end in their theorems."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from proofkit import rungs, verify
from proofkit.fields import Q
from proofkit.lemma import load, select
from proofkit.networks import deep_tree, random_network
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


def program(name: str) -> Any:
    """The module of an example's program."""
    spec = spec_from_file_location(f"_example_{Path(name).stem}", EXAMPLES / name)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_where_floating_point_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every certain answer is that of the document; every other one, computed here, differs from it."""
    lies = program("floating_point_lies/lies.py")
    rows = [case() for case in lies.CASES]
    for row in rows:
        others = [row.numpy] if row.torch is None else [row.numpy, row.torch]
        assert row.truth not in ("undecided", "not certain") and row.truth not in others, row
    document = (EXAMPLES.parent / "docs" / "howto.md").read_text()
    table = document.split(lies.MARKS[0])[1].split(lies.MARKS[1])[0].strip().splitlines()[2:]
    assert [line.split(" | ")[:3] for line in table] == [[f"| {row.question}", row.truth, row.by] for row in rows]
    assert lies.written(document, "x").count("| x |") == 0 and "\n\nx\n\n" in lies.written(document, "x")
    # The answers are asked for when the program runs, and torch's column needs torch.
    monkeypatch.setattr(lies, "find_spec", lambda name: None)
    monkeypatch.setattr(np.linalg, "matrix_rank", lambda a: 77)
    again = lies.measured()
    assert (again.numpy, again.torch) == ("77", None) and lies.table([again]).splitlines()[0].count("|") == 5


def test_the_network_of_the_example_is_the_same_in_torch() -> None:
    torch = pytest.importorskip("torch")
    lies = program("floating_point_lies/lies.py")
    network = random_network(deep_tree(3), 2, [2, 2, 2], Q, seed=0, shared=True)
    inputs = np.random.default_rng(0).random((8, 2))
    layers = [np.array(network.matrix(node).tolist(), dtype=np.float64) for node in lies.chain(network.tree)]
    assert np.isclose(lies.climbed(torch, layers, inputs).item(), np.asarray(network.forward(inputs)).ravel()[0], rtol=1e-12)


def test_trained_networks_are_certified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch")
    module = program("trained_networks/train.py")
    near, apart, rectifier = module.main(tmp_path, steps=40)
    assert near["odd | even"]["rank"] == {"lower": 16, "upper": 16, "exact": True} and near["halves"]["rank"]["upper"] <= 2
    assert apart["odd | even"]["rank"]["upper"] <= 4 and apart["odd | even"]["cut"] == 4
    assert rectifier["odd | even"]["shallow"] == "possible" and near["distance"] > 0
    assert all(verify.check(place.read_bytes()).valid for place in tmp_path.glob("*.certificate"))
    assert len(list(tmp_path.glob("*.certificate"))) == 6
