"""The torch module of a network: its forward pass is the network's, its gradients are the derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from proofkit.fields import Q  # noqa: E402
from proofkit.networks import content_of, deep_tree, from_content, pooling_tree, random_network  # noqa: E402
from torch_backend.networks import to_torch  # noqa: E402


@pytest.mark.parametrize("pool", ["product", "max", "average"])
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("tree", [deep_tree(2), pooling_tree([[2, 0, 1]]), pooling_tree([[0], [1]])])
def test_forward_agrees_with_the_exact_network(pool: str, shared: bool, tree: Any) -> None:
    network = random_network(tree, 2, [3, 2], Q, 3, pool=pool, shared=shared, outputs=2)
    values = np.random.default_rng(1).integers(-3, 4, size=(5, network.modes, 2))
    exact: Any = network.forward(Q.array(values, batch=True)).tolist()
    module = to_torch(network)
    found = module(torch.tensor(values, dtype=torch.float64))
    assert np.array_equal(found.detach().numpy(), np.array(exact, dtype=float))
    single = module(torch.tensor(values[0], dtype=torch.float64))
    assert np.array_equal(single.detach().numpy(), np.array(exact[0], dtype=float))


@pytest.mark.parametrize("pool", ["product", "max", "average"])
def test_gradients_are_derivatives(pool: str) -> None:
    module = to_torch(random_network(deep_tree(2), 2, [2, 2], Q, 5, pool=pool))
    values = torch.tensor(np.random.default_rng(2).normal(size=(3, 4, 2)), requires_grad=True)
    assert torch.autograd.gradcheck(module, (values,))


def test_trained_weights_come_back_exactly() -> None:
    module = to_torch(random_network(deep_tree(1), 2, [2], Q, 5))
    optimizer = torch.optim.SGD(module.parameters(), lr=1e-3)
    module(torch.ones(4, 2, 2, dtype=torch.float64)).sum().backward()
    optimizer.step()
    network = module.to_network()
    again = from_content(content_of(network))
    values = np.random.default_rng(3).normal(size=(6, 2, 2))
    assert np.allclose(again.forward(values), module(torch.tensor(values)).detach().numpy(), rtol=1e-13)
