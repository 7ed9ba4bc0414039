"""Tensors as networks and back, exactly."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields import GF, Q
from proofkit.linalg.exact import rank
from proofkit.networks import deep_tree, pooling_tree, random_arrays, random_deep, random_network, random_shallow, shallow_tree
from proofkit.networks.decompositions import cp_factors, cp_network, cp_of, hierarchical_tucker
from proofkit.tensors import matricize

TREES = [
    deep_tree(2),
    pooling_tree([[3, 1], [0, 2]]),
    pooling_tree([[0, 1, 2], [3]]),
    pooling_tree([[[0], [1, 2]], 3]),
    shallow_tree(4),
]


@given(st.integers(0, 500), st.sampled_from(TREES), st.integers(1, 3))
@settings(max_examples=40, deadline=None, derandomize=True)
def test_every_tensor_is_a_hierarchical_tucker_tensor(seed: int, tree: Any, dim: int) -> None:
    if seed % 3 == 0:
        tensor = random_arrays({"A": (dim,) * 4}, Q, seed, signed=True, top=20)["A"]
    else:
        tensor = random_deep(2, dim, (1 + seed % 2, 1), Q, seed).tensor()
    network = hierarchical_tucker(tensor, tree)
    assert network.tensor().tolist() == tensor.tolist()


def test_the_channels_are_ranks_of_matricizations() -> None:
    tensor = random_network(deep_tree(2), 3, (2, 2), Q, 3).tensor()
    network = hierarchical_tucker(tensor, deep_tree(2))
    halves = rank(matricize(tensor, [0, 1], [2, 3]))
    assert network.channels(network.tree.children[0]) == halves**2
    leaves = [rank(matricize(tensor, [mode], [k for k in range(4) if k != mode])) for mode in (0, 1)]
    assert network.channels(network.tree.children[0].children[0]) == leaves[0] * leaves[1]


def test_the_zero_tensor() -> None:
    assert hierarchical_tucker(Q.zeros(2, 2, 2, 2), deep_tree(2)).tensor().tolist() == Q.zeros(2, 2, 2, 2).tolist()


def test_shallow_networks_are_cp_decompositions_both_ways() -> None:
    network = random_shallow(3, 2, 4, Q, 1)
    factors, weights = cp_factors(network)
    assert cp_network(factors, weights).tensor().tolist() == network.tensor().tolist()
    tensor = random_arrays({"A": (2, 2, 2)}, Q, 4, signed=True)["A"]
    assert cp_of(tensor).tensor().tolist() == tensor.tolist() and cp_of(tensor).channels(cp_of(tensor).tree.children[0]) == 4


@pytest.mark.parametrize(
    "call",
    [
        lambda: hierarchical_tucker(Q.ones(2, 3), deep_tree(1)),
        lambda: hierarchical_tucker(GF(7).ones(2, 2), deep_tree(1)),
        lambda: hierarchical_tucker(Q.ones(2, 2), deep_tree(2)),
        lambda: cp_factors(random_deep(2, 2, (2, 2), Q)),
        lambda: cp_of(Q.ones(2, 3)),
    ],
)
def test_mistakes_are_named(call: Any) -> None:
    with pytest.raises(UsageError):
        call()
