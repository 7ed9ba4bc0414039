"""Almost every network of given sizes: the rank across a partition, and what it demands of networks over another tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.certify.matrix import MOST_FORMED, NetworkMatrix, node_weights
from proofkit.certify.weights import rank_bounds
from proofkit.errors import UsageError
from proofkit.fields import GF, Array, Q
from proofkit.linalg.exact import LARGE_PRIME, rank_profile
from proofkit.networks import Network, Node, deep_tree, partition, truncated_tree
from proofkit.networks.geometry import (
    Architecture,
    min_cut,
    recursion_bound,
    truncation_base,
    truncation_rows,
)
from proofkit.networks.network import random_arrays
from proofkit.ranks import combination

_MOST_ELIMINATED = 256  # rows of a minor, as the judge eliminates them


@dataclass(frozen=True)
class Separation:
    """What almost all networks of an architecture demand. ``lower`` holds for almost all weights, ``upper`` for all; ``cut`` is
    the minimum cut, and ``recursion`` the published bound."""

    architecture: Architecture
    rows: tuple[int, ...]
    lower: int
    upper: int
    cut: int
    recursion: int
    sealed: Certificate
    against: Node | None = None

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    def content(self) -> dict[str, Any]:
        """The answer as JSON."""
        bounds = {"lower": self.lower, "upper": self.upper, "exact": self.exact}
        return {
            "rank": bounds, "cut": self.cut, "recursion_bound": self.recursion, "rows": list(self.rows),
            "tree": self.architecture.tree.nested(), "shared": self.architecture.shared,
            "against": self.against.nested() if self.against else None, "channels_at_least": self.lower,
            "grade": self.sealed.verdict.verdict, "scope": self.sealed.verdict.scope,
        }  # fmt: skip

    def __str__(self) -> str:
        bounds = f"rank = {self.lower}" if self.exact else f"{self.lower} <= rank <= {self.upper}"
        lines = [
            f"{self.sealed.verdict.verdict}: {bounds} across modes {','.join(map(str, self.rows)) or 'none'} | the others, "
            f"for almost all weights (<= {self.upper} for all), in characteristic 0"
        ]
        if self.cut != self.upper:
            lines.append(f"  the minimum cut gives <= {self.cut}")
        if self.recursion != self.cut:
            lines.append(f"  the published recursion gives <= {self.recursion}")
        if self.against is not None:
            kind = "shallow network" if self.against.level == 1 else f"network cut to {self.against.level} levels"
            lines.append(f"  a {kind} that equals or approximates it has at least {self.lower} channels in its last window")
        return "\n".join(lines)


def separation(architecture: Architecture, rows: Sequence[int] | None = None, *, seed: int = 0) -> Separation:
    """The rank of almost all networks of product pooling over a tree, across ``rows`` | the other modes.

    From below by a witness that the judge evaluates, from above by the minimum cut or, where almost all weights fall short of it,
    by the rank at hashed weights modulo hashed primes, with a soundness error. It is what a shallow network needs. Raises
    :class:`UsageError` where the matrix is too large, :class:`proofkit.certificates.Refused` should the judge refuse.
    """
    from proofkit.networks import shallow_tree

    chosen = partition(architecture.tree, rows)[0]
    return _certified(architecture, chosen, shallow_tree(len(architecture.tree.modes)), seed)


def depth(modes: int, dim: int, channels: Sequence[int], cut: int, shared: bool = False, *, seed: int = 0) -> Separation:
    """What almost every deep network of N = 2^L inputs demands of one cut to ``cut`` levels: at least d^(2^(L - cut)) channels in
    its last window, with d from :func:`proofkit.networks.geometry.truncation_base`; exponentially many in the levels cut off.

    Raises :class:`UsageError` for sizes that no deep network has, and where the matrix is too large to be checked. Source: Cohen,
    Sharir and Shashua (COLT 2016), theorem 2; the base is stronger than published.
    """
    levels = modes.bit_length() - 1
    if modes < 2 or modes != 2**levels:
        raise UsageError(f"--modes {modes}: a deep network has N = 2, 4, 8, ... inputs")
    if len(channels) != levels:
        raise UsageError(f"--channels: N = {modes} needs {levels} positive counts r0,...,r{levels - 1}, found {len(channels)}")
    expected = truncation_base(dim, channels, cut, shared) ** (2 ** (levels - cut))
    architecture = Architecture.by_level(deep_tree(levels), dim, channels, shared)
    found = _certified(architecture, truncation_rows(levels, cut), truncated_tree(levels, cut), seed)
    if found.lower != expected:
        raise UsageError(f"--seed {seed}: the witness has rank {found.lower}, not {expected}; take another")
    return found


def _certified(architecture: Architecture, rows: tuple[int, ...], against: Node, seed: int) -> Separation:
    m, n = (architecture.dimension**count for count in (len(rows), len(architecture.tree.modes) - len(rows)))
    cut = min_cut(architecture, rows).size
    upper, shown = min(cut, m, n), {"by": "shape" if min(m, n) <= cut else "cut"}
    network, lower = _best_witness(architecture, rows, upper, seed)
    claim = {
        "network": {
            "tree": architecture.tree.nested(), "dim": architecture.dimension, "channels": dict(architecture.channels),
            "shared": int(architecture.shared),
        },
        "rows": sorted(rows), "against": against.nested(), "at_least": lower["least"], "at_most": upper,
    }  # fmt: skip
    if lower["least"] < min(upper, _MOST_ELIMINATED) and m * n <= MOST_FORMED:
        below = {**claim, "at_most": lower["least"]}
        found = _at_hashed_weights(architecture, rows, below)
        if found is not None:
            claim, upper, shown = below, lower["least"], found
    weights = {name: node_weights(matrix) for name, matrix in network.weights.items()}
    sealed = judged(compose("generic rank", claim, {"weights": weights, "lower": lower["proof"], "upper": shown}))
    return Separation(architecture, rows, lower["least"], upper, cut, recursion_bound(architecture, rows), sealed, against)


def _at_hashed_weights(architecture: Architecture, rows: tuple[int, ...], claim: dict[str, Any]) -> dict[str, Any] | None:
    """An upper bound for all weights below the minimum cut: the rank at weights modulo primes, both picked by a hash of the
    claim and of columns, which are found at other weights first. None where it is larger."""
    shapes, size = architecture.shapes(), claim["at_most"]

    def matrix_at(facts: dict[str, Any], p: int) -> Array:
        weights = {name: GF(p).array(written.weights_at(facts, p, name, *shape)) for name, shape in shapes.items()}
        network = Network(architecture.tree, weights, architecture.dimension, "product", architecture.shared)
        matrix = NetworkMatrix(network, rows)
        return network.tensor().transpose(*matrix.order()).reshape(*matrix.shape)

    found = matrix_at({}, LARGE_PRIME)
    minor = rank_profile(found)
    if len(minor.rows) != size:
        return None

    bits, degree = prod(architecture.channels.values()).bit_length(), len(list(architecture.tree.nodes()))
    facts = written.prime_facts(claim, minor.columns, bits, degree)

    def spanned(p: int, x: list[int]) -> list[int]:
        return combination(matrix_at(facts, p).planes[0][list(minor.rows)], minor.columns, p, x)

    return written.by_primes(claim, minor.columns, found.shape[1], bits, spanned, degree)


def _best_witness(architecture: Architecture, rows: tuple[int, ...], upper: int, seed: int) -> tuple[Network, Mapping[str, Any]]:
    """The better of unit vectors as leaves with ones above, and random weights; with its rank and the proof of it."""
    best: tuple[Network, Mapping[str, Any]] | None = None
    for weights in (_random(architecture, seed), _units(architecture)):
        network = Network(architecture.tree, weights, architecture.dimension, "product", architecture.shared)
        found = rank_bounds(NetworkMatrix(network, rows), None)
        least = found.lower if found.lower_by.startswith("diagonal core") else min(found.lower, _MOST_ELIMINATED)
        if best is None or least > best[1]["least"]:
            best = network, {"least": least, "proof": found.deterministic_lower_proof(_MOST_ELIMINATED)}
        if least == upper:
            break
    assert best is not None
    return best


def _random(architecture: Architecture, seed: int) -> dict[str, Array]:
    return random_arrays(architecture.shapes(), Q, seed, signed=True, top=999)


def _units(architecture: Architecture) -> dict[str, Array]:
    """e_a as the leaf vectors (0 beyond M), all other weights 1."""
    leaves = {node.weight_name(architecture.shared) for node in architecture.tree.nodes() if not node.children}
    return {name: Q.eye(m, n) if name in leaves else Q.ones(m, n) for name, (m, n) in architecture.shapes().items()}
