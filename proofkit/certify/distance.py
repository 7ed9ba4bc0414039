"""How far a network is from all shallow networks with few channels, put before the judge.

For all U and V, |U X V'| <= |U| |V| |X|. So A is at least as far from every B of rank below z as U A V' is from such a matrix,
over |U| |V|; with rounded singular vectors as the rows of U and V this loses next to nothing, and exact products are all it
takes to check it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from math import comb, isqrt
from typing import Any

import flint
import numpy as np

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.certify.matrix import MOST_FORMED, NetworkMatrix, quotient
from proofkit.errors import UsageError
from proofkit.fields import Array, Q, contract
from proofkit.fields.arrays import filled
from proofkit.linalg.matrices import integer_words
from proofkit.linalg.singular import SingularVectors, singular_vectors
from proofkit.networks import Network, partition
from proofkit.networks.approximation import distance_to_shallow, square_root
from proofkit.networks.geometry import halves
from proofkit.networks.rectifiers import shallow_bound

MOST_VECTORS = 256  # rows of U and of V: what the judge multiplies in a few seconds
_BITS = 52  # of an entry of U and V, in the certificate
_DOWN = Context(prec=10, rounding=ROUND_FLOOR)  # a distance has ten digits
_PARTITIONS = 40  # of which the best is sought


class NothingShown(UsageError):
    """There may be a distance, but none that this way of showing it finds."""


@dataclass(frozen=True)
class DistanceResult:
    """No shallow network of the same pooling with fewer than ``channels`` channels comes nearer than ``distance``, in the norm of
    tensors or (``functions``) of functions."""

    pool: str
    rows: tuple[int, ...]
    channels: int
    distance: Fraction
    functions: bool
    sealed: Certificate

    def content(self) -> dict[str, Any]:
        """The answer as JSON."""
        return {
            "fewer_channels_than": self.channels, "at_least": decimal(self.distance), "rows": list(self.rows),
            "norm": "L2" if self.functions else "Frobenius", "grade": self.sealed.verdict.verdict,
        }  # fmt: skip

    def __str__(self) -> str:
        norm = "as functions, in the L2 norm" if self.functions else "in the Frobenius norm"
        fewer = "" if self.pool == "average" else f" with fewer than {self.channels} channels"
        shallow = f"no shallow network with {self.pool} pooling{fewer}"
        return f"{self.sealed.verdict.verdict}: {shallow} comes within {decimal(self.distance)} of it ({norm})"


def decimal(number: Fraction) -> str:
    """A distance as a decimal number of ten digits, rounded down."""
    return str(_DOWN.divide(Decimal(number.numerator), Decimal(number.denominator)))


def distance(
    network: Network, channels: int, rows: Sequence[int] | None = None, *, gram: Any = None, output: int = 0
) -> DistanceResult:
    """How far an output's tensor (Frobenius norm) is at least from those of all shallow networks with fewer than ``channels``
    channels and the same pooling, put before the judge.

    With the M x M ``gram`` matrix of the representation (product pooling): how far the function is, in the L2 norm, from all
    sums of fewer than ``channels`` products of square-integrable functions of one input each; a Gram matrix that is larger (as a
    quadratic form) makes no distance smaller. ``rows``: the partition; by default the best of all halves, or of some where there
    are many. For max pooling a shallow network of Z channels has rank at most 1 + Z (M - 1) min(|I|, |J|), for average pooling
    at most 2. Raises :class:`NothingShown` where the rank is smaller, or above 256, or the tensor has more than 2^21 entries, or
    the singular values lie too far apart; :class:`UsageError` for less than one channel, a Gram matrix that is not positive
    definite, rows or an output that the network does not have.

    Source: N. Cohen, O. Sharir, A. Shashua (COLT 2016), appendix; C. Eckart, G. Young (Psychometrika, 1936).
    """
    chosen = best_rows(network, channels, gram, output) if rows is None else partition(network.tree, rows)[0]
    matrix = NetworkMatrix(network, chosen, output)
    require_channels(channels)
    below = rank_below(network, channels, len(chosen))
    _require_size(matrix, channels, below)
    root = None if gram is None else _root(gram, network)
    entries, scale = _entries(matrix if root is None else NetworkMatrix(_changed(network, root), chosen, output))
    vectors = singular_vectors(entries, below)
    if vectors is None:
        where = f"singular value {below} across the modes {list(chosen)}"
        raise NothingShown(
            f"no distance from networks with fewer than {channels} channels is shown: {where} is zero, or too small"
        )
    left, right = _weighted(vectors, below)
    found = _bound(entries, scale, left, right, below)
    if not found:
        raise NothingShown(f"no distance from networks with fewer than {channels} channels is shown: rounding errors exceed it")
    claim = {
        "network": matrix.claim(), "gram": {} if gram is None else quotient(Q.from_floats(gram)),
        "rank_below": below, "distance": str(found),
    }  # fmt: skip
    parts = {name: written.array(integer_words(_table(part))) for name, part in (("left", left), ("right", right))}
    proof = {"count": left.nrows(), **parts, "root": {} if root is None else quotient(root)}
    return DistanceResult(network.pool, chosen, channels, found, gram is not None, judged(compose("distance", claim, proof)))


def require_channels(channels: int) -> None:
    """Raise :class:`UsageError` for less than one channel."""
    if channels < 1:
        raise UsageError(f"--channels {channels}: write 1 or more; distances are from shallow networks with fewer channels")


def best_rows(network: Network, channels: int, gram: Any = None, output: int = 0) -> tuple[int, ...]:
    """The half of the modes across which networks with fewer channels are farthest, as computed in floating point."""
    require_channels(channels)
    if network.modes == 1 or network.pool != "product":
        return partition(network.tree)[0]
    many = comb(network.modes - 1, network.modes // 2 - 1) > _PARTITIONS
    candidates = [partition(network.tree)[0], *halves(network.modes, _PARTITIONS // 4 if many else None)]
    return distance_to_shallow(network, channels - 1, gram=gram, partitions=candidates, output=output).rows


def rank_below(network: Network, channels: int, rows: int) -> int:
    """The least rank that no shallow network with fewer channels has."""
    if network.pool == "product":
        return channels
    most = shallow_bound(network.dimension, channels - 1, rows, network.modes - rows) if network.pool == "max" else 2
    return most + 1


def _require_size(matrix: NetworkMatrix, channels: int, below: int) -> None:
    m, n = matrix.shape
    if m * n > MOST_FORMED:
        raise NothingShown(f"a {m} x {n} matricization is too large for distances; they are certified to {MOST_FORMED} entries")
    if below > min(m, n):
        raise NothingShown(f"fewer than {channels} channels are no restriction on a {m} x {n} matrix; give fewer")
    if below > MOST_VECTORS:
        raise NothingShown(
            f"distances are certified from ranks below {MOST_VECTORS} at most; give fewer than {channels} channels"
        )


def _root(gram: Any, network: Network) -> Array:
    """R over Q with G - R'R symmetric and dominated by its diagonal: a little less than the Cholesky factor."""
    if network.pool != "product":
        raise UsageError("gram: functions are compared for product pooling only")
    square_root(gram, network.dimension)  # raises where it is no Gram matrix of independent functions
    g = np.asarray(gram, dtype=np.float64)
    if (g != g.T).any():
        raise UsageError("gram: the matrix is not symmetric, entry for entry")
    factor = np.linalg.cholesky(g - float(np.linalg.eigvalsh(g)[0]) * 2.0**-20 * np.eye(len(g))).T
    unit = 2.0 ** (np.floor(np.log2(float(g.max())) / 2) - 48)
    return Q.from_floats(np.rint(factor / unit)) * Fraction(unit)


