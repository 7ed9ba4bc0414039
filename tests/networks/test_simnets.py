"""SimNets against exact circuits, and the layers against their formulas."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields import FLOAT64, Q
from proofkit.networks import Network, deep_tree, pooling_tree, random_arrays, random_network, shallow_tree
from proofkit.networks.simnets import Signed, SimNet, mex, similarity


def exact_log(value: Fraction) -> Any:
    with mpmath.workdps(60):
        return mpmath.log(abs(value.numerator)) - mpmath.log(value.denominator)


def check(network: Network, values: Any, dtype: Any) -> float:
    """The twin's outputs are within their bounds of the exact circuit; the largest bound."""
    floats = np.array(values, dtype=dtype)
    exact: Any = network.forward(Q.from_floats(floats)).tolist()
    found = SimNet(network, dtype).forward(Signed.of(floats, dtype))
    for k, value in enumerate(exact):
        value = Fraction(value)
        if value == 0:
            assert found.sign[k] == 0 or not math.isfinite(found.bound[k])
        elif math.isfinite(found.bound[k]):
            assert found.sign[k] == (1 if value > 0 else -1)
            assert abs(mpmath.mpf(float(found.log[k])) - exact_log(value)) <= found.bound[k]
    return float(np.max(found.bound))


@given(st.integers(0, 300), st.booleans(), st.sampled_from([np.float64, np.float32]))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_the_twin_is_within_its_bound_of_the_circuit(seed: int, signed: bool, dtype: Any) -> None:
    tree = [deep_tree(2), shallow_tree(3), pooling_tree([[0, 1, 2], [4, 3]])][seed % 3]
    network = random_network(tree, 2, [3, 2][: tree.level], Q, seed, outputs=2)
    weights = random_arrays({name: m.shape for name, m in network.weights.items()}, Q, seed, signed=signed, top=9)
    values = np.random.default_rng(seed).normal(size=(network.modes, 2))
    bound = check(Network(tree, weights, 2), values if signed else np.abs(values), dtype)
    assert signed or bound < 200 * np.finfo(dtype).eps


def test_zeros_are_exact() -> None:
    network = Network(deep_tree(1), {"0": Q.array([[0, 1]]), "1": Q.array([[1, 0]]), "": Q.array([[2], [0]])}, 2)
    found = SimNet(network).forward(Signed.of(np.array([[1.0, 3.0], [5.0, 7.0]])))
    assert found.sign.tolist() == [1, 0] and found.log[1] == -np.inf and found.bound[1] == 0
    assert math.isclose(math.exp(found.log[0]), 30)


def test_cancellation_gives_an_infinite_bound_not_a_wrong_sign() -> None:
    network = Network(shallow_tree(1), {"0": Q.array([[1, -1]]), "": Q.array([[1]])}, 2)
    found = SimNet(network).forward(Signed.of(np.array([[0.1, 0.1]])))
    assert found.bound[0] == np.inf


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_where_the_circuit_has_long_overflowed(dtype: Any) -> None:
    network = random_network(deep_tree(10), 2, [2] * 10, Q, 1, shared=True)
    values = np.abs(np.random.default_rng(0).normal(size=(1024, 2))) + 1
    with np.errstate(over="ignore", invalid="ignore"):
        assert not np.isfinite(network.forward(values)).all()
    assert not np.isfinite(np.asarray(network.over(FLOAT64).forward(FLOAT64.array(values)).planes[1])).all()
    bound = check(network, values, dtype)
    assert bound < (1e-9 if dtype == np.float64 else 1)


@pytest.mark.parametrize("e", [1.0, -2.0, 0.5, math.inf, -math.inf, 0.0])
def test_mex_is_its_formula(e: float) -> None:
    c = np.random.default_rng(1).normal(size=(4, 5))
    limits = {math.inf: c.max(axis=1), -math.inf: c.min(axis=1), 0.0: c.mean(axis=1)}
    expected = limits[e] if e in limits else np.log(np.exp(e * c).mean(axis=1)) / e
    assert np.allclose(mex(c, e), expected)
    for small in (1e-9, -1e-9, 1e-300, -5e-324):
        assert np.allclose(mex(c, small), c.mean(axis=1), rtol=0, atol=1e-8)
    assert (
        mex([-np.inf, 1.0], 1.0) == 1 - np.log(2) and mex([-np.inf, 1.0], -1.0) == -np.inf and mex([np.inf, 1.0], 2.0) == np.inf
    )
    assert np.isfinite(mex(1e5 * c, 1.0)).all()


def test_a_convolution_is_a_mex_layer_in_softmax_mode() -> None:
    weights, channels = np.array([[1.0, 2.0, 0.5]]), np.array([0.3, 4.0, 2.0])
    assert np.allclose(mex(np.log(weights) + np.log(channels), 1.0, softmax=True), np.log(weights @ channels))


@pytest.mark.parametrize("norm", ["l1", "l2"])
def test_similarities_are_log_densities(norm: str) -> None:
    grid = np.linspace(-30, 30, 60001)[None, :, None]
    density = np.exp(similarity(grid, [[0.5]], [[0.7]], norm, normalized=True))
    assert np.allclose(density.sum() * 0.001, 1, atol=1e-4)
    plain = similarity([[[1.0, 2.0]]], [[0.0, 0.0]], [[1.0, 3.0]], norm)
    assert plain[0, 0, 0] == (-7 if norm == "l1" else -13)


@pytest.mark.parametrize(
    "call",
    [
        lambda: mex([1.0], 0.0, softmax=True),
        lambda: mex([1.0], math.nan),
        lambda: mex([], 1.0),
        lambda: similarity([[1.0]], [[0.0]], [[1.0]], "l3"),
        lambda: similarity([[1.0]], [[0.0]], [[-1.0]], normalized=True),
        lambda: SimNet(random_network(deep_tree(1), 2, [2], Q, pool="max")),
        lambda: SimNet(random_network(deep_tree(1), 2, [2], Q)).forward(Signed.of(np.ones((3, 2)))),
    ],
)
def test_mistakes_are_named(call: Any) -> None:
    with pytest.raises(UsageError):
        call()
