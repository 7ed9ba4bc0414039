"""Matricizations of networks with product pooling, as linear operators that are never formed.

The coefficient tensor of such a network is a hierarchical Tucker tensor over a pooling tree. Across any partition of its modes
the matricization is a sum over channels of Kronecker products of the children's matricizations (N. Cohen, O. Sharir, A. Shashua,
COLT 2016), so that it is applied to a vector in about 4 r n^1.5 operations. Its rank is

- the number of nonzeros of a diagonal, where every window of leaves has one row mode and one column mode and the leaves have
  full rank: A = (kron of U^T) D (kron of U);
- bounded from below by the block Hankel matrices of U' A^i V, i >= 1, whatever U and V (``linalg.wiedemann``);
- found by forming it, where that is cheaper.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.linalg import exact
from proofkit.linalg.elimination import multiply
from proofkit.linalg.matrices import integer_words
from proofkit.linalg.operators import Blocks, Operator, kron_channels

Tree: TypeAlias = Any  # a mode, or a list of trees
Residues: TypeAlias = NDArray[np.int64]

MOST_ENTRIES = 2**31  # of a matricization that is formed


class PoolingMatrix:
    """The matricization ``rows`` | other modes of one output of a network with product pooling.

    ``tree`` nests lists of mode numbers, counted from 0; ``weights[name]`` is the matrix of a node, one row an output channel, by
    its path from the root ("" the root, "0/1" the second child of its first child); a leaf's matrix has ``dim`` columns. The
    weights may instead be drawn by ``seed``: then ``weights[name]`` is a number of channels. Row and column indices run over the
    modes in the tree's order, first slowest. Entries are integers, over ``denominators`` of nodes that a certificate states and
    that the rank does not depend on: everything here is about the integers.
    """

    def __init__(
        self,
        tree: Tree,
        dim: int,
        weights: Mapping[str, Any],
        rows: Sequence[int],
        output: int = 0,
        seed: str = "",
        denominators: Mapping[str, int] | None = None,
    ) -> None:
        self.denominators = denominators or {}
        self.tree, self.dim, self.output, self.seed = tree, dim, output, seed
        self.row_modes = frozenset(rows)
        self.weights: dict[str, NDArray[Any]] = {}
        self.modes: list[int] = []
        channels = self._read(tree, "", weights)
        if sorted(self.modes) != list(range(len(self.modes))) or not self.row_modes <= set(self.modes):
            raise UsageError("a pooling tree has the modes 0, 1, ..., each once, and rows are some of them")
        if not 0 <= output < channels:
            raise UsageError(f"output {output}: the network has the outputs 0 .. {channels - 1}")

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.dim ** len(self.row_modes), self.dim ** (len(self.modes) - len(self.row_modes))

    def _read(self, node: Tree, name: str, weights: Mapping[str, Any]) -> int:
        if isinstance(node, int):
            self.modes.append(node)
            width = self.dim
        else:
            counts = {self._read(child, path, weights) for child, path in zip(node, self._paths(node, name))}
            if len(counts) != 1:
                raise UsageError(f"node {name!r}: its children have different numbers of channels {sorted(counts)}")
            width = counts.pop()
        if name not in weights:
            raise UsageError(f"node {name!r}: its weights are missing")
        if self.seed:
            matrix = drawn_weights(self.seed, name, int(weights[name]), width)
        else:
            matrix = np.array(weights[name], dtype=object)
            if matrix.ndim != 2 or not all(isinstance(x, int | np.integer) for x in matrix.flat):
                raise UsageError(f"node {name!r}: its weights are a matrix of integers")
        if matrix.shape[1] != width:
            raise UsageError(f"node {name!r}: its weights have {matrix.shape[1]} columns, its input {width} channels")
        self.weights[name] = matrix
        return int(matrix.shape[0])

    @staticmethod
    def _paths(node: Tree, name: str) -> list[str]:
        return [f"{name}/{i}" if name else str(i) for i in range(len(node))]

    def claim(self) -> dict[str, Any]:
        """The recipe, as a certificate states the matrix."""
        weights = {}
        for name, matrix in self.weights.items():
            words = integer_words(matrix)
            held = {"type": words.type, "width": words.width, "data": base64.b64encode(words.data).decode()}
            weights[name] = {"channels": matrix.shape[0], "entries": {} if self.seed else held}
            weights[name]["denominator"] = str(self.denominators.get(name, 1))
        return {
            "kind": "network",
            "pool": "product",
            "tree": self.tree,
            "dim": self.dim,
            "seed": self.seed,
            "weights": weights,
            "rows": sorted(self.row_modes),
            "output": self.output,
        }

    def _channels(self, node: Tree, name: str, p: int) -> Residues:
        """Every channel of a node, matricized mod p: an array (channels, rows, columns)."""
        weights = (self.weights[name] % p).astype(np.int64)
        if isinstance(node, int):
            return weights[:, :, None] if node in self.row_modes else weights[:, None, :]
        children = [self._channels(child, path, p) for child, path in zip(node, self._paths(node, name))]
        product = functools.reduce(functools.partial(kron_channels, p=p), children)
        return multiply(weights, product.reshape(len(product), -1), p).reshape(len(weights), *product.shape[1:])

    def operator(self, p: int, engine: Blocks | None = None) -> Operator:
        """The matrix mod p, as an operator on blocks of vectors, which the engine computes.

        The root's children are formed; the tree below them is not used. At n = 65536 with 5 channels it would save six of seven
        multiplications, but in products of inner size 16 instead of 256 and in six passes over 5 blocks of vectors, not two. On
        one thread that took 1.3 times (float64) and 10 times (bytes) as long, at n = 4096 3 and 4 times.
        """
        if isinstance(self.tree, int):
            raise UsageError("a network has a node")
        children = [self._channels(child, path, p) for child, path in zip(self.tree, self._paths(self.tree, ""))]
        return Operator(children, (self.weights[""][self.output] % p).astype(np.int64), p, engine)

    def formed(self, p: int) -> Residues:
        """All entries mod p. Raises :class:`UsageError` for more than 2^31."""
        m, n = self.shape
        if m * n > MOST_ENTRIES:
            raise UsageError(f"a {m} x {n} matricization is not formed")
        return self.operator(p).formed().astype(np.int64) % p

    def has_diagonal_core(self) -> bool:
        """Whether every window of leaves has one row mode and one column mode."""
        return not isinstance(self.tree, int) and self._core_windows(self.tree)

    def _core_windows(self, node: Tree) -> bool:
        if any(isinstance(child, int) for child in node):
            return len(node) == 2 and all(isinstance(child, int) for child in node) and len(self.row_modes & set(node)) == 1
        return all(self._core_windows(child) for child in node)

    def core(self, p: int) -> Residues:
        """The diagonal mod p of A = (kron of U^T) D (kron of U)."""
        weights = (self.weights[""][[self.output]] % p).astype(np.int64)
        return np.asarray(self._diagonal(self.tree, "", weights, p)[0])

    def _diagonal(self, node: Tree, name: str, weights: Residues, p: int) -> Residues:
        """The diagonals of a node's channels, a channel at a time so that no more than one product is held."""
        if isinstance(node[0], int):
            return weights
        below = [
            self._diagonal(child, path, (self.weights[path] % p).astype(np.int64), p)
            for child, path in zip(node, self._paths(node, name))
        ]
        total = np.zeros((len(weights), math.prod(part.shape[1] for part in below)), dtype=np.int64)
        for channel in range(weights.shape[1]):
            product = below[0][channel]
            for part in below[1:]:
                product = (product[:, None] * part[channel] % p).reshape(-1)
            for row, weight in zip(total, weights[:, channel]):
                row += product * weight % p
        return total % p

    def leaves_have_full_rank(self, p: int) -> bool:
        """Whether every leaf's matrix has as many independent rows as channels, mod p < 2^64."""
        leaves = [matrix for name, matrix in self.weights.items() if self._is_leaf(name)]
        return all(exact.rank_modulo(Q.array(matrix), p) == matrix.shape[0] for matrix in leaves)

    def _is_leaf(self, name: str) -> bool:
        node = self.tree
        for step in filter(None, name.split("/")):
            node = node[int(step)]
        return isinstance(node, int)

    def core_zeros(self, places: NDArray[Any]) -> int:
        """How many entries of the diagonal are zero over Z, among those at the given places."""
        return int((self._entries_of_core(self.tree, "", places)[0][self.output] == 0).sum())

    def _entries_of_core(self, node: Tree, name: str, places: NDArray[Any]) -> tuple[NDArray[Any], int]:
        """Entries of the diagonals of a node's channels at some places, and their number; the last child varies fastest."""
        weights = self.weights[name].astype(object)
        if isinstance(node[0], int):
            return weights[:, places % weights.shape[1]], int(weights.shape[1])
        product, size = np.ones((weights.shape[1], places.size), dtype=object), 1
        for child, path in reversed(list(zip(node, self._paths(node, name)))):
            entries, count = self._entries_of_core(child, path, places // size)
            product, size = product * entries, size * count
        return weights.dot(product), size


def drawn_weights(seed: str, name: str, channels: int, width: int) -> NDArray[Any]:
    """The weights of a node that a seed stands for: 16-bit words of SHAKE-256 of the seed and the node's name."""
    text = json.dumps({"node": name, "seed": seed, "tag": "proofkit/weights/1"}, separators=(",", ":")) + "\n"
    stream = hashlib.shake_256(text.encode())
    return np.frombuffer(stream.digest(2 * channels * width), dtype="<i2").reshape(channels, width).astype(object)
