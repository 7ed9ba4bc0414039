"""Many small matrices at once: ranks against FLINT, networks against their definition, shares against Schwartz and Zippel."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from proofkit.errors import UsageError  # noqa: E402
from proofkit.evaluate import Instance, evaluate  # noqa: E402
from proofkit.fields import GF  # noqa: E402
from proofkit.statements import parse_expression  # noqa: E402
from torch_backend import batches  # noqa: E402
from torch_backend.batches import Distribution, distribution, matricizations, ranks  # noqa: E402

CPU = torch.device("cpu")


@pytest.mark.parametrize("p", [2, 3, 5, 251, 1427, 8388593, 33554393])
@pytest.mark.parametrize("shape", [(1, 1), (6, 6), (9, 4), (3, 8)])
def test_ranks_against_flint(p: int, shape: tuple[int, int], device: Any) -> None:
    random = np.random.default_rng(p)
    a = random.integers(0, p, (120, *shape)) * (random.random((120, *shape)) < random.random((120, 1, 1)))
    a[60:, -1] = a[60:, 0] * (p - 1) % p
    wanted = [int(flint.nmod_mat(*shape, item.ravel().tolist(), p).rank()) for item in a]
    assert ranks(torch.from_numpy(a).to(device), p).tolist() == wanted


def test_edges() -> None:
    assert ranks(torch.zeros(0, 3, 3), 5).tolist() == []
    assert ranks(torch.zeros(4, 0, 3), 5).tolist() == [0] * 4
    assert ranks(torch.full((2, 3, 3), -7), 7).tolist() == [0, 0]
    with pytest.raises(UsageError, match="batch"):
        ranks(torch.zeros(3, 3), 5)
    with pytest.raises(UsageError, match="2\\^25"):
        ranks(torch.zeros(1, 3, 3), 2**40 + 15)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("dim", "channels"), [(2, (3,)), (2, (2, 3)), (3, (2, 1)), (2, (3, 2, 2))])
def test_networks_are_those_of_the_definition(dim: int, channels: tuple[int, ...], shared: bool) -> None:
    p, count, levels = 65521, 3, len(channels)
    found = matricizations(dim, channels, p, count, 7, CPU, shared)
    weights = list(batches._weights(dim, channels, p, count, 7, CPU, shared))
    names = [(level, place) for level in range(levels + 1) for place in range(2 ** (levels - level))]
    text = f"odd_even(ht(L, M, r{', shared=True' if shared else ''}))"
    for item in range(count):
        arrays = {}
        for (level, place), each in zip(names, weights, strict=True):
            held = each[item].to(torch.int64).numpy() % p
            held = held.T if level == 0 else held[0] if level == levels else held
            arrays[f"ht.{level}" if shared else f"ht.{level}.{place}"] = GF(p).array(held)
        point = Instance({"L": levels, "M": dim, "r": list(channels)}, arrays, GF(p))
        assert evaluate(parse_expression(text), point).tolist() == (found[item].to(torch.int64).numpy() % p).tolist()  # type: ignore[union-attr]


@pytest.mark.parametrize("shared", [False, True])
def test_shares_are_within_the_bound(shared: bool, device: Any) -> None:
    found = distribution(2, (3, 2), 101, 4000, 0, device, shared)
    assert found.count == 4000 and found.rank == 4 and found.degree == 7
    assert 0 < found.below < found.bound == 4 * 7 / 101 and found.within
    assert "of 4000 random networks over GF(101)" in str(found)


def test_parts_of_a_batch_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = distribution(2, (2, 2), 11, 600, 0, CPU)
    monkeypatch.setattr(batches, "_AT_ONCE", 2000)
    parted = distribution(2, (2, 2), 11, 600, 0, CPU)
    assert whole.count == parted.count == 600 and abs(whole.below - parted.below) < 0.15
    assert not torch.equal(matricizations(2, (2, 2), 11, 9, 0, CPU), matricizations(2, (2, 2), 11, 9, 1, CPU))


def test_a_share_beyond_the_bound_is_noticed() -> None:
    assert not Distribution(10007, 7, {4: 9000, 3: 1000}).within
    assert Distribution(10007, 7, {4: 9990, 3: 10}).within
