"""The symbolic rung: the statement itself, for all sizes, by a derivation that the judge checks.

The false sibling goes through the same prover and has to be refuted; where it is not, the check is one that cannot fail.
"""

from __future__ import annotations

from collections.abc import Mapping

from proofkit.certificates import Certificate
from proofkit.lemma import FalseSibling, Lemma
from proofkit.rungs.evidence import Context, Evidence
from proofkit.search.prover import Premise, Result, prove


def unavailable() -> str:
    """This rung needs nothing that proofkit does not install."""
    return ""


def run(lemma: Lemma, context: Context) -> Evidence:
    """Prove the lemma from the lemmas it rests on, and refute its false sibling."""
    missing = prove_all(lemma, context)
    if missing:
        return Evidence("symbolic", "undecided", "", detail=f"rests on {missing}, which is not proved")
    found = attempt(lemma, context)
    sibling = refute(lemma.sibling)
    if found.verdict == "refuted":
        certificates = ((lemma.name, found.sealed),) if found.sealed else ()
        example = str(found.counterexample)
        return Evidence("symbolic", "refuted", found.scope, certificates=certificates, counterexample=example)
    if sibling.verdict != "refuted" or sibling.sealed is None:
        detail = f"the false sibling was not refuted: {lemma.sibling.statement}: {sibling}"
        return Evidence("symbolic", "failed", "", detail=detail)
    if found.sealed is None:
        return Evidence("symbolic", "undecided", "", detail=found.tried)
    edges = used(found.sealed, context.proofs)
    if set(edges) != set(lemma.rests_on):
        return Evidence(
            "symbolic", "failed", "", detail=f"declared uses {list(lemma.rests_on)}, but the proof uses {list(edges)}"
        )
    context.proofs[lemma.name] = found.sealed
    return Evidence(
        "symbolic", "proved", scope(found),
        certificates=((lemma.name, found.sealed), (f"{lemma.name}.false", sibling.sealed)),
        assumes=found.sealed.verdict.assumes, used=edges,
        counterexample=str(sibling.counterexample or ""),
        brief=brief(found),
    )  # fmt: skip


def prove_all(lemma: Lemma, context: Context) -> str:
    """Prove what the lemma rests on, where that has not been done; the name of one that is not proved, or empty."""
    for name in lemma.rests_on:
        if name not in context.proofs:
            missing = prove_all(context.lemmas[name], context)
            found = None if missing else attempt(context.lemmas[name], context).sealed
            if found is None or found.verdict.verdict != "proved":
                return missing or name
            context.proofs[name] = found
    return ""


def attempt(lemma: Lemma, context: Context) -> Result:
    """The prover's answer to the lemma's statement."""
    premises = [Premise(context.proofs[use.lemma], use.names, use.place) for use in lemma.uses]
    return prove(lemma.statement, lemma.where, lemma.given, field=lemma.field, almost_every=lemma.almost_every, premises=premises)


def refute(sibling: FalseSibling) -> Result:
    """The prover's answer to the false sibling."""
    return prove(sibling.statement, sibling.where, sibling.given, field=sibling.field, almost_every=sibling.almost_every)


def scope(found: Result) -> str:
    """The judge's scope, with the size equalities that inference imposed."""
    return f"{found.scope}{' with ' + ' and '.join(found.notes) if found.notes else ''}"


def brief(found: Result) -> str:
    """The scope in a few words: which sizes, which field."""
    sizes = "all sizes" if found.scope.startswith("for all sizes") else "these sizes"
    return f"{sizes}, {found.scope.rpartition('over ')[2]}"


def used(certificate: Certificate, proofs: Mapping[str, Certificate]) -> tuple[str, ...]:
    """The lemmas whose claims the certificate names as premises; a claim that is no lemma's is named by its digest."""
    names = {proof.claim_digest: name for name, proof in proofs.items()}
    return tuple(sorted(names.get(digest, digest[:12]) for digest in certificate.verdict.premises))
