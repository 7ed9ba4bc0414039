"""Certain bounds on the rank of a matrix, and the certificate that shows them.

A minor that is nonzero modulo a prime is nonzero: the rank modulo any prime is a lower bound over Q. An upper bound takes the
shape, or a factorization. Zero modulo a prime proves nothing, so without either the rank is bounded from below only, and random
primes add a probability (``linalg.chance``). Matrices in an interval are bounded from below by verified floating point.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any, NamedTuple, Protocol

import flint
import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.errors import UsageError
from proofkit.fields import GF, Array, PrimeField, RoundedArray
from proofkit.fields.budget import MachineType
from proofkit.linalg import exact
from proofkit.linalg.chance import Chance, chance, generator, random_primes
from proofkit.linalg.elimination import LARGEST_PRIME, Factorization, choose_type, eliminate, predicted_bytes, solve_minor
from proofkit.linalg.elimination import echelon as reduced_echelon
from proofkit.linalg.factorization import Factors, found, multiplies_to, primes_below
from proofkit.linalg.floating import lower_bound
from proofkit.linalg.matrices import Given, integer_words, load, read
from proofkit.linalg.memory import available_bytes
from proofkit.linalg.operators import Operator, blocks_for
from proofkit.linalg.products import magnitude, passes_self_test
from proofkit.linalg.structured import PoolingMatrix
from proofkit.linalg.wiedemann import Solving, wiedemann_rank, wiedemann_solve

MatrixLike = Any
Residues = NDArray[np.int64]
Places = tuple[tuple[int, ...], tuple[int, ...]]  # rows and columns
Progress = Callable[[int, int], None]
LARGEST_CERTIFICATE = 64_000_000  # bytes
_SMALL_PRIME = 251  # the largest whose residues are bytes
_SMALL = 2**20  # m n r, times words of the entries, up to which a factorization over Q is computed outright
_MOST_SPANNED = 2**20  # entries of a matrix whose rank is bounded modulo hashed primes
_SHAPE, _CORE, _CUT = "its shape", "diagonal core", "cut"
_PRIMES = "its rank modulo hashed primes (error <= 2^-128)"
_ELIMINATED = 128  # minors up to this size are left to the judge to eliminate; it can up to 256


class Spanned(NamedTuple):
    """That some columns J span a matrix A modulo primes that a hash picks: the entries of A have at most so many bits, and
    ``combination(p, x)`` is the y with A x = A[:, J] y mod p."""

    bits: int
    combination: Callable[[int, list[int]], list[int]]


class Stated(Protocol):
    """A matrix that a certificate states by a recipe."""

    @property
    def shape(self) -> tuple[int, int]: ...

    def claim(self) -> dict[str, Any]:
        """The recipe."""
        ...


@dataclass(frozen=True)
class RankResult:
    """``lower`` <= rank <= ``upper``, and by what: a minor at ``rows`` and ``columns`` that is nonzero modulo ``prime``, and the
    shape or a factorization with ``upper`` columns; or, of a network's matricization, the nonzeros of its diagonal core.

    ``grade`` is "computed" until :meth:`verify` has put the certificate before the judge. ``chance``: where the bounds over Q do
    not meet, with what probability at most the random primes hide a larger rank. It proves nothing, and no certificate holds it.
    """

    lower: int
    upper: int
    shape: tuple[int, int]
    field: str
    prime: int | None
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    lower_by: str
    upper_by: str
    grade: str = "computed"
    chance: Chance | None = None
    _matrix: Given | Stated | None = dataclasses.field(default=None, repr=False)
    _solve: Callable[[Residues], Residues] | None = dataclasses.field(default=None, repr=False)
    _factors: Factors | None = dataclasses.field(default=None, repr=False)
    _spanned: Spanned | None = dataclasses.field(default=None, repr=False)
    _upper: dict[str, Any] | None = dataclasses.field(default=None, repr=False)
    _sealed: Certificate | None = dataclasses.field(default=None, repr=False)

    @property
    def exact(self) -> bool:
        """Whether the bounds meet."""
        return self.lower == self.upper

    @property
    def certifiable(self) -> bool:
        """Whether the lower bound has a certificate: that of a black box only where it is square and of full rank."""
        return not self.lower or bool(self.rows) or self.lower_by.startswith(_CORE)

    def certificate(self, deterministic: bool | None = None) -> bytes:
        """The certificate, not yet judged. ``deterministic`` (to rank 256) makes the judge eliminate the minor itself; False has
        it shown by solutions for hashed right-hand sides, with a soundness error of at most 2^-128; None takes what is smaller.

        Raises :class:`UsageError` where the rank is too large for a deterministic one, and for matrices in an interval.
        """
        if self._matrix is None:
            raise UsageError(
                "the rank of all matrices in an interval has no certificate; it rests on floating point with proved bounds"
            )
        size = self.certificate_size()
        if size > LARGEST_CERTIFICATE:
            raise UsageError(f"the certificate would have {size / 1e6:.0f} MB; the judge reads {LARGEST_CERTIFICATE / 1e6:.0f}")
        if deterministic and self.lower > 256:
            raise UsageError(f"a deterministic certificate is for ranks up to 256, not {self.lower}")
        if deterministic and self._spanned is not None:
            raise UsageError("a bound modulo hashed primes is not deterministic; give factors, which the judge multiplies out")
        claim = self._claim()
        proof = {"lower": self._lower_proof(claim, deterministic), "upper": self._upper_proof(claim)}
        return compose("rank", claim, proof)

    def _claim(self) -> dict[str, Any]:
        assert self._matrix is not None
        matrix = self._matrix
        stated = written.entries_claim(self.shape, *matrix.words()) if isinstance(matrix, Given) else matrix.claim()
        return written.rank_claim(stated, self.field, self.lower, self.upper)

    def certificate_size(self) -> int:
        """About how many bytes the certificate would have."""
        if not isinstance(self._matrix, Given):
            return 0
        entries = self._matrix.entries
        width = entries.itemsize if entries.dtype != object else 1
        if entries.dtype.kind == "i" and entries.size:
            width = -(-(max(int(entries.max()), -int(entries.min())).bit_length() + 1) // 8)
        return 4 * entries.size * width // 3

    def verify(self, deterministic: bool | None = None) -> RankResult:
        """The same result with the judge's grade; raises :class:`proofkit.certificates.Refused` should it refuse."""
        sealed = judged(self.certificate(deterministic))
        return replace(self, grade=sealed.verdict.verdict, _sealed=sealed)

    def of(
        self,
        matrix: Stated,
        upper: int,
        upper_by: str,
        places: tuple[tuple[int, ...], tuple[int, ...]] | None = None,
        factors: Factors | None = None,
        spanned: Spanned | None = None,
    ) -> RankResult:
        """What this result shows over Q of another matrix: one that has the same minor at ``places`` (rows, columns; by default
        at the same ones), with another upper bound: by ``factors``, or as its columns are ``spanned`` modulo hashed primes."""
        rows, columns = places or (self.rows, self.columns)
        found = replace(self, shape=matrix.shape, field="Q", rows=rows, columns=columns, upper=upper, upper_by=upper_by)
        found = replace(found, grade="computed", chance=None, _sealed=None)
        return replace(found, _matrix=matrix, _factors=factors, _spanned=spanned)

    def deterministic_lower_proof(self, most: int) -> dict[str, Any]:
        """The proof of the lower bound, or of rank >= ``most`` where it is more and not a diagonal core, by a minor of it."""
        if self.lower <= most or self.lower_by.startswith(_CORE):
            return self._lower_proof({}, deterministic=True)
        return replace(self, lower=most, rows=self.rows[:most], columns=self.columns[:most])._lower_proof({}, deterministic=True)

    @property
    def sealed(self) -> Certificate | None:
        """The certificate that the judge accepted, after :meth:`verify`."""
        return self._sealed

    def content(self) -> dict[str, Any]:
        """The answer as JSON: {rank: {lower, upper, exact}, field, prime, grade, chance}."""
        bounds = {"lower": self.lower, "upper": self.upper, "exact": self.exact}
        by_chance = self.chance.content() if self.chance else None
        return {"rank": bounds, "field": self.field, "prime": self.prime, "grade": self.grade, "chance": by_chance}

    def __str__(self) -> str:
        m, n = self.shape
        bounds = f"rank = {self.lower}" if self.exact else f"{self.lower} <= rank <= {self.upper}, undecided between"
        below = f"; from below by {self.lower_by}" if self.lower else ""
        doubt = f"\n  {self.chance}" if self.chance else ""
        return f"{self.grade}: {bounds}, {m} x {n} matrix over {self.field}{below}; from above by {self.upper_by}{doubt}"

    def _lower_proof(self, claim: dict[str, Any], deterministic: bool | None) -> dict[str, Any]:
        if not self.lower or self.prime is None:
            return {"by": "nothing"}
        if self.lower_by.startswith(_CORE):
            return {"by": _CORE, "prime": str(self.prime)}
        if not self.certifiable:
            raise UsageError("a bound by Wiedemann's sequence has a certificate only for a square matrix of full rank")
        minor = written.minor(self.prime, self.rows, self.columns)
        if deterministic or (deterministic is None and self.lower <= _ELIMINATED):
            return {"by": "elimination", **minor}
        if self._solve is None:
            raise UsageError(f"certificates modulo {self.prime} are for ranks up to 256, not {self.lower}")
        count = written.vectors_needed(self.prime)
        sides = written.right_sides(claim, self.prime, minor["rows"], minor["columns"], count)
        found = self._solve(np.array(sides, dtype=np.int64).T)
        return {"by": "solutions", **minor, **written.solutions(count, found.T.ravel().tolist(), self.prime)}

    def _upper_proof(self, claim: dict[str, Any]) -> dict[str, Any]:
        if self.upper_by in (_CORE, _CUT):
            return {"by": self.upper_by}
        if self._upper is not None:
            return self._upper
        if self._spanned is not None:
            bits, combination = self._spanned
            return written.by_primes(claim, self.columns, self.shape[1], bits, combination, matrix=claim["matrix"])
        if self._factors is None:
            return {"by": "shape"}
        left, right, denominator = self._factors
        hashed = right.shape[1] > 256
        return written.factorization(integer_words(left), integer_words(right), denominator, hashed)


