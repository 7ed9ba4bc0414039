"""The rank of a network's matricization by its recipe: the certificate holds the network, and no entry of the matrix."""

from __future__ import annotations

from collections.abc import Sequence

from proofkit.errors import UsageError
from proofkit.linalg.structured import PoolingMatrix
from proofkit.networks import Network, partition
from proofkit.networks.geometry import Architecture, min_cut
from proofkit.ranks import Progress, RankResult, rank


def rank_of_network(
    network: Network,
    rows: Sequence[int] | None = None,
    output: int = 0,
    *,
    seed: int | None = 0,
    progress: Progress | None = None,
) -> RankResult:
    """Certain bounds over Q on the rank of one output's coefficient tensor across ``rows`` (default: 0, 2, 4, ..) | other modes.

    From below by the diagonal core, by an elimination, or by block Wiedemann, which never forms the matrix; from above by the
    shape, the core or the minimum cut. Raises :class:`UsageError` for other pooling than the product, and for rows or an output
    that the network does not have.
    """
    if network.pool != "product":
        raise UsageError(f"pool: found {network.pool!r}; a rank by recipe is one of product pooling; use certify weights")
    chosen = partition(network.tree, rows)[0]
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    exact = {node.name: network.matrix(node) for node in network.tree.nodes()}
    entries = {name: matrix.planes[0] for name, matrix in exact.items()}
    denominators = {name: matrix.denominator for name, matrix in exact.items()}
    matrix = PoolingMatrix(network.tree.nested(), network.dimension, entries, chosen, output, denominators=denominators)
    found = rank(matrix, seed=seed, progress=progress)
    cut = min_cut(Architecture.of(network), chosen).size
    return found.of(matrix, cut, "cut") if cut < found.upper else found
