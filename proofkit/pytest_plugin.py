"""Lemmas as pytest items: one for each lemma and rung.

``pytest --proofkit`` adds the lemmas of proofkit itself, ``--proofkit-lemmas DIR`` those of a directory; so does, without any
option, a list of directories in pyproject.toml:

    [tool.pytest.ini_options]
    proofkit_lemmas = ["lemmas"]

Items are named ``NAME[RUNG]`` for ``-k`` and marked ``proofkit`` and ``RUNG`` for ``-m``. A rung whose engine is missing is
skipped with the command that installs it; anything that is refuted, failed or undecided is a failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from proofkit.lemma import Lemma
    from proofkit.rungs import Context, Evidence

RUNGS = ("symbolic", "exact", "floating", "scale", "formal")
CONTEXT = pytest.StashKey["Context"]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options and the setting of the plugin."""
    group = parser.getgroup("proofkit", "lemmas of proofkit as tests")
    group.addoption("--proofkit", action="store_true", help="run the lemmas that come with proofkit")
    group.addoption("--proofkit-lemmas", action="append", default=[], metavar="DIR", help="run the lemmas of a directory")
    group.addoption("--proofkit-budget", default="fast", choices=("fast", "thorough"), help="how many instances to try")
    group.addoption("--proofkit-seed", type=int, default=0, help="seed of everything that is drawn at random")
    parser.addini("proofkit_lemmas", "directories of lemma modules to run", type="paths", default=[])


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers, and have the lemma directories collected."""
    config.addinivalue_line("markers", "proofkit: a lemma on one rung")
    for rung in RUNGS:
        config.addinivalue_line("markers", f"{rung}: a lemma on the {rung} rung")
    asked = asked_for(config)
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        asked = [
            path for path in asked if config.getoption("--proofkit") or path in map(Path, config.getoption("--proofkit-lemmas"))
        ]
    config.args += [str(path) for path in asked if str(path) not in config.args]


def asked_for(config: pytest.Config) -> list[Path]:
    """The directories whose modules are lemmas."""
    found = [*config.getini("proofkit_lemmas"), *map(Path, config.getoption("--proofkit-lemmas"))]
    if config.getoption("--proofkit"):
        from proofkit.lemma import builtin_directory

        found.append(builtin_directory())
    return [Path(path).resolve() for path in found]


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """A module in one of the lemma directories is a lemma."""
    if file_path.suffix != ".py" or file_path.name.startswith("_") or file_path.resolve().parent not in asked_for(parent.config):
        return None
    found: LemmaFile = LemmaFile.from_parent(parent, path=file_path)
    return found


class LemmaFile(pytest.File):
    """One lemma module."""

    def collect(self) -> Iterable[pytest.Item]:
        """One item a rung."""
        from proofkit.errors import ProofkitError

        try:
            lemmas = session_context(self.config).lemmas
        except ProofkitError as error:
            raise self.CollectError(str(error)) from None
        lemma = next(each for each in lemmas.values() if each.path.resolve() == self.path.resolve())
        return [LemmaItem.from_parent(self, name=f"{lemma.name}[{rung}]", lemma=lemma, rung=rung) for rung in RUNGS]


def session_context(config: pytest.Config) -> Context:
    """What all items of a session share: all lemmas, and the certificates found so far."""
    from proofkit.lemma import builtin_directory, load
    from proofkit.rungs import Context

    if CONTEXT not in config.stash:
        own = [path for path in asked_for(config) if path != builtin_directory()]
        lemmas = load(own)
        config.stash[CONTEXT] = Context(config.getoption("--proofkit-budget"), config.getoption("--proofkit-seed"), lemmas)
    return config.stash[CONTEXT]


class LemmaItem(pytest.Item):
    """A lemma on a rung."""

    def __init__(self, *, lemma: Lemma, rung: str, **others: Any) -> None:
        super().__init__(**others)
        self.lemma, self.rung = lemma, rung
        self.add_marker("proofkit")
        self.add_marker(rung)

    def runtest(self) -> None:
        """Check, and fail unless something was shown."""
        from proofkit import rungs
        from proofkit.report.account import SHOWN

        evidence = rungs.run(self.rung, self.lemma, session_context(self.config))
        if evidence.verdict == "unavailable":
            pytest.skip(evidence.scope)
        if evidence.verdict not in SHOWN:
            raise NotShown(evidence)
        self.user_properties.append((evidence.verdict, evidence.scope))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """The account of the check, instead of a traceback."""
        if not isinstance(excinfo.value, NotShown):
            return super().repr_failure(excinfo, style)
        from proofkit.report.account import account

        return account(self.lemma, excinfo.value.evidence, session_context(self.config))

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the lemma stands."""
        return self.path, 0, f"{self.lemma.name}: {self.rung}"


class NotShown(Exception):
    """A check that did not show what it is for."""

    def __init__(self, evidence: Evidence) -> None:
        super().__init__(f"{evidence.rung}: {evidence.verdict}")
        self.evidence = evidence
