"""certify weights against the definition: the entries of the tensor from a network file alone, index by index, in fractions."""

from __future__ import annotations

import itertools
import json
from fractions import Fraction
from functools import cache
from math import lcm, prod
from random import Random
from typing import Any

import flint
import numpy as np
import pytest

from proofkit import verify
from proofkit.certify import weights
from proofkit.certify.blocks import Blocks
from proofkit.certify.halves import Halves
from proofkit.certify.matrix import NetworkMatrix
from proofkit.networks import from_content

P = 8388593


def level(tree: Any) -> int:
    return 0 if isinstance(tree, int) else 1 + max(map(level, tree))


def modes(tree: Any) -> list[int]:
    return [tree] if isinstance(tree, int) else [mode for part in tree for mode in modes(part)]


def matrix_of(content: dict[str, Any], rows: list[int], output: int) -> list[list[Fraction]]:
    """The matricization, by the definition in a network file: every entry by the recursion over the tree at its indices; row and
    column indices run over the modes in the order of the tree."""
    tables = {name: [[Fraction(x) for x in row] for row in table] for name, table in content["weights"].items()}

    @cache
    def channels(path: str, index: tuple[int, ...]) -> list[Fraction]:
        node: Any = content["tree"]
        for step in filter(None, path.split("/")):
            node = node[int(step)]
        table = tables[f"L{level(node)}" if content["shared"] else path]
        if isinstance(node, int):
            return [row[index[0]] for row in table]
        children, place = [], 0
        for i, child in enumerate(node):
            size = len(modes(child))
            children.append(channels(f"{path}/{i}" if path else str(i), index[place : place + size]))
            place += size
        pooled = [pool(content["pool"], values) for values in zip(*children)]
        return [sum((w * x for w, x in zip(row, pooled)), Fraction(0)) for row in table]

    order = modes(content["tree"])
    places = [[k for k, mode in enumerate(order) if (mode in rows) == side] for side in (True, False)]
    tuples = [list(itertools.product(range(content["dim"]), repeat=len(part))) for part in places]

    def entry(i: tuple[int, ...], j: tuple[int, ...]) -> Fraction:
        digits = dict(zip([*places[0], *places[1]], [*i, *j]))
        return channels("", tuple(digits[k] for k in range(len(order))))[output]

    return [[entry(i, j) for j in tuples[1]] for i in tuples[0]]


def pool(kind: str, values: tuple[Fraction, ...]) -> Fraction:
    if len(values) == 1:
        return values[0]
    if kind == "product":
        return prod(values, start=Fraction(1))
    return max(*values, Fraction(0)) if kind == "max" else sum((max(x, Fraction(0)) for x in values), Fraction(0))


def rank_of(table: list[list[Fraction]]) -> int:
    common = lcm(*(x.denominator for row in table for x in row))
    return int(flint.fmpz_mat([[int(x * common) for x in row] for row in table]).rank())


# ------------------------------------------------------------------------------------------------------ difficult networks


def number(random: Random, kind: str) -> Any:
    if kind == "fractions":
        return f"{random.randint(-4, 4)}/{random.randint(1, 5)}"
    if kind == "floats":
        return random.gauss(0, 1)
    if kind == "large":
        return random.randint(-(10**12), 10**12)
    return random.choice({"integers": range(-3, 4), "positive": range(1, 4), "zeros": (0, 0, 0, 1, -1), "signs": (1, -1)}[kind])


NUMBERS = ("integers", "positive", "zeros", "signs", "fractions", "floats", "large")
KINDS = (*NUMBERS, "rank one", "deficient", "equal rows", "identity", "dead column", "dead row", "prime")


def table(random: Random, m: int, n: int, kind: str) -> list[list[Any]]:
    """A matrix of weights, often a special one."""
    if kind in ("rank one", "deficient"):
        k = 1 if kind == "rank one" else max(1, min(m, n) - 1)
        left, right = ([[random.randint(-2, 2) for _ in range(b)] for _ in range(a)] for a, b in ((m, k), (k, n)))
        return [[sum(x * right[t][j] for t, x in enumerate(row)) for j in range(n)] for row in left]
    if kind == "equal rows":
        return [[random.randint(-2, 3) for _ in range(n)]] * m
    if kind == "identity":
        return [[int(i == j) for j in range(n)] for i in range(m)]
    dead = random.randrange(n if kind == "dead column" else m)
    if kind in ("dead column", "dead row"):
        return [[0 if dead == (j if kind == "dead column" else i) else random.randint(-3, 3) for j in range(n)] for i in range(m)]
    if kind == "prime":  # modulo which ranks are computed: it hides what it multiplies
        return [[random.choice((P, 2, 1)) for _ in range(n)] for _ in range(m)]
    return [[number(random, kind) for _ in range(n)] for _ in range(m)]


