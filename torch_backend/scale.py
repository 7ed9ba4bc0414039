"""Lemmas at large sizes: exact modulo a prime, and in bulk in float64 with proved bounds.

Sizes grow until the next step would pass the time or the memory that the budget allows; the largest that was checked is
reported. An instance modulo a prime that holds is evidence, not a proof.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
import torch

from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, family_weights, holds, show
from proofkit.fields import Array, NumberSystem
from proofkit.lemma import FalseSibling, Lemma
from proofkit.rungs.evidence import Context, Evidence
from proofkit.rungs.sampling import DEEP, families, keep_levels, typed, under_hypotheses
from proofkit.statements import Node, Typed, at_sizes, walk
from proofkit.statements.syntax import FAMILIES
from torch_backend import device as devices
from torch_backend.elimination import PRIME
from torch_backend.systems import DeviceField, DeviceFloat64

SIZED = ("eye", "ones", "zeros", "commutation")  # whose arguments are sizes
SECONDS = {"fast": 1.0, "thorough": 30.0}  # of one lemma's largest instance
SHARE_OF_MEMORY = 0.1  # that one tensor of a statement may take
BULK = {"fast": 2_000, "thorough": 100_000}  # instances in float64
STEPS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096)
Sizes = dict[str, "int | list[int]"]


@dataclass(frozen=True)
class Largest:
    """The largest instance that was checked: its sizes, the entries of its largest tensor, and the seconds it took."""

    sizes: Sizes
    entries: int
    seconds: float


def check(lemma: Lemma, context: Context) -> Evidence:
    """The lemma at growing sizes over GF(p), its false sibling at small ones, and its identities in bulk in float64."""
    device = devices.choose()
    system, claim = DeviceField(PRIME, device), typed(lemma)
    if lemma.given:
        return small_instances(lemma, claim, system, context)
    largest, failed = grow(claim, system, context, devices.free_bytes(device))
    if failed is not None:
        return Evidence("scale", "failed", "", detail=f"fails over {system.name} at {shown(failed)}")
    if largest is None:
        return Evidence("scale", "undecided", "", detail="no instance fits the budget")
    if not sibling_fails(lemma.sibling, system, context.seed):
        return Evidence("scale", "failed", "", detail=f"the false sibling held wherever it was tried: {lemma.sibling.statement}")
    parts = [f"over {system.name} up to {shown(largest.sizes)} ({largest.entries} entries, {largest.seconds:.1f} s)"]
    bulk = in_bulk(claim, lemma, device, context)
    if isinstance(bulk, str):
        return Evidence("scale", "failed", "", detail=bulk)
    parts += [f"{bulk} instances in float64 within proved bounds"] if bulk else []
    scope = f"{'; '.join(parts)}; on this device: {devices.describe(device)} (seed {context.seed})"
    return Evidence("scale", "held", scope, brief=f"{largest.entries} entries mod {system.p}")


def small_instances(lemma: Lemma, claim: Typed, system: DeviceField, context: Context) -> Evidence:
    """Under hypotheses only small instances are known how to build; their products run on the device."""
    points = satisfying(lemma, system, context)
    if not points:
        return Evidence("scale", "undecided", "", detail="no instance was found that satisfies the hypotheses")
    for point in points:
        if not holds(claim.statement, point):
            return Evidence("scale", "failed", "", detail=f"fails over {system.name}", counterexample=show(point))
    sibling = lemma.sibling
    others = (
        satisfying(sibling, system, context)
        if sibling.given
        else [instance(typed(sibling), sizes_at(typed(sibling), 4), system, 0)]
    )
    if all(holds(typed(sibling).statement, point) for point in others):
        return Evidence("scale", "failed", "", detail=f"the false sibling held wherever it was tried: {sibling.statement}")
    where = f"{system.name} at small sizes, on this device: {devices.describe(system.device)} (seed {context.seed})"
    scope = f"{len(points)} instances that satisfy the hypotheses over {where}"
    return Evidence("scale", "held", scope, brief=f"{len(points)} small instances")


def satisfying(lemma: Lemma | FalseSibling, system: DeviceField, context: Context) -> list[Instance]:
    """Small instances under the hypotheses, over the device's field."""
    found = under_hypotheses(lemma, system.name, context.samples(200), context.seed)
    return [
        Instance(
            point.sizes,
            {name: system.array(each.tolist()) for name, each in point.arrays.items() if isinstance(each, Array)},
            system,
        )
        for point in found
    ]


