"""Claims and certificates: how they are written, and how they are put before the judge.

A certificate is canonical JSON (docs/certificate-format.md). ``seal`` is the only way by which anything in proofkit becomes
``proved`` or ``refuted``: it hands the bytes to the judge and keeps them only together with the judge's verdict.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from proofkit import verify
from proofkit.errors import ProofkitError, UsageError

FORMAT = verify.FORMAT


class Refused(ProofkitError):
    """The judge did not accept a certificate; the message is its reason."""


@dataclass(frozen=True)
class Claim:
    """A statement with everything that it means: complete declarations, hypotheses, sizes, field.

    ``sizes`` maps every size name to "any", or to the integer (for channel counts: the list) that it is fixed to.
    """

    statement: str
    where: str = ""
    given: tuple[str, ...] = ()
    almost_every: tuple[str, ...] = ()
    field: str = "any"
    sizes: Mapping[str, str | int | list[int]] = dataclasses.field(default_factory=dict)

    def content(self) -> dict[str, Any]:
        """The claim as the certificate holds it."""
        return {
            "statement": self.statement,
            "where": self.where,
            "given": list(self.given),
            "almost_every": list(self.almost_every),
            "field": self.field,
            "sizes": dict(self.sizes),
        }

    @property
    def digest(self) -> str:
        """The name by which derivations refer to the claim."""
        return verify.digest(self.content())


@dataclass(frozen=True)
class Certificate:
    """Bytes that the judge accepted, and what it said."""

    data: bytes
    verdict: verify.Verdict

    @property
    def content(self) -> dict[str, Any]:
        """The certificate as a dictionary."""
        found: dict[str, Any] = json.loads(self.data)
        return found

    @property
    def claim_digest(self) -> str:
        """The digest of the claim."""
        return verify.digest(self.content["claim"])

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the file as a whole or not at all; raise :class:`UsageError` where that is impossible."""
        write_atomically(Path(path), self.data)


def seal(kind: str, claim: Claim, proof: Mapping[str, Any], premises: Sequence[Certificate] = ()) -> Certificate:
    """Put a certificate before the judge; raise :class:`Refused` with its reason unless it accepts."""
    return judged(compose(kind, claim.content(), proof, premises))


def digest_of(thing: Any) -> str:
    """The digest under which certificates name a part of a claim."""
    return verify.digest(portable(thing))


def compose(kind: str, claim: Mapping[str, Any], proof: Mapping[str, Any], premises: Sequence[Certificate] = ()) -> bytes:
    """The bytes of a certificate, which nobody has checked yet."""
    body = {
        "format": FORMAT,
        "kind": kind,
        "claim": dict(claim),
        "proof": portable(dict(proof)),
        "premises": [premise.content for premise in premises],
    }
    return verify.canonical({**body, "digest": verify.digest(body)})


def judged(data: bytes) -> Certificate:
    """The certificate with the judge's verdict; raise :class:`Refused` with its reason unless it accepts."""
    verdict = verify.check(data)
    if not verdict.valid:
        raise Refused(verdict.reason)
    return Certificate(data, verdict)


def portable(thing: Any) -> Any:
    """Integers beyond 2^53 as decimal strings, tuples as lists."""
    if isinstance(thing, int) and not isinstance(thing, bool) and abs(thing) > 2**53:
        return str(thing)
    if isinstance(thing, Mapping):
        return {key: portable(part) for key, part in thing.items()}
    if isinstance(thing, list | tuple):
        return [portable(part) for part in thing]
    return thing


def ensure_writable(directory: Path) -> None:
    """Make the directory; raise :class:`UsageError` where no file can be written there."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        raise UsageError(f"{directory}: cannot be written ({error.strerror}); choose another place with -o") from None


def write_atomically(path: Path, data: bytes) -> None:
    """Write beside the file and rename, so that nobody ever sees half of it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            os.chmod(name, 0o644)
            os.replace(name, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror}); choose another place with -o") from None
