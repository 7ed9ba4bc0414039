"""Checking lemmas from Python: ``proofkit.check(...)``, ``proofkit.lemmas()``, and what they return."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from proofkit import checking
from proofkit.certificates import Certificate
from proofkit.checking import Plan, Results
from proofkit.errors import UsageError
from proofkit.graph import graph
from proofkit.lemma import Lemma, load
from proofkit.report import picture
from proofkit.report.html import check_html, lemma_html
from proofkit.rungs import Context, Evidence, scale
from proofkit.store import Store


@dataclass(frozen=True)
class Picture:
    """A drawing; shown by a notebook, or written to a file."""

    svg: str

    def _repr_html_(self) -> str:
        return self.svg

    def write(self, path: str | Path) -> None:
        """Write the svg file."""
        from proofkit.certificates import write_atomically

        write_atomically(Path(path), self.svg.encode())


@dataclass(frozen=True)
class Outcome:
    """What a check found: ``outcome["kronecker_rank", "symbolic"]`` is the evidence of one lemma on one rung."""

    planned: Plan
    results: Results

    def __getitem__(self, key: tuple[str, str]) -> Evidence:
        return self.results[key]

    @property
    def shown(self) -> bool:
        """Whether everything that was asked for was shown."""
        return checking.exit_code(self.planned, self.results) == checking.SHOWN

    @property
    def certificates(self) -> dict[str, Certificate]:
        """All certificates, by the stems of their file names."""
        return {stem: each for evidence in self.results.values() for stem, each in evidence.certificates}

    def graph(self) -> Picture:
        """What rests on what, drawn."""
        return Picture(picture.svg(graph(self.planned.lemmas, self.results)))

    def __repr__(self) -> str:
        rows = [f"{name}: {rung}: {each.verdict} ({each.brief or each.detail})" for (name, rung), each in self.results.items()]
        return "\n".join(rows)

    def _repr_html_(self) -> str:
        return check_html(self.planned, self.results)


class Lemmas(Mapping[str, Lemma]):
    """Lemmas by name, in reading order."""

    def __init__(self, found: Mapping[str, Lemma]) -> None:
        self._found = found

    def __getitem__(self, name: str) -> Lemma:
        return self._found[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {lemma.statement}" for name, lemma in self._found.items())

    def _repr_html_(self) -> str:
        return "<hr>".join(map(lemma_html, self._found.values()))


def lemmas(directories: Sequence[str | Path] = ()) -> Lemmas:
    """The lemmas of proofkit, then those of the directories; raises :class:`proofkit.UsageError` for one that is none."""
    return Lemmas(load(directories))


def check(
    names: str | Sequence[str] = (),
    rungs: str | Sequence[str] = (),
    *,
    directories: Sequence[str | Path] = (),
    budget: str = "fast",
    seed: int = 0,
    device: str = "",
    seconds: float = 0.0,
    memory: float = 0.0,
) -> Outcome:
    """Check lemmas (all, where none is named) and what they rest on, on the rungs named (all whose engine is present).

    ``device`` is that of the scale rung, such as "cuda:0" or "cpu", ``seconds`` what a lemma's largest instance may take
    (0: by the budget), ``memory`` the share of the free memory (0: most of it). Nothing is written and nothing kept. Raises
    :class:`proofkit.UsageError` for an unknown lemma, rung, directory or device, and for numbers out of range.
    """
    chosen, asked = ([each] if isinstance(each, str) else list(each) for each in (names, rungs))
    scale.check_device(device)
    if not (0 <= seconds < math.inf and 0 <= memory <= 1):
        raise UsageError(f"check: seconds from 0 on, memory from 0 to 1; got {seconds} and {memory}")
    planned = checking.plan(chosen, asked, directories)
    run = checking.run(planned, Context(budget, seed, device=device, seconds=seconds, memory=memory), Store(None))
    return Outcome(planned, {(name, evidence.rung): evidence for name, evidence in run})
