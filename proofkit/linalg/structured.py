"""Matricizations of networks with product pooling, as linear operators that are never formed.

The coefficient tensor of such a network is a hierarchical Tucker tensor over a pooling tree. Across any partition of its modes
the matricization is a sum over channels of Kronecker products of the children's matricizations (N. Cohen, O. Sharir, A. Shashua,
COLT 2016), so that it is applied to a vector in about 4 r n^1.5 operations. Its rank is

- the number of nonzeros of a diagonal, where every window of leaves has one row mode and one column mode and the leaves have
  full rank: A = (kron of U^T) D (kron of U);
- bounded from below by the degree of the minimal generator of u' A^i v, i >= 1, whatever u and v (D. Wiedemann, Solving sparse
  linear equations over finite fields, IEEE Trans. Inf. Theory 32, 1986);
- found by forming it, where that is cheaper.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.fields.budget import residues
from proofkit.linalg import exact
from proofkit.linalg.elimination import multiply
from proofkit.linalg.matrices import integer_words

Tree: TypeAlias = Any  # a mode, or a list of trees
Residues: TypeAlias = NDArray[np.int64]

MOST_ENTRIES = 2**31  # of a matricization that is formed


class PoolingMatrix:
    """The matricization ``rows`` | other modes of one output of a network with product pooling.

    ``tree`` nests lists of mode numbers, counted from 0; ``weights[name]`` is the matrix of a node, one row an output channel, by
    its path from the root ("" the root, "0/1" the second child of its first child); a leaf's matrix has ``dim`` columns. The
    weights may instead be drawn by ``seed``: then ``weights[name]`` is a number of channels. Row and column indices run over the
    modes in the tree's order, first slowest. Entries are integers.
    """

    def __init__(
        self,
        tree: Tree,
        dim: int,
        weights: Mapping[str, Any],
        rows: Sequence[int],
        output: int = 0,
        seed: str = "",
    ) -> None:
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
            weights[name] = {"channels": matrix.shape[0], "entries": {} if self.seed else held, "denominator": "1"}
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
        product = self._pooled([self._channels(child, path, p) for child, path in zip(node, self._paths(node, name))], p)
        return multiply(weights, product.reshape(len(product), -1), p).reshape(len(weights), *product.shape[1:])

    @staticmethod
    def _pooled(children: list[Residues], p: int) -> Residues:
        """The Kronecker products of the children's matricizations, channel by channel."""
        product = children[0]
        for child in children[1:]:
            joined = product[:, :, None, :, None] * child[:, None, :, None, :] % p
            product = joined.reshape(len(joined), joined.shape[1] * joined.shape[2], -1)
        return product

    def operator(self, p: int) -> Operator:
        """The matrix mod p, as an operator."""
        if isinstance(self.tree, int):
            raise UsageError("a network has a node")
        children = [self._channels(child, path, p) for child, path in zip(self.tree, self._paths(self.tree, ""))]
        return Operator(children, (self.weights[""][self.output] % p).astype(np.int64), p)

    def formed(self, p: int) -> Residues:
        """All entries mod p. Raises :class:`UsageError` for more than 2^31."""
        m, n = self.shape
        if m * n > MOST_ENTRIES:
            raise UsageError(f"a {m} x {n} matricization is not formed")
        operator = self.operator(p)
        total: Residues = np.zeros((m, n), dtype=np.int64)
        for channel, weight in enumerate(operator.weights):
            factors = [child[channel : channel + 1] for child in operator.children]
            total += self._pooled(factors, p)[0] * weight % p
        total %= p
        return total

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


