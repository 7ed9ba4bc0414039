"""Elimination modulo a prime on a device: rank, pivots, solutions of dense matrices.

Two levels, as in ``proofkit.linalg.elimination``. A panel of columns is brought up to date by one long product with everything
found so far (left-looking, Crout), so that every entry is reduced mod p once a level and no large temporary exists. The pivots
of a panel are sought in a few of its rows: that small block goes to the host once a panel, where the CPU's own kernel sweeps it
and returns the inverse of the pivot block (a panel factored on the host: S. Tomov, J. Dongarra, M. Baboulin, Towards dense
linear algebra for hybrid GPU accelerated manycore systems, Parallel Computing 36, 2010). Where those rows do not have the
panel's rank, rows drawn from the nonzero residual join them.

The matrix is factored in place as A[rows] = L U. L stands in the first columns of the work matrix; U to the right of its rows,
or, for bytes, in a matrix of its own that is read by columns, because products of bytes on GPUs want their right factor so. The
rank modulo p of an integer matrix is a lower bound on its rank over Q, never an upper one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.fields.budget import residues
from proofkit.linalg.elimination import products_for as host_products
from proofkit.linalg.products import Products as HostProducts
from proofkit.linalg.products import Sweep
from torch_backend import device as devices
from torch_backend.drawing import drawn
from torch_backend.products import STORED, Path, Products, products_for

PRIME = 8_388_593  # the largest prime below 2^23
Progress: TypeAlias = Callable[[int, int], None]
Places: TypeAlias = NDArray[np.int64]

_SAMPLE = 8  # rows beyond the width of a panel that are searched for its pivots
_ALIGNED = 16  # rows of the work matrix begin at multiples of so many entries
_SHORT = 64  # terms of float32 sums below which a pivot block is swept in float64


class Block(NamedTuple):
    """Pivots ``start`` .. ``stop`` - 1, and the inverse of their pivot block, balanced."""

    start: int
    stop: int
    inverse: Tensor


@dataclass
class Factorization:
    """A[rows] = L U mod p, ``rank`` pivots; rows[:rank] and columns[:rank] index a nonzero minor.

    ``operations`` counts multiplications and additions of what the elimination had to do, whatever it did.
    """

    products: Products
    shape: tuple[int, int]
    work: Tensor
    upper: Tensor
    rows: Places
    columns: Places
    rank: int = 0
    blocks: list[Block] = field(default_factory=list)

    def pivot_rows(self) -> tuple[int, ...]:
        """The rows of the minor, ascending."""
        return tuple(sorted(self.rows[: self.rank].tolist()))

    def pivot_columns(self) -> tuple[int, ...]:
        """The columns of the minor, ascending: the column rank profile."""
        return tuple(sorted(self.columns[: self.rank].tolist()))

    def depth(self, count: int) -> int:
        """So many columns of L, and a few more where the path wants a multiple; the rows of U there are zero."""
        return -(-count // self.products.unit) * self.products.unit


def operations(m: int, n: int, rank: int) -> int:
    """Multiplications and additions of an elimination: 2 (m n r - (m + n) r^2 / 2 + r^3 / 3)."""
    return 2 * m * n * rank - (m + n) * rank**2 + 2 * rank**3 // 3


def rank(matrix: Tensor, p: int, path: Path | None = None) -> int:
    """The rank of an m x n matrix of whole numbers (any numeric type, of absolute value below 2^53) modulo a prime p < 2^25.

    Raises :class:`UsageError` for tensors that are not matrices, for a modulus or path without exact products, and where memory
    does not suffice.
    """
    return eliminate(matrix, p, path=path).rank


def eliminate(
    matrix: Tensor, p: int, *, path: Path | None = None, panel: int | None = None, progress: Progress | None = None
) -> Factorization:
    """Factor a copy of a matrix (as :func:`rank`) mod p on its device. ``progress(columns done, columns)`` hears of panels."""
    if matrix.ndim != 2:
        raise UsageError(f"rank: needs a matrix, got shape {tuple(matrix.shape)}")
    products = products_for(p, matrix.device, path)
    m, n = matrix.shape
    require_memory(m, n, products)
    work = empty_work(m, n, products)
    for rows in row_blocks(m, n, matrix.device):
        work[rows, :n] = products.balance(matrix[rows].detach())
    return factor(work, n, products, panel, progress)


def eliminate_drawn(
    n: int, p: int, seed: int, device: torch.device, *, path: Path | None = None, progress: Progress | None = None
) -> Factorization:
    """Factor the n x n matrix that :func:`drawn` makes of a seed, in place."""
    products = products_for(p, device, path)
    return factor(drawn_work(n, seed, products), n, products, None, progress)


def drawn_work(n: int, seed: int, products: Products) -> Tensor:
    """The work matrix of :func:`eliminate_drawn`, drawn a block of rows at a time. :class:`UsageError` where memory is short."""
    require_memory(n, n, products)
    work = empty_work(n, n, products)
    for rows in row_blocks(n, n, products.device):
        work[rows, :n] = products.balance(drawn(rows, n, products.p, seed, products.device))
    return work


def predicted_bytes(m: int, n: int, path: Path) -> int:
    """The memory that an elimination takes on the device beyond its input: the work matrix, U for bytes, panels."""
    size = torch.empty(0, dtype=STORED[path]).element_size()
    panels = 8 * 4 * panel_width(min(m, n)) * (m + n)
    return size * (m + 32) * (n + 32) + (size * (n + 32) * (min(m, n) + 32) if path == "int8" else 0) + panels + 2**24


def require_memory(m: int, n: int, products: Products) -> None:
    """Raise :class:`UsageError` with the numbers where the device has not enough memory free."""
    needed, free = predicted_bytes(m, n, products.path), devices.free_bytes(products.device)
    if needed > free:
        where = f"{needed / 2**30:.1f} GiB of memory on {products.device}, {free / 2**30:.1f} GiB are free"
        raise UsageError(f"the elimination of a {m} x {n} matrix in {products.path} needs {where}; nothing was computed")


def row_blocks(m: int, n: int, device: torch.device) -> list[slice]:
    """Blocks of rows of about 2^24 entries, on a CPU 2^17, so that they stay in its cache."""
    step = max((2**17 if device.type == "cpu" else 2**24) // max(n, 1), 1)
    return [slice(start, min(start + step, m)) for start in range(0, m, step)]


def empty_work(m: int, n: int, products: Products) -> Tensor:
    """A zero work matrix for m x n entries."""
    return torch.zeros(m, -(-n // _ALIGNED) * _ALIGNED, dtype=products.storage, device=products.device)


def panel_width(size: int) -> int:
    """Wide panels make long products, and cost the square of their width in the search for pivots."""
    return 64 if size <= 1024 else 128 if size <= 4096 else 256


def factor(work: Tensor, n: int, products: Products, panel: int | None = None, progress: Progress | None = None) -> Factorization:
    """Factor in place a work matrix of balanced residues whose first n columns count."""
    m, most = work.shape[0], min(work.shape[0], n)
    upper = work
    if products.path == "int8":
        wide = -(-most // _ALIGNED) * _ALIGNED
        upper = torch.zeros(work.shape[1], wide, dtype=products.storage, device=work.device).t()
    places = np.zeros(most, dtype=np.int64)
    result = Factorization(products, (m, n), work, upper, np.arange(m), places)
    step, done = panel or panel_width(most), 0
    with torch.inference_mode():
        while done < n and result.rank < m:
            width = min(step, n - done)
            _panel(result, done, width)
            done += width
            if progress:
                progress(done, n)
    result.columns = result.columns[: result.rank]
    return result


def _panel(result: Factorization, start: int, width: int) -> None:
    """Bring ``width`` columns up to date, find their pivots, extend L and U."""
    products, work, upper, r = result.products, result.work, result.upper, result.rank
    stop = start + width
    depth = result.depth(r)
    panel = work[r:, start:stop]
    if r:
        products.subtract(panel, work[r:, :depth], upper[:depth, start:stop])
    chosen, sweep = _pivots(products, panel)
    k = chosen.size
    if not k:
        return
    places = _exchange(result, chosen)
    inverse = _inverse(sweep, places, products)
    top = slice(r, r + k)
    if stop < work.shape[1] and r:
        products.subtract(work[top, stop:], work[top, :depth], upper[:depth, stop:])
    if upper is not work:
        upper[top, start:] = work[top, start:]
    columns = torch.from_numpy(sweep.columns).to(work.device)
    if r + k < work.shape[0]:
        work[r + k :, top] = products.multiply(panel[k:].index_select(1, columns), inverse)
    result.columns[top] = start + sweep.columns
    result.blocks.append(Block(r, r + k, inverse))
    result.rank += k


def _pivots(products: Products, panel: Tensor) -> tuple[Places, Sweep]:
    """The rows of a panel that hold its pivots, and their sweep; the columns are the panel's column rank profile."""
    m, width = panel.shape
    candidates = np.arange(min(m, width + _SAMPLE))
    random = np.random.default_rng(width)
    host = _sweeper(products.p, width)
    while True:
        sweep = _swept(host, panel, candidates)
        chosen = candidates[sweep.rows]
        if chosen.size == width or candidates.size == m:
            break
        nonzero = _outside(products, panel, chosen, sweep)
        if not nonzero.size:
            break
        more = random.choice(nonzero, min(nonzero.size, 2 * width), replace=False)
        candidates = np.concatenate([chosen, np.sort(more)])
    if 0 < chosen.size < width and chosen.size < candidates.size:
        # With the other candidates gone, the leftmost pivots of these rows are those of the whole panel.
        sweep = _swept(host, panel, chosen)
        chosen = chosen[sweep.rows]
    return chosen, sweep