def tree_of(random: Random, count: int) -> Any:
    nodes: list[Any] = random.sample(range(count), count)
    while len(nodes) > 1:
        grouped, place = [], 0
        while place < len(nodes):
            size = random.choice((1, 2, 2, 2, 3, 4))
            part = nodes[place : place + size]
            grouped.append(part if size > 1 or random.random() < 0.3 else part[0])
            place += size
        nodes = grouped
    return nodes[0] if isinstance(nodes[0], list) else nodes


def even(tree: Any) -> bool:
    return isinstance(tree, int) or (len({level(part) for part in tree}) == 1 and all(map(even, tree)))


def difficult(seed: int, sizes: dict[int, int], **fixed: Any) -> tuple[dict[str, Any], list[int], int]:
    """A network file's content, rows and an output. ``sizes``: how many modes of each dimension there are at most."""
    random = Random(seed)
    dim = random.choice(list(sizes))
    tree = fixed.get("tree") or tree_of(random, random.randint(1, sizes[dim]))
    shared, outputs = even(tree) and random.random() < 0.4, random.randint(1, 2)
    kinds = random.sample(KINDS, 4)
    content: dict[str, Any] = {"format": "proofkit-network/1", "pool": random.choice(("product", "max", "average")), "dim": dim}
    held: dict[str, Any] = {}

    def fill(node: Any, path: str, leaving: int) -> None:
        entering = dim if isinstance(node, int) else random.randint(1, 5)
        for i, child in enumerate([] if isinstance(node, int) else node):
            fill(child, f"{path}/{i}" if path else str(i), entering)
        held[path] = table(random, leaving, entering, random.choice(kinds))

    if shared:
        counts = [dim, *(random.randint(1, 5) for _ in range(level(tree))), outputs]
        held = {f"L{k}": table(random, counts[k + 1], counts[k], random.choice(kinds)) for k in range(level(tree) + 1)}
    else:
        fill(tree, "", outputs)
    every = sorted(modes(tree))
    rows = random.choice((every[::2], random.sample(every, random.randint(0, len(every)))))
    return {**content, "tree": tree, "shared": shared, "weights": held}, sorted(rows), random.randrange(outputs)


SMALL = {1: 8, 2: 8, 3: 5, 4: 4, 6: 3}
BINARY = [[[[0, 1], [2, 3]], [[4, 5], [6, 7]]], [[[8, 9], [10, 11]], [[12, 13], [14, 15]]]]


def check(seed: int, sizes: dict[int, int], **fixed: Any) -> None:
    content, rows, output = difficult(seed, sizes, **fixed)
    found = weights(from_content(json.loads(json.dumps(content))), rows, output)
    expected = rank_of(matrix_of(content, rows, output))
    assert (found.rank.lower, found.rank.upper) == (expected, expected), (seed, content, rows, output)
    assert found.sealed is not None and found.sealed.verdict.valid


@pytest.mark.parametrize("start", range(0, 160, 20))
def test_difficult_networks(start: int) -> None:
    for seed in range(start, start + 20):
        check(seed, SMALL)


@pytest.mark.slow
@pytest.mark.parametrize("start", range(1000, 1500, 100))
def test_more_difficult_networks(start: int) -> None:
    for seed in range(start, start + 100):
        check(seed, {1: 12, 2: 10, 3: 6, 4: 5, 8: 3, 30: 2})


@pytest.mark.slow
@pytest.mark.parametrize("start", range(0, 20, 10))
def test_difficult_networks_of_sixteen_modes(start: int) -> None:
    for seed in range(start, start + 10):
        check(seed, {2: 16}, tree=BINARY)


# ------------------------------------------------------------------------------------------------ the parts, and the judge's


def scaled(content: dict[str, Any], rows: list[int], output: int) -> tuple[NetworkMatrix, Any]:
    """The matrix, and the integers of the judge by the definition."""
    matrix = NetworkMatrix(from_content(content), rows, output)
    table = matrix_of(content, rows, output)
    return matrix, [[int(x * matrix.scale()) for x in row] for row in table]


