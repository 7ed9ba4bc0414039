"""Matricizations of networks: against the formed tensor, Wiedemann's bound against the rank, and certificates of recipes."""

from __future__ import annotations

import base64
import copy
import itertools
from typing import Any

import flint
import numpy as np
import pytest

import proofkit
from proofkit import ranks, verify
from proofkit.certificates import compose
from proofkit.certificates import matrices as written
from proofkit.errors import UsageError
from proofkit.linalg import structured
from proofkit.linalg.operators import Operator, blocks_for
from proofkit.linalg.products import passes_self_test
from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import by_black_box

P = 8388593
SOUND = "certified (soundness error <= 2^-128, random-oracle model)"

TREES = [
    [0, 1],
    [[0, 1], [2, 3]],
    [[[0, 1], [2, 3]], [[4, 5], [6, 7]]],
    [[2, 0, 1], [3, 4, 5]],
    [[0], [1, 2], 3],
    [[0, 1, 2, 3]],
    [0],
]


def nodes(tree: Any, name: str = "") -> dict[str, Any]:
    found = {name: tree}
    if isinstance(tree, list):
        for i, child in enumerate(tree):
            found.update(nodes(child, f"{name}/{i}" if name else str(i)))
    return found


def network(tree: Any, dim: int, rows: Any, seed: int, channels: int | None = None, zeros: float = 0.0) -> PoolingMatrix:
    """Random integer weights; all children of a node need equally many channels, so one count a depth."""
    random = np.random.default_rng(seed)
    counts = {depth: channels or int(random.integers(1, 4)) for depth in range(1, 8)}
    weights = {}
    for name, node in nodes(tree).items():
        depth = len(name.split("/")) if name else 0
        width = dim if isinstance(node, int) else counts[depth + 1]
        height = counts[depth] if depth else 2
        matrix = random.integers(-9, 10, (height, width))
        matrix[random.random(matrix.shape) < zeros] = 0
        weights[name] = matrix.tolist()
    return PoolingMatrix(tree, dim, weights, rows, output=1)


def leaves(tree: Any) -> list[int]:
    return [tree] if isinstance(tree, int) else [mode for child in tree for mode in leaves(child)]


def formed_by_definition(a: PoolingMatrix) -> list[list[int]]:
    """Entry by entry, from the network's definition: the output at unit vectors."""
    order = leaves(a.tree)

    def output(node: Any, name: str, at: dict[int, int]) -> list[int]:
        matrix = a.weights[name]
        if isinstance(node, int):
            return [int(row[at[node]]) for row in matrix]
        below = [output(child, f"{name}/{i}" if name else str(i), at) for i, child in enumerate(node)]
        pooled = [int(np.prod(np.array(values, dtype=object))) for values in zip(*below)]
        return [sum(int(w) * x for w, x in zip(row, pooled)) for row in matrix]

    row_modes = [mode for mode in order if mode in a.row_modes]
    column_modes = [mode for mode in order if mode not in a.row_modes]
    return [
        [
            output(a.tree, "", {**dict(zip(row_modes, i)), **dict(zip(column_modes, j))})[a.output]
            for j in itertools.product(range(a.dim), repeat=len(column_modes))
        ]
        for i in itertools.product(range(a.dim), repeat=len(row_modes))
    ]


