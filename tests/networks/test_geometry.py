"""Pooling geometry: bounds against brute force over all cuts, ranks against the whole matricization, the strict cases."""

from __future__ import annotations

import itertools
from math import comb, prod
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.fields import GF, Q
from proofkit.linalg.exact import rank
from proofkit.networks import Network, deep_tree, pooling_tree, random_network, shallow_tree, truncated_tree
from proofkit.networks.geometry import (
    Architecture,
    generic_rank,
    halves,
    min_cut,
    min_cut_by_flow,
    power_bound,
    published_lower_bound,
    ranking,
    recursion_bound,
    shallow_generic_rank,
    truncation_base,
    truncation_rows,
    truncations,
)
from proofkit.networks.reduction import full_size, reduced

TREES = [
    [[0, 1], [2, 3]],
    [[0, 2], [1, 3]],
    [0, 1, 2],
    [[0, 1, 2], [3, 4]],
    [[[0], [1, 2]], [3]],
    [[0, 1], 2],
    [[[0, 1], [2, 3]], [4, 5]],
]


@st.composite
def architectures(draw: Any, most: int = 4) -> tuple[Architecture, tuple[int, ...]]:
    tree = pooling_tree(draw(st.sampled_from(TREES)))
    channels = {window.name: draw(st.integers(1, most)) for window in tree.windows()}
    rows = tuple(mode for mode in range(len(tree.modes)) if draw(st.booleans()))
    return Architecture(tree, draw(st.integers(1, 3)), channels), rows


def cut_by_brute_force(architecture: Architecture, rows: tuple[int, ...]) -> int:
    """The least product over all ways to put every weight matrix on a side."""
    nodes = list(architecture.tree.nodes())
    best = None
    for sides in itertools.product((0, 1), repeat=len(nodes)):
        side = dict(zip((node.name for node in nodes), sides))
        size = 1
        for node in nodes:
            if node.children:
                members = {side[node.name], *(side[child.name] for child in node.children)}
                size *= architecture.channels[node.name] if len(members) == 2 else 1
            else:
                size *= 1 if side[node.name] == (node.mode not in rows) else architecture.dimension
        best = size if best is None else min(best, size)
    assert best is not None
    return best


@given(architectures())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_minimum_cut_is_that_of_all_cuts_and_of_a_flow(case: tuple[Architecture, tuple[int, ...]]) -> None:
    architecture, rows = case
    cut = min_cut(architecture, rows)
    assert cut.size == cut_by_brute_force(architecture, rows)
    assert cut.size == prod(_size(architecture, name) for name in cut.indices)
    assert min_cut_by_flow(architecture, rows).size == cut.size


def _size(architecture: Architecture, name: str) -> int:
    return architecture.dimension if name.startswith("mode ") else architecture.channels[name]


@given(architectures())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_all_bounds_hold_in_their_order(case: tuple[Architecture, tuple[int, ...]]) -> None:
    architecture, rows = case
    found, cut = generic_rank(architecture, rows), min_cut(architecture, rows).size
    assert power_bound(architecture, rows) <= found <= cut <= recursion_bound(architecture, rows)
    assert published_lower_bound(architecture, rows) <= found
    network = Network(architecture.tree, _weights(architecture), architecture.dimension)
    assert found == rank(network.matricization(rows))


def _weights(architecture: Architecture) -> dict[str, Any]:
    from proofkit.networks import random_arrays

    return random_arrays(architecture.shapes(), GF(2**31 - 1), 77)


@given(architectures(2), st.sampled_from(["product", "max", "average"]), st.integers(0, 50))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_reduced_matrices_are_submatrices_of_the_same_rank(
    case: tuple[Architecture, tuple[int, ...]], pool: str, seed: int
) -> None:
    architecture, rows = case
    sparse = {
        name: Q.array([[(i * 7 + j * 3 + seed + len(name)) % 3 - 1 for j in range(n)] for i in range(m)])
        for name, (m, n) in architecture.shapes().items()
    }
    network = Network(architecture.tree, sparse, architecture.dimension, pool)
    in_tree_order = [mode for mode in architecture.tree.modes if mode in rows]
    whole: Any = network.matricization(in_tree_order)
    others = [mode for mode in architecture.tree.modes if mode not in rows]
    whole = network.tensor().transpose(*in_tree_order, *others).reshape(*full_size(network, rows))
    found = reduced(network, rows)
    entries = whole.tolist()
    assert found.matrix.tolist() == [[entries[i][j] for j in found.columns] for i in found.rows]
    assert rank(found.matrix) == rank(whole)


def two_windows_of_three(dimension: int, r0: int) -> Architecture:
    return Architecture.by_level(pooling_tree([[0, 1, 2], [3, 4, 5]]), dimension, [r0, 2])


def test_the_generic_rank_may_be_strictly_below_the_minimum_cut() -> None:
    architecture, rows = two_windows_of_three(3, 5), (0, 1, 3)
    assert generic_rank(architecture, rows) == 14
    assert min_cut(architecture, rows).size == 15
    assert recursion_bound(architecture, rows) == 18


