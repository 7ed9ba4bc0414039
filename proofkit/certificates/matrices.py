"""Certificates about the rank of one matrix: how the claim, its witnesses and the hashes are written (kind "rank")."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

from proofkit import verify

SECURITY = 128  # bits of soundness of everything that rests on hashing


class WordArray(Protocol):
    """An array of little-endian words."""

    @property
    def type(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def data(self) -> bytes: ...


def array(words: WordArray) -> dict[str, Any]:
    """Words as a certificate holds them."""
    return {"type": words.type, "width": words.width, "data": base64.b64encode(words.data).decode()}


def unsigned(numbers: Sequence[int], width: int) -> dict[str, Any]:
    """Nonnegative integers as words of ``width`` bytes."""
    data = b"".join(int(x).to_bytes(width, "little") for x in numbers)
    return {"type": "uint", "width": width, "data": base64.b64encode(data).decode()}


def entries_claim(shape: tuple[int, int], entries: WordArray, denominators: WordArray | None) -> dict[str, Any]:
    """A matrix stated by its entries."""
    below = {} if denominators is None else array(denominators)
    return {"kind": "entries", "rows": shape[0], "columns": shape[1], "entries": array(entries), "denominators": below}


def rank_claim(matrix: dict[str, Any], field: str, at_least: int, at_most: int) -> dict[str, Any]:
    """The claim at_least <= rank <= at_most over Q or GF(p)."""
    return {"matrix": matrix, "field": field, "at_least": at_least, "at_most": at_most}


def vectors_needed(bound: int) -> int:
    """The least k with bound^-k <= 2^-128."""
    return next(k for k in itertools.count(1) if bound**k >= 2**SECURITY)


def right_sides(claim: dict[str, Any], prime: int, rows: dict[str, Any], columns: dict[str, Any], count: int) -> list[list[int]]:
    """The right-hand sides that the hash of the claim, prime, rows and columns demands."""
    size = claim["at_least"]
    facts = {
        "tag": "proofkit/right-hand-sides/1",
        "format": "proofkit-rank/1",
        "claim": verify.digest(claim),
        "matrix": verify.digest(claim["matrix"]),
        "prime": str(prime),
        "rows": verify.digest(rows),
        "columns": verify.digest(columns),
        "count": count,
    }
    flat = residues_from(hashlib.shake_256(verify.canonical(facts)), prime, count * size)
    return [flat[i * size : (i + 1) * size] for i in range(count)]


def residues_from(stream: Any, bound: int, count: int) -> list[int]:
    """``count`` numbers below ``bound`` from a SHAKE stream, words with their high bits cleared, too large ones rejected."""
    bits = (bound - 1).bit_length()
    size = -(-bits // 8)
    words = 2 * count + 64
    while True:
        raw = stream.digest(words * size)
        masked = (int.from_bytes(raw[i : i + size], "little") % 2**bits for i in range(0, len(raw), size))
        accepted = list(itertools.islice((x for x in masked if x < bound), count))
        if len(accepted) == count:
            return accepted
        words *= 2


def minor(prime: int, rows: Sequence[int], columns: Sequence[int]) -> dict[str, Any]:
    """The prime, rows and columns of a minor."""
    return {"prime": str(prime), "rows": unsigned(rows, 4), "columns": unsigned(columns, 4)}


def solutions(count: int, flat: Sequence[int], prime: int) -> dict[str, Any]:
    """Solutions for hashed right-hand sides, one after another."""
    return {"count": count, "solutions": unsigned(flat, -(-(prime - 1).bit_length() // 8))}


def factorization(left: WordArray, right: WordArray, denominator: int, hashed: bool) -> dict[str, Any]:
    """A = left right / denominator, multiplied out by the judge, or compared at hashed vectors."""
    by = "hashed factorization" if hashed else "factorization"
    return {"by": by, "left": array(left), "right": array(right), "denominator": str(denominator)}


def by_primes(
    claim: dict[str, Any],
    columns: Sequence[int],
    width: int,
    bits: int,
    combination: Callable[[int, list[int]], list[int]],
    degree: int = 0,
    **named: Any,
) -> dict[str, Any]:
    """An upper bound on the rank of a matrix A with ``width`` columns, in characteristic 0, by columns that span all modulo
    primes that a hash of the claim and the columns picks.

    ``bits`` and ``degree`` are of an entry, in the weights where all of these are meant; ``combination(p, x)`` is the y with
    A x = A[:, columns] y mod p.
    """
    facts, solutions = prime_facts(claim, columns, bits, degree, **named), []
    for p in itertools.islice(hashed_primes(facts), facts["count"]):
        tagged = {"tag": "proofkit/test-vector/1", **facts, "prime": str(p)}
        x = residues_from(hashlib.shake_256(verify.canonical(tagged)), p, width)
        solutions.append(unsigned(combination(p, x), 8))
    return {"by": "hashed primes", "columns": unsigned(columns, 4), "solutions": solutions}


def prime_facts(claim: dict[str, Any], columns: Sequence[int], bits: int, degree: int = 0, **named: Any) -> dict[str, Any]:
    """What primes, weights and vectors are drawn from: the claim, the columns that shall span all, how many primes it takes."""
    size = len(columns)
    bad = (size + 1) * (bits + size.bit_length() + degree) + 1
    count = next(k for k in itertools.count(1) if bad**k << SECURITY <= 1 << 59 * k)
    digests = {name: verify.digest(part) for name, part in {**named, "claim": claim, "columns": unsigned(columns, 4)}.items()}
    return {"format": "proofkit-rank/1", "count": count, **digests}


def hashed_primes(facts: dict[str, Any]) -> Iterator[int]:
    """Primes between 2^60 and 2^61 that a hash picks."""
    stream = hashlib.shake_256(verify.canonical({"tag": "proofkit/primes/1", **facts}))
    flat = residues_from(stream, 2**60, 500 * facts["count"])
    return (p for x in flat if verify.is_prime(p := 2**60 + x))


def weights_at(facts: dict[str, Any], p: int, node: str, rows: int, columns: int) -> list[list[int]]:
    """The weights mod p of a node, or of a level that shares them, at which a bound for all weights is shown; see prime_facts."""
    tagged = {"tag": "proofkit/weights/1", **facts, "prime": str(p), "node": node}
    flat = residues_from(hashlib.shake_256(verify.canonical(tagged)), p, rows * columns)
    return [flat[i * columns : (i + 1) * columns] for i in range(rows)]
