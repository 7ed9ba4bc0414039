"""How far a network is from every shallow network with few channels, in the norm of tensors or of functions.

A shallow network with Z channels has rank at most Z across every partition, so by Eckart and Young it is at least
(sum of the squares of the singular values beyond the first Z)^(1/2) away. With the Gram matrix G of the representation the
same bound holds for functions, against Z products of arbitrary square-integrable functions. Singular values are computed in
floating point and lowered by a margin; :func:`proofkit.certify.distance` certifies such a distance.

Source: N. Cohen, O. Sharir, A. Shashua (COLT 2016), appendix; C. Eckart, G. Young (Psychometrika, 1936).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.linalg.products import blas_threads
from proofkit.networks.geometry import halves
from proofkit.networks.network import Network
from proofkit.networks.trees import partition

Floats = NDArray[np.float64]


class Distance(NamedTuple):
    """A lower bound on the distance, and the partition that gives it."""

    distance: float
    rows: tuple[int, ...]


def distance_to_shallow(
    network: Network,
    channels: int,
    *,
    gram: Any = None,
    partitions: Iterable[Sequence[int]] | None = None,
    output: int = 0,
) -> Distance:
    """A lower bound on how far an output's tensor (Frobenius norm) or, with the M x M Gram matrix of the representation, its
    function (L2 norm) is from all that a shallow network with ``channels`` channels computes: the best over ``partitions``
    (default: all halves).

    Raises :class:`UsageError` for rectifiers, for a Gram matrix that is not symmetric and positive definite, for large tensors.
    """
    if network.pool != "product":
        raise UsageError("distance_to_shallow: for networks with product pooling")
    if channels < 0:
        raise UsageError(f"distance_to_shallow: {channels} channels")
    tensor = network.rounded_tensor(output)
    if gram is not None:
        tensor = _transformed(tensor, square_root(gram, network.dimension))
    chosen = halves(network.modes) if partitions is None and network.modes > 1 else partitions or [()]
    with blas_threads(1):
        found = [Distance(_tail(_matrix(network, tensor, rows), channels), tuple(rows)) for rows in chosen]
    return max(found, key=lambda each: each.distance)


def square_root(gram: Any, dim: int) -> Floats:
    """G^(1/2). Raises :class:`UsageError` where G is not an M x M positive definite symmetric matrix: dependent functions."""
    g = np.asarray(gram, dtype=np.float64)
    if g.shape != (dim, dim) or not np.allclose(g, g.T):
        raise UsageError(f"gram: a symmetric {dim} x {dim} matrix is needed, got the shape {g.shape}")
    values, vectors = np.linalg.eigh(g)
    if values[0] <= dim * np.finfo(float).eps * values[-1]:
        raise UsageError("gram: not positive definite: the functions are linearly dependent; leave out those that others give")
    return np.asarray((vectors * np.sqrt(values)) @ vectors.T)


def _transformed(tensor: Floats, root: Floats) -> Floats:
    for _ in range(tensor.ndim):  # each step moves the first mode to the end
        tensor = np.tensordot(tensor, root, axes=(0, 0))
    return tensor


def _matrix(network: Network, tensor: Floats, rows: Sequence[int]) -> Floats:
    inside, others = partition(network.tree, rows)
    size = network.dimension ** len(inside)
    return tensor.transpose(*inside, *others).reshape(size, -1)


def _tail(matrix: Floats, channels: int) -> float:
    """(sum_(i > Z) sigma_i^2)^(1/2), each singular value lowered by what its computation may have added."""
    values = np.linalg.svd(matrix, compute_uv=False)
    margin = 8 * max(matrix.shape) * np.finfo(float).eps * (values[0] if values.size else 0.0)
    return float(np.sqrt((np.maximum(values[channels:] - margin, 0) ** 2).sum()))
