"""Kept results: found again only for exactly the same thing, judged again, and never lost or forged by accident."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from proofkit import checking, store
from proofkit.cli import run
from proofkit.lemma import Lemma, load
from proofkit.rungs import Context, Evidence
from proofkit.store import Store

LEMMAS = load()
NAME = "kronecker_rank"


@pytest.fixture
def context() -> Context:
    return Context(lemmas=LEMMAS)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a run keeps."""
    path = tmp_path_factory.mktemp("kept") / "results.sqlite"
    planned = checking.plan([NAME], ["symbolic", "exact"])
    assert all(not each.kept for _, each in checking.run(planned, Context(lemmas=LEMMAS), Store(path)))
    return path


@pytest.fixture
def kept(results: Path, tmp_path: Path) -> Store:
    return Store(Path(shutil.copy(results, tmp_path)))


def test_the_same_thing_is_found_again(kept: Store, context: Context) -> None:
    again = kept.find(LEMMAS[NAME], "symbolic", context)
    assert again is not None and again.kept and again.verdict == "proved" and len(again.certificates) == 2
    held = kept.find(LEMMAS[NAME], "exact", context)
    assert held is not None and held.verdict == "held"


@pytest.mark.parametrize(
    ("rung", "other"),
    [("floating", {}), ("exact", {"seed": 1}), ("exact", {"budget": "thorough"})],
)
def test_another_rung_seed_or_budget_is_not_found(kept: Store, rung: str, other: dict[str, Any]) -> None:
    assert kept.find(LEMMAS[NAME], rung, Context(lemmas=LEMMAS, **other)) is None


