"""Your own network: the exact rank of its tensor across a partition, and what that demands of a shallow network."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Any

from numpy.typing import NDArray

from proofkit.certificates import Certificate, Refused, digest_of
from proofkit.certify.blocks import Blocks
from proofkit.certify.distance import DistanceResult, NothingShown, best_rows, distance
from proofkit.certify.halves import Halves
from proofkit.certify.matrix import MOST_FORMED, NetworkMatrix
from proofkit.errors import UsageError
from proofkit.fields.exact import integer_scaled
from proofkit.linalg.elimination import eliminate, predicted_bytes
from proofkit.linalg.exact import rank_factorization
from proofkit.linalg.factorization import Factors, primes_below
from proofkit.linalg.memory import available_bytes
from proofkit.linalg.products import passes_self_test
from proofkit.linalg.structured import PoolingMatrix
from proofkit.networks import Network, partition
from proofkit.networks.geometry import Architecture, min_cut, weighted_cut
from proofkit.networks.reduction import reduced
from proofkit.ranks import RankResult, Spanned, bits_of, of_minor, rank

_MOST_BITS = 10**8  # of work in a factorization by FLINT: some tenths of a second
_MOST_MEASURED = 2**14  # entries of a matrix whose distance is certified without being asked for
_MOST_ROWS, _MOST_MODES = 2**24, 64  # as the judge reads them
_MOST_ELIMINATED = 2**26  # entries of a matrix that is eliminated: some seconds
_MOST_IN_BLOCKS = 3 * 10**10  # multiplications of an elimination in blocks
_MOST_OF_PART = 2**21  # of a part of a larger one
_MOST_SOLVED = 1500  # equations modulo a prime beyond 2^60: some seconds
_LARGE = 1024  # rows and columns from which a small prime is tried first
_PRIME, _SMALL_PRIME = 8388593, 251
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
    distances: tuple[DistanceResult, ...] = ()
    missing: tuple[tuple[int, str], ...] = ()  # numbers of channels for which a distance that was asked for is not shown, and why
    table: bool = False  # whether distances for several numbers of channels were asked for

    @property
    def exact(self) -> bool:
        """Whether the bounds on the rank meet, and every distance that was asked for is shown."""
        return self.rank.exact and not self.missing

    @property
    def sealed(self) -> Certificate | None:
        """The certificate of the rank."""
        return self.rank.sealed

    @property
    def further(self) -> dict[str, Certificate]:
        """The certificates of the distances, by what is added to the name of the file."""
        return {f".distance.{each.channels}" if self.table else ".distance": each.sealed for each in self.distances}

    @property
    def distance(self) -> DistanceResult | None:
        """The first distance."""
        return self.distances[0] if self.distances else None

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
            "distance": self._distances(),
        }  # fmt: skip

    def _distances(self) -> Any:
        """One as an object, or null; several as a list, in the order of the numbers of channels."""
        if not self.table:
            return None if self.distance is None else self.distance.content()
        shown = [each.content() for each in self.distances]
        shown += [{"fewer_channels_than": channels, "at_least": None, "undecided": why} for channels, why in self.missing]
        return sorted(shown, key=lambda each: each["fewer_channels_than"])

    def __str__(self) -> str:
        bounds = f"rank = {self.rank.lower}" if self.rank.exact else f"{self.rank.lower} <= rank <= {self.rank.upper}"
        kind = "coefficient" if self.network.pool == "product" else "grid"
        m, n = self.rank.shape
        where = f"modes {_listed(self.rows)} | {_listed(self.columns)}"
        lines = [f"{self.rank.grade}: {bounds} of the {kind} tensor of output {self.output}, {m} x {n}, {where}, over Q"]
        if self.rank.lower:
            lines.append(f"  from below: {self.rank.lower_by}")
        lines.append(f"  from above: {'the minimum cut of the network' if self.rank.upper_by == _CUT else self.rank.upper_by}")
        if not self.rank.exact:
            lines.append(f"  {self._open()}")
        lines.append(f"  {self._meaning()}")
        lines.extend([*map(str, self.distances), *(f"undecided: {why}" for _, why in self.missing)])
        return "\n".join(lines)

    def _open(self) -> str:
        full = self.network.pool == "product" and set(self.rank.shape) == {self.rank.upper}
        more = "; if it is full, proofkit rank shows it in minutes, by block Wiedemann" if full else ""
        return f"open: whether the rank is above {self.rank.lower}; no larger minor and no smaller bound was within reach{more}"

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
    channels: int | Sequence[int] | None = None,
    gram: Any = None,
) -> WeightsResult:
    """The rank over Q of one output's tensor across ``rows`` (default: 0, 2, 4, ..) | the other modes, put before the judge.

    Product pooling: the coefficient tensor; max and average pooling: the grid tensor. And how far it is from all shallow networks
    with fewer than ``channels`` channels (several numbers give several distances), as :func:`proofkit.certify.distance` says,
    ``rows`` then being by default the best; by default, of tensors with at most 2^14 entries, with fewer than the rank demands.
    Raises :class:`UsageError` for rows or an output that the network does not have, and for a matrix that is too large;
    :class:`proofkit.certificates.Refused` should the judge refuse what was computed.
    """
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    if channels is None:
        found = _of_rank(network, rows, output)
        demanded = found.demanded() if prod(found.rank.shape) <= _MOST_MEASURED else 0
        return replace(_measured(found, {demanded: found.rows}, gram), missing=()) if demanded else found
    counts = [channels] if isinstance(channels, int) else sorted(set(channels))
    across = {count: best_rows(network, count, gram, output) if rows is None else tuple(rows) for count in counts}
    found = _of_rank(network, across[counts[-1]], output)
    return replace(_measured(found, across, gram), table=not isinstance(channels, int))


def _measured(found: WeightsResult, across: Mapping[int, tuple[int, ...]], gram: Any) -> WeightsResult:
    """With the distances from networks with fewer channels, by the partition for each number."""
    shown, missing = [], []
    for count, rows in across.items():
        try:
            shown.append(distance(found.network, count, rows, gram=gram, output=found.output))
        except NothingShown as why:
            missing.append((count, str(why)))
    return replace(found, distances=tuple(shown), missing=tuple(missing))


def _of_rank(network: Network, rows: Sequence[int] | None, output: int) -> WeightsResult:
    chosen, others = partition(network.tree, rows)
    cut = min_cut(Architecture.of(network), chosen).size if network.pool == "product" else None
    matrix = NetworkMatrix(network, chosen, output)
    if network.modes > _MOST_MODES or max(matrix.shape) > _MOST_ROWS:
        m, n = (f"{network.dimension}^{len(side)}" for side in (chosen, others))
        raise UsageError(
            f"rows: a {m} x {n} matricization of {network.modes} modes is too large; ranks are certified to {_MOST_ROWS} rows "
            f"and columns, and {_MOST_MODES} modes"
        )
    weighted = None if cut is None else weighted_cut(network, chosen)
    bounds = _judged(rank_bounds(matrix, weighted), matrix, weighted)
    return WeightsResult(network, chosen, others, output, bounds, cut)


def _judged(bounds: RankResult, matrix: NetworkMatrix, cut: int | None) -> RankResult:
    """With the judge's grade; without the bound from above, if it is columns that take more work than the judge allows."""
    try:
        return bounds.verify()
    except Refused:
        if bounds.upper_by != _PRIMES:
            raise
    return bounds.of(matrix, *_least(matrix.shape, cut)).verify()


