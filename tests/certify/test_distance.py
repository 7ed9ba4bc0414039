"""Certified distances: against singular values by numpy and by mpmath, tight cases, and what the judge must refuse."""

from __future__ import annotations

import json
from fractions import Fraction
from math import sqrt
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest

from proofkit import verify
from proofkit.certify import distance, weights
from proofkit.certify.distance import NothingShown, rank_below
from proofkit.cli import run
from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.networks import Network, deep_tree, pooling_tree, random_deep, random_network, random_shallow, write_network
from proofkit.networks.rectifiers import shallow_bound
from proofkit.networks.representation import Gaussian


def tail(matrix: Any, below: int) -> float:
    """The root of the sum of the squares of all singular values but the first, at 60 digits."""
    with mpmath.workdps(60):
        entries = [[mpmath.mpf(x.numerator) / x.denominator for x in map(Fraction, row)] for row in matrix.tolist()]
        values = mpmath.svd_r(mpmath.matrix(entries), compute_uv=False)
        return float(mpmath.sqrt(sum(values[i] ** 2 for i in range(below - 1, len(values)))))


@pytest.mark.parametrize("channels", [1, 2, 7, 15, 16])
def test_the_distance_is_that_of_eckart_and_young(channels: int) -> None:
    network = random_deep(3, 2, (3, 2, 2), Q, 1)
    found = distance(network, channels, [0, 2, 4, 6])
    expected = tail(network.matricization(), channels)
    assert expected * (1 - 1e-6) < found.distance <= expected * (1 + 1e-12)
    assert found.sealed.verdict.valid and f"rank below {channels}" in found.sealed.verdict.claim


def test_singular_values_beyond_double_precision() -> None:
    """Kronecker powers of a matrix of condition number 10^5: the least singular value is 10^-20 of the largest."""
    leaf = Q.array([[1, 1], [1, Fraction(100001, 100000)]])
    tree = deep_tree(3)
    ends = {node.name: leaf if node.mode % 2 == 0 else Q.eye(2) for node in tree.nodes() if not node.children}
    network = Network(tree, {**ends, **{node.name: Q.ones(1, 1 if node.level > 1 else 2) for node in tree.windows()}}, 2)
    found = distance(network, 16, [0, 2, 4, 6])
    expected = tail(network.matricization(), 16)
    values = np.linalg.svd(np.array(network.matricization().tolist(), dtype=float), compute_uv=False)
    assert expected < 1e-20 < values[0] * 1e-19 and expected * 0.99 < found.distance <= expected * (1 + 1e-9)


def test_the_best_partition_is_found() -> None:
    tree = pooling_tree([[0, 2], [1, 3]])
    ends = {node.name: Q.eye(2) for node in tree.nodes() if not node.children}
    pairs = Network(tree, {**ends, "0": Q.ones(1, 2), "1": Q.ones(1, 2), "": Q.ones(1, 1)}, 2)
    found = distance(pairs, 2)
    assert abs(float(found.distance) - sqrt(3)) < 1e-8 and found.rows in ((0, 1), (0, 3))
    with pytest.raises(NothingShown, match="is zero, or too small"):
        distance(pairs, 2, [0, 2])  # the rank is 1 there


def test_of_shallow_networks_there_is_none() -> None:
    network = random_shallow(4, 3, 2, Q, 1)
    with pytest.raises(NothingShown):
        distance(network, 3)
    assert distance(network, 2).distance > 0


def test_functions_by_their_gram_matrix() -> None:
    gram = Gaussian(np.array([[0.0], [1.0]]), np.ones((2, 1))).gram()
    network = random_deep(2, 2, (3, 2), Q, 1)
    found = distance(network, 2, [0, 2], gram=gram)
    root = np.linalg.cholesky(gram).T
    changed = np.array(network.tensor().tolist(), dtype=float)
    for _ in range(4):
        changed = np.tensordot(changed, root, axes=(0, 1))
    values = np.linalg.svd(changed.transpose(0, 2, 1, 3).reshape(4, 4), compute_uv=False)
    expected = float(np.sqrt((values[1:] ** 2).sum()))
    assert expected * (1 - 1e-4) < found.distance < expected and "Gram" in found.sealed.verdict.claim
    exact = distance(network, 2, [0, 2], gram=np.eye(2)).distance
    plain = distance(network, 2, [0, 2]).distance
    assert plain * (1 - Fraction(1, 10**5)) < exact <= plain


