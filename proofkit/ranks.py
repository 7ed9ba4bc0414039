"""Certain bounds on the rank of a matrix, and the certificate that shows them.

A minor that is nonzero modulo a prime is nonzero: the rank modulo any prime is a lower bound over Q. An upper bound takes the
shape, or a factorization. Zero modulo a prime proves nothing, so without either the rank is bounded from below only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.errors import UsageError
from proofkit.fields import GF, Array, PrimeField
from proofkit.linalg import exact
from proofkit.linalg.elimination import Factorization, eliminate, solve_minor
from proofkit.linalg.elimination import echelon as reduced_echelon
from proofkit.linalg.factorization import Factors, found, multiplies_to, primes_below
from proofkit.linalg.matrices import Given, integer_words, load, read
from proofkit.linalg.products import passes_self_test

MatrixLike = Any
LARGEST_PRIME = 2**25  # of the elimination
_SMALL_PRIME = 251  # the largest whose residues are bytes
_SMALL = 2**15  # m n r up to which a factorization over Q is computed outright
_ELIMINATED = 128  # minors up to this size are left to the judge to eliminate; it can up to 256


@dataclass(frozen=True)
class RankResult:
    """``lower`` <= rank <= ``upper``, and by what: a minor at ``rows`` and ``columns`` that is nonzero modulo ``prime``, and the
    shape or a factorization with ``upper`` columns.

    ``grade`` is "computed" until :meth:`verify` has put the certificate before the judge.
    """

    lower: int
    upper: int
    shape: tuple[int, int]
    field: str
    prime: int | None
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    upper_by: str
    grade: str = "computed"
    _matrix: Given | None = dataclasses.field(default=None, repr=False)
    _minor: Factorization | None = dataclasses.field(default=None, repr=False)
    _factors: Factors | None = dataclasses.field(default=None, repr=False)
    _sealed: Certificate | None = dataclasses.field(default=None, repr=False)

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    def certificate(self, deterministic: bool = False) -> bytes:
        """The certificate, not yet judged. ``deterministic`` (to rank 256) makes the judge eliminate the minor itself; otherwise
        large minors are shown by solutions for hashed right-hand sides, with a soundness error of at most 2^-128.

        Raises :class:`UsageError` where the rank is too large for a deterministic one.
        """
        assert self._matrix is not None
        if deterministic and self.lower > 256:
            raise UsageError(f"a deterministic certificate is for ranks up to 256, not {self.lower}")
        entries, denominators = self._matrix.words()
        stated = written.entries_claim(self.shape, entries, denominators)
        claim = written.rank_claim(stated, self.field, self.lower, self.upper)
        proof = {"lower": self._lower_proof(claim, deterministic), "upper": self._upper_proof()}
        return compose("rank", claim, proof)

    def verify(self, deterministic: bool = False) -> RankResult:
        """The same result with the judge's grade; raises :class:`proofkit.certificates.Refused` should it refuse."""
        sealed = judged(self.certificate(deterministic))
        return replace(self, grade=sealed.verdict.verdict, _sealed=sealed)

    @property
    def sealed(self) -> Certificate | None:
        """The certificate that the judge accepted, after :meth:`verify`."""
        return self._sealed

    def content(self) -> dict[str, Any]:
        """The answer as JSON: {rank: {lower, upper, exact}, field, prime, grade}."""
        bounds = {"lower": self.lower, "upper": self.upper, "exact": self.exact}
        return {"rank": bounds, "field": self.field, "prime": self.prime, "grade": self.grade}

    def __str__(self) -> str:
        m, n = self.shape
        bounds = f"rank = {self.lower}" if self.exact else f"{self.lower} <= rank <= {self.upper}, undecided between"
        minor = f"a minor of {self.lower} rows that is nonzero mod {self.prime}" if self.lower else "nothing is needed"
        return f"{self.grade}: {bounds}, {m} x {n} matrix over {self.field}; from below by {minor}, from above by {self.upper_by}"

    def _lower_proof(self, claim: dict[str, Any], deterministic: bool) -> dict[str, Any]:
        if not self.lower or self.prime is None:
            return {}
        minor = written.minor(self.prime, self.rows, self.columns)
        if deterministic or self.lower <= _ELIMINATED:
            return {"by": "elimination", **minor}
        if self._minor is None:
            raise UsageError(f"certificates modulo {self.prime} are for ranks up to 256, not {self.lower}")
        count = written.vectors_needed(self.prime)
        sides = written.right_sides(claim, self.prime, minor["rows"], minor["columns"], count)
        found = solve_minor(self._minor, np.array(sides, dtype=np.int64).T)
        return {"by": "solutions", **minor, **written.solutions(count, found.T.ravel().tolist(), self.prime)}

    def _upper_proof(self) -> dict[str, Any]:
        if self._factors is None:
            return {"by": "shape"}
        left, right, denominator = self._factors
        hashed = self.shape[1] > 256
        return written.factorization(integer_words(left), integer_words(right), denominator, hashed)


