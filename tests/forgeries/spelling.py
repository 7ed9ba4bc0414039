"""What is true, but not as the format has it: written in a second way, or beyond a limit.

Nothing false would be shown by accepting these. But one content has one certificate, and none keeps a judge busy for long.
"""

from __future__ import annotations

import base64
import copy
from collections.abc import Iterator
from functools import cache
from typing import Any

from attacks import MM, proved
from attacks import induction as genuine_induction
from kit import (
    NOTHING,
    Forgery,
    Json,
    above,
    adds,
    below,
    certificate,
    claim,
    derivation,
    encode,
    pair,
    point,
    rule,
    same,
    sealed,
)
from ranks import EYE, FULL, array, box, distance, entries, factors, generic, minor, node, over, pooling
from ranks import sealed as rank

from proofkit.certificates import matrices as written

HUGE = 2**53 + 1
TRUE = claim("A == A", MM)


def identity(**changes: Any) -> Json:
    """A == A, with fields of its one step replaced."""
    return derivation(TRUE, [{**same("A", "A"), **changes}], {"equality": 0})


def entry(x: Any) -> Json:
    """A counterexample to A == zeros(1, 1) at A = [[x]]."""
    return certificate("counterexample", claim("A == zeros(1, 1)", "A: 1 1"), point({"A": [[x]]}))


def bytes_of_a_file() -> Iterator[tuple[str, bytes]]:
    plain = encode(identity())
    yield "a space", plain.replace(b":", b": ", 1)
    yield "a long number", encode(entry(HUGE * 100))


def spelled() -> Iterator[tuple[str, Json]]:
    yield "a field too many", identity(note="")
    yield "true for 1", identity(groups=[[{"term": 0, "boxes": [0]}, {"term": True, "boxes": [0]}]])
    yield "false in a list", identity(groups=[[{"term": 0, "boxes": [0]}, {"term": 1, "boxes": [False]}]])
    yield "a fact counted from the end", derivation(TRUE, [same("A", "A")], {"equality": -1})
    yield "an integer with a zero in front", entry(f"0{HUGE}")
    yield "a small integer as a text", entry("5")
    yield "true as an entry", entry(True)
    yield "a fraction that is not reduced", entry("2/4")
    yield "a residue above p", certificate("counterexample", claim("A == zeros(1, 1)", "A: 1 1"), point({"A": [[4]]}, "GF(3)"))
    keyed = certificate("counterexample", claim("A == zeros(1, 1)", "A: 1 1"), point({"A": [{str(HUGE): 0}]}))
    yield "an object for a row", keyed
    polynomial = claim("B(v) == ones(1, 1)", "B(1): 1 1; v: 1")
    yield "an object for a polynomial", certificate("counterexample", polynomial, point({"B": {}, "v": [0]}))
    long = point({"B": [[[1], [[1]], 0]], "v": [0]})
    yield "a term of three parts", certificate("counterexample", polynomial, long)
    yield "true for a size", certificate("counterexample", claim("A == 2 * A", "A: m m"), point({"A": [[1]]}, m=True))
    lemma = proved("rank(kron(A, B)) == rank(A) * rank(B)", "A: m n; B: p q")
    used = rule("premise", premise=0, sizes=dict.fromkeys("mnpqk", "m"), names={"A": "A", "B": "A"}, given=[])
    squared = claim("rank(kron(A, A)) == rank(A) * rank(A)", MM)
    goal = {"at_least": adds((0, "1")), "at_most": adds((0, "-1"))}
    yield "a size that the premise does not have", derivation(squared, [used], goal, premises=[lemma])
    trivial = claim("rank(A) >= 0", MM)
    yield "an instance without hypotheses", derivation(trivial, [], {"at_least": NOTHING}, instance=point({"A": [[1]]}, m=1))
    cut = rule("cut", matrix="A", classes=[0])
    bounded = claim("rank(A) <= m", MM)
    yield "a summand of three parts", derivation(bounded, [cut], above((0, "1")) | {"at_most": _third(adds((0, "1")))})
    least = {"split": ["min(m, n)"], "cases": [{"assume": ["m"], "sum": [[[0, "n", 0], "1"]]}, {"assume": ["n"], "sum": []}]}
    yield "a choice of three parts", derivation(claim("n >= min(m, n)", "A: m n"), [], {"at_least": least})
    lower = claim("rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))", almost=["ht"], sizes={"L": "any", "M": "any"})
    upper = claim("rank(odd_even(ht(L, M, r))) <= r[0] ** (2 ** (L - 1))", sizes={"L": "any", "M": "any"})
    step, premises = genuine_induction(True, witness__B="G")
    yield "a witness that is not used", derivation(lower, [step], below((0, "1")), premises=premises)
    step, _ = genuine_induction(False, direction="from above")
    yield "another direction", derivation(upper, [step], above((0, "1")))
    step, _ = genuine_induction(False, base__sizes={"p": "m", "q": "m", "k": "c", "h": "c", "e": "c"})
    yield "a size that the invariant does not have", derivation(upper, [step], above((0, "1")))


