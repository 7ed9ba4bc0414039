"""The exact rung: instances without rounding, over Q and GF(p).

Instances are sampled by hypothesis with a seed that is reported, and shrunk where one fails; where the lemma fixes small
sizes, all matrices over GF(2) of these sizes are tried. A failing instance counts as refutation once the judge has
accepted it. The false sibling has to fail here as well. Of a theorem in words there are what it computes and what it certifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np

from proofkit.certificates import judged, seal
from proofkit.errors import ProofkitError
from proofkit.evaluate import Instance, PolynomialMatrix, all_instances_gf2, family_weights, holds, show
from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence
from proofkit.rungs.sampling import computed, families, stated, system_of, typed, under_hypotheses, violation
from proofkit.search import counterexample
from proofkit.statements import Typed

FIELDS = ("Q", "GF(2)", "GF(3)", "GF(65521)")
GENERIC_FIELDS = ("Q", "GF(2147483647)")
MOST = 100  # computations of one lemma over one field
COMPUTED = ("Q", "GF(65521)")  # fields so large that an altered result differs
SAMPLES = 40


def unavailable() -> str:
    """This rung needs nothing that proofkit does not install."""
    return ""


def run(lemma: Lemma, context: Context) -> Evidence:
    """Try the lemma at sampled instances over each field, and at all matrices over GF(2) of the sizes it names."""
    if lemma.in_words:
        return concluded(lemma, context, [], [])
    claim, tried = typed(lemma), {}
    fields = GENERIC_FIELDS if lemma.almost_every else FIELDS if lemma.field == "any" else (exact_field(lemma.field),)
    for field in fields:
        tried[field], found = sampled(lemma, claim, field, context)
        if found is not None:
            return refuted(lemma, claim, found)
    if not any(tried.values()):
        return Evidence("exact", "undecided", "", detail="no instance was found that satisfies the hypotheses")
    listed = exhaustive(lemma, claim) if lemma.exhaustive and not lemma.almost_every else 0
    if isinstance(listed, Instance):
        return refuted(lemma, claim, listed)
    if not sibling_fails(lemma, context):
        detail = f"the false sibling held at every instance tried: {lemma.sibling.statement}"
        return Evidence("exact", "failed", "", detail=detail)
    brief = f"{sum(tried.values())} sampled{f', all {listed} over GF(2)' if listed else ''}"
    return concluded(lemma, context, [scope_text(lemma, tried, context.seed, listed)], [brief])


def concluded(lemma: Lemma, context: Context, scopes: list[str], briefs: list[str]) -> Evidence:
    """The evidence, given what was sampled in words: with what the lemma computes, and certifies of given sizes."""
    outcomes = [computed(lemma, system_of(field), context.seed, MOST) for field in COMPUTED if lemma.computations]
    if wrong := next(filter(None, (each for _, each in outcomes)), ""):
        return Evidence("exact", "failed", "", detail=wrong)
    try:
        sealed = [(text, judged(each.data)) for text, each in lemma.certified()] if lemma.certified else []
        contrary = lemma.sibling.contrary() if lemma.sibling.contrary else None
        contrary = contrary and judged(contrary.data)
    except ProofkitError as error:
        return Evidence("exact", "failed", "", detail=f"what is certified of given sizes is not: {error}")
    if lemma.sibling.contrary and contrary is None:
        return Evidence("exact", "failed", "", detail=f"the false sibling was not contradicted: {lemma.sibling.statement}")
    certificates = [(f"{lemma.name}.{number}", each) for number, (_, each) in enumerate(sealed, 1)]
    if texts := [text for each, _ in outcomes[:1] for text in each]:
        over = [field for field, (each, _) in zip(COMPUTED, outcomes, strict=True) if each]
        scopes.append(f"computed over {' and '.join(over)} (seed {context.seed}): {', '.join(texts)}")
        briefs += [] if briefs else [f"{len(texts)} computed"]
    if sealed:
        scopes.append(f"{len(sealed)} certificates that the judge accepts: {', '.join(text for text, _ in sealed)}")
        briefs.append(f"{len(sealed)} certified")
    if contrary is not None:
        scopes.append(f"against the false sibling, {contrary.verdict.verdict} by the judge: {contrary.verdict.claim}")
        certificates.append((f"{lemma.name}.false", contrary))
    if not briefs:
        return Evidence("exact", "undecided", "", detail="nothing was computed or certified")
    return Evidence("exact", "held", "; ".join(scopes), brief=", ".join(briefs), certificates=tuple(certificates))


def sampled(lemma: Lemma, claim: Typed, field: str, context: Context) -> tuple[int, Instance | None]:
    """The number of instances tried over a field, all of which satisfy the hypotheses, and one at which the claim fails."""
    count = context.samples(SAMPLES)
    if not lemma.given:
        return count, violation(claim, system_of(field), count, context.seed, lemma.almost_every)
    points = list(under_hypotheses(lemma, field, count, context.seed))
    return len(points), next((point for point in points if not holds(claim.statement, point)), None)


def scope_text(lemma: Lemma, tried: Mapping[str, int], seed: int, listed: int) -> str:
    """What was tried, in words."""
    under = " that satisfy the hypotheses" if lemma.given else ""
    scope = f"sampled instances{under}: {', '.join(f'{count} over {field}' for field, count in tried.items())} (seed {seed})"
    if listed:
        sizes = ", ".join(f"{name} = {size}" for name, size in lemma.exhaustive.items())
        scope += f"; all {listed} over GF(2) with {sizes}"
    return scope


def exact_field(field: str) -> str:
    """The field over which a claim over R or C is sampled."""
    return "Q" if field in ("R", "C") else field


def exhaustive(lemma: Lemma, claim: Typed) -> int | Instance:
    """The number of instances over GF(2) at the lemma's sizes, all of which hold; or the first that does not."""
    weights: dict[str, tuple[int, ...]] = {}
    for node in families(claim):
        weights.update(family_weights(node, lemma.exhaustive))
    count = 0
    for batch in all_instances_gf2(claim.declarations, lemma.exhaustive, weights):
        ok = np.atleast_1d(holds(claim.statement, batch))
        for given in claim.givens:
            ok = ok | ~np.atleast_1d(holds(given, batch))
        if not ok.all():
            return batch.item(int(ok.argmin()))
        count += len(ok)
    return count


