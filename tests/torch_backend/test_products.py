"""Exact products on the device: what the self-test accepts is right, and what is wrong it refuses."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from proofkit.errors import UsageError  # noqa: E402
from torch_backend import products  # noqa: E402
from torch_backend.products import LARGEST_PRIME, PATHS, Products, budget, products_for, refusal  # noqa: E402

CPU = torch.device("cpu")
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def fresh() -> Iterator[None]:
    """Self-tests are run again, and forgotten afterwards."""
    refusal.cache_clear()
    yield
    refusal.cache_clear()


@pytest.mark.parametrize("path", PATHS)
def test_sums_at_the_edge_of_the_budget(path: Any, device: Any) -> None:
    p = LARGEST_PRIME[path]
    if refusal(path, device):
        pytest.skip(refusal(path, device))
    here = Products(p, device, path)
    terms, m = min(here.budget.chunk, 2**16), here.budget.magnitude
    left, right = (torch.full(*each, device=device).to(here.storage) for each in (((3, terms), -m), ((terms, 5), m)))
    assert set(here.sums(left, right).to(torch.float64).flatten().tolist()) == {-terms * m * m}
    more = torch.full((20, 3 * terms + 5), m, device=device).to(here.storage)
    assert set((here.multiply(more, more.t()).to(torch.int64) % p).flatten().tolist()) == {(3 * terms + 5) * m * m % p}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("shape", [(1, 1, 1), (16, 7, 9), (17, 8, 8), (5, 33, 2), (40, 64, 24)])
def test_shapes_that_gpus_refuse_are_padded(path: Any, shape: tuple[int, int, int], device: Any) -> None:
    if refusal(path, device):
        pytest.skip(refusal(path, device))
    m, k, n = shape
    random = np.random.default_rng(0)
    a, b = random.integers(-60, 61, (m, k)), random.integers(-60, 61, (k, n))
    here = Products(127, device, path)
    found = here.sums(*(torch.from_numpy(x).to(device, here.storage) for x in (a, b)))
    assert found.shape == (m, n) and np.array_equal(found.to(torch.int64).cpu().numpy(), a @ b)


@pytest.mark.parametrize("path", PATHS)
def test_a_wrong_sum_is_refused_and_never_used(path: Any, monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    right = Products.sums

    def wrong(self: Products, left: Any, factor: Any) -> Any:
        found = right(self, left, factor)
        if self.path == path and found.shape[0] > 30:
            found[-1, -1] += 1
        return found

    monkeypatch.setattr(Products, "sums", wrong)
    assert "came out wrong in the self-test" in refusal(path, CPU) and "\n" not in refusal(path, CPU)
    with pytest.raises(UsageError, match=f"{path} on cpu: not used"):
        products_for(127, CPU, path)
    assert products_for(127, CPU).path != path


def test_saturating_bytes_are_used_with_small_primes_only(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    def saturating(left: Any, right: Any) -> Any:
        """Pairs of unsigned times signed bytes in 16 bits, as where there is no VNNI, with the shift taken back."""
        pairs = (left.int() + 128)[:, :, None] * right.int()[None]
        total = (pairs[:, ::2] + pairs[:, 1::2]).clamp(-(2**15), 2**15 - 1).sum(dim=1)
        return (total - 128 * right.int().sum(dim=0)).int()

    def slowly(left: Any, right: Any) -> Any:
        return torch.cat([saturating(row[None], right) for row in left])

    monkeypatch.setattr(torch, "_int_mm", slowly)
    monkeypatch.setattr(products, "_trials", lambda here, m: [(np.full((17, 8), m), np.full((8, 8), m))])
    assert refusal("int8", CPU, 127) and not refusal("int8", CPU, 63)
    assert products_for(127, CPU).path == "int8" and products_for(251, CPU).path != "int8"


def test_what_torch_lacks_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch, fresh: None) -> None:
    monkeypatch.delattr(torch, "_int_mm")
    assert "not used" in refusal("int8", CPU)
    assert products_for(127, CPU).path == "float32"


def test_rounded_float32_products_are_refused() -> None:
    torch.set_float32_matmul_precision("medium")
    try:
        with pytest.raises(UsageError, match="set_float32_matmul_precision"):
            products_for(127, CPU, "float32")
        assert products_for(1009, CPU).path == "float64"
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.parametrize("api", ["fp32_precision", "allow_tf32"])
def test_tf32_is_noticed_whichever_way_it_was_asked_for(api: str, simulated: Any) -> None:
    """Since torch 2.9 there are two ways; reading the older one fails where the newer was used."""
    settings = torch.backends.cuda.matmul
    setattr(settings, api, "tf32" if api == "fp32_precision" else True)
    try:
        with pytest.raises(UsageError, match="set_float32_matmul_precision"):
            products_for(127, torch.device("cuda:0"), "float32")
        assert products_for(1009, torch.device("cuda:0")).path == "bfloat16"
    finally:
        settings.allow_tf32, settings.fp32_precision = False, "none"


def test_budgets_end_where_they_say() -> None:
    for path, last in (("int8", 255), ("bfloat16", 65277)):
        budget(last, path)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="residues"):
            budget(last + 2, path)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="16 <= p"):
        budget(13, "bfloat16")


def test_the_fastest_path_is_taken() -> None:
    assert products_for(8388593, CPU).path == "float64"
    assert products_for(509, CPU).path in ("float32", "float64")


CAPPED = """
import flint, numpy as np, torch
from torch_backend.elimination import rank
from torch_backend.products import products_for, refusals
random, cpu = np.random.default_rng(0), torch.device("cpu")
for p in (127, 251):
    for case in range(40):
        m, n = random.integers(1, 150, 2)
        a = random.choice([p // 2, p // 2 + 1], (m, n)) if case % 2 else random.integers(0, p, (m, n))
        a[:, n // 2 :] = a[:, : n - n // 2]
        assert rank(torch.from_numpy(a), p) == flint.nmod_mat(int(m), int(n), a.ravel().tolist(), p).rank(), (p, m, n)
direct = torch._int_mm(torch.full((32, 64), 125, dtype=torch.int8), torch.full((64, 8), 125, dtype=torch.int8))
print(products_for(127, cpu).path, products_for(251, cpu).path, bool((direct == 64 * 125 * 125).all()), refusals(cpu))
"""


@pytest.mark.parametrize("cap", ["DEFAULT", "AVX2", pytest.param("AVX512_CORE", marks=pytest.mark.slow)])
def test_no_rank_is_wrong_whatever_the_instruction_set(cap: str) -> None:
    """oneDNN is told to do without VNNI: its sums of bytes may then be wrong, but then they are not used."""
    environment = {**os.environ, "ONEDNN_MAX_CPU_ISA": cap, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    found = subprocess.run([sys.executable, "-c", CAPPED], capture_output=True, text=True, env=environment, check=False)
    assert found.returncode == 0, found.stderr
    small, large, right, _ = found.stdout.split(maxsplit=3)
    assert small in ("int8", "float32")
    assert (large == "int8") <= (right == "True"), found.stdout
