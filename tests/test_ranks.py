"""proofkit.rank: bounds against FLINT over every kind of input, and certificates that the judge accepts."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from fractions import Fraction
from itertools import islice, product
from pathlib import Path
from random import Random
from typing import Any

import flint
import numpy as np
import pytest

import proofkit
from proofkit import cli, verify
from proofkit.errors import UsageError
from proofkit.fields import BF16, FLOAT32, FLOAT64, GF, Q
from proofkit.linalg import products
from proofkit.linalg.chance import BEYOND, LOWEST, PRIMES, chance, most_dividing, random_primes
from proofkit.linalg.factorization import Factors, multiplies_to, rational
from proofkit.linalg.matrices import integer_words

SOUND = "certified (soundness error <= 2^-128, random-oracle model)"


def rational_rank(rows: list[list[Any]]) -> int:
    flat = [flint.fmpq(Fraction(x).numerator, Fraction(x).denominator) for row in rows for x in row]
    return int(flint.fmpq_mat(len(rows), len(rows[0]), flat).rank())


@pytest.mark.parametrize(
    ("a", "rank"),
    [
        ([], 0),
        (np.zeros((0, 7)), 0),
        (np.zeros((7, 0), dtype=int), 0),
        ([[0]], 0),
        ([[5]], 1),
        ([[0, 0, 3, 1]], 1),
        ([[0], [0], [2]], 1),
        (np.zeros((5, 7), dtype=int), 0),
        ([[True, False], [True, True]], 2),
        ([[10**1000, 1], [10**2000, 10**1000]], 1),
        ([[10**1000, 1], [10**2000, 10**1000 + 1]], 2),
        ([[2**63, 1], [2**64 - 1, 1]], 2),
        ([[Fraction(1, 3), Fraction(1, 2)], [Fraction(2, 3), 1]], 1),
        ([[0.1, 0.3], [0.3, 0.9]], 2),  # as binary numbers
        ([[0.5, 0.25], [1, 0.5]], 1),
        ([[5e-324, 1e300], [0.0, 5e-324]], 2),
        (np.eye(4, dtype=np.float32) * 0.1, 4),
        ([[Fraction(1, i + j + 1) for j in range(20)] for i in range(20)], 20),
    ],
    ids=str,
)
def test_exact_and_certified(a: Any, rank: int) -> None:
    found = proofkit.rank(a, seed=0)
    assert (found.lower, found.upper, found.exact, found.grade) == (rank, rank, True, "computed")
    assert found.verify().grade == "certified"


def test_floats_are_their_binary_values() -> None:
    rows = [[0.1, 0.3], [0.3, 0.9]]
    assert proofkit.rank(rows).lower == rational_rank([[Fraction(x) for x in row] for row in rows])


@pytest.mark.parametrize("seed", range(60))
def test_random_small_matrices(seed: int) -> None:
    random = np.random.default_rng(seed)
    m, n = (int(size) for size in random.integers(1, 12, 2))
    r = int(random.integers(0, min(m, n) + 1))
    a = (random.integers(-9, 10, (m, r)) @ random.integers(-9, 10, (r, n))).tolist()
    if seed % 3 == 1:
        scale = [Fraction(1, int(d)) for d in random.integers(1, 9, m)]
        a = [[x * c for x in row] for row, c in zip(a, scale)]
    if seed % 3 == 2:
        a = [[float(x) / 8 for x in row] for row in a]
    found = proofkit.rank(a, seed=seed)
    assert found.exact
    assert found.lower == rational_rank(a)
    assert found.verify().grade == "certified"


@pytest.mark.parametrize("p", [2, 3, 251, 2097169, 2**31 - 1, 2**61 - 1])
def test_over_prime_fields(p: int) -> None:
    random = np.random.default_rng(p % 1000)
    left, right = (
        random.integers(0, min(p, 2**30), (20, 7)).astype(object),
        random.integers(0, min(p, 2**30), (7, 15)).astype(object),
    )
    a = (left @ right % p).tolist()
    found = proofkit.rank(a, field=f"GF({p})")
    assert found.exact and found.field == f"GF({p})" and found.prime == p
    assert found.lower == flint.nmod_mat(20, 15, [x for row in a for x in row], p).rank()
    assert found.verify().grade == "certified"
    assert proofkit.rank(GF(p).array(a)).lower == found.lower


def test_arrays_over_q() -> None:
    assert proofkit.rank(Q.array([[Fraction(1, 2), 1], [1, 2]])).upper == 1


@pytest.mark.parametrize("kind", ["integers", "floats", "fractions", "GF(251)"])
def test_hashed_certificates(kind: str) -> None:
    random = np.random.default_rng(9)
    a: Any = random.integers(-100, 100, (150, 160))
    if kind == "floats":
        a = random.standard_normal((150, 160))
    if kind == "fractions":
        a = [[Fraction(int(x), int(d)) for x, d in zip(row, random.integers(1, 5, 160))] for row in a]
    found = proofkit.rank(a, field=kind if kind.startswith("GF") else "Q", seed=1)
    assert found.lower == 150
    judged = found.verify()
    assert judged.grade == SOUND
    assert judged.content()["rank"] == {"lower": 150, "upper": 150, "exact": True}
    assert found.verify(deterministic=True).grade == "certified"


def test_factorizations_given_and_found() -> None:
    random = np.random.default_rng(10)
    left, right = random.integers(-3, 4, (300, 140)), random.integers(-3, 4, (140, 290))
    a = left @ right
    found = proofkit.rank(a, factors=(left, right), seed=0)
    assert found.exact and found.lower == 140 and found.verify().grade == SOUND
    repeated = proofkit.rank(np.tile(left, (1, 2)), seed=0)
    assert repeated.exact and repeated.upper_by == "a factorization" and repeated.verify().grade == SOUND
    spanned = proofkit.rank(a[:, :200], seed=0)
    assert spanned.exact and "hashed primes" in spanned.upper_by and spanned.verify().grade == SOUND
    with pytest.raises(UsageError, match="the judge multiplies out"):
        spanned.certificate(deterministic=True)
    with pytest.raises(UsageError, match="do not multiply"):
        proofkit.rank(a, factors=(left, right + 1))
    with pytest.raises(UsageError, match="do not fit"):
        proofkit.rank(a, factors=(left, right[:, 1:]))


def test_an_unlucky_prime_only_lowers_the_bound() -> None:
    a = np.diag(np.arange(1, 301))
    assert proofkit.rank(a, prime=7).lower == 300 - 300 // 7
    assert proofkit.rank(a, prime=7).upper == 300
    assert proofkit.rank(a).exact


def test_products_are_compared_as_integers() -> None:
    """A difference that vanishes modulo many primes is noticed."""
    product = 1
    for p in (16777213, 16777199, 16777183):
        product *= p
    left, right = np.array([[1]], dtype=object), np.array([[product]], dtype=object)
    assert multiplies_to(Factors(left, right, 1), right)
    assert not multiplies_to(Factors(left, right * 2, 1), right)
    assert not multiplies_to(Factors(left, right, 1), right * 0)


def test_rational_reconstruction() -> None:
    modulus = 10**9 + 7
    for a in range(-40, 41):
        for b in range(1, 40):
            assert rational(a * pow(b, -1, modulus) % modulus, modulus) == Fraction(a, b)


@pytest.mark.parametrize(
    ("entries", "width"), [([0], 1), ([127, -128], 1), ([128], 2), ([-129], 2), ([2**31], 5), ([-(2**63)], 8), ([2**63], 9)]
)
def test_the_smallest_width(entries: list[int], width: int) -> None:
    words = integer_words(np.array(entries, dtype=object))
    assert words.width == width
    assert [int.from_bytes(words.data[i : i + width], "little", signed=True) for i in range(0, len(words.data), width)] == entries


@pytest.mark.parametrize(
    ("a", "message"),
    [
        ([[1.0, float("nan")]], "row 0, column 1 is nan"),
        ([[1.0], [float("inf")]], "row 1, column 0 is inf"),
        ([[1, "x"]], "not exact"),
        ([[1, 2j]], "not exact"),
        (np.ones((2, 2)) * 1j, "complex128"),
        ([1, 2], "shape"),
        ([[1, 2], [3]], "different lengths"),
        (np.ones((2, 2, 2)), "shape"),
        (np.ones((2, 2), dtype=np.longdouble), "float128|longdouble"),
    ],
)
def test_refused_entries(a: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        proofkit.rank(a)


def test_refused_options() -> None:
    with pytest.raises(UsageError, match="not prime"):
        proofkit.rank([[1]], field="GF(4)")
    with pytest.raises(UsageError, match="write Q or GF"):
        proofkit.rank([[1]], field="R")
    with pytest.raises(UsageError, match="not prime"):
        proofkit.rank([[1]], prime=9)
    with pytest.raises(UsageError, match="divides the denominator"):
        proofkit.rank([[Fraction(1, 3)]], prime=3)
    with pytest.raises(UsageError, match="divides the denominator"):
        proofkit.rank([[0.5]], prime=2)
    with pytest.raises(UsageError, match="floats have no residues"):
        proofkit.rank([[0.5]], field="GF(3)")
    with pytest.raises(UsageError, match="up to 256"):
        proofkit.rank(np.eye(300, dtype=int)).certificate(deterministic=True)


def ill_conditioned() -> np.ndarray[Any, Any]:
    """Full rank with probability one over the roundings; condition about 10^15."""
    random = np.random.default_rng(0)
    u, _ = np.linalg.qr(random.standard_normal((200, 200)))
    v, _ = np.linalg.qr(random.standard_normal((200, 200)))
    return u * np.logspace(0, -15.5, 200) @ v


def test_where_floating_point_is_wrong() -> None:
    a = ill_conditioned()
    assert np.linalg.matrix_rank(a) < 200
    assert proofkit.rank(a).verify().lower == 200


# --------------------------------------------------------------------------------------------------------------- files


def sparse_file(path: Path, form: str) -> np.ndarray[Any, Any]:
    """A file as scipy.sparse.save_npz writes it."""
    dense = np.array([[0, 2, 0, 0], [1, 0, 0, 3], [0, 4, 0, 0]])
    rows, columns = np.nonzero(dense)
    data = dense[rows, columns]
    if form == "coo":
        np.savez(path, row=rows, col=columns, data=data, shape=np.array(dense.shape), format=np.array(b"coo"))
        return dense
    lines = dense if form == "csr" else dense.T
    pointers = np.concatenate([[0], np.cumsum((lines != 0).sum(axis=1))])
    indices = np.nonzero(lines)[1]
    values = lines[np.nonzero(lines)]
    parts = {"indices": indices, "indptr": pointers, "data": values, "shape": np.array(dense.shape)}
    np.savez_compressed(path, **parts, format=np.array(form.encode()))
    return dense


@pytest.mark.parametrize("form", ["csr", "csc", "coo"])
def test_sparse_files(form: str, tmp_path: Path) -> None:
    dense = sparse_file(tmp_path / "a.npz", form)
    assert cli.run(["rank", str(tmp_path / "a.npz"), "--json", str(tmp_path / "a.json")]) == 0
    answer = json.loads((tmp_path / "a.json").read_text())
    assert answer["rank"] == {"lower": 2, "upper": 2, "exact": True} and np.linalg.matrix_rank(dense) == 2
    assert answer["field"] == "Q" and answer["grade"] == "certified"


def test_the_command_writes_a_certificate_that_stands_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.save(tmp_path / "a.npy", np.random.default_rng(0).standard_normal((200, 180)))
    assert cli.run(["rank", str(tmp_path / "a.npy"), "-o", str(tmp_path / "a.json")]) == 0
    assert "rank = 180" in capsys.readouterr().out
    run = subprocess.run(
        [sys.executable, "-I", verify.__file__, str(tmp_path / "a.json")],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert run.returncode == 0 and SOUND in run.stdout and "rank(A) == 180" in run.stdout


@pytest.fixture
def only_the_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    """As for matrices too large for a factorization outright, and for a bound modulo hashed primes."""
    monkeypatch.setattr("proofkit.ranks._SMALL", -1)
    monkeypatch.setattr("proofkit.ranks._MOST_SPANNED", -1)


@pytest.mark.usefixtures("only_the_shape")
def test_undecided_exits_with_four(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    random = np.random.default_rng(0)
    np.save(tmp_path / "a.npy", random.integers(-99, 99, (200, 100)) @ random.integers(-99, 99, (100, 200)))
    assert cli.run(["rank", str(tmp_path / "a.npy")]) == 4
    printed = capsys.readouterr().out
    assert "100 <= rank <= 200, undecided between" in printed and "no proof: if the rank were larger, 3 primes drawn" in printed
    assert cli.run(["rank", str(tmp_path / "a.npy"), "--json", "-"]) == 4
    answer = json.loads(capsys.readouterr().out)
    assert (
        answer["rank"]["exact"] is False
        and answer["chance"]["at_most"].startswith("2^-")
        and len(answer["chance"]["primes"]) == 3
    )


def large_fractions(random: np.random.Generator, size: int, rank: int) -> Any:
    """A matrix whose columns depend on each other with fractions too large to be found."""

    def part(m: int, n: int) -> Any:
        found = np.empty(m * n, dtype=object)
        found[:] = [int(x) << 200 | int(y) for x, y in random.integers(0, 2**40, (m * n, 2))]
        return found.reshape(m, n)

    return part(size, rank).dot(part(rank, size))


@pytest.mark.usefixtures("only_the_shape")
def test_random_primes_give_a_probability_and_no_more(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a = large_fractions(np.random.default_rng(0), 60, 40)
    found = proofkit.rank(a, seed=3)
    assert (found.lower, found.upper, found.exact, found.grade) == (40, 60, False, "computed")
    assert found.chance is not None and len(found.chance.primes) == len(set(found.chance.primes)) == 3
    assert Fraction(1, 2**40) < found.chance.at_most < Fraction(1, 2**20)
    assert "undecided between" in str(found) and "no proof: if the rank were larger" in str(found) and "from seed 3" in str(found)
    assert found.content()["chance"]["at_most"] == f"2^-{found.chance.bits}" and not found.content()["rank"]["exact"]
    judged = found.verify()
    assert (judged.grade, judged.exact, judged.chance) == ("certified", False, found.chance)
    assert judged.sealed is not None and b"probability" not in judged.sealed.data and b"chance" not in judged.sealed.data
    more = proofkit.rank(a, draws=9)
    assert more.chance is not None and len(more.chance.primes) == 9 and more.chance.at_most < Fraction(1, 2**60)
    assert not more.exact and "by the operating system" in str(more)
    assert proofkit.rank(a, prime=8388593).chance is None  # a prime that was asked for was not drawn
    assert proofkit.rank(np.eye(40)).chance is None


def test_a_matrix_made_for_the_primes_is_never_called_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever knows the seed hides a rank: the answer stays undecided, whatever the probability says; and the primes that a hash
    of the claim picks are not among those it was made for."""
    monkeypatch.setattr("proofkit.ranks._SMALL", -1)
    monkeypatch.setattr("proofkit.ranks._MOST_SPANNED", -1)
    known = proofkit.rank(large_fractions(np.random.default_rng(1), 60, 40), seed=5).chance
    assert known is not None
    for place in (0, 7, 39):
        a = np.array([[int(i == j) for j in range(40)] for i in range(40)], dtype=object)
        a[place, place] = math.prod(known.primes) * 3
        found = proofkit.rank(a, seed=5)
        assert (found.lower, found.upper, found.exact) == (39, 40, False)
        assert found.chance is not None and found.chance.primes == known.primes and found.chance.bits > 40
        assert found.verify().content()["rank"] == {"lower": 39, "upper": 40, "exact": False}
        assert proofkit.rank(a, seed=6).exact
        with monkeypatch.context() as spanning:
            spanning.setattr("proofkit.ranks._MOST_SPANNED", 2**20)
            assert not proofkit.rank(a, seed=5).exact
    a[0, 1] = 1  # and where the primes move the pivot columns, the search for a factorization ends
    a[0, 0] = math.prod(known.primes)
    assert not proofkit.rank(a, seed=5).exact