def grow(claim: Typed, system: NumberSystem, context: Context, memory: int) -> tuple[Largest | None, Sizes | None]:
    """Check at each step of sizes; the largest that held, and the sizes of one that did not."""
    largest: Largest | None = None
    limit = int(memory * SHARE_OF_MEMORY) // 8
    for step in STEPS:
        sizes = sizes_at(claim, step)
        entries = largest_tensor(claim, sizes)
        if entries > limit or (largest and predicted(largest, entries) > SECONDS[context.budget]):
            break
        started = time.perf_counter()
        try:
            ok = bool(holds(claim.statement, instance(claim, sizes, system, context.seed)))
        except ProofkitError:
            break
        if not ok:
            return largest, sizes
        largest = Largest(sizes, entries, time.perf_counter() - started)
    return largest, None


def predicted(last: Largest, entries: int) -> float:
    """Seconds at more entries: elimination and products take the power 3/2 of the entries of a matrix."""
    return float(last.seconds * (entries / last.entries) ** 1.5)


def sizes_at(claim: Typed, step: int) -> Sizes:
    """Sizes about ``step``, not all equal; two levels for a deep network, four modes for a shallow one."""
    sizes: Sizes = {name: step + place % 3 for place, name in enumerate(sorted(claim.declarations.sizes))}
    for node in families(claim):
        levels = node.args[0]
        if levels.op == "name":
            sizes[str(levels.value)] = 2 if node.op in DEEP else 4
        if node.op in DEEP:
            depth = sizes.get(str(levels.value), levels.value)
            sizes[str(node.args[-1].value)] = [step] * (depth if isinstance(depth, int) else 2)
    keep_levels(claim, sizes)
    return sizes


def largest_tensor(claim: Typed, sizes: Sizes) -> int:
    """The entries of the largest tensor that stands anywhere in a statement at these sizes."""
    fixed = at_sizes(claim, sizes)
    found = [math.prod(family_shape(node, sizes)) for node in families(claim)]
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
    claim: Typed, sizes: Sizes, system: NumberSystem, seed: int, zero: Sequence[str] = (), constants: bool = True
) -> Instance:
    """Random residues by seed; the arrays named in ``zero`` vanish; polynomials have a constant term where that is asked for."""
    random = np.random.default_rng(seed)
    arrays: dict[str, Array | PolynomialMatrix] = {}
    empty = Instance(sizes, {}, system)
    shapes = {name: concrete_shape(declared.shape, empty) for name, declared in claim.declarations.items()}
    for node in families(claim):
        shapes.update(family_weights(node, sizes))

    def drawn(shape: tuple[int, ...], vanish: bool) -> Array:
        return system.zeros(*shape) if vanish else system.array(random.integers(0, PRIME, size=shape))

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


def sibling_fails(sibling: FalseSibling, system: NumberSystem, seed: int) -> bool:
    """Whether the sibling is false at random entries, or where some or all arrays vanish."""
    claim = typed(sibling)
    for step in STEPS[:3]:
        sizes = sizes_at(claim, step)
        names = list(instance(claim, sizes, system, seed).arrays)
        choices = product([[], ["*"], *([name] for name in names)], (True, False))
        if any(not holds(claim.statement, instance(claim, sizes, system, seed, zero, constants)) for zero, constants in choices):
            return True
    return False


def in_bulk(claim: Typed, lemma: Lemma, device: torch.device, context: Context) -> int | str:
    """The number of small float64 instances, computed at once, at which all identities held; or what went wrong."""
    if any(comparison.numeric for comparison in claim.statement.comparisons):
        return 0
    count, system = BULK[context.budget], DeviceFloat64(device)
    random = np.random.default_rng(context.seed)
    sizes = sizes_at(claim, 2)
    empty = Instance(sizes, {}, system)
    arrays: dict[str, Any] = {}
    for name, declared in claim.declarations.items():
        shape = concrete_shape(declared.shape, empty)
        arrays[name] = system.array(random.standard_normal((count, *shape)), batch=True)
    if not np.all(holds(claim.statement, Instance(sizes, arrays, system))):
        return f"an instance in float64 differs by more than its proved bound (seed {context.seed})"
    return count


def shown(sizes: Sizes) -> str:
    """Sizes in one line."""
    return ", ".join(f"{name} = {size}" for name, size in sizes.items())
