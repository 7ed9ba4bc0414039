"""Every command and every Python session in the documents is run, and prints what the document says."""

from __future__ import annotations

import doctest
import os
import re
import shlex
from pathlib import Path

import pytest

from proofkit.cli import run

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
ELSEWHERE = ("python", "python3", "pip", "coqc", "make")  # commands that other tests run


def commands(text: str) -> list[tuple[str, str]]:
    """The lines after "$ " and the output printed below each, of indented blocks."""
    found: list[tuple[str, list[str]]] = []
    inside = False
    for line in text.splitlines():
        if line.startswith("    $ "):
            found.append((line[6:], []))
            inside = True
        elif inside and line.startswith("    "):
            found[-1][1].append(line[4:])
        else:
            inside = False
    return [(command, "\n".join(output)) for command, output in found]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_commands_print_what_the_document_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for command, output in commands(path.read_text()):
        words = shlex.split(command)
        if words[0] in ELSEWHERE:
            continue
        assert words[0] == "proofkit", command
        code = run(words[1:])
        printed = capsys.readouterr()
        assert code in (0, 1, 4), printed.err
        if output:
            assert squeezed(printed.out) == squeezed(output), command


def squeezed(text: str) -> str:
    """Line breaks do not count: a document may wrap a long line."""
    return " ".join(text.split())


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_python_sessions_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, _ = doctest.testfile(str(path), module_relative=False, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert failed == 0


@pytest.mark.parametrize("path", [*DOCUMENTS, ROOT / "CONTRIBUTING.md"], ids=lambda path: path.name)
def test_links_and_paths_exist(path: Path) -> None:
    for target in re.findall(r"`((?:docs|proofkit|lemmas|tests|formal|examples|benchmarks)/[\w./-]*)`", path.read_text()):
        assert (ROOT / target).exists(), f"{path.name} names {target}"


def test_the_docstring_of_the_package_runs() -> None:
    import proofkit

    assert doctest.testmod(proofkit).failed == 0
    assert os.environ.get("PYTHONOPTIMIZE", "") == ""


def test_the_reference_is_what_the_docstrings_say() -> None:
    import importlib.util

    spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (ROOT / "docs" / "reference.md").read_text() == module.reference(), "run python docs/make_reference.py"
