"""Number systems of proofkit whose arrays, or products, live on a torch device.

Over :class:`DeviceField` nothing leaves the device but answers: planes are tensors there, and contractions, comparisons and
ranks run where they are. The same exactness budget holds as on the CPU. :class:`DeviceFloat64` has its bounds on the CPU, which
speak of sums of products in any order, whoever computes them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.fields import Array, Floating, PrimeField
from proofkit.fields.arrays import Labels
from proofkit.fields.budget import residues
from torch_backend import elimination
from torch_backend.drawing import drawn
from torch_backend.products import refusal

Plane = NDArray[Any]
WORTH_MOVING = 1 << 12  # multiplications below which a product is not worth a launch
LARGEST_PRIME = 8_388_593  # sums of 512 products in float64


class DeviceField(PrimeField):
    """GF(p), p < 2^23, on a device: planes are float64 tensors of balanced residues. ``operations`` counts multiplications and
    additions of products, sums and ranks. Raises :class:`UsageError` for larger primes."""

    def __init__(self, p: int, device: torch.device) -> None:
        super().__init__(p)
        if p > LARGEST_PRIME:
            raise UsageError(f"GF({p}): primes on a device are at most {LARGEST_PRIME}")
        if refused := refusal("float64", device):
            raise UsageError(refused)
        self.device = device
        self.operations = 0
        self.chunk = residues(p, "float64").chunk

    def encode(self, values: NDArray[Any]) -> tuple[tuple[Plane, ...], int]:
        """Residues by the CPU's field, then moved."""
        (plane,), one = super().encode(values)
        return (self._plane(self._reduced(torch.from_numpy(plane).to(self.device, torch.float64))),), one

    def random(self, shape: Sequence[int], seed: int) -> Array:
        """Residues drawn on the device; the same on every device."""
        flat = drawn(slice(0, 1), math.prod(shape), self.p, seed, self.device)
        return self._array(flat.to(torch.float64).reshape(tuple(shape)))

    def zeros(self, *shape: int) -> Array:
        return self._array(torch.zeros(shape, dtype=torch.float64, device=self.device))

    def ones(self, *shape: int) -> Array:
        return self._array(torch.ones(shape, dtype=torch.float64, device=self.device))

    def eye(self, m: int, n: int | None = None) -> Array:
        return self._array(torch.eye(m, m if n is None else n, dtype=torch.float64, device=self.device))

    def add(self, x: Array, y: Array) -> Array:
        return self._array(_tensor(x) + _tensor(y))

    def negate(self, x: Array) -> Array:
        return self._like(x, self._plane(-_tensor(x)))

    def product(self, x: Array, y: Array) -> Array:
        left, right = _tensor(x), _tensor(y)
        count, rows, terms = left.shape
        self.operations += 2 * count * rows * terms * right.shape[2]
        if terms == 1:
            return self._array(left * right)
        total = torch.zeros(count, rows, right.shape[2], dtype=torch.float64, device=self.device)
        for start in range(0, terms, self.chunk):
            inner = slice(start, start + self.chunk)
            total = self._reduced(total.baddbmm_(left[:, :, inner], right[:, inner]))
        return Array(self, (self._plane(total),))

    def total(self, x: Array) -> Array:
        plane = _tensor(x)  # below 2^22 each: 2^31 of them have an exact sum
        self.operations += plane.numel()
        return self._array(plane.sum(dim=-1))

    def entries_equal(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """One answer for each index of the first mode, that of the batch where there is one; no more leaves the device."""
        different = self._reduced(_tensor(x) - _tensor(y)) != 0
        return np.asarray(
            ~different.reshape(different.shape[0], -1).any(dim=1).cpu().numpy() if different.ndim else ~different.cpu().numpy()
        )

    def tolist(self, x: Array) -> Any:
        return (torch.remainder(_tensor(x), self.p)).to(torch.int64).tolist()

    def permuted(self, x: Plane, order: Sequence[int]) -> Plane:
        return self._plane(cast(Tensor, x).permute(tuple(order)))

    def diagonal(self, x: Plane, labels: Labels, unique: Labels) -> Plane:
        plane = cast(Tensor, x)
        strides = [sum(s for k, s in zip(labels, plane.stride(), strict=True) if k == u) for u in unique]
        return self._plane(plane.as_strided([plane.shape[labels.index(u)] for u in unique], strides, plane.storage_offset()))

    def spread(self, x: Plane, unique: Labels, out: Labels, shape: tuple[int, ...]) -> Plane:
        result = torch.zeros(shape, dtype=torch.float64, device=self.device)
        cast(Tensor, self.diagonal(self._plane(result), out, unique)).copy_(cast(Tensor, x))
        return self._plane(result)

    def rank(self, x: Plane) -> int | None:
        """By elimination on the device."""
        matrix = cast(Tensor, x)
        found = elimination.rank(matrix, self.p)
        self.operations += elimination.operations(matrix.shape[0], matrix.shape[1], found)
        return found

    def _array(self, plane: Tensor) -> Array:
        return Array(self, (self._plane(self._reduced(plane)),))

    def _reduced(self, values: Any) -> Any:
        """Balanced residues of whole numbers below 2^53; in place."""
        quotient = torch.mul(values, 1 / self.p).round_()
        return values.sub_(quotient, alpha=self.p)

    def _plane(self, tensor: Tensor) -> Plane:
        return cast(Plane, tensor)


def _tensor(x: Array) -> Tensor:
    return cast(Tensor, x.planes[0])


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
