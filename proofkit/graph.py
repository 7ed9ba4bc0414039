"""From lemmas to theorems: what rests on what, and how strong the weakest part is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofkit.lemma import Lemma, select
from proofkit.rungs.evidence import Evidence

# From the strongest to the weakest; an instance that is certified says no more of all instances than one that held.
ORDER = ("proved", "delegated", "held", "undecided", "unavailable", "failed", "refuted")


def weakest(verdicts: list[str]) -> str:
    """The weakest of some verdicts."""
    return max(("held" if verdict == "certified" else verdict for verdict in verdicts), key=ORDER.index)


def standing(lemmas: Mapping[str, Lemma], evidence: Mapping[tuple[str, str], Evidence]) -> dict[str, dict[str, str]]:
    """Per lemma and rung, the weakest verdict among the lemma and all that it rests on.

    A part of the cone that was not checked counts as undecided. What a lemma rests on is what it declares; the symbolic rung
    sees to it that this is exactly what its certificate uses.
    """
    answer: dict[str, dict[str, str]] = {}
    for name, rung in evidence:
        cone = select(lemmas, [name])
        parts = [evidence[part, rung].verdict if (part, rung) in evidence else "undecided" for part in cone]
        answer.setdefault(name, {})[rung] = weakest(parts)
    return answer


def graph(lemmas: Mapping[str, Lemma], evidence: Mapping[tuple[str, str], Evidence]) -> Any:
    """The networkx digraph of the lemmas checked symbolically; an edge goes from a lemma to one that uses it.

    Edges are read off the certificates. Nodes have ``title``, ``statement``, ``verdict`` (their own) and ``standing`` (of
    the cone).
    """
    import networkx as nx

    found = nx.DiGraph()
    weakest_of = standing(lemmas, evidence)
    for (name, rung), each in evidence.items():
        if rung == "symbolic":
            lemma = lemmas[name]
            found.add_node(
                name, title=lemma.title, statement=lemma.statement, verdict=each.verdict, standing=weakest_of[name][rung]
            )
    for (name, rung), each in evidence.items():
        if rung == "symbolic":
            found.add_edges_from((other, name) for other in each.used)
    return found
