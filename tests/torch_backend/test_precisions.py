"""tf32 and bf16 as torch computes them are within the bounds of the assumed model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from proofkit import rungs  # noqa: E402
from proofkit.fields import BF16, TF32, Narrow, RoundedArray  # noqa: E402
from proofkit.lemma import load  # noqa: E402
from proofkit.rungs import Context, floating  # noqa: E402
from torch_backend.precisions import TorchNarrow, narrow_products, systems  # noqa: E402

LEMMAS = load()


def exact(system: Narrow, values: np.ndarray) -> RoundedArray:
    return RoundedArray(system, (values[None], np.zeros((1, *values.shape))))


@pytest.mark.parametrize("model", [TF32, BF16], ids=str)
@pytest.mark.parametrize("inner", [1, 3, 64, 700])
def test_products_are_within_the_assumed_bounds(model: Narrow, inner: int, device: Any) -> None:
    random, system = np.random.default_rng(inner), TorchNarrow(model, device)
    for scale in (1.0, 2.0**-70, 2.0**-120, 2.0**58):
        a, b = ((random.standard_normal(shape) * scale).astype(np.float32) for shape in ((20, inner), (inner, 20)))
        if model.stored:
            a, b = model.rounded(a), model.rounded(b)
        found = system.product(exact(system, a), exact(system, b))
        true = a.astype(np.float64) @ b.astype(np.float64)
        slack = (np.abs(a).astype(np.float64) @ np.abs(b).astype(np.float64)) * 2.0**-40 + 2.0**-1000
        finite = np.isfinite(found.bound[0])
        assert (np.abs(found.value[0] - true) <= found.bound[0] + slack)[finite].all() and finite.any()


@pytest.mark.parametrize("model", [TF32, BF16], ids=str)
def test_the_rung_takes_torchs_products(model: Narrow, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    plain = torch.matmul
    monkeypatch.setattr(torch, "matmul", lambda x, y: (calls.append(x.dtype), plain(x, y))[1])
    monkeypatch.setattr(floating, "SYSTEMS", ((TorchNarrow(model, torch.device("cpu")), 40),))
    found = rungs.run("floating", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "held" and f"40 of 40 in {model.name} on cpu" in found.scope
    assert set(calls) == {torch.bfloat16 if model.stored else torch.float32}
    monkeypatch.setattr(torch, "matmul", lambda x, y: plain(x, y) + 0.5)
    found = rungs.run("floating", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "failed" and "contradicted" in found.detail


def test_the_rung_takes_both_formats_of_a_gpu(simulated: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(floating, "DRIVER", Path(__file__))
    found = rungs.run("floating", LEMMAS["kronecker_mixed_product"], Context(lemmas=LEMMAS))
    assert found.verdict == "held" and "40 of 40 in tf32 on cuda, 40 of 40 in bf16 on cuda" in found.scope


def test_settings_of_torch_are_left_as_they_were() -> None:
    settings = torch.backends.cuda.matmul
    before = settings.allow_tf32, settings.allow_bf16_reduced_precision_reduction
    with pytest.raises(KeyError), narrow_products():
        assert settings.allow_tf32 and not settings.allow_bf16_reduced_precision_reduction
        raise KeyError
    assert (settings.allow_tf32, settings.allow_bf16_reduced_precision_reduction) == before


def test_without_a_gpu_the_formats_are_emulated() -> None:
    if not torch.cuda.is_available():
        assert systems() == () and [system.name for system, _ in floating.arithmetics()] == [
            "float64", "float32", "tf32", "bf16", "mp50"
        ]  # fmt: skip
