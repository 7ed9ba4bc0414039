"""The scale rung: large instances on a GPU or a CPU, by torch_backend."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence


def unavailable() -> str:
    """Why the engine is missing."""
    return "" if find_spec("torch") is not None else "torch is missing: pip install 'proofkit[torch]'"


def run(lemma: Lemma, context: Context) -> Evidence:
    """Check the lemma at the largest sizes that the budget allows; evidence on this device."""
    found: Evidence = import_module("torch_backend.scale").check(lemma, context)
    return found
