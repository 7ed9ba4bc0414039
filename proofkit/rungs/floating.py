"""The floating rung: instances in float64, float32, tf32, bf16 and at 50 decimal digits, within error bounds stated beforehand.

Two sides of an identity have to agree within their a-priori bounds (standard model of rounding, underflow included: see
``fields.rounded``; for tf32 and bf16 the model is assumed: see ``fields.narrow``). Ranks are intervals: from below what a
verified computation shows of every matrix within the bounds, from above only what needs no arithmetic, the number of rows and
columns that are not exactly zero. The false sibling has to be contradicted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, concrete_shape, evaluate, family_weights, show, sides
from proofkit.fields import BF16, FLOAT32, FLOAT64, MP50, TF32, Array, Multiprecision, Narrow, NumberSystem, Rounded, RoundedArray
from proofkit.lemma import FalseSibling, Lemma
from proofkit.linalg.floating import rank_lower_bound
from proofkit.rungs.evidence import Context, Evidence
from proofkit.rungs.sampling import DEEP, MAX_LEVELS, computed, families, keep_levels, typed, under_hypotheses
from proofkit.statements import Comparison, Node, Typed, walk

SYSTEMS: tuple[tuple[Rounded, int], ...] = ((FLOAT64, 40), (FLOAT32, 40), (TF32, 40), (BF16, 40), (MP50, 4))  # with instances
DRIVER = Path("/proc/driver/nvidia")  # without it torch need not be imported to know that it has no GPU
MAX_SIZE = 4
Interval = tuple[int, int]


@dataclass(frozen=True)
class Tried:
    """What came of a lemma in one arithmetic: the instances that its bounds decided, and the computations that it made."""

    system: Rounded
    decided: int
    instances: int
    computations: tuple[str, ...]

    @property
    def assumed(self) -> bool:
        """Whether the bounds rest on an assumed model of rounding."""
        return isinstance(self.system, Narrow)

    def __str__(self) -> str:
        emulated = ", emulated" if type(self.system) is Narrow else ""
        return f"{self.decided} of {self.instances} in {self.system.name}{emulated}"


def unavailable() -> str:
    """This rung needs nothing that proofkit does not install."""
    return ""


def arithmetics() -> tuple[tuple[Rounded, int], ...]:
    """The arithmetics to try, with the number of instances; where there is a GPU, tf32 and bf16 also as torch computes them."""
    if not DRIVER.exists() or find_spec("torch") is None:
        return SYSTEMS
    return SYSTEMS + tuple((system, 40) for system in import_module("torch_backend.precisions").systems())


def run(lemma: Lemma, context: Context) -> Evidence:
    """Try the lemma at random real entries in each arithmetic."""
    found = []
    for system, count in arithmetics():
        one = tried(lemma, system, context.samples(count), context.seed)
        if isinstance(one, Evidence):
            return one
        found.append(one)
    if lemma.in_words:
        computing = [each for each in found if each.computations]
        if not computing:
            return Evidence("floating", "undecided", "", detail="nothing was computed")
        return Evidence("floating", "held", scope(computing, context.seed), brief=f"computed in {len(computing)} arithmetics")
    if not sibling_fails(lemma.sibling, context):
        detail = f"the false sibling was never contradicted: {lemma.sibling.statement}"
        return Evidence("floating", "failed", "", detail=detail)
    total = sum(each.decided for each in found if not each.assumed)
    return Evidence("floating", "held", scope(found, context.seed), brief=f"{total} decided by proved bounds")


def tried(lemma: Lemma, system: Rounded, count: int, seed: int) -> Tried | Evidence:
    """The lemma in one arithmetic; evidence where it was contradicted, or nothing was decided."""
    comparisons = () if lemma.in_words else typed(lemma).statement.comparisons
    decided = instances = 0
    for point in () if lemma.in_words else points(lemma, system, count, seed, lemma.almost_every):
        answers = [compare(each, point) for each in comparisons]
        if False in answers:
            detail = f"contradicted in {system.name} beyond its error bounds"
            return Evidence("floating", "failed", "", detail=detail, counterexample=show_point(point))
        instances += 1
        decided += None not in answers
    if not decided and not lemma.in_words:
        return Evidence("floating", "undecided", "", detail=f"no instance in {system.name} was decided by its error bounds")
    texts, wrong = computed(lemma, system, seed, 2 if isinstance(system, Multiprecision) else 100)
    if wrong:
        return Evidence("floating", "failed", "", detail=wrong)
    return Tried(system, decided, instances, tuple(texts))


def scope(found: Sequence[Tried], seed: int) -> str:
    """What was tried, in words; arithmetics that made the same computations are named together."""
    proved, assumed = ([str(each) for each in found if each.instances and each.assumed == which] for which in (False, True))
    parts = [f"random instances decided within proved error bounds: {', '.join(proved)}"] if proved else []
    parts += [f"within bounds of an assumed model of rounding: {', '.join(assumed)}"] if assumed else []
    for texts in dict.fromkeys(each.computations for each in found if each.computations):
        names = [each.system.name for each in found if each.computations == texts]
        parts.append(f"the computations {', '.join(texts)} in {', '.join(names)}")
    return f"{'; '.join(parts)} (seed {seed})"


def sibling_fails(sibling: FalseSibling, context: Context) -> bool:
    """Whether some float64 instance contradicts the sibling for certain."""
    comparisons = typed(sibling).statement.comparisons
    sampled = points(sibling, FLOAT64, 400, context.seed, sibling.almost_every)
    return any(compare(each, point) is False for point in sampled for each in comparisons)


def points(
    lemma: Lemma | FalseSibling, system: NumberSystem, count: int, seed: int, almost_every: tuple[str, ...]
) -> Iterator[Instance]:
    """Random instances: normal entries; one array in four that is not generic is zero.

    Under hypotheses, which random reals do not satisfy, instances over Q whose entries are representable.
    """
    claim = typed(lemma)
    if lemma.given:
        for exact in under_hypotheses(lemma, "Q", count, seed):
            yield Instance(exact.sizes, {name: system.array(array) for name, array in exact.arrays.items()}, system)
        return
    random = np.random.default_rng([seed, len(system.name)])
    for _ in range(count):
        yield _point(claim, system, random, almost_every)


def _point(claim: Typed, system: NumberSystem, random: np.random.Generator, almost_every: tuple[str, ...]) -> Instance:
    sizes: dict[str, int | list[int]] = {name: int(random.integers(1, MAX_SIZE + 1)) for name in sorted(claim.declarations.sizes)}
    weights: dict[str, tuple[int, ...]] = {}
    for node in families(claim):
        if node.op in DEEP:
            level = sizes[str(node.args[0].value)] = int(random.integers(1, MAX_LEVELS + 1))
            keep_levels(claim, sizes)
            sizes[str(node.args[-1].value)] = [int(n) for n in random.integers(1, 3, size=level)]
        weights.update(family_weights(node, sizes))
    empty = Instance(sizes, {}, system)
    arrays: dict[str, Array | PolynomialMatrix] = {}
    for name, declaration in claim.declarations.items():
        shape = concrete_shape(declaration.shape, empty)
        if declaration.argument is None:
            weights[name] = shape
            continue
        variables = empty.extent(declaration.argument)
        powers = [(k, degree) for k in range(variables) for degree in (1, 2)]
        exponents = [tuple(degree * (i == k) for i in range(variables)) for k, degree in [(0, 0), *powers]]
        arrays[name] = PolynomialMatrix(tuple((each, system.array(_entries(random, shape, 0.25))) for each in exponents))
    for name, shape in weights.items():
        arrays[name] = system.array(_entries(random, shape, 0.0 if name.split(".")[0] in almost_every else 0.25))
    return Instance(sizes, arrays, system)


def _entries(random: np.random.Generator, shape: tuple[int, ...], vanishing: float) -> NDArray[np.float64]:
    """Normal entries, or with probability ``vanishing`` zeros."""
    return np.zeros(shape) if random.random() < vanishing else random.standard_normal(shape)


def compare(comparison: Comparison, point: Instance) -> bool | None:
    """True or False where the bounds decide the comparison, None where they do not.

    An identity cannot be shown by rounded arithmetic: agreement within finite bounds counts as decided, disagreement is certain.
    """
    if not comparison.numeric:
        values = sides(comparison, point)
        if not values[0].items_equal(values[1]).all():  # type: ignore[union-attr, arg-type]
            return False
        return None if any(isinstance(each, RoundedArray) and each.overflowed for each in values) else True
    left, right = interval(comparison.left, point), interval(comparison.right, point)
    if comparison.op == "==":
        parts = [_at_most(left, right), _at_most(right, left)]
        return False if False in parts else None if None in parts else True
    return _at_most(left, right) if comparison.op == "<=" else _at_most(right, left)


def _at_most(left: Interval, right: Interval) -> bool | None:
    if left[1] <= right[0]:
        return True
    return False if left[0] > right[1] else None


def interval(node: Node, point: Instance) -> Interval:
    """Bounds on an integer expression."""
    if node.op == "rank":
        return rank_interval(evaluate(node.args[0], point))
    if node.op in ("add", "sub", "mul", "min", "max", "neg"):
        parts = [interval(arg, point) for arg in node.args]
        return _combined(node.op, parts)
    if node.op == "pow" and any(part.op == "rank" for part in walk(node.args[0])):
        (least, most), (exponent, _) = (interval(arg, point) for arg in node.args)
        return max(least, 0) ** exponent, most**exponent
    exact = evaluate(Node("max", (node, node)), point)
    return int(exact), int(exact)  # type: ignore[arg-type]


def _combined(op: str, parts: list[Interval]) -> Interval:
    if op == "neg":
        return -parts[0][1], -parts[0][0]
    if op == "sub":
        return parts[0][0] - parts[1][1], parts[0][1] - parts[1][0]
    if op in ("min", "max"):
        choose = min if op == "min" else max
        return choose(part[0] for part in parts), choose(part[1] for part in parts)
    left, right = parts
    if op == "add":
        return left[0] + right[0], left[1] + right[1]
    ends = [a * b for a in left for b in right]
    return min(ends), max(ends)


def rank_interval(matrix: object) -> Interval:
    """A verified lower bound on the rank, and the number of rows or columns that are not exactly zero."""
    if not isinstance(matrix, RoundedArray):
        raise ProofkitError("not a matrix of rounded numbers")
    value, bound = matrix.value, matrix.bound
    if value.dtype == object:  # mpmath: rounded to float64, which the bound has to cover
        near = value.astype(np.float64)
        slack = np.abs(near) * 2.0**-52 + np.finfo(np.float64).smallest_subnormal
        value, bound = near, np.where(near == 0, 0.0, slack) + bound.astype(np.float64) * (1 + 2.0**-50)
    nonzero = (value != 0) | (bound != 0)
    above = min(int(nonzero.any(axis=1).sum()), int(nonzero.any(axis=0).sum()))
    if not np.isfinite(bound).all():
        return 0, above
    return rank_lower_bound(value.astype(np.float64), bound), above


def show_point(point: Instance) -> str:
    """The sizes of an instance; its entries are many digits long."""
    return show(Instance(point.sizes, {}, point.system))