def test_the_number_of_primes_drawn_from() -> None:
    from sympy import isprime, primepi

    assert primepi(BEYOND) - primepi(LOWEST) == PRIMES
    drawn = list(islice(random_primes(Random(0)), 300))
    assert all(LOWEST < p < BEYOND and isprime(p) for p in drawn) and len(set(drawn)) > 290
    # Uniform among primes, whatever the gap before each: half of them in each half, within five standard deviations.
    middle = sum(p < (LOWEST + BEYOND) // 2 for p in islice(random_primes(Random(1)), 2000)) / 2000
    share = (int(primepi((LOWEST + BEYOND) // 2)) - int(primepi(LOWEST))) / PRIMES
    assert abs(middle - share) < 5 * math.sqrt(share * (1 - share) / 2000)


def test_no_more_primes_divide_a_minor_than_hadamard_says() -> None:
    random = np.random.default_rng(4)
    for size in (1, 2, 3, 6):
        for _ in range(30):
            a = np.array(random.integers(-(2**40), 2**40, (size, size)), dtype=object)
            minor = abs(int(flint.fmpz_mat(size, size, [int(x) for x in a.flat]).det()))
            most = most_dividing(a, size)
            assert minor == 0 or minor < 2 ** (22 * (most + 1))
    primes = list(islice(random_primes(Random(2)), 4))
    diagonal = np.diag(np.array([*primes, 1], dtype=object))
    assert most_dividing(diagonal, 5) >= 4  # all four divide it
    assert most_dividing(np.array([[0, 1], [1, 0]]), 2) == 1  # none does, but the probability is never said to be 0


def test_the_probability_is_that_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the seven primes from 8 to 32, all pairs of draws: no more hide the rank than is stated."""
    monkeypatch.setattr("proofkit.linalg.chance.LOWEST", 8)
    monkeypatch.setattr("proofkit.linalg.chance.PRIMES", 7)
    few = [11, 13, 17, 19, 23, 29, 31]
    a = np.diag(np.array([11 * 13, 1, 1], dtype=object))
    hidden = sum(all(flint.nmod_mat(3, 3, [int(x) for x in a.flat], p).rank() < 3 for p in pair) for pair in product(few, few))
    stated = chance(a, 1, 3, (11, 13), "").at_most
    assert 0 < hidden / 49 <= stated < 1
    assert chance(a, 11 * 32, 3, (13, 17), "").among == 6  # one could not be drawn


def test_draws_that_make_no_sense() -> None:
    with pytest.raises(UsageError, match="at least one"):
        proofkit.rank(np.eye(2), draws=0)


# Matrices in an interval


def test_the_rank_of_all_matrices_within_a_radius() -> None:
    random = np.random.default_rng(0)
    a = random.standard_normal((60, 8)) @ random.standard_normal((8, 50))
    found = proofkit.rank(a, radius=1e-6)
    assert (found.lower, found.upper, found.exact, found.field, found.grade) == (8, 50, False, "R", "computed")
    assert len(found.rows) == len(found.columns) == 8 and "not zero in any matrix within the radius" in str(found)
    for _ in range(20):
        moved = a + random.uniform(-1e-6, 1e-6, a.shape)
        assert proofkit.rank(moved[np.ix_(found.rows, found.columns)]).lower == 8
    measured = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.1]])
    assert proofkit.rank(measured).lower == 3 and proofkit.rank(measured, radius=0.001).exact
    assert proofkit.rank(measured, radius=0.05).lower == 2  # a singular matrix is within reach
    assert proofkit.rank(FLOAT32.array([[Fraction(1, 3), 1], [1, 3]])).lower == 1
    assert proofkit.rank(BF16.array([[1, 2], [3, 4]])).exact


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"radius": -1.0}, "negative"),
        ({"radius": [1.0]}, "shape"),
        ({"radius": math.nan}, "nan"),
        ({"radius": 0.1, "field": "GF(2)"}, "real numbers"),
        ({"radius": 0.1, "prime": 7}, "real numbers"),
    ],
)
def test_radii_that_make_no_sense(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        proofkit.rank(np.eye(2), **arguments)
    with pytest.raises(UsageError, match="leave it out"):
        proofkit.rank(FLOAT64.eye(2), radius=0.1)
    with pytest.raises(UsageError, match="has no certificate"):
        proofkit.rank(np.eye(2), radius=0.1).verify()


def test_unreadable_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "text.npy").write_text("no matrix")
    np.save(tmp_path / "objects.npy", np.array([[1, None]], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "other.npz", a=np.eye(2))
    np.savez(tmp_path / "outside.npz", row=[5], col=[0], data=[1], shape=np.array([2, 2]), format=np.array(b"coo"))
    np.save(tmp_path / "nan.npy", np.array([[np.nan]]))
    for name in ("text.npy", "objects.npy", "other.npz", "outside.npz", "nan.npy", "missing.npy"):
        assert cli.run(["rank", str(tmp_path / name)]) == 2
        message = capsys.readouterr().err
        assert message.count("\n") == 1 and "Traceback" not in message


def test_what_is_too_large_for_the_judge_is_computed_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("proofkit.ranks.LARGEST_CERTIFICATE", 50)
    np.save(tmp_path / "a.npy", np.eye(20))
    assert cli.run(["rank", str(tmp_path / "a.npy"), "-o", str(tmp_path / "a.json")]) == 4
    printed = capsys.readouterr().out
    assert "computed: rank = 20" in printed and "no certificate" in printed and not (tmp_path / "a.json").exists()
    with pytest.raises(UsageError, match="the judge reads"):
        proofkit.rank(np.eye(20)).certificate()


def test_without_numba(tmp_path: Path) -> None:
    """The whole way with numpy alone."""
    np.save(tmp_path / "a.npy", np.random.default_rng(0).integers(-9, 10, (300, 280)))
    script = "import sys; from proofkit import cli; sys.exit(cli.run(sys.argv[1:]))"
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", script, "rank", str(tmp_path / "a.npy")]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert run.returncode == 0 and "rank = 280" in run.stdout and SOUND in run.stdout, run.stderr


def test_a_broken_compiler_does_not_take_ranks_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "proofkit.linalg.kernels", None)  # makes its import fail
    monkeypatch.delattr("proofkit.linalg.kernels", raising=False)
    products.kernels.cache_clear()
    try:
        assert products.kernels() is None
    finally:
        monkeypatch.undo()
        products.kernels.cache_clear()
