"""Arithmetic circuits: forward passes and coefficient tensors against sums over all index tuples."""

from __future__ import annotations

from itertools import product
from math import prod
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit.errors import UsageError
from proofkit.evaluate import Instance, evaluate
from proofkit.fields import FLOAT64, GF, Q
from proofkit.linalg.exact import rank
from proofkit.networks import ArithmeticCircuit, contracted, deep, random_arrays, random_deep, random_shallow, shallow
from proofkit.statements import parse_expression
from proofkit.tensors import odd_even

FIELD = GF(10007)


def deep_entry(circuit: ArithmeticCircuit, index: tuple[int, ...], level: int, position: int) -> list[int]:
    """The channels of one node at one index, by the recursion of the paper and nothing else."""
    if level == 0:
        return list(circuit.leaves[position].tolist()[index[position]])
    left, right = (deep_entry(circuit, index, level - 1, 2 * position + side) for side in (0, 1))
    rows: Any = circuit.levels[level - 1][position].tolist()
    rows = [rows] if level == len(circuit.levels) else rows
    return [sum(w * x * y for w, x, y in zip(row, left, right, strict=True)) for row in rows]


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("dimension", "channels"), [(2, (3, 2)), (1, (2, 2)), (3, (5, 1)), (2, (1, 3)), (2, (2,)), (2, (2, 1, 3))]
)
def test_the_deep_tensor_is_the_papers_recursion(dimension: int, channels: tuple[int, ...], shared: bool) -> None:
    circuit = random_deep(len(channels), dimension, channels, FIELD, 1, shared)
    tensor: Any = np.array(circuit.coefficient_tensor().tolist())
    for index in product(range(dimension), repeat=circuit.modes):
        (expected,) = deep_entry(circuit, index, len(channels), 0)
        assert tensor[index] == expected % FIELD.p


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(0, 99))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_the_shallow_tensor_is_a_sum_of_rank_one_terms(modes: int, dimension: int, terms: int, seed: int) -> None:
    circuit = random_shallow(modes, dimension, terms, Q, seed)
    tensor: Any = np.array(circuit.coefficient_tensor().tolist(), dtype=object)
    leaves: Any = [leaf.tolist() for leaf in circuit.leaves]
    output: Any = circuit.levels[0][0].tolist()
    for index in product(range(dimension), repeat=modes):
        assert tensor[index] == sum(
            output[z] * prod(leaf[i][z] for leaf, i in zip(leaves, index, strict=True)) for z in range(terms)
        )


def brute_force(circuit: ArithmeticCircuit, values: Any) -> int:
    tensor: Any = np.array(circuit.coefficient_tensor().tolist(), dtype=object)
    indices = product(range(circuit.dimension), repeat=circuit.modes)
    return sum(tensor[index] * prod(values[i][d] for i, d in enumerate(index)) for index in indices)


@pytest.mark.parametrize("build", [lambda: random_deep(2, 2, (3, 2), Q, 5), lambda: random_shallow(3, 2, 4, Q, 5)])
def test_forward_is_the_sum_over_all_index_tuples(build: Any) -> None:
    circuit = build()
    values = random_arrays({"f": (circuit.modes, 2)}, Q, 9)["f"]
    expected = brute_force(circuit, values.tolist())
    assert circuit.forward(values).tolist() == expected
    assert contracted(circuit.coefficient_tensor(), values).tolist() == expected


def test_floating_forward_is_within_its_bound() -> None:
    exact = random_deep(3, 2, (3, 2, 2), Q, 3)
    rounded = deep(3, 2, (3, 2, 2), {name: FLOAT64.array(w) for name, w in exact.weights().items()})
    values = random_arrays({"f": (8, 2)}, Q, 4)["f"]
    found: Any = rounded.forward(FLOAT64.array(values))
    assert abs(found.value - float(exact.forward(values).tolist())) <= found.bound + 1e-6 * abs(found.value)


@pytest.mark.parametrize("shared", [False, True])
def test_the_evaluator_of_statements_has_the_same_tensor(shared: bool) -> None:
    circuit = random_deep(2, 2, (3, 2), FIELD, 8, shared)
    text = f"ht(L, M, r{', shared=True' if shared else ''})"
    instance = Instance({"L": 2, "M": 2, "r": [3, 2]}, dict(circuit.weights()), FIELD)
    value: Any = evaluate(parse_expression(text), instance)
    assert value.items_equal(circuit.coefficient_tensor()).all()


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("dimension", "channels"), [(2, (3, 2)), (3, (2, 3)), (3, (1, 2)), (1, (3, 3)), (4, (3,)), (2, (2, 3, 2))]
)
def test_generic_rank_is_the_capacity(dimension: int, channels: tuple[int, ...], shared: bool) -> None:
    circuit = random_deep(len(channels), dimension, channels, GF(2**31 - 1), 0, shared)
    matrix = odd_even(circuit.coefficient_tensor())
    assert rank(matrix) == min(channels[0], dimension) ** (circuit.modes // 2)


def test_zero_output_weights_give_the_zero_tensor() -> None:
    weights = random_deep(2, 2, (2, 2), Q, 0).weights()
    zero = deep(2, 2, (2, 2), {**weights, "ht.2.0": Q.zeros(2)})
    assert rank(odd_even(zero.coefficient_tensor())) == 0


def test_parameters_are_counted() -> None:
    assert random_deep(2, 3, (4, 5), Q).parameters() == 4 * 3 * 4 + 2 * 5 * 4 + 5
    assert random_deep(2, 3, (4, 5), Q, shared=True).parameters() == 3 * 4 + 5 * 4 + 5
    assert random_shallow(4, 3, 7, Q).parameters() == 4 * 3 * 7 + 7


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: random_deep(0, 2, (), Q), "0 levels"),
        (lambda: random_deep(2, 2, (2,), Q), "2 positive channel counts"),
        (lambda: random_shallow(0, 2, 1, Q), "positive numbers"),
        (lambda: deep(1, 2, (2,), {}), "ht.0.0 are missing"),
        (lambda: shallow(1, 2, 2, {"cp.0": Q.ones(2, 3), "cp.c": Q.ones(2)}), r"cp.0 have the shape \(2, 3\)"),
        (lambda: random_deep(1, 2, (2,), Q).forward(Q.ones(3, 2)), "2 x 2"),
        (lambda: random_deep(5, 2, (2,) * 5, Q).coefficient_tensor(), r"2\^32 entries"),
    ],
)
def test_mistakes_are_named(call: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        call()
