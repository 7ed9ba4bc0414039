"""Instances of a lemma's claim: sampled by hypothesis, or all matrices over GF(2)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from math import prod
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from proofkit.certificates import Claim
from proofkit.evaluate import Instance, family_weights, holds
from proofkit.fields import GF, Array, Narrow, NumberSystem, Q
from proofkit.lemma import FalseSibling, Lemma
from proofkit.search.samples import Sampler
from proofkit.statements import Comparison, Node, Typed, cuts, infer, parse_statement, statement_of, walk
from proofkit.statements.syntax import FAMILIES
from proofkit.strategies import instances

A_FEW = 3  # instances of one size under hypotheses
DEEP = ("ht", "truncated")
MAX_LEVELS = 3  # of a network that is written out
GENERIC_PRIME = 2**31 - 1  # generic entries are drawn from a field, or a range, of this size


def typed(lemma: Lemma | FalseSibling) -> Typed:
    """The statement with complete declarations; a CP rank from below is read as the rank that bounds it from below."""
    statement = parse_statement(lemma.statement)
    parts = (replace(each, left=_computable(each, each.left)) for each in statement.comparisons)
    return infer(statement_of(*dict.fromkeys(parts)), lemma.where, lemma.given)


def _computable(comparison: Comparison, side: Node) -> Node:
    if comparison.op == ">=" and side.op == "cp_rank":
        return replace(side, op="rank", args=(Node("odd_even", side.args),))
    return side


def stated(lemma: Lemma | FalseSibling) -> Claim:
    """The statement of a lemma or of its sibling as a claim for all sizes, undeclared sizes inferred."""
    found = infer(lemma.statement, lemma.where, lemma.given)
    given = tuple(each.text for each in found.givens)
    sizes = dict.fromkeys(sorted(found.declarations.sizes), "any")
    return Claim(found.statement.text, found.declarations.text(), given, lemma.almost_every, lemma.field, sizes)


def families(claim: Typed) -> list[Node]:
    """The network calls in a statement."""
    parts = [side for each in claim.statement.comparisons for side in (each.left, each.right)]
    return [node for part in parts for node in walk(part) if node.op in FAMILIES]


def keep_levels(claim: Typed, sizes: dict[str, Any]) -> None:
    """Cut networks to at most as many levels as they have."""
    for levels, cut in cuts(claim.statement):
        if cut.op == "name":
            sizes[str(cut.value)] = min(sizes[str(cut.value)], _number(levels, sizes))


@st.composite
def points(draw: st.DrawFn, claim: Typed, system: NumberSystem, almost_every: Sequence[str] = (), max_size: int = 3) -> Instance:
    """Instances of a claim; generic tensors have entries from a large range instead of a small one."""
    sizes: dict[str, int | Sequence[int]] = {name: draw(st.integers(1, max_size)) for name in sorted(claim.declarations.sizes)}
    weights: dict[str, tuple[int, ...]] = {}
    keep_levels(claim, sizes)
    for node in families(claim):
        if node.op in DEEP:
            levels = _number(node.args[0], sizes)
            counts = st.lists(st.integers(1, max_size), min_size=levels, max_size=levels)
            sizes.setdefault(str(node.args[-1].value), draw(counts))
        weights.update(family_weights(node, sizes))
    point = draw(instances(claim.declarations, system, max_size, sizes=sizes, weights=weights))
    generic = [name for name in point.arrays if name.split(".")[0] in almost_every]
    return Instance(point.sizes, {**point.arrays, **{name: draw(_generic(point, name)) for name in generic}}, system)


def _number(node: Node, sizes: Mapping[str, int | Sequence[int]]) -> int:
    value = sizes.get(str(node.value), node.value)
    return value if isinstance(value, int) else MAX_LEVELS


@st.composite
def _generic(draw: st.DrawFn, point: Instance, name: str) -> Array:
    shape = point.arrays[name].shape
    random = Random(draw(st.integers(0, 2**64)))  # hypothesis draws the seed only: entries that it chose would not be generic
    flat = [random.randrange(GENERIC_PRIME) for _ in range(prod(shape))]
    return point.system.array(flat).reshape(*shape)


def violation(
    claim: Typed, system: NumberSystem, examples: int, run_seed: int, almost_every: Sequence[str] = (), shrink: bool = True
) -> Instance | None:
    """An instance at which the claim fails, with ``shrink`` the smallest found; None where none of the examples does."""
    failing: list[Instance] = []

    @seed(run_seed)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        print_blob=False,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
    )
    @given(points(claim, system, almost_every))
    def check(point: Instance) -> None:
        if all(holds(each, point) for each in claim.givens) and not holds(claim.statement, point):
            failing.append(point)
            raise AssertionError

    try:
        check()
    except AssertionError:
        return failing[-1]
    return None


def under_hypotheses(lemma: Lemma | FalseSibling, field: str, count: int, run_seed: int) -> Iterator[Instance]:
    """Instances over one field that satisfy every hypothesis of the lemma: up to ``count``, a few of each small size.

    Hypotheses are solved where they define a name and met by search elsewhere; there may be fewer instances, or none.
    """
    claim, system, random = typed(lemma), system_of(field), Random(run_seed)
    sampler = Sampler(claim, stated(lemma), field)
    found = 0
    for _, sizes, shapes in sampler.sizes():
        for values in sampler.batches(sizes, shapes):
            total = len(next(iter(values.values()), [0]))
            for item in random.sample(range(total), min(total, A_FEW)):
                arrays = {name: system.array(part[item]) for name, part in values.items()}
                point = Instance(sizes, arrays, system)
                if all(holds(each, point) for each in claim.givens):
                    yield point
                    found += 1
                if found == count:
                    return


def computed(lemma: Lemma, system: NumberSystem, run_seed: int, most: int) -> tuple[list[str], str]:
    """The first computations of a lemma over one system: what each was and, where one came out wrong, which and how (or "").

    Where the bounds of a narrow format are wider than the alteration of a wrong result, the computation shows nothing: left out.
    """
    texts: list[str] = []
    for each in islice(lemma.computations(system, run_seed), most) if lemma.computations else ():
        if not each.left.items_equal(each.right).all():
            return texts, f"computation {each.text} over {system.name}: the two results differ"
        unnoticed = each.left.items_equal(each.altered).all()
        if unnoticed and isinstance(system, Narrow):
            continue
        if unnoticed:
            return texts, f"computation {each.text} over {system.name}: a wrong result was not noticed"
        texts.append(each.text)
    return texts, ""


def system_of(field: str) -> NumberSystem:
    """Q or GF(p) by name."""
    return Q if field == "Q" else GF(int(field[3:-1]))