def test_results_of_the_scale_rung_are_of_their_device(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def key(**other: Any) -> str:
        return store.key(LEMMAS[NAME], "scale", Context(lemmas=LEMMAS, **other))

    keys = {key(), key(device="cpu"), key(device="cuda:0"), key(device="cuda:1"), key(seconds=5.0)}
    assert len(keys) == 5 and key(device="cpu") in keys
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3")
    assert key() not in keys
    monkeypatch.undo()
    monkeypatch.setattr("proofkit.rungs.scale.processors", lambda: ["Model: another"])
    assert key() not in keys
    exact = [store.key(LEMMAS[NAME], "exact", Context(lemmas=LEMMAS, device=name)) for name in ("cpu", "cuda:0")]
    assert exact[0] == exact[1]


def test_other_code_or_versions_are_not_found(kept: Store, context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "code_digest", lambda: "other")
    assert kept.find(LEMMAS[NAME], "symbolic", context) is None


def own_lemmas(directory: Path, base: str = "A", top: str = "kron(A, B)") -> dict[str, Lemma]:
    directory.mkdir(exist_ok=True)
    head = "from proofkit import FalseSibling, Lemma, Use\n\n"
    rest = 'FalseSibling("A == -A"), title="t", source="s"'
    (directory / "base.py").write_text(f'{head}LEMMA = Lemma("rank({base}.T) == rank({base})", {rest})\n')
    use = 'uses=(Use("base", A="A"),)'
    (directory / "top.py").write_text(f'{head}LEMMA = Lemma("rank(A.T) == rank({top[5]})", {rest}, {use})\n')
    return load([directory])


def test_a_changed_lemma_and_what_rests_on_it_run_again(tmp_path: Path) -> None:
    before = own_lemmas(tmp_path / "mine")
    digests = {name: store.source_digest(before[name], before) for name in ("base", "top", NAME)}
    (tmp_path / "mine" / "base.py").write_text((tmp_path / "mine" / "base.py").read_text() + "# changed\n")
    after = load([tmp_path / "mine"])
    changed = {name for name, digest in digests.items() if store.source_digest(after[name], after) != digest}
    assert changed == {"base", "top"}


def forge(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Rewrite the kept row of the symbolic rung."""
    with sqlite3.connect(path) as connection:
        for key, text in connection.execute("SELECT key, content FROM results").fetchall():
            content = json.loads(text)
            if content["rung"] == "symbolic":
                change(content)
                connection.execute("UPDATE results SET content = ? WHERE key = ?", (json.dumps(content), key))


def foreign_certificate(content: dict[str, Any]) -> None:
    """A genuine certificate of another claim, under the lemma's name."""
    from proofkit import prove

    sealed = prove("rank(A.T) == rank(A)").sealed
    assert sealed is not None
    content["certificates"][0][1] = sealed.data.decode()


FORGERIES: dict[str, Callable[[dict[str, Any]], None]] = {
    "no certificate": lambda content: content.update(certificates=[]),
    "certificates that are no list": lambda content: content.update(certificates={}),
    "a certificate that is no text": lambda content: content["certificates"][0].__setitem__(1, 7),
    "Rocq's word": lambda content: content.update(verdict="delegated"),
    "only the sibling's": lambda content: content.update(certificates=content["certificates"][1:]),
    "only its own": lambda content: content.update(certificates=content["certificates"][:1]),
    "of another claim": foreign_certificate,
    "swapped": lambda content: content.update(
        certificates=[[NAME, content["certificates"][1][1]], [f"{NAME}.false", content["certificates"][0][1]]]
    ),
    "one byte changed": lambda content: content["certificates"][0].__setitem__(
        1, content["certificates"][0][1].replace("rank(A) * rank(B)", "rank(A) + rank(B)")
    ),
    "refuted": lambda content: content.update(verdict="refuted"),
    "no such verdict": lambda content: content.update(verdict="true"),
    "damaged": lambda content: content.pop("scope"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_row_is_not_found(kept: Store, context: Context, tmp_path: Path, name: str) -> None:
    forge(tmp_path / "results.sqlite", FORGERIES[name])
    assert kept.find(LEMMAS[NAME], "symbolic", context) is None


def test_what_failed_is_not_kept(tmp_path: Path, context: Context) -> None:
    found = Store(tmp_path / "results.sqlite")
    for verdict in ("failed", "unavailable"):
        found.keep(LEMMAS[NAME], "exact", context, Evidence("exact", verdict, ""))
        assert found.find(LEMMAS[NAME], "exact", context) is None


def test_a_file_that_is_no_database_is_one_line_and_the_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(".proofkit").mkdir()
    Path(".proofkit/results.sqlite").write_bytes(b"not a database, but long enough to be looked at as one" * 20)
    assert run(["check", "kronecker_mixed_product", "--rung", "symbolic"]) == 0
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("proofkit:")]
    assert len(lines) == 1 and "results are not kept" in lines[0]


def test_a_disk_that_fills_up_is_one_problem_and_the_run_goes_on(tmp_path: Path, context: Context) -> None:
    found = Store(tmp_path / "results.sqlite")
    assert found.connection is not None
    found.connection.execute("PRAGMA max_page_count = 2")
    for seed in range(20):
        found.keep(LEMMAS[NAME], "exact", Context(seed=seed, lemmas=LEMMAS), Evidence("exact", "held", "x" * 10_000))
    assert "full" in found.problem and found.find(LEMMAS[NAME], "exact", context) is None


COMMAND = [sys.executable, "-m", "proofkit", "check", "--rung", "symbolic", "--rung", "floating", "network_capacity"]


def table(directory: Path) -> Any:
    """The results without their times."""
    done = subprocess.run([*COMMAND, "--json", "-"], cwd=directory, capture_output=True, text=True, env=os.environ)
    content = json.loads(done.stdout)
    for lemma in content["lemmas"]:
        for each in lemma["rungs"].values():
            each.pop("seconds")
    return done.returncode, content


@pytest.mark.slow
def test_killed_at_random_moments_it_resumes_with_the_same_table(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    expected = table(tmp_path / "whole")
    moments = random.Random(7)
    for number in range(20):
        directory = tmp_path / str(number)
        directory.mkdir()
        process = subprocess.Popen(COMMAND, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=os.environ)
        time.sleep(moments.uniform(0.2, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert table(directory) == expected
