"""Certificates for networks of given sizes: what a deep network's coefficient tensor demands of a shallow one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random
from typing import Any

from proofkit.errors import UsageError
from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import Progress, RankResult, rank
from proofkit.search.prover import Result, prove


def capacity(
    modes: int, dim: int, channels: Sequence[int], shared: bool = False, witness: str = "structured", seed: int = 0
) -> Result:
    """Almost every deep network of these sizes has a CP rank of at least min(r0, M)^(N/2): the theorem at given sizes.

    ``modes`` is N = 2^L, ``dim`` is M, ``channels`` are r_0 .. r_(L-1). With the structured ``witness`` the certificate is an
    instance of the theorem for all sizes, whatever N; with a random one it is a minor that is not zero at weights drawn by
    ``seed``, with no theorem behind it, over Q. Raises :class:`UsageError` for sizes that no deep network has.
    Source: Cohen, Sharir and Shashua (COLT 2016), theorem 1.
    """
    levels = check_sizes(modes, dim, channels)
    network = f"ht(L, M, r{', shared=True' if shared else ''})"
    return prove(
        f"cp_rank({network}) >= min(r[0], M) ** (2 ** (L - 1))",
        sizes={"L": levels, "M": dim, "r": list(channels)},
        almost_everywhere=True,
        field="any" if witness == "structured" else "Q",
        witness=witness,
        seed=seed,
    )


def check_sizes(modes: int, dim: int, channels: Sequence[int]) -> int:
    """The number of levels of a deep network of these sizes; :class:`UsageError` where there is none."""
    levels = modes.bit_length() - 1
    if modes < 2 or modes != 2**levels:
        raise UsageError(f"--modes {modes}: a deep network has N = 2, 4, 8, ... inputs")
    if dim < 1:
        raise UsageError(f"--dim {dim}: the dimension M is at least 1")
    if len(channels) != levels or min(channels) < 1:
        found = ",".join(map(str, channels))
        raise UsageError(f"--channels {found}: N = {modes} needs {levels} positive counts r0,...,r{levels - 1}")
    return levels


def rank_at_random_weights(
    modes: int, dim: int, channels: Sequence[int], shared: bool = False, seed: int = 0, progress: Progress | None = None
) -> RankResult:
    """The rank of the odd | even matricization of a deep network at weights drawn by ``seed``: certain bounds over Q.

    A rank at one point is a lower bound at almost all points. Raises :class:`UsageError` as :func:`capacity`.
    """
    levels = check_sizes(modes, dim, channels)
    tree: Any = list(range(modes))
    while len(tree) > 2:
        tree = [tree[i : i + 2] for i in range(0, len(tree), 2)]
    counts = {name: [*channels, 1][level] for name, level in nodes(tree, "", levels)}
    if not shared:
        matrix = PoolingMatrix(tree, dim, counts, range(0, modes, 2), seed=f"proofkit {seed}")
    else:
        drawn = list(shared_weights(dim, [*channels, 1], seed))
        weights = {name: drawn[level] for name, level in nodes(tree, "", levels)}
        matrix = PoolingMatrix(tree, dim, weights, range(0, modes, 2))
    return rank(matrix, seed=seed, core=False, progress=progress)


def nodes(tree: Any, name: str, level: int) -> Iterator[tuple[str, int]]:
    """The path of every node of a balanced tree, with its level (0 for leaves)."""
    yield name, level
    if isinstance(tree, list):
        for i, child in enumerate(tree):
            yield from nodes(child, f"{name}/{i}" if name else str(i), level - 1)


def shared_weights(dim: int, channels: Sequence[int], seed: int) -> Iterator[list[list[int]]]:
    """One matrix a level, one row a channel, of 16-bit integers by seed."""
    random = Random(seed)
    for width, height in zip((dim, *channels), channels):
        yield [[random.randrange(-(2**15), 2**15) for _ in range(width)] for _ in range(height)]