def _third(shown: Json) -> Json:
    content = copy.deepcopy(shown)
    content["cases"][0]["sum"][0].append(0)
    return content


def spelled_ranks() -> Iterator[tuple[str, Json]]:
    eye, both = entries(EYE), minor(7, [0, 1], [0, 1])
    core = {"by": "diagonal core", "prime": "7"}
    yield "signed indices", rank(eye, 2, 2, {**both, "rows": array([0, 1])})
    yield "another order of rows", rank(eye, 2, 2, {**both, "rows": written.unsigned([1, 0], 4)})
    yield "bits after the last", rank({**eye, "entries": {"type": "int", "width": 1, "data": "AQAAAR=="}}, 2, 2, both)
    more = pooling(FULL, [0, 2])
    yield "weights of no node", rank({**more, "weights": {**more["weights"], "2": node(EYE)}}, 4, 4, core)
    one = {**more["weights"], "": {**node([[1, 0]]), "entries": array([1, 0, 7])}}
    yield "an entry too many", rank({**more, "weights": one}, 4, 4, core)
    yield "a row that another is", rank(pooling(FULL, [0, 2]), 1, 4, minor(7, [4], [0]))
    yield "more than the size", rank(eye, 2, 3, both, factors([1, 0, 0, 0, 1, 0], [1, 0, 0, 1, 0, 0]))
    yield "a premise of no use", sealed({**rank(eye, 2, 2, both), "premises": [identity()]})
    yield "another kind of matrix", rank(pooling(FULL, [0, 2], kind="net"), 4, 4, core)
    yield "more than a residue", _long_solution()
    close = box(pooling({"0": EYE, "1": EYE, "": [[1, 1]]}, [0], (0, 1)), "1/10", "rank", 1, {})["claim"]
    whole = {"rows": written.unsigned([0], 4), "columns": written.unsigned([0], 4), "inverse": over([[1]])}
    yield "true for a radius", certificate("open set", {**close, "radii": {**close["radii"], "": True}}, whole)
    measured = distance(pooling(FULL, [0, 2]), 4, "0.5", [int(i == j) for i in range(4) for j in range(4)])
    yield "a decimal fraction", measured
    below_none = distance(pooling(FULL, [0, 2]), 0, "0", [int(i == j) for i in range(4) for j in range(4)])
    yield "a distance from nothing", below_none
    weights, two = {name: node(matrix) for name, matrix in FULL.items()}, {"": 2, "0": 2, "1": 2}
    levels = {"L0": node(EYE), "L1": node([[1, 1], [1, 1]]), "L2": node([[1, 0]])}
    twice = generic(levels, two, 4, 4, core)
    twice["claim"]["network"]["shared"] = 2
    yield "shared twice", sealed(twice)
    yield "a level too many", sealed(_shared(generic({**levels, "L3": node(EYE)}, two, 4, 4, core)))
    yield "weights of no node of the tree", generic({**weights, "2": node(EYE)}, two, 4, 4, core)
    slanted = {"L0": node(EYE), "L1": node(EYE), "L2": node([[1, 1]])}
    uneven = generic(slanted, {"": 2, "0": 2}, 1, 2, minor(7, [0], [0]), tree=[[0, 1], 2], rows=[2])
    yield "levels of a tree without levels", sealed(_shared(uneven))


def _shared(content: Json) -> Json:
    content["claim"]["network"]["shared"] = 1
    return content


def _long_solution() -> Json:
    """A solution that is right modulo 2^61 - 1, and larger."""
    p, stated = 2**61 - 1, written.rank_claim(entries([[1]]), "Q", 1, 1)
    places = written.minor(p, [0], [0])
    sides = written.right_sides(stated, p, places["rows"], places["columns"], 3)
    solutions = array([side[0] + p for side in sides], 9, "uint")
    return rank(entries([[1]]), 1, 1, {"by": "solutions", **places, "count": 3, "solutions": solutions})


