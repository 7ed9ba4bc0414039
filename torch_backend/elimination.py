"""Elimination modulo a prime on a device: rank, pivots, solutions of dense matrices.

Two levels, as in ``proofkit.linalg.elimination``. A panel of columns is brought up to date by one long product with everything
found so far (left-looking, Crout), so that every entry is reduced mod p once a level and no large temporary exists. The pivots
of a panel are sought in a few of its rows: that small block goes to the host once a panel, where the CPU's own kernel sweeps it
and returns the inverse of the pivot block (a panel factored on the host: S. Tomov, J. Dongarra, M. Baboulin, Towards dense
linear algebra for hybrid GPU accelerated manycore systems, Parallel Computing 36, 2010). Where those rows do not have the
panel's rank, rows drawn from the nonzero residual join them.

While the host sweeps, the device works: the rows for the host are brought up to date first, and before it waits for them the
device is given the panel's other rows and, of the panel before, the rows of U right of this panel.

The matrix is factored in place as A[rows] = L U, L in the first columns of the work matrix, U to the right of its rows. Products
of bytes on GPUs read their right factor by columns. So there the columns are taken in groups, left to right, and U's part in a
group is held a second time, by columns, as long as the group lasts: n^2 bytes and a group's. The rank modulo p of an integer
matrix is a lower bound on its rank over Q, never an upper one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
from torch_backend.products import Path, Products, products_for

PRIME = 8_388_593  # the largest prime below 2^23
Progress: TypeAlias = Callable[[int, int], None]
Places: TypeAlias = NDArray[np.int64]

_SAMPLE = 8  # rows beyond the width of a panel that are searched for its pivots
_ALIGNED = 16  # rows of the work matrix begin at multiples of so many entries
_GROUP = 16_384  # columns, a multiple of 16, whose part of U is held by columns: enough tiles for all units of a large GPU
_DRAWN_AT_ONCE = {"cpu": 2**17, "cuda": 2**22}  # entries: in the cache of a CPU
_LIBRARIES = {"cpu": 2**22, "cuda": 2**27}  # bytes: sums that stay in the cache; workspaces of cuBLAS, rounding by the allocator
_SHORT = 64  # terms of float32 sums below which a pivot block is swept in float64


class Block(NamedTuple):
    """Pivots ``start`` .. ``stop`` - 1, and the inverse of their pivot block, balanced."""

    start: int
    stop: int
    inverse: Tensor

    @property
    def rows(self) -> slice:
        """Of the work matrix."""
        return slice(self.start, self.stop)


@dataclass
class Factorization:
    """A[rows] = L U mod p, ``rank`` pivots; rows[:rank] and columns[:rank] index a nonzero minor.

    ``operations`` counts multiplications and additions of what the elimination had to do, whatever it did.
    """

    products: Products
    shape: tuple[int, int]
    work: Tensor
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
        """So many columns of L, and a few more where the path wants a multiple; they meet rows of U's copy that are zero."""
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


def predicted_bytes(m: int, n: int, products: Products) -> int:
    """The most memory that an elimination takes on the device beyond its input, in bytes.

    The work matrix; U's part in a group of columns where it is held by columns; then either the rows that are drawn or balanced
    at once, or what a panel takes: its columns, their sums, moved rows, of bfloat16 the limbs; and what the libraries take.
    """
    size, width, most = products.storage.itemsize, panel_width(min(m, n)), min(m, n)
    held = (min(n, _GROUP) + _ALIGNED) * (most + _ALIGNED) if products.by_columns else 0
    limbs = 64 * width * (m + n) + 20 * min(most, products.budget.chunk) * (width + n) if products.path == "bfloat16" else 0
    panel = (4 * size + 4 * (size == 1)) * width * (m + n) + limbs
    drawn_at_once = 36 * min(m * n, max(_DRAWN_AT_ONCE[devices.kind(products.device)], n))
    return size * m * (n + _ALIGNED) + held + max(panel, drawn_at_once) + _LIBRARIES[devices.kind(products.device)]


def require_memory(m: int, n: int, products: Products) -> None:
    """Raise :class:`UsageError` with the numbers where the device has not enough memory free."""
    needed, free = predicted_bytes(m, n, products), devices.free_bytes(products.device)
    if needed > free:
        where = f"{needed / 2**30:.1f} GiB of memory on {products.device}, {free / 2**30:.1f} GiB are free"
        raise UsageError(f"the elimination of a {m} x {n} matrix in {products.path} needs {where}; nothing was computed")