def combination(chosen: NDArray[Any], columns: Sequence[int], p: int, x: Sequence[int]) -> list[int]:
    """The y with A x = A[:, columns] y mod p, by the rows of A that are ``chosen``; of these the columns are a nonzero minor.

    Raises :class:`UsageError` where it is zero mod p.
    """
    if not len(columns):
        return []
    right = modulo(chosen, p) * flint.nmod_mat(len(x), 1, list(x), p)
    return solution(chosen[:, list(columns)], list(map(int, right.entries())), p)


def solution(minor: NDArray[Any], right: Sequence[int], p: int) -> list[int]:
    """The y with minor y = right mod p < 2^64. Raises :class:`UsageError` where the minor is zero mod p."""
    if not len(minor):
        return []
    try:
        return list(map(int, modulo(minor, p).solve(flint.nmod_mat(len(minor), 1, list(right), p)).entries()))
    except ZeroDivisionError:
        raise UsageError(f"the minor is zero modulo {p}, a prime that the hash picked") from None


def spans(entries: NDArray[Any], size: int) -> bool:
    """Whether the rank modulo a large prime is not above ``size``."""
    return bool(modulo(entries, exact.LARGE_PRIME).rank() <= size)


def bits_of(entries: NDArray[Any]) -> int:
    """Of the largest absolute value."""
    return max((int(x).bit_length() for x in entries.flat), default=0)


