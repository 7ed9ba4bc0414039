"""Rocq at work: builds the library in formal/ and asks what its theorems say, which definitions and axioms they rest on.

The sources are built in the user's cache, never where they lie, under a digest of their text and of the versions of Rocq and
Mathematical Components, so that nothing stale is ever asked. ``python -m proofkit.rungs.rocq`` prints every theorem in full;
with ``record`` it writes their digests to formal/statements.json, against which the formal rung compares.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any

from proofkit.certificates import write_atomically
from proofkit.errors import ProofkitError
from proofkit.lemma import Lemma, load

INSTALL = (
    "apt-get install coq libcoq-mathcomp-algebra libcoq-mathcomp-real-closed "
    "libcoq-mathcomp-multinomials libcoq-mathcomp-analysis"
)
# What the library imports, by a file of each package, and Debian's name of the one whose version is shown.
LIBRARIES = (
    "mathcomp/algebra/matrix.vo",
    "mathcomp/real_closed/mxtens.vo",
    "SsrMultinomials/mpoly.vo",
    "mathcomp/analysis/lebesgue_measure.vo",
)
MATHCOMP = "libcoq-mathcomp-algebra"
PREFIX = "Proofkit"
HEADLINE = re.compile(r"^(?:Theorem|Corollary|Example)\s+(\w+)", re.MULTILINE)
_refused: dict[Path, str] = {}  # what did not compile in this process, and what Rocq says
HEAD = "Set Printing All.\nSet Printing Depth 1000000.\nSet Printing Width 200.\n"


@dataclass(frozen=True)
class Theorem:
    """A theorem: its statement printed in full, the axioms that the theorems of its file rest on, the library's definitions
    it speaks of, all the way down, and the library's theorems that its proof uses, all the way down; each as ``file.name``."""

    statement: str
    axioms: tuple[str, ...]
    rests_on: tuple[str, ...]
    uses: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """What Rocq says of the library: the theorems, and the definitions that they speak of, printed in full."""

    rocq: str
    mathcomp: str
    theorems: Mapping[str, Theorem]
    definitions: Mapping[str, str]


def sources() -> Path:
    """Where the Rocq sources lie, in a checkout or installed."""
    package = Path(__file__).resolve().parent.parent
    for place in (package / "_formal", package.parent / "formal"):
        if (place / "_CoqProject").is_file():
            return place
    raise ProofkitError(f"the Rocq sources are missing beside {package}; install proofkit again")


def missing() -> str:
    """Empty where Rocq and the libraries are installed; else what is missing and the command that installs all."""
    compiler = shutil.which("coqc")
    if compiler is None:
        return f"coqc is missing: {INSTALL}"
    absent = [each for each in LIBRARIES if not (_contributed(compiler) / each).is_file()]
    return f"{absent[0]} is missing: {INSTALL}" if absent else ""


@cache
def _contributed(compiler: str) -> Path:
    return Path(_output([compiler, "-where"], Path.cwd()).strip()) / "user-contrib"


@cache
def versions(compiler: str) -> tuple[str, str]:
    """The versions of Rocq and of Mathematical Components; the second may be unknown."""
    rocq = re.search(r"version (\S+)", _output([compiler, "--version"], Path.cwd()))
    asked = shutil.which("dpkg-query")
    found = "" if asked is None else _output([asked, "-W", "-f", "${Version}", MATHCOMP], Path.cwd(), check=False)
    return (rocq.group(1) if rocq else "unknown", found.partition("-")[0] or "unknown")


def _output(command: list[str], where: Path, check: bool = True) -> str:
    done = subprocess.run(command, cwd=where, capture_output=True, text=True)
    if check and done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise ProofkitError(f"{' '.join(command[:1] + command[-1:])}: {' '.join(lines[:3])}")
    return done.stdout


def files(place: Path) -> list[str]:
    """The files of the library, each after what it imports."""
    return [line for line in (place / "_CoqProject").read_text().split() if line.endswith(".v")]


def account() -> Account:
    """What Rocq says of the library, built first where it is not yet: about a minute, and then seconds.

    Raises :class:`ProofkitError` where a file does not compile: one line that says which, and what Rocq says.
    """
    compiler = shutil.which("coqc")
    if compiler is None:
        raise ProofkitError(missing())
    place = sources()
    built = cache_directory() / _digest(place, compiler)
    kept = built / f"account-{sha256(Path(__file__).read_bytes()).hexdigest()[:16]}.json"
    if built in _refused:  # when another lemma asked
        raise ProofkitError(_refused[built])
    if not kept.is_file():
        try:
            with _alone():
                if not built.is_dir():
                    _build(place, compiler, built)
                if not kept.is_file():
                    write_atomically(kept, json.dumps(asdict(_asked(built, files(place), compiler))).encode())
        except ProofkitError as error:
            _refused[built] = str(error)
            raise
    return read_account(json.loads(kept.read_text()))