def _sweeper(p: int, width: int) -> HostProducts:
    """The host's products for a pivot block, in float32 where that is exact."""
    try:
        narrow = residues(p, "float32").chunk >= _SHORT
    except ValueError:
        narrow = False
    return host_products(p, "float32" if narrow else "float64", (width, width), 1)


def _swept(host: HostProducts, panel: Tensor, candidates: Places) -> Sweep:
    """The sweep of some rows of a panel: the one transfer of a panel to the host and back."""
    rows = panel.index_select(0, torch.from_numpy(candidates).to(panel.device))
    width = panel.shape[1]
    block = host.zeros(candidates.size, -(-width // host.columns) * host.columns)
    block[:, :width] = rows.cpu().numpy()
    return host.sweep(block, width)


def _outside(products: Products, panel: Tensor, chosen: Places, sweep: Sweep) -> Places:
    """The rows of a panel outside the span of the chosen ones: entries minus (entries at the pivots) inverse (pivot rows)."""
    rest = panel
    if chosen.size:
        expressed = sweep.table[sweep.rows][:, : panel.shape[1]]
        expressed[:, sweep.columns] = np.eye(chosen.size, dtype=expressed.dtype)
        factor = torch.from_numpy(np.ascontiguousarray(expressed)).to(panel.device, products.storage)
        rest = panel.clone()
        products.subtract(rest, panel.index_select(1, torch.from_numpy(sweep.columns).to(panel.device)), factor)
    return np.asarray(torch.nonzero((rest != 0).any(dim=1))[:, 0].cpu().numpy())


def _exchange(result: Factorization, chosen: Places) -> Places:
    """Swap the chosen rows of the current panel to its top; the place of each there."""
    k, r = chosen.size, result.rank
    places = chosen.copy()
    moved = np.flatnonzero(chosen >= k)
    if moved.size:
        vacant = np.setdiff1d(np.arange(k), chosen, assume_unique=True)
        places[moved] = vacant
        here, there = r + vacant, r + chosen[moved]
        result.rows[np.concatenate([here, there])] = result.rows[np.concatenate([there, here])]
        target, source = (torch.from_numpy(each).to(result.work.device) for each in (here, there))
        held = result.work.index_select(0, target)
        result.work.index_copy_(0, target, result.work.index_select(0, source))
        result.work.index_copy_(0, source, held)
    return places


def _inverse(sweep: Sweep, places: Places, products: Products) -> Tensor:
    """The inverse of the pivot block with its rows in their places and its columns ascending, on the device."""
    there = np.empty_like(places)
    there[places] = sweep.columns
    inverse = np.ascontiguousarray(sweep.table[sweep.rows][:, there])
    return torch.from_numpy(inverse).to(products.device, products.storage)


def solve_minor(result: Factorization, right_sides: NDArray[Any]) -> NDArray[np.int64]:
    """X with A[I, J] X = B mod p for the pivot rows I and columns J, ascending; B has ``rank`` rows of whole numbers below 2^53.

    Forward through L, whose diagonal blocks are identities, and back through U by the inverses of the pivot blocks.
    """
    products, device, p = result.products, result.work.device, result.products.p
    into = np.argsort(result.rows[: result.rank], kind="stable")
    sides = np.empty((result.rank, right_sides.shape[1]), dtype=np.int64)
    sides[into] = right_sides % p
    x = torch.zeros(result.depth(result.rank), sides.shape[1], dtype=products.storage, device=device)
    x[: result.rank] = products.balance(torch.from_numpy(sides).to(device))
    columns = torch.from_numpy(result.columns).to(device)
    with torch.inference_mode():
        for start, stop, _ in result.blocks[1:]:
            # Below ``start`` x is final; what pads the inner size is taken as zero.
            known = x[: result.depth(start)].clone()
            known[start:] = 0
            products.subtract(x[start:stop], result.work[start:stop, : known.shape[0]], known)
        for start, stop, inverse in reversed(result.blocks):
            if stop < result.rank:
                later = result.upper[start:stop].index_select(1, columns[stop:])
                products.subtract(x[start:stop], later, x[stop : result.rank])
            x[start:stop] = products.multiply(inverse, x[start:stop])
    found = x[: result.rank].to(torch.float64).cpu().numpy().astype(np.int64) % p
    return np.asarray(found[np.argsort(result.columns, kind="stable")])
