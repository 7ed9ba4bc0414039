"""The scale rung: large instances on a GPU or a CPU, by torch_backend, which comes with a later version."""

from __future__ import annotations

from importlib.util import find_spec

from proofkit.errors import ProofkitError
from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence


def unavailable() -> str:
    """Why the engine is missing."""
    if find_spec("torch_backend") is None:
        return "this version has no torch_backend yet"
    return "" if find_spec("torch") is not None else "torch is missing: pip install 'proofkit[torch]'"


def run(lemma: Lemma, context: Context) -> Evidence:
    """Without the engine there is nothing to run."""
    raise ProofkitError(f"{lemma.name}: {unavailable()} (budget {context.budget})")
