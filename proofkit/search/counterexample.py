"""The search for the smallest counterexample: sizes with the fewest entries first, then the smallest entries.

Over Q the search runs modulo a prime much larger than any minor of the small integers it tries; what it finds counts only
when the judge, which computes over Q, has accepted it. Nothing is random: where there are too many matrices to try them all, a
fixed pseudo-random sequence is tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Certificate, Claim, Refused, seal
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, evaluate, family_weights, holds
from proofkit.fields import GF, NumberSystem, Q
from proofkit.statements import Comparison, Typed, to_text, walk

STAND_IN = 1_000_003  # for Q: no minor of the small integers tried is a multiple of it
MAX_SIZE = 4
MAX_ENTRIES = 40
MAX_TRIES = 150_000  # instances of one search over one field
ALL = 12_000  # up to so many matrices are all tried
SAMPLE = 3_000

Sizes = dict[str, "int | list[int]"]


@dataclass(frozen=True)
class Counterexample:
    """Sizes and entries at which the claim is false, over Q or GF(p)."""

    sizes: Sizes
    field: str
    entries: dict[str, Any]
    certificate: Certificate
    sides: tuple[str, ...]  # what each false comparison compares, as text

    def __str__(self) -> str:
        named = [f"{name} = {_shown(value)}" for name, value in self.entries.items()]
        sizes = [f"{name} = {value}" for name, value in self.sizes.items()] if not named else []
        return f"{', '.join(named + sizes)} over {self.field}: {'; '.join(self.sides)}"


def _shown(value: Any) -> str:
    return f"[{', '.join(map(_shown, value))}]" if isinstance(value, list) else str(value)


def find(typed: Typed, claim: Claim) -> Counterexample | None:
    """The first counterexample in the order of the search that the judge accepts, or None: which disproves nothing."""
    for field in fields_to_try(claim.field):
        search = _Search(typed, claim, field)
        for instance in search.instances():
            found = _certified(typed, claim, field, instance)
            if found is not None:
                return found
    return None


def fields_to_try(field: str) -> tuple[str, ...]:
    """Fields over which a counterexample refutes a claim over the given field."""
    return {"any": ("Q", "GF(2)", "GF(3)", "GF(5)"), "R": ("Q",), "C": ("Q",)}.get(field, (field,))


def satisfying(typed: Typed, claim: Claim) -> dict[str, Any] | None:
    """A small instance of all hypotheses, as a certificate under hypotheses needs; None where the search finds none."""
    for field in fields_to_try(claim.field):
        search = _Search(typed, claim, field)
        for sizes, numbers, shapes, _ in search.blocks():
            for values in numbers:
                instance = search.instance(sizes, shapes, values)
                mask = _mask([holds(each, instance) for each in typed.givens], len(values))
                if mask.any():
                    best = _smallest(values, mask)
                    return {"sizes": sizes, "field": field, "entries": search.entries(shapes, values[best])}
    return None


def _mask(answers: Sequence[bool | NDArray[np.bool_]], count: int) -> NDArray[np.bool_]:
    mask = np.ones(count, dtype=bool)
    for answer in answers:
        mask &= np.broadcast_to(np.asarray(answer), (count,))
    return mask


def _smallest(values: NDArray[np.int64], mask: NDArray[np.bool_]) -> int:
    """The row of least absolute sum among those of the mask; the first of them."""
    cost = np.where(mask, np.abs(values).sum(axis=1), np.iinfo(np.int64).max)
    return int(cost.argmin())


def _certified(typed: Typed, claim: Claim, field: str, point: tuple[Sizes, dict[str, Any]]) -> Counterexample | None:
    sizes, entries = point
    free = {name: value for name, value in sizes.items() if claim.sizes.get(name, "any") == "any"}
    try:
        certificate = seal("counterexample", claim, {"sizes": free, "field": field, "entries": entries})
    except Refused:
        return None
    return Counterexample(sizes, field, entries, certificate, tuple(_sides(typed, sizes, field, entries)))


def _sides(typed: Typed, sizes: Sizes, field: str, entries: dict[str, Any]) -> Iterator[str]:
    system: NumberSystem = Q if field == "Q" else GF(int(field[3:-1]))
    arrays = {name: _exact(value, name in _polynomials(typed), system) for name, value in entries.items()}
    instance = Instance(sizes, arrays, system)
    for comparison in typed.statement.comparisons:
        left, right = (_value(side, instance) for side in (comparison.left, comparison.right))
        if not _holds(comparison, instance):
            yield f"{to_text(comparison.left)} = {left}, {to_text(comparison.right)} = {right}"


def _holds(comparison: Comparison, instance: Instance) -> bool:
    from proofkit.statements import statement_of

    return bool(holds(statement_of(comparison), instance))


def _value(node: Any, instance: Instance) -> str:
    value = evaluate(node, instance)
    return _shown(value.tolist()) if hasattr(value, "tolist") and not isinstance(value, np.integer) else str(value)


def _exact(value: Any, polynomial: bool, system: NumberSystem) -> Any:
    if polynomial:
        return PolynomialMatrix(tuple((tuple(exponents), system.array(matrix)) for exponents, matrix in value))
    return system.array(value)


def _polynomials(typed: Typed) -> set[str]:
    return {name for name, declaration in typed.declarations.items() if declaration.argument is not None}


Shapes = dict[str, tuple[int, ...]]


class _Search:
    """Enumerates instances of a claim over one field, smallest first."""

    def __init__(self, typed: Typed, claim: Claim, field: str) -> None:
        self.typed, self.claim, self.field = typed, claim, field
        modulus = STAND_IN if field == "Q" else int(field[3:-1])
        self.system = GF(modulus)
        self.alphabets = ((0, 1), (-1, 0, 1)) if field == "Q" else (tuple(range(min(modulus, 5))),)
        self.families = {
            to_text(node): node
            for comparison in typed.statement.comparisons
            for side in (comparison.left, comparison.right)
            for node in walk(side)
            if node.op in ("ht", "cp")
        }

    def instances(self) -> Iterator[tuple[Sizes, dict[str, Any]]]:
        """Points at which the hypotheses hold and the claim fails."""
        left = MAX_TRIES
        for sizes, numbers, shapes, count in self.blocks():
            left -= count
            if left < 0:
                return
            for values in numbers:
                instance = self.instance(sizes, shapes, values)
                try:
                    mask = _mask([holds(each, instance) for each in self.typed.givens], len(values))
                    mask &= ~_mask([holds(self.typed.statement, instance)], len(values))
                except (ProofkitError, ValueError):
                    break
                if mask.any():
                    yield sizes, self.entries(shapes, values[_smallest(values, mask)])

    def blocks(self) -> Iterator[tuple[Sizes, list[NDArray[np.int64]], Shapes, int]]:
        """Sizes in order of the number of entries, with the values to try for all entries together."""
        options = sorted(
            ((prod_sum(shapes), list(sizes.values()), sizes, shapes) for sizes, shapes in self.sizes()),
            key=lambda option: (option[0], str(option[1])),
        )
        for entries, _, sizes, shapes in options:
            if entries <= MAX_ENTRIES:
                numbers = [self.values(alphabet, entries) for alphabet in self.alphabets]
                yield sizes, numbers, shapes, sum(map(len, numbers))

    def sizes(self) -> Iterator[tuple[Sizes, Shapes]]:
        fixed = {name: size for name, size in self.claim.sizes.items() if not isinstance(size, str)}
        free = sorted(self.typed.declarations.sizes - fixed.keys())
        most = next(size for size in (MAX_SIZE, 3, 2, 1) if size ** len(free) <= 20_000 or size == 1)
        for choice in product(range(1, most + 1), repeat=len(free)):
            sizes: Sizes = {**fixed, **dict(zip(free, choice))}
            for complete in self.with_channels(sizes):
                try:
                    yield complete, self.shapes(complete)
                except (ProofkitError, ValueError):
                    continue

    def with_channels(self, sizes: Sizes) -> Iterator[Sizes]:
        """Channel counts for the lists of families, one for each level."""
        names = sorted(self.typed.declarations.lists - sizes.keys())
        if not names:
            yield sizes
            return
        levels = [sizes.get(str(node.args[0].value), node.args[0].value) for node in self.families.values()]
        depth = next((level for level in levels if isinstance(level, int)), 1)
        for counts in product((1, 2), repeat=depth if depth <= 2 else 0):
            yield {**sizes, **dict.fromkeys(names, list(counts))}

    def shapes(self, sizes: Sizes) -> Shapes:
        empty = Instance(sizes, {}, self.system)
        shapes: Shapes = {}
        for name, declaration in self.typed.declarations.items():
            shapes[name] = concrete_shape(declaration.shape, empty)
            if declaration.argument is not None:  # coefficients of 1 and of each variable
                shapes[name] = (1 + empty.extent(declaration.argument), *shapes[name])
        for node in self.families.values():
            shapes.update(family_weights(node, sizes))
        return shapes

    def values(self, alphabet: Sequence[int], entries: int) -> NDArray[np.int64]:
        """All vectors over the alphabet where they are few, else a fixed sample, sparse ones included."""
        base = len(alphabet)
        if base**entries <= ALL:
            digits = np.arange(base**entries)[:, None] // base ** np.arange(entries)[None, :] % base
            return np.array(alphabet, dtype=np.int64)[digits]
        random = np.random.default_rng(entries)
        dense = random.choice(np.array(alphabet, dtype=np.int64), size=(SAMPLE, entries))
        keep = random.random((SAMPLE, entries)) < random.random((SAMPLE, 1))
        return np.where(keep, dense, 0)

    def split(self, shapes: Shapes, values: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.int64]]]:
        at = 0
        for name, shape in shapes.items():
            size = prod(shape)
            yield name, values[:, at : at + size].reshape(len(values), *shape)
            at += size

    def instance(self, sizes: Sizes, shapes: Shapes, values: NDArray[np.int64]) -> Instance:
        """All of the values at once, on a batch axis."""
        arrays: dict[str, Any] = {}
        polynomials = _polynomials(self.typed)
        for name, part in self.split(shapes, values):
            if name in polynomials:
                count = shapes[name][0]
                coefficients = (self.system.array(part[:, i], batch=True) for i in range(count))
                arrays[name] = PolynomialMatrix(tuple((_exponents(i, count), each) for i, each in enumerate(coefficients)))
            else:
                arrays[name] = self.system.array(part, batch=True)
        return Instance(sizes, arrays, self.system)

    def entries(self, shapes: Shapes, values: NDArray[np.int64]) -> dict[str, Any]:
        """One point as the certificate writes it."""
        polynomials = _polynomials(self.typed)
        answer: dict[str, Any] = {}
        for name, part in self.split(shapes, values[None, :]):
            if name in polynomials:
                answer[name] = [[list(_exponents(i, shapes[name][0])), part[0, i].tolist()] for i in range(shapes[name][0])]
            else:
                answer[name] = part[0].tolist()
        return answer


def _exponents(term: int, count: int) -> tuple[int, ...]:
    return tuple(int(variable == term) for variable in range(1, count))


def prod_sum(shapes: Mapping[str, tuple[int, ...]]) -> int:
    """The number of entries of all arrays together."""
    return sum(map(prod, shapes.values()))
