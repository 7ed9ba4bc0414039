"""The matricization of a network without the rows and columns that cannot matter for its rank.

A node whose modes are all rows takes part only through its channels: a row whose channels are a linear combination of other rows'
(product pooling), or equal to another row's (rectifiers), adds nothing to the rank. So every such node keeps independent, or
distinct, rows only; what is formed is a submatrix of the same rank, often of the size of the minimum cut.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Array
from proofkit.networks.network import MAX_ENTRIES, POOLINGS, Network
from proofkit.networks.trees import Node, partition


@dataclass(frozen=True, eq=False)
class Reduced:
    """A submatrix with the rank of the whole. ``rows[i]`` gives the place of row i among those of the whole matricization, whose
    row index runs over the row modes in the order of the tree, the first slowest; likewise ``columns``."""

    matrix: Array
    rows: tuple[int, ...]
    columns: tuple[int, ...]


class _Block(NamedTuple):
    """The channels of a node at some rows and columns: values (rows * columns) x channels, and which rows and columns they are
    of all that the node has (``row_count`` and ``column_count`` of them)."""

    values: Array
    rows: NDArray[np.object_]
    columns: NDArray[np.object_]
    row_count: int
    column_count: int


def reduced(network: Network, rows: Sequence[int] | None = None, output: int = 0) -> Reduced:
    """A submatrix of the matricization ``rows`` | other modes of one output that has the same rank.

    Raises :class:`UsageError` as :meth:`Network.tensor` does, where even the reduced matrix is too large.
    """
    inside = set(partition(network.tree, rows)[0])
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    block = _pooled(network, network.tree, inside, output)
    shape = (len(block.rows), len(block.columns))
    return Reduced(block.values.reshape(*shape), tuple(map(int, block.rows)), tuple(map(int, block.columns)))


def _block(network: Network, node: Node, inside: set[int]) -> _Block:
    if node.children:
        block = _pooled(network, node, inside, None)
    else:
        places, one = np.arange(network.dimension).astype(object), np.zeros(1, dtype=object)
        values, size = network.matrix(node).T, network.dimension
        block = _Block(values, places, one, size, 1) if node.mode in inside else _Block(values, one, places, 1, size)
    if len(block.rows) > 1 and len(block.columns) > 1:
        return block
    keep = _independent(block.values) if network.pool == "product" else _distinct(block.values)
    values = block.values.mapped(lambda plane: plane[keep], None)
    if len(block.columns) == 1:
        return block._replace(values=values, rows=block.rows[keep])
    return block._replace(values=values, columns=block.columns[keep])


def _pooled(network: Network, node: Node, inside: set[int], output: int | None) -> _Block:
    children = [_block(network, child, inside) for child in node.children]
    entries = int(np.prod([len(child.rows) * len(child.columns) for child in children], dtype=object))
    if entries * network.channels(node.children[0]) > MAX_ENTRIES:
        raise UsageError(f"node {node.name!r}: {entries} entries with {network.channels(node.children[0])} channels are too many")
    weights = network.matrix(node)
    if output is not None:
        weights = weights.mapped(lambda plane: plane[output : output + 1], None)
    values = POOLINGS[network.pool](weights, [child.values for child in children])
    rows, row_count = reduce(_paired, [(child.rows, child.row_count) for child in children])
    columns, column_count = reduce(_paired, [(child.columns, child.column_count) for child in children])
    return _Block(_interleaved(values, children), rows, columns, row_count, column_count)


def _paired(one: tuple[NDArray[np.object_], int], other: tuple[NDArray[np.object_], int]) -> tuple[NDArray[np.object_], int]:
    places = (one[0][:, None] * other[1] + other[0][None, :]).reshape(-1)
    return places, one[1] * other[1]


def _interleaved(values: Array, children: Sequence[_Block]) -> Array:
    """From (rows and columns of the first child, of the second, ..) to (all rows, all columns), flat again."""
    shape = [size for child in children for size in (len(child.rows), len(child.columns))]
    channels = values.shape[1]
    order = [*range(0, len(shape), 2), *range(1, len(shape), 2), len(shape)]
    return values.reshape(*shape, channels).transpose(*order).reshape(int(np.prod(shape)), channels)


def _independent(values: Array) -> list[int]:
    """Rows that span all of them; every row where that could not be settled modulo a prime."""
    from proofkit.linalg.exact import rank, rank_profile

    chosen = rank_profile(values).rows
    return list(chosen or (0,)) if len(chosen) == rank(values) else list(range(values.shape[0]))


def _distinct(values: Array) -> list[int]:
    found: dict[tuple[object, ...], int] = {}
    for place, row in enumerate(values.tolist()):
        found.setdefault(tuple(row), place)
    return list(found.values())


def full_size(network: Network, rows: Sequence[int] | None = None) -> tuple[int, int]:
    """The numbers of rows and columns of the whole matricization."""
    chosen, others = partition(network.tree, rows)
    return network.dimension ** len(chosen), network.dimension ** len(others)
