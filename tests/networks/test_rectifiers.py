"""Rectifier networks: constructions evaluated entry by entry, bounds tried on random networks, boxes sampled."""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.linalg.exact import rank
from proofkit.networks import Network, deep_tree, pooling_tree, random_arrays, random_network, shallow_tree
from proofkit.networks.rectifiers import (
    Box,
    average_bound,
    average_dimension,
    efficient_box,
    efficient_network,
    one_channel,
    one_channel_box,
    shallow_bound,
    universal_shallow,
)


@pytest.mark.parametrize(("modes", "dim"), [(1, 1), (1, 3), (2, 2), (4, 2), (2, 3), (3, 2), (6, 2)])
def test_max_pooling_is_universal(modes: int, dim: int) -> None:
    tensor = random_arrays({"A": (dim,) * modes}, Q, modes, signed=True, top=50)["A"]
    network = universal_shallow(tensor)
    assert network.tensor().tolist() == tensor.tolist() and network.channels(network.tree.children[0]) == dim**modes


@given(st.integers(2, 4), st.integers(1, 3), st.integers(1, 4), st.integers(0, 200))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_no_shallow_network_exceeds_the_bound(modes: int, dim: int, channels: int, seed: int) -> None:
    weights = random_network(shallow_tree(modes), dim, [channels], Q, seed, pool="max").weights
    moved = {name: matrix + Q.array(np.arange(matrix.size) % 7 - 3).reshape(*matrix.shape) for name, matrix in weights.items()}
    network = Network(shallow_tree(modes), moved, dim, "max")
    for size in range(modes + 1):
        assert rank(network.matricization(range(size))) <= shallow_bound(dim, channels, size, modes - size)


def test_the_bound_is_attained() -> None:
    best = 0
    for seed in range(200):
        arrays = random_arrays({**{str(i): (1, 3) for i in range(4)}, "": (1, 1)}, Q, seed, signed=True, top=30)
        best = max(best, int(rank(Network(shallow_tree(4), arrays, 3, "max").matricization())))
    assert best == shallow_bound(3, 1, 2, 2) == 5


@given(st.integers(0, 200), st.sampled_from([[0, 2], [0, 1], [0], [0, 3], [0, 1, 2]]), st.integers(1, 3))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_average_pooling_loses_universality(seed: int, rows: list[int], dim: int) -> None:
    for tree in (deep_tree(2), shallow_tree(4), pooling_tree([[0, 1, 2], [3]])):
        network = random_network(tree, dim, [2] * tree.level, Q, seed, pool="average")
        assert rank(network.matricization(rows)) <= average_bound(tree, dim, rows)
    assert average_bound(shallow_tree(4), dim, rows) <= 2
    assert dim == 1 or average_dimension(deep_tree(2), dim) < dim**4


def test_ranks_of_average_pooling_in_the_smallest_cases() -> None:
    """M = N = 2: the rank argument says nothing, the dimension count does. N = 4: 2 M - 1 is attained."""
    assert average_bound(deep_tree(1), 2, [0]) == 2 and average_dimension(deep_tree(1), 2) == 3 < 4
    for dim, expected in ((2, 3), (3, 5)):
        assert average_bound(deep_tree(2), dim, [0, 2]) == expected
        arrays = (random_network(deep_tree(2), dim, (2 * dim, 3), Q, seed, pool="average") for seed in range(20))
        assert max(int(rank(network.matricization())) for network in arrays) == expected
    assert average_bound(deep_tree(3), 2, [0, 2, 4, 6]) == 7


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("levels", "dim", "channels"), [(1, 2, (2,)), (2, 2, (3, 2)), (2, 3, (2, 1)), (2, 3, (4, 2)), (1, 1, (1,)), (2, 1, (2, 2))]
)
def test_deep_networks_may_be_efficient(levels: int, dim: int, channels: tuple[int, ...], shared: bool) -> None:
    network = efficient_network(levels, dim, channels, shared)
    size = min(channels[0], dim) ** (2 ** (levels - 1))
    found = int(rank(network.matricization()))
    assert found == (size if channels[0] >= dim else size + 1)
    if size >= 2:
        box = efficient_box(levels, dim, channels, shared)
        assert box.rank_at_least() >= size
        for seed in range(3):
            assert rank(box.at(seed).matricization()) >= size
    if dim > 1:
        modes = 2**levels
        needed = ceil((found - 1) / ((dim - 1) * modes / 2))
        assert shallow_bound(dim, needed - 1, modes // 2, modes // 2) < found


def test_a_box_of_another_size_shows_nothing() -> None:
    box = efficient_box(2, 2, (2, 2))
    assert Box(box.centre, dict.fromkeys(box.radii, Fraction(2))).rank_at_least() == 0


@pytest.mark.parametrize("pool", ["max", "average"])
@pytest.mark.parametrize("shared", [False, True])
def test_intervals_hold_every_network_of_the_box(pool: str, shared: bool) -> None:
    centre = random_network(deep_tree(2), 2, (2, 2), Q, 1, pool=pool, shared=shared)
    box = Box(centre, dict.fromkeys(centre.weights, Fraction(1, 3)))
    middle, radius = (np.array(part.tolist(), dtype=object) for part in box.tensor())
    corners: Any = [
        Network(centre.tree, {n: m + Q.ones(*m.shape) * Fraction(s, 3) for n, m in centre.weights.items()}, 2, pool, shared)
        for s in (-1, 1)
    ]
    for network in [*corners, *(box.at(seed) for seed in range(10))]:
        entries = np.array(network.tensor().tolist(), dtype=object)
        assert (abs(entries - middle) <= radius).all()


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("levels", "dim", "channels"), [(1, 2, (2,)), (2, 2, (3, 2)), (2, 3, (2, 2)), (3, 2, (2, 2, 2))])
def test_not_almost_every_deep_network_is_efficient(levels: int, dim: int, channels: tuple[int, ...], shared: bool) -> None:
    box = one_channel_box(levels, dim, channels, shared)
    for network in [box.centre, *(box.at(seed) for seed in range(5))]:
        same = one_channel(network)
        assert same.tensor().tolist() == network.tensor().tolist()
        assert same.channels(same.tree.children[0]) == 1
        assert rank(network.matricization()) == (dim if shared else 1)


def test_other_networks_are_not_of_one_channel() -> None:
    with pytest.raises(UsageError, match="one shallow channel"):
        one_channel(efficient_network(2, 2, (2, 2)))
