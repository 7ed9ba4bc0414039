"""Instances of a statement at a given size: which sizes, how large the largest tensor is, and random residues on the device."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, family_weights
from proofkit.fields import Array, Q
from proofkit.rungs.sampling import DEEP, families
from proofkit.statements import Node, Typed, at_sizes, cuts, walk
from proofkit.statements.syntax import FAMILIES
from torch_backend.systems import DeviceField

SIZED = ("eye", "ones", "zeros", "commutation")  # whose arguments are sizes
Sizes = dict[str, "int | list[int]"]


def sizes_at(claim: Typed, step: int) -> Sizes:
    """Sizes about ``step``, not all equal; two levels for a deep network, one where it is cut, four modes for a shallow one."""
    sizes: Sizes = {name: step + place % 3 for place, name in enumerate(sorted(claim.declarations.sizes))}
    for node in families(claim):
        levels = node.args[0]
        if levels.op == "name":
            sizes[str(levels.value)] = 2 if node.op in DEEP else 4
        if node.op in DEEP:
            depth = sizes.get(str(levels.value), levels.value)
            sizes[str(node.args[-1].value)] = [step] * (depth if isinstance(depth, int) else 2)
    for levels, cut in cuts(claim.statement):
        if cut.op == "name":
            depth = sizes.get(str(levels.value), levels.value)
            sizes[str(cut.value)] = max(depth - 1, 1) if isinstance(depth, int) else 1
    return sizes


def largest_tensor(claim: Typed, sizes: Sizes) -> int:
    """The entries of the largest tensor that stands anywhere in a statement at these sizes; a polynomial has one a variable."""
    fixed, empty = at_sizes(claim, sizes), Instance(sizes, {}, Q)
    found = [math.prod(family_shape(node, sizes)) for node in families(claim)]
    for declared in claim.declarations.values():
        if declared.argument is not None:
            found.append((1 + empty.extent(declared.argument)) * math.prod(concrete_shape(declared.shape, empty)))
    for comparison in fixed.statement.comparisons:
        for side in (comparison.left, comparison.right):
            for node in tensors(side, not comparison.numeric):
                groups = [group for mode in fixed.shape_of(node) for group in mode]
                found.append(math.prod(int(atom) for group in groups for atom in group))
    return max(found, default=1)


def tensors(node: Node, inside: bool) -> Iterator[Node]:
    """All tensor expressions below and including a node, which is one itself where it stands ``inside``; no networks."""
    if any(part.op in FAMILIES for part in walk(node)):
        return
    if inside:
        yield node
    if node.op not in SIZED:
        for argument in node.args:
            yield from tensors(argument, inside or node.op == "rank")


def family_shape(node: Node, sizes: Mapping[str, int | Sequence[int]]) -> list[int]:
    """The modes of a network's tensor."""

    def number(part: Node) -> int:
        found = sizes[str(part.value)] if part.op == "name" else part.value
        return found if isinstance(found, int) else 0

    count = number(node.args[0])
    return [number(node.args[1 if node.op == "cp" else -2])] * (count if node.op == "cp" else 2**count)


def instance(
    claim: Typed, sizes: Sizes, system: DeviceField, seed: int, zero: Sequence[str] = (), constants: bool = True
) -> Instance:
    """Random residues by seed; the arrays named in ``zero`` vanish; polynomials have a constant term where that is asked for."""
    arrays: dict[str, Array | PolynomialMatrix] = {}
    empty = Instance(sizes, {}, system)
    shapes = {name: concrete_shape(declared.shape, empty) for name, declared in claim.declarations.items()}
    for node in families(claim):
        shapes.update(family_weights(node, sizes))
    seeds = iter(range(seed * 2**32, (seed + 1) * 2**32))

    def drawn(shape: tuple[int, ...], vanish: bool) -> Array:
        return system.zeros(*shape) if vanish else system.random(shape, next(seeds))

    for name, shape in shapes.items():
        declared = claim.declarations.get(name)
        vanish = name in zero or "*" in zero
        if declared is None or declared.argument is None:
            arrays[name] = drawn(shape, vanish)
        else:
            variables = empty.extent(declared.argument)
            exponents = [tuple(int(i == k) for i in range(variables)) for k in range(-constants, variables)]
            arrays[name] = PolynomialMatrix(tuple((each, drawn(shape, vanish)) for each in exponents))
    return Instance(sizes, arrays, system)


def shown(sizes: Sizes) -> str:
    """Sizes in one line."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())
