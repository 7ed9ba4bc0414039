"""Why a check came out as it did: what was found, the smallest counterexample, where, and how to see it again."""

from __future__ import annotations

from pathlib import Path

from proofkit.errors import UsageError
from proofkit.lemma import Lemma, builtin_directory, load
from proofkit.rungs import NAMES, Context, Evidence, run

SHOWN = ("proved", "certified", "delegated", "held")


def account(lemma: Lemma, evidence: Evidence, context: Context) -> str:
    """The account of one result, its first line the shortest."""
    example = evidence.counterexample if evidence.verdict in ("refuted", "failed") else ""
    again = f"proofkit check {lemma.name} --rung {evidence.rung} --seed {context.seed} --fresh"
    if lemma.path.parent != builtin_directory():
        again += f" --lemmas {lemma.path.parent}"
    rows = [
        ("lemma", f"{lemma.name}: {lemma.statement}"),
        ("where", lemma.where),
        ("given", "; ".join(lemma.given)),
        ("rung", evidence.rung),
        ("scope", evidence.scope),
        ("seed", str(context.seed)),
        ("file", str(lemma.path)),
        ("again", again),
    ]
    first = f"{evidence.verdict}: {'; '.join(part for part in (evidence.detail, example) if part) or evidence.scope}"
    return "\n".join([first, *(f"  {head:8}{body}" for head, body in rows if body)])


def assert_lemma(path: str | Path, rungs: tuple[str, ...] = ("symbolic", "exact", "floating"), seed: int = 0) -> None:
    """Check one lemma module, for a test of your own; AssertionError with the account of the first rung that does not show it.

    The lemmas beside it and those of proofkit may be used. Raises :class:`UsageError` for a module or a rung that is none.
    """
    file = Path(path).resolve()
    lemmas = load([] if file.parent == builtin_directory() else [file.parent])
    lemma = next((each for each in lemmas.values() if each.path.resolve() == file), None)
    if lemma is None:
        raise UsageError(f"{path}: no such lemma module")
    context = Context(seed=seed, lemmas=lemmas)
    for rung in rungs:
        if rung not in NAMES:
            raise UsageError(f"{rung}: no such rung; the rungs are {', '.join(NAMES)}")
        evidence = run(rung, lemma, context)
        if evidence.verdict not in SHOWN:
            raise AssertionError(account(lemma, evidence, context))
