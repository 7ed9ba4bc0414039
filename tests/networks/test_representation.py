"""Representation layers against their formulas, and Gram matrices against integration."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from proofkit.errors import UsageError
from proofkit.networks.representation import Affine, Functions, Gaussian, sigmoid, templates_matrix


def test_gaussians_are_densities() -> None:
    layer = Gaussian(np.array([[0.0], [1.0]]), np.array([[1.0], [0.25]]))
    grid = np.linspace(-12, 12, 20001)[:, None]
    values = layer(grid[None])[0]
    step = 24 / 20000
    assert np.allclose(values.sum(axis=0) * step, 1)
    assert np.allclose(values.T @ values * step, layer.gram())


def test_affine_layers_and_given_functions() -> None:
    patches = np.random.default_rng(0).normal(size=(3, 4, 2))
    weights, biases = np.array([[1.0, -1.0], [2.0, 0.5]]), np.array([0.1, -0.2])
    values = Affine(weights, biases)(patches)
    assert values.shape == (3, 4, 2) and (values >= 0).all()
    smooth = Affine(weights, biases, sigmoid)(patches)
    expected = 1 / (1 + np.exp(-(patches[..., 0] - patches[..., 1] + 0.1)))
    assert np.allclose(smooth[..., 0], expected)
    given = Functions([lambda x: x[..., 0], lambda x: x.sum(axis=-1)])(patches)
    assert np.array_equal(given[..., 1], patches.sum(axis=-1))
    assert np.isfinite(sigmoid(np.array([-1e4, 1e4]))).all()


def test_templates_show_independence() -> None:
    layer = Gaussian(np.array([[0.0], [1.0], [2.0]]), np.ones((3, 1)))
    assert abs(np.linalg.det(templates_matrix(layer, [[0.0], [1.0], [2.0]]))) > 1e-3


@pytest.mark.parametrize(
    "call",
    [
        lambda: Gaussian(np.zeros((2, 1)), np.zeros((2, 1))),
        lambda: Affine(np.zeros((2, 3)), np.zeros(3)),
        lambda: Affine(np.zeros((2, 3)), np.zeros(2))(np.zeros((4, 2))),
    ],
)
def test_mistakes_are_named(call: Any) -> None:
    with pytest.raises(UsageError):
        call()
