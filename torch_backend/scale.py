"""Lemmas at large sizes: exact modulo a prime, and in bulk in float64 with proved bounds.

Sizes grow until the next step would pass the time or the memory that the budget allows; the largest that was checked is
reported. An instance modulo a prime that holds is evidence, not a proof.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, NamedTuple

import numpy as np
import torch

from proofkit.certificates import Certificate, Refused
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, concrete_shape, holds, show
from proofkit.fields import Array
from proofkit.lemma import FalseSibling, Lemma
from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import RankResult
from proofkit.rungs.evidence import Context, Evidence
from proofkit.rungs.sampling import families, typed, under_hypotheses
from proofkit.statements import Node, Typed, cuts
from torch_backend import device as devices
from torch_backend.batches import Distribution, distribution
from torch_backend.elimination import PRIME, operations, predicted_bytes
from torch_backend.formed import binary_network, network_rank
from torch_backend.instances import Sizes, instance, largest_tensor, shown, sizes_at
from torch_backend.products import LARGEST_PRIME, products_for, refusals
from torch_backend.systems import DeviceField, DeviceFloat64

SECONDS = {"fast": 1.0, "thorough": 30.0}  # of one lemma's largest instance
SHARE_OF_MEMORY = 0.8  # of what is free, that a lemma's largest instance may take
TENSORS = 8  # of the size of the largest that an instance holds at once, at most: 4 to 7 were counted
BULK = {"fast": 2_000, "thorough": 100_000}  # instances in float64
RANDOM_NETWORKS = {"fast": 5_000, "thorough": 100_000}
SMALL_PRIME, SMALL_NETWORK = 1009, (3, (3, 2))  # M and channels of the networks whose ranks are counted
# Levels and M of the networks with M + 1 channels that are formed for a certificate, smallest first: n = M^(2^levels / 2).
NETWORKS = ((2, 6), (3, 3), (3, 4), (3, 6), (3, 8), (3, 10), (3, 12), (3, 14), (4, 4))
STEPS = sorted(first * 2**doublings for first in (4, 6) for doublings in range(12))  # 4, 6, 8, 12, .. 12288


@dataclass(frozen=True)
class Largest:
    """The largest instance that was checked: its sizes, the entries of its largest tensor, seconds, and operations done.

    ``ended`` says why no larger one was checked.
    """

    sizes: Sizes
    entries: int
    seconds: float
    operations: int
    ended: str = ""


class Part(NamedTuple):
    """One thing that was found: in words, with the certificates of it; or what ``failed``."""

    text: str
    certificates: tuple[tuple[str, Certificate], ...] = ()
    failed: str = ""


def check(lemma: Lemma, context: Context) -> Evidence:
    """The lemma at growing sizes over GF(p), its false sibling at small ones, and what else its kind allows."""
    device = devices.choose(context.device)
    with devices.suitable_threads(device), torch.inference_mode():
        return checked(lemma, device, context)


def checked(lemma: Lemma, device: torch.device, context: Context) -> Evidence:
    """The same on a device that is there."""
    system, claim = DeviceField(PRIME, device), typed(lemma)
    if lemma.given:
        return small_instances(lemma, claim, system, context)
    largest, failed = grow(claim, system, context, devices.free_bytes(device), lemma.name)
    if failed is not None:
        return Evidence("scale", "failed", "", detail=f"fails over {system.name} at {shown(failed)}")
    if largest is None:
        return Evidence("scale", "undecided", "", detail="no instance fits the budget")
    if not sibling_fails(lemma.sibling, system, context.seed):
        return Evidence("scale", "failed", "", detail=f"the false sibling held wherever it was tried: {lemma.sibling.statement}")
    parts = [Part(f"over {system.name} up to {measured(largest, device)}")]
    parts += [in_bulk(claim, lemma, device, context), *random_networks(claim, device, context)]
    parts += certified_network(lemma, claim, device, context)
    if wrong := [part.failed for part in parts if part.failed]:
        return Evidence("scale", "failed", "", detail=wrong[0])
    texts = [part.text for part in parts if part.text]
    scope = "; ".join([*texts, f"on this device: {devices.describe(device)} (seed {context.seed})", *refusals(device)])
    certificates = tuple(each for part in parts for each in part.certificates)
    brief = f"{largest.entries} entries mod {system.p}, {rate(largest):.3g} Gop/s"
    return Evidence("scale", "held", scope, brief=brief, certificates=certificates)


def rate(largest: Largest) -> float:
    """10^9 operations per second."""
    return largest.operations / max(largest.seconds, 1e-9) / 1e9


def measured(largest: Largest, device: torch.device) -> str:
    """The largest instance in words, and how it compares with a plain product on the same device, measured in this run."""
    peak = devices.product_rate(device, torch.float64) / 1e9
    speed = f"{rate(largest):.3g} Gop/s, {100 * rate(largest) / peak:.2g}% of a float64 product's {peak:.3g}"
    took = f"{largest.entries} entries, {largest.seconds:.2g} s, {speed}"
    return f"{shown(largest.sizes)} ({took}; {largest.ended})"


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


def grow(claim: Typed, system: DeviceField, context: Context, memory: int, name: str = "") -> tuple[Largest | None, Sizes | None]:
    """Check at each step of sizes; the largest that held, and the sizes of one that did not.

    Before a step its seconds and bytes are predicted; what would pass the time or the memory allowed ends the growth.
    """
    largest: Largest | None = None
    ended = "the largest size tried"
    for place, step in enumerate((STEPS[0], *STEPS)):  # the first time, kernels are compiled and loaded, which is no measure
        sizes = sizes_at(claim, step)
        entries = largest_tensor(claim, sizes)
        seconds = predicted(largest, entries)
        if 8 * TENSORS * entries > memory * share(context):
            needed = f"{TENSORS} tensors of {8 * entries / 2**30:.2g} GiB"
            ended = f"the next would take {needed}, {share(context):.2g} of {memory / 2**30:.3g} GiB free are allowed"
            break
        if place > 1 and seconds > allowed(context):
            ended = f"the next would take about {seconds:.2g} s of {allowed(context):g}"
            break
        context.tell(f"{name}: {shown(sizes)}: a tensor of {8 * entries / 2**20:.3g} MiB", seconds)
        started, system.operations = time.perf_counter(), 0
        try:
            ok = bool(holds(claim.statement, instance(claim, sizes, system, context.seed)))
        except (ProofkitError, torch.cuda.OutOfMemoryError) as error:
            ended = str(error).splitlines()[0]
            break
        if not ok:
            return largest, sizes
        largest = Largest(sizes, entries, time.perf_counter() - started, system.operations)
    return None if largest is None else replace(largest, ended=ended), None


def allowed(context: Context) -> float:
    """The seconds that one lemma's largest instance may take."""
    return context.seconds or SECONDS[context.budget]