def cases() -> list[tuple[Any, list[int], int]]:
    found = []
    for seed, tree in enumerate(TREES):
        modes = sorted(leaves(tree))
        for rows in (modes[::2], modes[: len(modes) // 2], modes[1:2], []):
            found.append((tree, rows, seed))
    return found


@pytest.mark.parametrize(("tree", "rows", "seed"), cases(), ids=str)
def test_operator_and_formed_matrix_follow_the_definition(tree: Any, rows: list[int], seed: int) -> None:
    a = network(tree, 2, rows, seed)
    expected = np.array(formed_by_definition(a), dtype=object).reshape(a.shape)
    assert np.array_equal(a.formed(P), expected % P)
    x = np.random.default_rng(seed).integers(0, P, a.shape[1])
    assert np.array_equal(a.operator(P) @ x, (expected @ x) % P)


@pytest.mark.parametrize(("tree", "rows", "seed"), cases(), ids=str)
def test_rank_and_certificate(tree: Any, rows: list[int], seed: int) -> None:
    a = network(tree, 2, rows, seed, zeros=0.3)
    expected = formed_by_definition(a)
    rank = flint.fmpz_mat(len(expected), len(expected[0]), [x for row in expected for x in row]).rank()
    found = proofkit.rank(a, seed=seed)
    assert found.lower == rank <= found.upper
    assert found.verify().grade == "certified"


def test_diagonal_core_counts_zeros_over_z() -> None:
    """Weights that cancel over Z, and ones that vanish only modulo the prime."""
    weights = {**{f"{i}/{j}": np.eye(2, dtype=int).tolist() for i in range(2) for j in range(2)}}
    cancelling = {**weights, "0": [[1, 1], [1, -1]], "1": [[1, 1], [1, -1]], "": [[1, 1]]}
    a = PoolingMatrix([[0, 1], [2, 3]], 2, cancelling, [0, 2])
    found = proofkit.rank(a, seed=0)
    assert (found.lower, found.upper, found.upper_by) == (2, 2, "diagonal core")
    assert found.verify().grade == "certified"
    b = PoolingMatrix([[0, 1], [2, 3]], 2, {**cancelling, "": [[P + 1, 1]]}, [0, 2])
    assert proofkit.rank(b).lower == 4
    assert np.count_nonzero(b.core(P)) == 2
    assert b.core_zeros(np.flatnonzero(b.core(P) == 0)) == 0


def test_large_diagonal_core() -> None:
    """n = 4^8: the rank of a matrix with 4 * 10^9 entries."""
    tree: Any = [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]], [[[8, 9], [10, 11]], [[12, 13], [14, 15]]]]
    channels = {name: (4 if name else 1) for name in nodes(tree)}
    a = PoolingMatrix(tree, 4, channels, range(0, 16, 2), seed="large")
    found = proofkit.rank(a, seed=0)
    assert a.shape == (65536, 65536) and found.exact and found.lower == 65536
    assert found.verify().grade == "certified"
    assert len(found.certificate()) < 10_000


@pytest.fixture
def black_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.ranks.prefers_black_box", lambda operator: True)


def test_black_box_bound_and_certificate(black_box: None, monkeypatch: pytest.MonkeyPatch) -> None:
    a = network([[0, 1, 2, 3], [4, 5, 6, 7]], 3, [0, 1, 4, 5], seed=1, channels=9)
    assert a.shape == (81, 81)
    found = proofkit.rank(a, seed=0)
    exact = flint.nmod_mat(81, 81, a.formed(P).ravel().tolist(), P).rank()
    assert found.lower == exact == 81
    assert found.verify().grade == "certified"
    monkeypatch.setattr("proofkit.ranks._ELIMINATED", 0)
    assert found.verify().grade == SOUND


@pytest.mark.parametrize("kernels", [True, False])
def test_black_box_certificate_modulo_a_small_prime(black_box: None, monkeypatch: pytest.MonkeyPatch, kernels: bool) -> None:
    """More channels than dimensions, so that there is no diagonal core; by bytes where the machine has them."""
    if not kernels:
        monkeypatch.setattr("proofkit.linalg.elimination.passes_self_test", lambda dtype: False)
        monkeypatch.setattr("proofkit.ranks.passes_self_test", lambda dtype: False)
    a = network([[0, 1], [2, 3]], 12, [0, 2], seed=0, channels=13)
    found = proofkit.rank(a, seed=0)
    assert found.exact and found.lower == 144
    assert (found.prime == 251) is (kernels and passes_self_test("int8"))
    assert found.verify().grade == SOUND
    assert found.certificate() == found.certificate()