def read_account(content: Mapping[str, Any]) -> Account:
    """An account from its JSON."""
    theorems = {
        name: Theorem(each["statement"], tuple(each["axioms"]), tuple(each["rests_on"]), tuple(each["uses"]))
        for name, each in content["theorems"].items()
    }
    return Account(content["rocq"], content["mathcomp"], theorems, content["definitions"])


def cache_directory() -> Path:
    """The folder of what is built: below XDG_CACHE_HOME, or ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "proofkit" / "formal"


def _digest(place: Path, compiler: str) -> str:
    """The digest of all that what is built depends on."""
    parts = [(place / name).read_bytes() for name in ["_CoqProject", *files(place)]]
    parts += [(_contributed(compiler) / each).read_bytes() for each in LIBRARIES]
    return sha256(b"\0".join([*parts, "\n".join(versions(compiler)).encode()])).hexdigest()


def source_digest() -> str:
    """The digest of the Rocq sources and of the statements recorded, for keeping results; it needs no Rocq."""
    place = sources()
    parts = [(place / name).read_bytes() for name in ["_CoqProject", "statements.json", *files(place)]]
    return sha256(b"\0".join(parts)).hexdigest()


@contextmanager
def _alone() -> Iterator[None]:
    """One build at a time: it takes a minute and much memory."""
    directory = cache_directory()
    directory.mkdir(parents=True, exist_ok=True)
    with open(directory / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(place: Path, compiler: str, target: Path) -> None:
    """Compile a copy of the sources, and move the result into place in one step."""
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        work = Path(scratch) / "built"
        work.mkdir()
        for name in files(place):
            shutil.copyfile(place / name, work / name)
        for name in files(place):
            _output([compiler, "-Q", ".", PREFIX, "-w", "-all", name], work)
        work.rename(target)


def _asked(work: Path, names: list[str], compiler: str) -> Account:
    """Everything that the account says, asked of a library that is built."""
    stems = [Path(name).stem for name in names]
    by_file = {stem: [f"{stem}.{each}" for each in HEADLINE.findall((work / f"{stem}.v").read_text())] for stem in stems}
    headlines = {name for names in by_file.values() for name in names}
    proofs, others = _defined(work, stems)
    questions = {("type", name): f"Check {PREFIX}.{name}." for name in headlines.union(proofs)}
    questions |= {("body", name): f"Print {PREFIX}.{name}." for name in set(others) - headlines}
    for stem, own in by_file.items():  # all theorems of a file at once: following a proof to the ground takes a second
        together = ", ".join(f"@{PREFIX}.{name}" for name in own)
        questions["axioms", stem] = f"Definition all_of_{stem} := ({together}). Print Assumptions all_of_{stem}."
    mention = re.compile(rf"(?<![\w.])(?:{PREFIX}\.)?((?:{'|'.join(stems)})\.[\w']+)")
    printed: dict[str, str] = {}
    axioms: dict[str, tuple[str, ...]] = {}
    while questions:
        for (kind, name), text in _answers(work, stems, questions, compiler).items():
            if kind == "axioms":
                axioms[name] = tuple(re.findall(r"^([\w.]+) ?:", text, re.MULTILINE))[1:]
            else:
                printed[name] = text
        known = set(printed)  # what a tactic or a command defined without a line of its own is asked for in a next round
        new = {name for text in printed.values() for name in mention.findall(text)} - known
        questions = {("body", name): f"Print {PREFIX}.{name}." for name in sorted(new)}
    below = {name: set(mention.findall(text)) - {name} for name, text in printed.items()}
    written = mentioned(work, stems)
    theorems = {
        name: Theorem(
            statement=printed[name],
            axioms=axioms[name.partition(".")[0]],
            rests_on=tuple(sorted(_closure(name, below))),
            uses=tuple(sorted(_closure(name, written) & headlines)),
        )
        for name in sorted(headlines)
    }
    used = sorted({name for each in theorems.values() for name in each.rests_on})
    return Account(*versions(compiler), theorems, {name: printed[name] for name in used})


def _defined(work: Path, stems: Iterable[str]) -> tuple[list[str], list[str]]:
    """The names that the library defines, as Rocq notes them beside each file: those proved, of which only the statement
    counts (every proof ends in Qed), and the others."""
    proofs: list[str] = []
    others: list[str] = []
    for stem in stems:
        for line in (work / f"{stem}.glob").read_text().splitlines():
            found = re.match(r"(prf|def|ind|rec|coind) \d+:\d+ <> (\S+)$", line)
            if found:
                (proofs if found.group(1) == "prf" else others).append(f"{stem}.{found.group(2)}")
    return proofs, others


def mentioned(work: Path, stems: Iterable[str]) -> dict[str, set[str]]:
    """The names of the library that the text of each of its names mentions, proof included, as Rocq notes them, resolved, beside
    each file: a mention belongs to the last name that is defined before it. What a proof uses without a word, by a hint or a
    canonical structure, is not noted; the library's own theorems are none."""
    found: dict[str, set[str]] = {}
    for stem in stems:
        defined: list[tuple[int, str]] = [(0, stem)]
        mentions: list[tuple[int, str]] = []
        for line in (work / f"{stem}.glob").read_text().splitlines():
            if here := re.match(r"(?!R|binder )\w+ (\d+):\d+ (?:<>|(\S+)) (\S+)$", line):  # of a section: its name, then the name
                defined.append((int(here[1]), ".".join(filter(None, (stem, here[2], here[3])))))
            elif there := re.match(rf"R(\d+):\d+ {PREFIX}\.(\w+) \S+ (\S+) \w+$", line):
                mentions.append((int(there[1]), f"{there[2]}.{there[3]}"))
        defined.sort()
        for place, name in mentions:
            owner = defined[bisect_right(defined, place, key=itemgetter(0)) - 1][1]
            found.setdefault(owner, set()).add(name)
    return found


