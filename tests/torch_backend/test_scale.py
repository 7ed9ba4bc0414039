"""The scale rung: number systems on the device agree with those on the CPU, lemmas hold, and what is false fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from proofkit import rungs  # noqa: E402
from proofkit.fields import FLOAT64, GF, contract  # noqa: E402
from proofkit.lemma import load  # noqa: E402
from proofkit.linalg.exact import rank  # noqa: E402
from proofkit.rungs import Context  # noqa: E402
from proofkit.rungs.sampling import typed  # noqa: E402
from torch_backend import device, scale  # noqa: E402
from torch_backend.elimination import PRIME  # noqa: E402
from torch_backend.systems import DeviceField, DeviceFloat64, device_matmul  # noqa: E402

CPU = torch.device("cpu")
LEMMAS = load()


@pytest.mark.parametrize("p", [2, 251, PRIME, 2**31 - 1, 2**61 - 1])
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


@pytest.mark.parametrize("name", ["kronecker_rank", "matricization_first_order_odd", "generic_rank", "capacity_rank_shared"])
def test_lemmas_hold_at_large_sizes(name: str) -> None:
    found = rungs.run("scale", LEMMAS[name], Context(lemmas=LEMMAS))
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
    def off_by_one(*planes: object) -> np.ndarray:
        return device_matmul(*planes) + 1.0  # type: ignore[arg-type]

    monkeypatch.setattr("torch_backend.systems.device_matmul", off_by_one)
    found = rungs.run("scale", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "failed"


def test_sizes_stay_within_memory() -> None:
    claim = typed(LEMMAS["kronecker_mixed_product"])
    system = DeviceField(PRIME, CPU)
    small, _ = scale.grow(claim, system, Context(), memory=8 * 10 * 5_000)
    assert small is not None and small.entries <= 5_000
    none, failed = scale.grow(claim, system, Context(), memory=100)
    assert none is None and failed is None


def test_devices() -> None:
    assert device.choose("cpu") == CPU and device.free_bytes(CPU) > 0 and "threads" in device.describe(CPU)
    with pytest.raises(ValueError, match="no such device"):
        device.choose("nonsense")
