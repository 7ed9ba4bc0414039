"""Small instances of a statement: sizes in order, entries to try, and instances that satisfy hypotheses.

Names that hypotheses define are computed: N from ``N == expression``, and an inverse from X @ N == eye(n) == N @ X. The other
names are tried together where a hypothesis joins them, so that what satisfies one hypothesis is combined with what satisfies
another. Where there are too many matrices to try them all, a fixed pseudo-random sequence is tried: dense ones, sparse ones,
products of thin factors (which have small rank), signed partial permutations, diagonals of 0 and 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proofkit.certificates import Claim
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, evaluate, family_weights, holds
from proofkit.fields import GF, Array
from proofkit.statements import Comparison, Node, Typed, cuts, names, to_text, walk
from proofkit.statements.syntax import FAMILIES

STAND_IN = 1_000_003  # for Q: no minor of the small integers tried is a multiple of it
ALL = 7_000  # up to so many instances are all tried
SAMPLE = 1_500
MAX_SIZE = 4

Sizes = dict[str, "int | list[int]"]
Shapes = dict[str, tuple[int, ...]]
Values = dict[str, NDArray[np.int64]]  # of each name, a batch of arrays


class Sampler:
    """Instances of a claim over one field; over Q they are computed modulo a prime far larger than their entries."""

    def __init__(self, typed: Typed, claim: Claim, field: str) -> None:
        self.typed, self.claim, self.field = typed, claim, field
        self.modulus = STAND_IN if field == "Q" else int(field[3:-1])
        self.system = GF(self.modulus)
        small = tuple(range(min(self.modulus, 5)))
        self.alphabets: tuple[tuple[int, ...], ...] = ((0, 1), (-1, 0, 1)) if field == "Q" else (small,)
        parts = [side for c in typed.statement.comparisons for side in (c.left, c.right)]
        self.families = {to_text(node): node for part in parts for node in walk(part) if node.op in FAMILIES}
        self.polynomials = {name for name, each in typed.declarations.items() if each.argument is not None}
        self.givens = [comparison for given in typed.givens for comparison in given.comparisons]
        self.computed = _computed(self.givens, set(typed.declarations))
        self._sizes: list[tuple[int, Sizes, Shapes]] | None = None

    # sizes

    def sizes(self) -> list[tuple[int, Sizes, Shapes]]:
        """All small sizes with the number of entries, fewest first."""
        if self._sizes is None:
            self._sizes = self._all_sizes()
        return self._sizes

    def _all_sizes(self) -> list[tuple[int, Sizes, Shapes]]:
        fixed = {name: size for name, size in self.claim.sizes.items() if not isinstance(size, str)}
        free = sorted(self.typed.declarations.sizes - fixed.keys())
        most = next(size for size in (MAX_SIZE, 3, 2, 1) if size ** len(free) <= 4_100 or size == 1)
        options = []
        for choice in product(range(1, most + 1), repeat=len(free)):
            for complete in self._with_channels({**fixed, **dict(zip(free, choice))}):
                shapes = self.shapes(complete)
                if shapes is not None:
                    options.append((sum(map(prod, shapes.values())), list(complete.values()), complete, shapes))
        options.sort(key=lambda option: (option[0], str(option[1])))
        return [(entries, sizes, shapes) for entries, _, sizes, shapes in options]

    def _with_channels(self, sizes: Sizes) -> Iterator[Sizes]:
        """Channel counts for the lists of families, one for each level."""
        lists = sorted(self.typed.declarations.lists - sizes.keys())
        if not lists:
            yield sizes
            return
        networks = sorted(self.families.values(), key=lambda node: node.op != "ht")
        levels = [sizes.get(str(node.args[-3].value), node.args[-3].value) for node in networks]
        depth = next((level for level in levels if isinstance(level, int)), 1)
        for counts in product((1, 2), repeat=depth if depth <= 2 else 0):
            yield {**sizes, **dict.fromkeys(lists, list(counts))}

    def shapes(self, sizes: Sizes) -> Shapes | None:
        """The shapes of all arrays at these sizes; of a polynomial matrix, with its coefficients of 1 and each variable."""
        try:
            empty = Instance(sizes, {}, self.system)
            if any(_extent(cut, sizes) > _extent(levels, sizes) for levels, cut in cuts(self.typed.statement)):
                return None
            shapes: Shapes = {}
            for name, declaration in self.typed.declarations.items():
                shapes[name] = concrete_shape(declaration.shape, empty)
                if declaration.argument is not None:
                    shapes[name] = (1 + empty.extent(declaration.argument), *shapes[name])
            for node in self.families.values():
                shapes.update(family_weights(node, sizes))
        except (ProofkitError, ValueError):
            return None
        return shapes

    # entries

    def batches(self, sizes: Sizes, shapes: Shapes, sample: int = SAMPLE, everything: int = ALL) -> Iterator[Values]:
        """Instances at these sizes that satisfy all hypotheses: all of them where there are at most ``everything``."""
        for alphabet in self.alphabets:
            values = self._solutions(sizes, shapes, alphabet, sample, everything)
            if values is not None:
                yield values

    def _solutions(self, sizes: Sizes, shapes: Shapes, alphabet: Sequence[int], sample: int, everything: int) -> Values | None:
        parts: list[Values] = []
        for group, hypotheses in self._groups(shapes):
            free = {name: shapes[name] for name in group if name not in self.computed}
            values = self._entries(free, alphabet, *((4 * sample, ALL) if hypotheses else (sample, everything)))
            found = self._satisfying(sizes, shapes, values, group, hypotheses) if hypotheses else values
            if found is None:
                return None
            parts.append(found)
        return _together(parts, sample, everything)

    def _groups(self, shapes: Shapes) -> list[tuple[list[str], list[Comparison]]]:
        """Names that hypotheses join, with these; all others together."""
        groups: list[tuple[list[str], list[Comparison]]] = []
        for given in self.givens:
            mine = [name for name in dict.fromkeys((*names(given.left), *names(given.right))) if name in shapes]
            touching = [group for group in groups if set(group[0]) & set(mine)]
            merged = list(dict.fromkeys([*mine, *(name for group in touching for name in group[0])]))
            together = [given, *(each for group in touching for each in group[1])]
            groups = [group for group in groups if group not in touching] + [(merged, together)]
        bound = {name for group in groups for name in group[0]}
        rest = [name for name in shapes if name not in bound]
        return [*groups, (rest, [])] if rest or not groups else groups

    def _entries(self, shapes: Shapes, alphabet: Sequence[int], sample: int, everything: int) -> Values:
        """All values of these names over the alphabet where they are few, else samples of every kind."""
        entries = sum(map(prod, shapes.values()))
        base = len(alphabet)
        if base**entries <= everything:
            digits = np.arange(base**entries)[:, None] // base ** np.arange(entries)[None, :] % base
            flat = np.array(alphabet, dtype=np.int64)[digits]
            return dict(_split(shapes, flat))
        random = np.random.default_rng(entries)
        return {name: _sampled(random, shape, np.array(alphabet, dtype=np.int64), sample) for name, shape in shapes.items()}

    def _satisfying(
        self, sizes: Sizes, shapes: Shapes, values: Values, group: Sequence[str], hypotheses: Sequence[Comparison]
    ) -> Values | None:
        """Those of the values that satisfy the hypotheses, with the names that these define."""
        count = len(next(iter(values.values()))) if values else 1
        keep = np.ones(count, dtype=bool)
        values = dict(values)
        try:
            for name in [name for name in self.computed if name in group]:
                node, inverse = self.computed[name]
                found = np.broadcast_to(self._value(sizes, node, values, count), (count, *shapes[name]))
                if inverse:
                    found, regular = _inverted(found, self.modulus, self.field == "Q")
                    keep &= regular
                values[name] = found
            instance = self.instance(sizes, values)
            for given in hypotheses:
                keep &= np.broadcast_to(np.asarray(holds(_statement(given), instance)), (count,))
        except (ProofkitError, ValueError, KeyError):
            return None
        return {name: array[keep] for name, array in values.items()} if keep.any() else None

    def _value(self, sizes: Sizes, node: Node, values: Values, count: int) -> NDArray[np.int64]:
        found = evaluate(node, self.instance(sizes, values))
        plane = np.asarray(found.planes[0] if isinstance(found, Array) else found).astype(np.int64) % self.modulus
        batched = isinstance(found, Array) and found.batch is not None
        return self.signed(plane if batched else np.broadcast_to(plane, (count, *plane.shape)))

    def signed(self, residues: NDArray[np.int64]) -> NDArray[np.int64]:
        """Over Q, the integers near 0 that the residues stand for."""
        return np.where(residues > self.modulus // 2, residues - self.modulus, residues) if self.field == "Q" else residues

    def instance(self, sizes: Sizes, values: Values) -> Instance:
        """All of the values at once, on a batch axis."""
        arrays: dict[str, Any] = {}
        for name, part in values.items():
            if name in self.polynomials:
                count = part.shape[1]
                coefficients = (self.system.array(part[:, i], batch=True) for i in range(count))
                arrays[name] = PolynomialMatrix(tuple((exponents(i, count), each) for i, each in enumerate(coefficients)))
            else:
                arrays[name] = self.system.array(part, batch=True)
        return Instance(sizes, arrays, self.system)

    def written(self, values: Mapping[str, NDArray[np.int64]]) -> dict[str, Any]:
        """One point as the certificate writes it."""
        answer: dict[str, Any] = {}
        for name, part in values.items():
            if name in self.polynomials:
                answer[name] = [[list(exponents(i, len(part))), part[i].tolist()] for i in range(len(part))]
            else:
                answer[name] = part.tolist()
        return answer


def _extent(node: Node, sizes: Sizes) -> int:
    """A size that is an integer or a name; 0 where it has no value."""
    value = node.value if node.op == "int" else sizes.get(str(node.value), 0)
    return value if isinstance(value, int) else 0


def exponents(term: int, count: int) -> tuple[int, ...]:
    """Of term number 0, those of the constant; of term k, those of variable k."""
    return tuple(int(variable == term) for variable in range(1, count))


def _statement(comparison: Comparison) -> Any:
    from proofkit.statements import statement_of

    return statement_of(comparison)


def _computed(givens: Sequence[Comparison], declared: set[str]) -> dict[str, tuple[Node, bool]]:
    """The names that hypotheses define by names defined before or free: expression, and whether its inverse is meant."""
    pairs = [pair for given in givens for pair in ((given.left, given.right), (given.right, given.left))]
    products = [product_ for product_, one in pairs if product_.op == "matmul" and one.op == "eye"]
    found: dict[str, tuple[Node, bool]] = {}

    def define(name: Node, node: Node, inverse: bool) -> None:
        own = str(name.value)
        uses = set(names(node))
        pending = list(uses)
        while pending:
            for other in names(found[inner][0]) if (inner := pending.pop()) in found else ():
                if other not in uses:
                    uses.add(other)
                    pending.append(other)
        if name.op == "name" and own in declared and own not in found and own not in uses:
            found[own] = (node, inverse)

    for given in givens:
        for name, node in ((given.left, given.right), (given.right, given.left)):
            define(name, node, False)
    for each in products:
        if Node("matmul", each.args[::-1]) in products:
            for name, node in (each.args[::-1], each.args):
                define(name, node, True)
    order: dict[str, tuple[Node, bool]] = {}
    while len(order) < len(found):
        ready = [name for name in found if name not in order and not set(names(found[name][0])) & (found.keys() - order.keys())]
        order.update((name, found[name]) for name in ready)
        if not ready:
            break
    return order


def _inverted(matrices: NDArray[np.int64], p: int, unimodular: bool) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Inverses of a batch of square matrices up to 3 x 3 by their adjugates, and which of them exist (as integers over Q)."""
    n = matrices.shape[-1]
    if matrices.ndim != 3 or matrices.shape[1] != n or n > 3:
        raise ValueError("no inverse")
    a = matrices
    if n == 1:
        determinant, adjugate = a[:, 0, 0], np.ones_like(a)
    elif n == 2:
        determinant = a[:, 0, 0] * a[:, 1, 1] - a[:, 0, 1] * a[:, 1, 0]
        adjugate = np.stack([np.stack([a[:, 1, 1], -a[:, 0, 1]], 1), np.stack([-a[:, 1, 0], a[:, 0, 0]], 1)], 1)
    else:
        adjugate = np.stack([np.cross(a[:, 1], a[:, 2]), np.cross(a[:, 2], a[:, 0]), np.cross(a[:, 0], a[:, 1])], 2)
        determinant = (a[:, 0] * adjugate[:, :, 0]).sum(axis=1)
    if unimodular:
        regular = np.abs(determinant) == 1
        return adjugate * determinant[:, None, None], regular
    residues = determinant % p
    inverse = np.array([pow(int(d), -1, p) if d else 0 for d in residues], dtype=np.int64)
    return adjugate % p * inverse[:, None, None] % p, residues != 0


