"""One run of ``check``: which lemmas on which rungs, in which order, what came of it, and the exit code that this means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from proofkit import interrupts, rungs
from proofkit.errors import UsageError
from proofkit.graph import standing
from proofkit.lemma import Lemma, load, select
from proofkit.rungs import Context, Evidence
from proofkit.store import Store
from proofkit.workers import checked

Results = dict[tuple[str, str], Evidence]  # by lemma and rung

SHOWN, WRONG, OPEN = 0, 1, 4  # exit codes


@dataclass(frozen=True)
class Plan:
    """What a run is asked for.

    ``names`` are the lemmas to check, each after what it rests on; ``missing`` says of every rung whose engine is not there
    why, and which command installs it. A rung that was asked for by name (``by_name``) stays in ``asked`` even where it is
    missing.
    """

    lemmas: Mapping[str, Lemma]
    names: tuple[str, ...]
    asked: tuple[str, ...]
    missing: Mapping[str, str]
    by_name: bool = False
    directories: tuple[Path, ...] = ()
    formal: frozenset[str] = frozenset()  # lemmas that are checked formally besides, for a graph

    @property
    def items(self) -> list[tuple[str, str]]:
        """The pairs of lemma and rung, in the order in which they are checked; unless asked for by name, a rung is for the
        lemmas of which it has something to say."""
        pairs = [(name, rung) for name in self.names for rung in self.asked]
        found = [(name, rung) for name, rung in pairs if self.by_name or not rungs.inapplicable(rung, self.lemmas[name])]
        return found + [(name, "formal") for name in self.names if name in self.formal and (name, "formal") not in found]

    @property
    def not_checked(self) -> dict[str, str]:
        """The rungs that nothing is said of, with the reason."""
        return {rung: self.missing.get(rung, "not asked for") for rung in rungs.NAMES if rung not in self.asked}


def plan(names: Sequence[str] = (), asked: Sequence[str] = (), directories: Iterable[Path | str] = ()) -> Plan:
    """The lemmas named (all, where none is) with all that they rest on, on the rungs asked for (all whose engine is there).

    Raises :class:`UsageError` for an unknown lemma, rung or directory.
    """
    for rung in asked:
        if rung not in rungs.NAMES:
            raise UsageError(f"{rung}: no such rung; the rungs are {', '.join(rungs.NAMES)}")
    places = tuple(map(Path, directories))
    lemmas = load(places)
    missing = {rung: why for rung in rungs.NAMES if (why := rungs.available(rung))}
    chosen = tuple(rung for rung in rungs.NAMES if (rung in asked if asked else rung not in missing))
    return Plan(lemmas, tuple(select(lemmas, list(names) or list(lemmas))), chosen, missing, bool(asked), places)


def plan_of_graph(rung: str, directories: Iterable[Path | str] = ()) -> Plan:
    """All lemmas as a graph shows them: what they rest on, and their verdicts on a rung; theorems in words on the formal one.

    Raises :class:`UsageError` for an unknown rung or directory.
    """
    found = plan((), ("symbolic", rung), directories)
    formal = {each for name in found.names if found.lemmas[name].in_words for each in select(found.lemmas, [name])}
    return replace(found, by_name=False, formal=frozenset(formal))


def run(planned: Plan, context: Context, store: Store, jobs: int = 1) -> Iterator[tuple[str, Evidence]]:
    """Check all items, in ``jobs`` processes at once, taking kept results where there are any.

    The caller keeps what comes, so that an interruption loses only what is in flight.
    """
    context.lemmas = planned.lemmas
    missing = []
    for name, rung in planned.items:
        kept = store.find(planned.lemmas[name], rung, context)
        if kept is None:
            missing.append((name, rung))
            continue
        if kept.verdict == "proved":
            context.proofs[name] = dict(kept.certificates)[name]
        yield name, kept
    for name, evidence in checked(missing, context, planned.directories, jobs):
        interrupts.heed()  # what it may have broken in flight is not kept
        store.keep(planned.lemmas[name], evidence.rung, context, evidence)
        yield name, evidence


def in_order(planned: Plan, results: Results) -> Results:
    """The results in the order of the plan."""
    return {item: results[item] for item in planned.items if item in results}


def write_certificates(evidence: Evidence, directory: Path) -> int:
    """Write the certificates of one result, a file each; the number of files."""
    for stem, certificate in evidence.certificates:
        certificate.write(directory / f"{stem}.json")
    return len(evidence.certificates)


def exit_code(planned: Plan, results: Results) -> int:
    """0 all shown, 1 something refuted or failed, 4 something undecided, only delegated, or unavailable though asked for."""
    verdicts = {evidence.verdict for evidence in results.values()}
    if verdicts & {"refuted", "failed"}:
        return WRONG
    by_lemma = [{results[key].verdict for key in results if key[0] == name} for name in planned.names]
    if verdicts & {"undecided", "unavailable"} or any(found == {"delegated"} for found in by_lemma):
        return OPEN
    return SHOWN


def content(planned: Plan, results: Results) -> dict[str, Any]:
    """The results as ``check --json`` writes them."""
    cones = standing(planned.lemmas, results)
    found = []
    for name in dict.fromkeys(name for name, _ in results):
        own = {rung: each for (lemma, rung), each in results.items() if lemma == name}
        found.append(
            {
                "name": name,
                "title": planned.lemmas[name].title,
                "statement": planned.lemmas[name].statement,
                "rungs": {rung: _row(each) for rung, each in own.items()},
                "standing": cones[name],
            }
        )
    return {"lemmas": found, "not_checked": list(planned.not_checked)}


def _row(evidence: Evidence) -> dict[str, Any]:
    row = {"verdict": evidence.verdict, "scope": evidence.scope, "seconds": round(evidence.seconds, 3)}
    extra = {
        "detail": evidence.detail,
        "assumes": list(evidence.assumes),
        "uses": list(evidence.used),
        "counterexample": evidence.counterexample if evidence.verdict in ("refuted", "failed") else "",
        "certificates": [f"{stem}.json" for stem, _ in evidence.certificates],
    }
    return {**row, **{key: value for key, value in extra.items() if value}}