def rank_bounds(matrix: NetworkMatrix, cut: int | None) -> RankResult:
    """Certain bounds, not yet judged. From below a minor, or the nonzeros of a diagonal core; from above the least of shape, cut,
    core, and a factorization, or columns that span all modulo primes that a hash picks."""
    counted = _by_core(matrix, cut) if matrix.network.pool == "product" else None
    if counted is not None:
        return counted
    upper, by = _least(matrix.shape, cut)
    best, whole = None, True
    if matrix.network.pool == "product" and (in_blocks := _by_blocks(matrix)) is not None:
        best, spanned = in_blocks
        if spanned is not None and best.lower < upper:
            return best.of(matrix, best.lower, _PRIMES, spanned=spanned)
    for p in _primes(matrix):
        if best is not None and (best.lower == upper or not whole):
            return best.of(matrix, upper, by)
        below, whole = _from_below(matrix, p)
        best = below if best is None or below.lower > best.lower else best
    assert best is not None
    return (whole and _from_above(matrix, best)) or best.of(matrix, upper, by)


def _primes(matrix: NetworkMatrix) -> Iterator[int]:
    """A small one where that is much faster and may show full rank; then two, as one may be unlucky."""
    scale = matrix.scale()
    if min(matrix.shape) >= _LARGE and scale % _SMALL_PRIME and passes_self_test("int8"):
        yield _SMALL_PRIME
    yield from itertools.islice((p for p in primes_below(_PRIME + 1) if scale % p), 2)


