"""Points at which a rank is large, so that it is large almost everywhere: structured for all sizes, random for given ones."""

from __future__ import annotations

from collections.abc import Iterator
from math import prod
from random import Random
from typing import Any

from proofkit.certificates import Claim
from proofkit.diagrams import Scope
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, concrete_shape, evaluate, family_weights
from proofkit.fields import GF, Array
from proofkit.linalg.exact import rank_profile
from proofkit.statements import Node, Shape, Typed, group_text, walk
from proofkit.statements.syntax import FAMILIES

PRIME = 2**31 - 1
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


def _nested(flat: list[int], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    step = len(flat) // shape[0]
    return [_nested(flat[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0])]