@pytest.mark.parametrize("seed", range(30))
def test_products_that_the_judge_does_not_form(seed: int) -> None:
    """With vectors, of rectifier networks as of others; chosen rows and columns."""
    content, rows, output = difficult(seed, SMALL)
    matrix, entries = scaled(content, rows, output)
    random, p = Random(seed), 2**61 - 1
    m, n = matrix.shape
    some = sorted(random.sample(range(m), random.randint(1, m))), sorted(random.sample(range(n), random.randint(1, n)))
    vectors = [[random.randrange(p) for _ in some[1]] for _ in range(random.randint(1, 3))]
    verify.BUDGET.left = verify.MAX_RANK_WORK
    found = verify.Pooling(matrix.claim()).minor_times(*some, vectors, p)
    assert found == [[sum(entries[i][j] * x for j, x in zip(some[1], vector)) % p for i in some[0]] for vector in vectors]
    assert matrix.height() >= max((abs(x) for row in entries for x in row), default=0)


@pytest.mark.parametrize("seed", range(30))
def test_halves(seed: int) -> None:
    """Entries mod p, what is left of rows and columns, and combinations of columns."""
    content, rows, output = difficult(seed, SMALL)
    matrix, entries = scaled(content, rows, output)
    p = next(p for p in (10007, 10009, 10037) if matrix.scale() % p)
    whole = np.array(entries, dtype=object).reshape(matrix.shape) % p
    every = Halves(matrix, p, thin=False)
    assert (every.entries(range(matrix.shape[0]), range(matrix.shape[1])) == whole).all()
    thin = Halves(matrix, p)
    left = thin.formed().astype(np.int64) % p
    places = thin.places(range(left.shape[0]), range(left.shape[1]))
    assert (left == whole[np.ix_(*map(list, places))].astype(np.int64)).all()
    chosen = thin.spanning()
    assert mod_rank(left[np.ix_(*chosen)], p) == mod_rank(whole, p)


def mod_rank(table: Any, p: int) -> int:
    return int(flint.nmod_mat(*table.shape, [int(x) for x in table.flat], p).rank()) if table.size else 0


@pytest.mark.parametrize("seed", range(12))
def test_blocks(seed: int) -> None:
    """Of leaves of smaller rank than their channels, some of them dead: the minor is nonzero, and what solves it does."""
    random = Random(seed)
    tree = [[[0, 1], [3, 2]], [[4, 5], [6, 7]]]
    held: dict[str, Any] = {}
    for path, count in {"": 1, "0": 3, "1": 3, "0/0": 2, "0/1": 2, "1/0": 3, "1/1": 3}.items():
        width = {"": 3, "0": 2, "1": 3}.get(path, 3)
        held[path] = [[random.choice((-3, -2, 1, 2, 5)) for _ in range(width)] for _ in range(count)]
    for window in ("0/0", "0/1", "1/0", "1/1"):
        for i in range(2):
            held[f"{window}/{i}"] = table(random, 3, 3, random.choice(("large", "large", "deficient", "dead row")))
    content = {"format": "proofkit-network/1", "pool": "product", "dim": 3, "tree": tree, "shared": False, "weights": held}
    matrix, entries = scaled(content, [0, 2, 4, 6], 0)
    in_blocks = Blocks(matrix, P).minor()
    assert in_blocks is not None
    found, spanned = in_blocks
    assert found.lower == rank_of([list(map(Fraction, row)) for row in entries])
    minor = np.array(entries, dtype=object)[np.ix_(found.rows, found.columns)] % P
    sides = np.array([[random.randrange(P)] for _ in found.rows], dtype=np.int64)
    assert mod_rank(minor, P) == found.lower == len(found.rows)
    solved = found._solve(sides) if found._solve and found.lower else sides
    assert ((minor @ solved.astype(object) - sides) % P == 0).all()
    p = 2**61 - 1
    x, whole = [random.randrange(p) for _ in range(81)], np.array(entries, dtype=object)
    assert spanned is not None
    left, right = (
        whole @ np.array(x, dtype=object),
        whole[:, list(found.columns)] @ np.array(spanned.combination(p, x), dtype=object),
    )
    assert ((left - right) % p == 0).all()