def test_an_unlucky_small_prime_is_followed_by_a_large_one(black_box: None) -> None:
    """Weights divisible by 251 vanish modulo it; no bound is made worse, and no certificate is made of it."""
    a = network([[0, 1], [2, 3]], 12, [0, 2], seed=0, channels=13)
    a.weights["0/0"][0] *= 251 * 251
    a.weights["0/0"][1:] *= 251
    found = proofkit.rank(a, seed=0)
    assert found.lower == 144 and found.prime is not None and found.prime > 251
    assert found.verify().grade == SOUND


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tree", "dim", "channels"),
    [
        ([[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]], 4, 5),
        ([[[0, 1], [2, 3]], [[4, 5], [6, 7]]], 9, 10),
    ],
    ids=["4096", "6561"],
)
def test_full_rank_without_forming_is_certified(black_box: None, tree: Any, dim: int, channels: int) -> None:
    """r0 > M, so that there is no diagonal core: block Wiedemann finds solutions, the judge applies the recipe to them."""
    counts = {name: channels if name else 1 for name in nodes(tree)}
    a = PoolingMatrix(tree, dim, counts, range(0, len(leaves(tree)), 2), seed="slow")
    found = proofkit.rank(a, seed=0, core=False)
    assert found.exact and found.lower == a.shape[0]
    sealed = found.verify()
    assert sealed.grade == SOUND and len(sealed.certificate()) < 10**6


