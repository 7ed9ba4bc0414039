"""Networks on pooling trees: tensors and forward passes against the recursion written entry by entry, in Python numbers."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import prod
from typing import Any

import numpy as np
import opt_einsum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.evaluate import Instance, evaluate
from proofkit.fields import FLOAT64, GF, MP50, Q
from proofkit.linalg.exact import rank
from proofkit.networks import (
    Network,
    contracted,
    deep_tree,
    pooling_tree,
    random_arrays,
    random_deep,
    random_network,
    random_shallow,
    shallow_tree,
    statement_weights,
    truncated_tree,
)
from proofkit.statements import parse_expression
from proofkit.tensors import odd_even

FIELD = GF(10007)
TREES = [
    ([0], 1),
    ([0, 1], 1),
    ([[0, 1], [2, 3]], 2),
    ([[0, 3], [1, 2]], 2),
    ([[2], [0, 1]], 2),
    ([[0, 1, 2], [4, 3]], 2),
    ([[[1]], [[0, 2]]], 3),
]


def node_at(network: Network, node: Any, leaf_values: Any) -> list[Any]:
    """The channels of a node, by the definition and nothing else, where a leaf sees a vector of M numbers."""
    rows: Any = network.matrix(node).tolist()
    if not node.children:
        entering = leaf_values(node.mode)
    else:
        children = [node_at(network, child, leaf_values) for child in node.children]
        entering = [pooled(network.pool, column) for column in zip(*children, strict=True)]
    return [sum(w * x for w, x in zip(row, entering, strict=True)) for row in rows]


def pooled(pool: str, values: tuple[Any, ...]) -> Any:
    if pool == "product":
        return prod(values)
    if len(values) == 1:
        return values[0]
    return max(*values, 0) if pool == "max" else sum(max(value, 0) for value in values)


def entry(network: Network, index: tuple[int, ...], output: int = 0) -> Any:
    unit = [[int(d == i) for d in range(network.dimension)] for i in index]
    return node_at(network, network.tree, lambda mode: unit[mode])[output]


@st.composite
def networks(draw: Any, pools: tuple[str, ...] = ("product", "max", "average")) -> Network:
    nested, levels = draw(st.sampled_from(TREES))
    tree = pooling_tree(nested)
    channels = draw(st.lists(st.integers(1, 3), min_size=levels, max_size=levels))
    pool, dimension, outputs = draw(st.sampled_from(pools)), draw(st.integers(1, 3)), draw(st.integers(1, 2))
    shared = tree.even and draw(st.booleans())
    return random_network(tree, dimension, channels, Q, draw(st.integers(0, 99)), pool=pool, shared=shared, outputs=outputs)


def test_values_of_another_system_are_refused() -> None:
    network = random_network(deep_tree(1), 2, [2], Q, 1)
    with pytest.raises(UsageError, match="weights are over Q, the values over float64"):
        network.forward(FLOAT64.array(np.ones((2, 2))))
    with pytest.raises(UsageError, match="for exact numbers give Q.array"):
        network.forward(np.ones((2, 2), dtype=int))
    torch = pytest.importorskip("torch")
    with pytest.raises(UsageError, match="to_torch"):
        network.forward(torch.ones(2, 2))


@given(networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_tensor_is_the_recursion_at_every_index(network: Network) -> None:
    for output in range(network.outputs):
        tensor: Any = np.array(network.tensor(output).tolist(), dtype=object)
        for index in product(range(network.dimension), repeat=network.modes):
            assert tensor[index] == entry(network, index, output)


@given(networks(), st.integers(0, 9))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_forward_is_the_recursion_on_any_input(network: Network, seed: int) -> None:
    shape = (network.modes, network.dimension)
    batch = [random_arrays({"f": shape}, Q, seed + i, signed=True)["f"].tolist() for i in range(3)]
    expected = [node_at(network, network.tree, lambda mode, values=values: values[mode]) for values in batch]
    assert network.forward(Q.array(batch, batch=True)).tolist() == expected
    assert network.forward(Q.array(batch[0])).tolist() == expected[0]
    floats: Any = network.forward(np.array(batch, dtype=float))
    assert np.allclose(floats, np.array(expected, dtype=float))
    bounded: Any = network.over(FLOAT64).forward(FLOAT64.array(np.array(batch, dtype=float), batch=True))
    exact = np.array(expected, dtype=object)
    assert (np.abs(np.vectorize(Fraction)(bounded.value) - exact) <= np.vectorize(Fraction)(bounded.bound)).all()


@given(networks(("product",)))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_forward_is_the_sum_over_all_index_tuples(network: Network) -> None:
    values = random_arrays({"f": (network.modes, network.dimension)}, Q, 9)["f"]
    rows: Any = values.tolist()
    for output in range(network.outputs):
        tensor: Any = np.array(network.tensor(output).tolist(), dtype=object)
        indices = product(range(network.dimension), repeat=network.modes)
        expected = sum(tensor[index] * prod(rows[i][d] for i, d in enumerate(index)) for index in indices)
        assert network.forward(values).tolist()[output] == expected
        assert contracted(network.tensor(output), values).tolist() == expected


@pytest.mark.parametrize("nested", [[[0, 1], [2, 3]], [[3, 1], [0, 2]], [[0, 1, 2], [3, 4]]])
def test_the_tensor_is_what_opt_einsum_contracts(nested: Any) -> None:
    network = random_network(pooling_tree(nested), 2, [3, 2], Q, 4)
    windows = network.tree.children
    operands: list[Any] = [np.array(network.matrix(network.tree).tolist())[0], [100]]
    for place, window in enumerate(windows):
        operands += [np.array(network.matrix(window).tolist()), [100, 101 + place]]
        for leaf in window.children:
            operands += [np.array(network.matrix(leaf).tolist()), [101 + place, leaf.mode]]
    expected = opt_einsum.contract(*operands, list(range(network.modes)))
    assert (np.array(network.tensor().tolist()) == expected).all()


@pytest.mark.parametrize("shared", [False, True])
def test_the_evaluator_of_statements_has_the_same_tensor(shared: bool) -> None:
    network = random_deep(2, 2, (3, 2), FIELD, 8, shared)
    text = f"ht(L, M, r{', shared=True' if shared else ''})"
    instance = Instance({"L": 2, "M": 2, "r": [3, 2]}, dict(statement_weights(network)), FIELD)
    value: Any = evaluate(parse_expression(text), instance)
    assert value.items_equal(network.tensor()).all()


def test_the_evaluator_has_the_same_shallow_tensor() -> None:
    network = random_shallow(3, 2, 4, FIELD, 8)
    instance = Instance({"N": 3, "M": 2, "Z": 4}, dict(statement_weights(network)), FIELD)
    value: Any = evaluate(parse_expression("cp(N, M, Z)"), instance)
    assert value.items_equal(network.tensor()).all()


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("dimension", "channels"), [(2, (3, 2)), (3, (2, 3)), (3, (1, 2)), (1, (3, 3)), (4, (3,)), (2, (2, 3, 2))]
)
def test_generic_rank_is_the_capacity(dimension: int, channels: tuple[int, ...], shared: bool) -> None:
    network = random_deep(len(channels), dimension, channels, GF(2**31 - 1), 0, shared)
    assert rank(odd_even(network.tensor())) == min(channels[0], dimension) ** (network.modes // 2)


def test_zero_output_weights_give_the_zero_tensor() -> None:
    network = random_deep(2, 2, (2, 2), Q, 0)
    zero = Network(network.tree, {**network.weights, "": Q.zeros(1, 2)}, 2)
    assert rank(zero.matricization()) == 0


def test_a_relabelled_tree_has_the_tensor_with_its_modes_moved() -> None:
    network = random_network(pooling_tree([[0, 1], [2, 3]]), 2, [2, 3], Q, 1)
    moved = Network(pooling_tree([[2, 0], [3, 1]]), network.weights, 2)
    assert moved.tensor().transpose(2, 0, 3, 1).tolist() == network.tensor().tolist()


def test_parameters_are_counted() -> None:
    assert random_deep(2, 3, (4, 5), Q).parameters == 4 * 3 * 4 + 2 * 5 * 4 + 5
    assert random_deep(2, 3, (4, 5), Q, shared=True).parameters == 3 * 4 + 5 * 4 + 5
    assert random_shallow(4, 3, 7, Q).parameters == 4 * 3 * 7 + 7


def test_random_weights_are_those_of_the_seed() -> None:
    one, same, other = (random_deep(2, 2, (2, 2), FIELD, seed).tensor().tolist() for seed in (1, 1, 2))
    assert one == same != other


def test_rectifiers_run_at_any_precision() -> None:
    network = random_network(deep_tree(2), 2, [2, 2], Q, 3, pool="max")
    exact = network.tensor().tolist()
    rounded: Any = network.over(MP50).tensor()
    assert all(float(a) == float(b) for a, b in zip(np.ravel(rounded.tolist()), np.ravel(exact), strict=True))


def test_trees_of_levels() -> None:
    assert deep_tree(2).nested() == [[0, 1], [2, 3]]
    assert truncated_tree(3, 2).nested() == [[0, 1], [2, 3], [4, 5], [6, 7]]
    assert truncated_tree(3, 1).nested() == shallow_tree(8).nested()
    assert deep_tree(1, 4).nested() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_deep(0, 2, (), Q), "cut to 1 .. 0"),
        (lambda: random_deep(2, 2, (2,), Q), "2 positive counts"),
        (lambda: random_shallow(2, 0, 1, Q), "positive counts"),
        (lambda: Network(deep_tree(1), {}, 2), "node '0': missing"),
        (lambda: Network(deep_tree(1), {"0": Q.ones(1, 3), "1": Q.ones(1, 2), "": Q.ones(1, 1)}, 2), "node '0': 3 columns"),
        (lambda: Network(deep_tree(1), {"0": Q.ones(2, 2), "1": Q.ones(1, 2), "": Q.ones(1, 1)}, 2), r"children have \[2, 1\]"),
        (lambda: Network(deep_tree(1), {"2": Q.ones(1, 1)}, 2), "no node '2'"),
        (lambda: Network(deep_tree(1), {}, 2, "sum"), "pool: found 'sum'"),
        (lambda: random_network(pooling_tree([[0, 1], 2]), 2, [1, 1], Q, shared=True), "node '': a shared network"),
        (lambda: random_deep(1, 2, (2,), Q).forward(Q.ones(3, 2)), "2 x 2"),
        (lambda: random_deep(1, 2, (2,), Q).tensor(1), "the network has 1"),
        (lambda: random_deep(5, 2, (2,) * 5, Q).tensor(), r"2\^32 x 2 entries"),
        (lambda: random_deep(2, 2, (2, 2), Q).matricization([4]), "no mode 4"),
        (lambda: random_deep(2, 2, (2, 2), Q).matricization([1, 1]), "lists a mode twice"),
    ],
)
def test_mistakes_are_named(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()


def test_rectifiers_need_an_order() -> None:
    with pytest.raises(TypeError, match="no order"):
        random_network(deep_tree(1), 2, [2], FIELD, pool="max").tensor()
