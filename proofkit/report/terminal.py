"""Tables and progress for people: colour and a progress bar on a terminal, plain lines when piped, NO_COLOR respected."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from types import TracebackType

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from proofkit.checking import Plan, Results
from proofkit.graph import standing
from proofkit.lemma import Lemma
from proofkit.rungs import Evidence

STYLES = {
    "proved": "bold green",
    "certified": "green",
    "delegated": "blue",
    "held": "cyan",
    "undecided": "yellow",
    "unavailable": "dim",
    "failed": "bold red",
    "refuted": "bold red",
}
PATIENCE = 2.0  # seconds of one computation that pass in silence where there is no bar
PLAIN_WIDTH = 150  # columns of a table that does not go to a terminal


def console(stderr: bool = False) -> Console:
    """A console for one of the two streams; one that is no terminal gets lines of a fixed width."""
    found = Console(stderr=stderr, highlight=False, soft_wrap=False)
    return found if found.is_terminal else Console(stderr=stderr, highlight=False, width=PLAIN_WIDTH)


class Watcher:
    """Shows a run as it goes: a progress bar on a terminal, otherwise one line a result on standard error."""

    def __init__(self, planned: Plan, quiet: bool = False) -> None:
        self.planned, self.quiet = planned, quiet
        self.console = console(stderr=True)
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
            transient=True,
            disable=quiet or not self.console.is_terminal,
        )
        self.task = self.bar.add_task("starting", total=len(planned.items))

    def __enter__(self) -> Watcher:
        self.bar.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.bar.stop()

    def tell(self, text: str, seconds: float) -> None:
        """What is about to be computed, and how long that will take: shown in the bar, otherwise a line where it is long."""
        text = f"{text}, about {seconds:.2g} s"
        self.bar.update(self.task, description=text)
        if seconds >= PATIENCE and not self.quiet and not self.console.is_terminal:
            print(text, file=sys.stderr, flush=True)

    def add(self, name: str, evidence: Evidence) -> None:
        """One more result."""
        self.bar.update(self.task, advance=1, description=f"{name}: {evidence.rung}: {evidence.verdict}")
        if not self.quiet and not self.console.is_terminal:
            print(f"{name}: {evidence.rung}: {evidence.verdict} ({evidence.seconds:.2f} s)", file=sys.stderr, flush=True)


def check_table(planned: Plan, results: Results) -> Table:
    """Lemmas down, rungs across; each cell has the verdict and the scope in a few words, if the rung has any."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for head in ("lemma", *planned.asked):  # without least widths, by which rich cuts the last column off
        table.add_column(head, overflow="fold")
    cones, items = standing(planned.lemmas, results), set(planned.items)
    for name in dict.fromkeys(name for name, _ in results):
        cells = [
            _cell(results.get((name, rung)), cones[name].get(rung, "")) if (name, rung) in items else Text("")
            for rung in planned.asked
        ]
        table.add_row(Text.assemble(name, "\n", (planned.lemmas[name].title, "dim")), *cells)
    return table


def _cell(evidence: Evidence | None, cone: str) -> Text:
    if evidence is None:
        return Text("not reached", style="dim")
    parts: list[tuple[str, str]] = [(evidence.verdict, STYLES[evidence.verdict])]
    if evidence.assumes:
        parts.append((", assuming *", STYLES[evidence.verdict]))
    if cone not in ("", evidence.verdict, "held" if evidence.verdict == "certified" else ""):
        parts.append((f" (rests on: {cone})", STYLES[cone]))
    if evidence.brief:
        parts.append((f"\n{evidence.brief}", "dim"))
    return Text.assemble(*parts)


def print_check(planned: Plan, results: Results, written: int, directory: str) -> None:
    """The final table, what went wrong, what is assumed, and which rungs were not checked."""
    out = console()
    out.print(check_table(planned, results))
    for (name, rung), evidence in results.items():
        if evidence.verdict in ("failed", "refuted", "undecided", "unavailable"):
            out.print(problem(name, rung, evidence), soft_wrap=True)
    for fact in dict.fromkeys(fact for evidence in results.values() for fact in evidence.assumes):
        out.print(f"* assuming that {fact}", soft_wrap=True, markup=False)
    print_summary(out, planned, results, written, directory)


