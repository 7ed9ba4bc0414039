"""proofkit: state a step of a proof about matrices and tensors once; see it proved, checked exactly, or refuted.

>>> import proofkit
>>> proofkit.prove("rank(kron(A, B)) == rank(A) * rank(B)").verdict
'proved'
"""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # as typing has it, which is not loaded here
if TYPE_CHECKING:
    from typing import Any

    from proofkit.errors import ProofkitError, StatementError, UsageError
    from proofkit.lemma import Computation, FalseSibling, Lemma, Use
    from proofkit.outcome import Outcome, check, lemmas
    from proofkit.search.prover import Result, prove

__version__ = "0.1.0"

# Loaded when first asked for, so that `import proofkit` costs next to nothing.
_HOMES = {
    "check": "proofkit.outcome",
    "lemmas": "proofkit.outcome",
    "Outcome": "proofkit.outcome",
    "prove": "proofkit.search.prover",
    "Result": "proofkit.search.prover",
    "rank": "proofkit.ranks",
    "RankResult": "proofkit.ranks",
    "Lemma": "proofkit.lemma",
    "FalseSibling": "proofkit.lemma",
    "Computation": "proofkit.lemma",
    "Use": "proofkit.lemma",
    "ProofkitError": "proofkit.errors",
    "StatementError": "proofkit.errors",
    "UsageError": "proofkit.errors",
}

__all__ = [
    "Computation",
    "FalseSibling",
    "Lemma",
    "Outcome",
    "ProofkitError",
    "RankResult",
    "Result",
    "StatementError",
    "UsageError",
    "Use",
    "check",
    "lemmas",
    "prove",
    "rank",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'proofkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
