"""The formal rung: the statement in the kernel of a proof assistant, which comes with a later version."""

from __future__ import annotations

from proofkit.errors import ProofkitError
from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence


def unavailable() -> str:
    """Why the engine is missing."""
    return "this version has no formal development yet"


def run(lemma: Lemma, context: Context) -> Evidence:
    """Without the engine there is nothing to run."""
    raise ProofkitError(f"{lemma.name}: {unavailable()} (budget {context.budget})")