def beyond_limits() -> Iterator[tuple[str, Json]]:
    yield "long declarations", derivation(claim("A == A", MM + ";" + " " * 20_000), [same("A", "A")], {"equality": 0})
    deep = "-" * 402 + "A"
    yield "a deep statement", derivation(claim(f"{deep} == {deep}", MM), [same(deep, deep)], {"equality": 0})
    trivial = {"at_least": NOTHING}
    yield "a long integer", derivation(claim(f"rank(A) + {2**4001} >= 0", MM), [], trivial)
    yield "a long product", derivation(claim(f"rank(A) + {2**3999} * {2**3999} >= 0", MM), [], trivial)
    yield "a long exponent", derivation(claim("rank(A) + 1 ** (2 ** 65) >= 0", MM), [], trivial)
    double = f"{2**3000} * ({2**3000} * A)"
    yield "a long coefficient", derivation(claim(f"{double} == {double}", MM), [same(double, double, pair(1))], {"equality": 0})
    inner = claim("B(C(v)) == B(C(v))", "B(n): m n; C(n): n; v: n")
    yield "a polynomial of a polynomial", derivation(inner, [same("B(C(v))", "B(C(v))")], {"equality": 0})
    power = point({"B": [[[64], [[1]]]], "v": [str(2**100)]})
    yield "a long power", certificate("counterexample", claim("B(v) == zeros(1, 1)", "B(1): 1 1; v: 1"), power)
    upper, _ = genuine_induction(False)
    step = {**upper, "tensor": "ht(m, c, q)"}
    for _ in range(2):
        step = {**upper, "tensor": "ht(m, c, q)", "base": {**upper["base"], "steps": [step]}}
    outer = {**upper, "base": {**upper["base"], "steps": [step]}}
    bounded = claim("rank(odd_even(ht(L, M, r))) <= r[0] ** (2 ** (L - 1))", sizes={"L": "any", "M": "any"})
    yield "inductions in inductions", derivation(bounded, [outer], above((0, "1")))
    wide = claim("cp_rank(cp(65, M, Z)) <= Z", sizes={"M": "any", "Z": "any"})
    yield "many modes", derivation(wide, [rule("cp_terms", tensor="cp(65, M, Z)")], above((0, "1")))
    nested = identity()
    for _ in range(21):
        used = rule("premise", premise=0, sizes={"m": "m"}, names={"A": "A", "B": "B"}, given=[])
        nested = derivation(TRUE, [used], {"equality": 0}, premises=[nested])
    yield "premises of premises", nested
    blank = "A" + " " * 19_000
    yield "much to read", derivation(TRUE, [same(blank, blank)] * 60, {"equality": 0})


def beyond_limits_of_ranks() -> Iterator[tuple[str, Json]]:
    one = minor(7, [0], [0])
    yield "long words", rank({**entries([[1]]), "entries": array([1], 4097)}, 1, 1, one)
    blank = {"type": "int", "width": 1, "data": ""}
    yield "many rows", rank({"kind": "entries", "rows": 2**24 + 1, "columns": 0, "entries": blank, "denominators": {}}, 0, 0)
    diagonal = {**entries(EYE), "rows": 257, "columns": 257, "entries": _bytes(257)}
    yield "a large minor", rank(diagonal, 257, 257, minor(7, range(257), range(257)))
    drawn = {name: {**held, "entries": {}} for name, held in pooling(FULL, [0, 2])["weights"].items()}
    yield "a long seed", rank({**pooling(FULL, [0, 2]), "seed": "s" * 101, "weights": drawn}, 0, 4)
    small = {**entries([[1]]), "denominators": array([2**4001], 501, "uint")}
    factor = {**factors([1], [1]), "denominator": str(2**4001)}
    yield "a long denominator", rank(small, 1, 1, one, factor)
    thin = pooling(FULL, [0, 2])
    thin["weights"][""] = node(FULL[""], str(10**1300))
    yield "a long denominator of weights", rank(thin, 4, 4, {"by": "diagonal core", "prime": "7"})
    modes = pooling({**{str(i): [[1, 1]] for i in range(26)}, "": [[1]]}, range(25), list(range(26)))
    yield "a long matrix", rank(modes, 0, 2)
    count = 1_500
    leaf = {"channels": 1, "entries": array(range(1, count + 1), 2), "denominator": "1"}
    sums = pooling({"": [[1]]}, [0], (0, 1), dim=count, pool="average")
    sums["weights"] |= {"0": leaf, "1": leaf}
    left = array([x for i in range(1, count + 1) for x in (i, 1)], 2)
    right = array([*[1] * count, *range(1, count + 1)], 2)
    yield "many entries", rank(sums, 0, 2, upper={**factors([], [], hashed=1), "left": left, "right": right})
    many = pooling({}, [0], [0], dim=1)
    many["weights"] = {"0": node([[0]] * (2**16 + 1)), "": node([[0] * (2**16 + 1)])}
    yield "many channels", rank(many, 0, 1)
    tree: Any = 0
    for _ in range(102):
        tree = [tree]
    yield "a deep tree", rank(pooling({"/".join("0" * i): [[1]] for i in range(103)}, [0], tree, dim=1), 0, 1)
    yield "a large box", _box_of(257, 1)
    yield "a large minor of a box", _box_of(65, 65)


def _box_of(dim: int, size: int) -> Json:
    """The identity of this size as a network, and a small box around it."""
    eye = [[int(i == j) for j in range(dim)] for i in range(size)]
    found = box(pooling({"0": eye, "1": eye, "": [[1] * size]}, [0], (0, 1), dim=dim), "1/100000", "rank", size, {})
    identity = {"entries": array([x for row in eye for x in row[:size]]), "denominator": "1"}
    places = written.unsigned(range(size), 4)
    return sealed({**found, "proof": {"rows": places, "columns": places, "inverse": identity}})


def _bytes(n: int) -> Json:
    data = bytes(int(i == j) for i in range(n) for j in range(n))
    return {"type": "int", "width": 1, "data": base64.b64encode(data).decode()}


@cache
def forgeries() -> list[Forgery]:
    """The content of some is the bytes of the file."""
    files: list[tuple[str, Any]] = [*bytes_of_a_file(), *spelled(), *spelled_ranks(), *beyond_limits(), *beyond_limits_of_ranks()]
    return [Forgery(f"spelling: {name}", content, "") for name, content in files]
