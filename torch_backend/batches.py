"""Many small matrices at once: their ranks modulo a prime, and how the ranks of random networks are distributed.

"Almost every network has rank k" says that some k x k minor is a polynomial in the weights that is not zero. Modulo p it may
vanish at some of the finitely many weights; the Schwartz-Zippel bound says at how many. Counting is a check of both.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.fields.budget import residues
from torch_backend.drawing import drawn

_AT_ONCE = 2**24  # entries of all matrices that are held together
_CERTAINTY = 1e-9  # how improbable an excess over the bound has to be before it counts


def ranks(matrices: Tensor, p: int) -> Tensor:
    """The ranks mod p of a batch (B, m, n) of whole numbers, of absolute value below 2^53: int64 (B,), on their device.

    A column at a time in all of them; row i becomes pivot * row i - a_i * pivot row, so that nothing is inverted. Raises
    :class:`UsageError` for another shape and for a modulus without exact sums in float64.
    """
    if matrices.ndim != 3:
        raise UsageError(f"ranks: needs a batch of matrices, got shape {tuple(matrices.shape)}")
    count, m, n = matrices.shape
    cached = 2**17 if matrices.device.type == "cpu" else _AT_ONCE
    step = max(cached // max(m * n, 1), 1)
    found = [_ranks(matrices[start : start + step], p) for start in range(0, count, step)]
    return torch.cat(found) if found else torch.zeros(0, dtype=torch.int64, device=matrices.device)


def _ranks(matrices: Tensor, p: int) -> Tensor:
    """The ranks of a batch that is eliminated at once."""
    work = _reduced(torch.remainder(matrices, p).to(_machine_type(p), copy=True), p)
    if work.shape[1] < work.shape[2]:
        work = work.transpose(1, 2).contiguous()
    count, rows, columns = work.shape
    free = torch.ones(count, rows, dtype=work.dtype, device=work.device)
    found = torch.zeros(count, dtype=torch.int64, device=work.device)
    if not rows:
        return found
    for j in range(columns):
        column = work[:, :, j] * free
        place = column.abs().argmax(dim=1, keepdim=True)
        pivot = column.gather(1, place)
        exists = pivot != 0
        found += exists[:, 0]
        free.scatter_(1, place, torch.where(exists, 0, free.gather(1, place)))
        rest = work[:, :, j + 1 :]
        row = rest.gather(1, place[:, :, None].expand(-1, 1, rest.shape[2]))
        column.scatter_(1, place, 0)
        rest.mul_(torch.where(exists, pivot, 1)[:, :, None]).addcmul_(column[:, :, None], row, value=-1)
        _reduced(rest, p)
    return found


def _machine_type(p: int) -> torch.dtype:
    """float32 where it holds two products of residues."""
    for name, dtype in (("float32", torch.float32), ("float64", torch.float64)):
        try:
            residues(p, name)  # type: ignore[arg-type]
        except ValueError:
            continue
        return dtype
    raise UsageError(f"ranks: the modulus {p} has no exact sums in float64; take a prime below 2^25")


def _reduced(x: Tensor, p: int) -> Tensor:
    """Balanced residues, in place (fields.budget.residues)."""
    return x.sub_(torch.mul(x, 1 / p).round_(), alpha=p)


@dataclass(frozen=True)
class Distribution:
    """How many networks with uniform weights over GF(p) have which rank; the entries have this degree in the weights.

    The largest rank seen is attained at a point, so its minor is no zero polynomial mod p, and the Schwartz-Zippel bound holds:
    at most a share rank * degree / p of all weights has less (J. T. Schwartz, 1980; R. Zippel, 1979).
    """

    p: int
    degree: int
    ranks: dict[int, int]

    @property
    def count(self) -> int:
        """The number of networks."""
        return sum(self.ranks.values())

    @property
    def rank(self) -> int:
        """The largest rank seen."""
        return max(self.ranks)

    @property
    def below(self) -> float:
        """The share of networks with less."""
        return 1 - self.ranks[self.rank] / self.count

    @property
    def bound(self) -> float:
        """What the Schwartz-Zippel bound allows."""
        return min(1.0, self.rank * self.degree / self.p)

    @property
    def within(self) -> bool:
        """Whether the share is within the bound, up to chance: beyond with probability at most 1e-9 (W. Hoeffding, 1963)."""
        return self.below <= self.bound + math.sqrt(math.log(1 / _CERTAINTY) / (2 * self.count))

    def __str__(self) -> str:
        text = f"of {self.count} random networks over GF({self.p}), {100 * (1 - self.below):.2f}% have rank {self.rank}"
        return f"{text}; below it are {100 * self.below:.2f}%, Schwartz-Zippel allows {100 * self.bound:.2f}%"


def distribution(
    dim: int, channels: Sequence[int], p: int, count: int, seed: int, device: torch.device, shared: bool = False
) -> Distribution:
    """The ranks, odd | even modes, of deep networks with 2^L modes of ``dim``, ``channels`` r_0 .. r_{L-1} and random weights."""
    found: dict[int, int] = {}
    size = max(channels) * dim ** (2 ** len(channels))
    step = max(_AT_ONCE // size, 1)
    for start in range(0, count, step):
        batch = matricizations(dim, channels, p, min(step, count - start), seed + start, device, shared)
        values, counts = torch.unique(ranks(batch, p), return_counts=True)
        for rank, times in zip(values.tolist(), counts.tolist()):
            found[rank] = found.get(rank, 0) + times
    return Distribution(p, 2 ** (len(channels) + 1) - 1, found)


def matricizations(
    dim: int, channels: Sequence[int], p: int, count: int, seed: int, device: torch.device, shared: bool = False
) -> Tensor:
    """``count`` matricizations mod p, (count, rows, columns), rows the first, third, ... modes; weights drawn by the seed."""
    if p > 8_388_593 or max(channels) > 512:
        raise UsageError(f"random networks are for primes up to 8388593 and up to 512 channels, not {p} and {max(channels)}")
    levels = len(channels)
    weights = _weights(dim, channels, p, count, seed, device, shared)
    # A channel of a node is a matrix: (count, channels, rows, columns).
    nodes = [next(weights).reshape(count, channels[0], *((dim, 1) if mode % 2 == 0 else (1, dim))) for mode in range(2**levels)]
    for _ in range(levels):
        nodes = [_joined(next(weights), left, right, p) for left, right in zip(nodes[::2], nodes[1::2])]
    return nodes[0][:, 0]


def _weights(
    dim: int, channels: Sequence[int], p: int, count: int, seed: int, device: torch.device, shared: bool
) -> Iterator[Tensor]:
    """The weights of each node, leaves first: (count, channels out, channels in), float64, balanced."""
    levels = len(channels)
    shapes = [(channels[0], dim), *((channels[level], channels[level - 1]) for level in range(1, levels)), (1, channels[-1])]
    for level, (leaving, entering) in enumerate(shapes):
        for place in range(2 ** (levels - level)):
            if not (shared and place):
                flat = drawn(slice(0, 1), count * leaving * entering, p, seed * 2**20 + 2**10 * level + place, device)
                held = _reduced(flat.to(torch.float64).reshape(count, leaving, entering), p)
            yield held


def _joined(weights: Tensor, left: Tensor, right: Tensor, p: int) -> Tensor:
    """Kronecker products of two children, channel by channel, and their combinations by the weights of the node above."""
    (count, channels, m, n), (_, _, s, t) = left.shape, right.shape
    product = _reduced(left[:, :, :, None, :, None] * right[:, :, None, :, None, :], p)
    combined = _reduced(torch.bmm(weights, product.reshape(count, channels, -1)), p)
    return combined.reshape(count, -1, m * s, n * t)
