"""certify weights: ranks against FLINT on the whole matricization; what the judge must refuse."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from math import ceil, prod
from pathlib import Path
from random import Random
from typing import Any

import flint
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofkit import tensors, verify
from proofkit.certify import weights
from proofkit.cli import run
from proofkit.fields import FLOAT64, Q
from proofkit.linalg.exact import rank
from proofkit.networks import (
    Network,
    content_of,
    deep_tree,
    from_content,
    pooling_tree,
    random_deep,
    random_network,
    shallow_tree,
    write_network,
)

TREES: list[tuple[Any, int]] = [
    ([0], 1),
    ([0, 1], 1),
    ([[0, 1], [2, 3]], 2),
    ([[0, 3], [1, 2]], 2),
    ([[0, 1, 2], [4, 3]], 2),
    ([[2], [0, 1]], 2),
    ([[[0], [1]], [[2, 3]]], 3),
]


@st.composite
def special_networks(draw: Any) -> Network:
    """Any pooling and tree, with many zeros, repeated and cancelling weights, fractions, r0 above M, M = 1 and r0 = 1."""
    nested, levels = draw(st.sampled_from(TREES))
    tree, dim = pooling_tree(nested), draw(st.integers(1, 3))
    channels = draw(st.lists(st.integers(1, 4), min_size=levels, max_size=levels))
    shared = tree.even and draw(st.booleans())
    plain = random_network(tree, dim, channels, Q, pool=draw(st.sampled_from(["product", "max", "average"])), shared=shared)
    entry = st.sampled_from(["0", "0", "1", "-1", "2", "1/3", "-3/2"])
    content = content_of(plain)
    content["weights"] = {name: [[draw(entry) for _ in row] for row in rows] for name, rows in content["weights"].items()}
    return from_content(content)


@given(special_networks(), st.data())
@settings(max_examples=120, deadline=None, derandomize=True)
def test_the_rank_is_that_of_the_whole_matrix(network: Network, data: Any) -> None:
    rows = [mode for mode in range(network.modes) if data.draw(st.booleans())]
    found = weights(network, rows)
    expected = int(rank(network.matricization(rows)))
    assert found.rank.lower == found.rank.upper == expected
    assert found.sealed is not None and found.sealed.verdict.valid
    assert found.cut is None or expected <= found.cut


@pytest.mark.parametrize("pool", ["product", "max", "average"])
def test_floating_weights_stand_for_their_exact_values(pool: str) -> None:
    network = random_network(deep_tree(2), 2, [3, 2], Q, 4, pool=pool)
    rng = np.random.default_rng(5)
    floats = {name: FLOAT64.array(rng.normal(size=matrix.shape)) for name, matrix in network.weights.items()}
    content = json.loads(json.dumps(content_of(Network(network.tree, floats, 2, pool))))
    exact = from_content(content)
    assert weights(exact).rank.lower == rank(exact.matricization()) == weights(exact).rank.upper


@pytest.mark.parametrize("pool", ["product", "max"])
def test_solutions_are_for_the_integers_of_the_judge(pool: str) -> None:
    """Ranks above 128 are shown by solutions of linear equations, of the integers to which the judge scales rationals."""
    tree = deep_tree(4) if pool == "product" else deep_tree(1)
    dim, channels = (2, (3, 2, 2, 2)) if pool == "product" else (130, (132,))
    network = random_network(tree, dim, channels, Q, 4, pool=pool)
    shifted = {name: matrix * Fraction(1, 3 + len(name)) for name, matrix in network.weights.items()}
    found = weights(Network(tree, shifted, dim, pool))
    assert found.rank.lower > 128 and found.sealed is not None and found.sealed.verdict.valid


def test_cancellation_that_no_zero_weight_shows() -> None:
    leaf, top = [[1, 0], [0, 1]], {"0": [[1, 1], [1, -1]], "1": [[1, 1], [1, -1]], "": [[1, 1]]}
    network = Network(deep_tree(2), {**{f"{i}/{j}": Q.array(leaf) for i in (0, 1) for j in (0, 1)}, **_arrays(top)}, 2)
    assert weights(network).rank.upper == 2 < 4


def _arrays(rows: dict[str, Any]) -> dict[str, Any]:
    return {name: Q.array(matrix) for name, matrix in rows.items()}


def test_a_matrix_that_is_never_formed() -> None:
    network = random_deep(4, 4, (4, 4, 4, 4), Q, 1)
    found = weights(network)
    assert (found.rank.lower, found.rank.upper, found.rank.shape) == (4**8, 4**8, (65536, 65536))
    zeroed = Network(network.tree, {**network.weights, "0/0/0": Q.array([[0, 1, 1, 1]] * 4)}, 4)
    assert weights(zeroed).rank.lower == weights(zeroed).rank.upper == 3 * 4**7


def test_of_a_matrix_that_cannot_be_had_a_part_gives_a_lower_bound() -> None:
    network = random_network(deep_tree(4), 4, (5, 4, 4, 4), Q, 1)
    found = weights(network)
    assert 1000 < found.rank.lower < found.rank.upper == 4**8 and found.sealed is not None
    assert not found.exact and found.distance is None
    assert f"open: whether the rank is above {found.rank.lower}" in str(found) and "block Wiedemann" in str(found)


def deficient(network: Network, leaves: Sequence[int], size: int, seed: int = 5) -> Network:
    """The network with leaves of smaller rank."""
    random, changed = Random(seed), dict(network.weights)
    for node in network.tree.nodes():
        if node.mode in leaves:
            m, n = network.matrix(node).shape
            left, right = ([[random.randint(-3, 3) for _ in range(b)] for _ in range(a)] for a, b in ((m, size), (size, n)))
            changed[node.name] = tensors.matmul(Q.array(left), Q.array(right))
            assert rank(changed[node.name]) == size
    return Network(network.tree, changed, network.dimension)


@pytest.mark.slow
@pytest.mark.parametrize(("leaves", "size"), [([0], 3), ([3, 6, 9], 2), (range(0, 16, 2), 3)])
def test_deficient_leaves_of_a_matrix_that_is_never_formed(leaves: Sequence[int], size: int) -> None:
    """Rows have the product of the ranks of their leaves, columns of theirs; the rank is almost always the smaller one."""
    sides = [prod(size if mode in leaves else 4 for mode in range(first, 16, 2)) for first in (0, 1)]
    found = weights(deficient(random_deep(4, 4, (4, 4, 4, 4), Q, 1), leaves, size))
    assert found.rank.lower == found.rank.upper == min(sides) and found.rank.shape == (65536, 65536)


@pytest.mark.slow
def test_deficient_leaves_and_windows_that_the_cut_does_not_see() -> None:
    """Above the windows of leaves there are one channel and no sums: the matrix is a Kronecker product, rank by rank by FLINT."""
    random, tree, expected, weights_of = Random(3), deep_tree(4), 1, {}
    for window in tree.windows():
        leaves = not window.children[0].children
        table = [[random.choice((0, 1, 2)) if leaves else 1 for _ in range(4 if leaves else 1)]]
        weights_of[window.name] = Q.array(table)
        if leaves:
            u, v = (Q.array([[random.randint(0, 2) for _ in range(4)] for _ in range(4)]) for _ in range(2))
            weights_of[f"{window.name}/0"], weights_of[f"{window.name}/1"] = u, v
            weighted = Q.array([[table[0][i] * x for x in row] for i, row in enumerate(v.tolist())])
            expected *= int(rank(tensors.matmul(u.T, weighted)))
    found = weights(Network(tree, weights_of, 4))
    assert found.rank.lower == found.rank.upper == expected > 128


@pytest.mark.slow
@pytest.mark.parametrize("pool", ["max", "average"])
def test_rectifiers_whose_matrix_the_judge_does_not_form(pool: str) -> None:
    """2187 x 2187, against FLINT modulo a prime beyond 2^60; a smaller rank is refused."""
    network = random_network(
        pooling_tree([[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11], [12, 13]]]), 3, (3, 3, 2), Q, 2, pool=pool
    )
    found = weights(network)
    entries = network.tensor().transpose(*found.rows, *found.columns).reshape(*found.rank.shape)
    expected = flint.nmod_mat(*found.rank.shape, [int(x) for x in entries.planes[0].flat], 2**61 - 1).rank()
    assert found.rank.lower == found.rank.upper == expected < 2187
    assert found.rank.upper_by == ("hashed primes" if pool == "average" else "a factorization") and prod(found.rank.shape) > 2**21
    assert not forged(found, at_least=expected - 1, at_most=expected - 1).valid


def test_a_rank_below_the_shape_is_shown_modulo_primes_that_a_hash_picks() -> None:
    network = random_network(deep_tree(3), 4, (5, 4, 4), Q, 1, pool="max")
    found = weights(network)
    expected = rank(network.matricization())
    assert found.rank.lower == found.rank.upper == expected < 256
    content = found.sealed.content  # type: ignore[union-attr]
    assert content["proof"]["upper"]["by"] == "hashed primes"
    assert not forged(found, at_least=expected - 1, at_most=expected - 1).valid
    first, second, *others = content["proof"]["upper"]["solutions"]
    zeros = {**second, "data": base64.b64encode(bytes(len(base64.b64decode(second["data"])))).decode()}
    solutions = [first, zeros, *others]
    changed = {**content["proof"], "upper": {**content["proof"]["upper"], "solutions": solutions}}
    assert not judged_again({**content, "proof": changed}).valid


def entry(network: Network, node: Any, index: tuple[int, ...]) -> list[Fraction]:
    """The channels of a node at one index, by the definition and nothing else."""
    rows = network.matrix(node).tolist()
    if not node.children:
        return [row[index[node.mode]] for row in rows]
    pooled = []
    for values in zip(*(entry(network, child, index) for child in node.children)):
        if network.pool == "product" or len(values) == 1:
            pooled.append(prod(values))
        else:
            pooled.append(max(*values, 0) if network.pool == "max" else sum(max(value, 0) for value in values))
    return [sum((w * x for w, x in zip(row, pooled)), Fraction(0)) for row in rows]


def brute_force_rank(network: Network, rows: list[int], output: int) -> int:
    """By FLINT, of the matrix filled in index by index."""
    columns = [mode for mode in range(network.modes) if mode not in rows]
    table = []
    for i in product(range(network.dimension), repeat=len(rows)):
        line = []
        for j in product(range(network.dimension), repeat=len(columns)):
            index = dict(zip([*rows, *columns], [*i, *j]))
            value = Fraction(entry(network, network.tree, tuple(index[mode] for mode in range(network.modes)))[output])
            line.append(flint.fmpq(value.numerator, value.denominator))
        table.append(line)
    return int(flint.fmpq_mat(table).rank())


SHAPES: list[tuple[Any, list[int], list[int]]] = [  # tree, dimensions, modes of rows in some order
    ([[[0, 1], [2, 3]], [[4, 5], [6, 7]]], [2, 1], [0, 2, 4, 6]),
    ([[[0, 7], [2, 5]], [[4, 3], [6, 1]]], [2], [6, 1, 3]),
    ([[0, 1, 2], [3, 4, 5]], [2, 3], [0, 1, 3]),
    ([[0, 1, 2], [4, 3], [5]], [2], [5, 0]),
    ([0, 1, 2, 3, 4], [2, 3], [4, 2]),
    ([[0, [1]], 2, [[3, 4], 5]], [2], [1, 2, 5]),
    ([[0, 1], [2, 3]], [4], [0, 2]),
    ([[0, 1], [2, 3]], [5], [3, 2]),
]


@st.composite
def difficult_networks(draw: Any) -> tuple[Network, list[int], int]:
    """Any pooling, shared or not, zeros, cancellations, rank-deficient matrices, r0 = 1, r0 above M, floats and fractions."""
    nested, dims, rows = draw(st.sampled_from(SHAPES))
    tree, dim = pooling_tree(nested), draw(st.sampled_from(dims))
    channels = draw(st.lists(st.integers(1, 5), min_size=tree.level, max_size=tree.level))
    shared = tree.even and draw(st.booleans())
    counts = channels if tree.even else [channels[0]] * tree.level
    plain = random_network(
        tree, dim, counts, Q, pool=draw(st.sampled_from(["product", "max", "average"])), shared=shared, outputs=2
    )
    seed = draw(st.integers(0, 10**6))
    weights = {name: special(matrix.shape, Random(f"{seed} {name}")) for name, matrix in plain.weights.items()}
    return Network(tree, weights, dim, plain.pool, shared), rows, draw(st.integers(0, 1))


KINDS = ("integers", "zeros", "low rank", "fractions", "floats")


def special(shape: tuple[int, ...], random: Random, kinds: Sequence[str] = KINDS) -> Any:
    """A matrix of small integers, of fractions or of floats, perhaps with zeros, perhaps of a smaller rank."""
    m, n = shape
    kind = random.choice(kinds)
    if kind == "floats":
        return Q.from_floats(np.array([[random.gauss(0, 1) for _ in range(n)] for _ in range(m)]))
    if kind == "low rank":
        left, right = ([[random.randint(-2, 2) for _ in range(k)] for _ in range(size)] for k, size in ((1, m), (n, 1)))
        return tensors.matmul(Q.array(left), Q.array(right))
    choices: dict[str, list[Any]] = {"integers": list(range(-3, 4)), "zeros": [0, 0, 1, -1]}
    choices["fractions"] = [Fraction(a, b) for a in (-2, 1, 3) for b in (1, 2, 7)]
    return Q.array([[random.choice(choices[kind]) for _ in range(n)] for _ in range(m)])


@given(difficult_networks())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_the_rank_is_that_of_a_matrix_filled_in_index_by_index(drawn: tuple[Network, list[int], int]) -> None:
    network, rows, output = drawn
    found = weights(network, rows, output)
    assert found.rank.lower == found.rank.upper == brute_force_rank(network, rows, output)
    assert found.sealed is not None and found.sealed.verdict.valid


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_sixteen_modes(seed: int) -> None:
    """Against the rank of the whole tensor by FLINT."""
    random = Random(seed)
    pool, shared = random.choice(["product", "max", "average"]), random.random() < 0.5
    plain = random_network(deep_tree(4), 2, [random.randint(1, 4) for _ in range(4)], Q, seed, pool=pool, shared=shared)
    drawn = {name: special(matrix.shape, Random(f"{seed} {name}"), KINDS[:3]) for name, matrix in plain.weights.items()}
    network = Network(plain.tree, drawn, 2, pool, shared)
    found = weights(network)
    assert found.rank.lower == found.rank.upper == rank(network.matricization())


def test_what_the_rank_means_for_shallow_networks() -> None:
    product = weights(random_deep(2, 2, (3, 2), Q, 1))
    assert (product.shallow, product.shallow_channels) == ("possible", 4)
    best = random_network(deep_tree(2), 3, (3, 2), Q, 1, pool="max")
    found = weights(best)
    assert found.shallow_channels == ceil((found.rank.lower - 1) / (2 * 2))
    assert weights(random_network(deep_tree(2), 1, (1, 1), Q, 1, pool="max")).shallow_channels == 0
    halves = weights(random_network(deep_tree(3), 2, (2, 2, 2), Q, 1, pool="average"), [0, 1, 2, 3])
    assert halves.rank.upper <= 2 and halves.shallow == "undecided" and halves.shallow_channels is None
    odd = weights(random_network(deep_tree(3), 2, (2, 2, 2), Q, 1, pool="average"))
    assert odd.rank.lower > 2 and odd.shallow == "impossible"


def forged(found: Any, **changes: Any) -> verify.Verdict:
    """The judge on the certificate with parts of its claim replaced, canonical and re-digested."""
    content = found.sealed.content
    content["claim"] = {**content["claim"], **changes}
    return judged_again(content)


def judged_again(content: dict[str, Any]) -> verify.Verdict:
    body = {key: part for key, part in content.items() if key != "digest"}
    return verify.check(verify.canonical({**body, "digest": verify.digest(body)}))


@pytest.mark.parametrize("pool", ["product", "max", "average"])
def test_a_certificate_is_bound_to_its_network(pool: str) -> None:
    found = weights(random_network(deep_tree(2), 3, (3, 2), Q, 7, pool=pool))
    matrix = found.sealed.content["claim"]["matrix"]  # type: ignore[union-attr]
    assert forged(found).valid
    zero = matrix["weights"][""]
    zeroed = {**matrix, "weights": {**matrix["weights"], "": {**zero, "entries": {**zero["entries"], "data": "AAA="}}}}
    assert not forged(found, matrix=zeroed).valid
    assert not forged(found, at_least=found.rank.lower + 1, at_most=9).valid
    assert not forged(found, at_least=0, at_most=found.rank.upper - 1).valid
    other = "max" if pool == "average" else "average"
    if rank(Network(found.network.tree, found.network.weights, 3, other).matricization()) != found.rank.lower:
        assert not forged(found, matrix={**matrix, "pool": other}).valid
    assert not forged(found, field="GF(2)").valid or pool == "product"


def test_denominators_count_where_channels_are_compared() -> None:
    """max(x / 2, y) is not max(x, y): a judge that forgot denominators would accept the wrong rank."""
    leaf = {"0": Q.array([[1, 2]]), "": Q.array([[1]])}
    wide = Network(deep_tree(1), {**leaf, "1": Q.array([[Fraction(1, 2), Fraction(3, 2)]])}, 2, "max")
    found = weights(wide)
    assert found.rank.lower == found.rank.upper == rank(wide.matricization())
    matrix = found.sealed.content["claim"]["matrix"]  # type: ignore[union-attr]
    changed = {**matrix["weights"], "1": {**matrix["weights"]["1"], "denominator": "100"}}
    dominated = Network(wide.tree, {**leaf, "1": Q.array([[Fraction(1, 100), Fraction(3, 100)]])}, 2, "max")
    assert rank(dominated.matricization()) == 1 != found.rank.lower
    assert not forged(found, matrix={**matrix, "weights": changed}).valid


def test_a_cut_is_recomputed_by_the_judge() -> None:
    network = random_network(deep_tree(2), 3, (4, 2), Q, 3)
    found = weights(network, [0, 1])
    content = found.sealed.content  # type: ignore[union-attr]
    assert content["proof"]["upper"] == {"by": "cut"} and found.rank.upper == 2
    wider = random_network(deep_tree(2), 3, (4, 3), Q, 3)
    claim = {**content["claim"], "matrix": weights(wider, [0, 1]).sealed.content["claim"]["matrix"]}  # type: ignore[union-attr]
    assert rank(wider.matricization([0, 1])) == 3
    assert not judged_again({**content, "claim": claim}).valid
    rectified = {**content["claim"], "matrix": {**content["claim"]["matrix"], "pool": "max"}}
    assert not judged_again({**content, "claim": rectified}).valid


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place, certificate = tmp_path / "network.json", tmp_path / "weights.cert"
    network = random_network(deep_tree(2), 2, (3, 2), Q, 1, outputs=2)
    write_network(network, place)
    assert run(["certify", "weights", str(place), "-o", str(certificate)]) == 0
    assert "rank = 4" in capsys.readouterr().out and verify.check(certificate.read_bytes()).valid
    assert run(["certify", "weights", str(place), "--rows", "0,1", "--output", "1", "--json", "-"]) == 0
    answer = json.loads(capsys.readouterr().out)
    expected = rank(network.matricization([0, 1], 1))
    assert answer["rank"] == {"lower": expected, "upper": expected, "exact": True}
    assert (answer["cut"], answer["shallow_channels_at_least"], answer["shallow"]) == (2, expected, "possible")
    assert run(["certify", "weights", str(place), "--rows", ""]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rows", "0,7"], "there is no mode 7"),
        (["--rows", "0,0"], "lists a mode twice"),
        (["--rows", "a"], "--rows a: write whole numbers"),
        (["--output", "3"], "output 3: the network has 1"),
        (["--weights", "none.safetensors"], "they stand in the file already"),
        (["--channels", "0"], "--channels 0: write 1 or more"),
        (["--channels", "2,"], "--channels 2,: write whole numbers"),
        (["--channels", "3-2"], "--channels 3-2: write one number, up to 64"),
        (["--channels", "1-99"], "--channels 1-99: write one number, up to 64"),
    ],
)
def test_mistakes_are_one_line_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    place, certificate = tmp_path / "network.json", tmp_path / "weights.cert"
    write_network(random_network(shallow_tree(3), 2, [2], Q, 1), place)
    assert run(["certify", "weights", str(place), "-o", str(certificate), *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error and error.count("\n") == 1 and not certificate.exists()