def row_blocks(m: int, n: int, device: torch.device) -> list[slice]:
    """Blocks of rows that are drawn or balanced at once."""
    step = max(_DRAWN_AT_ONCE[devices.kind(device)] // max(n, 1), 1)
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
    result = Factorization(products, (m, n), work, np.arange(m), np.zeros(most, dtype=np.int64))
    step, done = panel or panel_width(most), 0
    with torch.inference_mode():
        for group in _groups(result, n):
            group.catch_up()
            while done < group.stop and result.rank < m:
                width = min(step, group.stop - done)
                group.eliminate(done, width)
                done += width
                if progress:
                    progress(done, n)
            del group  # before the next one holds as much
    result.columns = result.columns[: result.rank]
    return result


def _groups(result: Factorization, n: int) -> Iterator[_Group]:
    """All columns at once, or groups of them where U's part has to be held by columns."""
    step = _GROUP if result.products.by_columns else max(n, 1)
    for start in range(0, n, step):
        if result.rank < result.shape[0]:
            yield _Group(result, start, min(start + step, n))


class _Group:
    """Columns ``start`` .. ``stop`` - 1 of the work matrix, and U's part in them, by columns where the products want it so."""

    def __init__(self, result: Factorization, start: int, stop: int) -> None:
        self.result, self.start, self.stop = result, start, stop
        self.end = result.work.shape[1] if stop == result.shape[1] else stop  # with the zeros that pad the last group
        self.pending: Block | None = None  # the block whose rows are up to date only left of the next panel
        self.held: Tensor | None = None
        if result.products.by_columns:
            self.held = result.work.new_zeros(self.end - start, -(-result.columns.size // _ALIGNED) * _ALIGNED)

    def catch_up(self) -> None:
        """The rows of U that are there, in these columns."""
        for block in self.result.blocks:
            self._update(block, self.start, self.end)

    def eliminate(self, start: int, width: int) -> None:
        """Bring ``width`` columns up to date, find their pivots, extend L and U."""
        result, products, work, r = self.result, self.result.products, self.result.work, self.result.rank
        stop, depth = start + width, self.result.depth(self.result.rank)
        panel, sample = work[r:, start:stop], min(work.shape[0] - r, width + _SAMPLE)
        if self.pending:
            self._update(self.pending, start, stop)
        if r:
            products.subtract(panel[:sample], work[r : r + sample, :depth], self._upper(depth, start, stop))
        first = devices.fetch(panel[:sample])
        if r:
            products.subtract(panel[sample:], work[r + sample :, :depth], self._upper(depth, start, stop))
        if self.pending:
            self._update(self.pending, stop, self.end)
        chosen, sweep = _pivots(products, panel, first)
        self.pending = _extend(result, panel, chosen, sweep, start) if chosen.size else None

    def _update(self, block: Block, start: int, stop: int) -> None:
        """The rows of a block in columns ``start`` .. ``stop`` - 1, from L and the rows of U above them."""
        products, work = self.result.products, self.result.work
        rows, depth = work[block.rows, start:stop], self.result.depth(block.start)
        if block.start:
            products.subtract(rows, work[block.rows, :depth], self._upper(depth, start, stop))
        if self.held is not None:
            self.held[start - self.start : stop - self.start, block.rows] = rows.t()

    def _upper(self, depth: int, start: int, stop: int) -> Tensor:
        """The first rows of U in columns ``start`` .. ``stop`` - 1, as the products read them."""
        if self.held is None:
            return self.result.work[:depth, start:stop]
        return self.held[start - self.start : stop - self.start, :depth].t()


def _extend(result: Factorization, panel: Tensor, chosen: Places, sweep: Sweep, start: int) -> Block:
    """Move the pivots' rows of a panel to its top, and write L below them."""
    products, work, r, k = result.products, result.work, result.rank, chosen.size
    inverse = _inverse(sweep, _exchange(result, chosen), products)
    block = Block(r, r + k, inverse)
    if r + k < work.shape[0]:
        columns = devices.send(sweep.columns, work.device)
        work[r + k :, block.rows] = products.multiply(panel[k:].index_select(1, columns), inverse)
    result.columns[block.rows] = start + sweep.columns
    result.blocks.append(block)
    result.rank += k
    return block


def _pivots(products: Products, panel: Tensor, first: Callable[[], NDArray[Any]]) -> tuple[Places, Sweep]:
    """The rows of a panel that hold its pivots, and their sweep; the columns are the panel's column rank profile.

    ``first()``: the first few rows, which are on their way to the host.
    """
    m, width = panel.shape
    random, host = np.random.default_rng(width), _sweeper(products.p, width)
    entries = first()
    candidates = np.arange(len(entries))
    while True:
        sweep = _swept(host, entries)
        chosen = candidates[sweep.rows]
        if chosen.size == width or candidates.size == m:
            break
        nonzero = _outside(products, panel, chosen, sweep)
        if not nonzero.size:
            break
        more = random.choice(nonzero, min(nonzero.size, 2 * width), replace=False)
        candidates = np.concatenate([chosen, np.sort(more)])
        entries = panel.index_select(0, devices.send(candidates, panel.device)).cpu().numpy()
    if 0 < chosen.size < width and chosen.size < candidates.size:
        # With the other candidates gone, the leftmost pivots of these rows are those of the whole panel.
        sweep = _swept(host, entries[sweep.rows])
        chosen = chosen[sweep.rows]
    return chosen, sweep


def _sweeper(p: int, width: int) -> HostProducts:
    """The host's products for a pivot block, in float32 where that is exact."""
    try:
        narrow = residues(p, "float32").chunk >= _SHORT
    except ValueError:
        narrow = False
    return host_products(p, "float32" if narrow else "float64", (width, width), 1)


def _swept(host: HostProducts, entries: NDArray[Any]) -> Sweep:
    """The sweep of some rows of a panel, on the host."""
    rows, width = entries.shape
    block = host.zeros(rows, -(-width // host.columns) * host.columns)
    block[:, :width] = entries
    return host.sweep(block, width)


def _outside(products: Products, panel: Tensor, chosen: Places, sweep: Sweep) -> Places:
    """The rows of a panel outside the span of the chosen ones: entries minus (entries at the pivots) inverse (pivot rows)."""
    rest = panel
    if chosen.size:
        expressed = sweep.table[sweep.rows][:, : panel.shape[1]]
        expressed[:, sweep.columns] = np.eye(chosen.size, dtype=expressed.dtype)
        factor = devices.send(expressed, panel.device).to(products.storage)
        rest = panel.clone()
        products.subtract(rest, panel.index_select(1, devices.send(sweep.columns, panel.device)), factor)
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
        target, source = (devices.send(each, result.work.device) for each in (here, there))
        held = result.work.index_select(0, target)
        result.work.index_copy_(0, target, result.work.index_select(0, source))
        result.work.index_copy_(0, source, held)
    return places


def _inverse(sweep: Sweep, places: Places, products: Products) -> Tensor:
    """The inverse of the pivot block with its rows in their places and its columns ascending, on the device."""
    there = np.empty_like(places)
    there[places] = sweep.columns
    return devices.send(sweep.table[sweep.rows][:, there], products.device).to(products.storage)


def solve_minor(result: Factorization, right_sides: NDArray[Any]) -> NDArray[np.int64]:
    """X with A[I, J] X = B mod p for the pivot rows I and columns J, ascending; B has ``rank`` rows of whole numbers below 2^53.

    Forward through L, whose diagonal blocks are identities, and back through U by the inverses of the pivot blocks.
    """
    products, device, p = result.products, result.work.device, result.products.p
    into = np.argsort(result.rows[: result.rank], kind="stable")
    sides = np.empty((result.rank, right_sides.shape[1]), dtype=np.int64)
    sides[into] = right_sides % p
    x = products.balance(devices.send(sides, device))
    columns = devices.send(result.columns, device)
    with torch.inference_mode():
        for start, stop, _ in result.blocks[1:]:
            products.subtract(x[start:stop], result.work[start:stop, :start], x[:start])
        for start, stop, inverse in reversed(result.blocks):
            if stop < result.rank:
                later = result.work[start:stop].index_select(1, columns[stop:])
                products.subtract(x[start:stop], later, x[stop:])
            x[start:stop] = products.multiply(inverse, x[start:stop])
    found = x.to(torch.float64).cpu().numpy().astype(np.int64) % p
    return np.asarray(found[np.argsort(result.columns, kind="stable")])
