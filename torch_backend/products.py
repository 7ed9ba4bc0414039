"""Exact products of matrices of residues mod p on a device, in the machine types that its matrix units offer.

A path is a machine type: ``int8`` with int32 sums, ``bfloat16`` (two limbs, float32 sums), ``float32``, ``float64``. What sums
it holds exactly is decided in :mod:`proofkit.fields.budget`; whether the device keeps to that, by a self-test on extreme
values, once a process and device. A path that fails is refused, with one line that says so. ``torch._int_mm`` is private, and
saturates where oneDNN has no VNNI: there the test with |x| <= 127 fails, and bytes are used with primes up to 127 only, or not
at all. On GPUs it takes a left factor by rows and a right one by columns, 17 rows or more, and sizes that are multiples of 8;
other layouts fail on some (pytorch/pytorch issue 169956; cuBLAS library documentation, cublasLtMatmul, IMMA kernels), so what
comes otherwise is copied.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
import torch
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.fields.budget import LIMB, Residues, residues, split_residues
from torch_backend import device as devices

Path: TypeAlias = Literal["int8", "bfloat16", "float32", "float64"]

PATHS: tuple[Path, ...] = get_args(Path)
STORED = {"int8": torch.int8, "bfloat16": torch.float32, "float32": torch.float32, "float64": torch.float64}
SMALL_BYTE, BYTE = 63, 127  # magnitudes of bytes that are tested; the first needs no VNNI
LARGEST_PRIME = {"int8": 251, "bfloat16": 65_269, "float32": 1_427, "float64": 8_388_593}  # that leaves long sums
_EXACT_QUOTIENT = 2**50  # below it, the reduction of a float64 is at most p / 2 + 0.26
_FEW = 8  # a CPU's products of bytes are wrong where a size is 1 and its stride not that of a matrix by rows (torch 2.13)
_FEW_ROWS = 16  # at most so many rows are refused by CUDA's product of bytes
_ALIGNED = 16  # bytes at whose multiples its rows begin
_USEFUL_CHUNK = 256
_AT_ONCE, _FEWEST_ROWS = {"cpu": 2**16, "cuda": 2**24}, 64  # entries, and rows, that are multiplied and reduced at a time


def budget(p: int, path: Path) -> Residues:
    """What a path holds exactly mod p. Raises ValueError where that is nothing."""
    return split_residues(p) if path == "bfloat16" else residues(p, path)


class Products:
    """Products of balanced residues (|x| <= p/2 + 2, in ``storage``) mod p on one device.

    A left factor is read by rows. Where ``by_columns``, for bytes on a GPU, a right factor is best the transpose of a matrix by
    rows, and sizes that are multiples of ``unit`` are the ones that cost no copy.
    """

    def __init__(self, p: int, device: torch.device, path: Path) -> None:
        self.p, self.device, self.path = p, device, path
        self.budget = budget(p, path)
        self.storage = STORED[path]
        self.by_columns = path == "int8" and device.type == "cuda"
        self.unit = _ALIGNED if self.by_columns else 1

    def sums(self, left: Tensor, right: Tensor) -> Tensor:
        """left @ right without reduction, exact for at most ``budget.chunk`` terms; int32 or a float type."""
        if self.path == "int8":
            return _bytes_product(left, right, self.by_columns)
        if self.path == "bfloat16":
            return _limbs_product(left, right)
        return torch.mm(left, right)

    def subtract(self, c: Tensor, left: Tensor, right: Tensor) -> None:
        """c := c - left right mod p, in place, balanced."""
        chunk = self.budget.chunk // _ALIGNED * _ALIGNED
        for start in range(0, left.shape[1], chunk):
            inner = slice(start, min(start + chunk, left.shape[1]))
            for rows in self._slabs(c):
                self._subtract(c[rows], left[rows, inner], right[inner])

    def _slabs(self, c: Tensor) -> list[slice]:
        """So many rows at a time that on a CPU what is reduced is still in the cache, on a GPU sums take little memory."""
        step = max(_AT_ONCE[devices.kind(c.device)] // max(c.shape[1], 1), _FEWEST_ROWS)
        return [slice(start, start + step) for start in range(0, c.shape[0], step) if c.shape[1]]

    def _subtract(self, c: Tensor, left: Tensor, right: Tensor) -> None:
        if self.path in ("float32", "float64"):
            self.reduce(c.addmm_(left, right, alpha=-1))
        elif self.by_columns:  # in place, without float64: half of the memory's traffic, and some GPUs hardly have float64
            sums, half = self.sums(left, right), self.p // 2
            torch.sub(torch.sub(c, sums, out=sums).add_(half).remainder_(self.p), half, out=c)
        else:
            c.copy_(self.reduce(torch.sub(c, self.sums(left, right)).to(torch.float64)))

    def multiply(self, left: Tensor, right: Tensor) -> Tensor:
        """left right mod p, balanced, in ``storage``."""
        c = torch.zeros(left.shape[0], right.shape[1], dtype=self.storage, device=left.device)
        self.subtract(c, left, right)
        return c.neg_()

    def balance(self, x: Tensor) -> Tensor:
        """The balanced residues of whole numbers below 2^63, in ``storage``. :class:`UsageError` for other numbers."""
        if x.dtype.is_complex or (x.dtype.is_floating_point and bool((x - x.round() != 0).any())):
            raise UsageError("entries mod p have to be whole numbers")
        if x.element_size() == 8 and bool((x.abs() >= _EXACT_QUOTIENT).any()):
            x = torch.remainder(x, self.p)
        return self.reduce(x.to(torch.float64, copy=True)).to(self.storage)

    def reduce(self, x: Tensor) -> Tensor:
        """x - rint(x fl(1/p)) p, in place (fields.budget.residues)."""
        quotient = torch.mul(x, 1 / self.p).round_()
        return x.sub_(quotient, alpha=self.p)


def _bytes_product(left: Tensor, right: Tensor, by_columns: bool) -> Tensor:
    """Copied and padded where it has not the one layout, and a size, that every GPU takes; on a CPU only where it is small."""
    (m, k), n = left.shape, right.shape[1]
    if not by_columns and min(m, k, n) >= _FEW:
        return torch._int_mm(left, right)
    depth, width = (-(-size // _ALIGNED) * _ALIGNED for size in (k, n))
    return torch._int_mm(_by_rows(left, max(m, 2 * _FEW_ROWS), depth), _by_rows(right.t(), width, depth).t())[:m, :n]


def _by_rows(x: Tensor, rows: int, columns: int) -> Tensor:
    """A matrix of bytes padded with zeros, its rows beginning where the matrix units want them; itself where they do."""
    if x.shape == (rows, columns) and x.stride(1) == 1 and not (x.stride(0) % _ALIGNED or x.storage_offset() % _ALIGNED):
        return x
    padded = x.new_zeros(rows, columns)
    padded[: x.shape[0], : x.shape[1]] = x
    return padded


def _limbs_product(left: Tensor, right: Tensor) -> Tensor:
    (a, b), (c, d) = _limbs(left), _limbs(right)
    middle = _with_float32_sums(a, d).to(torch.float64) + _with_float32_sums(b, c)
    high = _with_float32_sums(a, c).to(torch.float64).mul_(LIMB).add_(middle)
    return high.mul_(LIMB).add_(_with_float32_sums(b, d))


def _limbs(x: Tensor) -> tuple[Tensor, Tensor]:
    high = torch.mul(x, 1 / LIMB).round_()
    return high.to(torch.bfloat16), torch.sub(x, high, alpha=LIMB).to(torch.bfloat16)


def _with_float32_sums(left: Tensor, right: Tensor) -> Tensor:
    """CPUs round a product of bfloat16 to bfloat16, so there the factors are widened first."""
    if left.device.type == "cpu":
        return torch.mm(left.float(), right.float())
    settings = torch.backends.cuda.matmul
    before = settings.allow_bf16_reduced_precision_reduction
    settings.allow_bf16_reduced_precision_reduction = False
    try:
        return torch.mm(left, right, out_dtype=torch.float32)
    finally:
        settings.allow_bf16_reduced_precision_reduction = before


def products_for(p: int, device: torch.device, path: Path | None = None) -> Products:
    """The products of a path, or of the fastest path that admits p and passes its self-test on the device.

    Raises :class:`UsageError` where there is none: one line that says why.
    """
    if path is not None:
        reason = _unfit(p, device, path)
        if reason:
            raise UsageError(reason)
        return Products(p, device, path)
    for each in candidates(device):
        if not _unfit(p, device, each) and (budget(p, each).chunk >= _USEFUL_CHUNK or each == "float64"):
            return Products(p, device, each)
    raise UsageError(f"no machine type of this device has exact products modulo {p}; take a prime below 2^25")


def _unfit(p: int, device: torch.device, path: Path) -> str:
    try:
        magnitude = budget(p, path).magnitude
    except ValueError as error:
        return str(error)
    of_float32 = path == "float32" or (path == "bfloat16" and device.type == "cpu")
    if of_float32 and float32_precision(device) not in ("ieee", "none"):
        return f"{path} on {device}: not used: torch.set_float32_matmul_precision is not 'highest', so products are rounded"
    return refusal(path, device, SMALL_BYTE if path == "int8" and magnitude <= SMALL_BYTE else BYTE)


def float32_precision(device: torch.device) -> str:
    """What torch is told to compute products of float32 in: "ieee", or "none" where it was told nothing; "tf32", "bf16"."""
    settings = (torch.backends.cuda if device.type == "cuda" else torch.backends.mkldnn).matmul
    try:
        return str(settings.fp32_precision)
    except AttributeError:  # before torch 2.9
        return {"highest": "ieee", "high": "tf32"}.get(torch.get_float32_matmul_precision(), "bf16")


def candidates(device: torch.device) -> tuple[Path, ...]:
    """Paths by speed: on a CPU limbs are float32 products four times over, so they are only used where asked for."""
    return PATHS if device.type == "cuda" else ("int8", "float32", "float64")


def refusals(device: torch.device) -> list[str]:
    """A line for every path that this device does not offer."""
    return [reason for path in candidates(device) if (reason := refusal(path, device))]


@lru_cache(maxsize=64)
def refusal(path: Path, device: torch.device, magnitude: int = BYTE) -> str:
    """Why a path is not used on this device; "" where its self-test passes. ``magnitude`` is that of bytes."""
    among = f" with |x| <= {magnitude}" if path == "int8" else ""
    primes = (2 * magnitude + 1,) if path == "int8" else (251, LARGEST_PRIME[path])
    try:
        tests = (
            (products, trial)
            for p in primes
            for products in [Products(p, device, path)]
            for trial in _trials(products, magnitude)
        )
        exact = all(_is_exact(products, *trial) for products, trial in tests)
    except (RuntimeError, TypeError, AttributeError, NotImplementedError) as error:
        return f"{path} on {device}: not used: {str(error).splitlines()[0]}"
    return "" if exact else f"{path} on {device}: not used: its products{among} came out wrong in the self-test"


def _is_exact(products: Products, left: np.ndarray[Any, Any], right: np.ndarray[Any, Any]) -> bool:
    """Whether sums on the device are those of int64, in both layouts of a right factor, a left one among other columns."""
    wide = np.pad(left, ((0, 0), (0, 16)), constant_values=1)
    held = torch.from_numpy(wide).to(products.device, products.storage)[:, : left.shape[1]]
    wanted = left @ right
    for each in (torch.from_numpy(right), torch.from_numpy(np.ascontiguousarray(right.T)).t()):
        factor = each.to(products.device, products.storage)
        found = [products.sums(held, factor)]
        if products.path == "float64":
            found.append(torch.bmm(held[None], factor[None])[0])  # what arrays on the device are multiplied by
        if any(not np.array_equal(one.to(torch.float64).cpu().numpy().astype(np.int64), wanted) for one in found):
            return False
    return True


def _trials(products: Products, magnitude: int) -> Iterator[tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]]:
    """Factors at the edge of the budget: sums that do not cancel, of as many terms as are summed; extreme and random ones."""
    m = magnitude if products.path == "int8" else products.budget.magnitude
    random = np.random.default_rng(0)
    longest = min(products.budget.chunk, 2**15) // 8 * 8
    for rows, most, columns in (
        (32, longest, 8),
        (17, 8, 8),
        (40, 264, 136),
        (300, 64, 72),
        (5, 40, 3),
        (37, 75, 29),
        (1, 1, 9),
        (9, 1, 1),
    ):
        inner = min(most, longest)
        yield np.full((rows, inner), -m), np.full((inner, columns), m)
        yield random.choice([-m, m], (rows, inner)), np.full((inner, columns), m)
        yield random.integers(-m, m + 1, (rows, inner)), random.integers(-m, m + 1, (inner, columns))
