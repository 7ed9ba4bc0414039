"""Forged certificates about ranks: canonical, with a digest that fits, and wrong; the judge accepts none.

Whether a certificate shows its claim is decided here by an oracle of its own (``shows``): numpy and FLINT on one side, and the
prover's writing of the hashes on the other. It shares no code with the judge.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import itertools
import math
import resource
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import flint
import numpy as np
import pytest

import proofkit
from proofkit import verify
from proofkit.certificates import compose
from proofkit.certificates import matrices as written

Content = dict[str, Any]


def numbers(array: Content) -> list[Any]:
    """The words of an array, as numbers."""
    data, width = base64.b64decode(array["data"]), array["width"]
    if array["type"] == "float":
        return np.frombuffer(data, dtype=f"<f{width}").tolist()
    signed = array["type"] == "int"
    return [int.from_bytes(data[i : i + width], "little", signed=signed) for i in range(0, len(data), width)]


def stated_matrix(claim: Content) -> list[list[Fraction]]:
    matrix = claim["matrix"]
    flat = [Fraction(x) for x in numbers(matrix["entries"])]
    if matrix["denominators"]:
        flat = [x / d for x, d in zip(flat, numbers(matrix["denominators"]))]
    n = matrix["columns"]
    return [flat[i * n : (i + 1) * n] for i in range(matrix["rows"])]


def true_rank(claim: Content) -> int:
    """By FLINT."""
    rows = stated_matrix(claim)
    if not rows or not rows[0]:
        return 0
    if claim["field"] != "Q":
        p = int(claim["field"][3:-1])
        return int(flint.nmod_mat(len(rows), len(rows[0]), [residue(x, p) for row in rows for x in row], p).rank())
    flat = [flint.fmpq(x.numerator, x.denominator) for row in rows for x in row]
    return int(flint.fmpq_mat(len(rows), len(rows[0]), flat).rank())


def residue(x: Fraction, p: int) -> int:
    return x.numerator * pow(x.denominator, -1, p) % p


def shows(content: Content) -> bool:
    """Whether the claim is true and the witnesses are what they should be."""
    claim, lower, upper = content["claim"], content["proof"]["lower"], content["proof"]["upper"]
    rank = true_rank(claim)
    if not claim["at_least"] <= rank <= claim["at_most"]:
        return False
    return (not claim["at_least"] or minor_shown(claim, lower)) and factors_shown(claim, upper)


def minor_shown(claim: Content, lower: Content) -> bool:
    rows = stated_matrix(claim)
    p, least = int(lower["prime"]), claim["at_least"]
    at, columns = numbers(lower["rows"]), numbers(lower["columns"])
    if not flint.fmpz(p).is_prime() or any(x.denominator % p == 0 for row in rows for x in row):
        return False
    if claim["field"] not in ("Q", f"GF({p})") or [len(at), len(columns)] != [least, least]:
        return False
    if at != sorted(set(at)) or columns != sorted(set(columns)) or max(at) >= len(rows) or max(columns) >= len(rows[0]):
        return False
    minor = [[residue(rows[i][j], p) for j in columns] for i in at]
    if lower["by"] == "elimination":
        return int(flint.nmod_mat(least, least, [x for row in minor for x in row], p).det()) != 0
    count, solutions = lower["count"], numbers(lower["solutions"])
    if p**count < 2**128 or len(solutions) != count * least or max(solutions) >= p:
        return False
    sides = written.right_sides(claim, p, lower["rows"], lower["columns"], count)
    found = [solutions[i * least : (i + 1) * least] for i in range(count)]
    products = (np.array(minor, dtype=object) @ np.array(found, dtype=object).T % p).T.tolist()
    return bool(products == sides)


def factors_shown(claim: Content, upper: Content) -> bool:
    rows, most = stated_matrix(claim), claim["at_most"]
    if upper["by"] == "shape":
        return bool(most == min(len(rows), len(rows[0])))
    left = np.array(numbers(upper["left"]), dtype=object).reshape(len(rows), most)
    right = np.array(numbers(upper["right"]), dtype=object).reshape(most, len(rows[0]))
    product = left @ right if most else np.zeros((len(rows), len(rows[0])), dtype=object)
    difference = [[int(x) - int(upper["denominator"]) * a for x, a in zip(*pair)] for pair in zip(product, rows)]
    if claim["field"] == "Q":
        return all(x == 0 for row in difference for x in row)
    p = int(claim["field"][3:-1])
    return int(upper["denominator"]) % p != 0 and all(residue(Fraction(x), p) == 0 for row in difference for x in row)


# ------------------------------------------------------------------------------------------------------------- honest ones


def honest(seed: int) -> Content:
    """A certificate of a random matrix: any field, kind of entries, full rank or less, hashed or eliminated."""
    random = np.random.default_rng(seed)
    m, n = (int(size) for size in random.integers(3, 9, 2))
    full = random.integers(0, 2) == 0
    r = min(m, n) if full else int(random.integers(1, min(m, n)))
    a: Any = random.integers(-5, 6, (m, r)) @ random.integers(-5, 6, (r, n))
    kind = ("integers", "floats", "fractions", "GF(251)")[seed % 4]
    if kind == "floats":
        a = a / 8 + 0.0
    if kind == "fractions":
        a = [[Fraction(int(x), 6) for x in row] for row in a]
    found = proofkit.rank(a, field=kind if kind.startswith("GF") else "Q", seed=seed)
    assert found.exact
    monkeyed = seed // 4 % 2 == 0
    content: Content = verify.read(found.certificate(deterministic=not monkeyed))
    if monkeyed and found.lower:
        content["proof"]["lower"] = solved(content["claim"], content["proof"]["lower"])
    return content


def solved(claim: Content, lower: Content, p: int | None = None, count: int | None = None) -> Content:
    """The same minor shown by solutions for the hashed right-hand sides, found by FLINT (mod anything, where it can)."""
    p = p or int(lower["prime"])
    least, columns = claim["at_least"], numbers(lower["columns"])
    rows = stated_matrix(claim)
    minor = [
        residue(rows[i][j], p) if math.gcd(rows[i][j].denominator, p) == 1 else 1 for i in numbers(lower["rows"]) for j in columns
    ]
    count = count or written.vectors_needed(p)
    sides = written.right_sides(claim, p, lower["rows"], lower["columns"], count)
    flat = [x for i in range(least) for x in (side[i] for side in sides)]
    try:
        solutions = [x for column in solutions_mod(minor, least, flat, count, p) for x in column]
    except (ZeroDivisionError, ValueError):
        solutions = [7 * i % p for i in range(count * least)]
    places = {"prime": str(p), "rows": lower["rows"], "columns": lower["columns"]}
    return {"by": "solutions", **places, **written.solutions(count, solutions, p)}


def solutions_mod(minor: list[int], size: int, sides: list[int], count: int, p: int) -> list[list[int]]:
    """Columns of solutions modulo a prime, or through the rationals modulo anything else."""
    if flint.fmpz(p).is_prime():
        found = flint.nmod_mat(size, size, minor, p).solve(flint.nmod_mat(size, count, sides, p))
        return [[int(found[i, k]) for i in range(size)] for k in range(count)]
    found = flint.fmpz_mat(size, size, minor).solve(flint.fmpz_mat(size, count, sides))
    quotients = [[Fraction(int(found[i, k].p), int(found[i, k].q)) for i in range(size)] for k in range(count)]
    return [[residue(x, p) for x in column] for column in quotients]


def sealed(content: Content) -> bytes:
    return compose("rank", content["claim"], content["proof"])


# ---------------------------------------------------------------------------------------------------------------- forgeries

Forgery = Callable[[Content, np.random.Generator], None]


def minor_of(content: Content) -> Content:
    found: Content = content["proof"]["lower"]
    return found


def set_places(content: Content, name: str, values: list[int]) -> None:
    minor_of(content)[name] = written.unsigned(values, 4)


def again(content: Content) -> None:
    """Solutions for the hash of what is stated now."""
    lower = minor_of(content)
    if lower["by"] == "solutions":
        content["proof"]["lower"] = solved(content["claim"], lower)


def one_more(content: Content, random: np.random.Generator) -> None:
    """The rank plus one, with one more row and column, and everything hashed and solved again."""
    claim = content["claim"]
    claim["at_least"] += 1
    claim["at_most"] = max(claim["at_most"], claim["at_least"])
    for name, size in (("rows", claim["matrix"]["rows"]), ("columns", claim["matrix"]["columns"])):
        places = numbers(minor_of(content)[name])
        free = sorted(set(range(size)) - set(places))
        set_places(content, name, sorted([*places, free[0] if free else places[-1]]))
    if claim["at_most"] == min(claim["matrix"]["rows"], claim["matrix"]["columns"]):
        content["proof"]["upper"] = {"by": "shape"}
    again(content)


def one_less_above(content: Content, random: np.random.Generator) -> None:
    content["claim"]["at_most"] -= 1
    content["claim"]["at_least"] = min(content["claim"]["at_least"], content["claim"]["at_most"])
    for name in ("rows", "columns"):
        set_places(content, name, numbers(minor_of(content)[name])[: content["claim"]["at_least"]])
    again(content)


def other_matrix(content: Content, random: np.random.Generator) -> None:
    """Two equal rows, so that the rank drops or the solutions no longer fit."""
    matrix = content["claim"]["matrix"]
    entries = matrix["entries"]
    data, step = bytearray(base64.b64decode(entries["data"])), entries["width"] * matrix["columns"]
    rows = numbers(minor_of(content)["rows"])
    i, j = rows[0], (rows[1] if len(rows) > 1 else (rows[0] + 1) % matrix["rows"])
    data[i * step : (i + 1) * step] = data[j * step : (j + 1) * step]
    entries["data"] = base64.b64encode(bytes(data)).decode()


def other_matrix_hashed_again(content: Content, random: np.random.Generator) -> None:
    other_matrix(content, random)
    again(content)


def other_prime(content: Content, random: np.random.Generator) -> None:
    lower = minor_of(content)
    lower["prime"] = str(flint.fmpz(int(lower["prime"]) + 1).next_prime() if hasattr(flint.fmpz, "next_prime") else 65537)


def composite(content: Content, random: np.random.Generator) -> None:
    lower = minor_of(content)
    p = int(random.choice([101 * 103, 15, 561, 2**32 - 1, 3215031751]))
    if lower["by"] == "solutions":
        content["proof"]["lower"] = solved(content["claim"], lower, p)
    else:
        lower["prime"] = str(p)


def divides_denominators(content: Content, random: np.random.Generator) -> None:
    lower = minor_of(content)
    p = 2 if content["claim"]["matrix"]["entries"]["type"] == "float" else 3
    if lower["by"] == "solutions":
        content["proof"]["lower"] = solved(content["claim"], lower, p)
    else:
        lower["prime"] = str(p)


def repeated(content: Content, random: np.random.Generator) -> None:
    name = str(random.choice(["rows", "columns"]))
    places = numbers(minor_of(content)[name])
    places[-1] = places[0] if len(places) > 1 else 10**6
    set_places(content, name, places)
    again(content) if max(places) < 10**6 else None


def swapped(content: Content, random: np.random.Generator) -> None:
    name = str(random.choice(["rows", "columns"]))
    places = numbers(minor_of(content)[name])
    set_places(content, name, places[::-1] if len(places) > 1 else [10**6])
    again(content) if len(places) > 1 else None


def perturbed(content: Content, random: np.random.Generator) -> None:
    lower = minor_of(content)
    if lower["by"] != "solutions":
        return other_prime(content, random)
    x, p = numbers(lower["solutions"]), int(lower["prime"])
    k = int(random.integers(len(x)))
    x[k] = (x[k] + int(random.integers(1, p))) % p
    lower.update(written.solutions(lower["count"], x, p))
    return None


def not_canonical(content: Content, random: np.random.Generator) -> None:
    """x + p in place of x."""
    lower = minor_of(content)
    if lower["by"] != "solutions":
        return other_prime(content, random)
    x, p = numbers(lower["solutions"]), int(lower["prime"])
    x[int(random.integers(len(x)))] += p
    lower["solutions"] = written.unsigned(x, 8)
    return None


def of_another_claim(content: Content, random: np.random.Generator) -> None:
    """Solutions for the right-hand sides of the same minor in another claim."""
    lower = minor_of(content)
    if lower["by"] != "solutions":
        return other_prime(content, random)
    other = copy.deepcopy(content["claim"])
    other["at_most"] = other["at_most"] - 1 if other["at_most"] > other["at_least"] else other["at_most"] + 1
    content["proof"]["lower"] = solved(other, lower)
    return None


def too_few(content: Content, random: np.random.Generator) -> None:
    lower = minor_of(content)
    if lower["by"] != "solutions":
        return other_prime(content, random)
    content["proof"]["lower"] = solved(content["claim"], lower, count=int(random.integers(1, lower["count"])))
    return None


def other_field(content: Content, random: np.random.Generator) -> None:
    content["claim"]["field"] = "GF(257)"
    again(content)


def other_factor(content: Content, random: np.random.Generator) -> None:
    upper = content["proof"]["upper"]
    if upper["by"] == "shape":
        return one_less_above(content, random)
    name = str(random.choice(["left", "right"]))
    x = numbers(upper[name])
    x[int(random.integers(len(x)))] += 1
    width = upper[name]["width"] + 1
    data = b"".join(int(v).to_bytes(width, "little", signed=True) for v in x)
    upper[name] = {"type": "int", "width": width, "data": base64.b64encode(data).decode()}
    upper["by"] = str(random.choice(["factorization", "hashed factorization"]))
    return None


def other_denominator(content: Content, random: np.random.Generator) -> None:
    upper = content["proof"]["upper"]
    if upper["by"] == "shape":
        return one_less_above(content, random)
    upper["denominator"] = str(int(upper["denominator"]) + 1)
    upper["by"] = str(random.choice(["factorization", "hashed factorization"]))
    return None


FORGERIES: list[Forgery] = [
    one_more,
    one_less_above,
    other_matrix,
    other_matrix_hashed_again,
    other_prime,
    composite,
    divides_denominators,
    repeated,
    swapped,
    perturbed,
    not_canonical,
    of_another_claim,
    too_few,
    other_field,
    other_factor,
    other_denominator,
]


def forge(count: int, first: int) -> int:
    """Try ``count`` forgeries; how many were false by the oracle, none of which may be accepted."""
    tried = seed = 0
    while tried < count:
        forgery = FORGERIES[seed % len(FORGERIES)]
        content = honest(first + seed // len(FORGERIES))
        seed += 1
        random = np.random.default_rng(seed)
        if not content["proof"]["lower"]:
            continue
        forgery(content, random)
        if shows(content):  # now and then the change is harmless, such as a prime that happens to fit
            continue
        verdict = verify.check(sealed(content))
        assert not verdict.valid, (forgery.__name__, seed, verdict)
        tried += 1
    return tried


@pytest.mark.parametrize("seed", range(16))
def test_oracle_and_judge_agree_on_honest_certificates(seed: int) -> None:
    content = honest(seed)
    assert shows(content)
    verdict = verify.check(sealed(content))
    assert verdict.valid, verdict.reason


def test_forgeries() -> None:
    assert forge(160, first=100) == 160


@pytest.mark.slow
def test_two_thousand_forgeries() -> None:
    assert forge(2000, first=1000) == 2000


@pytest.mark.parametrize("forgery", FORGERIES, ids=lambda forgery: forgery.__name__)
def test_every_forgery_is_false_for_some_matrix(forgery: Forgery) -> None:
    false = 0
    for seed in range(12):
        content = honest(seed)
        if content["proof"]["lower"]:
            forgery(content, np.random.default_rng(seed))
            false += not shows(content)
    assert false >= 4


def test_the_largest_products_with_a_rectifier_network_do_not_overflow() -> None:
    """All residues are p - 1, and p is just below a power of two: sums of two such products, in slots of one integer."""
    p = 2**64 - 59

    def words(numbers: list[int]) -> Content:
        data = b"".join(x.to_bytes(9, "little", signed=True) for x in numbers)
        return {"type": "int", "width": 9, "data": base64.b64encode(data).decode()}

    leaf = {"channels": 5, "entries": words([p - 1] * 15), "denominator": "1"}
    root = {"channels": 1, "entries": words([-1] * 5), "denominator": "1"}
    content = {"kind": "network", "pool": "average", "tree": [0, 1], "dim": 3, "seed": "", "rows": [0], "output": 0}
    network = verify.Pooling({**content, "weights": {"": root, "0": leaf, "1": leaf}})
    found = network.minor_times([0, 1, 2], [0, 1, 2], [[p - 1] * 3] * 2, p)
    assert found == [[5 * (-1) * 2 * (p - 1) * 3 * (p - 1) % p] * 3] * 2


def test_a_rank_is_never_a_premise() -> None:
    inner = verify.read(proofkit.rank([[1]]).certificate())
    outer = verify.read(proofkit.prove("rank(A.T) == rank(A)").sealed.data)
    body = {**{key: part for key, part in outer.items() if key != "digest"}, "premises": [inner]}
    verdict = verify.check(verify.canonical({**body, "digest": verify.digest(body)}))
    assert not verdict.valid and "no kind rank" in verdict.reason


def test_a_certificate_without_its_digest_is_refused() -> None:
    content = verify.read(proofkit.rank([[1, 2], [3, 4]]).certificate())
    content["digest"] = "0" * 64
    assert verify.check(verify.canonical(content)).reason == "the digest does not match the contents"


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 2**31},
        {"rows": -1},
        {"rows": 3},
        {"entries": {"type": "int", "width": 0, "data": ""}},
        {"entries": {"type": "int", "width": 5000, "data": ""}},
        {"entries": {"type": "int", "width": 1, "data": "AQIDBA="}},
        {"entries": {"type": "int", "width": 1, "data": "AQID BA=="}},
        {"entries": {"type": "int", "width": 1, "data": "AQIDBB=="}},
        {"entries": {"type": "complex", "width": 1, "data": "AQIDBA=="}},
        {"denominators": {"type": "uint", "width": 1, "data": "AAEBAQ=="}},
        {"kind": "pickle"},
    ],
    ids=str,
)
def test_malformed_matrices(change: Content) -> None:
    content = verify.read(proofkit.rank([[1, 2], [3, 4]]).certificate())
    assert content["claim"]["matrix"]["entries"]["data"] == "AQIDBA=="
    content["claim"]["matrix"].update(change)
    assert not verify.check(sealed(content)).valid


def test_infinite_entries_are_refused() -> None:
    content = verify.read(proofkit.rank([[0.5, 2.0], [3.0, 4.0]]).certificate())
    entries = content["claim"]["matrix"]["entries"]
    values = np.array([np.inf, 2, 3, 4], dtype=f"<f{entries['width']}")
    entries["data"] = base64.b64encode(values.tobytes()).decode()
    assert "not finite" in verify.check(sealed(content)).reason


# ----------------------------------------------------------------------------------------------------------- hostile files

MEMORY, SECONDS = 500_000_000, 90  # of address space; of processor time (a hang fails, a slow machine does not)


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def zeros(count: int, width: int = 1, kind: str = "int") -> Content:
    return {"type": kind, "width": width, "data": base64.b64encode(bytes(count * width)).decode()}


def given(m: int, n: int, width: int = 1, kind: str = "int") -> Content:
    return {"kind": "entries", "rows": m, "columns": n, "entries": zeros(m * n, width, kind), "denominators": {}}


def drawn(tree: Any, dim: int, channels: int, rows: list[int]) -> Content:
    names: list[str] = []

    def walk(node: Any, name: str) -> None:
        names.append(name)
        for i, child in enumerate(node if isinstance(node, list) else []):
            walk(child, f"{name}/{i}" if name else str(i))

    walk(tree, "")
    weights = {name: {"channels": channels, "entries": {}} for name in names}
    return {"kind": "network", "tree": tree, "dim": dim, "seed": "x", "weights": weights, "rows": rows, "output": 0}


def drawn_from(facts: Content, label: str, bound: int, count: int) -> list[int]:
    """The numbers that the format draws for a label."""
    tagged = {"tag": f"proofkit/{label}/1", "format": "proofkit-rank/1", **facts}
    return written.residues_from(hashlib.shake_256(verify.canonical(tagged)), bound, count)


@pytest.mark.parametrize("generic", [False, True])
@pytest.mark.parametrize("forgotten", ["", "primes", "weights", "test-vector"])
def test_primes_weights_and_vectors_are_drawn_from_the_columns_too(generic: bool, forgotten: str) -> None:
    """Of a matrix u v' column 0 spans the others: y = x_0 + x_1 v_1 / v_0.  Whoever knew the primes, or the weights, before the
    columns would try these apart from the vectors."""
    column = written.unsigned([0], 4)
    if generic:
        network = {"tree": [0, 1], "dim": 2, "channels": {"": 1}, "shared": 0}
        claim: Content = {"network": network, "rows": [0], "against": [], "at_least": 0, "at_most": 1}
        bound = {"claim": verify.digest(claim)}
    else:
        ones = {"type": "int", "width": 1, "data": base64.b64encode(b"\x01" * 4).decode()}
        matrix = {"kind": "entries", "rows": 2, "columns": 2, "entries": ones, "denominators": {}}
        claim = written.rank_claim(matrix, "Q", 0, 1)
        bound = {"claim": verify.digest(claim), "matrix": verify.digest(matrix)}

    def facts(label: str) -> Content:
        return {**bound, "count": 3, **({} if label == forgotten else {"columns": verify.digest(column)})}

    candidates = (2**60 + x for x in drawn_from(facts("primes"), "primes", 2**60, 1500))
    solutions = []
    for p in itertools.islice((p for p in candidates if flint.fmpz(p).is_prime()), 3):
        x = drawn_from({**facts("test-vector"), "prime": str(p)}, "test-vector", p, 2)
        v = drawn_from({**facts("weights"), "prime": str(p), "node": "1"}, "weights", p, 2) if generic else [1, 1]
        solutions.append(written.unsigned([(x[0] + x[1] * v[1] * pow(v[0], -1, p)) % p], 8))
    proof = {"lower": {"by": "nothing"}, "upper": {"by": "hashed primes", "columns": column, "solutions": solutions}}
    weights = {
        name: {"channels": 1, "entries": written.unsigned([1] * k, 1) | {"type": "int"}, "denominator": "1"}
        for name, k in [("0", 2), ("1", 2), ("", 1)]
    }
    content = compose("generic rank", claim, {"weights": weights, **proof}) if generic else compose("rank", claim, proof)
    found = verify.check(content)
    if forgotten in ("", *(() if generic else ("weights",))):
        assert found.valid and found.verdict == verify.SOUNDNESS, found
    else:
        assert found.reason == "the columns do not span the matrix"


def hostile() -> dict[str, Content]:
    half = 2**23
    many = {"by": "solutions", **written.minor(2, [0], [0]), **written.solutions(128, [1] * 128, 2)}
    minor = {"by": "elimination", **written.minor(101, [0], [0])}
    empty = {"by": "hashed factorization", "left": zeros(0), "right": zeros(0), "denominator": "1"}
    wide = {"by": "hashed factorization", "left": zeros(half), "right": zeros(1), "denominator": "9" * 4000}
    nested: Any = 0
    for _ in range(90):
        nested = [nested]
    pair: Any = [[0, 1], [2, 3]]
    long = [list(range(i, i + 2)) for i in range(0, 64, 2)]
    cases: dict[str, tuple[Content, int, int, Content, Content, str]] = {
        "a long row": (given(1, half), 1, 1, many, {"by": "shape"}, "GF(2)"),
        "a long column": (given(half, 1), 1, 1, minor, {"by": "shape"}, "Q"),
        "long factors": (given(half, 1), 1, 1, minor, wide, "Q"),
        "no rows": (given(0, 2**24), 0, 0, {"by": "nothing"}, empty, "Q"),
        "no columns": (given(2**24, 0), 0, 0, {"by": "nothing"}, empty, "GF(2)"),
        "many floats": (given(2500, 2500, 4, "float"), 1, 2500, minor, {"by": "shape"}, "Q"),
        "long words": (given(60, 60, 4096), 1, 60, minor, {"by": "shape"}, "Q"),
        "a deep tree": (drawn(nested, 2, 1, [0]), 1, 1, minor, {"by": "shape"}, "Q"),
        "many channels": (drawn(pair, 60, 2**16, [0, 2]), 1, 3600, minor, {"by": "shape"}, "Q"),
        "large products": (drawn(pair, 2**12, 2, [0, 2]), 1, 2**24, minor, {"by": "shape"}, "Q"),
        "unbalanced products": (drawn([[0, 1, 2, 3], [4, 5, 6, 7]], 8, 8, [0, 1, 2, 3]), 1, 4096, minor, {"by": "shape"}, "Q"),
        "many modes": (drawn(long, 2, 2, [0]), 1, 2, minor, {"by": "shape"}, "Q"),
        "a large core": (
            drawn(long, 2, 2, list(range(0, 64, 2))), 1, 2, {"by": "diagonal core", "prime": "101"}, {"by": "shape"}, "Q"
        ),
    }  # fmt: skip
    return {
        name: {"claim": written.rank_claim(matrix, field, least, most), "proof": {"lower": lower, "upper": upper}}
        for name, (matrix, least, most, lower, upper, field) in cases.items()
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", list(hostile()))
def test_hostile_files_stay_within_time_and_memory(name: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.json"
    path.write_bytes(sealed(hostile()[name]))
    command = [sys.executable, "-I", verify.__file__, str(path)]
    found = subprocess.run(command, capture_output=True, text=True, preexec_fn=limits, timeout=300, check=False)
    assert found.stderr == "" and found.stdout.count("\n") == 1
    assert found.returncode in (1, 2) or name in ("no rows", "no columns", "long words", "a deep tree"), found.stdout
    assert "could not be checked" not in found.stdout
