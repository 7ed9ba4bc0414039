"""The floating rung: every identity within bounds that were stated beforehand, and every bound seen to be broken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from proofkit import rungs
from proofkit.evaluate import Instance, concrete_shape, evaluate, holds
from proofkit.fields import BF16, MP50, TF32, Array, Floating, Multiprecision, Narrow, Q, Rounded, RoundedArray
from proofkit.lemma import Lemma, load
from proofkit.rungs import Context, floating
from proofkit.rungs.sampling import typed

LEMMAS = load()
IDENTITIES = [
    name
    for name, lemma in LEMMAS.items()
    if not lemma.in_words and not any(each.numeric for each in typed(lemma).statement.comparisons) and not lemma.given
]
SYSTEMS = [system for system, _ in floating.SYSTEMS]
#: The exponents of the smallest subnormal and of the largest number, or what stands for them where exponents have no limit.
EDGES = {"float64": (-1074, 1023), "float32": (-149, 127), "tf32": (-149, 127), "bf16": (-133, 127), "mp50": (-4000, 4000)}
#: What is added to an error so that it survives being stored, relative to the entry and absolute.
VISIBLE = {"float64": 2.0**-50, "float32": 2.0**-21, "tf32": 2.0**-21, "bf16": 2.0**-5, "mp50": MP50.context.mpf(2) ** -160}
SMALL = {"float64": 2.0**-1060, "float32": 2.0**-140, "tf32": 2.0**-120, "bf16": 2.0**-120, "mp50": MP50.context.mpf(2) ** -9999}
KINDS = ("plain", "subnormal", "huge", "graded", "sparse")


def entries(random: np.random.Generator, shape: tuple[int, ...], kind: str, system: Rounded) -> NDArray[Any]:
    """Numbers of the system: about 1; subnormal; so large that some products overflow; over all exponents; many of them zero."""
    low, high = EDGES[system.name]
    whole = random.integers(-127, 128, shape)  # of 7 bits: representable everywhere
    exponents = {
        "plain": np.full(shape, -6),
        "subnormal": np.full(shape, low) + random.integers(0, 3, shape),
        "huge": high // random.integers(1, 4, shape) - 7,
        "graded": random.integers(low, high - 6, shape),
        "sparse": np.full(shape, -6),
    }[kind]
    if kind == "sparse":
        whole *= random.random(shape) < 0.3
    if system is MP50:
        scaled = [MP50.context.ldexp(int(a), int(e)) / 3 for a, e in zip(whole.flat, exponents.flat)]
        found = np.empty(len(scaled), dtype=object)
        found[:] = scaled
        return found.reshape(shape)
    values = np.ldexp(whole.astype(np.float64), exponents)
    if kind in ("plain", "graded") and system is not BF16:  # as many digits as the type has
        values = values * (1 + random.random(shape) / 256)
    return np.clip(values, -np.finfo(system.dtype).max, np.finfo(system.dtype).max).astype(system.dtype)


def array(system: Rounded, values: NDArray[Any]) -> Array:
    """A batch of exact entries."""
    planes = (values, np.full(values.shape, MP50.context.mpf(0) if system is MP50 else 0.0))
    return RoundedArray(system, planes, len(values))


def instances(lemma: Lemma, system: Rounded, count: int, seed: int) -> Iterator[Instance]:
    """Batches of instances at random sizes up to 3, ``count`` instances in all, of every kind."""
    random, claim = np.random.default_rng(seed), typed(lemma)
    batch = max(1, min(200, count // 10))
    for place in range(count // batch):
        sizes = {name: int(random.integers(1, 4)) for name in sorted(claim.declarations.sizes)}
        empty = Instance(sizes, {}, system)
        kinds = [KINDS[place % len(KINDS)]] * 3 + [KINDS[int(random.integers(len(KINDS)))]]
        arrays = {
            name: array(system, entries(random, (batch, *concrete_shape(each.shape, empty)), kinds[k % 4], system))
            for k, (name, each) in enumerate(claim.declarations.items())
        }
        yield Instance(sizes, arrays, system)


def sides(lemma: Lemma, point: Instance) -> Iterator[tuple[Array, Array]]:
    for comparison in typed(lemma).statement.comparisons:
        left, right = evaluate(comparison.left, point), evaluate(comparison.right, point)
        assert isinstance(left, Array) and isinstance(right, Array)
        yield left, right


def check_identities(name: str, system: Rounded, count: int, seed: int) -> None:
    finite = total = 0
    for point in instances(LEMMAS[name], system, count, seed):
        assert np.all(holds(typed(LEMMAS[name]).statement, point)), (name, system.name, point.sizes)
        for left, _ in sides(LEMMAS[name], point):
            finite += int((left.planes[1] != np.inf).sum())
            total += left.planes[1].size
    assert finite > total / 4, "the bounds say something"


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_hold_within_their_bounds(name: str, system: Rounded) -> None:
    check_identities(name, system, 20 if system is MP50 else 200, seed=1)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_hold_within_their_bounds_in_ten_thousand_cases(name: str, system: Rounded) -> None:
    check_identities(name, system, 1_000 if system is MP50 else 10_000, seed=2)


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("name", IDENTITIES)
def test_both_sides_are_within_their_bounds_of_the_exact_value(name: str, system: Rounded) -> None:
    """Against the rationals: the same statement at the same numbers, without rounding."""
    check_against_the_rationals(name, system, 10 if system is MP50 else 40, seed=3)


@pytest.mark.slow
@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("name", IDENTITIES)
def test_both_sides_are_within_their_bounds_of_the_exact_value_in_many_cases(name: str, system: Rounded) -> None:
    check_against_the_rationals(name, system, 100 if system is MP50 else 500, seed=4)


def check_against_the_rationals(name: str, system: Rounded, count: int, seed: int) -> None:
    for point in instances(LEMMAS[name], system, count, seed):
        arrays = {key: each.exact() for key, each in point.arrays.items() if isinstance(each, RoundedArray)}
        exact = Instance(point.sizes, arrays, Q)
        for rounded, true in zip(sides(LEMMAS[name], point), sides(LEMMAS[name], exact)):
            for near, far in zip(rounded, true):
                within_bounds(near, far)


def within_bounds(near: Array, exact: Array) -> None:
    from proofkit.fields.rounded import _fraction

    fractions = np.array(Q.entries(exact), dtype=object)
    for value, bound, true in zip(near.planes[0].flat, near.planes[1].flat, fractions.flat):
        if bound != np.inf:
            assert abs(_fraction(value) - true) <= _fraction(bound)


@pytest.mark.parametrize("system", SYSTEMS, ids=str)
@pytest.mark.parametrize("name", IDENTITIES)
def test_an_error_larger_than_the_bounds_is_refused(name: str, system: Rounded) -> None:
    """One entry of one side is moved by a little more than both bounds allow: that instance, and no other, is contradicted."""
    random, seen = np.random.default_rng(5), 0
    for point in instances(LEMMAS[name], system, 10 if system is MP50 else 50, seed=5):
        for left, right in sides(LEMMAS[name], point):
            altered = left.planes[0].copy().reshape(left.batch, -1)
            allowed = (left.planes[1] + right.planes[1]).reshape(left.batch, -1)
            with np.errstate(invalid="ignore"):
                apart = np.abs(left.planes[0] - right.planes[0]).reshape(left.batch, -1)
            places = random.integers(0, altered.shape[1], size=left.batch)
            step = (allowed + apart) * 1.05 + np.abs(altered) * VISIBLE[system.name] + SMALL[system.name]
            for item, place in enumerate(places):
                altered[item, place] = altered[item, place] + step[item, place]
            moved = RoundedArray(system, (altered.reshape(left.planes[0].shape), left.planes[1]), left.batch)
            refused = ~moved.items_equal(right)
            decided = np.array([np.isfinite(float(step[i, k])) and abs(altered[i, k]) < np.inf for i, k in enumerate(places)])
            assert (refused | ~decided).all() and left.items_equal(right).all()
            seen += int(decided.sum())
    assert seen


class Single(Floating):
    """A float64 that is computed in float32."""

    def matmul(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        return super().matmul(x.astype(np.float32), y.astype(np.float32)).astype(np.float64)


class Flushed(Floating):
    """A float64 without subnormal numbers."""

    def matmul(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        found = super().matmul(x, y)
        return np.where(np.abs(found) < 2.0**-1022, 0.0, found)


class Coarse(Narrow):
    """A narrow format whose factors have fewer bits than it says."""

    def rounded(self, plane: NDArray[Any]) -> NDArray[np.float32]:
        return Narrow("", self.digits - 4, stored=False).rounded(plane)


class Shorter(Multiprecision):
    """Fifty digits, of which sixteen are computed."""

    def matmul(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        found = super().matmul(x, y)
        return np.asarray(found.astype(np.float64).astype(object) * self.context.mpf(1), dtype=object)


class OneOff(Floating):
    """float32 whose sums lose one product."""

    def matmul(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        return super().matmul(x[..., 1:], y[:, 1:, :]) if x.shape[2] > 2 else super().matmul(x, y)


@pytest.mark.parametrize(
    "system", [Single(np.float64), Coarse("tf32", 11, False), Shorter(50), OneOff(np.float32)], ids=lambda s: type(s).__name__
)
def test_an_arithmetic_that_breaks_its_model_fails(system: Rounded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floating, "SYSTEMS", ((system, 5 if isinstance(system, Multiprecision) else 100),))
    for name in ("kronecker_mixed_product", "change_of_representation"):
        found = rungs.run("floating", LEMMAS[name], Context(lemmas=LEMMAS))
        assert found.verdict == "failed" and f"contradicted in {system.name} beyond its error bounds" in found.detail


def test_flushing_subnormals_breaks_the_model_of_float64_and_not_that_of_narrow_formats() -> None:
    tiny = np.array([[[2.0**-1060, 2.0**-1060]]])
    one = np.ones((1, 2, 1))
    faulty = Flushed(np.float64)
    product = faulty.product(RoundedArray(faulty, (tiny, 0 * tiny)), RoundedArray(faulty, (one, 0 * one)))
    assert product.planes[0].item() == 0 and product.planes[1].item() < 2.0**-1059
    small = np.array([[[2.0**-140, 2.0**-140]]], dtype=np.float32)
    for system in (TF32, BF16):
        found = system.product(array(system, small).unbatched(), array(system, one.astype(np.float32)).unbatched())
        assert found.planes[1].item() >= 2.0**-139


def test_narrow_formats_round_as_torch_does() -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(0)
    bits = random.integers(0, 2**32, 20_000, dtype=np.uint32).view(np.float32)
    plain = np.concatenate([bits[np.isfinite(bits)], np.float32([0, -0.0, 1, 2**-133, 2**-149, 3.3895314e38, 3.4028235e38])])
    theirs = torch.from_numpy(plain).bfloat16().float().numpy()
    assert np.array_equal(BF16.rounded(plain).view(np.uint32), theirs.view(np.uint32))


@pytest.mark.parametrize("inner", [1, 2, 17, 256])
def test_torchs_own_bf16_products_are_within_the_assumed_bounds(inner: int) -> None:
    torch = pytest.importorskip("torch")
    random = np.random.default_rng(inner)
    for scale in (1.0, 2.0**-66, 2.0**-126, 2.0**60):
        a, b = (BF16.rounded((random.standard_normal(shape) * scale).astype(np.float32)) for shape in ((24, inner), (inner, 24)))
        theirs = (torch.from_numpy(a).bfloat16() @ torch.from_numpy(b).bfloat16()).float().numpy()
        ours = BF16.product(array(BF16, a[None]).unbatched(), array(BF16, b[None]).unbatched())
        exact = a.astype(np.float64) @ b.astype(np.float64)
        slack = np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64) * 2.0**-40 + 2.0**-1000
        finite = np.isfinite(ours.planes[1][0])
        assert (np.abs(theirs - exact) <= ours.planes[1][0] + slack)[finite].all() and finite.any()


def test_what_a_narrow_format_represents() -> None:
    assert (TF32.rounded(np.float32(2049.0)), BF16.rounded(np.float32(257.0))) == (2048.0, 256.0)
    assert BF16.array([256, 257]).planes[0].tolist() == [256, 256] and BF16.array([256, 257]).planes[1].tolist() == [0, 1]
    assert TF32.array([2049]).planes[0].tolist() == [2049]  # rounded only where it is a factor
    assert BF16.array(np.float32([1.5, 1.001])).planes[0].tolist() == [1.5, 1.0]
    assert np.isinf(BF16.array([2**128]).planes[1]).all() and np.isinf(BF16.array([2**128 - 1]).planes[1]).all()
    row, column = TF32.array([[2049]]), TF32.array([[2049]])
    product = TF32.product(row.reshape(1, 1, 1), column.reshape(1, 1, 1))
    assert product.planes[0].item() == 2048**2 and product.planes[1].item() >= 2049**2 - 2048**2


def test_verdicts_of_assumed_models_are_named_and_never_more_than_held() -> None:
    found = rungs.run("floating", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "held" and not found.certificates
    proved, assumed = found.scope.split("; ")[:2]
    assert "float64" in proved and "float32" in proved and "mp50" in proved and "tf32" not in proved
    assert (
        assumed.startswith("within bounds of an assumed model")
        and "40 of 40 in tf32, emulated, 40 of 40 in bf16, emulated" in assumed
    )
    assert found.brief == "84 decided by proved bounds"


def test_an_overflow_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floating, "_entries", lambda random, shape, vanishing: np.full(shape, 1e300))
    found = rungs.run("floating", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "undecided" and "no instance in float64" in found.detail
