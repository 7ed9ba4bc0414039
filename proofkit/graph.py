"""From lemmas to theorems: what rests on what, and how strong the weakest part is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proofkit.lemma import Lemma, select
from proofkit.rungs import Evidence, inapplicable

# From the strongest to the weakest; an instance that is certified says no more of all instances than one that held.
ORDER = ("proved", "delegated", "held", "undecided", "unavailable", "failed", "refuted")


def weakest(verdicts: list[str]) -> str:
    """The weakest of some verdicts."""
    return max(("held" if verdict == "certified" else verdict for verdict in verdicts), key=ORDER.index)


def standing(lemmas: Mapping[str, Lemma], evidence: Mapping[tuple[str, str], Evidence]) -> dict[str, dict[str, str]]:
    """Per lemma and rung, the weakest verdict among the lemma and all that it rests on.

    A part of the cone that was not checked counts as undecided, unless it is one in words of which the rung has nothing to say.
    What a lemma rests on is what it declares; the symbolic rung sees to it that this is exactly what its certificate uses.
    """
    answer: dict[str, dict[str, str]] = {}
    for name, rung in evidence:
        silent = {part for part in lemmas if part != name and lemmas[part].in_words and inapplicable(rung, lemmas[part])}
        cone = [part for part in select(lemmas, [name]) if part not in silent]
        parts = [evidence[part, rung].verdict if (part, rung) in evidence else "undecided" for part in cone]
        answer.setdefault(name, {})[rung] = weakest(parts)
    return answer


def graph(lemmas: Mapping[str, Lemma], evidence: Mapping[tuple[str, str], Evidence], rung: str = "symbolic") -> Any:
    """The networkx digraph of the lemmas checked; an edge goes from a lemma to one that uses it.

    Edges are read off the certificates, and for theorems in words off their formal proofs. Nodes have ``title``, ``statement``,
    and on the rung asked for (theorems in words: on the formal one) their own ``verdict`` and the ``standing`` of their cone.
    """
    import networkx as nx

    found = nx.DiGraph()
    cones = standing(lemmas, evidence)
    proofs = {name: "formal" if lemmas[name].in_words else "symbolic" for name, _ in evidence}
    names = [name for name, each in evidence if each == proofs[name]]
    for name in names:
        shown = "formal" if lemmas[name].in_words else rung
        own = evidence[name, shown].verdict if (name, shown) in evidence else "undecided"
        cone = cones[name].get(shown, "undecided")
        found.add_node(name, title=lemmas[name].title, statement=lemmas[name].statement, verdict=own, standing=cone)
    for name in names:
        read = evidence[name, proofs[name]]
        used = lemmas[name].steps if read.verdict == "unavailable" else read.used  # no Rocq: as declared
        found.add_edges_from((other, name) for other in used)
    return found
