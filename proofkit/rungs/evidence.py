"""What a rung has to say of a lemma, and what it is given to say it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from proofkit.certificates import Certificate
from proofkit.lemma import Lemma

VERDICTS = ("proved", "certified", "delegated", "held", "undecided", "unavailable", "failed", "refuted")


@dataclass(frozen=True)
class Evidence:
    """A verdict with the scope it covers in words, what it cost in seconds, and what it rests on.

    ``brief`` is the scope in a few words, for tables. ``certificates`` are accepted by the judge, each with the stem of its
    file name; ``used`` names the lemmas that the proof uses, read off its certificate; ``counterexample`` is the smallest
    found, in the statement's notation.
    """

    rung: str
    verdict: str
    scope: str
    seconds: float = 0.0
    detail: str = ""
    certificates: tuple[tuple[str, Certificate], ...] = ()
    assumes: tuple[str, ...] = ()
    used: tuple[str, ...] = ()
    counterexample: str = ""
    brief: str = ""
    kept: bool = False  # whether it comes from an earlier run

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.verdict!r} is not a verdict; the verdicts are {', '.join(VERDICTS)}")

    def took(self, seconds: float) -> Evidence:
        """The same evidence with its cost."""
        return replace(self, seconds=seconds)


@dataclass
class Context:
    """What all rungs of one run share. ``proofs`` collects the certificates of lemmas as the symbolic rung finds them.

    ``device``, ``seconds`` and ``memory`` are for the scale rung: where to compute ("" is the best there is), how long one
    lemma's largest instance may take (0: by the budget), and what share of the free memory (0: most of it). ``tell`` hears what
    is about to be computed there, and how long that will take.
    """

    budget: str = "fast"
    seed: int = 0
    lemmas: Mapping[str, Lemma] = field(default_factory=dict)
    proofs: dict[str, Certificate] = field(default_factory=dict)
    device: str = ""
    seconds: float = 0.0
    memory: float = 0.0
    tell: Callable[[str, float], None] = lambda text, seconds: None

    def samples(self, fast: int) -> int:
        """The number of instances to try: ten times as many where thorough."""
        return fast * (10 if self.budget == "thorough" else 1)
