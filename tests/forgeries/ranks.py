"""Forged certificates about ranks of given matrices, each against one check; the falsity of each is in its reason.

Random forgeries in numbers are in tests/test_rank_forgeries.py.
"""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from kit import Forgery, Json, certificate

from proofkit.certificates import matrices as written

EYE = [[1, 0], [0, 1]]


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
    held = {
        name: {"channels": len(matrix), "entries": array([x for row in matrix for x in row])} for name, matrix in weights.items()
    }
    found = {"kind": "network", "tree": json.loads(json.dumps(tree)), "dim": dim, "seed": "", "weights": held}
    return {**found, "rows": list(rows), "output": 0, **more}


#: Four modes of size 2, two windows; the diagonal core is (1, 1, 1, 1), the rank across even | odd modes is 4.
FULL = {**{f"{i}/{j}": EYE for i in range(2) for j in range(2)}, "0": [[1, 1], [1, 1]], "1": [[1, 1], [1, 1]], "": [[1, 0]]}


def sealed(matrix: Json, least: int, most: int, lower: Json | None = None, upper: Json | None = None, field: str = "Q") -> Json:
    claim = written.rank_claim(matrix, field, least, most)
    return certificate("rank", claim, {"lower": lower or {}, "upper": upper or {"by": "shape"}})


def minor(prime: int, rows: Sequence[int], columns: Sequence[int]) -> Json:
    return {"by": "elimination", **written.minor(prime, rows, columns)}


def factors(left: Sequence[int], right: Sequence[int], denominator: int = 1, hashed: int = 0) -> Json:
    return {
        "by": "factorization",
        "left": array(left),
        "right": array(right),
        "denominator": str(denominator),
        "hashed": hashed,
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
    return [Forgery(f"rank: {name}", copy.deepcopy(content), why) for name, content, why in attacks()]