def modulo(entries: NDArray[Any], p: int) -> Any:
    """A matrix of integers mod p < 2^64, as FLINT has it."""
    m, n = entries.shape
    return flint.nmod_mat(m, n, (entries % p).ravel().tolist(), p)


def rank(
    a: MatrixLike,
    *,
    field: str | PrimeField = "Q",
    radius: MatrixLike | None = None,
    factors: tuple[MatrixLike, MatrixLike] | None = None,
    prime: int | None = None,
    draws: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
    seed: int | None = None,
    core: bool = True,
) -> RankResult:
    """Certain bounds on the rank of an m x n matrix over Q or GF(p).

    ``a``: nested lists, a numpy array of integers, floats (their exact binary values) or Fractions, a scipy sparse matrix, an
    array over Q or GF(p), or a :class:`proofkit.linalg.structured.PoolingMatrix`, which is formed only where that is cheaper.
    ``field``: "Q", or "GF(p)" for the residues of the entries. ``radius``: a number or matrix; the bounds then hold for every
    real matrix within it of the floats ``a`` (an array over FLOAT64, FLOAT32, TF32 or BF16 brings its own). ``factors``: (U, V)
    with a = U V, checked exactly, for an upper bound over Q. ``prime``: the one to use over Q, below 2^25, instead of random
    ones, of which ``draws`` are tried. ``progress(columns done, all columns)`` is called as it goes. ``seed``: of the random
    primes; without it the operating system draws them. ``core``: whether a network's diagonal core may be counted instead.

    Raises :class:`UsageError` for entries that are no exact numbers (nan, infinity, other types), for a field or prime that is
    not offered, for factors that do not multiply to ``a``, and where memory does not suffice.
    """
    if radius is not None or isinstance(a, RoundedArray):
        if field != "Q" or factors is not None or prime is not None or draws is not None:
            raise UsageError(
                "rank: with a radius, the field is that of the real numbers; leave out field, factors, prime and draws"
            )
        return _of_interval(a, radius)
    if isinstance(a, PoolingMatrix):
        return _of_network(a, field, threads, progress, Random(seed), core)
    matrix = read(a)
    system = _system(a, field)
    if system is not None:
        return _over_prime_field(matrix, system.p, threads, progress)
    random, source = generator(seed)
    result, drawn = _from_below(matrix, _primes(matrix, prime, draws, random), prime is not None, threads, progress)
    if factors is not None:
        result = _bounded_by(result, matrix, factors)
    elif not result.exact:
        result = _from_above(result, matrix)
    if result.exact or not drawn:
        return result
    return replace(result, chance=chance(*_integers(matrix), result.lower + 1, drawn, source))


