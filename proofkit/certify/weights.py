"""Your own network: the exact rank of its tensor across a partition, and what that demands of a shallow network."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from proofkit.certificates import Certificate, digest_of
from proofkit.certify.distance import DistanceResult, NothingShown, best_rows, distance
from proofkit.certify.matrix import MOST_FORMED, NetworkMatrix
from proofkit.errors import UsageError
from proofkit.fields import GF, Q
from proofkit.fields.exact import integer_scaled
from proofkit.linalg.exact import rank_factorization
from proofkit.linalg.factorization import Factors, primes_below
from proofkit.linalg.structured import PoolingMatrix
from proofkit.networks import Network, partition
from proofkit.networks.geometry import Architecture, min_cut, weighted_cut
from proofkit.networks.reduction import reduced
from proofkit.ranks import RankResult, rank, spans

_MOST_BITS = 10**8  # of work in a factorization by FLINT: some tenths of a second
_MOST_MEASURED = 2**14  # entries of a matrix whose distance is certified without being asked for
_PRIME = 8388593
_SHAPE, _CUT, _CORE, _FACTORS, _PRIMES = "its shape", "cut", "diagonal core", "a factorization", "hashed primes"


@dataclass(frozen=True)
class WeightsResult:
    """The rank of one output of a network across ``rows`` | ``columns``, and what it demands of shallow networks."""

    network: Network
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    output: int
    rank: RankResult
    cut: int | None  # of a network with product pooling
    distance: DistanceResult | None = None
    missing: str = ""  # why a distance that was asked for is not shown

    @property
    def exact(self) -> bool:
        """Whether the bounds on the rank meet, and a distance is shown if one was asked for."""
        return self.rank.exact and not self.missing

    @property
    def sealed(self) -> Certificate | None:
        """The certificate of the rank."""
        return self.rank.sealed

    @property
    def further(self) -> dict[str, Certificate]:
        """The certificate of the distance, by what is added to the name of the file."""
        return {} if self.distance is None else {".distance": self.distance.sealed}

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

    def demanded(self) -> int:
        """The least number of channels that the rank does not rule out, as far as it rules out any; average pooling: 1, all."""
        return self.shallow_channels or 0 if self.network.pool != "average" else int(self.shallow == "impossible")

    def content(self) -> dict[str, Any]:
        """The answer as JSON."""
        bounds = {"lower": self.rank.lower, "upper": self.rank.upper, "exact": self.rank.exact}
        return {
            "rank": bounds, "cut": self.cut, "shallow_channels_at_least": self.shallow_channels, "shallow": self.shallow,
            "pool": self.network.pool, "rows": list(self.rows), "columns": list(self.columns), "output": self.output,
            "shape": list(self.rank.shape), "upper_by": self.rank.upper_by, "grade": self.rank.grade, "network": self.digest,
            "distance": None if self.distance is None else self.distance.content(),
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
        lines.extend([str(self.distance)] if self.distance else [f"undecided: {self.missing}"] if self.missing else [])
        return "\n".join(lines)

    def _meaning(self) -> str:
        if self.network.pool == "average":
            least = "no shallow network with average pooling equals or approximates it, however many channels it has"
            return least if self.shallow == "impossible" else "a rank of at most 2 says nothing of shallow networks"
        channels = self.shallow_channels
        return f"a shallow network with {self.network.pool} pooling needs at least {channels} channels to equal or approximate it"


def _listed(modes: Sequence[int]) -> str:
    return ",".join(map(str, modes)) or "none"


def weights(
    network: Network,
    rows: Sequence[int] | None = None,
    output: int = 0,
    *,
    channels: int | None = None,
    gram: Any = None,
) -> WeightsResult:
    """The rank over Q of one output's tensor across ``rows`` (default: 0, 2, 4, ..) | the other modes, put before the judge.

    Product pooling: the coefficient tensor; max and average pooling: the grid tensor. And how far it is from all shallow networks
    with fewer than ``channels`` channels, as :func:`proofkit.certify.distance` says, ``rows`` then being by default the best; by
    default, of tensors with at most 2^14 entries, with fewer than the rank demands. Raises :class:`UsageError` for rows or an
    output that the network does not have, and for a matrix that is too large;
    :class:`proofkit.certificates.Refused` should the judge refuse what was computed.
    """
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    if channels is not None and rows is None:
        rows = best_rows(network, channels, gram, output)
    found = _of_rank(network, rows, output)
    fewer = channels or (found.demanded() if prod(found.rank.shape) <= _MOST_MEASURED else 0)
    if not fewer and channels is None:
        return found
    try:
        return replace(found, distance=distance(network, fewer, found.rows, gram=gram, output=output))
    except NothingShown as why:
        return found if channels is None else replace(found, missing=str(why))


def _of_rank(network: Network, rows: Sequence[int] | None, output: int) -> WeightsResult:
    chosen, others = partition(network.tree, rows)
    cut = min_cut(Architecture.of(network), chosen).size if network.pool == "product" else None
    bounds = rank_bounds(NetworkMatrix(network, chosen, output), None if cut is None else weighted_cut(network, chosen))
    return WeightsResult(network, chosen, others, output, bounds.verify(), cut)


def rank_bounds(matrix: NetworkMatrix, cut: int | None) -> RankResult:
    """Certain bounds, not yet judged: a minor of a reduced matrix, or the nonzeros of a diagonal core, from below; the least of
    shape, cut, core, and a factorization, exact or modulo primes that a hash picks, from above."""
    counted = _by_core(matrix, cut) if matrix.network.pool == "product" else None
    if counted is not None:
        return counted
    upper, by = _least(matrix.shape, cut)
    for p in itertools.islice((p for p in primes_below(_PRIME + 1) if matrix.scale() % p), 2):
        below, whole = _from_below(matrix, p)
        above = _from_above(matrix, below) if whole and below.lower < upper else None
        if above is not None or below.lower == upper or not whole:
            break  # else the prime may have been unlucky
    return above or below.of(matrix, upper, by)


def _least(shape: tuple[int, int], cut: int | None) -> tuple[int, str]:
    size = min(shape)
    return (cut, _CUT) if cut is not None and cut < size else (size, _SHAPE)


def _by_core(matrix: NetworkMatrix, cut: int | None) -> RankResult | None:
    """By the diagonal core, where every window of leaves has one row mode and one column mode and the leaves have full rank."""
    network = matrix.network
    integral = {node.name: network.matrix(node).planes[0] for node in network.tree.nodes()}
    operator = PoolingMatrix(network.tree.nested(), network.dimension, integral, sorted(matrix.row_modes), matrix.output)
    if not operator.has_diagonal_core() or not operator.leaves_have_full_rank(_PRIME):
        return None
    found = rank(operator, seed=0)
    upper, by = _least(matrix.shape, cut)
    return (
        found.of(matrix, found.upper, _CORE) if found.upper_by == _CORE and found.upper < upper else found.of(matrix, upper, by)
    )


def _from_below(matrix: NetworkMatrix, p: int) -> tuple[RankResult, bool]:
    """A minor mod p of the reduced matrix, or of a part of it, and whether it was all of it."""
    network = matrix.network.over(GF(p)) if matrix.network.pool == "product" else matrix.network
    small = reduced(network, sorted(matrix.row_modes), matrix.output, most=MOST_FORMED, partial=True)
    scaled = small.matrix * matrix.scale()  # the very integers of the judge, for which solutions are
    below = rank(GF(p).array(scaled) if scaled.system == Q else scaled)
    places = (tuple(small.rows[i] for i in below.rows), tuple(small.columns[j] for j in below.columns))
    return below.of(matrix, below.upper, below.upper_by, places), small.whole


def _from_above(matrix: NetworkMatrix, below: RankResult) -> RankResult | None:
    """A factorization of the matrix without repeated rows and columns: exact where it is small, else modulo primes that a hash
    picks. None where the judge cannot form the matrix, and where it has a larger rank modulo another prime."""
    network, r = matrix.network, below.lower
    try:
        distinct = reduced(network, sorted(matrix.row_modes), matrix.output, linear=False, most=MOST_FORMED)
    except UsageError:
        return None
    entries = distinct.matrix
    whole = integer_scaled(entries.planes[0], matrix.scale() // entries.denominator)
    bits = max(int(x).bit_length() for x in whole.flat)
    if (r + 1) ** 2 * whole.size * bits > _MOST_BITS:
        return below.of(matrix, r, _PRIMES, (below.rows, below.columns), spanned=whole) if spans(whole, r) else None
    left, right = rank_factorization(whole)
    if left.shape[1] > r:
        return None
    factors = Factors(left.planes[0], right.planes[0], left.denominator * right.denominator * matrix.scale())
    return below.of(matrix, r, _FACTORS, (below.rows, below.columns), factors)