def sibling_fails(lemma: Lemma, context: Context) -> bool:
    """Whether some instance shows the sibling false, by this rung's own evaluation."""
    sibling = lemma.sibling
    fields = FIELDS if sibling.field == "any" else (exact_field(sibling.field),)
    claim, generic = typed(sibling), sibling.almost_every
    if sibling.given:
        points = (point for field in fields for point in under_hypotheses(sibling, field, 10 * SAMPLES, context.seed))
        return any(not holds(claim.statement, point) for point in points)
    found = (violation(claim, system_of(field), 10 * SAMPLES, context.seed, generic, shrink=False) for field in fields)
    return any(each is not None for each in found)


def refuted(lemma: Lemma, claim: Typed, point: Instance) -> Evidence:
    """What a failing instance means: a refutation if the judge says so; of an almost-everywhere claim, only a failure.

    A smaller counterexample is searched for first."""
    if lemma.almost_every:
        return Evidence("exact", "failed", "", detail="fails at entries drawn from a large range", counterexample=show(point))
    smallest = counterexample.find(claim, stated(lemma))
    if smallest is not None:
        return Evidence(
            "exact",
            "refuted",
            f"one instance over {smallest.field}",
            certificates=((f"{lemma.name}.exact", smallest.certificate),),
            counterexample=str(smallest),
        )
    sizes = {name: size if isinstance(size, int) else list(size) for name, size in point.sizes.items()}
    entries = {name: listed(claim, name, value) for name, value in point.arrays.items()}
    sealed = seal("counterexample", stated(lemma), {"sizes": sizes, "field": point.system.name, "entries": entries})
    return Evidence(
        "exact",
        "refuted",
        f"one instance over {point.system.name}",
        certificates=((f"{lemma.name}.exact", sealed),),
        counterexample=show(point),
    )


def listed(claim: Typed, name: str, value: Any) -> Any:
    """The entries of an array as the certificate writes them: bundles grouped into their odd and even modes."""
    if isinstance(value, PolynomialMatrix):
        return [[list(exponents), _plain(matrix.tolist())] for exponents, matrix in value.terms]
    shape = claim.declarations[name].shape if name in claim.declarations else ()
    if not any(len(mode) == 2 for mode in shape):
        return _plain(value.tolist())
    return _plain(_grouped(np.array(value.tolist(), dtype=object), len(shape) - 1).tolist())


def _grouped(array: Any, plain: int) -> Any:
    """A leading bundle of any even number of modes as two modes; ``plain`` modes follow it."""
    count = array.ndim - plain
    odd, even, rest = list(range(0, count, 2)), list(range(1, count, 2)), list(range(count, array.ndim))
    dims = [prod(array.shape[i] for i in side) for side in (odd, even)]
    return array.transpose([*odd, *even, *rest]).reshape(*dims, *(array.shape[i] for i in rest))


def _plain(entries: Any) -> Any:
    if isinstance(entries, list):
        return [_plain(entry) for entry in entries]
    return int(entries) if entries == int(entries) else str(entries)