def _least(shape: tuple[int, int], cut: int | None) -> tuple[int, str]:
    size = min(shape)
    return (cut, _CUT) if cut is not None and cut < size else (size, _SHAPE)


def _by_core(matrix: NetworkMatrix, cut: int | None) -> RankResult | None:
    """By the diagonal core, where every window of leaves has one row mode and one column mode and the leaves have full rank."""
    operator = _core_of(matrix)
    if not operator.has_diagonal_core() or not operator.leaves_have_full_rank(_PRIME):
        return None
    found = rank(operator, seed=0)
    upper, by = _least(matrix.shape, cut)
    return (
        found.of(matrix, found.upper, _CORE) if found.upper_by == _CORE and found.upper < upper else found.of(matrix, upper, by)
    )


def _core_of(matrix: NetworkMatrix) -> PoolingMatrix:
    network = matrix.network
    integral = {node.name: network.matrix(node).planes[0] for node in network.tree.nodes()}
    return PoolingMatrix(network.tree.nested(), network.dimension, integral, sorted(matrix.row_modes), matrix.output)


def _from_below(matrix: NetworkMatrix, p: int) -> tuple[RankResult, bool]:
    """A minor mod p of the rows and columns that matter for the rank, or of a part of them, and whether it was all of them."""
    found = Halves(matrix, p)
    rows, columns = found.spanning()
    whole = _fits((rows.size, columns.size))
    if not whole and found.pool == "product":
        found.square()
    if not whole:
        if not _fits(found.shape):
            found.cut_down(_MOST_OF_PART)
        rows, columns = found.spanning()
    every = (rows.size, columns.size) == found.shape
    minor = eliminate(found.formed() if every else found.entries(rows, columns), p)
    places = found.places(rows[list(minor.pivot_rows())], columns[list(minor.pivot_columns())])
    return of_minor(matrix, "Q", p, minor, places), whole


def _by_blocks(matrix: NetworkMatrix) -> tuple[RankResult, Spanned | None] | None:
    """Where the matrix is large and falls apart into blocks that are not."""
    if min(matrix.shape) < _LARGE or not _core_of(matrix).has_diagonal_core():
        return None
    blocks = Blocks(matrix, next(p for p in primes_below(_PRIME + 1) if matrix.scale() % p))
    count, rows, columns = blocks.shape
    work = count * rows * columns * (min(rows, columns) + 1)
    return blocks.minor() if count > 1 and 0 < work < _MOST_IN_BLOCKS else None


def _fits(shape: tuple[int, int]) -> bool:
    """Whether a matrix of this shape is eliminated in some seconds, and in the memory that is free."""
    free, size = available_bytes(), prod(shape)
    return size <= _MOST_ELIMINATED and (free is None or predicted_bytes(shape, 8) + 16 * size < free)


def _from_above(matrix: NetworkMatrix, below: RankResult) -> RankResult | None:
    """A factorization of the matrix without repeated rows and columns where it is small, else columns that span it modulo primes
    that a hash picks. None where the rank is larger than it is modulo the primes that were tried, or too large for this."""
    r, entries = below.lower, _formed(matrix)
    if entries is None or (r + 1) ** 2 * entries.size * bits_of(entries) > _MOST_BITS:
        if r > _MOST_SOLVED:
            return None
        assert below.prime is not None
        whole = Halves(matrix, below.prime, thin=False)
        spanned = Spanned(matrix.height().bit_length(), lambda p, x: whole.at(p).combination(below.rows, below.columns, x))
        return below.of(matrix, r, _PRIMES, spanned=spanned)
    left, right = rank_factorization(entries)
    if left.shape[1] > r:
        return None
    factors = Factors(left.planes[0], right.planes[0], left.denominator * right.denominator * matrix.scale())
    return below.of(matrix, r, _FACTORS, factors=factors)


def _formed(matrix: NetworkMatrix) -> NDArray[Any] | None:
    """The integers of the judge without repeated rows and columns; None where it does not form them."""
    try:
        found = reduced(matrix.network, sorted(matrix.row_modes), matrix.output, linear=False, most=MOST_FORMED).matrix
    except UsageError:
        return None
    return integer_scaled(found.planes[0], matrix.scale() // found.denominator)