@pytest.mark.parametrize(
    ("dimension", "r0", "expected"), [(3, 5, 14), (4, 7, 26), (5, 7, 34), (5, 8, 38), (5, 9, 42), (3, 4, 12)]
)
def test_the_family_below_the_minimum_cut(dimension: int, r0: int, expected: int) -> None:
    k = r0 - dimension
    s = dimension % k
    assert r0 * dimension - s * (k - s) == expected
    assert generic_rank(two_windows_of_three(dimension, r0), (0, 1, 3)) == expected
    assert min_cut(two_windows_of_three(dimension, r0), (0, 1, 3)).size == r0 * dimension


@pytest.mark.parametrize(("channels", "expected", "recursion"), [((2, 2), 4, 8)])
def test_the_cut_is_below_the_published_recursion(channels: tuple[int, ...], expected: int, recursion: int) -> None:
    architecture = Architecture.by_level(deep_tree(2), 3, channels)
    assert (min_cut(architecture).size, recursion_bound(architecture)) == (expected, recursion)
    narrow = Architecture.by_level(deep_tree(3), 2, (1, 2, 3))
    assert (min_cut(narrow).size, recursion_bound(narrow)) == (1, 12)


@pytest.mark.parametrize(
    ("tree", "channels", "rows", "expected"),
    [
        (deep_tree(2), (4, 4), (0, 1), 3),
        (deep_tree(3), (2, 4, 4), (0, 1, 2, 3), 3),
        (pooling_tree([[0, 1, 2, 3], [4, 5, 6, 7]]), (4, 2), (0, 1, 4, 5), 9),
    ],
)
def test_shared_weights_fall_below_the_cut(tree: Any, channels: tuple[int, ...], rows: Any, expected: int) -> None:
    shared = Architecture.by_level(tree, 2, channels, shared=True)
    unshared = Architecture.by_level(tree, 2, channels)
    assert generic_rank(shared, rows) == expected < min_cut(shared, rows).size == generic_rank(unshared, rows)
    with pytest.raises(UsageError, match="not shared"):
        power_bound(shared, rows)


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(("modes", "dimension", "channels"), [(4, 2, 4), (4, 3, 7), (3, 2, 5), (5, 2, 8), (2, 3, 2)])
def test_the_generic_rank_of_shallow_networks(modes: int, dimension: int, channels: int, shared: bool) -> None:
    architecture = Architecture.by_level(shallow_tree(modes), dimension, [channels], shared)
    for size in range(modes + 1):
        rows = tuple(range(size))
        assert generic_rank(architecture, rows) == shallow_generic_rank(modes, dimension, channels, rows, shared)


def test_the_pooling_decides_which_inputs_interact() -> None:
    near = ranking(Architecture.by_level(deep_tree(3), 2, (2, 2, 2)))
    assert len(near) == comb(7, 3)
    assert near[0].rank == 16 and (0, 2, 4, 6) in {entry.rows for entry in near if entry.rank == 16}
    low = next(entry for entry in near if entry.rows == (0, 1, 2, 3))
    assert low.rank == 2 == near[-1].rank
    apart = {
        e.rows: e.rank for e in ranking(Architecture.by_level(pooling_tree([[[0, 4], [1, 5]], [[2, 6], [3, 7]]]), 2, (2, 2, 2)))
    }
    assert apart[0, 1, 2, 3] == 16
    assert len(list(halves(30, sample=5))) == 5
    with pytest.raises(UsageError, match="sample"):
        list(halves(30))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize("channels", [(4, 4, 2), (2, 3, 2), (1, 5, 3), (5, 2, 2), (3, 5, 4)])
def test_what_cutting_levels_off_costs(channels: tuple[int, ...], shared: bool) -> None:
    architecture = Architecture.by_level(deep_tree(3), 2, channels, shared)
    for cut in (1, 2):
        expected = truncation_base(2, channels, cut, shared) ** (2 ** (3 - cut))
        assert generic_rank(architecture, truncation_rows(3, cut)) == expected
    truncated = Architecture.by_level(truncated_tree(3, 2), 2, (2, 7), shared)
    assert min_cut(truncated, truncation_rows(3, 2)).size <= 7


def test_the_exponent_is_stronger_than_published() -> None:
    table = truncations(3, 2, (4, 4, 4))
    assert [(entry.levels, entry.base, entry.channels) for entry in table] == [(1, 2, 16), (2, 4, 16)]
    assert truncations(40, 2, (2,) * 40)[0].channels == float("inf")
    with pytest.raises(UsageError, match="cut to 1 .. 2"):
        truncation_base(2, (2, 2), 3)


def test_random_networks_of_uneven_trees_have_the_rank_of_their_architecture() -> None:
    network = random_network(pooling_tree([[[0, 1], 2], 3]), 2, [2, 3, 2], GF(2**31 - 1), 1)
    assert rank(network.matricization()) == generic_rank(Architecture.of(network))