def _changed(network: Network, root: Array) -> Network:
    """The network whose leaves have R applied to their mode."""
    leaves = {node.weight_name(network.shared) for node in network.tree.nodes() if not node.children}
    weights = {
        name: contract([(0, 1), (2, 1)], (0, 2), [matrix, root]) if name in leaves else matrix
        for name, matrix in network.weights.items()
    }
    return Network(network.tree, weights, network.dimension, network.pool, network.shared)


def _entries(matrix: NetworkMatrix) -> tuple[Any, int]:
    """Integers c A, and c."""
    found = matrix.network.tensor(matrix.output).transpose(*matrix.order()).reshape(*matrix.shape)
    return flint.fmpz_mat(found.planes[0].tolist()), found.denominator


def _weighted(vectors: SingularVectors, below: int) -> tuple[Any, Any]:
    """The vectors of larger singular values are shortened, so that these become as small as the one that counts first: so do
    the errors that they bring, and what is left when the largest are gone is the same."""
    values = vectors.values[: min(len(vectors.values), MOST_VECTORS)]
    lengths = np.sqrt(np.minimum(1.0, values[below - 1] / values))
    return _shortened(vectors.left, lengths), _shortened(vectors.right, lengths)


def _shortened(rows: Any, lengths: Any) -> Any:
    table = rows.tolist()[: len(lengths)]
    most = max(abs(int(x)) for row in table for x in row).bit_length()
    factors = [int(length * 2**_BITS) for length in lengths]
    return flint.fmpz_mat([[int(x) * factor >> most for x in row] for row, factor in zip(table, factors)])


def _table(matrix: Any) -> Any:
    return filled(map(int, matrix.entries()), (matrix.nrows(), matrix.ncols()))


def _bound(entries: Any, scale: int, u: Any, v: Any, below: int) -> Fraction:
    """What the judge computes, in the same integers; 0 where it shows nothing."""
    flat = list(map(int, (u * entries * v.transpose()).entries()))
    diagonal = sorted((x * x for x in flat[:: u.nrows() + 1]), reverse=True)
    rest = _up(sum(x * x for x in flat) - sum(diagonal))
    norms = [max(sum(map(abs, map(int, row))) for row in (part * part.transpose()).tolist()) for part in (u, v)]
    found = max(isqrt(sum(diagonal[below - 1 :])) - rest, 0)
    return Fraction(decimal(Fraction(found, scale * _up(norms[0] * norms[1]))))


def _up(square: int) -> int:
    return isqrt(square - 1) + 1 if square else 0