def rank(
    a: MatrixLike,
    *,
    field: str | PrimeField = "Q",
    factors: tuple[MatrixLike, MatrixLike] | None = None,
    prime: int | None = None,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    seed: int | None = None,
) -> RankResult:
    """Certain bounds on the rank of an m x n matrix over Q or GF(p).

    ``a``: nested lists, a numpy array of integers, floats (their exact binary values) or Fractions, a scipy sparse matrix, or an
    array over Q or GF(p). ``field``: "Q", or "GF(p)" for the residues of the entries. ``factors``: (U, V) with a = U V, checked
    exactly, for an upper bound over Q. ``prime``: the one to use over Q, below 2^25. ``progress(columns done, all columns)`` is
    called as the elimination goes. ``seed``: of the random primes.

    Raises :class:`UsageError` for entries that are no exact numbers (nan, infinity, other types), for a field or prime that is
    not offered, for factors that do not multiply to ``a``, and where memory does not suffice.
    """
    matrix = read(a)
    system = _system(a, field)
    if system is not None:
        return _over_prime_field(matrix, system.p, threads, progress)
    result = _from_below(matrix, prime, threads, progress, Random(seed))
    if factors is not None:
        return _bounded_by(result, matrix, factors)
    return result if result.exact else _from_above(result, matrix)


def rank_of_file(path: Path, **options: Any) -> RankResult:
    """The rank of the matrix in a .npy or sparse .npz file; options as :func:`rank`. Raises :class:`UsageError` as it does."""
    return rank(load(path), **options)


def _system(a: MatrixLike, name: str | PrimeField) -> PrimeField | None:
    """The prime field, or None for Q."""
    if isinstance(name, PrimeField):
        return name
    if isinstance(a, Array) and isinstance(a.system, PrimeField):
        return a.system
    if name == "Q":
        return None
    digits = name.removeprefix("GF(").removesuffix(")")
    if name != f"GF({digits})" or not (digits.isascii() and digits.isdecimal() and len(digits) <= 20):
        raise UsageError(f"field {name!r}: write Q or GF(p)")
    try:
        return GF(int(digits))
    except ValueError as error:
        raise UsageError(f"field: {error}") from None


def _result(matrix: Given, field: str, p: int, minor: Factorization) -> RankResult:
    size = min(matrix.shape)
    return RankResult(
        minor.rank,
        size,
        matrix.shape,
        field,
        p,
        minor.pivot_rows(),
        minor.pivot_columns(),
        "its shape",
        "computed",
        matrix,
        minor,
    )


def _from_below(
    matrix: Given, prime: int | None, threads: int | None, progress: Callable[[int, int], None] | None, random: Random
) -> RankResult:
    """The best of a few primes: a small one where products of bytes are fast, then large random ones."""
    size = min(matrix.shape)
    best: RankResult | None = None
    for p in _primes(size, prime, random):
        try:
            residues = matrix.residues(p)
        except ValueError:
            if prime is not None:
                raise UsageError(f"prime {p}: it divides the denominator of an entry; take another") from None
            continue
        minor = eliminate(residues, p, threads=threads, lower_bound=p == _SMALL_PRIME and prime is None, progress=progress)
        if best is None or minor.rank > best.lower:
            best = _result(matrix, "Q", p, minor)
        if best.lower == size:
            break
    assert best is not None
    return best