def rank_of_file(path: Path, **options: Any) -> RankResult:
    """The rank of the matrix in a .npy or sparse .npz file; options as :func:`rank`. Raises :class:`UsageError` as it does."""
    return rank(load(path), **options)


def rank_within(path: Path, radius: str) -> RankResult:
    """The rank of every real matrix within a radius, written as a number or the name of a file, of the one in a file.

    Raises :class:`UsageError` for what is neither, and as :func:`rank` with a radius does.
    """
    try:
        within: Any = float(radius)
    except ValueError:
        if not Path(radius).is_file():
            raise UsageError(f"--radius {radius}: write a number, or the name of a .npy file of numbers") from None
        within = load(Path(radius)).entries
    return rank(load(path).entries, radius=within)


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


def of_minor(matrix: Given | Stated, field: str, p: int, minor: Factorization, places: Places | None = None) -> RankResult:
    """Bounds by a minor mod p of the matrix, or of a submatrix of it; ``places``: where its rows and columns are in the whole."""
    places = places or (minor.pivot_rows(), minor.pivot_columns())
    return by_minor(matrix, field, p, places, functools.partial(solve_minor, minor))


def by_minor(matrix: Given | Stated, field: str, p: int, places: Places, solve: Callable[[Residues], Residues]) -> RankResult:
    """Bounds by a minor at these rows and columns that is nonzero mod p, ``solve`` giving X with minor X = right sides."""
    size, shape = len(places[0]), matrix.shape
    by = _minor_text(size, p)
    return RankResult(size, min(shape), shape, field, p, *places, by, _SHAPE, _matrix=matrix, _solve=solve)