def share(context: Context) -> float:
    """The share of the free memory that one lemma's largest instance may take."""
    return context.memory or SHARE_OF_MEMORY


def predicted(last: Largest | None, entries: int) -> float:
    """Seconds at more entries: elimination and products take the power 3/2 of the entries of a matrix."""
    return 0.0 if last is None else float(last.seconds * (entries / last.entries) ** 1.5)


def deep(claim: Typed) -> list[Node]:
    """The deep networks whose rank, odd | even modes, a statement speaks of; not of blocks of modes."""
    numeric = any(comparison.numeric for comparison in claim.statement.comparisons)
    return [node for node in families(claim) if node.op == "ht"] if numeric and not cuts(claim.statement) else []


def random_networks(claim: Typed, device: torch.device, context: Context) -> list[Part]:
    """How many random small networks have the largest rank, beside the Schwartz-Zippel bound."""
    dim, channels = SMALL_NETWORK
    return [
        counted(distribution(dim, channels, SMALL_PRIME, RANDOM_NETWORKS[context.budget], context.seed, device, bool(node.value)))
        for node in deep(claim)[:1]
    ]


def counted(found: Distribution) -> Part:
    """What was counted, in words; failed where it is beyond the bound."""
    return Part(str(found), failed="" if found.within else f"{found}: more than chance explains")


