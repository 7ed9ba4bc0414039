"""Operators on a device: against the CPU's and Python's integers, every machine type, at the edges of the budgets."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from proofkit.errors import UsageError  # noqa: E402
from proofkit.linalg import operators  # noqa: E402
from proofkit.linalg.operators import Operator  # noqa: E402
from proofkit.linalg.structured import PoolingMatrix  # noqa: E402
from proofkit.linalg.wiedemann import generator, wiedemann_rank, wiedemann_solve  # noqa: E402
from torch_backend import operators as on_device  # noqa: E402
from torch_backend.operators import DeviceBlocks, blocks_on, rank_by_black_box  # noqa: E402
from torch_backend.products import LARGEST_PRIME, PATHS, budget, refusal  # noqa: E402

SOUND = "certified (soundness error <= 2^-128, random-oracle model)"
TREE = [[0, 1], [2, 3]]
P = LARGEST_PRIME["float64"]


def engine(path: str, p: int, device: Any, vectors: int = 8) -> DeviceBlocks:
    reason = refusal(path, device)  # type: ignore[arg-type]
    if reason:
        pytest.skip(reason)
    return blocks_on(device, p, vectors, path)  # type: ignore[arg-type]


def counts(channels: int) -> dict[str, int]:
    return {name: channels if name else 1 for name in ("", "0", "1", "0/0", "0/1", "1/0", "1/1")}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "shape", [[(1, 1)], [(2, 3)], [(4, 5), (3, 2)], [(3, 3), (1, 4), (5, 2)], [(9, 9), (8, 8), (2, 3)]], ids=str
)
def test_every_path_follows_the_definition(path: str, shape: list[tuple[int, int]], device: Any) -> None:
    for p in {LARGEST_PRIME[path], 17, *((2, 3) if path != "bfloat16" else ())}:
        random = np.random.default_rng(p)
        children = [random.integers(0, p, (3, m, n)) for m, n in shape]
        weights = random.integers(0, p, 3)
        a, other = Operator(children, weights, p, engine(path, p, device)), Operator(children, weights, p)
        x, y = random.integers(0, p, (a.shape[1], 19)), random.integers(0, p, a.shape[0])
        assert np.array_equal(a @ x, a.formed().astype(np.int64).astype(object).dot(x.astype(object)) % p)
        assert np.array_equal(a.transposed() @ y, other.transposed() @ y)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("sign", [1, -1])
def test_largest_entries_and_longest_sums(path: str, sign: int, device: Any) -> None:
    p = LARGEST_PRIME[path]
    chunk, worst = budget(p, path).chunk, p // 2 if sign > 0 else p - p // 2  # type: ignore[arg-type]
    blocks = engine(path, p, device, 3)
    for length in (chunk - 1, chunk, chunk + 1, 2 * chunk + 9):
        if length > 40_000:
            continue
        a = Operator([np.full((2, 20, length), worst)], np.array([1, 1]), p, blocks)
        assert (a @ np.full(length, worst) == 2 * length * worst * worst % p).all(), length


@pytest.mark.parametrize("path", PATHS)
def test_small_products_and_convolutions(monkeypatch: pytest.MonkeyPatch, path: str, device: Any) -> None:
    monkeypatch.setattr(on_device, "_PIECE", 2000)
    p = LARGEST_PRIME[path]
    blocks, random = engine(path, p, device), np.random.default_rng(1)
    extreme = [0, 1, p // 2, p // 2 + 1, p - 1]
    u, w = random.choice(extreme, (7, 150)), random.choice(extreme, (150, 8))
    block = blocks.enter(w)
    assert np.array_equal(blocks.leave(block), w)
    assert np.array_equal(blocks.dot(blocks.factor(u), block), u.astype(object).dot(w) % p)
    v, c = random.choice(extreme, (150, 11)), random.choice(extreme, (11, 8))
    assert np.array_equal(blocks.leave(blocks.plus_product(block, blocks.factor(v), c)), (w + v.astype(object).dot(c)) % p)
    a, b = (operators.balanced(random.choice(extreme, (count, 3, 3)), p).astype(np.float64) for count in (30, 11))
    for low, high in ((0, 40), (7, 31), (39, 40)):
        found, wanted = blocks.convolution(a, b, low, high, p), operators.convolution(a, b, low, high, p)
        assert np.array_equal(found % p, wanted % p)
    terms = random.integers(0, p, (80, 2, 2))
    assert sorted(generator(terms, p, blocks.convolution).degrees) == sorted(generator(terms, p).degrees)


@pytest.mark.parametrize("path", PATHS)
def test_block_wiedemann_on_the_device(path: str, device: Any) -> None:
    """Never above the rank, for square and other matrices of full and lower rank; solutions solve."""
    for p in {LARGEST_PRIME[path], *((2, 3) if path != "bfloat16" else ())}:
        blocks, random = engine(path, p, device), np.random.default_rng(p)
        for m, n, r in ((20, 20, 20), (20, 20, 7), (12, 31, 12), (31, 12, 5), (9, 9, 0), (1, 1, 1)):
            product = random.integers(0, p, (m, r)).astype(object).dot(random.integers(0, p, (r, n))) % p
            a = Operator([product.astype(np.int64)[None]], np.array([1]), p, blocks)
            rank = flint.nmod_mat(m, n, [int(x) for x in product.ravel()], p).rank()
            assert wiedemann_rank(a, 1) <= rank
            if p == P:
                assert wiedemann_rank(a, 1) == rank
            if rank == m == n:
                b = random.integers(0, p, (n, 11))
                x = wiedemann_solve(a, b)
                assert x is None or np.array_equal(a @ x, b)
                assert x is not None or p < P


@pytest.mark.parametrize("tree", [[0, 1], [[0, 1], [2, 3]], [[2, 0, 1], [3, 4]], [[0], [1, 2], 3], [0]], ids=str)
def test_networks_against_brute_force(tree: Any, device: Any) -> None:
    """Uneven trees, all kinds of partitions, M = 1, one channel, rank 0; tiny fields are never wrong."""
    flat = str(tree).translate({ord(c): " " for c in "[],"}).split()
    names = [""] + [f"{i}" for i, _ in enumerate(tree)]
    names += [f"{i}/{j}" for i, child in enumerate(tree) if isinstance(child, list) for j, _ in enumerate(child)]
    random = np.random.default_rng(len(flat))
    for dim, channels, top in ((1, 2, 9), (2, 1, 9), (2, 3, 9), (3, 2, 0)):
        leaf = {name for name in names if name and not any(other.startswith(f"{name}/") for other in names)}
        weights = {name: random.integers(-top, top + 1, (channels, dim if name in leaf else channels)).tolist() for name in names}
        for rows in (range(0, len(flat), 2), range(len(flat) // 2), ()):
            a = PoolingMatrix(tree, dim, weights, rows)
            m, n = a.shape
            entries = [int(x) for x in (a.formed(P)).ravel()]
            for p in (2, 3, P):
                rank = flint.nmod_mat(m, n, [int(x) for x in a.formed(p).ravel()] if p < P else entries, p).rank()
                lower = rank_by_black_box(a, p, device).lower
                assert lower <= rank and (p < P or lower == rank)


@pytest.mark.parametrize("path", ["int8", "float32", "float64"])
def test_a_certificate_found_on_the_device_needs_no_device(path: Any, device: Any) -> None:
    """More channels than dimensions, shared sizes of the tree: the judge applies the recipe to the solutions."""
    p = LARGEST_PRIME[path]
    engine(path, p, device)
    a = PoolingMatrix(TREE, 12, counts(13), [0, 2], seed="device")
    found = rank_by_black_box(a, p, device, path=path)
    if p == P:
        assert found.exact
    if found.exact:
        assert found.verify().grade == SOUND


def test_deficient_ranks_have_bounds_and_no_certificate(device: Any) -> None:
    a = PoolingMatrix(TREE, 6, counts(2), [0, 1], seed="device")
    found = rank_by_black_box(a, P, device)
    assert found.lower == flint.nmod_mat(36, 36, [int(x) for x in a.formed(P).ravel()], P).rank() == 2
    with pytest.raises(UsageError, match="square matrix of full rank"):
        found.certificate()
