"""The scale rung: number systems on the device agree with those on the CPU, lemmas hold, and what is false fails."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from simulated_cuda import peak_bytes  # noqa: E402

from proofkit import rungs, tensors, verify  # noqa: E402
from proofkit.certificates import Refused  # noqa: E402
from proofkit.errors import UsageError  # noqa: E402
from proofkit.evaluate import holds  # noqa: E402
from proofkit.fields import FLOAT64, GF, Array, contract  # noqa: E402
from proofkit.lemma import load  # noqa: E402
from proofkit.linalg.exact import inverse, rank  # noqa: E402
from proofkit.ranks import RankResult  # noqa: E402
from proofkit.rungs import Context  # noqa: E402
from proofkit.rungs.sampling import typed  # noqa: E402
from torch_backend import device as devices  # noqa: E402
from torch_backend import scale  # noqa: E402
from torch_backend.batches import Distribution  # noqa: E402
from torch_backend.elimination import PRIME  # noqa: E402
from torch_backend.formed import network_rank  # noqa: E402
from torch_backend.instances import instance, largest_tensor, sizes_at  # noqa: E402
from torch_backend.systems import DeviceField, DeviceFloat64, device_matmul  # noqa: E402

CPU = torch.device("cpu")
LEMMAS = load()


@pytest.mark.parametrize("p", [2, 3, 251, PRIME])
def test_products_and_ranks_agree_with_the_cpu(p: int) -> None:
    random = np.random.default_rng(p)
    a, b = (random.integers(0, min(p, 2**62), size=shape) for shape in ((3, 90, 80), (3, 80, 70)))
    ours, theirs = DeviceField(p, CPU), GF(p)
    products = [
        contract([(0, 1), (1, 2)], (0, 2), [system.array(a, batch=True), system.array(b, batch=True)])
        for system in (ours, theirs)
    ]
    assert products[0].tolist() == products[1].tolist()
    deficient = products[0].item(0).tolist()
    assert rank(ours.array(deficient)) == rank(theirs.array(deficient))


def test_extreme_residues_are_exact() -> None:
    largest = np.full((1, 64, 64), PRIME - 1)
    system = DeviceField(PRIME, CPU)
    square = contract([(0, 1), (1, 2)], (0, 2), [system.array(largest, batch=True)] * 2)
    assert set(np.array(square.tolist()).ravel()) == {64 % PRIME}


def test_float64_bounds_hold_on_the_device() -> None:
    random = np.random.default_rng(1)
    a, b = random.standard_normal((70, 60)), random.standard_normal((60, 50))
    system = DeviceFloat64(CPU)
    product = contract([(0, 1), (1, 2)], (0, 2), [system.array(a), system.array(b)])
    exact = contract([(0, 1), (1, 2)], (0, 2), [FLOAT64.array(a), FLOAT64.array(b)])
    assert np.all(np.abs(np.array(product.planes[0]) - exact.planes[0]) <= product.planes[1] + exact.planes[1])
    assert np.all(product.planes[1] < 1e-12)


@pytest.mark.parametrize(
    "name", ["kronecker_rank", "matricization_first_order_odd", "generic_rank", "network_cut_short", "capacity_rank_shared"]
)
def test_lemmas_hold_at_large_sizes(name: str, device: Any) -> None:
    found = rungs.run("scale", LEMMAS[name], Context(lemmas=LEMMAS, device=str(device), seconds=0.1))
    assert found.verdict == "held", found.detail
    assert f"over GF({PRIME})" in found.scope and "on this device: " in found.scope


def failing(tmp_path: Path, statement: str, sibling: str, where: str = "A: n n; B: n n") -> str:
    body = f'LEMMA = Lemma("{statement}", FalseSibling("{sibling}"), title="t", source="s", where="{where}")'
    (tmp_path / "one.py").write_text(f"from proofkit import FalseSibling, Lemma\n\n{body}\n")
    lemmas = load([tmp_path])
    found = rungs.run("scale", lemmas["one"], Context(lemmas=lemmas))
    assert found.verdict == "failed"
    return found.detail


def test_what_is_false_fails(tmp_path: Path) -> None:
    assert "fails over" in failing(tmp_path, "A @ B == B @ A", "A == -A")
    assert "fails over" in failing(tmp_path, "rank(kron(A, B)) == rank(A) + rank(B)", "A == -A")


def test_a_sibling_that_is_true_fails(tmp_path: Path) -> None:
    assert "sibling" in failing(tmp_path, "A == A", "A.T.T == A")


def test_a_wrong_product_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    product = DeviceField.product

    def off_by_one(self: DeviceField, x: Array, y: Array) -> Array:
        found = product(self, x, y)
        return found + self.ones(*found.shape) if x.shape[2] > 1 else found

    monkeypatch.setattr(DeviceField, "product", off_by_one)
    found = rungs.run("scale", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "failed" and "fails over" in found.detail


def test_a_wrong_float64_product_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def off_by_one(where: object, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return device_matmul(where, x, y) + float((x < 0).any())  # the bounds, products of what is nonnegative, stay right

    monkeypatch.setattr("torch_backend.systems.device_matmul", off_by_one)
    found = rungs.run("scale", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS, seconds=0.01))
    assert found.verdict == "failed" and "float64 differs" in found.detail


def test_a_wrong_rank_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    right = DeviceField.rank
    monkeypatch.setattr(DeviceField, "rank", lambda self, x: (right(self, x) or 1) - 1)
    found = rungs.run("scale", LEMMAS["maximal_rank_almost_everywhere"], Context(lemmas=LEMMAS))
    assert found.verdict == "failed" and "fails over" in found.detail


def test_shares_beyond_the_bound_fail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "distribution", lambda *arguments: Distribution(1009, 7, {9: 50, 8: 5000}))
    found = rungs.run("scale", LEMMAS["capacity_rank_shared"], Context(lemmas=LEMMAS, seconds=0.01))
    assert found.verdict == "failed" and "more than chance explains" in found.detail


def test_a_deep_network_comes_with_a_certificate_that_needs_no_device() -> None:
    found = rungs.run("scale", LEMMAS["capacity_rank"], Context(lemmas=LEMMAS, seconds=0.05))
    ((stem, certificate),) = found.certificates
    assert found.verdict == "held" and stem == "capacity_rank.scale"
    assert verify.check(certificate.data).verdict.startswith("certified")
    assert "Schwartz-Zippel allows" in found.scope and "soundness error" in found.scope


@pytest.mark.parametrize("fault", ["unlucky", "refused"])
def test_an_unlucky_prime_or_one_with_too_much_work_is_followed_by_another(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def refuse(self: RankResult, deterministic: bool | None = None) -> RankResult:
        raise Refused("checking this needs more work than the judge allows")

    def first_fails(matrix: Any, p: int, at: Any) -> RankResult:
        tried.append(p)
        found = network_rank(matrix, p, at)
        if len(tried) > 1:
            monkeypatch.undo()
            return found
        return replace(found, lower=found.lower - 1) if fault == "unlucky" else found

    monkeypatch.setattr(scale, "network_rank", first_fails)
    if fault == "refused":
        monkeypatch.setattr(RankResult, "verify", refuse)
    found = scale.full_rank(scale.binary_network(2, 3, 4, "0"), CPU)
    assert found.exact and found.grade.startswith("certified") and tried[1] == PRIME


def test_what_is_predicted_is_told_and_kept_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock of its own, on which the steps take 0.1, 0.4, 1.6, .. milliseconds."""
    calls = count()
    monkeypatch.setattr(scale, "time", SimpleNamespace(perf_counter=lambda: 1e-4 * 2 ** next(calls)))
    told: list[tuple[str, float]] = []
    claim = typed(LEMMAS["kronecker_mixed_product"])
    context = Context(seconds=0.02, tell=lambda text, seconds: told.append((text, seconds)))
    largest, failed = scale.grow(claim, DeviceField(PRIME, CPU), context, 2**33, "lemma")
    assert failed is None and largest is not None and "the next would take about" in largest.ended
    assert largest.operations > 0 and told[-1][0].startswith("lemma: m = ") and len(told) > 3
    assert told[-1][1] <= 0.02 < float(largest.ended.split()[5])