def _sampled(random: np.random.Generator, shape: tuple[int, ...], alphabet: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Dense, sparse, low-rank, permutation-like and diagonal arrays, in turn by chance."""
    dense = random.choice(alphabet, size=(count, *shape))
    ones = (1,) * len(shape)
    sparse = np.where(random.random((count, *shape)) < random.random((count, *ones)), dense, 0)
    kinds = [dense, sparse]
    if len(shape) == 2 and min(shape) > 1:
        m, n = shape
        for rank in range(1, min(m, n)):
            thin = random.choice(alphabet, size=(count, m, rank)), random.choice(alphabet, size=(count, rank, n))
            kinds.append(np.matmul(*thin))
        signs = random.choice(alphabet[alphabet != 0], size=(count, max(m, n)))
        order = random.permuted(np.broadcast_to(np.arange(max(m, n)), (count, max(m, n))), axis=1)
        whole = np.zeros((count, max(m, n), max(m, n)), dtype=np.int64)
        np.put_along_axis(whole, order[:, :, None], signs[:, :, None], axis=2)
        kinds.append(whole[:, :m, :n])
        kinds.append(np.where(np.eye(m, n, dtype=bool), random.integers(0, 2, size=(count, m, 1)), 0))
    chosen = random.integers(0, len(kinds), size=count)
    return np.stack(kinds)[chosen, np.arange(count)]


def _split(shapes: Shapes, flat: NDArray[np.int64]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    at = 0
    for name, shape in shapes.items():
        size = prod(shape)
        yield name, flat[:, at : at + size].reshape(len(flat), *shape)
        at += size


def _together(parts: Sequence[Values], sample: int, everything: int) -> Values:
    """Every combination of the batches where these are few, else a sample of combinations."""
    counts = [len(next(iter(part.values()))) if part else 1 for part in parts]
    if prod(counts) <= everything:
        choices = np.indices(counts).reshape(len(counts), -1)
    else:
        random = np.random.default_rng(len(counts))
        choices = np.stack([random.integers(0, count, size=2 * sample) for count in counts])
    return {name: array[choice] for part, choice in zip(parts, choices) for name, array in part.items()}
