"""Tables for notebooks."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from proofkit.checking import Plan, Results
from proofkit.graph import standing
from proofkit.lemma import Lemma
from proofkit.report.picture import BORDER, FILL
from proofkit.rungs import Evidence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """An HTML table of cells that are HTML already."""
    cells = ["".join(f"<td style='text-align:left;vertical-align:top'>{cell}</td>" for cell in row) for row in rows]
    top = "".join(f"<th style='text-align:left'>{escape(each)}</th>" for each in head)
    return f"<table><tr>{top}</tr>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def check_html(planned: Plan, results: Results) -> str:
    """Lemmas down, rungs across, as the command prints them."""
    cones, items = standing(planned.lemmas, results), set(planned.items)
    rows = []
    for name in dict.fromkeys(name for name, _ in results):
        lemma = planned.lemmas[name]
        first = f"<b>{escape(lemma.title)}</b><br/><code>{escape(lemma.statement)}</code>"
        own = [rung if (name, rung) in items else "" for rung in planned.asked]
        rows.append([first, *(_cell(results.get((name, rung)), cones[name].get(rung, "")) if rung else "" for rung in own)])
    return table(["lemma", *planned.asked], rows)


def _cell(evidence: Evidence | None, cone: str) -> str:
    if evidence is None:
        return "not reached"
    rests = f"<br/>rests on: {escape(cone)}" if cone not in ("", evidence.verdict) else ""
    why = evidence.counterexample if evidence.verdict in ("refuted", "failed") else evidence.brief
    colour = FILL.get(evidence.verdict, "#ffffff"), BORDER.get(evidence.verdict, "#000000")
    badge = f"<span style='background:{colour[0]};color:{colour[1]};padding:1px 6px;border-radius:6px'>{evidence.verdict}</span>"
    return f"{badge}{rests}<br/><small title='{escape(evidence.scope, quote=True)}'>{escape(why or evidence.detail)}</small>"


def lemma_html(lemma: Lemma) -> str:
    """Everything that a lemma says of itself."""
    rows = [
        ("statement", f"<code>{escape(lemma.statement)}</code>"),
        ("where", f"<code>{escape(lemma.where)}</code>" if lemma.where else ""),
        ("given", "<br/>".join(f"<code>{escape(each)}</code>" for each in lemma.given)),
        ("almost every", escape(", ".join(lemma.almost_every))),
        ("idea", escape(lemma.idea)),
        ("rests on", escape(", ".join(lemma.rests_on))),
        ("false sibling", f"<code>{escape(lemma.sibling.statement)}</code> ({escape(lemma.sibling.why)})"),
        ("source", escape(lemma.source)),
    ]
    return f"<b>{escape(lemma.title)}</b> ({escape(lemma.name)})" + table(["", ""], [row for row in rows if row[1]])
