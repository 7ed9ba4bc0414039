"""Points at which a rank is large, so that it is large almost everywhere: structured for all sizes, random for given ones."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from random import Random
from typing import Any

import flint

from proofkit.certificates import Claim
from proofkit.diagrams import Scope
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, concrete_shape, evaluate, family_weights
from proofkit.fields import GF, Array, Q
from proofkit.linalg.exact import rank_profile
from proofkit.statements import Node, Shape, Typed, group_text, walk
from proofkit.statements.syntax import FAMILIES

PRIME = 2**31 - 1
MAX_POINTS = 120  # tried for a minor that is 1 or -1
MAX_MINOR = 300  # rows of a minor that the judge eliminates within its budget


def candidates(shape: Shape, fixed: Scope) -> Iterator[str]:
    """Witnesses to try for a generic tensor of this shape: fixed tensors of the same shape, then identities, ones, zeros."""
    yield from (name for name, other in fixed.shapes.items() if other == shape)
    sizes = [group_text(group) for mode in shape for group in mode]
    if any(len(mode) == 2 for mode in shape):
        if len(shape) == 1:
            yield from (f"fold({form}({sizes[0]}, {sizes[1]}))" for form in ("eye", "ones", "zeros"))
        return
    if not sizes:
        yield from ("1", "0")
        return
    if len(sizes) == 2 and (sizes[0] == sizes[1] or not any("*" in size for size in sizes)):
        yield f"eye({sizes[0]}, {sizes[1]})"
    if len(sizes) == 1 and "*" not in sizes[0]:
        yield f"ones({sizes[0]})"
        yield f"eye({sizes[0]}, 1) @ ones(1)"
        yield f"zeros({sizes[0]})"
        return
    yield from (f"{form}({', '.join(sizes)})" for form in ("ones", "zeros"))


def random_minor(typed: Typed, matrix: Node, claim: Claim, seed: int) -> tuple[dict[str, Any], list[int], list[int]] | None:
    """Random entries mod the prime, and rows and columns of a largest minor that is not zero there.

    None where the judge could not check such a minor within its budget.
    """
    sizes = {name: size for name, size in claim.sizes.items() if not isinstance(size, str)}
    empty = Instance(sizes, {}, GF(PRIME))
    shapes = {name: concrete_shape(declared.shape, empty) for name, declared in typed.declarations.items()}
    for node in walk(matrix):
        if node.op in FAMILIES:
            shapes.update(family_weights(node, sizes))
    random = Random(seed)
    entries = {name: _nested([random.randrange(PRIME) for _ in range(prod(shape))], shape) for name, shape in shapes.items()}
    value = evaluate(matrix, Instance(sizes, {name: GF(PRIME).array(each) for name, each in entries.items()}, GF(PRIME)))
    if not isinstance(value, Array):
        raise ProofkitError("a minor is of a matrix")
    rows, columns = rank_profile(value, PRIME)
    return (entries, list(rows), list(columns)) if len(rows) <= MAX_MINOR else None


def unit_minor(typed: Typed, matrix: Node, claim: Claim) -> tuple[dict[str, Any], list[int], list[int]] | None:
    """Small integer entries, and rows and columns of a minor of the generic rank that is 1 or -1 there; None if none is found."""
    sizes = {name: size for name, size in claim.sizes.items() if not isinstance(size, str)}
    shapes = {name: concrete_shape(declared.shape, Instance(sizes, {}, Q)) for name, declared in typed.declarations.items()}
    if any(declared.argument is not None for declared in typed.declarations.values()):
        return None
    generic = random_minor(typed, matrix, claim, 0)
    if generic is None:
        return None
    random = Random(0)
    for attempt in range(MAX_POINTS):
        entries = {name: _small(random, shape, attempt) for name, shape in shapes.items()}
        value = evaluate(matrix, Instance(sizes, {name: Q.array(each) for name, each in entries.items()}, Q))
        if not isinstance(value, Array):
            return None
        rows, columns = rank_profile(value)
        flat = value.tolist()
        minor = flint.fmpz_mat([[flat[i][j] for j in columns] for i in rows]) if rows else None
        if len(rows) == len(generic[1]) and (minor is None or abs(int(minor.det())) == 1):
            return entries, list(rows), list(columns)
    return None


def _small(random: Random, shape: tuple[int, ...], attempt: int) -> Any:
    """Identities at first, then sparse and dense arrays of 0, 1 and -1."""
    if len(shape) == 2 and random.random() < 0.5:  # a digit of the column's number, so that columns of a product are distinct
        step = random.choice((1, 2, 3, 4))
        return [[int(i == j // step % shape[0]) for j in range(shape[1])] for i in range(shape[0])]
    choices = (0, 0, 1) if attempt % 3 == 0 else (0, 1) if attempt % 3 == 1 else (-1, 0, 1)
    if len(shape) == 2 and random.random() < 1 / (1 + attempt // 4):
        return [[int(i == j) for j in range(shape[1])] for i in range(shape[0])]
    return _nested([random.choice(choices) for _ in range(prod(shape))], shape)


def _nested(flat: list[int], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0]
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
