"""Tensors as networks, exactly: every tensor over Q is a sum of rank-one tensors and a hierarchical Tucker tensor.

The shallow network with M^(N - 1) channels and the deep one with as many channels as the products of its children's span are
universal (unshared weights). :func:`hierarchical_tucker` finds the smallest spans, so that the channel counts are ranks of
matricizations; it takes rows and columns with nonzero minors instead of singular vectors, and stays in Q.

Sources: N. Cohen, O. Sharir, A. Shashua (COLT 2016), section 3; W. Hackbusch, S. Kuehn, A new scheme for the tensor
representation, J. Fourier Anal. Appl. 15 (2009), for hierarchical Tucker.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from proofkit import tensors
from proofkit.errors import UsageError
from proofkit.fields import Array, Q
from proofkit.linalg.exact import inverse, rank, rank_profile
from proofkit.networks.network import MAX_ENTRIES, Network
from proofkit.networks.trees import Node, shallow_tree


def cp_network(factors: Sequence[Array], weights: Array) -> Network:
    """The shallow network of sum_z c_z a_(1, z) (x) .. (x) a_(N, z): ``factors[i]`` is M x Z, ``weights`` the vector c.

    Raises :class:`UsageError` for shapes that do not fit.
    """
    leaves = {str(i): factor.T for i, factor in enumerate(factors)}
    dim = factors[0].shape[0] if factors else 0
    return Network(shallow_tree(len(factors)), {**leaves, "": weights.reshape(1, weights.size)}, dim)


def cp_factors(network: Network) -> tuple[list[Array], Array]:
    """The factors (M x Z each) and weights of a shallow network with product pooling and one output; the way back.

    Raises :class:`UsageError` for other networks.
    """
    if network.tree.level != 1 or network.pool != "product" or network.outputs != 1:
        raise UsageError("cp_factors: takes a shallow network with product pooling and one output")
    leaves = {leaf.mode: network.matrix(leaf).T for leaf in network.tree.children}
    output = network.matrix(network.tree)
    return [leaves[mode] for mode in range(network.modes)], output.reshape(output.shape[1])


def cp_of(tensor: Array) -> Network:
    """A shallow network with M^(N - 1) channels that has the given tensor: one for each index of all modes but the first."""
    shape = _cubic(tensor)
    places = list(itertools.product(*(range(n) for n in shape[1:])))
    first = tensor.reshape(shape[0], len(places))
    units = [Q.array([[int(place[k] == d) for place in places] for d in range(n)]) for k, n in enumerate(shape[1:])]
    return cp_network([first, *units], Q.ones(len(places)))


def hierarchical_tucker(tensor: Array, tree: Node) -> Network:
    """A network with product pooling over the tree that has the given tensor over Q, exactly.

    The channels of a node span what the matricization (its modes | others) needs, rank many; the children of a window have a
    channel for each combination of theirs. Raises :class:`UsageError` for other number systems, for modes of different sizes,
    for a tree of another number of modes, and where a window would take too many channels.
    """
    shape = _cubic(tensor)
    if len(tree.modes) != len(shape):
        raise UsageError(f"hierarchical_tucker: a tensor of {len(shape)} modes over a tree of {len(tree.modes)}")
    spans = {node.name: _span(tensor, node) for node in tree.nodes() if node.name}
    weights: dict[str, Array] = {}
    for window in tree.windows():
        ranks = [len(spans[child.name].rows) for child in window.children]
        if prod(ranks) * max(shape) > MAX_ENTRIES // 100:
            raise UsageError(f"hierarchical_tucker: node {window.name!r} needs {prod(ranks)} channels")
        for place, child in enumerate(window.children):
            choice = [combination[place] for combination in itertools.product(*(range(r) for r in ranks))]
            weights[child.name] = _matrix(child, spans, tensor).mapped(lambda plane, at=choice: plane[at], None)  # type: ignore[misc]
    weights[""] = _matrix(tree, spans, tensor)
    return Network(tree, weights, shape[0])


@dataclass(frozen=True, eq=False)
class _Span:
    """A basis U (M^k x r) of the columns of a matricization, with U[rows] the identity."""

    basis: Array
    rows: tuple[int, ...]


def _span(tensor: Array, node: Node) -> _Span:
    others = [mode for mode in range(tensor.ndim) if mode not in node.modes]
    matrix = tensors.matricize(tensor, node.modes, others)
    profile = rank_profile(matrix)
    if len(profile.rows) != rank(matrix):
        raise UsageError(f"hierarchical_tucker: the rank at node {node.name!r} is not that modulo a prime; scale the tensor")
    if not profile.rows:
        return _Span(Q.eye(matrix.shape[0], 1), (0,))
    columns = matrix.mapped(lambda plane: plane[:, list(profile.columns)], None)
    return _Span(tensors.matmul(columns, inverse(columns.mapped(lambda plane: plane[list(profile.rows)], None))), profile.rows)


def _matrix(node: Node, spans: dict[str, _Span], tensor: Array) -> Array:
    """The weights of a node: its basis (at the root, the tensor) at the rows that its children's bases are the identity on."""
    basis = spans[node.name].basis if node.name else tensor.transpose(*node.modes).reshape(tensor.size, 1)
    if not node.children:
        return basis.T
    dim = tensor.shape[0]
    rows = [0]
    for child in node.children:
        size = dim ** len(child.modes)
        rows = [row * size + below for row in rows for below in spans[child.name].rows]
    return basis.mapped(lambda plane: plane[np.array(rows)], None).T


def _cubic(tensor: Array) -> tuple[int, ...]:
    shape = tensor.shape
    if tensor.system != Q or not shape or len(set(shape)) != 1:
        raise UsageError(f"takes a tensor over Q with modes of one size, got {tensor.system.name} of shape {shape}")
    return shape
