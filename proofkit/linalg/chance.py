"""What several random primes say of a rank over Q that they do not decide: a probability, and no more.

Let A be an integer matrix of rank > r. Some (r + 1)-minor of it is not 0, and where the rank modulo p is at most r, p divides
this minor. By Hadamard's inequality its absolute value is at most H, the product of the r + 1 largest Euclidean norms of rows
(or of columns), so at most log H / log 2^22 primes from 2^22 on divide it. Primes drawn uniformly and independently from those
between 2^22 and 2^23 all hide a larger rank with a probability of at most (that number / number of primes there) ** draws.

It is a probability over the draws, for an A that was there before them. It says nothing of an A that was made for the primes,
such as those that a known seed draws, and it is never a bound on the rank.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from random import Random, SystemRandom
from typing import Any

import flint
from numpy.typing import NDArray

LOWEST, BEYOND = 2**22, 2**23
PRIMES = 268_216  # from LOWEST to BEYOND


@dataclass(frozen=True)
class Chance:
    """If the rank were larger than was found, the drawn primes would all have hidden it with probability at most ``at_most``.

    ``dividing`` (>= 1) of the ``among`` primes that could be drawn can hide it, at most; ``source``: of the randomness.
    """

    primes: tuple[int, ...]
    dividing: int
    among: int
    source: str

    @property
    def at_most(self) -> Fraction:
        """(dividing / among) ** draws, at most 1."""
        return min(Fraction(self.dividing, self.among), Fraction(1)) ** len(self.primes)

    @property
    def bits(self) -> int:
        """The largest b with at_most <= 2^-b."""
        return (self.at_most.denominator // self.at_most.numerator).bit_length() - 1

    def content(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "at_most": f"2^-{self.bits}",
            "primes": list(self.primes),
            "dividing": self.dividing,
            "among": self.among,
            "source": self.source,
        }

    def __str__(self) -> str:
        drawn = f"{len(self.primes)} primes drawn from the {self.among} between 2^22 and 2^23 ({self.source})"
        return f"no proof: if the rank were larger, {drawn} would all have hidden it with probability <= 2^-{self.bits}"


def random_primes(random: Random) -> Iterator[int]:
    """Primes drawn uniformly and independently between LOWEST and BEYOND."""
    while True:
        candidate = random.randrange(LOWEST, BEYOND)
        if flint.fmpz(candidate).is_prime():
            yield candidate


def generator(seed: int | None) -> tuple[Random, str]:
    """A source of randomness and its description: the operating system's, or Python's from a seed."""
    return (SystemRandom(), "by the operating system") if seed is None else (Random(seed), f"from seed {seed}")


def chance(entries: NDArray[Any], scale: int, size: int, primes: tuple[int, ...], source: str) -> Chance:
    """The probability that all ``primes`` hide a nonzero minor of ``size`` rows of the integer matrix ``entries``.

    The primes that divide ``scale``, the common denominator that was multiplied away, could not be drawn.
    """
    odd = scale // (scale & -scale)
    lost = odd.bit_length() // (LOWEST.bit_length() - 1)
    return Chance(primes, most_dividing(entries, size), max(PRIMES - lost, 1), source)


def most_dividing(entries: NDArray[Any], size: int) -> int:
    """At least as many as the primes from LOWEST on that divide a nonzero minor of ``size`` rows."""
    bits = min(_bits(entries, size), _bits(entries.T, size)) + math.ceil(size * math.log2(size) / 2)
    return max(bits // (LOWEST.bit_length() - 1), 1)


def _bits(entries: NDArray[Any], size: int) -> int:
    """The bits of the largest entries of the ``size`` largest rows, added up; the norms are at most sqrt(size) times those."""
    highest, lowest = entries.max(axis=1), entries.min(axis=1)
    lengths = sorted((max(int(a), -int(b)).bit_length() for a, b in zip(highest, lowest)), reverse=True)
    return sum(lengths[:size])
