"""The search for the smallest counterexample: sizes with the fewest entries first, then the smallest entries.

Over Q the search runs modulo a prime much larger than any minor of the small integers it tries; what it finds counts only
when the judge, which computes over Q, has accepted it. Two tensor expressions with different diagrams differ at generic
entries (in characteristic 0, at sizes that are large enough), so that for an identity the search goes on at growing sizes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Certificate, Claim, Refused, seal
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, holds, sides
from proofkit.fields import GF, NumberSystem, Q
from proofkit.search.samples import STAND_IN, Sampler, Shapes, Sizes, Values
from proofkit.statements import Comparison, Typed, statement_of, to_text

MAX_ENTRIES = 64  # of all arrays of an instance of the first search
MAX_TRIES = 30_000  # instances of one search over one field
TINY = 9  # entries of an instance of the first search
FEW = 60  # instances tried at each size by the second
MAX_GENERIC = 60  # sizes tried with generic entries
MAX_GENERIC_ENTRIES = 3_000
SHRINKS = 200  # entries of a generic counterexample that are tried to be made smaller


@dataclass(frozen=True)
class Counterexample:
    """Sizes and entries at which the claim is false, over Q or GF(p)."""

    sizes: Sizes
    field: str
    entries: dict[str, Any]
    certificate: Certificate
    sides: tuple[str, ...]  # what each false comparison compares, as text

    @property
    def arrays(self) -> dict[str, NDArray[Any]]:
        """The entries as numpy arrays, of Python integers and fractions."""
        return {name: np.array(value, dtype=object) for name, value in self.entries.items()}

    def __str__(self) -> str:
        named = [f"{name} = {_shown(value)}" for name, value in self.entries.items()]
        sizes = [f"{name} = {value}" for name, value in self.sizes.items()] if not named else []
        return f"{', '.join(named + sizes)} over {self.field}: {'; '.join(self.sides)}"


def _shown(value: Any) -> str:
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list) else str(value)


def find(typed: Typed, claim: Claim, quick: bool = False) -> Counterexample | None:
    """The first counterexample in the order of the search that the judge accepts, or None: which disproves nothing."""
    for search in (_first,) if quick else (_tiny, _sampled, _generic):
        for field in fields_to_try(claim.field):
            for instance in search(Sampler(typed, claim, field)):
                found = _certified(typed, claim, field, instance)
                if found is not None:
                    return found
    return None


Point = tuple[Sizes, dict[str, Any]]


def _first(sampler: Sampler) -> Iterator[Point]:
    return _tiny(sampler, TINY - 3, MAX_TRIES // 6)


def _tiny(sampler: Sampler, most: int = TINY, left: int = MAX_TRIES) -> Iterator[Point]:
    """Points at which the hypotheses hold and the claim fails, where few entries are to be tried, fewest first."""
    for entries, sizes, shapes in sampler.sizes():
        if entries > most or left < 0:
            return
        for values in sampler.batches(sizes, shapes):
            left -= count(values)
            found = _failing(sampler, sizes, values)
            if found is not None:
                yield found


def _sampled(sampler: Sampler) -> Iterator[Point]:
    """A few samples at all sizes; where the claim fails at one, sizes with fewer entries are searched again."""
    options = [option for option in sampler.sizes() if option[0] <= MAX_ENTRIES]
    for place, (_, sizes, shapes) in enumerate(options):
        for values in islice(sampler.batches(sizes, shapes, FEW, FEW), 1):
            found = _failing(sampler, sizes, values)
            if found is not None:
                yield from _smaller(sampler, options[:place])
                yield found
    yield from _smaller(sampler, options)


def _smaller(sampler: Sampler, options: list[tuple[int, Sizes, Shapes]]) -> Iterator[Point]:
    left = MAX_TRIES // 2
    for entries, sizes, shapes in options:
        for values in sampler.batches(sizes, shapes, 400) if entries > TINY and left > 0 else ():
            left -= count(values)
            found = _failing(sampler, sizes, values)
            if found is not None:
                yield found


def count(values: Values) -> int:
    """The number of instances of a batch."""
    return len(next(iter(values.values()))) if values else 1


def _failing(sampler: Sampler, sizes: Sizes, values: Values) -> Point | None:
    """The smallest of the instances at which the claim fails."""
    try:
        good = holds(sampler.typed.statement, sampler.instance(sizes, values))
    except (ProofkitError, ValueError):
        return None
    bad = ~np.broadcast_to(np.asarray(good), (count(values),))
    return (sizes, sampler.written(_point(values, _smallest(values, bad)))) if bad.any() else None


def _point(values: Values, item: int) -> dict[str, NDArray[np.int64]]:
    return {name: array[item] for name, array in values.items()}


def _smallest(values: Values, mask: NDArray[np.bool_]) -> int:
    """The item of least absolute sum among those of the mask; the first of them."""
    cost = np.zeros(len(mask), dtype=np.int64)
    for array in values.values():
        cost += np.abs(array).reshape(len(mask), -1).sum(axis=1)
    return int(np.where(mask, cost, np.iinfo(np.int64).max).argmin())


def _generic(sampler: Sampler) -> Iterator[Point]:
    """A point at which an identity fails at large entries, its sizes and then its entries made smaller."""
    typed, claim = sampler.typed, sampler.claim
    elsewhere = sampler.field.startswith("GF") and claim.field == "any"
    if typed.givens or elsewhere or any(comparison.numeric for comparison in typed.statement.comparisons):
        return
    fixed = {name: size for name, size in claim.sizes.items() if not isinstance(size, str)}
    free = sorted(typed.declarations.sizes - fixed.keys())
    for size in range(1, 8):
        sizes: Sizes = {**fixed, **dict.fromkeys(free, size)}
        shapes = sampler.shapes(sizes)
        if shapes is None or sum(map(prod, shapes.values())) > MAX_GENERIC_ENTRIES:
            return
        if _fails(sampler, sizes, _large(sampler, shapes)):
            sizes = _shrunk(sampler, sizes, free)
            yield sizes, sampler.written(_point(_simplified(sampler, sizes, _large(sampler, sampler.shapes(sizes) or {})), 0))
            return
        if not free:
            return


def _large(sampler: Sampler, shapes: Shapes) -> Values:
    random = np.random.default_rng(0)
    return {name: random.integers(0, sampler.modulus, size=(1, *shape)) for name, shape in shapes.items()}


def _fails(sampler: Sampler, sizes: Sizes, values: Values) -> bool:
    try:
        return not bool(np.all(holds(sampler.typed.statement, sampler.instance(sizes, values))))
    except (ProofkitError, ValueError):
        return False


def _shrunk(sampler: Sampler, sizes: Sizes, free: list[str]) -> Sizes:
    """Each size as small as the others allow."""
    for name in free:
        while isinstance(now := sizes[name], int) and now > 1:
            smaller: Sizes = {**sizes, name: now - 1}
            shapes = sampler.shapes(smaller)
            if shapes is None or not _fails(sampler, smaller, _large(sampler, shapes)):
                break
            sizes = smaller
    return sizes


def _simplified(sampler: Sampler, sizes: Sizes, values: Values) -> Values:
    """Entries below 10 where the claim still fails with them, and 0 or 1 wherever it still does."""
    digits = {name: array % 8 + 2 for name, array in values.items()}
    values = digits if sampler.field == "Q" and _fails(sampler, sizes, digits) else values
    places = [(name, index) for name, array in values.items() for index in np.ndindex(array.shape)]
    for name, index in places[:SHRINKS]:
        for entry in (0, 1):
            before = values[name][index]
            if before == entry:
                break
            values[name][index] = entry
            if _fails(sampler, sizes, values):
                break
            values[name][index] = before
    return values


def failing_sizes(typed: Typed, claim: Claim) -> Iterator[Sizes]:
    """Small sizes at which an almost-everywhere claim fails at fixed entries modulo a large prime, fewest entries first."""
    sampler = Sampler(typed, claim, "Q")
    options = (option for option in sampler.sizes() if option[0] <= MAX_ENTRIES)
    for _, sizes, shapes in islice(options, MAX_GENERIC):
        if _fails(sampler, sizes, _large(sampler, shapes)):
            yield {name: size for name, size in sizes.items() if claim.sizes.get(name, "any") == "any"}


def exceeding(typed: Typed, claim: Claim) -> Counterexample | None:
    """A point at which a rank exceeds the number that bounds it almost everywhere: so it does almost everywhere."""
    if not any(comparison.op in ("<=", ">=", "==") and comparison.numeric for comparison in typed.statement.comparisons):
        return None
    sampler = Sampler(typed, claim, "Q")
    options = (option for option in sampler.sizes() if option[0] <= MAX_ENTRIES)
    for _, sizes, shapes in islice(options, MAX_GENERIC):
        values = {name: array % 7 - 3 for name, array in _large(sampler, shapes).items()}
        if _fails(sampler, sizes, values):
            found = _certified(typed, claim, "Q", (sizes, sampler.written(_point(values, 0))))
            if found is not None:
                return found
    return None


def fields_to_try(field: str) -> tuple[str, ...]:
    """Fields over which a counterexample refutes a claim over the given field."""
    return {"any": ("Q", "GF(2)", "GF(3)", "GF(5)"), "R": ("Q",), "C": ("Q",)}.get(field, (field,))


def satisfying(typed: Typed, claim: Claim) -> dict[str, Any] | None:
    """A small instance of all hypotheses, as a certificate under hypotheses needs; None where the search finds none."""
    for field in fields_to_try(claim.field):
        sampler = Sampler(typed, claim, field)
        for _, sizes, shapes in islice(sampler.sizes(), MAX_GENERIC):
            for values in sampler.batches(sizes, shapes):
                everything = np.ones(count(values), dtype=bool)
                point = _point(values, _smallest(values, everything))
                return {"sizes": sizes, "field": field, "entries": sampler.written(point)}
    return None


def _certified(typed: Typed, claim: Claim, field: str, point: tuple[Sizes, dict[str, Any]]) -> Counterexample | None:
    sizes, entries = point
    free = {name: value for name, value in sizes.items() if claim.sizes.get(name, "any") == "any"}
    try:
        certificate = seal("counterexample", claim, {"sizes": free, "field": field, "entries": entries})
    except Refused:
        return None
    return Counterexample(sizes, field, entries, certificate, tuple(_sides(typed, sizes, field, entries)))


def _sides(typed: Typed, sizes: Sizes, field: str, entries: Mapping[str, Any]) -> Iterator[str]:
    system: NumberSystem = Q if field == "Q" else GF(int(field[3:-1]))
    polynomials = {name for name, declaration in typed.declarations.items() if declaration.argument is not None}
    arrays = {name: _exact(value, name in polynomials, system) for name, value in entries.items()}
    instance = Instance(sizes, arrays, system)
    for comparison in typed.statement.comparisons:
        if not _holds(comparison, instance):
            left, right = map(_value, sides(comparison, instance))
            yield f"{to_text(comparison.left)} = {left}, {to_text(comparison.right)} = {right}"


def _holds(comparison: Comparison, instance: Instance) -> bool:
    return bool(holds(statement_of(comparison), instance))


def _value(value: Any) -> str:
    return _shown(value.tolist()) if hasattr(value, "tolist") and not isinstance(value, np.integer) else str(value)


def _exact(value: Any, polynomial: bool, system: NumberSystem) -> Any:
    if polynomial:
        return PolynomialMatrix(tuple((tuple(powers), system.array(matrix)) for powers, matrix in value))
    return system.array(value)


__all__ = ["STAND_IN", "Counterexample", "failing_sizes", "fields_to_try", "find", "satisfying"]
