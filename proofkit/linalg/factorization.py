"""Rank factorizations over Q: given ones checked exactly, and found ones made certain.

A = L R / d with s columns in L shows rank(A) <= s, whatever found it. A candidate comes from echelon forms modulo primes,
joined by the Chinese remainder theorem and read as fractions; it is accepted only after d A = L R has been checked modulo so many
primes that their product exceeds twice anything the difference can be, which makes it an equality of integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from random import Random
from typing import Any, NamedTuple

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.linalg.elimination import echelon, eliminate, multiply

Integers = NDArray[Any]

_MOST_PRIMES = 32  # joined for a candidate: fractions up to about 340 bits
_MOST_ENTRIES = 2**21  # of the factor that is reconstructed, times primes
_MOST_MISSED = 8  # primes with other pivot columns, after which the columns are taken to be wrong
_SAMPLE = 64  # entries that are reconstructed before all of them are


class Factors(NamedTuple):
    """A = left right / denominator, all of them integers."""

    left: Integers
    right: Integers
    denominator: int


def primes_below(bound: int) -> Iterator[int]:
    """The primes below ``bound``, largest first."""
    for candidate in range(bound - 1, 1, -1):
        if flint.fmpz(candidate).is_prime():
            yield candidate


def multiplies_to(factors: Factors, entries: Integers) -> bool:
    """Whether left right = denominator * entries, certainly: modulo enough primes to tell the integers apart."""
    left, right, denominator = factors
    largest = denominator * _magnitude(entries) + left.shape[1] * _magnitude(left) * _magnitude(right)
    product = 1
    for p in primes_below(2**24):
        if product > 2 * largest:
            return True
        if (multiply(_modulo(left, p), _modulo(right, p), p) - _modulo(entries, p) * (denominator % p)).__mod__(p).any():
            return False
        product *= p
    return False


def found(entries: Integers, rows: tuple[int, ...], columns: tuple[int, ...]) -> Factors | None:
    """A factorization of an integer matrix through the given columns, where small fractions give one; else None.

    ``rows`` and ``columns`` are those of a nonzero minor that is as large as the rank is believed to be.
    """
    r, n = len(columns), entries.shape[1]
    chosen = entries[list(rows)]
    modulus, joined, wanted, used, missed = 1, np.zeros((r, n), dtype=object), 1, 0, 0
    for p in primes_below(2**24):
        if used == _MOST_PRIMES or missed == _MOST_MISSED or (used and used * r * n > _MOST_ENTRIES):
            return None
        part = eliminate(_modulo(chosen, p), p)
        if part.pivot_columns() != columns:
            missed += 1
            continue
        joined, modulus, used = _joined(joined, modulus, echelon(part), p), modulus * p, used + 1
        if used < wanted:
            continue
        wanted *= 2
        candidate = _fractions(joined, modulus)
        if candidate is not None:
            factors = Factors(entries[:, list(columns)], *candidate)
            if multiplies_to(factors, entries):
                return factors
    return None


def _joined(x: Integers, modulus: int, residues: Integers, p: int) -> Integers:
    """The numbers mod modulus * p that are x mod modulus and ``residues`` mod p."""
    if modulus == 1:
        return residues.astype(object)
    step = (residues - _modulo(x, p)) % p * pow(modulus, -1, p) % p
    return np.asarray(x + step.astype(object) * modulus)


def _fractions(joined: Integers, modulus: int) -> tuple[Integers, int] | None:
    """Small integers and a denominator that the residues stand for: read off a sample, then applied to all."""
    flat = joined.ravel()
    sample = Random(0).sample(range(flat.size), min(_SAMPLE, flat.size))
    denominator = 1
    for place in sample:
        fraction = rational(int(flat[place]) * denominator % modulus, modulus)
        if fraction is None:
            return None
        denominator *= fraction.denominator
    if denominator**2 > modulus:
        return None
    scaled = joined * denominator % modulus
    balanced = np.where(scaled > modulus // 2, scaled - modulus, scaled)
    return balanced, denominator


def rational(residue: int, modulus: int) -> Fraction | None:
    """The fraction a/b with |a|, b <= sqrt(modulus / 2) that is the residue, where there is one (P. S. Wang, 1981)."""
    bound = math.isqrt(modulus // 2)
    a, b, u, v = modulus, residue, 0, 1
    while b > bound:
        q = a // b
        a, b, u, v = b, a - q * b, v, u - q * v
    if abs(v) > bound or math.gcd(b, v) != 1:
        return None
    return Fraction(b, v)


def _magnitude(x: Integers) -> int:
    return max(abs(int(x.max())), abs(int(x.min())), 1) if x.size else 1


def _modulo(x: Integers, p: int) -> NDArray[np.int64]:
    if x.dtype == object:
        return np.array([int(entry) % p for entry in x.flat], dtype=np.int64).reshape(x.shape)
    return np.asarray(x.astype(np.int64) % p) if x.dtype != np.uint64 else (x % np.uint64(p)).astype(np.int64)