def test_arrays_on_the_device_do_what_those_on_the_cpu_do() -> None:
    ours, theirs = DeviceField(PRIME, CPU), GF(PRIME)
    random = np.random.default_rng(3)
    a, b = random.integers(0, PRIME, (4, 4, 5)), random.integers(0, PRIME, (4, 4, 5))
    for terms, out in (([(0, 0, 1)], (1, 0, 0)), ([(0, 1, 2), (1, 0, 2)], (2, 2, 0)), ([(0, 1, 2)], (0, 0, 1))):
        operands = [a, b][: len(terms)]
        left, right = (contract(terms, out, [system.array(x) for x in operands]) for system in (ours, theirs))
        assert left.tolist() == right.tolist()
    for function in (tensors.khatri_rao, tensors.kron, tensors.hadamard, lambda x, y: x - y, lambda x, y: x + y * 3):
        assert function(ours.array(a[0]), ours.array(b[0])).tolist() == function(theirs.array(a[0]), theirs.array(b[0])).tolist()
    x, y = ours.array(a, batch=True), ours.array(np.where(np.arange(4)[:, None, None] == 2, b, a), batch=True)
    assert x.items_equal(y).tolist() == [True, True, False, True] and x == ours.array(a, batch=True) and x != y
    square = theirs.array(a[0][:, :4])
    assert inverse(ours.array(a[0][:, :4])).tolist() == inverse(square).tolist()
    assert ours.eye(3, 2).tolist() == theirs.eye(3, 2).tolist() and ours.array(5).items_equal(ours.array(5 - PRIME))
    with pytest.raises(UsageError, match="at most"):
        DeviceField(2**31 - 1, CPU)


