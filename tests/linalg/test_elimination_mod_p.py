"""The elimination mod p against FLINT: ranks, profiles, minors, solutions, at the edges of every exactness budget."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import pytest
from numpy.typing import NDArray
from rank_profiles import matrix

from proofkit.errors import UsageError
from proofkit.fields.budget import MachineType, residues
from proofkit.linalg import products as products_module
from proofkit.linalg.elimination import (
    Factorization,
    choose_type,
    echelon,
    eliminate,
    multiply,
    predicted_bytes,
    products_for,
    solve_minor,
)
from proofkit.linalg.factorization import primes_below
from proofkit.linalg.products import CompiledProducts, PlainProducts, passes_self_test

TYPES: list[tuple[MachineType, int]] = [
    ("float64", 2),
    ("float64", 3),
    ("float64", 2097169),
    ("float64", 8388593),
    ("float64", 33554393),
    ("float32", 2),
    ("float32", 127),
    ("float32", 1021),
    ("int8", 2),
    ("int8", 3),
    ("int8", 127),
    ("int8", 251),
]
KINDS = ("random", "low rank", "anti-triangular", "permutation", "sparse", "zero blocks")

needs_bytes = pytest.mark.skipif(not passes_self_test("int8"), reason="no products of bytes on this machine")


def flint_matrix(a: NDArray[Any], p: int) -> Any:
    return flint.nmod_mat(a.shape[0], a.shape[1], a.ravel().tolist(), p)


def check(a: NDArray[np.int64], p: int, found: Factorization, random: np.random.Generator) -> None:
    """Rank, column rank profile, minor, solutions and echelon form."""
    m, n = a.shape
    form, rank = flint_matrix(a, p).rref() if a.size else (None, 0)
    assert found.rank == rank
    assert found.complete
    if not rank:
        return
    reduced = np.array([int(x) for x in form.entries()], dtype=np.int64).reshape(m, n)[:rank]
    assert found.pivot_columns() == tuple((reduced != 0).argmax(axis=1).tolist())
    assert np.array_equal(echelon(found), reduced)
    ordered = a[np.ix_(found.rows[:rank], found.columns)]
    assert int(flint_matrix(ordered, p).det()) == found.minor
    minor = a[np.ix_(found.pivot_rows(), found.pivot_columns())]
    sides = random.integers(0, p, (rank, 2))
    assert np.array_equal(multiply(minor, solve_minor(found, sides), p), sides)


def run_cases(count: int, seed: int, largest: int) -> None:
    random = np.random.default_rng(seed)
    kinds = [pair for pair in TYPES if pair[0] != "int8" or passes_self_test("int8")]
    for case in range(count):
        dtype, p = kinds[case % len(kinds)]
        m, n = (int(size) for size in random.integers(0, largest, 2))
        a = matrix(KINDS[case // len(kinds) % len(KINDS)], m, n, p, random)
        panel = [None, 32, 64][case % 3]
        check(a, p, eliminate(a, p, dtype=dtype, panel=panel), random)


def test_random_matrices() -> None:
    run_cases(1000, seed=1, largest=40)


def test_several_panels() -> None:
    run_cases(150, seed=2, largest=200)


@pytest.mark.slow
def test_twenty_thousand_random_matrices() -> None:
    run_cases(20_000, seed=3, largest=60)


@pytest.mark.parametrize("kind", KINDS)
def test_without_compiled_kernels(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.linalg.elimination.passes_self_test", lambda dtype: False)
    random = np.random.default_rng(4)
    for dtype, p in TYPES:
        if dtype != "int8":
            m, n = (int(size) for size in random.integers(1, 90, 2))
            a = matrix(kind, m, n, p, random)
            found = eliminate(a, p, dtype=dtype, panel=32)
            assert isinstance(found.products, PlainProducts)
            check(a, p, found, random)


def test_numba_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    products_module.kernels.cache_clear()
    try:
        assert products_module.kernels() is None
    finally:
        monkeypatch.undo()
        products_module.kernels.cache_clear()


@pytest.mark.parametrize("threads", [1, 2])
def test_two_threads_agree(threads: int) -> None:
    random = np.random.default_rng(5)
    a = matrix("low rank", 500, 600, 2097169, random)
    found = eliminate(a, 2097169, dtype="float64", threads=threads)
    assert found.rank == flint_matrix(a, 2097169).rank()


def extreme_prime(dtype: MachineType) -> int:
    """The largest prime that has a budget in the type."""
    for p in primes_below({"float64": 2**25 + 100, "float32": 2**12, "int8": 300}[dtype]):
        try:
            residues(p, dtype)
        except ValueError:
            continue
        return p
    raise AssertionError


@pytest.mark.parametrize("dtype", ["float64", "float32", pytest.param("int8", marks=needs_bytes)])
def test_largest_entries_and_longest_sums(dtype: MachineType) -> None:
    """All entries at the largest residue, sums one below, at and one above a multiple of the chunk."""
    for p in {extreme_prime(dtype), {"float64": 2097169, "float32": 127, "int8": 251}[dtype], 2, 13, 17}:
        products = products_for(p, dtype, (64, 64), 1)
        low, high = getattr(products, "left_range", (-products.budget.magnitude, products.budget.magnitude))
        chunk = min(getattr(products, "chunk", products.budget.chunk), 5000)
        for depth in (1, chunk - 1, chunk, chunk + 1, 2 * chunk + 3):
            for left_entry in (low, high):
                left = np.full((3, depth), left_entry)
                right = np.full((depth, products.columns), products.budget.magnitude)
                factor = products.right_factor(depth, products.columns)
                products.store(factor, 0, 0, right.astype(products.dtype))
                c = products.zeros(3, products.columns)
                c[:] = -products.budget.magnitude
                padded = products.zeros(3, depth + 8)
                padded[:, :depth] = left.astype(np.uint8).view(np.int8) if dtype == "int8" else left
                products.subtract(c, padded, factor, 0, depth)
                expected = -products.budget.magnitude - depth * left_entry * products.budget.magnitude
                assert (c.astype(np.int64) % p == expected % p).all(), (p, depth, left_entry)
                assert np.abs(c.astype(np.int64)).max() <= products.budget.magnitude


@pytest.mark.parametrize("dtype", ["float64", "float32", "int8"])
def test_budget_on_both_sides_of_the_edge(dtype: MachineType) -> None:
    p = extreme_prime(dtype)
    following = p + 1
    while not flint.fmpz(following).is_prime():
        following += 1
    budget = residues(p, dtype)
    limit = {"float64": 2**53, "float32": 2**24, "int8": 2**31}[dtype]
    left = p - 1 if dtype == "int8" else budget.magnitude
    assert budget.chunk * left * budget.magnitude + p < limit <= (budget.chunk + 1) * left * budget.magnitude + p
    with pytest.raises(ValueError, match="not exact"):
        residues(following, dtype)


def test_small_primes_leave_no_second_zero() -> None:
    for p in primes_below(100):
        for dtype in ("float64", "float32"):
            assert residues(p, dtype).magnitude < p


def test_integers_of_every_type() -> None:
    random = np.random.default_rng(6)
    for dtype in (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64):
        info = np.iinfo(dtype)
        a = random.integers(info.min, info.max, (20, 30), dtype=dtype, endpoint=True)
        a[0, :2] = info.min, info.max
        reduced = np.array([int(x) % 2097169 for x in a.flat]).reshape(a.shape)
        found = eliminate(a, 2097169)
        assert np.array_equal(echelon(found), echelon(eliminate(reduced, 2097169)))


def test_early_stop_is_a_lower_bound_and_says_so() -> None:
    random = np.random.default_rng(7)
    a = multiply(random.integers(0, 251, (600, 90)), random.integers(0, 251, (90, 600)), 251)
    found = eliminate(a, 251, lower_bound=True, panel=64)
    assert found.rank == flint_matrix(a, 251).rank()
    assert not found.complete
    a[-1, -1] = (a[-1, -1] + 1) % 251
    assert eliminate(a, 251, lower_bound=True, panel=64).rank == flint_matrix(a, 251).rank()


def test_progress_and_interruption() -> None:
    random = np.random.default_rng(8)
    a = random.integers(0, 251, (100, 200))
    seen: list[tuple[int, int]] = []
    eliminate(a, 251, panel=32, progress=lambda done, columns: seen.append((done, columns)))
    assert seen == [(32, 200), (64, 200), (96, 200), (128, 200)]

    def interrupt(done: int, columns: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        eliminate(a, 251, panel=32, progress=interrupt)


def test_memory_is_predicted_and_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.linalg.memory.available_bytes", lambda: 2**20)
    monkeypatch.setattr("proofkit.linalg.memory._SMALL", 0)
    with pytest.raises(UsageError, match=r"needs 0\.\d GiB of memory, 0\.0 GiB are free"):
        eliminate(np.zeros((3000, 3000), dtype=np.int8), 251)
    assert predicted_bytes((1000, 1000), 8) > 16_000_000


def test_primes_beyond_the_budget_are_refused() -> None:
    with pytest.raises(UsageError, match=r"below 2\^25"):
        eliminate(np.eye(2, dtype=np.int64), 2**31 - 1)


def test_machine_type_by_prime_and_self_test(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_type(2097169) == "float64"
    monkeypatch.setattr("proofkit.linalg.elimination.passes_self_test", lambda dtype: False)
    assert choose_type(251) == "float32"
    monkeypatch.setattr("proofkit.linalg.elimination.passes_self_test", lambda dtype: True)
    assert choose_type(251) == "int8"
    assert choose_type(257) == "float32"


def test_self_test_notices_wrong_sums(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel that saturates its sums, as products of bytes do on some machines, is not used."""
    if not passes_self_test("float32"):
        pytest.skip("no compiled kernels here")
    right = CompiledProducts.subtract

    def saturating(self: CompiledProducts, c: Any, *arguments: Any, **options: Any) -> None:
        right(self, c, *arguments, **options)
        c[0, 0] += 1

    monkeypatch.setattr(CompiledProducts, "subtract", saturating)
    passes_self_test.cache_clear()
    try:
        assert not passes_self_test("float32")
    finally:
        passes_self_test.cache_clear()
