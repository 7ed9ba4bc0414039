"""The rank of a matrix modulo a prime, by blocked Gaussian elimination in float64 on any device.

A panel of columns is eliminated column by column; what it does to the columns on its right is one triangular inverse and one
matrix product, so almost all work is in products. Every product of residues sums at most PANEL terms below p^2, which float64
holds exactly (:func:`largest_prime_exclusive`). The rank modulo p of an integer matrix is a lower bound on its rank over Q,
never an upper one.
"""

from __future__ import annotations

import torch

PANEL = 64
PRIME = 8_388_593  # the largest prime below 2^23


def largest_prime_exclusive() -> int:
    """Primes below this are exact: PANEL (p - 1)^2 + p < 2^53."""
    return int(((2**53 - 2**27) // PANEL) ** 0.5)


def rank(matrix: torch.Tensor, p: int) -> int:
    """The rank of an m x n matrix of residues 0 .. p-1 (any numeric type; it is copied to float64 on its device).

    Raises ValueError for a modulus that is too large for exact float64 sums, and for tensors that are not matrices.
    """
    if matrix.ndim != 2:
        raise ValueError(f"rank: needs a matrix, got shape {tuple(matrix.shape)}")
    if not 2 <= p < largest_prime_exclusive():
        raise ValueError(f"rank: the modulus {p} is not below {largest_prime_exclusive()}, where float64 sums are exact")
    work = matrix.to(torch.float64, copy=True)
    if work.shape[0] < work.shape[1]:
        work = work.T.contiguous()
    found = 0
    for start in range(0, work.shape[1], PANEL):
        if found == work.shape[0]:
            break
        stop = min(start + PANEL, work.shape[1])
        found += _eliminate(work[found:], start, stop, p)
    return found


def _eliminate(rows: torch.Tensor, start: int, stop: int, p: int) -> int:
    """Clear the columns start .. stop below their pivots, in these rows and those right of them; the number of pivots."""
    panel = rows[:, start:stop]
    factors = torch.zeros(rows.shape[0], stop - start, dtype=rows.dtype, device=rows.device)
    count = 0
    for column in range(stop - start):
        if count == rows.shape[0]:
            break
        candidates = torch.nonzero(panel[count:, column])
        if not len(candidates):
            continue
        pivot = count + int(candidates[0, 0])
        if pivot != count:
            for part in (rows, factors):
                part[[count, pivot]] = part[[pivot, count]]
        inverse = pow(int(panel[count, column]), -1, p)
        factor = torch.remainder(panel[count + 1 :, column] * inverse, p)
        factors[count + 1 :, count] = factor
        update = factor[:, None] * panel[count, column:][None, :]
        panel[count + 1 :, column:] = torch.remainder(panel[count + 1 :, column:] - update, p)
        count += 1
    if stop < rows.shape[1] and count:
        _update(rows[:, stop:], factors[:, :count], count, p)
    return count


def _update(right: torch.Tensor, factors: torch.Tensor, count: int, p: int) -> None:
    """Do to the columns on the right what the panel's elimination did: top = L^-1 top, rest = rest - F top."""
    inverse = _unit_lower_inverse(factors[:count], p)
    top = torch.remainder(inverse @ right[:count], p)
    right[:count] = top
    if right.shape[0] > count:
        right[count:] = torch.remainder(right[count:] - factors[count:] @ top, p)


def _unit_lower_inverse(factors: torch.Tensor, p: int) -> torch.Tensor:
    """The inverse modulo p of the unit lower triangular matrix with these entries below its diagonal."""
    size = factors.shape[0]
    inverse = torch.eye(size, dtype=factors.dtype, device=factors.device)
    for i in range(1, size):
        inverse[i] = torch.remainder(inverse[i] - factors[i, :i] @ inverse[:i], p)
    return inverse
