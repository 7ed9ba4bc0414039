"""The judge as a command, before hostile files: one line, exit 2 (no certificate) or 1 (a certificate of nothing), within bounds.

Every case runs ``python -I proofkit/verify.py FILE`` with 500 MB of address space and with a limit on processor time.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest
import ranks
from kit import NOTHING, Json, above, adds, below, certificate, claim, derivation, encode, point, rule, same, sealed

from proofkit import verify

MEMORY = 500_000_000
SECONDS = 60  # of processor time, twenty times what the longest takes: a hang fails, a slow machine does not
MM = "A: m m; B: m m"


def limits() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def judge(*paths: Path | str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", verify.__file__, *map(str, paths)]
    return subprocess.run(command, capture_output=True, text=True, preexec_fn=limits, timeout=600, check=False)


def refused(path: Path, codes: tuple[int, ...] = (1, 2)) -> str:
    found = judge(path)
    assert found.returncode in codes, (found.returncode, found.stdout[-500:], found.stderr[-500:])
    assert found.stderr == ""
    assert found.stdout.count("\n") == 1, found.stdout[:500]
    assert found.stdout.startswith(f"{path}: {'malformed' if found.returncode == 2 else 'invalid'}: ")
    assert "could not be checked" not in found.stdout
    assert len(found.stdout) < 1000
    return found.stdout


# ------------------------------------------------------------------------------------------------- no certificates


def _bytes() -> Iterator[tuple[str, bytes]]:
    genuine = encode(derivation(claim("A == A", MM), [same("A", "A")], {"equality": 0}))
    yield "empty", b""
    for seed in range(4):
        yield f"random {seed}", Random(seed).randbytes(10_000)
    yield "zeros", bytes(1000)
    yield "null", b"null\n"
    yield "no object", b"[]\n"
    yield "not a number", b'{"a":NaN}\n'
    yield "infinity", b"-Infinity\n"
    yield "a float", b"1.5\n"
    yield "an exponent", b"1e400000\n"
    yield "minus zero", b"-0\n"
    yield "a million digits", b"1" * 1_000_000 + b"\n"
    yield "a million digits inside", genuine.replace(b'"equality":0', b'"equality":' + b"7" * 1_000_000)
    yield "lists, 900 000 deep", b"[" * 900_000 + b"]" * 900_000 + b"\n"
    yield "objects, 300 000 deep", b'{"a":' * 300_000 + b"0" + b"}" * 300_000 + b"\n"
    yield "a million lists", b"[" + b"[]," * 499_998 + b"[]]\n"
    yield "one long string", b'"' + b"a" * 63_000_000 + b'"\n'
    yield "more than a million items", b"[" + b"0," * 1_100_000 + b"0]\n"
    yield "a key twice", genuine.replace(b'"kind":', b'"kind":"derivation","kind":')
    yield "unsorted", b'{"b":1,"a":2}\n'
    yield "spaces", genuine.replace(b":", b": ")
    yield "no newline", genuine[:-1]
    yield "trailing bytes", genuine + b"\n"
    yield "half of it", genuine[: len(genuine) // 2]
    yield "byte order mark", b"\xef\xbb\xbf" + genuine
    yield "UTF-16", genuine.decode().encode("utf-16")
    yield "a lone surrogate", genuine.replace(b'"A == A"', b'"\\ud800"')
    yield "a line of output", genuine.replace(b'"A == A"', b'"\\nFILE: valid: proved"')
    yield "an emoji", genuine.replace(b'"A == A"', '"😀"'.encode())


@pytest.mark.parametrize("data", [pytest.param(data, id=name) for name, data in _bytes()])
def test_what_is_no_certificate_exits_2(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    refused(path, (2,))


def test_300_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large"
    with path.open("wb") as file:
        for _ in range(300):
            file.write(b"a" * 1_000_000)
    assert "larger than" in refused(path, (2,))
    path.unlink()


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "missing", tmp_path / "pipe", Path("/dev/zero"), tmp_path / ("x" * 300)):
        refused(path, (2,))


def test_odd_paths_stay_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a\nb: valid: proved\udcff"
    found = judge(path)
    assert found.returncode == 2
    assert found.stdout.count("\n") == 1 and "\nb:" not in found.stdout


# ------------------------------------------------------------------------------------------- certificates of nothing


def proves(statement: str, where: str = MM, sizes: Json | None = None) -> Json:
    """A certificate that only makes the judge read a statement."""
    return derivation(claim(statement, where, sizes=sizes), [], {"equality": 0})


def nested(open_: str, middle: str, close: str, times: int) -> str:
    return open_ * times + middle + close * times


def _premises(count: int, deep: bool) -> Json:
    one = derivation(claim("A == A", MM), [same("A", "A")], {"equality": 0})
    if not deep:
        return derivation(claim("A == B", MM), [], {"equality": 0}, premises=[one] * count)
    content = one
    for _ in range(count):
        content = {**content, "premises": [content]}
    return content


def _statements() -> Iterator[tuple[str, Json]]:
    """Texts that are large, deep, or large when they are multiplied out."""
    huge = 10**12
    yield "N = 10^12, identity", proves(f"eye({huge}) @ eye({huge}) == ones({huge}, {huge})")
    yield "N = 10^12, cp", proves(f"rank(odd_even(cp({huge}, 2, 3))) <= 2")
    yield "N = 10^12, ht", proves(f"rank(odd_even(ht({huge}, 2, r))) <= 2")
    yield "N = 10^12, modes", proves("A == A", "T:" + " 2" * 9_000)
    yield "N = 10^12, size", proves("A == A", "A: 1000000000000 n")
    for name, size in (("depth", 200), ("width", 2000)):
        yield f"{name}: parentheses", proves(nested("(", "A", ")", size) + " == A")
        yield f"{name}: minus", proves("-" * size + "A == A")
        yield f"{name}: transposes", proves("A" + ".T" * size + " == A")
        yield f"{name}: kron", proves(nested("kron(A, ", "A", ")", size) + " == A")
        yield f"{name}: rank", proves(nested("min(1, ", "rank(A)", ")", size) + " == 1")
        yield f"{name}: sum", proves(" + ".join(["A"] * size) + " == A")
        yield f"{name}: product", proves(" @ ".join(["A"] * size) + " == A")
        yield f"{name}: calls", proves(f"kron({', '.join(['A'] * size)}) == A")
    yield "20 000 characters", proves("A == " + "A" * 19_995)
    yield "a longer text", proves("A == " + "A" * 40_000)
    yield "many declarations", proves("A == A", "; ".join(f"A{number}: m n" for number in range(1_600)))
    yield "a power of a sum", proves(" @ ".join(["(A + B)"] * 40) + " == A")
    yield "a Kronecker power of a sum", proves(f"kron({', '.join(['A + B'] * 60)}) == A")
    yield "einsum of sums", proves(f'einsum("{",".join(["ij"] * 40)}->ij", {", ".join(["A + B"] * 40)}) == A')
    yield "an exponent tower", proves("rank(A) <= " + " ** ".join(["9"] * 60))
    yield "a negative exponent tower", proves("rank(A) <= 2 ** (" + "(" * 8 + "1 - 1000000" + ") ** 63" * 8 + ")")
    yield "a tower in a power", proves(nested("(", "2", " ** 64)", 90) + " <= rank(A)")
    yield (
        "powers of a sum",
        proves("rank(A) <= (m + n + k + p) ** 64 * (m + q + s + t) ** 64", "A: m n", dict.fromkeys("kpqst", "any")),
    )
    yield "a long number", proves("rank(A) <= " + "9" * 5_000)
    yield "products of long numbers", proves("rank(A) <= " + " * ".join(["9" * 1_000] * 15))
    yield "5 000 premises", _premises(5_000, False)
    yield "40 premises deep", sealed(_premises(40, True))
    yield "40 premises deep, digests wrong", _premises(40, True)
    yield "100 000 steps", derivation(claim("rank(A) <= 1", MM), [rule("transpose", matrix="A")] * 100_000, above())


def _proofs() -> Iterator[tuple[str, Json]]:
    """Proofs and instances that ask for much work."""
    extremes = [f"min(m, {number})" for number in range(2, 42)]
    sizes = {"m": "any"}
    yield "2^40 cases", derivation(claim("min(m, 2) <= 1", sizes=sizes), [], {"at_most": {"split": extremes, "cases": []}})
    cases = [{"assume": ["m"] * 40, "sum": []}] * 3_000
    yield "3 000 cases", derivation(claim("min(m, 2) <= 2", sizes=sizes), [], {"at_most": {"split": extremes, "cases": cases}})
    deep = nested("min(", "m", ", 2)", 20).replace("min(min", "min(min")
    yield "minima in minima", derivation(claim(f"{deep} >= 2", sizes=sizes), [], below())
    yield "a product of many minima", derivation(claim(" * ".join(extremes) + " <= 1", sizes=sizes), [], above())
    factors = [rule("factor", matrix="A", size=f"r{i}", names=[f"{letter}{i}" for letter in "UVPQ"]) for i in range(3_000)]
    yield "3 000 factorizations", derivation(claim("rank(A) <= 1", MM), factors, above())
    square = lambda n: [[(3 * i * i + 7 * j * i + j * j * j) % 101 for j in range(n)] for i in range(n)]  # noqa: E731
    full = claim("rank(A) >= 900", "A: 900 900", almost=["A"], field="Q")
    every = list(range(900))
    step = rule("minor", matrix="A", prime="2147483647", entries={"A": square(900)}, rows=every, columns=every)
    yield "a minor of 900 rows", derivation(full, [step], below((0, "1")))
    rational = [[f"{i * i + 1}/{i * 7 + j * 11 + 13}" for j in range(60)] for i in range(60)]
    rational = [[entry if _reduced(entry) else 1 for entry in row] for row in rational]
    wrong = claim("rank(A) <= 60", "A: 60 60")
    yield "60 rows of fractions", certificate("counterexample", wrong, point({"A": rational}))
    large = [[str(10**1000 + 7 * i + j * j) for j in range(40)] for i in range(40)]
    yield "40 rows of long numbers", certificate("counterexample", claim("rank(A) <= 40", "A: 40 40"), point({"A": large}))
    chain = " @ ".join(["A"] * 60)
    tripled = certificate("counterexample", claim(f"{chain} == {chain}", "A: n n"), point({"A": square(60)}, n=60))
    yield "60 products of 60 rows", tripled
    yield (
        "a tensor of 10^12 entries",
        certificate(
            "counterexample",
            claim("tensor_product(v, v, v, v) == tensor_product(v, v, v, v)", "v: n"),
            point({"v": [1] * 1000}, n=1000),
        ),
    )
    yield "sizes of 10^12", certificate("counterexample", claim("A == A", "A: n n"), point({"A": [[1]]}, n=10**12))
    yield "ones of 10^6 by 10^6", certificate(
        "counterexample", claim("rank(ones(n, n)) == 1", sizes={"n": "any"}), point({}, n=10**6)
    )  # fmt: skip
    powers = [[[64, 64, 64], [[1]]]] * 200
    huge = [str(10**1100 + 1)] * 3
    yield (
        "high powers of long numbers",
        certificate("counterexample", claim("B(v) == B(v)", "B(3): 1 1; v: 3"), point({"B": powers, "v": huge})),
    )
    many = claim("B(v) == B(v)", "B(2): 1000 1000; v: 2")
    yield "large polynomials", certificate("counterexample", many, point({"B": [[[1, 1], []]] * 1000, "v": [1, 1]}))
    weights = {f"ht.{level}.{place}": [[1, 1], [1, 1]] for level in range(6) for place in range(64 >> level)}
    network = claim("rank(odd_even(ht(6, M, r))) <= 1", sizes={"M": "any"})
    yield "a network of 64 inputs", certificate("counterexample", network, point({**weights, "ht.6.0": [1, 1]}, M=2, r=[2] * 6))
    nested_: Any = {"steps": [], "shows": NOTHING}
    for _ in range(200):
        level = {"sizes": {}, "parameters": {}, "groups": [], "steps": nested_["steps"], "shows": NOTHING}
        step = rule("induction", tensor="ht(L, M, r)", direction="at_most", premises=[], witness={}, parameters="",
                    invariant="ones(1, 1, a)", quantity="1", base=level, step=level,
                    top={"steps": [], "shows": NOTHING})  # fmt: skip
        nested_ = {"steps": [step], "shows": NOTHING}
        if len(encode({"s": nested_})) > 200_000:
            break
    yield (
        "inductions in inductions",
        derivation(claim("rank(odd_even(ht(L, M, r))) <= 1", sizes={"L": "any", "M": "any"}), nested_["steps"], above((0, "1"))),
    )
    yield (
        "60 000 summands",
        derivation(
            claim("rank(A) >= m", MM), [rule("cut", matrix="A", classes=[0])], below(*[(0, "m * m * rank(A) + 1")] * 60_000)
        ),
    )
    move = {"term": 1, "equality": 0, "pattern": 0, "boxes": [0], "classes": [0, 1]}
    moved = rule("rewrite", left="A", right="B", moves=[move] * 100_000, groups=[])
    yield "100 000 moves", derivation(claim("A == B", MM), [same("A", "A"), moved], {"equality": 1})
    term = " @ ".join(["A"] * 90)
    yield "the longest cut", derivation(claim("rank(A) <= 1", MM), [rule("cut", matrix=term, classes=[])] * 2_000, above())
    yield "adds", derivation(claim("rank(A) <= 1", MM), [], {"at_most": adds(*[([0, "m"], "m")] * 10)})


def _long_weights() -> Iterator[tuple[str, Json]]:
    """Weights of 32,000 bits: a diagonal of a million products of twenty of them, and 3,000 matrices of 160,000 entries."""
    length, windows, size, channels = 4_000, 20, 400, 3_000
    large = (1 << (8 * length - 2)) - 1
    names = {f"{i}/{j}": ranks.node([[1], [1]]) for i in range(windows) for j in (0, 1)}
    names |= {str(i): ranks.node([[large, large - 1]], width=length) for i in range(windows)}
    tree = [[2 * i, 2 * i + 1] for i in range(windows)]
    network = ranks.pooling({"": [[1]]}, [mode[0] for mode in tree], tree, dim=1)
    network["weights"] |= names
    yield "long products", ranks.sealed(network, 0, 1, {}, {"by": "diagonal core"})
    leaves = {"0/0": ranks.node([[1] * size]), "0/1": ranks.node([[1] * size])}
    network = ranks.pooling({"": [[0] * channels]}, [0], [[0, 1]], dim=size)
    network["weights"] |= {**leaves, "0": ranks.node([[large]] * channels, width=length)}
    yield "long sums", ranks.sealed(network, 0, 1, {}, ranks.factors([0] * size, [0] * size, hashed=1))


def _networks() -> Iterator[tuple[str, Json]]:
    """Small networks of large matrices: of 2^32 entries, equal all, of products of 32,000 bits, of radii of 4,000 bits."""
    tree, rows = [[0, 1], [2, 3]], [0, 2]
    leaves = ("0/0", "0/1", "1/0", "1/1")
    equal = ranks.pooling({"0": [[1]], "1": [[1]], "": [[1]]} | {name: [[1] * 256] for name in leaves}, rows, tree, dim=256)
    held = {"left": ranks.array([1]), "right": ranks.array([1]), "count": 1, "root": {}}
    yield "equal entries", certificate("distance", {"network": equal, "gram": {}, "rank_below": 1, "distance": "1"}, held)
    length = 4_000
    large = (1 << (8 * length - 2)) - 1
    network = ranks.pooling({}, [0], [0, 1], dim=16, pool="max")
    long = [[large - i - 3 * j for i in range(16)] for j in range(60)]
    network["weights"] = {
        "0": ranks.node(long, width=length),
        "1": ranks.node([[large] * 16] * 60, width=length),
        "": ranks.node([[1] * 60], width=length),
    }
    every = list(range(16))
    yield "long products of rectifiers", ranks.sealed(network, 16, 16, ranks.minor(7, every, every))
    weights = {name: [[1, 2], [3, 4]] for name in leaves} | {"0": [[1, 1], [2, 1]], "1": [[1, 1], [2, 1]], "": [[1, 1]]}
    radii = {name: f"1/{10**1190 + 2 * i + 1}" for i, name in enumerate(sorted(weights))}
    box = {"network": ranks.pooling(weights, rows, tree), "radii": radii, "shows": "rank", "number": 1}
    one = {"rows": ranks.array([0], 1, "uint"), "columns": ranks.array([0], 1, "uint")}
    yield "long radii", certificate("open set", box, {**one, "inverse": ranks.array([0]), "denominator": "1"})


def _long_monomials(scalars: int, size: int) -> Json:
    text = f"tensor_product({', '.join(f'c{i}' for i in range(scalars))}, X)"
    where = f"{'; '.join(f'c{i}' for i in range(scalars))}; X: {size}"
    return derivation(claim(f"{text} == {text}", where), [rule("expand", left=text, right=text)], {"equality": 0})


def _scalars(count: int) -> Json:
    names = [f"c{i}" for i in range(count)]
    parts = [f"tensor_product({', '.join(names[i : i + 900])})" for i in range(0, count, 900)]
    stated = claim(f"tensor_product({', '.join(parts)}) == 1", "; ".join(names))
    return certificate("counterexample", stated, point(dict.fromkeys(names, 1)))


def _regrouped(count: int) -> Json:
    return proves(" @ ".join(["X"] * count) + " == X", "X: m*n n*m")


def _box(tree: list[Any], dim: int, **channels: int) -> Json:
    weights = {name[1:].replace("_", "/"): {"channels": k, "entries": {}, "denominator": "1"} for name, k in channels.items()}
    network = {
        "kind": "network",
        "pool": "max",
        "tree": tree,
        "dim": dim,
        "seed": "x",
        "weights": weights,
        "rows": [0],
        "output": 0,
    }
    box = {"network": network, "radii": dict.fromkeys(weights, 1), "shows": "one channel", "number": 0}
    return certificate("open set", box, {})


def _diagonal(size: int) -> Json:
    leaves = {f"{i}/{j}/{k}": size for i in range(2) for j in range(2) for k in range(2)}
    channels = {**leaves, **{f"{i}/{j}": 1 for i in range(2) for j in range(2)}, "0": 1, "1": 1, "": 1}
    network = ranks.pooling({}, [0, 2, 4, 6], [[[0, 1], [2, 3]], [[4, 5], [6, 7]]], dim=1, seed="x")
    network["weights"] = {name: {"channels": k, "entries": {}, "denominator": "1"} for name, k in channels.items()}
    return ranks.sealed(network, 0, 1, {}, {"by": "diagonal core"})


def _denominators(count: int) -> Json:
    random = Random(1)
    below = ranks.array([random.getrandbits(32_767) | 1 for _ in range(count)], 4096, "uint")
    matrix = {"kind": "entries", "rows": count, "columns": 1, "entries": ranks.array([1] * count), "denominators": below}
    return ranks.sealed(matrix, 0, 1, {}, ranks.factors([1] * count, [1]))


def _demands() -> Iterator[tuple[str, Json]]:
    """Small files of which the work has to be paid for before it is done."""
    yield "20 000 monomials of 1 000 entries", _long_monomials(900, 20_000)
    yield "1 800 scalars", _scalars(1_800)
    yield "150 regrouped products", _regrouped(150)
    for channels in (4, 20, 40):
        yield f"{65_536 * channels} intervals", _box([0], 65_536, _0=channels, _=1)
    yield "intervals of a large matrix", _box([0, 1], 4_096, _0=40, _1=40, _=1)
    for size in (1_440, 1_900):
        yield f"{size}^2 entries of a core", _diagonal(size)
    yield "1 000 denominators of 32 767 bits", _denominators(1_000)


def _reduced(text: str) -> bool:
    from fractions import Fraction

    return str(Fraction(text)) == text


Case = Callable[[], Iterator[tuple[str, Json]]]


@pytest.mark.slow
@pytest.mark.parametrize("source", [_statements, _proofs, _long_weights, _networks, _demands])
def test_certificates_of_nothing_are_refused_within_bounds(tmp_path: Path, source: Case) -> None:
    for number, (name, content) in enumerate(source()):
        path = tmp_path / f"{number}"
        path.write_bytes(encode(content))
        try:
            refused(path)
        except AssertionError as error:
            raise AssertionError(f"{name}: {error}") from None


@pytest.mark.parametrize("source", [_statements, _proofs, _long_weights, _networks])
def test_certificates_of_nothing_are_refused_by_a_check(source: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same within this process, with less work allowed."""
    monkeypatch.setattr(verify, "MAX_WORK", 100_000)
    monkeypatch.setattr(verify, "MAX_RANK_WORK", 5_000_000)
    for name, content in source():
        verdict = verify.check(encode(content))
        assert not verdict.valid and "could not be checked" not in verdict.reason, f"{name}: {verdict}"