@pytest.mark.parametrize("pool", ["max", "average"])
def test_rectifiers(pool: str) -> None:
    """No shallow network with max pooling has more than its bound, none with average pooling more than 2."""
    network = random_network(deep_tree(2), 3, (3, 2), Q, 3, pool=pool)
    below = rank_below(network, 1, 2)
    assert below == (shallow_bound(3, 0, 2, 2) + 1 if pool == "max" else 3)
    expected = tail(network.matricization(), below)
    if not expected:
        pytest.skip("the rank is too small")
    found = distance(network, 1, [0, 2])
    assert expected * (1 - 1e-6) < found.distance <= expected * (1 + 1e-12)


def judged_again(content: dict[str, Any]) -> verify.Verdict:
    body = {key: part for key, part in content.items() if key != "digest"}
    return verify.check(verify.canonical({**body, "digest": verify.digest(body)}))


def test_forgeries_are_refused() -> None:
    """Each claims more than the singular values allow, by numpy."""
    network = random_deep(2, 2, (3, 2), Q, 1)
    content = distance(network, 3, [0, 2]).sealed.content
    claim, matrix = content["claim"], content["claim"]["network"]
    assert judged_again(content).valid
    further = str(Fraction(claim["distance"]) * Fraction(1001, 1000))
    assert not judged_again({**content, "claim": {**claim, "distance": further}}).valid
    assert not judged_again({**content, "claim": {**claim, "rank_below": 4}}).valid
    assert not judged_again({**content, "claim": {**claim, "network": {**matrix, "rows": [0, 1]}}}).valid
    halved = {**matrix["weights"], "": {**matrix["weights"][""], "denominator": "2"}}
    assert not judged_again({**content, "claim": {**claim, "network": {**matrix, "weights": halved}}}).valid
    swapped = {**content["proof"], "left": content["proof"]["right"]}
    assert not judged_again({**content, "proof": swapped}).valid


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, certificate, gram = tmp_path / "network.json", tmp_path / "weights.cert", tmp_path / "gram.json"
    network = random_deep(2, 2, (3, 2), Q, 1)
    write_network(network, place)
    gram.write_text("[[2, 0.5], [0.5, 1]]")
    assert run(["certify", "weights", str(place), "-o", str(certificate)]) == 0
    assert "fewer than 4 channels comes within" in capsys.readouterr().out
    assert run(["verify", str(certificate), f"{certificate}.distance"]) == 0
    capsys.readouterr()
    assert run(["certify", "weights", str(place), "--channels", "2", "--gram", str(gram), "--json", "-"]) == 0
    answer = json.loads(capsys.readouterr().out)["distance"]
    assert answer["norm"] == "L2" and answer["fewer_channels_than"] == 2 and float(answer["at_least"]) > 0
    assert run(["certify", "weights", str(place), "--channels", "9"]) == 4
    assert "undecided: fewer than 9 channels are no restriction" in capsys.readouterr().out
    for text in ("[[1, 2]", "[[1, 2], [3]]", "{}", "[[1, 2], [2, 1]]", "[[1, 0.5], [0.4, 1]]", "[[1]]"):
        gram.write_text(text)
        assert run(["certify", "weights", str(place), "--channels", "2", "--gram", str(gram)]) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_a_table_for_several_numbers_of_channels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, certificate = tmp_path / "network.json", tmp_path / "weights.cert"
    network = random_deep(2, 2, (3, 2), Q, 1)
    write_network(network, place)
    assert run(["certify", "weights", str(place), "--channels", "2-4", "-o", str(certificate)]) == 0
    printed = capsys.readouterr().out
    assert [f"fewer than {z} channels comes within" in printed for z in (1, 2, 3, 4, 5)] == [False, True, True, True, False]
    assert run(["verify", *(f"{certificate}.distance.{z}" for z in (2, 3, 4))]) == 0
    capsys.readouterr()
    assert run(["certify", "weights", str(place), "--channels", "9,4,2", "--rows", "0,2", "--json", "-"]) == 4
    answer = json.loads(capsys.readouterr().out)["distance"]
    assert [row["fewer_channels_than"] for row in answer] == [2, 4, 9]
    for row, z in zip(answer, (2, 4)):
        assert abs(float(row["at_least"]) / tail(network.matricization([0, 2]), z) - 1) < 1e-6
    assert answer[2]["at_least"] is None and "no restriction" in answer[2]["undecided"]


def test_what_is_not_shown_is_said(tmp_path: Path) -> None:
    assert weights(random_deep(4, 2, (2, 2, 2, 2), Q, 1)).distance is None  # 2^16 entries: only where it is asked for
    with pytest.raises(UsageError, match="write 1 or more"):
        distance(random_deep(1, 2, (2,), Q), 0)
    with pytest.raises(NothingShown, match="too large for distances"):
        distance(random_deep(4, 4, (4, 4, 4, 4), Q, 1), 2, range(0, 16, 2))
