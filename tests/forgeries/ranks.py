"""Forged certificates about ranks of given matrices, each against one check; the falsity of each is in its reason.

Random forgeries in numbers are in tests/test_rank_forgeries.py.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from kit import Forgery, Json, certificate

from proofkit import verify
from proofkit.certificates import matrices as written

EYE = [[1, 0], [0, 1]]
NOTHING = {"by": "nothing"}


def array(numbers: Sequence[int], width: int = 1, kind: str = "int") -> Json:
    data = b"".join(x.to_bytes(width, "little", signed=kind == "int") for x in numbers)
    return {"type": kind, "width": width, "data": base64.b64encode(data).decode()}


def entries(rows: Sequence[Sequence[int]], below: Sequence[int] = ()) -> Json:
    flat = [x for row in rows for x in row]
    denominators = array(below, 1, "uint") if below else {}
    columns = len(rows[0]) if rows else 0
    return {"kind": "entries", "rows": len(rows), "columns": columns, "entries": array(flat), "denominators": denominators}


def pooling(
    weights: dict[str, list[list[int]]], rows: Sequence[int], tree: Any = ((0, 1), (2, 3)), dim: int = 2, **more: Any
) -> Json:
    held = {name: node(matrix) for name, matrix in weights.items()}
    found = {"kind": "network", "pool": "product", "tree": json.loads(json.dumps(tree)), "dim": dim, "seed": "", "weights": held}
    return {**found, "rows": list(rows), "output": 0, **more}


def node(matrix: list[list[int]], denominator: str = "1", width: int = 1) -> Json:
    return {"channels": len(matrix), "entries": array([x for row in matrix for x in row], width), "denominator": denominator}


def generic(
    weights: dict[str, Json], channels: dict[str, int], least: int, most: int, lower: Json | None = None, **more: Any
) -> Json:
    """A claim about almost all networks over a tree, by default the one with two windows of two and modes of size 2."""
    tree, dim = more.pop("tree", [[0, 1], [2, 3]]), more.pop("dim", 2)
    upper = more.pop("upper", {"by": "shape"})
    network = {"tree": tree, "dim": dim, "channels": channels, "shared": 0}
    claim = {"network": network, "rows": [0, 2], "against": [], "at_least": least, "at_most": most, **more}
    return certificate("generic rank", claim, {"weights": weights, "lower": lower or NOTHING, "upper": upper})


def hashed_to_nothing() -> Json:
    """Three right-hand sides of length 4 span three dimensions: a matrix of rank 3 solves them all, where they are known before
    the weights are."""
    p, rows = 2**61 - 1, written.unsigned(range(4), 4)
    stated = generic({}, {"": 3}, 4, 4, tree=[0, 1], dim=4, rows=[0])["claim"]
    facts = {
        "claim": verify.digest(stated),
        "tag": "proofkit/right-hand-sides/1", "format": "proofkit-rank/1", "prime": str(p), "count": 3,
        "rows": verify.digest(rows), "columns": verify.digest(rows),
    }  # fmt: skip
    flat = written.residues_from(hashlib.shake_256(verify.canonical(facts)), p, 12)
    sides = [flat[4 * i : 4 * i + 4] for i in range(3)]
    weights = {"0": node(sides, width=9), "1": node([[int(i == j) for j in range(4)] for i in range(3)]), "": node([[1, 1, 1]])}
    solutions = written.solutions(3, [int(i == j) for i in range(3) for j in range(4)], p)
    lower = {"by": "solutions", "prime": str(p), "rows": rows, "columns": rows, **solutions}
    return generic(weights, {"": 3}, 4, 4, lower, tree=[0, 1], dim=4, rows=[0])


def network_attacks() -> Iterator[tuple[str, Json, str]]:
    full = {name: node(matrix) for name, matrix in FULL.items()}
    two = {"": 2, "0": 2, "1": 2}
    core = {"by": "diagonal core", "prime": "7"}
    single = {**{f"{i}/{j}": EYE for i in range(2) for j in range(2)}, "0": [[1, 1]], "1": [[1, 1]], "": [[1]]}
    dead = {**FULL, "0": [[0, 0], [0, 0]]}
    yield "unknown pooling", sealed(pooling(FULL, [0, 2], pool="sum"), 0, 4), "no network pools by sum"
    # With max pooling the tensor of dead is max(0, 1 or 2), which depends on the last two modes.
    above = {"by": "diagonal core"}
    yield "core of a rectifier", sealed(pooling(dead, [0, 2], pool="max"), 0, 0, {}, above), "the rank is 2"
    halves = pooling(single, [0, 1], pool="max")
    yield "cut of a rectifier", sealed(halves, 0, 1, {}, {"by": "cut"}), "max(1 or 2, 1 or 2) across halves has rank 2"
    yield "smaller cut", sealed(pooling(FULL, [0, 2]), 0, 2, {}, {"by": "cut"}), "the rank is 4"
    half = {**pooling(FULL, [0, 2]), "weights": {**full, "": node(FULL[""], "2")}}
    by_two = {"by": "diagonal core", "prime": "2"}
    yield "fractions over a prime field", sealed(half, 4, 4, by_two, field="GF(2)"), "1/2 is no element of GF(2)"
    yield (
        "wider witness",
        generic(_two_terms(), {"": 1, "0": 2, "1": 2}, 2, 4, minor(7, [0, 3], [0, 3]), rows=[0, 1]),
        "one channel into the root: the rank across the windows is 1",
    )
    yield "hashes that bind nothing", hashed_to_nothing(), "three channels: the rank is at most 3"
    zero = {name: node(matrix) for name, matrix in zero_weights().items()}
    yield "upper bound of the witness", generic(zero, two, 0, 0, upper=above), "almost all have rank 4"
    yield "other side", sealed(pooling(FULL, [0, 5]), 0, 4), "there is no mode 5"
    yield "another output", sealed(pooling(FULL, [0, 2], output=1), 0, 4), "the root has one channel"
    twice = pooling({"0": EYE, "1": EYE, "": [[1, 1]]}, [0], tree=[0, 0])
    yield "a mode twice in the tree", sealed(twice, 0, 2), "no tree has the mode 0 twice"
    seeded = {**pooling(zero_weights(), [0, 2], seed="example")}
    yield "weights and a seed", sealed(seeded, 4, 4, {"by": "diagonal core", "prime": str(2**31 - 1)}), "the weights are zero"
    nothing = pooling(FULL, [0, 2])
    nothing["weights"][""] = node([[1, 1]], "0")
    yield "weights over zero", sealed(nothing, 4, 4, core), "1/0 is no number"
    yield "other modes", generic(full, two, 4, 4, core, against=[0, 1, 2, 3, 4]), "there is no mode 4"
    yield "a mode twice", generic(full, two, 4, 4, core, against=[[0, 2], [1, 3], [1, 3]]), "no tree has the mode 1 twice"
    yield "split nodes", generic(full, two, 4, 4, core, against=[[0, 1], [2, 3]]), "these networks have two channels there"


def zero_weights() -> dict[str, list[list[int]]]:
    return {name: [[0] * len(row) for row in matrix] for name, matrix in FULL.items()}


def box(network: Json, radius: str, shows: str, number: int, proof: Json) -> Json:
    """A box of one radius around integer weights."""
    r = Fraction(radius)
    weights = {
        name: {
            **held,
            "entries": array([x * r.denominator for x in numbers(held["entries"])], 4),
            "denominator": str(r.denominator),
        }
        for name, held in network["weights"].items()
    }
    claim = {"network": {**network, "weights": weights}, "radii": dict.fromkeys(weights, r.numerator), "shows": shows}
    return certificate("open set", {**claim, "number": number}, proof)


def numbers(words: Json) -> list[int]:
    return [byte - 256 * (byte > 127) for byte in base64.b64decode(words["data"])]


def box_attacks() -> Iterator[tuple[str, Json, str]]:
    def window(left: Any, right: Any, top: Any, pool: str = "max") -> Json:
        return pooling({"0": left, "1": right, "": top}, [0], (0, 1), pool=pool)

    whole = {"rows": written.unsigned([0, 1], 4), "columns": written.unsigned([0, 1], 4)}
    inverse = {**whole, "inverse": over(EYE)}
    plain = window(EYE, EYE, [[1, 1]], "product")
    yield "singular in the box", box(plain, "1", "rank", 2, inverse), "the box holds the network of zeros"
    yield "no inverse", box(plain, "1", "rank", 2, {**inverse, "inverse": over(EYE, "0")}), "1/0 is no number"
    yield "no room", box(plain, "0", "rank", 2, inverse), "the box is one point, of measure zero"
    named = box(plain, "1/10", "rank", 2, inverse)["claim"]
    more = {**named, "radii": {**named["radii"], "a name that is printed": 1}}
    yield "a radius of no node", certificate("open set", more, inverse), "the box has no such weights"
    sums = window([[9, 9]], [[1, 2]], [[1]], "average")
    yield "average pooling decided", box(sums, "1/10", "one channel", 0, {}), "the sum depends on the other input too"
    close = window([[1, 1]], [[1, 2]], [[1]])
    yield "another input decides", box(close, "1/10", "one channel", 0, {}), "max(1, 2) = 2 is of the other input"
    negative = window([[9, 9]], [[1, 2]], [[-1]])
    yield "negative output", box(negative, "1/10", "one channel", 0, {}), "the output is -9"
    yield from shared_box_attacks(window)


def shared_box_attacks(window: Any) -> Iterator[tuple[str, Json, str]]:
    """One function of the largest index needs equal nodes, max pooling, positive weights, leaves that increase."""
    shows = "one shared channel"
    equal = window([[1, 2]], [[1, 2]], [[1]])
    other = window([[1, 2]], [[1, 3]], [[1]])
    seeded = {**equal, "seed": "83", "weights": {name: {**held, "entries": {}} for name, held in equal["weights"].items()}}
    apart = {"network": seeded, "radii": dict.fromkeys(("", "0", "1"), 1), "shows": shows, "number": 2}
    yield "drawn nodes of their own", certificate("open set", apart, {}), "the leaves are drawn by their names"
    yield "nodes of their own", box(other, "1/10", shows, 2, {}), "the tensor is max(u, v), no function of the largest index"
    claim = box(equal, "1/10", shows, 2, {})["claim"]
    mixed = {**claim, "radii": {**claim["radii"], "1": 2}}
    yield "radii of their own", certificate("open set", mixed, {}), "these weights are not shared along a level"
    sums = window([[1, 2]], [[1, 2]], [[1]], "average")
    yield "sums of equal leaves", box(sums, "1/10", shows, 2, {}), "[[2, 3], [3, 4]] is no function of the largest index"
    yield "leaves that may fall", box(equal, "1/2", shows, 2, {}), "the leaf (3/2, 3/2) has rank 1"
    yield "a leaf that falls", box(window([[2, 1]], [[2, 1]], [[1]]), "1/10", shows, 2, {}), "the tensor decreases"
    yield "an output that may vanish", box(window([[3, 9]], [[3, 9]], [[1]]), "1", shows, 2, {}), "the output weight may be 0"
    yield "a larger rank", box(equal, "1/10", shows, 3, {}), "the matrix is 2 x 2"
    whole = pooling({"0": [[1, 2]], "1": [[1, 2]], "": [[1]]}, [], (0, 1), pool="max")
    yield "one set of modes", box(whole, "1/10", shows, 2, {}), "a matrix with one row has rank 1"


def distance(
    network: Json, z: int, least: str, vectors: Sequence[int], count: int = 4, gram: Any = None, root: Any = None
) -> Json:
    held = {"left": array(vectors), "right": array(vectors), "count": count, "root": root or {}}
    return certificate("distance", {"network": network, "gram": gram or {}, "rank_below": z, "distance": least}, held)


def over(rows: Sequence[Sequence[int]], denominator: str = "1") -> Json:
    return {"entries": array([x for row in rows for x in row]), "denominator": denominator}


def distance_attacks() -> Iterator[tuple[str, Json, str]]:
    """FULL across even | odd modes is the 4 x 4 identity: at a distance of 1 from rank 3, of sqrt(3) from rank 1."""
    full, eye = pooling(FULL, [0, 2]), [int(i == j) for i in range(4) for j in range(4)]
    yield "larger distance", distance(full, 4, "1001/1000", eye), "it is 1"
    yield "other rank", distance(full, 2, "2", eye), "it is sqrt(3)"
    yield "long vectors", distance(full, 4, "2", [2 * x for x in eye]), "it is 1"
    yield "vectors of zeros", distance(full, 1, "1000", [0] * 16), "it is 2, and they see nothing"
    yield "equal vectors", distance(full, 2, "3/2", [1, 0, 0, 0] * 4), "the vectors see a matrix of rank 1"
    half = {**full, "weights": {**full["weights"], "": node(FULL[""], "2")}}
    yield "half the weights", distance(half, 4, "1", eye), "it is 1/2"
    thin = {**FULL, "0": [[1, 0], [1, 0]]}
    yield "other weights", distance(pooling(thin, [0, 2]), 4, "1", eye), "the rank is 2"
    one = over(EYE)
    yield "not above", distance(full, 4, "16", eye, gram=one, root=over([[2, 0], [0, 2]])), "with an orthonormal f it is 1"
    yield "no Gram matrix", distance(full, 4, "1", eye, gram=over([[2, 1], [0, 2]]), root=one), "a Gram matrix is symmetric"
    yield (
        "Gram matrix over zero",
        distance(full, 4, "16", eye, gram=over(EYE, "0"), root=over([[2, 0], [0, 2]])),
        "1/0 is no number",
    )
    maximum = pooling({"0": EYE, "1": EYE, "": [[1, 0]]}, [0], [0, 1], pool="max")
    yield (
        "functions of a rectifier",
        distance(maximum, 1, "1/10", [1, 0], 1, one, one),
        "its tensor is one of values, not coefficients",
    )


def prime_attacks() -> Iterator[tuple[str, Json, str]]:
    full = entries(EYE)

    def primes(columns: Sequence[int], solutions: Sequence[Sequence[int]]) -> Json:
        held = [array(part, 8, "uint") for part in solutions]
        return {"by": "hashed primes", "columns": array(columns, 4, "uint"), "solutions": held}

    yield "no primes", sealed(full, 1, 1, minor(7, [0], [0]), primes([0], [])), "the rank is 2"
    above = {"upper": primes([0], [[1]] * 3)}
    weights = {name: node(matrix) for name, matrix in zero_weights().items()}
    yield "columns at hashed weights", generic(weights, {"": 2, "0": 2, "1": 2}, 0, 1, **above), "almost all have rank 4"
    yield "columns that do not span", sealed(full, 1, 1, minor(7, [0], [0]), primes([0], [[1]] * 3)), "the rank is 2"


def _two_terms() -> dict[str, Json]:
    """Two channels into the root: e_1 e_1 | e_1 e_1 and e_2 e_2 | e_2 e_2."""
    leaves = {f"{i}/{j}": node(EYE) for i in range(2) for j in range(2)}
    return {**leaves, "0": node(EYE), "1": node(EYE), "": node([[1, 1]])}


#: Four modes of size 2, two windows; the diagonal core is (1, 1, 1, 1), the rank across even | odd modes is 4.
FULL = {**{f"{i}/{j}": EYE for i in range(2) for j in range(2)}, "0": [[1, 1], [1, 1]], "1": [[1, 1], [1, 1]], "": [[1, 0]]}


def sealed(matrix: Json, least: int, most: int, lower: Json | None = None, upper: Json | None = None, field: str = "Q") -> Json:
    claim = written.rank_claim(matrix, field, least, most)
    return certificate("rank", claim, {"lower": lower or NOTHING, "upper": upper or {"by": "shape"}})


def minor(prime: int, rows: Sequence[int], columns: Sequence[int]) -> Json:
    return {"by": "elimination", **written.minor(prime, rows, columns)}


def factors(left: Sequence[int], right: Sequence[int], denominator: int = 1, hashed: int = 0) -> Json:
    return {
        "by": "hashed factorization" if hashed else "factorization",
        "left": array(left),
        "right": array(right),
        "denominator": str(denominator),
    }


def too_few_right_sides() -> Json:
    """A singular matrix of rank 1 mod 2 has a solution for every second right-hand side: entries are varied until one comes."""
    for k in range(100):
        matrix = entries([[1, 1], [1 + 2 * (k % 60), 1 + 2 * (k // 60)]])
        claim = written.rank_claim(matrix, "GF(2)", 2, 2)
        places = written.minor(2, [0, 1], [0, 1])
        (side,) = written.right_sides(claim, 2, places["rows"], places["columns"], 1)
        if side[0] == side[1]:
            lower = {"by": "solutions", **places, **written.solutions(1, [side[0], 0], 2)}
            return sealed(matrix, 2, 2, lower, field="GF(2)")
    raise AssertionError


def attacks() -> Iterator[tuple[str, Json, str]]:
    ones = entries([[1, 1], [1, 1]])
    good = entries([[1, 2], [3, 4]])
    full = minor(7, [0, 1], [0, 1])
    yield "no minor", sealed(entries([[0]]), 1, 1), "the rank is 0"
    yield "singular minor", sealed(ones, 2, 2, full), "the rank is 1"
    yield "other field", sealed(entries([[5]]), 1, 1, minor(7, [0], [0]), field="GF(5)"), "5 is 0 in GF(5)"
    yield "too few right-hand sides", too_few_right_sides(), "the rank over GF(2) is 1"
    solved = {"by": "solutions", **written.minor(7, [0, 1], [0, 1]), **written.solutions(46, [1] * 92, 7)}
    yield "no solutions", sealed(ones, 2, 2, solved), "the rank is 1"
    yield "shape", sealed(good, 1, 1, minor(7, [0], [0])), "the rank is 2"
    yield "factors", sealed(good, 1, 1, minor(7, [0], [0]), factors([1, 3], [1, 2])), "the rank is 2"
    yield "factors at vectors", sealed(good, 1, 1, minor(7, [0], [0]), factors([1, 3], [1, 2], hashed=1)), "the rank is 2"
    nothing = factors([], [], denominator=3)
    yield "denominator of factors", sealed(good, 0, 0, {}, nothing, field="GF(3)"), "the rank over GF(3) is 2"
    yield "zero times the matrix", sealed(good, 0, 0, {}, factors([], [], denominator=0)), "the rank is 2"
    yield "an entry over zero", sealed(entries([[1]], below=[0]), 0, 1), "1/0 is no number"
    yield "a fifth modulo 5", sealed(entries([[1]], below=[5]), 0, 1, field="GF(5)"), "1/5 is no element of GF(5)"
    for name, data in (("infinity", b"\0\0\x80\x7f"), ("no number", b"\0\0\xc0\x7f")):
        endless = {"type": "float", "width": 4, "data": base64.b64encode(data).decode()}
        yield name, sealed({**entries([[1]]), "entries": endless}, 0, 1), f"{name} is no entry"
    halves = {"type": "float", "width": 4, "data": base64.b64encode(b"\0\0\0\x3f").decode()}
    yield "a half modulo 2", sealed({**entries([[1]]), "entries": halves}, 0, 1, field="GF(2)"), "1/2 is no element of GF(2)"
    floats = {"type": "float", "width": 4, "data": base64.b64encode(b"\0\0\x80?\0\0\0@\0\0\0@\0\0\x80@").decode()}
    mixed = {**entries(EYE), "entries": floats, "denominators": array([1] * 4, 1, "uint")}
    yield "floats over denominators", sealed(mixed, 2, 2, full), "as floats, [[1, 2], [2, 4]], the rank is 1; as words, 2"
    flat = entries([[1, 1], [1, 1]])
    yield "another digest", {**sealed(flat, 1, 2, minor(7, [0], [0])), "digest": "0" * 64}, "the digest is of something else"
    core = {"by": "diagonal core", "prime": "7"}
    yield "dependent leaf", sealed(pooling({**FULL, "0/0": [[1, 1], [1, 1]]}, [0, 2]), 4, 4, core), "the rank is at most 2"
    zero = {**FULL, "0": [[1, 0], [1, 0]]}
    yield "zeros in the core", sealed(pooling(zero, [0, 2]), 4, 4, core), "the rank is 2"
    above = {"by": "diagonal core"}
    yield "core from above", sealed(pooling(FULL, [0, 2]), 2, 2, {"by": "diagonal core", "prime": "7"}, above), "the rank is 4"
    # Across {0, 1} | {2, 3} the tensor of FULL has rank 1.
    yield "windows on one side", sealed(pooling(FULL, [0, 1]), 4, 4, core), "the rank is 1"


@cache
def forgeries() -> list[Forgery]:
    every = [*attacks(), *network_attacks(), *box_attacks(), *distance_attacks(), *prime_attacks()]
    return [Forgery(f"rank: {name}", copy.deepcopy(content), why) for name, content, why in every]
