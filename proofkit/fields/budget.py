"""The exactness budget: the one place that decides which machine type holds a sum without rounding or wrapping.

A sum of ``terms`` numbers of absolute value at most ``magnitude``, and every partial sum of it in any order, is at
most ``terms * magnitude``. It is exact in float64 below 2^53 and in int64 below 2^63; beyond that it is cut into
blocks that fit, where a reduction between blocks makes that possible, or is computed with Python integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

FLOAT64_LIMIT = 2**53
INT64_LIMIT = 2**63
PRIME_LIMIT = 2**64

# A float64 product goes through BLAS, which pays for itself even when it is cut into blocks of this many terms.
_USEFUL_FLOAT_BLOCK = 64


@dataclass(frozen=True)
class Budget:
    """``dtype`` holds the sum of any ``block`` of the terms exactly; at least one term always fits."""

    dtype: Literal["float64", "int64", "object"]
    block: int


def budget(magnitude: int, terms: int, *, large: bool = False) -> Budget:
    """The type for sums of ``terms`` integers of absolute value at most ``magnitude``.

    ``large`` asks for float64 (BLAS) where it is exact. A ``block`` below ``terms`` means that the sum must be cut;
    whoever cannot reduce between blocks uses Python integers. Raises ValueError for negative arguments.
    """
    if magnitude < 0 or terms < 0:
        raise ValueError(f"budget: magnitude and terms must not be negative, got {magnitude} and {terms}")
    magnitude, terms = max(magnitude, 1), max(terms, 1)
    float_block = (FLOAT64_LIMIT - 1) // magnitude
    if large and float_block >= min(terms, _USEFUL_FLOAT_BLOCK):
        return Budget("float64", min(terms, float_block))
    int_block = (INT64_LIMIT - 1) // magnitude
    if int_block:
        return Budget("int64", min(terms, int_block))
    return Budget("object", terms)


def representation(p: int, terms: int, *, large: bool = False) -> Budget:
    """The type for sums of ``terms`` products of residues modulo ``p`` in 0..p-1.

    ``terms`` is the product of the sizes of all indices summed in the step. Raises ValueError where p is not in
    2 <= p < 2^64, for which no array of residues is offered, and for negative ``terms``.
    """
    if not 2 <= p < PRIME_LIMIT:
        raise ValueError(f"representation: the modulus must satisfy 2 <= p < 2^64, got {p}")
    return budget((p - 1) ** 2, terms, large=large)


FLOAT32_LIMIT = 2**24
INT32_LIMIT = 2**31
_SHORTEST_CHUNK = 32  # below this the reductions cost more than the products

MachineType: TypeAlias = Literal["float64", "float32", "int8"]


@dataclass(frozen=True)
class Residues:
    """How residues mod p are held in ``dtype``: |x| <= ``magnitude``, and x = 0 exactly where x is 0 mod p.

    c - sum of at most ``chunk`` products of residues, |c| <= p, is exact in any order, and so is its reduction
    x - q p with q = rint(x * fl(1/p)). For int8 the left factors are in 0..p-1 and the sums are in int32.
    """

    p: int
    dtype: MachineType
    magnitude: int
    chunk: int


def residues(p: int, dtype: MachineType) -> Residues:
    """The budget of an elimination modulo p in a machine type. Raises ValueError where it has none.

    Floats with t bits (u = 2^-t): x * fl(1/p) has a relative error below 2u(1 + u), so |x - q p| <= p/2 + 2u|x|(1 + u). Sums
    below 2^t give |x - q p| < p/2 + 2.01, which is below p from p = 5 on; sums below 2^t / 8, taken for p < 16, give p/2 + 0.26,
    so that the integer x - q p is at most p // 2.
    """
    if p < 2:
        raise ValueError(f"residues: the modulus must be at least 2, got {p}")
    if dtype == "int8":
        magnitude, terms = p // 2, (INT32_LIMIT - 1 - p) // ((p - 1) * (p // 2))
        fits = magnitude <= 127
    else:
        limit = FLOAT64_LIMIT if dtype == "float64" else FLOAT32_LIMIT
        magnitude, limit = (p // 2 + 2, limit) if p >= 16 else (p // 2, limit // 8)
        terms = (limit - 1 - p) // magnitude**2
        fits = terms >= _SHORTEST_CHUNK
    if not fits:
        raise ValueError(f"residues: sums modulo {p} are not exact in {dtype}; take a smaller prime or a wider type")
    return Residues(p, dtype, magnitude, terms)


LIMB = 2**8  # bfloat16 holds whole numbers up to this
_LIMB_TERMS = (FLOAT32_LIMIT - 1) // (LIMB // 2) ** 2


def split_residues(p: int) -> Residues:
    """The budget of products mod p whose factors are cut in two limbs, x = 256 h + l, each of them a bfloat16.

    With |x| <= p // 2 + 2 <= 127 * 256 + 128, both limbs are at most 128, so that float32 holds the sums of ``chunk`` products of
    limbs; float64 holds 2^16 hh + 2^8 (hl + lh) + ll and reduces it. The residues themselves stand in float32. Raises ValueError
    where p is too large.
    """
    magnitude = p // 2 + 2
    if p < 16 or magnitude > (LIMB // 2 - 1) * LIMB + LIMB // 2:
        raise ValueError(f"split_residues: residues modulo {p} are not two limbs of bfloat16; take 16 <= p <= 65277")
    return Residues(p, "float32", magnitude, _LIMB_TERMS)
