"""The formal rung: the statement in the kernel of a proof assistant, Rocq with Mathematical Components.

A lemma names its theorems in formal/. Rocq's word is passed on as ``delegated``, with the versions and the axioms; it is never
``proved``, which only the judge can say. What a theorem says is compared with what was recorded when it was last read by people,
down to every definition of the library that it speaks of: a statement or a definition that has changed since is ``failed``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from proofkit.lemma import Lemma
from proofkit.rungs import rocq
from proofkit.rungs.evidence import Context, Evidence

REMEDY = "read it, then `python -m proofkit.rungs.rocq record`"


def unavailable() -> str:
    """Why Rocq cannot be asked, and the command that installs what is missing; empty where it can."""
    return rocq.missing()


def depends_on(context: Context) -> str:
    """What results of this rung depend on beside proofkit's own code."""
    return rocq.source_digest()


def run(lemma: Lemma, context: Context) -> Evidence:
    """Ask Rocq for the lemma's theorems, and compare what they say with what is recorded."""
    found = rocq.account()
    names = lemma.formal + ((lemma.sibling.formal,) if lemma.sibling.formal else ())
    recorded = json.loads((rocq.sources() / "statements.json").read_text())
    differences = [line for name in names for line in differing(name, found, recorded)] + unread(lemma, recorded)
    here, there = (found.rocq, found.mathcomp), (recorded["rocq"], recorded["mathcomp"])
    if differences and here != there:
        why = f"statements are recorded for Rocq {there[0]}, mathcomp {there[1]}; here Rocq {here[0]}, mathcomp {here[1]}"
        return Evidence("formal", "undecided", f"{why}: {differences[0]}")
    if differences:
        return Evidence("formal", "failed", "", detail=f"{lemma.name}: {differences[0]}")
    steps = used(lemma, context.lemmas, found)
    if lemma.in_words and set(steps) != set(lemma.steps):
        detail = f"{lemma.name}: declared steps {list(lemma.steps)}, but the formal proof uses {list(steps)}"
        return Evidence("formal", "failed", "", detail=detail)
    axioms = sorted({axiom for name in names for axiom in found.theorems[name].axioms})
    engine = f"Rocq {found.rocq}, mathcomp {found.mathcomp}, axioms: "
    contrary = f"; its false sibling: {lemma.sibling.formal}" if lemma.sibling.formal else ""
    scope = f"{engine}{', '.join(axioms) or 'none'}; {', '.join(lemma.formal)}{contrary}"
    return Evidence("formal", "delegated", scope, used=steps, brief=f"{engine}{len(axioms) or 'none'}")


def unread(lemma: Lemma, recorded: Mapping[str, Any]) -> list[str]:
    """A line where the lemma is stated in words that are not those recorded, when they were last read beside its theorems."""
    if not lemma.in_words or recorded["sentences"].get(lemma.name) == rocq.digest(lemma.spoken):
        return []
    return [f"its words are not those recorded; {REMEDY}"]


def used(lemma: Lemma, lemmas: Mapping[str, Lemma], found: rocq.Account) -> tuple[str, ...]:
    """The lemmas whose theorems the lemma's formal proof uses, without those that it uses through another of them."""
    below = {name: _lemmas_below(each, lemmas, found) for name, each in {**lemmas, lemma.name: lemma}.items()}
    through = {far for near in below[lemma.name] for far in below[near] if lemma.name not in below[near]}
    return tuple(sorted(below[lemma.name] - through))


def _lemmas_below(lemma: Lemma, lemmas: Mapping[str, Lemma], found: rocq.Account) -> set[str]:
    used = {theorem for name in lemma.formal if name in found.theorems for theorem in found.theorems[name].uses}
    return {name for name, each in lemmas.items() if name != lemma.name and used & (set(each.formal) - set(lemma.formal))}


def differing(name: str, found: rocq.Account, recorded: Mapping[str, Any]) -> Iterator[str]:
    """What is not as recorded, of a theorem and of all it speaks of: a line each."""
    if name not in found.theorems:
        yield f"{name}: no such theorem in formal/"
        return
    if name not in recorded["statements"]:
        yield f"{name}: its statement is not recorded; {REMEDY}"
        return
    theorem, known = found.theorems[name], recorded["statements"][name]
    if rocq.digest(theorem.statement) != known["digest"]:
        yield f"{name}: the statement is not the one recorded; {REMEDY}"
    for each in sorted({*theorem.rests_on, *known["rests_on"]}):
        now = rocq.digest(found.definitions[each]) if each in theorem.rests_on else ""
        if now != recorded["definitions"].get(each):
            yield f"{name}: {each}, of which it speaks, is not defined as recorded; {REMEDY}"
    for axiom in sorted(set(theorem.axioms) - set(known["axioms"])):
        yield f"{name}: rests on the axiom {axiom}, which is not recorded; {REMEDY}"
