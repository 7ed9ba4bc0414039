"""The rungs of the ladder: the same lemma checked at every strength, each with its own engine.

A rung is one module with ``unavailable() -> str`` (empty where its engine is present) and ``run(lemma, context) ->
Evidence``. Where its results depend on more than proofkit's code, ``depends_on(context) -> str`` digests it.
"""

from __future__ import annotations

import time
from importlib import import_module

from proofkit.errors import ProofkitError
from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence

NAMES = ("symbolic", "exact", "floating", "scale", "formal")


def available(rung: str) -> str:
    """Empty where the rung's engine is present; else why it is not, and the command that installs it."""
    missing: str = import_module(f"proofkit.rungs.{rung}").unavailable()
    return missing


def inapplicable(rung: str, lemma: Lemma) -> str:
    """Why a rung has nothing to say of a lemma; empty where it has."""
    if rung == "formal":
        return "" if lemma.formal else "no theorem in formal/ is named; a lemma names its own by formal=(...)"
    if not lemma.in_words:
        return ""
    exact = lemma.certified or (lemma.computations and lemma.field not in ("R", "C"))
    if (rung == "exact" and exact) or (rung == "floating" and lemma.computations):
        return ""
    return "stated in words: its proof is in formal/, on the formal rung"


def depends_on(rung: str, context: Context) -> str:
    """What results of a rung depend on beside the lemma, proofkit's code and its libraries, budget and seed."""
    module = import_module(f"proofkit.rungs.{rung}")
    found: str = module.depends_on(context) if hasattr(module, "depends_on") else ""
    return found


def run(rung: str, lemma: Lemma, context: Context) -> Evidence:
    """Check a lemma on one rung. A check that breaks is evidence too: its verdict is ``failed``."""
    missing = available(rung) or inapplicable(rung, lemma)
    if missing:
        return Evidence(rung, "unavailable", missing, 0.0)
    started = time.perf_counter()
    try:
        found: Evidence = import_module(f"proofkit.rungs.{rung}").run(lemma, context)
    except ProofkitError as error:
        found = Evidence(rung, "failed", "", 0.0, detail=f"{lemma.name}: {rung}: {error}")
    except Exception as error:  # a defect of the rung is no verdict on the lemma
        broke = f"{lemma.name}: {rung}: the check broke: {type(error).__name__}: {error}"
        found = Evidence(rung, "failed", "", 0.0, detail=broke)
    return found.took(time.perf_counter() - started)


__all__ = ["NAMES", "Context", "Evidence", "available", "depends_on", "inapplicable", "run"]