class Operator:
    """Sum over channels a of w_a (F_1a kron .. kron F_qa) mod p < 2^25, applied to vectors."""

    def __init__(self, children: list[Residues], weights: Residues, p: int) -> None:
        self.children, self.weights, self.p = children, weights, p
        self.shape = (math.prod(c.shape[1] for c in children), math.prod(c.shape[2] for c in children))
        scaled = [children[0] * weights[:, None, None] % p, *children[1:]]
        self.factors = [self._balanced(child) for child in scaled]
        # Sums of products of balanced residues in float64, reduced before the next product.
        self.exact = all(residues(p, "float64").chunk >= child.shape[2] for child in children)

    def operations(self) -> int:
        """Multiplications of one application."""
        total, size = 0, self.shape[1]
        for child in self.children:
            total += len(child) * size * child.shape[1]
            size = size // child.shape[2] * child.shape[1]
        return total

    def __matmul__(self, vector: Residues) -> Residues:
        """A x mod p for one vector of residues: each factor is applied to the first axis, which then becomes the last."""
        x = self._balanced(vector)[None, :]
        for factor in self.factors:
            product = self._times(factor, x.reshape(len(x), factor.shape[2], -1))
            x = product.transpose(0, 2, 1).reshape(len(product), -1)
        return np.asarray(x.sum(axis=0).astype(np.int64) % self.p)

    def _balanced(self, x: Residues) -> NDArray[np.float64]:
        return np.where(x > self.p // 2, x - self.p, x).astype(np.float64)

    def _times(self, factors: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
        """A product for each channel; x is the same for all where it has one."""
        if not self.exact:
            every = np.broadcast_to(x, (len(factors), *x.shape[1:]))
            return np.stack([self._balanced(multiply(one, other, self.p)) for one, other in zip(factors, every)])
        product: NDArray[np.float64] = np.matmul(factors, x)
        product -= np.rint(product * (1 / self.p)) * self.p
        return product


def drawn_weights(seed: str, name: str, channels: int, width: int) -> NDArray[Any]:
    """The weights of a node that a seed stands for: 16-bit words of SHAKE-256 of the seed and the node's name."""
    text = json.dumps({"node": name, "seed": seed, "tag": "proofkit/weights/1"}, separators=(",", ":")) + "\n"
    stream = hashlib.shake_256(text.encode())
    return np.frombuffer(stream.digest(2 * channels * width), dtype="<i2").reshape(channels, width).astype(object)


def generator(sequence: Sequence[int], p: int) -> list[int]:
    """The minimal generator c_0 = 1, c_1, ... with sum c_j s_(i-j) = 0 (J. L. Massey, 1969), O(n^2)."""
    s = np.array(sequence, dtype=np.int64)
    current, previous = np.zeros(len(s) + 1, dtype=np.int64), np.zeros(len(s) + 1, dtype=np.int64)
    current[0] = previous[0] = 1
    length, gap, last = 0, 1, 1
    for i in range(len(s)):
        terms = current[: length + 1] * s[i - length : i + 1][::-1] % p
        discrepancy = int(terms.sum()) % p
        if discrepancy == 0:
            gap += 1
            continue
        scale = discrepancy * pow(last, -1, p) % p
        held = current.copy() if 2 * length <= i else None
        current[gap:] = (current[gap:] - scale * previous[: len(previous) - gap]) % p
        if held is None:
            gap += 1
        else:
            length, previous, last, gap = i + 1 - length, held, discrepancy, 1
    return [int(c) for c in current[: length + 1]]


def wiedemann_rank(operator: Operator, seed: int = 0) -> int:
    """A certain lower bound on the rank mod p of a square operator, the rank itself with probability about 1 - 2n/p.

    Let B = A D for a random diagonal D without zeros, so that rank B = rank A. The image of B has that dimension and B maps it
    into itself, so the minimal polynomial of B on it has at most that degree, and it generates u' B^i v, i >= 1, whatever u and
    v. 2n applications.
    """
    n, p = operator.shape[1], operator.p
    random = np.random.default_rng(seed)
    diagonal = random.integers(1, p, n)
    u, v = random.integers(0, p, n), random.integers(0, p, n)
    sequence = []
    for _ in range(2 * n):
        v = operator @ (v * diagonal % p)
        sequence.append(_dot(u, v, p))
    return len(generator(sequence, p)) - 1


def wiedemann_solve(operator: Operator, right_side: Residues, seed: int = 0) -> Residues | None:
    """x with A x = b mod p for a square nonsingular operator, by the minimal polynomial of b; None where the draw was unlucky.

    The solution is checked before it is returned. 3n applications.
    """
    n, p = operator.shape[1], operator.p
    u = np.random.default_rng(seed).integers(0, p, n)
    sequence, v = [], right_side % p
    for _ in range(2 * n):
        sequence.append(_dot(u, v, p))
        v = operator @ v
    polynomial = generator(sequence, p)
    # sum c_j A^(d-j) b = 0, so A (sum_{j<d} c_j A^(d-1-j) b) = -c_d b.
    if polynomial[-1] == 0:
        return None
    x = np.zeros(n, dtype=np.int64)
    for c in polynomial[:-1]:
        x = (operator @ x + c * right_side) % p
    x = x * (-pow(polynomial[-1], -1, p) % p) % p
    return x if np.array_equal(operator @ x, right_side % p) else None


def _dot(u: Residues, v: Residues, p: int) -> int:
    return int((u * v % p).sum()) % p