def problem(name: str, rung: str, evidence: Evidence) -> Text:
    """Why a result is not what one hopes for: lemma, rung, what was found, and the smallest counterexample."""
    why = ": ".join(part for part in (evidence.detail, evidence.counterexample) if part) or evidence.scope
    return Text.assemble(f"{name}: {rung}: ", (evidence.verdict, STYLES[evidence.verdict]), f": {why}")


def print_summary(out: Console, planned: Plan, results: Results, written: int, directory: str) -> None:
    """One line on what was shown, one on the certificates, one on what was not checked."""
    names = {name for name, _ in results}
    words = {name for name in names if planned.lemmas[name].in_words}
    count, lines = len(names), len(names - words)
    proved = sum(1 for each in results.values() if each.verdict == "proved")
    shown = f"{count} lemma{'s' if count != 1 else ''} checked"
    if "symbolic" in planned.asked and lines:
        shown = f"{proved} of {lines} lemmas proved{', every false sibling refuted' if 0 < proved == lines else ''}"
    if words and "formal" in planned.asked:
        delegated = sum(1 for name in words if (name, "formal") in results and results[name, "formal"].verdict == "delegated")
        shown += f"; {delegated} of {len(words)} theorems in words delegated to Rocq"
    elif words:
        shown += f"; {len(words)} theorem{'s' if len(words) != 1 else ''} in words, whose proofs the formal rung checks"
    kept = sum(1 for each in results.values() if each.kept)
    earlier = f"; {kept} of {len(results)} results are from earlier runs (--fresh checks everything again)" if kept else ""
    out.print(f"{shown}, {sum(each.seconds for each in results.values() if not each.kept):.1f} s{earlier}", soft_wrap=True)
    if written:
        out.print(f"{written} certificates in {directory}; verify them: proofkit verify {directory}/*.json", soft_wrap=True)
    if planned.not_checked:
        reasons = "; ".join(f"{rung} ({why})" for rung, why in planned.not_checked.items())
        out.print(f"not checked: {reasons}", soft_wrap=True, markup=False)


def list_table(lemmas: Mapping[str, Lemma]) -> Table:
    """All lemmas in reading order."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("lemma", overflow="fold")
    table.add_column("statement", overflow="fold")
    for name, lemma in lemmas.items():
        where = f"  where {lemma.where}" if lemma.where else ""
        table.add_row(Text.assemble(name, "\n", (lemma.title, "dim")), Text(lemma.statement + where))
    return table


def lemma_text(lemma: Lemma, known: Mapping[str, Evidence]) -> Text:
    """Everything that a lemma says of itself, and the verdicts that earlier runs kept, by rung."""
    text = Text.assemble((lemma.title, "bold"), f"  ({lemma.name})\n\n", lemma.doc, "\n\n")
    rows = [
        ("statement", lemma.statement),
        ("where", lemma.where),
        ("given", "; ".join(lemma.given)),
        ("almost every", ", ".join(lemma.almost_every)),
        ("over", "" if lemma.field == "any" else lemma.field),
        ("idea", lemma.idea),
        ("rests on", ", ".join(lemma.rests_on)),
        ("proof in Rocq", ", ".join(lemma.formal)),
        ("false sibling", lemma.sibling.statement),
        ("", f"where {lemma.sibling.where}" if lemma.sibling.where else ""),
        ("false because", lemma.sibling.why),
        ("source", lemma.source),
        *((rung, f"{each.verdict}, {each.scope}") for rung, each in known.items()),
        ("", "" if known else "not checked yet in this directory"),
        ("file", str(lemma.path)),
        ("check it", f"proofkit check {lemma.name}"),
        ("certificate", "" if lemma.in_words else f"proofkit certify lemma {lemma.name} -o {lemma.name}.json"),
    ]
    for head, body in rows:
        if body:
            text.append(f"{head:14}", "dim")
            text.append(f"{body}\n")
    return text
