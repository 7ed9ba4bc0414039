"""Your own network: the exact rank of its tensor across a partition, and what that demands of a shallow network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from math import lcm, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Certificate, digest_of
from proofkit.errors import UsageError
from proofkit.fields import Array
from proofkit.linalg.factorization import Factors, found
from proofkit.linalg.matrices import integer_words
from proofkit.linalg.structured import PoolingMatrix
from proofkit.networks import Network, Node, partition
from proofkit.networks.geometry import Architecture, min_cut
from proofkit.networks.reduction import Reduced, full_size, reduced
from proofkit.ranks import RankResult, rank

_MOST_FORMED = 2**21  # entries, as the judge forms them
_MOST_BITS = 10**9  # of work in a factorization by FLINT: about a second
_PRIME = 8388593
_SHAPE, _CUT, _CORE, _FACTORS = "its shape", "cut", "diagonal core", "a factorization"


class NetworkMatrix:
    """The matricization of one output of a network with rational weights, as a certificate states it."""

    def __init__(self, network: Network, rows: Sequence[int], output: int = 0) -> None:
        self.network, self.row_modes, self.output = network, frozenset(rows), output

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return full_size(self.network, sorted(self.row_modes))

    def claim(self) -> dict[str, Any]:
        """The network, its weights node by node as integers over a denominator, and the rows."""
        weights = {node.name: node_weights(self.network.matrix(node)) for node in self.network.tree.nodes()}
        return {
            "kind": "network", "pool": self.network.pool, "tree": self.network.tree.nested(), "dim": self.network.dimension,
            "seed": "", "weights": weights, "rows": sorted(self.row_modes), "output": self.output,
        }  # fmt: skip

    def scale(self) -> int:
        """What the judge multiplies the matrix by, to compute with integers."""

        def of(node: Node) -> int:
            below = [of(child) for child in node.children]
            return self.network.matrix(node).denominator * (prod(below) if self.network.pool == "product" else lcm(*below))

        return of(self.network.tree)

    def order(self) -> list[int]:
        """The row modes, then the others, in the order of the tree: how rows and columns are numbered."""
        modes = self.network.tree.modes
        return [mode for mode in modes if mode in self.row_modes] + [mode for mode in modes if mode not in self.row_modes]

    def entries(self) -> tuple[NDArray[Any], int]:
        """All entries as integers over one denominator; rows and columns run over the modes in the order of the tree."""
        matrix = self.network.tensor(self.output).transpose(*self.order()).reshape(*self.shape)
        return matrix.planes[0], matrix.denominator


def node_weights(matrix: Array) -> dict[str, Any]:
    """The weights of a node, as a certificate states them."""
    words = integer_words(matrix.planes[0])
    entries = {"type": words.type, "width": words.width, "data": base64.b64encode(words.data).decode()}
    return {"channels": matrix.shape[0], "entries": entries, "denominator": str(matrix.denominator)}


@dataclass(frozen=True)
class WeightsResult:
    """The rank of one output of a network across ``rows`` | ``columns``, and what it demands of shallow networks."""

    network: Network
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    output: int
    rank: RankResult
    cut: int | None  # of a network with product pooling

    @property
    def exact(self) -> bool:
        """Whether the bounds on the rank meet."""
        return self.rank.exact

    @property
    def sealed(self) -> Certificate | None:
        """The certificate, where the judge accepted it."""
        return self.rank.sealed

    @property
    def digest(self) -> str:
        """The digest of the network, rows and output, by which the certificate names its matrix."""
        return digest_of(NetworkMatrix(self.network, self.rows, self.output).claim())

    @property
    def shallow(self) -> str:
        """ "possible", "impossible" with any number of channels, or "undecided", for a shallow network of the same pooling."""
        if self.network.pool != "average":
            return "possible"
        return "impossible" if self.rank.lower > 2 else "undecided"

    @property
    def shallow_channels(self) -> int | None:
        """How many channels a shallow network of the same pooling has at least; None where the rank says nothing.

        Product: the rank (Cohen, Sharir and Shashua, COLT 2016). Max: (rank - 1) / ((M - 1) min(|I|, |J|)), rounded up, as a
        channel adds at most (M - 1) min(|I|, |J|) to 1. Average: every shallow network has rank at most 2 (after Cohen and
        Shashua, ICML 2016, section 5).
        """
        if self.network.pool == "average":
            return None
        if self.network.pool == "product":
            return self.rank.lower
        each = (self.network.dimension - 1) * min(len(self.rows), len(self.columns))
        return -(-max(self.rank.lower - 1, 0) // each) if each else 0

    def content(self) -> dict[str, Any]:
        """The answer as JSON."""
        bounds = {"lower": self.rank.lower, "upper": self.rank.upper, "exact": self.rank.exact}
        return {
            "rank": bounds, "cut": self.cut, "shallow_channels_at_least": self.shallow_channels, "shallow": self.shallow,
            "pool": self.network.pool, "rows": list(self.rows), "columns": list(self.columns), "output": self.output,
            "shape": list(self.rank.shape), "upper_by": self.rank.upper_by, "grade": self.rank.grade, "network": self.digest,
        }  # fmt: skip

    def __str__(self) -> str:
        bounds = f"rank = {self.rank.lower}" if self.rank.exact else f"{self.rank.lower} <= rank <= {self.rank.upper}"
        kind = "coefficient" if self.network.pool == "product" else "grid"
        m, n = self.rank.shape
        where = f"modes {_listed(self.rows)} | {_listed(self.columns)}"
        lines = [f"{self.rank.grade}: {bounds} of the {kind} tensor of output {self.output}, {m} x {n}, {where}, over Q"]
        if self.rank.lower:
            lines.append(f"  from below: {self.rank.lower_by}")
        lines.append(f"  from above: {'the minimum cut of the network' if self.rank.upper_by == _CUT else self.rank.upper_by}")
        lines.append(f"  {self._meaning()}")
        return "\n".join(lines)

    def _meaning(self) -> str:
        if self.network.pool == "average":
            least = "no shallow network with average pooling equals or approximates it, however many channels it has"
            return least if self.shallow == "impossible" else "a rank of at most 2 says nothing of shallow networks"
        channels = self.shallow_channels
        return f"a shallow network with {self.network.pool} pooling needs at least {channels} channels to equal or approximate it"


def _listed(modes: Sequence[int]) -> str:
    return ",".join(map(str, modes)) or "none"


def weights(network: Network, rows: Sequence[int] | None = None, output: int = 0) -> WeightsResult:
    """The rank over Q of one output's tensor across ``rows`` (default: 0, 2, 4, ..) | the other modes, put before the judge.

    Product pooling: the coefficient tensor; max and average pooling: the grid tensor. Raises :class:`UsageError` for rows or an
    output that the network does not have, and for a matrix that is too large;
    :class:`proofkit.certificates.Refused` should the judge refuse what was computed.
    """
    chosen, others = partition(network.tree, rows)
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    cut = min_cut(Architecture.of(network), chosen).size if network.pool == "product" else None
    bounds = rank_bounds(NetworkMatrix(network, chosen, output), cut)
    return WeightsResult(network, chosen, others, output, bounds.verify(), cut)


def rank_bounds(matrix: NetworkMatrix, cut: int | None) -> RankResult:
    """Certain bounds, not yet judged: a minor of a reduced matrix, or the nonzeros of a diagonal core, from below; the least of
    shape, cut, factorization and core from above."""
    network, rows = matrix.network, sorted(matrix.row_modes)
    try:
        small = reduced(network, rows, matrix.output)
    except UsageError:
        if network.pool != "product":
            raise
        return _never_formed(matrix, cut)
    below = rank(small.matrix * matrix.scale(), seed=0)  # the very integers of the judge, for which solutions are
    places = (tuple(small.rows[i] for i in below.rows), tuple(small.columns[j] for j in below.columns))
    upper, by = _least(matrix.shape, cut)
    if below.upper < upper:
        factors = _factors(matrix, small, below)
        if factors is not None:
            return below.of(matrix, below.upper, _FACTORS, places, factors)
    return below.of(matrix, upper, by, places)


def _least(shape: tuple[int, int], cut: int | None) -> tuple[int, str]:
    size = min(shape)
    return (cut, _CUT) if cut is not None and cut < size else (size, _SHAPE)


def _never_formed(matrix: NetworkMatrix, cut: int | None) -> RankResult:
    """By the diagonal core, where every window of leaves has one row mode and the leaves have full rank."""
    network = matrix.network
    integral = {node.name: network.matrix(node).planes[0] for node in network.tree.nodes()}
    operator = PoolingMatrix(network.tree.nested(), network.dimension, integral, sorted(matrix.row_modes), matrix.output)
    m, n = matrix.shape
    if not operator.has_diagonal_core() or not operator.leaves_have_full_rank(_PRIME):
        raise UsageError(f"a {m} x {n} matricization is too large; only one with a diagonal core is found without forming it")
    found_core = rank(operator, seed=0)
    upper, by = _least(matrix.shape, cut)
    core_upper = found_core.upper if found_core.upper_by == _CORE else upper
    return found_core.of(matrix, core_upper, _CORE) if core_upper < upper else found_core.of(matrix, upper, by)


def _factors(matrix: NetworkMatrix, small: Reduced, below: RankResult) -> Factors | None:
    """The whole matrix as a product through the pivot columns, where the judge can form it and small fractions give one."""
    m, n = matrix.shape
    if m * n > _MOST_FORMED or below.upper != below.lower:
        return None
    entries, denominator = matrix.entries()
    if not below.lower:
        return Factors(np.zeros((m, 0), dtype=np.int64), np.zeros((0, n), dtype=np.int64), 1)
    places = [small.rows[i] for i in below.rows], tuple(small.columns[j] for j in below.columns)
    factors = found(entries, tuple(places[0]), places[1])
    if factors is None and below.lower**2 * n * max(int(x).bit_length() for x in entries.flat) < _MOST_BITS:
        factors = _solved(entries, places[0], list(places[1]))
    return None if factors is None else factors._replace(denominator=factors.denominator * denominator)


def _solved(entries: NDArray[Any], rows: list[int], columns: list[int]) -> Factors | None:
    """A[:, J] A[I, J]^-1 A[I, :] by FLINT."""
    from proofkit.fields import Q
    from proofkit.linalg.exact import solve

    right = solve(Q.array(entries[np.ix_(rows, columns)]), Q.array(entries[rows]))
    return Factors(entries[:, columns], right.planes[0], right.denominator)