def _minor_text(size: int, p: int) -> str:
    return f"a minor of {size} rows that is nonzero mod {p}"


def _from_below(
    matrix: Given, primes: Iterator[int], asked: bool, threads: int | None, progress: Progress | None
) -> tuple[RankResult, tuple[int, ...]]:
    """The best of a few primes, and which of them were drawn at random; all are tried, unless the bound is the matrix's size."""
    best: RankResult | None = None
    drawn: list[int] = []
    for p in primes:
        small = p == _SMALL_PRIME and not asked
        minor = eliminate(matrix.residues(p), p, threads=threads, lower_bound=small, progress=progress)
        if best is None or minor.rank > best.lower:
            best = of_minor(matrix, "Q", p, minor)
        if not small and not asked:
            drawn.append(p)
        if best.lower == min(matrix.shape):
            break
    assert best is not None
    return best, tuple(drawn)


def _primes(matrix: Given, prime: int | None, draws: int | None, random: Random) -> Iterator[int]:
    """The prime asked for; else a small one where products of bytes are fast, then random ones that divide no denominator."""
    size = min(matrix.shape)
    if prime is not None:
        if not 2 <= prime < LARGEST_PRIME:
            raise UsageError(f"prime {prime}: the elimination takes primes below 2^25")
        _system(None, f"GF({prime})")
        if not matrix.invertible_denominators(prime):
            raise UsageError(f"prime {prime}: it divides the denominator of an entry; take another")
        yield prime
        return
    if size >= 128 and passes_self_test("int8") and matrix.invertible_denominators(_SMALL_PRIME):
        yield _SMALL_PRIME
    count = draws if draws is not None else 3 if size <= 512 else 2
    if count < 1:
        raise UsageError(f"draws = {count}: at least one random prime is needed")
    suitable = (p for p in random_primes(random) if matrix.invertible_denominators(p))
    yield from islice(suitable, count)


def _over_prime_field(matrix: Given, p: int, threads: int | None, progress: Progress | None) -> RankResult:
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
    result = of_minor(matrix, name, p, minor)
    if result.exact:
        return result
    left = residues[:, list(result.columns)] % p if residues.dtype != np.uint64 else residues[:, list(result.columns)]
    return _with(result, Factors(left, reduced_echelon(minor), 1), "a factorization")


