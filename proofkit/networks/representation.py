"""Representation layers: from the patches of an input to the values f_d(x_i) that a network takes.

Patches are an array (.., N, s); a layer gives (.., N, M), computed by numpy. The functions have to be linearly independent, so
that ranks of tensors are ranks of functions; :func:`templates_matrix` shows it: F with F[i, d] = f_d(x^(i)) is invertible.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016), section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError

Floats = NDArray[np.float64]


class Representation(Protocol):
    """M functions of a patch."""

    def __call__(self, patches: Any) -> Floats:
        """Their values: (.., N, s) to (.., N, M)."""
        ...


def _checked(name: str, patches: Any, size: int) -> Floats:
    found = np.asarray(patches, dtype=np.float64)
    if found.ndim < 2 or found.shape[-1] != size:
        raise UsageError(f"{name}: takes patches of {size} numbers, an array (.., N, {size}); got the shape {found.shape}")
    return found


@dataclass(frozen=True, eq=False)
class Gaussian:
    """f_d(x) = the density of a normal distribution with mean ``means[d]`` and variances ``variances[d]``, both M x s."""

    means: Floats
    variances: Floats

    def __post_init__(self) -> None:
        if self.means.ndim != 2 or self.means.shape != self.variances.shape or not (self.variances > 0).all():
            raise UsageError("Gaussian: means and variances are M x s arrays, the variances positive")

    def __call__(self, patches: Any) -> Floats:
        x = _checked("Gaussian", patches, self.means.shape[1])[..., None, :]
        exponents = -0.5 * ((x - self.means) ** 2 / self.variances).sum(axis=-1)
        scale = np.sqrt((2 * np.pi * self.variances).prod(axis=-1))
        return np.asarray(np.exp(exponents) / scale)

    def gram(self) -> Floats:
        """G[c, d] = the integral of f_c f_d over R^s: the density at means[c] - means[d] with the variances added."""
        difference = self.means[:, None, :] - self.means[None, :, :]
        variance = self.variances[:, None, :] + self.variances[None, :, :]
        exponents = -0.5 * (difference**2 / variance).sum(axis=-1)
        return np.asarray(np.exp(exponents) / np.sqrt((2 * np.pi * variance).prod(axis=-1)))


def relu(x: Floats) -> Floats:
    """max(x, 0)."""
    return np.maximum(x, 0.0)


def sigmoid(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * x)))


@dataclass(frozen=True, eq=False)
class Affine:
    """f_d(x) = activation(<weights[d], x> + biases[d]), weights M x s."""

    weights: Floats
    biases: Floats
    activation: Callable[[Floats], Floats] = relu

    def __post_init__(self) -> None:
        if self.weights.ndim != 2 or self.biases.shape != self.weights.shape[:1]:
            raise UsageError("Affine: the weights are an M x s array, with a bias for each row")

    def __call__(self, patches: Any) -> Floats:
        return self.activation(_checked("Affine", patches, self.weights.shape[1]) @ self.weights.T + self.biases)


@dataclass(frozen=True, eq=False)
class Functions:
    """Given functions, each from patches (.., N, s) to (.., N)."""

    functions: Sequence[Callable[[Floats], Floats]]

    def __call__(self, patches: Any) -> Floats:
        x = np.asarray(patches, dtype=np.float64)
        return np.stack([function(x) for function in self.functions], axis=-1)


def templates_matrix(representation: Representation, templates: Any) -> Floats:
    """F with F[i, d] = f_d(x^(i)), for templates of shape (count, s). Independent rows show independent functions."""
    return representation(np.asarray(templates, dtype=np.float64))
