"""Operators that are never formed, on a torch device: the engine with which ``proofkit.linalg`` applies them and solves.

A block of vectors stands there by rows, (vectors, n). A factor is applied to the last axis, which becomes the first, so that the
next axis is where the products read it, and nothing is moved until the end of an application. Exactness is that of
``torch_backend.products``: a machine type that passed its self-test, sums cut by the budget.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import Progress, RankResult, by_black_box
from torch_backend.products import Path, Products, products_for

_PIECE = 2**22  # entries of the matrix that a convolution is written as


class DeviceBlocks:
    """The engine: see :class:`proofkit.linalg.operators.Blocks`."""

    def __init__(self, products: Products, vectors: int) -> None:
        self.products, self.p, self.vectors = products, products.p, vectors

    def enter(self, x: NDArray[np.int64]) -> Tensor:
        """A block that begins with the columns of x; the others are zero."""
        block = torch.zeros(self.vectors, len(x), dtype=self.products.storage, device=self.products.device)
        block[: x.shape[1]] = self.factor(x).t()
        return block

    def leave(self, block: Tensor) -> NDArray[np.int64]:
        """The residues, n x ``vectors``."""
        return np.asarray(block.t().to(torch.int64).cpu().numpy() % self.p)

    def factor(self, matrix: NDArray[np.int64]) -> Tensor:
        """A matrix of residues, to be multiplied from the left."""
        return self.products.balance(torch.from_numpy(np.ascontiguousarray(matrix)).to(self.products.device))

    def kronecker(self, channels: Sequence[Sequence[Tensor]], block: Tensor) -> Tensor:
        """Sum over channels of (F_1 kron .. kron F_q) x."""
        total: Tensor | None = None
        for factors in channels:
            x = block
            for factor in reversed(factors[1:]):
                x = self.products.multiply(factor, self._columns(x, factor))
            right = self._columns(x, factors[0])
            if total is None:
                total = right.new_zeros(len(factors[0]), right.shape[1])
            self.products.subtract(total, factors[0], right)
        assert total is not None
        return total.neg_().reshape(-1, self.vectors).t().contiguous()

    @staticmethod
    def _columns(x: Tensor, factor: Tensor) -> Tensor:
        """The last axis, which the factor is applied to, as the rows of a right factor: the transpose of a matrix by rows."""
        return x.reshape(-1, factor.shape[1]).t()

    def dot(self, left: Tensor, block: Tensor) -> NDArray[np.int64]:
        """The residues of a left factor times a block."""
        return np.asarray(self.products.multiply(left, block.t()).to(torch.int64).cpu().numpy() % self.p)

    def plus_product(self, block: Tensor, left: Tensor, matrix: NDArray[np.int64]) -> Tensor:
        """The block, plus a left factor times a small matrix."""
        self.products.subtract(block, self.factor(-matrix.T % self.p), left.t())
        return block

    def convolution(self, a: NDArray[np.float64], b: NDArray[np.float64], low: int, high: int, p: int) -> NDArray[np.float64]:
        """Coefficients low .. high - 1 of a product of matrix polynomials: see :func:`proofkit.linalg.operators.convolution`."""
        storage, device = self.products.storage, self.products.device
        rows, inner, terms = a.shape[1], a.shape[2], len(b)
        padded = torch.zeros(high + terms - 1, rows, inner, dtype=storage, device=device)
        part = torch.from_numpy(np.ascontiguousarray(a[:high])).to(device, storage)
        padded[terms - 1 : terms - 1 + len(part)] = part
        flat = torch.from_numpy(np.ascontiguousarray(b[::-1].reshape(terms * inner, -1).T)).to(device, storage)
        windows = padded.unfold(0, terms, 1)  # (high, rows, inner, terms)
        step, found = max(1, _PIECE // (rows * inner * terms)), []
        for start in range(low, high, step):
            left = windows[start : min(start + step, high)].permute(0, 1, 3, 2).reshape(-1, terms * inner)
            found.append(self.products.multiply(left, flat.t()))
        return np.asarray(torch.cat(found).reshape(high - low, rows, -1).to(torch.float64).cpu().numpy())


def blocks_on(device: torch.device, p: int, vectors: int = 32, path: Path | None = None) -> DeviceBlocks:
    """The engine for blocks of so many vectors mod p on a device, by the fastest machine type that is right there.

    Raises :class:`UsageError` where there is none. Wider blocks make longer products and fewer of them; the polynomial part of
    block Wiedemann grows with their width.
    """
    return DeviceBlocks(products_for(p, device, path), vectors)


def rank_by_black_box(
    matrix: PoolingMatrix,
    p: int,
    device: torch.device,
    *,
    vectors: int = 32,
    path: Path | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> RankResult:
    """Certain bounds on the rank over Q of a matricization that is not formed, by block Wiedemann mod p on the device.

    Full rank of a square one has a certificate, which the judge checks without a device. Raises as :func:`blocks_on`.
    """
    return by_black_box(matrix, matrix.operator(p, blocks_on(device, p, vectors, path)), seed, progress)
