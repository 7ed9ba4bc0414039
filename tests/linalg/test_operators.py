"""Operators that are never formed: against Python's integers, over every engine, at the edges of the exactness budgets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields.budget import residues
from proofkit.linalg.operators import Blocks, Operator, PlainBlocks, blocks_for, halves, joined
from proofkit.linalg.products import passes_self_test

ENGINES = ["float64", "float32", "int8", "plain float64", "plain float32"]
PRIMES = {"float64": (2, 3, 17, 8388593, 33554393), "float32": (2, 3, 127, 509), "int8": (3, 127, 251)}


def engine_of(name: str, p: int, vectors: int = 1) -> Blocks:
    """Every engine, or the test is skipped where this machine has no bytes."""
    dtype: Any = name.removeprefix("plain ")
    if name.startswith("plain"):
        return PlainBlocks(residues(p, dtype), vectors)
    if not passes_self_test(dtype):
        pytest.skip(f"no compiled products of {dtype} here")
    return blocks_for(p, vectors, dtype)


def by_integers(children: list[Any], weights: Any, p: int) -> Any:
    """The matrix, by the definition, in Python's integers."""
    total: Any = 0
    for a, weight in enumerate(weights):
        product = np.ones((1, 1), dtype=object)
        for child in children:
            product = np.kron(product, child[a].astype(object))
        total = total + product * int(weight)
    return total % p


shapes = st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1, max_size=4)


@pytest.mark.parametrize("name", ENGINES)
@settings(max_examples=25, deadline=None, derandomize=True)
@given(shapes=shapes, channels=st.integers(1, 4), vectors=st.integers(1, 40), count=st.integers(0, 50), seed=st.integers(0, 99))
def test_every_engine_follows_the_definition(
    name: str, shapes: list[tuple[int, int]], channels: int, vectors: int, count: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    p = int(random.choice(PRIMES[name.removeprefix("plain ")]))
    children = [random.integers(0, p, (channels, m, n)) for m, n in shapes]
    weights = random.integers(0, p, channels)
    expected = by_integers(children, weights, p)
    a = Operator(children, weights, p, engine_of(name, p, vectors))
    assert a.shape == expected.shape and np.array_equal(a.formed().astype(np.int64) % p, expected)
    x, y = random.integers(0, p, (a.shape[1], count)), random.integers(0, p, a.shape[0])
    assert np.array_equal(a @ x, expected.dot(x.astype(object)) % p)
    assert np.array_equal(a.transposed() @ y, expected.T.dot(y.astype(object)) % p)
    diagonals = [random.integers(0, p, n) for _, n in shapes]
    scaled = by_integers(children, weights, p) * by_integers([d[None, None, :] for d in diagonals], [1], p) % p
    assert np.array_equal(a.scaled(diagonals).formed().astype(np.int64) % p, scaled)


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("sign", [1, -1])
def test_largest_entries_and_longest_sums(name: str, sign: int) -> None:
    """All entries as large as residues get, in sums one term shorter and longer than the budget's chunk; nothing cancels."""
    dtype: Any = name.removeprefix("plain ")
    for p in PRIMES[dtype]:
        chunk, worst = residues(p, dtype).chunk, (p // 2 if sign > 0 else p - p // 2) % p
        for length in (chunk - 1, chunk, chunk + 1, 2 * chunk + 1):
            if not 1 <= length <= 20_000:
                continue
            a = Operator([np.full((2, 3, length), worst)], np.array([1, 1]), p, engine_of(name, p))
            x = np.full(length, worst)
            assert (a @ x == 2 * length * worst * worst % p).all(), (p, length)


@pytest.mark.parametrize("name", ENGINES)
def test_small_products_of_a_block(name: str) -> None:
    """U' W and W + V C, as block Wiedemann needs them, at extreme entries."""
    p = PRIMES[name.removeprefix("plain ")][-1]
    engine = engine_of(name, p, 20)
    random = np.random.default_rng(0)
    extreme = [0, 1, p // 2, p // 2 + 1, p - 1]
    u, w = random.choice(extreme, (7, 150)), random.choice(extreme, (150, engine.vectors))
    block = engine.enter(w)
    assert np.array_equal(engine.leave(block), w)
    assert np.array_equal(engine.dot(engine.factor(u), block), u.astype(object).dot(w) % p)
    v, c = random.choice(extreme, (150, 11)), random.choice(extreme, (11, engine.vectors))
    found = engine.leave(engine.plus_product(block, engine.factor(v), c))
    assert np.array_equal(found, (w + v.astype(object).dot(c)) % p)


def test_factors_are_joined_while_they_stay_small() -> None:
    children = [np.ones((1, 4, 4), dtype=np.int64)] * 5
    assert [c.shape for c in joined(children, 7)] == [(1, 64, 64), (1, 16, 16)]
    assert [c.shape for c in halves(children, 7)] == [(1, 64, 64), (1, 16, 16)]


def test_misfits_are_named() -> None:
    a = Operator([np.ones((1, 2, 3), dtype=np.int64)], np.array([1]), 7)
    with pytest.raises(UsageError, match="is not applied to an array of shape"):
        a @ np.ones(2, dtype=np.int64)
    with pytest.raises(UsageError, match="below 2\\^25"):
        Operator([np.ones((1, 2, 3), dtype=np.int64)], np.array([1]), 2**31 - 1)