def certified_network(lemma: Lemma, claim: Typed, device: torch.device, context: Context) -> list[Part]:
    """The largest full rank of a random deep network with more channels than M, so that no shortcut applies, that time and memory
    allow to form; and its certificate, which needs no device to be checked."""
    size = largest_network(device, allowed(context), share(context))
    if size is None or all(node.value for node in deep(claim)):
        return []
    levels, dim, seconds = size
    what = f"a network of {2**levels} modes, M = {dim}, {dim + 1} channels"
    context.tell(f"{lemma.name}: {what}: formed and eliminated", seconds)
    started = time.perf_counter()
    found = full_rank(binary_network(levels, dim, dim + 1, str(context.seed)), device)
    what += f": rank {found.lower} of {found.upper} in {time.perf_counter() - started:.2g} s, {found.grade}"
    if not found.exact:
        return [Part("", failed=f"{what}, modulo {small_prime(device)} and {PRIME}")]
    return [Part(what, () if found.sealed is None else ((f"{lemma.name}.scale", found.sealed),))]


def full_rank(matrix: PoolingMatrix, device: torch.device) -> RankResult:
    """Modulo a small prime, which is fast; and modulo a large one, which has fewer right-hand sides, where the small one was
    unlucky or the judge would have too much work. Graded "computed" where the judge follows neither."""
    for p in (small_prime(device), PRIME):
        found = network_rank(matrix, p, device)
        if found.exact:
            with contextlib.suppress(Refused):
                return found.verify(deterministic=False)
    return found


def small_prime(device: torch.device) -> int:
    """251 where products of bytes are right with it, else 127."""
    byte = LARGEST_PRIME["int8"]
    return byte if products_for(byte, device).path == "int8" else 127


def largest_network(device: torch.device, seconds: float, share: float) -> tuple[int, int, float] | None:
    """The levels and M of the largest network that is predicted to fit into a share of the free memory, and the seconds; half of
    a product's speed is assumed, and a quarter of the time: forming, solving and judging take the rest."""
    products = products_for(small_prime(device), device)
    speed, memory = devices.product_rate(device, products.storage) / 2, devices.free_bytes(device) * share
    found = None
    for levels, dim in NETWORKS:
        n = dim ** (2 ** (levels - 1))
        needed = 4 * operations(n, n, n) / speed
        if needed <= seconds and predicted_bytes(n, n, products) <= memory:
            found = levels, dim, needed
    return found


def sibling_fails(sibling: FalseSibling, system: DeviceField, seed: int) -> bool:
    """Whether the sibling is false at random entries, or where some or all arrays vanish."""
    claim = typed(sibling)
    for step in STEPS[:3]:
        sizes = sizes_at(claim, step)
        names = list(instance(claim, sizes, system, seed).arrays)
        choices = product([[], ["*"], *([name] for name in names)], (True, False))
        if any(not holds(claim.statement, instance(claim, sizes, system, seed, zero, constants)) for zero, constants in choices):
            return True
    return False


def in_bulk(claim: Typed, lemma: Lemma, device: torch.device, context: Context) -> Part:
    """Small float64 instances, computed at once, at which all identities have to hold."""
    if any(comparison.numeric for comparison in claim.statement.comparisons):
        return Part("")
    count, system = BULK[context.budget], DeviceFloat64(device)
    random = np.random.default_rng(context.seed)
    sizes = sizes_at(claim, 2)
    empty = Instance(sizes, {}, system)
    arrays: dict[str, Any] = {}
    for name, declared in claim.declarations.items():
        shape = concrete_shape(declared.shape, empty)
        arrays[name] = system.array(random.standard_normal((count, *shape)), batch=True)
    if not np.all(holds(claim.statement, Instance(sizes, arrays, system))):
        return Part("", failed=f"an instance in float64 differs by more than its proved bound (seed {context.seed})")
    return Part(f"{count} instances in float64 within proved bounds")
