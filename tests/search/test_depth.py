"""Arbitrary depths for all sizes: what is proved, what is refuted, and whether it is true of networks that are computed."""

from __future__ import annotations

import ast
from itertools import product

import numpy as np
import pytest

from proofkit import StatementError, prove, verify
from proofkit.evaluate import Instance, evaluate, family_weights
from proofkit.fields import GF, Q
from proofkit.linalg.exact import rank
from proofkit.networks.geometry import truncation_base
from proofkit.statements import parse_expression, parse_statement
from proofkit.statements.syntax import cuts

PRIME = 2**31 - 1
ARCHITECTURES = [
    (levels, dim, counts, cut, shared)
    for levels in (1, 2, 3)
    for dim in (1, 2, 3)
    for counts in list(product((1, 2, 4), repeat=levels))[:: 1 if levels < 3 else 5]
    for cut in range(1, levels + 1)
    for shared in (False, True)
    if dim**levels < 9
]


def judged_base(levels: int, dim: int, counts: tuple[int, ...], cut: int, shared: bool) -> int:
    scope = verify.Scope()
    scope.channels["r"] = list(counts)
    text = f"truncation_base({cut}, {dim}, r{', shared=True' if shared else ''})"
    table = verify.Table()
    ((monomial, number),) = table.integer(scope, ast.parse(text, mode="eval").body).items()
    return number if monomial == () else min(dict(option)[()] for option in table.variables[monomial[0]].content)


def test_the_bound_is_the_rank_of_random_networks() -> None:
    """Base and rank each in two ways or more: readings of the definition; the network evaluated over a large prime field."""
    for architecture in ARCHITECTURES:
        bound_and_rank(*architecture)


def bound_and_rank(levels: int, dim: int, counts: tuple[int, ...], cut: int, shared: bool) -> None:
    call = parse_expression(f"ht(L, M, r{', shared=True' if shared else ''})")
    blocks = parse_expression(f"odd_even(blocks(ht(L, M, r{', shared=True' if shared else ''}), L2))")
    base = parse_expression(f"truncation_base(L2, M, r{', shared=True' if shared else ''}) ** 1 + rank(zeros(1, 1))")
    sizes = {"L": levels, "L2": cut, "M": dim, "r": list(counts)}
    source = np.random.default_rng(7)
    arrays = {name: GF(PRIME).array(source.integers(0, PRIME, size=shape)) for name, shape in family_weights(call, sizes).items()}
    point = Instance(sizes, arrays, GF(PRIME))
    wanted = truncation_base(dim, counts, cut, shared)
    assert evaluate(base, Instance(sizes, {}, Q)) == wanted
    assert judged_base(levels, dim, counts, cut, shared) == wanted
    found = evaluate(blocks, point)
    assert rank(found) == wanted ** (2 ** (levels - cut))


def test_blocks_are_numpys_reshape() -> None:
    tensor = np.arange(2 * 3 * 2 * 3).reshape(2, 3, 2, 3)
    point = Instance({}, {"T": Q.array(tensor)}, Q)
    assert evaluate(parse_expression("blocks(T, 2)"), point).tolist() == tensor.reshape(6, 6).tolist()  # type: ignore[union-attr]
    same = prove(
        "matricize(blocks(T, 2), rows=[0], columns=[1]) == matricize(T, rows=[0, 1], columns=[2, 3])", where="T: m n p q"
    )
    assert same.verdict == "proved"


@pytest.mark.parametrize(
    "statement",
    [
        "cp_rank(blocks(ht(L, M, r), L2)) >= truncation_base(L2, M, r) ** (2 ** (L - L2))",
        "cp_rank(blocks(ht(L, M, r, shared=True), L2)) >= truncation_base(L2, M, r, shared=True) ** (2 ** (L - L2))",
        "rank(odd_even(blocks(ht(L, M, r), 1))) >= min(r[0], M) ** (2 ** (L - 1))",
        "rank(odd_even(blocks(ht(L, M, r), 2))) >= min(r[1], r[0], M ** 2) ** (2 ** (L - 2))",
        "cp_rank(blocks(ht(L, M, r), 3)) >= min(r[2], r[1], r[0] ** 2, M ** 4) ** (2 ** (L - 3))",
        "cp_rank(blocks(ht(L, M, r, shared=True), 3)) >= min(M, r[0], r[1], r[2]) ** (2 ** (L - 3))",
        "cp_rank(blocks(ht(3, M, r), 2)) >= min(M ** 2, r[0], r[1]) ** 2",
    ],
)
def test_almost_every_deep_network(statement: str) -> None:
    result = prove(statement, almost_everywhere=True)
    assert result.verdict == "proved", result.tried
    assert prove(f"{statement} + 1", almost_everywhere=True).verdict != "proved"
    assert verify.check(verify.canonical(result.certificate())).valid


@pytest.mark.parametrize(
    "statement",
    [
        "rank(odd_even(blocks(truncated(L, L2, M, r), L2))) <= r[L2 - 1]",
        "cp_rank(blocks(truncated(L, L2, M, r), L2)) <= r[L2 - 1]",
        "rank(odd_even(blocks(truncated(L, 2, M, r, shared=True), 2))) <= r[1]",
        "rank(odd_even(blocks(truncated(3, 2, M, r), 2))) <= r[1]",
    ],
)
def test_every_network_cut_short(statement: str) -> None:
    assert prove(statement).verdict == "proved"


def test_no_fewer_channels_bound_a_network_cut_short() -> None:
    assert prove("rank(odd_even(blocks(truncated(L, L2, M, r), L2))) <= r[L2 - 1] - 1").verdict == "refuted"


def test_false_siblings() -> None:
    power = "truncation_base(L2, M, r) ** (2 ** (L - L2))"
    assert prove(f"rank(odd_even(blocks(ht(L, M, r), L2))) >= {power}").verdict == "refuted"
    assert prove(f"rank(odd_even(blocks(ht(L, M, r), L2))) >= {power} + 1", almost_everywhere=True).verdict == "refuted"
    assert prove("rank(odd_even(blocks(ht(L, M, r), L2))) <= r[L2 - 1]", almost_everywhere=True).verdict == "refuted"
    shared = "rank(odd_even(blocks(ht(2, 2, r, shared=True), 2))) >= 4"
    assert prove(shared, sizes={"r": [4, 4]}, almost_everywhere=True, field="Q").verdict == "undecided"  # it is 3


def test_at_given_sizes() -> None:
    statement = "rank(odd_even(blocks(ht(L, M, r), L2))) >= truncation_base(L2, M, r) ** (2 ** (L - L2))"
    for sizes in ({"L": 3, "L2": 2, "M": 2, "r": [4, 4, 2]}, {"L": 20, "L2": 3, "M": 2, "r": [4] * 20}):
        result = prove(statement, sizes=sizes, almost_everywhere=True)  # type: ignore[arg-type]
        assert result.verdict == "proved", result.tried
    with pytest.raises(StatementError, match="cut to 1"):
        prove(statement, sizes={"L": 2, "L2": 3}, almost_everywhere=True)


def test_a_statement_names_its_cuts() -> None:
    statement = parse_statement("rank(odd_even(blocks(ht(L, M, r), 2))) <= rank(odd_even(blocks(truncated(K, J, M, r), J)))")
    assert [tuple(node.value for node in pair) for pair in cuts(statement)] == [("L", 2), ("K", "J")]