WORK = "checking this needs more work than the judge allows"


@pytest.mark.parametrize(
    ("content", "work", "reason"),
    [
        pytest.param(_long_monomials(50, 200), 40_000, WORK, id="long monomials"),
        pytest.param(_scalars(200), 20_000, WORK, id="many boxes"),
        pytest.param(_regrouped(40), 160_000, WORK, id="regrouped products"),
        pytest.param(_box([0], 100, _0=10, _=1), 100_000, WORK, id="intervals"),
        pytest.param(_box([0, 1], 300, _0=10, _1=10, _=1), 1_000, "a matricization of this size is not formed", id="a large box"),
        pytest.param(_diagonal(1_500), 300_000, "a diagonal core of this size is not formed", id="a large core"),
        pytest.param(_denominators(50), 100_000, WORK, id="long denominators"),
    ],
)
def test_work_is_paid_for_before_it_is_done(content: Json, work: int, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of these would get further, for as much work, were it not for one charge or limit."""
    monkeypatch.setattr(verify, "MAX_WORK", work)
    monkeypatch.setattr(verify, "MAX_RANK_WORK", work)
    assert verify.check(encode(content)).reason == reason


# --------------------------------------------------------------------------------------------------- the command


def test_one_line_a_file_and_the_exit_codes(tmp_path: Path) -> None:
    valid, invalid, malformed = (tmp_path / name for name in ("valid", "invalid", "malformed"))
    valid.write_bytes(encode(derivation(claim("A == A", MM), [same("A", "A")], {"equality": 0})))
    invalid.write_bytes(encode(derivation(claim("A == B", MM), [same("A", "A")], {"equality": 0})))
    malformed.write_bytes(b"{}\n")
    found = judge(valid)
    assert found.returncode == 0
    assert found.stdout == (
        f"{valid}: valid: proved: A == A  where A: m m; B: m m  [for all sizes m >= 1, over any commutative ring; derivation]\n"
    )
    cases = [([valid, valid], 0), ([valid, invalid], 1), ([invalid, valid], 1), ([malformed, invalid], 2)]
    for paths, code in [*cases, ([valid, malformed, invalid], 2)]:
        found = judge(*paths)
        assert found.returncode == code
        assert [line.split(": ")[0] for line in found.stdout.splitlines()[:-1]] == [str(path) for path in paths]
        assert found.stdout.splitlines()[-1] == f"{paths.count(valid)} of {len(paths)} valid"
    assert judge().returncode == 2