def _answers(work: Path, stems: list[str], questions: Mapping[tuple[str, str], str], compiler: str) -> dict[tuple[str, str], str]:
    """What Rocq prints for each question; spaces and line breaks are made single spaces, which print widths do not touch."""
    lines = [f"Require {' '.join(f'{PREFIX}.{stem}' for stem in stems)}.", HEAD]
    for (kind, name), question in questions.items():
        lines += [f'Goal True. idtac "@@ {kind} {name}". Abort.', question]
    (work / "questions.v").write_text("\n".join(lines) + "\n")
    text = _output([compiler, "-Q", ".", PREFIX, "-w", "-all", "questions.v"], work)
    found = {}
    for part in re.split(r"^@@ ", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        kind, _, name = head.partition(" ")
        body = re.split(r"^Arguments ", body, maxsplit=1, flags=re.MULTILINE)[0]
        found[kind, name] = body if kind == "axioms" else " ".join(body.split())
    if set(found) != set(questions):
        raise ProofkitError(f"Rocq answered {len(found)} of {len(questions)} questions")
    return found


def _closure(name: str, below: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        for each in below.get(waiting.pop(), set()) - found:
            found.add(each)
            waiting.append(each)
    return found - {name}


def digest(text: str) -> str:
    """The digest of a statement or a definition as printed."""
    return sha256(text.encode()).hexdigest()


def record(found: Account, lemmas: Mapping[str, Lemma]) -> dict[str, Any]:
    """What formal/statements.json holds: digests of statements and definitions, axioms, and the versions that printed them; and
    digests of the lemmas in words, each with the names of its theorems."""
    return {
        "rocq": found.rocq,
        "mathcomp": found.mathcomp,
        "statements": {
            name: {"digest": digest(each.statement), "axioms": list(each.axioms), "rests_on": list(each.rests_on)}
            for name, each in found.theorems.items()
        },
        "definitions": {name: digest(text) for name, text in found.definitions.items()},
        "sentences": {name: digest(lemma.spoken) for name, lemma in lemmas.items() if lemma.in_words},
    }


def main(arguments: list[str]) -> None:
    """Print every theorem with its axioms, or, with ``record``, write the digests beside the sources."""
    found = account()
    if arguments == ["record"]:
        write_atomically(sources() / "statements.json", (json.dumps(record(found, load()), indent=1) + "\n").encode())
        return
    for each in found.theorems.values():
        print(f"{each.statement}\n  axioms: {', '.join(each.axioms) or 'none'}\n")
    for text in found.definitions.values():
        print(text, end="\n\n")


if __name__ == "__main__":
    main(sys.argv[1:])
