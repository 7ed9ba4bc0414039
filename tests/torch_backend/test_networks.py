"""The torch module of a network: its forward pass is the network's, its gradients are the derivatives."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from proofkit.errors import UsageError  # noqa: E402
from proofkit.fields import Q  # noqa: E402
from proofkit.networks import Network, content_of, deep_tree, from_content, pooling_tree, random_network  # noqa: E402
from proofkit.networks.simnets import Signed, SimNet  # noqa: E402
from torch_backend import device as devices  # noqa: E402
from torch_backend.networks import ModularNetwork, to_torch  # noqa: E402
from torch_backend.products import LARGEST_PRIME, PATHS, refusal  # noqa: E402

TREES = [deep_tree(2), deep_tree(3), pooling_tree([[2, 0, 1]]), pooling_tree([[0], [1]]), pooling_tree([[0, 3], [1], 2])]


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


@pytest.mark.parametrize("pool", ["product", "max", "average"])
@pytest.mark.parametrize("tree", TREES, ids=str)
def test_tensors_agree_with_the_exact_network(pool: str, tree: Any) -> None:
    network = random_network(tree, 2, [3, 2, 2][: tree.level], Q, 4, pool=pool, outputs=2)
    module = to_torch(network)
    for output in (0, 1):
        exact = np.array(network.tensor(output).tolist(), dtype=float)
        assert np.array_equal(module.tensor(output).detach().numpy(), exact)
    with pytest.raises(UsageError, match="output 2"):
        module.tensor(2)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("tree", TREES, ids=str)
def test_forward_passes_and_tensors_modulo_a_prime(path: Any, shared: bool, tree: Any, device: Any) -> None:
    """Rational weights and large inputs, at the largest prime of every machine type, and over tiny fields."""
    if refusal(path, device) or (shared and not all(node.even for node in tree.windows())):
        pytest.skip(refusal(path, device) or "shared weights need an even tree")
    network = random_network(tree, 2, [3, 4, 2][: tree.level], Q, 3, shared=shared, outputs=2)
    weights = {
        name: Q.array([[x * Fraction(10**20, 7) for x in row] for row in m.tolist()]) for name, m in network.weights.items()
    }
    network = Network(tree, weights, 2, shared=shared)
    values = np.random.default_rng(1).integers(-(2**40), 2**40, size=(9, network.modes, 2))
    exact: Any = network.forward(Q.array(values, batch=True)).tolist()
    for p in {LARGEST_PRIME[path], 17, *((2, 3) if path != "bfloat16" else ())}:
        modular = ModularNetwork(network, p, device, path)
        assert modular.forward(values).tolist() == [[residue(x, p) for x in row] for row in exact]
        tensor = np.array(network.tensor(1).tolist(), dtype=object)
        expected = np.vectorize(lambda x, p=p: residue(x, p), otypes=[np.int64])(tensor)
        assert np.array_equal(modular.tensor(1), expected)


def residue(x: Any, p: int) -> int:
    x = Fraction(x)
    return x.numerator * pow(x.denominator, -1, p) % p


def test_extreme_residues_do_not_overflow(device: Any) -> None:
    """All weights and inputs are the residues of largest absolute value, with wide windows."""
    tree = pooling_tree([[0, 1, 2, 3], [4, 5, 6, 7]])
    for path in PATHS:
        if refusal(path, device):
            continue
        p = LARGEST_PRIME[path]
        for extreme in (p // 2, p // 2 + 1):
            shapes = {name: m.shape for name, m in random_network(tree, 3, [40, 50], Q).weights.items()}
            network = Network(tree, {name: Q.array(np.full(shape, extreme)) for name, shape in shapes.items()}, 3)
            values = np.full((4, 8, 3), extreme)
            exact: Any = network.forward(Q.array(values, batch=True)).tolist()
            assert ModularNetwork(network, p, device, path).forward(values).tolist() == [[x % p for x in row] for row in exact]


def test_what_is_not_modular_is_named(device: Any) -> None:
    network = random_network(deep_tree(1), 2, [2], Q, 5)
    with pytest.raises(UsageError, match="takes a batch"):
        ModularNetwork(network, 7, device).forward(np.ones((2, 2), dtype=np.int64))
    with pytest.raises(UsageError, match="product pooling"):
        ModularNetwork(random_network(deep_tree(1), 2, [2], Q, 5, pool="max"), 7, device)
    halves = {name: Q.array([[Fraction(1, 7)] * 2] * m.shape[0]) for name, m in network.weights.items()}
    with pytest.raises(UsageError, match="7 divides"):
        ModularNetwork(Network(network.tree, halves, 2), 7, device)
    with pytest.raises(UsageError, match="at most"):
        ModularNetwork(random_network(deep_tree(4), 4, [2] * 4, Q, 5), 7, device).tensor()


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("seed", range(12))
def test_log_space_twin_on_the_device_is_within_its_bound(dtype: Any, seed: int, device: Any) -> None:
    """Signed weights with zeros, a batch; against the exact circuit, and the bounds are of the size of numpy's."""
    tree = TREES[seed % len(TREES)]
    random = np.random.default_rng(seed)
    shapes = {name: m.shape for name, m in random_network(tree, 2, [3, 2, 2][: tree.level], Q, seed, outputs=2).weights.items()}
    network = Network(tree, {name: Q.array(random.integers(-4, 5, shape)) for name, shape in shapes.items()}, 2)
    values = random.normal(size=(6, network.modes, 2)).astype(dtype)
    values[0, 0] = 0
    exact: Any = network.forward(Q.from_floats(values, batch=True)).tolist()
    held = Signed.of(torch.from_numpy(values).to(device), dtype)
    found = SimNet(network, dtype).forward(held)
    assert all(part.device.type == device.type for part in found)
    for item, row in enumerate(exact):
        for k, value in enumerate(row):
            log, sign, bound = (float(part[item, k]) for part in found)
            if value == 0:
                assert sign == 0 or bound == np.inf
            elif np.isfinite(bound):
                assert sign == (1 if value > 0 else -1)
                with mpmath.workdps(60):
                    wanted = mpmath.log(abs(Fraction(value).numerator)) - mpmath.log(Fraction(value).denominator)
                    assert abs(mpmath.mpf(log) - wanted) <= bound
    plain = SimNet(network, dtype).forward(Signed.of(values, dtype)).bound
    assert np.allclose(np.asarray(found.bound.cpu()), plain, rtol=0.3, atol=1e-30)


def test_log_space_where_the_circuit_has_long_overflowed() -> None:
    device = devices.choose()
    network = random_network(deep_tree(10), 2, [2] * 10, Q, 1, shared=True)
    values = np.abs(np.random.default_rng(0).normal(size=(3, 1024, 2))) + 1
    found = SimNet(network).forward(Signed.of(torch.from_numpy(values).to(device)))
    plain = SimNet(network).forward(Signed.of(values))
    assert not torch.isfinite(to_torch(network)(torch.from_numpy(values))).all()
    assert np.allclose(np.asarray(found.log.cpu()), plain.log, rtol=1e-12) and float(found.relative_error().max()) < 1e-8