def _by_flint(matrix: Given, p: int) -> RankResult:
    top = GF(p).array(matrix.integral()[0]) if matrix.denominators is None else GF(p).array(_fractions(matrix))
    profile = exact.rank_profile(top)
    r = len(profile.rows)
    name, by = f"GF({p})", _minor_text(r, p)
    result = RankResult(r, min(matrix.shape), matrix.shape, name, p, *profile, by, _SHAPE, _matrix=matrix)
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
    entries, scale = _integers(matrix)
    if m * n * result.lower * (1 + int(magnitude(entries)).bit_length() // 64) <= _SMALL:
        return _outright(result, matrix)
    factors = found(entries, result.rows, result.columns)
    if factors is None:
        return _by_primes(result, matrix) or replace(result, upper_by=f"{_SHAPE} (no factorization with small entries was found)")
    return _with(result, factors._replace(denominator=factors.denominator * scale), "a factorization")


def _by_primes(result: RankResult, matrix: Given) -> RankResult | None:
    """The rank from above by columns that span all of them modulo primes that a hash of the claim and these columns picks: what
    a certificate rests on is computed at once, since one prime that somebody chose shows nothing. None where it is too large, or
    fails."""
    if matrix.entries.size > _MOST_SPANNED:
        return None
    whole = matrix.integral()[0].astype(object)
    if not spans(whole, result.lower):
        return None
    spanned = Spanned(bits_of(whole), functools.partial(combination, whole[list(result.rows)], result.columns))
    claimed = replace(result, upper=result.lower, upper_by=_PRIMES, _spanned=spanned)
    try:
        proof = claimed._upper_proof(claimed._claim())
    except UsageError:
        return None
    return replace(claimed, _upper=proof)


def _integers(matrix: Given) -> tuple[NDArray[Any], int]:
    """Integers, of any type, that are the scale times the matrix."""
    return matrix.integral() if matrix.floating or matrix.denominators is not None else (matrix.entries, 1)


def _outright(result: RankResult, matrix: Given) -> RankResult:
    """A factorization over Q by FLINT; it also corrects a lower bound that an unlucky prime made too small."""
    entries, scale = matrix.integral()
    left, right = exact.rank_factorization(entries)
    factors = Factors(left.planes[0], right.planes[0], left.denominator * right.denominator * scale)
    return _with(result, factors, "a factorization")


def _of_interval(a: MatrixLike, radius: MatrixLike | None) -> RankResult:
    """Of every real matrix within the radius, by floating point with proved bounds."""
    values = a if isinstance(a, RoundedArray) else np.asarray(a)
    if isinstance(a, RoundedArray) and radius is not None:
        raise UsageError("rank: an array over a rounded system brings its own radius; leave it out")
    try:
        found = lower_bound(values, 0.0 if radius is None else np.asarray(radius))
    except (ValueError, TypeError) as error:
        raise UsageError(str(error).replace("rank_lower_bound", "rank")) from None
    m, n = values.shape
    by = f"a minor of {found.rank} rows that is not zero in any matrix within the radius"
    by += f" ({found.shown.method}, norm {found.shown.norm:.1e} < 1)" if found.shown else ""
    return RankResult(found.rank, min(m, n), (m, n), "R", None, found.rows, found.columns, by, _SHAPE)


# ------------------------------------------------------------------------------------------------- matrices never formed

# Multiplications a second, as measured on one core with AVX-512; only their ratios matter.
_ELIMINATION_SPEED = {"float64": 1.8e10, "float32": 3.5e10, "int8": 1.1e11}
_APPLICATION_SPEED = {"float64": 2.8e10, "float32": 5e10, "int8": 1.4e11}
_FORMING_SPEED = 4e8  # entries of Kronecker products a second
_OVERHEAD = 5e-4  # seconds of an application to a block, however small
_GENERATOR_SPEED = {"float64": 6e8, "float32": 1.4e9, "int8": 1.4e9}  # entries of the Hankel matrix, times the size of a block


def _of_network(
    matrix: PoolingMatrix,
    field: str | PrimeField,
    threads: int | None,
    progress: Progress | None,
    random: Random,
    core: bool,
) -> RankResult:
    """The nonzeros of the diagonal core where there is one; else modulo a small and then a large prime, as far as it takes."""
    if _system(None, field) is not None:
        raise UsageError("field: the matricization of a network has integer entries; its rank is bounded over Q")
    p = next(primes_below(random.randrange(2**22, 2**23)))
    if core and matrix.has_diagonal_core() and matrix.leaves_have_full_rank(exact.LARGE_PRIME):
        return _by_core(matrix, p)
    size = min(matrix.shape)
    best: RankResult | None = None
    for prime in [_SMALL_PRIME, p] if size >= 128 and passes_self_test("int8") else [p]:
        found = _network_modulo(matrix, prime, threads, progress, random)
        if best is None or found.lower > best.lower:
            best = found
        if found.lower == size:
            break
    assert best is not None
    return best


def _network_modulo(matrix: PoolingMatrix, p: int, threads: int | None, progress: Progress | None, random: Random) -> RankResult:
    """The cheaper of forming the matrix and block Wiedemann."""
    operator = matrix.operator(p, blocks_for(p, written.vectors_needed(p)))
    if prefers_black_box(operator):
        return by_black_box(matrix, operator, random.randrange(2**32), progress)
    return of_minor(matrix, "Q", p, eliminate(operator.formed(), p, threads=threads, progress=progress))


def prefers_black_box(operator: Operator) -> bool:
    """Whether the matrix does not fit in memory, or block Wiedemann is predicted to be faster than an elimination.

    An elimination also certifies ranks that are not full, and of matrices that are not square.
    """
    m, n = operator.shape
    free, dtype = available_bytes(), choose_type(operator.p)
    if free is not None and predicted_bytes((m, n), np.dtype(dtype).itemsize) + 8 * m * n > free:
        return True
    dense, black_box = predicted_seconds(operator, dtype)
    return m == n and black_box < dense


def predicted_seconds(operator: Operator, dtype: MachineType) -> tuple[float, float]:
    """Of forming and eliminating, and of block Wiedemann; one core."""
    m, n = operator.shape
    size, sides, vectors = min(m, n), 1 if m == n else 2, operator.engine.vectors
    dense = m * n / _FORMING_SPEED + size * size * (max(m, n) - 2 * size / 3) / _ELIMINATION_SPEED[dtype]
    applied = 2 * size * sides * (operator.operations() / _APPLICATION_SPEED[dtype] + _OVERHEAD / vectors)
    return dense, applied + vectors * size**2 / _GENERATOR_SPEED[dtype]


def _by_core(matrix: PoolingMatrix, p: int) -> RankResult:
    """All nonzeros of the core, over Z; the judge counts those that are nonzero modulo a prime so large that none is lost."""
    size = min(matrix.shape)
    core = matrix.core(p)
    found = core.size - matrix.core_zeros(np.flatnonzero(core == 0))
    prime = exact.LARGE_PRIME
    by = f"{_CORE} with {found} nonzero entries"
    return RankResult(found, found, matrix.shape, "Q", prime, (), (), by, _SHAPE if found == size else _CORE, _matrix=matrix)


def by_black_box(matrix: PoolingMatrix, operator: Operator, seed: int = 0, progress: Progress | None = None) -> RankResult:
    """Certain bounds by block Wiedemann, with ``matrix`` mod p as an operator, whatever its engine.

    Of a square matrix the sequence begins with the right sides that a certificate of full rank demands, so that their solutions
    come from it where the rank is full.
    """
    (m, n), p = operator.shape, operator.p
    if m != n:
        return _hankel_result(matrix, p, wiedemann_rank(operator, seed, progress))
    every = tuple(range(n))
    minor = written.minor(p, every, every)
    claim, count = written.rank_claim(matrix.claim(), "Q", n, n), written.vectors_needed(p)
    sides = np.array(written.right_sides(claim, p, minor["rows"], minor["columns"], count), dtype=np.int64).T
    held = sides if count <= operator.engine.vectors else sides[:, :0]
    solving = Solving(operator, held, seed, progress)
    result = _hankel_result(matrix, p, solving.rank())

    def solve(asked: Residues) -> Residues:
        found = solving.solutions() if np.array_equal(asked, held) else wiedemann_solve(operator, asked, seed)
        if found is None:
            raise UsageError(f"seed: no solutions were found modulo {p}; take another seed")
        return found

    return replace(result, rows=every, columns=every, _solve=solve) if result.exact else result


def _hankel_result(matrix: PoolingMatrix, p: int, lower: int) -> RankResult:
    by = f"a block Hankel matrix of rank {lower} of Wiedemann's sequence mod {p}"
    return RankResult(lower, min(matrix.shape), matrix.shape, "Q", p, (), (), by, _SHAPE, _matrix=matrix)
