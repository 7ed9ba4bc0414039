"""Statements on open sets: certified by interval arithmetic, and tried at random networks of the box."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from proofkit import verify
from proofkit.certificates import Refused
from proofkit.certify import box_one_channel, box_rank
from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.linalg.exact import rank
from proofkit.networks import Network, pooling_tree, random_network
from proofkit.networks.rectifiers import Box, efficient_box, one_channel, one_channel_box


def judged_again(content: dict[str, Any]) -> verify.Verdict:
    body = {key: part for key, part in content.items() if key != "digest"}
    return verify.check(verify.canonical({**body, "digest": verify.digest(body)}))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("levels", "dim", "channels", "size"), [(1, 2, (2,), 2), (2, 2, (2, 2), 4), (2, 3, (2, 1), 4), (3, 2, (2, 2, 2), 16)]
)
def test_depth_efficiency_on_a_box(levels: int, dim: int, channels: tuple[int, ...], size: int, shared: bool) -> None:
    box = efficient_box(levels, dim, channels, shared)
    certificate = box_rank(box)
    assert certificate.content["claim"]["number"] == size and certificate.verdict.valid
    claim = certificate.content["claim"]
    wider = {**claim, "radii": {name: int(node["denominator"]) for name, node in claim["network"]["weights"].items()}}
    assert not judged_again({**certificate.content, "claim": wider}).valid


@pytest.mark.parametrize(("levels", "dim", "channels"), [(1, 2, (2,)), (2, 3, (3, 2)), (3, 2, (2, 2, 2))])
def test_one_channel_suffices_on_a_box(levels: int, dim: int, channels: tuple[int, ...]) -> None:
    box = one_channel_box(levels, dim, channels)
    certificate = box_one_channel(box)
    assert certificate.verdict.valid and "function of mode 0" in certificate.verdict.claim
    for seed in range(3):
        assert rank(one_channel(box.at(seed)).matricization([0])) == 1
    with pytest.raises(Refused, match="another mode"):
        box_one_channel(box, mode=1)


@pytest.mark.parametrize(("levels", "dim", "channels"), [(1, 2, (2,)), (2, 3, (3, 2)), (3, 2, (2, 2, 2)), (2, 1, (2, 2))])
def test_one_channel_suffices_on_a_box_of_shared_networks(levels: int, dim: int, channels: tuple[int, ...]) -> None:
    box = one_channel_box(levels, dim, channels, shared=True)
    certificate = box_one_channel(box)
    assert f"rank == {dim}: the tensor is w(largest index)" in certificate.verdict.claim
    assert "every network with weights shared along a level within 1/2 at the root, " in certificate.verdict.claim
    for seed in range(5):
        network = box.at(seed)
        assert network.shared and one_channel(network).tensor().tolist() == network.tensor().tolist()
        assert rank(network.matricization()) == rank(network.matricization([0])) == dim
    if dim > 1:
        with pytest.raises(Refused, match="may not increase"):
            box_one_channel(Box(box.centre, {**box.radii, "L0": Fraction(1, 2)}))
    unshared = one_channel_box(levels, dim, channels)
    content = box_one_channel(unshared).content
    claim = {**content["claim"], "shows": "one shared channel", "number": dim}
    assert not judged_again({**content, "claim": claim}).valid


def test_a_box_around_shared_weights_says_so() -> None:
    assert "whose nodes share theirs" in box_rank(efficient_box(2, 2, (2, 2), shared=True)).verdict.claim
    assert "whose nodes share theirs" not in box_one_channel(one_channel_box(2, 2, (2, 2))).verdict.claim


@pytest.mark.parametrize("pool", ["product", "max", "average"])
def test_the_rank_of_a_box_holds_for_its_networks(pool: str) -> None:
    for seed in range(6):
        tree = pooling_tree([[0, 2], [1]])
        centre = random_network(tree, 2, (2, 2), Q, seed, pool=pool)
        box = Box(centre, dict.fromkeys(centre.weights, Fraction(1, 60)))
        if pool == "product":
            with pytest.raises(UsageError, match="max and average"):
                box_rank(box, [0])
            continue
        try:
            least = box_rank(box, [0]).content["claim"]["number"]
        except UsageError:
            continue
        assert all(rank(box.at(k).matricization([0])) >= least for k in range(5))


def test_a_box_that_is_too_large_shows_nothing() -> None:
    box = efficient_box(2, 2, (2, 2))
    with pytest.raises(UsageError, match="too large"):
        box_rank(Box(box.centre, dict.fromkeys(box.radii, Fraction(5))))


def test_a_negative_output_is_refused() -> None:
    box = one_channel_box(1, 2, (1,))
    negative = Network(box.centre.tree, {**box.centre.weights, "": Q.array([[-1]])}, 2, "max")
    with pytest.raises(Refused, match="negative"):
        box_one_channel(Box(negative, box.radii))
