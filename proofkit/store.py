"""Results that are kept from run to run: an sqlite file, keyed by all that a result depends on.

A key digests the lemma's source, the sources of all that it rests on, the code of proofkit, the versions of what computes, the
rung, the budget, the seed and, on the scale rung, the device; a change of any of them is another key, so nothing stale is ever
found. Each result is committed as it comes, so that a run that dies loses only the item in flight. The file is not trusted:
what it calls ``proved`` or ``refuted`` is put before the judge again, and has to be about the lemma's own statement; Rocq's word
is not kept. Only ``held`` and ``undecided`` are taken from it as they stand.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import platform
import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from proofkit import __version__
from proofkit.certificates import Certificate, Refused, judged
from proofkit.lemma import FalseSibling, Lemma
from proofkit.rungs import Context, Evidence, depends_on
from proofkit.rungs.sampling import stated

DIRECTORY = Path(".proofkit")
COMPUTES = ("numpy", "python-flint", "hypothesis", "mpmath", "networkx", "opt_einsum", "torch")
TABLE = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, content TEXT NOT NULL)"
BY_THE_JUDGE = ("proved", "certified", "refuted")
NOT_KEPT = ("failed", "unavailable", "delegated")  # may be otherwise tomorrow, or is another's word, which it keeps itself


class Store:
    """Kept results; without a ``path``, or where the file cannot be used (``problem`` says why), it keeps nothing."""

    def __init__(self, path: Path | None) -> None:
        self.problem = ""
        self.connection: sqlite3.Connection | None = None
        if path is None:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.connection = sqlite3.connect(path, timeout=10)
            with self.connection:
                self.connection.execute(TABLE)
        except (OSError, sqlite3.Error) as error:
            self._give_up(path, error)

    def _give_up(self, path: object, error: Exception) -> None:
        self.connection = None
        self.problem = f"{path}: results are not kept ({error}); the run goes on"

    def find(self, lemma: Lemma, rung: str, context: Context) -> Evidence | None:
        """The result kept for exactly this, or None. A row that is damaged, or that the judge refuses, is not found."""
        if self.connection is None:
            return None
        with contextlib.suppress(sqlite3.Error, ValueError, KeyError, TypeError, Refused):
            row = self.connection.execute("SELECT content FROM results WHERE key = ?", (key(lemma, rung, context),)).fetchone()
            found = None if row is None else evidence_of(json.loads(row[0]))
            if found is not None and found.verdict not in NOT_KEPT and genuine(lemma, found):
                return found
        return None

    def keep(self, lemma: Lemma, rung: str, context: Context, evidence: Evidence) -> None:
        """Keep a result, unless it broke, is missing, or is Rocq's."""
        if self.connection is None or evidence.verdict in NOT_KEPT:
            return
        try:
            with self.connection:
                row = (key(lemma, rung, context), json.dumps(content_of(evidence)))
                self.connection.execute("INSERT OR REPLACE INTO results VALUES (?, ?)", row)
        except sqlite3.Error as error:
            self._give_up(DIRECTORY, error)


def content_of(evidence: Evidence) -> dict[str, object]:
    """Evidence as JSON."""
    plain = {each.name: getattr(evidence, each.name) for each in dataclasses.fields(evidence)}
    return {**plain, "certificates": [[stem, each.data.decode()] for stem, each in evidence.certificates]}


def evidence_of(content: Mapping[str, object]) -> Evidence:
    """Evidence from JSON, its certificates judged again; raises :class:`Refused` where the judge does not accept one."""
    certificates = content["certificates"]
    if not isinstance(certificates, list) or not all(isinstance(part, str) for pair in certificates for part in pair):
        raise ValueError("certificates are pairs of texts")
    plain = {key: tuple(part) if isinstance(part, list) else part for key, part in content.items()}
    found = tuple((stem, judged(text.encode())) for stem, text in certificates)
    return Evidence(**{**plain, "certificates": found, "kept": True})  # type: ignore[arg-type]


def genuine(lemma: Lemma, evidence: Evidence) -> bool:
    """Whether every verdict that only the judge gives comes with its certificate, about what the lemma or its sibling states."""
    found = dict(evidence.certificates)
    if evidence.verdict in BY_THE_JUDGE:
        own = found.get(f"{lemma.name}.exact" if evidence.rung == "exact" else lemma.name)
        if own is None or not shows(own, evidence.verdict, lemma):
            return False
    sibling = found.get(f"{lemma.name}.false")
    if evidence.rung == "symbolic" and evidence.verdict == "proved":
        return sibling is not None and shows(sibling, "refuted", lemma.sibling)
    return True


def shows(certificate: Certificate, verdict: str, lemma: Lemma | FalseSibling) -> bool:
    """Whether a certificate is of this verdict on what the lemma states; the order of the generic names does not count."""
    claim, wanted = certificate.content["claim"], stated(lemma).content()
    same = all(
        sorted(claim[key]) == sorted(part) if key == "almost_every" else claim[key] == part for key, part in wanted.items()
    )
    return certificate.verdict.verdict == verdict and same


def key(lemma: Lemma, rung: str, context: Context) -> str:
    """The digest of all that a result depends on."""
    own = depends_on(rung, context)
    parts = [source_digest(lemma, context.lemmas), code_digest(), rung, own, context.budget, str(context.seed)]
    return sha256("\n".join(parts).encode()).hexdigest()


def source_digest(lemma: Lemma, lemmas: Mapping[str, Lemma]) -> str:
    """The digest of a lemma's module, the private modules beside it, and everything that it rests on."""
    files = [lemma.path, *sorted(lemma.path.parent.glob("_*.py"))]
    parts = [path.read_bytes() for path in files]
    parts += [source_digest(lemmas[name], lemmas).encode() for name in lemma.rests_on]
    return sha256(b"\0".join(parts)).hexdigest()


@cache
def code_digest() -> str:
    """The digest of proofkit's own code, and of the versions of Python and of what computes."""
    package = Path(__file__).resolve().parent
    files = sorted([*package.rglob("*.py"), *(package.parent / "torch_backend").glob("*.py")])
    code = sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()
    return "\n".join([__version__, code, platform.python_version(), *versions()])


def versions() -> Iterator[str]:
    """The versions of the libraries that compute, where they are installed."""
    for name in COMPUTES:
        with contextlib.suppress(PackageNotFoundError):
            yield f"{name} {version(name)}"
