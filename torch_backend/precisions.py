"""tf32 and bf16 as torch computes them: the formats of ``proofkit.fields.narrow`` with torch's own products.

The bounds are those of the assumed model. Factors come rounded to the format, so that what a device does with them is no matter;
how it accumulates is what is tried. Reductions in less than float32, which torch allows for bf16 unless told otherwise, are
switched off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from proofkit.fields import BF16, TF32, Narrow
from torch_backend.products import float32_precision


class TorchNarrow(Narrow):
    """A narrow format whose products torch computes on a device: in bfloat16 where it is stored, else in tf32 where there is."""

    def __init__(self, model: Narrow, device: torch.device) -> None:
        super().__init__(f"{model.name} on {device.type}", model.digits, model.stored)
        self.device, self.dtype_of_factors = device, torch.bfloat16 if model.stored else torch.float32

    def matmul(self, x: NDArray[Any], y: NDArray[Any]) -> NDArray[Any]:
        """torch's products of float32 planes; counts of nonzeros, which are float64, stay with numpy."""
        if x.dtype != np.float32 or not x.shape[2]:
            return super().matmul(x, y)
        left, right = (torch.from_numpy(np.ascontiguousarray(plane)).to(self.device, self.dtype_of_factors) for plane in (x, y))
        with narrow_products():
            return np.asarray(torch.matmul(left, right).float().cpu().numpy())


@contextmanager
def narrow_products() -> Iterator[None]:
    """tf32 allowed and short accumulation forbidden, as long as this lasts."""
    settings = torch.backends.cuda.matmul
    before, reduced = float32_precision(torch.device("cuda")), settings.allow_bf16_reduced_precision_reduction
    settings.allow_tf32, settings.allow_bf16_reduced_precision_reduction = True, False
    try:
        yield
    finally:
        settings.allow_tf32, settings.allow_bf16_reduced_precision_reduction = before == "tf32", reduced
        with suppress(AttributeError):  # before torch 2.9 there is no other name for it, which "none" would be told apart by
            settings.fp32_precision = before


def systems() -> tuple[Narrow, ...]:
    """tf32 and bf16 on a CUDA device; none without one."""
    if not torch.cuda.is_available():
        return ()
    return tuple(TorchNarrow(model, torch.device("cuda")) for model in (TF32, BF16))
