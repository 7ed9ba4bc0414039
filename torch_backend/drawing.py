"""Random residues drawn where they are needed: the same on every device, entry by entry, from a seed."""

from __future__ import annotations

import torch
from torch import Tensor

_GOLDEN, _FACTORS = 0x9E3779B97F4A7C15, (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


def drawn(rows: slice, columns: int, p: int, seed: int, device: torch.device) -> Tensor:
    """Some rows of the matrix of a seed: entry (i, j) is hashed(2048 hashed(seed) + i columns + j) mod p, on every device.

    int64; one residue is more probable than another by a factor of at most 1 + p / 2^53.
    """
    i = torch.arange(rows.start, rows.stop, dtype=torch.int64, device=device)
    j = torch.arange(columns, dtype=torch.int64, device=device)
    x = (i[:, None] * columns + j + _signed(hashed(seed) << 11)) * _signed(_GOLDEN)
    x = (x ^ _shifted(x, 30)) * _signed(_FACTORS[0])
    x = (x ^ _shifted(x, 27)) * _signed(_FACTORS[1])
    found: Tensor = torch.remainder(_shifted(x ^ _shifted(x, 31), 11), p)
    return found


def hashed(x: int) -> int:
    """The top 53 bits of splitmix64 (G. L. Steele, D. Lea, C. H. Flood, Fast splittable pseudorandom number generators, 2014)."""
    x = x * _GOLDEN % 2**64
    x = (x ^ x >> 30) * _FACTORS[0] % 2**64
    x = (x ^ x >> 27) * _FACTORS[1] % 2**64
    return (x ^ x >> 31) >> 11


def _signed(x: int) -> int:
    """The int64 with these 64 bits."""
    return (x + 2**63) % 2**64 - 2**63


def _shifted(x: Tensor, by: int) -> Tensor:
    """A logical shift to the right of int64 words."""
    found: Tensor = (x >> by) & (2 ** (64 - by) - 1)
    return found
