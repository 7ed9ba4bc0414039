"""The matricization of a network without the rows and columns that cannot matter for its rank.

Take the channels of a node at all its rows and columns. A row that is a linear combination of others, with the same coefficients
in all channels (product pooling), or equal to another in all channels (rectifiers, after the rectifier), gives rows of the whole
matrix that are such combinations, or equal. So every node keeps independent, or distinct, rows and columns only; what is formed
is a submatrix of the same rank, often of the size of the minimum cut.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import UsageError
from proofkit.fields import Array, PrimeField
from proofkit.networks.network import MAX_ENTRIES, POOLINGS, Network, rectified
from proofkit.networks.trees import Node, partition

Keep: TypeAlias = Callable[[Array], list[int]]  # which rows of a matrix to keep


@dataclass(frozen=True, eq=False)
class Reduced:
    """A submatrix with the rank of the whole. ``rows[i]`` gives the place of row i among those of the whole matricization, whose
    row index runs over the row modes in the order of the tree, the first slowest; likewise ``columns``."""

    matrix: Array
    rows: tuple[int, ...]
    columns: tuple[int, ...]


class Block(NamedTuple):
    """The channels of a node at some rows and columns: values (rows * columns) x channels, and which rows and columns they are
    of all that the node has (``row_count`` and ``column_count`` of them)."""

    values: Array
    rows: NDArray[np.object_]
    columns: NDArray[np.object_]
    row_count: int
    column_count: int


def reduced(
    network: Network,
    rows: Sequence[int] | None = None,
    output: int = 0,
    *,
    linear: bool | None = None,
    most: int = MAX_ENTRIES,
) -> Reduced:
    """A submatrix of the matricization ``rows`` | other modes of one output that has the same rank.

    With ``linear`` (default: for product pooling) independent rows and columns are kept, found modulo a prime, so that the rank
    might be smaller where the prime is unlucky; else one of several that are equal, each the first. Raises :class:`UsageError`
    for more than ``most`` entries, where the channels of a node are too large, and for an output that is not there.
    """
    inside = set(partition(network.tree, rows)[0])
    if not 0 <= output < network.outputs:
        raise UsageError(f"output {output}: the network has {network.outputs}, counted from 0")
    keep = _independent if (network.pool == "product" if linear is None else linear) else _distinct
    children = _entering(network, network.tree, inside, keep)
    limit = min(most, MAX_ENTRIES // network.channels(network.tree.children[0]))
    if _entries(children) > limit:
        raise UsageError(f"{_entries(children)} entries of the reduced matricization are too many; at most {limit} are formed")
    block = _pooled(network, network.tree, children, output)
    block = _thinned(block, keep) if keep is _distinct else block
    shape = (len(block.rows), len(block.columns))
    return Reduced(block.values.reshape(*shape), tuple(map(int, block.rows)), tuple(map(int, block.columns)))


def halves(network: Network, rows: Sequence[int] | None = None, *, thin: bool = True) -> tuple[Block, ...]:
    """What the root pools, in two parts of about one size (one, where it has one child): of the channels at a row and a column
    of each the root makes an entry of the matricization. ``thin``: without rows and columns as :func:`reduced` leaves out.

    Raises :class:`UsageError` where a part has too many entries.
    """
    keep = (_independent if network.pool == "product" else _distinct) if thin else _all
    blocks = _entering(network, network.tree, set(partition(network.tree, rows)[0]), keep)
    if len(blocks) < 3:
        return tuple(blocks)
    half = min(range(1, len(blocks)), key=lambda k: max(_entries(blocks[:k]), _entries(blocks[k:])))
    return tuple(_thinned(_together(network, part), keep) for part in (blocks[:half], blocks[half:]))


def _together(network: Network, blocks: Sequence[Block]) -> Block:
    """Several children as one."""
    if len(blocks) == 1:
        return blocks[0]
    channels = blocks[0].values.shape[1]
    return _placed(POOLINGS[network.pool](network.system.eye(channels), [block.values for block in blocks]), blocks)


def part(block: Block, rows: Sequence[int], columns: Sequence[int]) -> Block:
    """Some of its rows and columns."""
    return _thinned(block, lambda _: list(rows), lambda _: list(columns))


def _all(values: Array) -> list[int]:
    return list(range(values.shape[0]))


def _leaf(network: Network, node: Node, inside: set[int]) -> Block:
    places, one = np.arange(network.dimension).astype(object), np.zeros(1, dtype=object)
    values, size = network.matrix(node).T, network.dimension
    return Block(values, places, one, size, 1) if node.mode in inside else Block(values, one, places, 1, size)


def _entering(network: Network, node: Node, inside: set[int], keep: Keep) -> list[Block]:
    """What a window pools: the channels of its children, rectified where that is how they are pooled."""
    children = []
    for child in node.children:
        below = _entering(network, child, inside, keep) if child.children else []
        block = _pooled(network, child, below) if below else _leaf(network, child, inside)
        if network.pool != "product" and len(node.children) > 1:
            block = block._replace(values=rectified(block.values))
        children.append(_thinned(block, keep))
    return children


def _entries(children: Sequence[Block]) -> int:
    return prod(len(child.rows) * len(child.columns) for child in children)


def _pooled(network: Network, node: Node, children: Sequence[Block], output: int | None = None) -> Block:
    """The channels of a window, or of one output."""
    entries, channels = _entries(children), network.channels(node.children[0])
    if entries * channels > MAX_ENTRIES:
        raise UsageError(f"node {node.name!r}: {entries} entries with {channels} channels are too many")
    weights = network.matrix(node)
    if output is not None:
        weights = weights.mapped(lambda plane: plane[output : output + 1], None)
    values = POOLINGS[network.pool](weights, [child.values for child in children])
    return _placed(values, children)


def _placed(values: Array, children: Sequence[Block]) -> Block:
    rows, row_count = reduce(_paired, [(child.rows, child.row_count) for child in children])
    columns, column_count = reduce(_paired, [(child.columns, child.column_count) for child in children])
    return Block(_interleaved(values, children), rows, columns, row_count, column_count)


def _thinned(block: Block, keep: Keep, keep_columns: Keep | None = None) -> Block:
    """Only the rows and columns to be kept, each a vector over the others and the channels."""
    m, n, channels = len(block.rows), len(block.columns), block.values.shape[1]
    rows = keep(block.values.reshape(m, n * channels)) if m > 1 else [0]
    values = block.values.reshape(m, n, channels).mapped(lambda plane: plane[rows], None)
    across = values.transpose(1, 0, 2)
    columns = (keep_columns or keep)(across.reshape(n, len(rows) * channels)) if n > 1 else [0]
    kept = across.mapped(lambda plane: plane[columns], None).transpose(1, 0, 2)
    values = kept.reshape(len(rows) * len(columns), channels)
    return block._replace(values=values, rows=block.rows[rows], columns=block.columns[columns])


def _paired(one: tuple[NDArray[np.object_], int], other: tuple[NDArray[np.object_], int]) -> tuple[NDArray[np.object_], int]:
    places = (one[0][:, None] * other[1] + other[0][None, :]).reshape(-1)
    return places, one[1] * other[1]


def _interleaved(values: Array, children: Sequence[Block]) -> Array:
    """From (rows and columns of the first child, of the second, ..) to (all rows, all columns), flat again."""
    shape = [size for child in children for size in (len(child.rows), len(child.columns))]
    channels = values.shape[1]
    order = [*range(0, len(shape), 2), *range(1, len(shape), 2), len(shape)]
    return values.reshape(*shape, channels).transpose(*order).reshape(int(np.prod(shape)), channels)


def _independent(values: Array) -> list[int]:
    """Rows that span all of them, by elimination modulo a prime."""
    from proofkit.linalg.elimination import LARGEST_PRIME, eliminate
    from proofkit.linalg.exact import rank_profile

    system = values.system
    if isinstance(system, PrimeField) and system.p < LARGEST_PRIME:
        return list(eliminate(values.planes[0], system.p).pivot_rows()) or [0]
    return list(rank_profile(values.T).columns) or [0]


def _distinct(values: Array) -> list[int]:
    """The first of all rows that are equal."""
    plane = values.planes[0]
    keys = (
        [tuple(row.tolist()) for row in plane]
        if plane.dtype == object
        else [row.tobytes() for row in np.ascontiguousarray(plane)]
    )
    found: dict[object, int] = {}
    for place, key in enumerate(keys):
        found.setdefault(key, place)
    return list(found.values())


def full_size(network: Network, rows: Sequence[int] | None = None) -> tuple[int, int]:
    """The numbers of rows and columns of the whole matricization."""
    chosen, others = partition(network.tree, rows)
    return network.dimension ** len(chosen), network.dimension ** len(others)
