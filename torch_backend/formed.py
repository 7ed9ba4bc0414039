"""Ranks found on a device with certificates that need no device to be checked: of given matrices, and of networks formed there.

A = sum over channels a of w_a F_a kron G_a for the two children of the root. The judge applies A to a vector without forming
it, so solutions of A[I, J] x = b for hashed b show a full rank to it at once, whoever found them.
"""

from __future__ import annotations

import functools

import torch
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.linalg.matrices import Given, read
from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import RankResult
from torch_backend.elimination import Factorization, Progress, eliminate, empty_work, factor, require_memory, solve_minor
from torch_backend.products import Path, Products, products_for


def network_rank(
    matrix: PoolingMatrix, p: int, device: torch.device, path: Path | None = None, progress: Progress | None = None
) -> RankResult:
    """Certain bounds on the rank over Q of a matricization, by elimination mod p on the device; ``certificate`` as for any rank.

    Raises :class:`UsageError` for a network whose root has not two children, for a modulus without exact products, and where the
    device's memory does not suffice.
    """
    return _result(matrix, eliminate_network(matrix, p, device, path, progress))


def matrix_rank(matrix: Tensor, p: int, path: Path | None = None, progress: Progress | None = None) -> RankResult:
    """Certain bounds on the rank over Q of a matrix of integers, by elimination mod p where it lies; its certificate states the
    entries. Raises :class:`UsageError` for entries that are not of an integer type, and as :func:`network_rank`."""
    if matrix.ndim != 2 or matrix.dtype.is_floating_point or matrix.dtype.is_complex:
        raise UsageError(f"matrix_rank: needs a matrix of integers, got shape {tuple(matrix.shape)} of {matrix.dtype}")
    found = eliminate(matrix, p, path=path, progress=progress)
    return _result(read(matrix.cpu().numpy()), found)


def _result(matrix: Given | PoolingMatrix, found: Factorization) -> RankResult:
    """A minor of full size meets the bound by the shape."""
    p, shape = found.products.p, found.shape
    by = f"a minor of {found.rank} rows that is nonzero mod {p}"
    places = found.pivot_rows(), found.pivot_columns()
    solve = functools.partial(solve_minor, found)
    return RankResult(found.rank, min(shape), shape, "Q", p, *places, by, "its shape", _matrix=matrix, _solve=solve)


def eliminate_network(
    matrix: PoolingMatrix, p: int, device: torch.device, path: Path | None = None, progress: Progress | None = None
) -> Factorization:
    """Form a matricization mod p in the work matrix of an elimination, and factor it."""
    products = products_for(p, device, path)
    m, n = matrix.shape
    require_memory(m, n, products)
    work = empty_work(m, n, products)
    form(work[:, :n], matrix, products)
    return factor(work, n, products, progress=progress)


def form(target: Tensor, matrix: PoolingMatrix, products: Products) -> None:
    """Write all entries, balanced: for a row of the first factor, a product over channels with all of the second."""
    operator = matrix.operator(products.p)
    if len(operator.children) != 2:
        raise UsageError(f"a network is formed on a device where its root has two children, not {len(operator.children)}")
    weighted = operator.children[0] * operator.weights[:, None, None] % products.p
    first, second = (products.balance(torch.from_numpy(each).to(target.device)) for each in (weighted, operator.children[1]))
    (_, rows, columns), (channels, m, n) = first.shape, second.shape
    flat = second.reshape(channels, m * n)
    for i in range(rows):
        block = products.multiply(first[:, i].t().contiguous(), flat)
        target[i * m : (i + 1) * m] = block.reshape(columns, m, n).permute(1, 0, 2).reshape(m, columns * n)


def binary_network(levels: int, dim: int, channels: int, seed: str) -> PoolingMatrix:
    """The matricization, odd | even modes, of a deep network with 2^levels modes of ``dim``, equal channels, drawn by a seed."""

    def tree(first: int, modes: int) -> object:
        half = modes // 2
        return first if modes == 1 else [tree(first, half), tree(first + half, half)]

    modes = 2**levels
    names = ["", *("/".join(format(place, f"0{depth}b")) for depth in range(1, levels + 1) for place in range(2**depth))]
    counts = {name: channels if name else 1 for name in names}
    return PoolingMatrix(tree(0, modes), dim, counts, range(0, modes, 2), seed=seed)
