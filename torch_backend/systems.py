"""Number systems of proofkit whose matrix products run on a torch device; all else is as on the CPU.

The same exactness budget and the same a-priori bounds hold: they speak of sums of products in any order, whoever computes them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from proofkit.fields import Floating, PrimeField
from torch_backend import elimination

Plane = NDArray[Any]
WORTH_MOVING = 1 << 16  # multiplications below which a product is not worth a launch


class DeviceField(PrimeField):
    """GF(p) with float64 products and ranks on a device."""

    def __init__(self, p: int, device: torch.device) -> None:
        super().__init__(p)
        self.device = device

    def matmul(self, x: Plane, y: Plane) -> Plane:
        """Exact where the caller's budget says so: only float64 planes go to the device."""
        return device_matmul(self.device, x, y) if worth(x, y) else super().matmul(x, y)

    def rank(self, x: Plane) -> int | None:
        """By elimination on the device, for primes whose sums float64 holds."""
        if self.p >= elimination.largest_prime_exclusive():
            return None
        return elimination.rank(torch.from_numpy(np.ascontiguousarray(x)).to(self.device), self.p)


class DeviceFloat64(Floating):
    """float64 with proved bounds, products on a device (IEEE arithmetic, sums in any order, gradual underflow)."""

    def __init__(self, device: torch.device) -> None:
        super().__init__(np.float64)
        self.device = device

    def matmul(self, x: Plane, y: Plane) -> Plane:
        """The computed products; the bounds around them are the system's."""
        return device_matmul(self.device, x, y) if worth(x, y) else super().matmul(x, y)


def worth(x: Plane, y: Plane) -> bool:
    """Whether a product is of float64 and large."""
    return bool(x.dtype == y.dtype == np.float64 and x.shape[2] > 1 and x.size * y.shape[2] >= WORTH_MOVING)


def device_matmul(device: torch.device, x: Plane, y: Plane) -> Plane:
    """The batched product of two float64 planes on the device."""
    left, right = (torch.from_numpy(np.ascontiguousarray(plane)).to(device) for plane in (x, y))
    return np.asarray(torch.matmul(left, right).cpu().numpy())
