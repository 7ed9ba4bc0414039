"""certify depth and certify separation: formulas, strict cases, and what the judge must refuse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proofkit import verify
from proofkit.certify import depth, separation
from proofkit.cli import run
from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.networks import deep_tree, pooling_tree, random_network, write_network
from proofkit.networks.geometry import Architecture, truncation_base


def judged_again(content: dict[str, Any]) -> verify.Verdict:
    body = {key: part for key, part in content.items() if key != "digest"}
    return verify.check(verify.canonical({**body, "digest": verify.digest(body)}))


def test_the_strict_case_is_certified_as_far_as_it_goes() -> None:
    architecture = Architecture.by_level(pooling_tree([[0, 1, 2], [3, 4, 5]]), 3, [5, 2])
    found = separation(architecture, [0, 1, 3])
    assert (found.lower, found.upper, found.cut, found.recursion) == (14, 14, 15, 18)
    assert found.exact and "2^-128" in found.sealed.verdict.verdict and "<=, in characteristic 0" in found.sealed.verdict.scope
    content = found.sealed.content
    assert not judged_again({**content, "claim": {**content["claim"], "at_most": 13, "at_least": 0}}).valid
    other = {**content["claim"], "network": {**content["claim"]["network"], "channels": {"": 3, "0": 5, "1": 5}}}
    assert not judged_again({**content, "claim": other}).valid  # three channels into the root: the rank is 18


@pytest.mark.parametrize(
    ("tree", "dim", "channels", "rows", "expected", "cut"),
    [
        ([[0, 1, 2], [3, 4, 5]], 4, [7, 2], [0, 1, 3], 26, 28),
        ([[0, 1], [2, 3]], 2, [4, 4], [0, 1], 3, 4),
        ([[[0, 1], [2, 3]], [[4, 5], [6, 7]]], 2, [2, 4, 4], [0, 1, 2, 3], 3, 4),
        ([[0, 1, 2, 3], [4, 5, 6, 7]], 2, [4, 2], [0, 1, 4, 5], 9, 16),
    ],
)
def test_ranks_strictly_below_the_cut(tree: Any, dim: int, channels: list[int], rows: list[int], expected: int, cut: int) -> None:
    """Pencils (unshared) and symmetric tensors (shared): both sides are certified."""
    found = separation(Architecture.by_level(pooling_tree(tree), dim, channels, shared=dim == 2), rows)
    assert (found.lower, found.upper, found.cut) == (expected, expected, cut) and found.sealed.verdict.valid


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("modes", "dim", "channels", "cut"),
    [(2, 3, (2,), 1), (4, 2, (3, 2), 1), (8, 2, (4, 4, 4), 2), (8, 2, (1, 4, 4), 2), (4, 3, (5, 4), 2), (8, 1, (2, 2, 2), 1)],
)
def test_depth_is_the_formula(modes: int, dim: int, channels: tuple[int, ...], cut: int, shared: bool) -> None:
    found = depth(modes, dim, channels, cut, shared)
    assert found.lower == truncation_base(dim, channels, cut, shared) ** (modes // 2**cut)
    assert found.sealed.verdict.valid and "in its last window" in found.sealed.verdict.claim


def test_depth_beyond_what_can_be_formed() -> None:
    assert depth(16, 4, (4, 4, 4, 4), 1).lower == 4**8


def test_forgeries_are_refused() -> None:
    found = depth(8, 2, (4, 4, 4), 2)
    content = found.sealed.content
    claim, proof = content["claim"], content["proof"]
    assert judged_again(content).valid

    def refused(**changes: Any) -> bool:
        return not judged_again({**content, "claim": {**claim, **changes}}).valid

    assert refused(at_least=17) and refused(at_most=15)
    assert refused(against=[[0, 1, 2, 3], [4, 5, 6, 7]])  # its nodes have rows and columns: their channels bound nothing
    assert refused(against=[[0, 1], [2, 3], [4, 5]])
    narrow = {**claim["network"], "channels": {**claim["network"]["channels"], "": 2}}
    assert refused(network=narrow)  # almost all networks that narrow have rank 16 too, but the witness is of another size
    thin = {**claim["network"], "channels": {**claim["network"]["channels"], "0": True}}
    assert refused(network=thin)
    assert refused(network={**claim["network"], "shared": 1})
    dead = {
        name: {**part, "entries": {**part["entries"], "data": _zeros(part["entries"])}} for name, part in proof["weights"].items()
    }
    assert not judged_again({**content, "proof": {**proof, "weights": dead}}).valid
    hashed = {**proof, "lower": {**proof["lower"], "by": "solutions"}}
    assert not judged_again({**content, "proof": hashed}).valid


def _zeros(words: dict[str, Any]) -> str:
    import base64

    return base64.b64encode(bytes(len(base64.b64decode(words["data"])))).decode()


def test_a_shared_claim_needs_a_shared_witness() -> None:
    """Unshared weights reach rank 4 across halves, shared ones only 3: the unshared witness must not pass."""
    unshared = separation(Architecture.by_level(deep_tree(2), 2, [4, 4]), [0, 1])
    shared = separation(Architecture.by_level(deep_tree(2), 2, [4, 4], shared=True), [0, 1])
    assert (unshared.lower, shared.lower, shared.upper, shared.cut) == (4, 3, 3, 4)
    content = unshared.sealed.content
    network = {**content["claim"]["network"], "shared": 1}
    assert not judged_again({**content, "claim": {**content["claim"], "network": network}}).valid


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    certificate = tmp_path / "depth.cert"
    sizes = ["--modes", "8", "--dim", "2", "--channels", "4,4,4"]
    assert run(["certify", "depth", *sizes, "--cut", "2", "-o", str(certificate)]) == 0
    assert "at least 16 channels" in capsys.readouterr().out and verify.check(certificate.read_bytes()).valid
    place = tmp_path / "network.json"
    write_network(random_network(pooling_tree([[0, 1, 2], [3, 4, 5]]), 3, [5, 2], Q, 1), place)
    assert run(["certify", "separation", "--network", str(place), "--rows", "0,1,3", "--json", "-"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["rank"] == {"lower": 14, "upper": 14, "exact": True} and (answer["cut"], answer["recursion_bound"]) == (15, 18)
    assert run(["certify", "depth", *sizes, "--cut", "4"]) == 2
    assert "cut to 1 .. 3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: depth(6, 2, (2, 2), 1), "N = 2, 4, 8"),
        (lambda: depth(4, 2, (2,), 1), "needs 2 positive counts"),
        (lambda: depth(4, 0, (2, 2), 1), "cut"),
        (lambda: separation(Architecture.by_level(deep_tree(5), 4, [5] * 5)), "too many"),
    ],
)
def test_mistakes_are_named(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