def test_sizes_stay_within_memory() -> None:
    claim = typed(LEMMAS["kronecker_mixed_product"])
    system = DeviceField(PRIME, CPU)
    small, _ = scale.grow(claim, system, Context(), memory=81 * 5_000)
    assert small is not None and small.entries <= 5_000
    none, failed = scale.grow(claim, system, Context(), memory=100)
    assert none is None and failed is None
    half, _ = scale.grow(claim, system, Context(memory=0.2), memory=4 * 81 * 5_000)
    assert half is not None and half.sizes == small.sizes and "0.2 of" in half.ended


@pytest.mark.parametrize("name", ["kronecker_mixed_product", "kronecker_rank", "generic_rank", "capacity_rank"])
def test_an_instance_holds_no_more_than_is_foreseen(name: str) -> None:
    claim, system = typed(LEMMAS[name]), DeviceField(PRIME, CPU)
    sizes = [each for step in scale.STEPS if largest_tensor(claim, each := sizes_at(claim, step)) < 10**6][-1]
    entries = largest_tensor(claim, sizes)
    held = peak_bytes(CPU, torch.zeros(0), lambda: holds(claim.statement, instance(claim, sizes, system, 0)))
    assert 8 * entries < held < 8 * scale.TENSORS * entries


def test_devices() -> None:
    assert devices.choose("cpu") == CPU and devices.free_bytes(CPU) > 0 and "thread" in devices.describe(CPU)
    for name in ("nonsense", "cuda:99"):
        with pytest.raises(UsageError, match="no such device") as error:
            devices.choose(name)
        assert "\n" not in str(error.value) and "there is cpu" in str(error.value)