def _primes(size: int, prime: int | None, random: Random) -> list[int]:
    if prime is not None:
        if not 2 <= prime < LARGEST_PRIME:
            raise UsageError(f"prime {prime}: the elimination takes primes below 2^25")
        _system(None, f"GF({prime})")
        return [prime]
    large = [next(primes_below(random.randrange(2**22, 2**23))) for _ in range(3 if size <= 512 else 2)]
    return [_SMALL_PRIME, *large] if size >= 128 and passes_self_test("int8") else large


def _over_prime_field(matrix: Given, p: int, threads: int | None, progress: Callable[[int, int], None] | None) -> RankResult:
    """The rank over GF(p), exactly; primes from 2^25 on through FLINT."""
    name = f"GF({p})"
    if matrix.floating:
        raise UsageError(f"field {name}: floats have no residues; give integers or Fractions")
    if p >= LARGEST_PRIME:
        return _by_flint(matrix, p)
    try:
        residues = matrix.residues(p)
    except ValueError:
        raise UsageError(f"field {name}: {p} divides the denominator of an entry") from None
    minor = eliminate(residues, p, threads=threads, progress=progress)
    result = _result(matrix, name, p, minor)
    if result.exact:
        return result
    left = residues[:, list(result.columns)] % p if residues.dtype != np.uint64 else residues[:, list(result.columns)]
    return _with(result, Factors(left, reduced_echelon(minor), 1), "a factorization")


def _by_flint(matrix: Given, p: int) -> RankResult:
    top = GF(p).array(matrix.integral()[0]) if matrix.denominators is None else GF(p).array(_fractions(matrix))
    profile = exact.rank_profile(top)
    r = len(profile.rows)
    result = RankResult(
        r, min(matrix.shape), matrix.shape, f"GF({p})", p, profile.rows, profile.columns, "its shape", "computed", matrix
    )
    if result.exact:
        return result
    left, right = exact.rank_factorization(top)
    return _with(result, Factors(left.planes[0], right.planes[0], 1), "a factorization")


def _fractions(matrix: Given) -> NDArray[Any]:
    from fractions import Fraction

    assert matrix.denominators is not None
    flat = [Fraction(int(a), int(b)) for a, b in zip(matrix.entries.flat, matrix.denominators.flat)]
    result = np.empty(len(flat), dtype=object)
    result[:] = flat
    return result.reshape(matrix.shape)


def _with(result: RankResult, factors: Factors, how: str) -> RankResult:
    return replace(result, upper=factors.left.shape[1], upper_by=how, _factors=factors)


def _bounded_by(result: RankResult, matrix: Given, given: tuple[MatrixLike, MatrixLike]) -> RankResult:
    """The upper bound that given factors show."""
    left, right = (read(factor) for factor in given)
    if left.shape[0] != matrix.shape[0] or right.shape[1] != matrix.shape[1] or left.shape[1] != right.shape[0]:
        raise UsageError(f"factors of shapes {left.shape} and {right.shape} do not fit a matrix of shape {matrix.shape}")
    (u, c), (v, d), (entries, scale) = left.integral(), right.integral(), matrix.integral()
    # a = u v / (c d), and scale a = entries.
    if not multiplies_to(Factors(u * scale, v, c * d), entries):
        raise UsageError("the factors do not multiply to the matrix; give U and V with U V equal to it exactly")
    if u.shape[1] >= result.upper:
        return result
    return _with(result, Factors(u, v, c * d), "the factors given")


def _from_above(result: RankResult, matrix: Given) -> RankResult:
    """Look for a factorization as narrow as the minor is large."""
    m, n = matrix.shape
    if m * n * result.lower <= _SMALL:
        return _outright(result, matrix)
    entries, scale = matrix.integral() if matrix.floating or matrix.denominators is not None else (matrix.entries, 1)
    factors = found(entries, result.rows, result.columns)
    if factors is None:
        return replace(result, upper_by="its shape (no factorization with small entries was found)")
    return _with(result, factors._replace(denominator=factors.denominator * scale), "a factorization")


def _outright(result: RankResult, matrix: Given) -> RankResult:
    """A factorization over Q by FLINT; it also corrects a lower bound that an unlucky prime made too small."""
    entries, scale = matrix.integral()
    left, right = exact.rank_factorization(entries)
    factors = Factors(left.planes[0], right.planes[0], left.denominator * right.denominator * scale)
    return _with(result, factors, "a factorization")
