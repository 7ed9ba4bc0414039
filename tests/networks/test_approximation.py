"""Distances to shallow networks: tight cases, and fits that never come nearer."""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
import pytest

from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.networks import Network, deep_tree, pooling_tree, random_deep, random_network, random_shallow
from proofkit.networks.approximation import distance_to_shallow
from proofkit.networks.representation import Gaussian


def pairs(dim: int, nested: Any) -> Network:
    """T (x) T over the windows, T the sum of e_a (x) e_a."""
    tree = pooling_tree(nested)
    weights = {node.name: Q.eye(dim) for node in tree.nodes() if not node.children}
    return Network(tree, {**weights, "0": Q.ones(1, dim), "1": Q.ones(1, dim), "": Q.ones(1, 1)}, dim)


@pytest.mark.parametrize("channels", [0, 1, 3, 4, 5])
def test_the_bound_is_tight_for_pairs(channels: int) -> None:
    for nested in ([[0, 1], [2, 3]], [[0, 2], [1, 3]]):
        found = distance_to_shallow(pairs(2, nested), channels)
        assert abs(found.distance - sqrt(max(4 - channels, 0))) < 1e-9
    missed = distance_to_shallow(pairs(2, [[0, 2], [1, 3]]), 1, partitions=[(0, 2)])
    assert missed.distance < 1e-9  # this partition sees rank 1


def test_no_fit_comes_nearer() -> None:
    network = random_deep(2, 2, (2, 2), Q, 3)
    tensor, bound = network.rounded_tensor(), distance_to_shallow(network, 1).distance
    rng = np.random.default_rng(0)
    best = np.inf
    for _ in range(5):
        factors = [rng.normal(size=2) for _ in range(4)]
        for _ in range(60):
            for k in range(4):
                others: list[Any] = [tensor, [0, 1, 2, 3]]
                for j in range(4):
                    others += [factors[j], [j]] if j != k else []
                scale = np.prod([factors[j] @ factors[j] for j in range(4) if j != k])
                factors[k] = np.einsum(*others, [k]) / scale
        fit = np.einsum("a,b,c,d->abcd", *factors)
        best = min(best, float(np.linalg.norm(tensor - fit)))
    assert 0 < bound <= best + 1e-9


def test_shallow_networks_are_at_distance_zero() -> None:
    network = random_shallow(4, 3, 2, Q, 1)
    assert distance_to_shallow(network, 2).distance == 0 < distance_to_shallow(network, 1).distance


def test_functions_by_the_gram_matrix() -> None:
    layer = Gaussian(np.array([[0.0], [1.0]]), np.ones((2, 1)))
    network = random_deep(1, 2, (2,), Q, 1)
    gram = layer.gram()
    found = distance_to_shallow(network, 0, gram=gram).distance
    tensor = network.rounded_tensor()
    assert abs(found**2 - np.einsum("ab,cd,ac,bd->", tensor, tensor, gram, gram)) < 1e-9 * found**2
    orthonormal = distance_to_shallow(network, 1, gram=np.eye(2)).distance
    assert abs(orthonormal - distance_to_shallow(network, 1).distance) < 1e-12
    weakest = np.linalg.eigvalsh(gram)[0]
    assert distance_to_shallow(network, 1, gram=gram).distance >= weakest * orthonormal - 1e-12


@pytest.mark.parametrize(
    "call",
    [
        lambda: distance_to_shallow(random_network(deep_tree(1), 2, [2], Q, pool="max"), 1),
        lambda: distance_to_shallow(random_deep(1, 2, (2,), Q), -1),
        lambda: distance_to_shallow(random_deep(1, 2, (2,), Q), 1, gram=np.ones((2, 2))),
        lambda: distance_to_shallow(random_deep(1, 2, (2,), Q), 1, gram=np.eye(3)),
    ],
)
def test_mistakes_are_named(call: Any) -> None:
    with pytest.raises(UsageError):
        call()