@pytest.mark.parametrize(
    ("dim", "channels", "zeros"),
    [(1, 1, 0.0), (1, 2, 0.5), (2, 1, 0.0), (2, 2, 0.5), (2, 4, 0.0), (2, 2, 1.0), (3, 2, 0.0), (3, 4, 0.5)],
)
def test_black_box_bounds_against_brute_force(dim: int, channels: int, zeros: float) -> None:
    """All trees, all kinds of partitions; M = 1, r0 = 1, rank 0; over tiny fields never more than the rank there."""
    for seed, tree in enumerate(TREES):
        modes = sorted(leaves(tree))
        for rows in (modes[::2], modes[: len(modes) // 2], modes[1:2], []):
            if dim ** len(modes) > 300:
                continue
            a = network(tree, dim, rows, seed, channels, zeros)
            m, n = a.shape
            entries = [x for row in formed_by_definition(a) for x in row]
            assert by_black_box(a, a.operator(P), seed).lower == flint.fmpz_mat(m, n, entries).rank()
            for p in (2, 3, 251):
                bound = by_black_box(a, a.operator(p), seed)
                assert bound.lower <= flint.nmod_mat(m, n, [x % p for x in entries], p).rank()
                assert bound.exact is (bound.lower == min(m, n))


def test_shared_weights_are_bounded_and_certified(black_box: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal children make symmetric tensors, whose halves have lower ranks than the cut."""
    random = np.random.default_rng(4)
    leaf, node, root = (random.integers(-9, 10, shape).tolist() for shape in ((4, 3), (4, 4), (1, 4)))
    weights = {"": root, "0": node, "1": node, **{f"{i}/{j}": leaf for i in (0, 1) for j in (0, 1)}}
    monkeypatch.setattr("proofkit.ranks._ELIMINATED", 0)
    for rows in ([0, 1], [0, 2], [0]):
        a = PoolingMatrix([[0, 1], [2, 3]], 3, weights, rows)
        m, n = a.shape
        found = proofkit.rank(a, seed=0)
        assert found.lower == flint.fmpz_mat(m, n, [x for row in formed_by_definition(a) for x in row]).rank()
        if m == n == found.lower:
            assert found.verify().grade == SOUND


@pytest.mark.parametrize("rows", [[0, 1], [0], []], ids=str)
def test_deficient_and_oblong_black_box_bounds_have_no_certificate(black_box: None, rows: list[int]) -> None:
    a = network([[0, 1], [2, 3]], 3, rows, seed=1, channels=2)
    found = proofkit.rank(a, seed=0)
    m, n = a.shape
    assert found.lower == flint.fmpz_mat(m, n, [x for row in formed_by_definition(a) for x in row]).rank()
    with pytest.raises(UsageError, match="square matrix of full rank"):
        found.certificate()


def test_the_cheaper_way_is_predicted() -> None:
    assert not ranks.prefers_black_box(network([[0, 1], [2, 3]], 3, [0, 1], 1, 2).operator(P))
    children = [np.ones((1, 2**9, 2**9), dtype=np.int64)] * 2
    assert ranks.prefers_black_box(Operator(children, np.ones(1, dtype=np.int64), P, blocks_for(P)))


def test_mistakes_are_named() -> None:
    eye = [[1, 0], [0, 1]]
    with pytest.raises(UsageError, match="'0': its weights are missing"):
        PoolingMatrix([0, 1], 2, {"": eye, "1": eye}, [0])
    with pytest.raises(UsageError, match="3 columns, its input 2"):
        PoolingMatrix([0, 1], 2, {"": [[1, 1, 1]], "0": eye, "1": eye}, [0])
    with pytest.raises(UsageError, match="different numbers of channels"):
        PoolingMatrix([0, 1], 2, {"": [[1, 1]], "0": eye, "1": [[1, 1]]}, [0])
    with pytest.raises(UsageError, match="each once"):
        PoolingMatrix([0, 2], 2, {"": [[1, 1]], "0": eye, "1": eye}, [0])
    with pytest.raises(UsageError, match="output 3"):
        PoolingMatrix([0, 1], 2, {"": [[1, 1]], "0": eye, "1": eye}, [0], output=3)
    with pytest.raises(UsageError, match="matrix of integers"):
        PoolingMatrix([0, 1], 2, {"": [[0.5, 1]], "0": eye, "1": eye}, [0])


# --------------------------------------------------------------------------------------------------------------- forgeries


def core_certificate() -> dict[str, Any]:
    a = network([[0, 1], [2, 3]], 2, [0, 2], 3, 2)
    content: dict[str, Any] = verify.read(proofkit.rank(a, seed=0).certificate())
    assert content["proof"]["lower"]["by"] == "diagonal core"
    return content


def refused(content: dict[str, Any]) -> str:
    verdict = verify.check(compose("rank", content["claim"], content["proof"]))
    assert not verdict.valid
    return verdict.reason


def test_forged_recipes() -> None:
    content = core_certificate()
    matrix = content["claim"]["matrix"]
    leaf = matrix["weights"]["0/0"]["entries"]
    dependent = copy.deepcopy(content)
    data = base64.b64decode(leaf["data"])
    half = len(data) // 2
    dependent["claim"]["matrix"]["weights"]["0/0"]["entries"]["data"] = base64.b64encode(data[:half] * 2).decode()
    assert "full rank" in refused(dependent)

    zero = copy.deepcopy(content)
    root = zero["claim"]["matrix"]["weights"][""]["entries"]
    root["data"] = base64.b64encode(bytes(len(base64.b64decode(root["data"])))).decode()
    assert "fewer nonzero" in refused(zero)

    other_rows = copy.deepcopy(content)
    other_rows["claim"]["matrix"]["rows"] = [0, 1]
    assert "one row mode" in refused(other_rows)

    lower = copy.deepcopy(content)
    lower["claim"].update(at_least=1, at_most=3)
    lower["proof"]["upper"] = {"by": "diagonal core"}
    assert "more nonzero" in refused(lower)

    for change, reason in [
        ({"tree": [[0, 1], [2, 2]]}, "numbered from 0"),
        ({"tree": [[0, 1], [2]]}, "weights of a node"),
        ({"dim": 3}, "words"),
        ({"output": 5}, "no such output"),
        ({"rows": [0, 7]}, "no such modes"),
        ({"seed": "x"}, "given or drawn"),
    ]:
        changed = copy.deepcopy(content)
        changed["claim"]["matrix"].update(change)
        assert reason in refused(changed)


def test_a_recipe_is_bound_to_its_solutions() -> None:
    a = network([[0, 1], [2, 3]], 3, [0, 1], 5, 9)
    b = network([[0, 1], [2, 3]], 3, [0, 1], 6, 9)
    found, other = proofkit.rank(a, seed=0), proofkit.rank(b, seed=0)
    assert found.lower == other.lower == 9 and found._solve is not None and found.prime is not None
    content = verify.read(found.certificate())
    claim, minor = content["claim"], written.minor(found.prime, found.rows, found.columns)
    count = written.vectors_needed(found.prime)
    for stated, accepted in ((claim, True), (verify.read(other.certificate())["claim"], False)):
        sides = np.array(written.right_sides(stated, found.prime, minor["rows"], minor["columns"], count)).T
        flat = found._solve(sides).T.ravel().tolist()
        lower = {"by": "solutions", **minor, **written.solutions(count, flat, found.prime)}
        verdict = verify.check(compose("rank", claim, {**content["proof"], "lower": lower}))
        assert verdict.valid is accepted


def test_what_does_not_fit_is_not_formed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structured, "MOST_ENTRIES", 15)
    with pytest.raises(UsageError, match="not formed"):
        network([[0, 1], [2, 3]], 2, [0, 2], 0).formed(P)
