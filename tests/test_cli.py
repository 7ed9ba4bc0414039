"""The commands as a user types them: what they print, write, and exit with."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from proofkit import verify
from proofkit.cli import run
from proofkit.rungs import Evidence

SHOWN, WRONG, MISUSED, INTERRUPTED, OPEN = 0, 1, 2, 3, 4


class Answer:
    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def proofkit(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Answer:
        code = run(arguments)
        return Answer(code, *capsys.readouterr())

    return command


def test_prove_and_its_exit_codes(proofkit: Any) -> None:
    proved = proofkit("prove", "kron(A, B) @ kron(C, D) == kron(A @ C, B @ D)")
    assert proved.code == SHOWN and proved.out.startswith("proved, for all sizes")
    assert "A.columns = C.rows and B.columns = D.rows" in proved.out
    refuted = proofkit("prove", "rank(A + B) == rank(A) + rank(B)")
    assert refuted.code == WRONG and refuted.out.startswith("refuted: A = [[1]], B = [[1]] over Q")
    assert proofkit("prove", "rank(A @ A) <= rank(A @ A @ A)", "--field", "GF(2)").code in (WRONG, OPEN)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (("prove", "A +"), "column"),
        (("prove", "foo"), "claims nothing"),
        (("prove", "A == B", "--where", "A m n"), "declarations, column"),
        (("prove", "A == A", "--sizes", "m"), "NAME=INT"),
        (("prove", "A == A", "--field", "F"), "not a field"),
        (("prove", "A == A", "--given", "A"), "given 1, column 1"),
        (("prove", "A == A", "--almost-everywhere", "--field", "GF(2)"), "finite field"),
        (("prove",), "Missing argument"),
        (("check", "kronecker"), "did you mean"),
        (("check", "--rung", "high"), "no such rung"),
        (("check", "--budget", "huge"), "fast or thorough"),
        (("check", "--lemmas", "nowhere"), "no such directory"),
        (("check", "-o", "/proc/nowhere"), "cannot be written"),
        (("show", "nothing"), "no such lemma"),
        (("graph", "--format", "pdf"), "write one of"),
        (("certify", "lemma", "nothing", "-o", "x"), "no such lemma"),
        (("certify", "capacity", "--modes", "6", "--dim", "2", "--channels", "2", "-o", "x"), "N = 2, 4, 8"),
        (("certify", "capacity", "--modes", "4", "--dim", "2", "--channels", "2", "-o", "x"), "needs 2 positive counts"),
        (("certify", "capacity", "--modes", "4", "--dim", "2", "--channels", "2,0", "-o", "x"), "positive counts"),
        (("certify", "capacity", "--modes", "4", "--dim", "0", "--channels", "2,2", "-o", "x"), "at least 1"),
        (("certify", "capacity", "--modes", "4", "--dim", "2", "--channels", "a,b", "-o", "x"), "whole numbers"),
        (
            ("certify", "capacity", "--modes", "2", "--dim", "2", "--channels", "2", "--witness", "odd", "-o", "x"),
            "structured or",
        ),
        (("nonsense",), "No such command"),
    ],
)
def test_mistakes_get_one_line_and_exit_2(proofkit: Any, arguments: tuple[str, ...], part: str) -> None:
    answer = proofkit(*arguments)
    assert answer.code == MISUSED and answer.out == ""
    assert answer.err.count("\n") == 1 and part in answer.err
    assert not Path("x").exists()


def test_help_and_version(proofkit: Any) -> None:
    assert proofkit("--version").out.startswith("proofkit ")
    for arguments in ((), ("certify",)):
        bare = proofkit(*arguments)
        assert bare.code == MISUSED and "Commands:" in bare.err
    assert "--where" in proofkit("prove", "--help").out


def test_prove_writes_a_certificate_that_verifies(proofkit: Any) -> None:
    assert proofkit("prove", "rank(A @ B) <= rank(A)", "-o", "c.json").code == SHOWN
    verified = proofkit("verify", "c.json")
    assert verified.code == SHOWN and "valid: proved: rank(A @ B) <= rank(A)" in verified.out
    alone = subprocess.run([sys.executable, "-I", verify.__file__, "c.json"], capture_output=True, text=True)
    assert alone.returncode == 0 and alone.stdout == verified.out


def test_json_goes_to_standard_output_alone(proofkit: Any) -> None:
    answer = json.loads(proofkit("prove", "A @ B == B @ A", "--json", "-").out)
    assert list(answer) == ["verdict", "scope", "field", "sizes", "method", "hypotheses", "counterexample", "certificate"]
    assert answer["verdict"] == "refuted" and answer["counterexample"]["entries"]
    checked = proofkit("check", "kronecker_mixed_product", "--rung", "symbolic", "--json", "-")
    content = json.loads(checked.out)
    assert checked.code == SHOWN and set(content) == {"lemmas", "not_checked"}
    (row,) = content["lemmas"]
    assert row["rungs"]["symbolic"]["verdict"] == row["standing"]["symbolic"] == "proved"
    assert {"verdict", "scope", "seconds"} <= set(row["rungs"]["symbolic"])
    assert "exact" in content["not_checked"]


def test_check_writes_certificates_that_verify(proofkit: Any) -> None:
    checked = proofkit("check", "tensor_product_rank", "--rung", "symbolic", "--jobs", "1", "--json", "c.json")
    assert checked.code == SHOWN and "2 of 2 lemmas proved" in checked.out
    files = sorted(str(path) for path in Path("proof").iterdir())
    assert files == [
        f"proof/{name}{kind}.json" for name in ("kronecker_rank", "tensor_product_rank") for kind in (".false", "")
    ]  # fmt: skip
    verified = proofkit("verify", *files)
    assert verified.code == SHOWN and verified.out.endswith("4 of 4 valid\n")
    assert {row["name"] for row in json.loads(Path("c.json").read_text())["lemmas"]} == {"kronecker_rank", "tensor_product_rank"}


def test_verify_rows_and_precedence(proofkit: Any) -> None:
    proofkit("prove", "A == A", "-o", "good.json")
    data = Path("good.json").read_bytes()
    Path("false.json").write_bytes(data.replace(b"A == A", b"A == -A"))
    Path("noise.json").write_bytes(b"\x00\xff")
    assert proofkit("verify", "good.json", "false.json").code == WRONG
    assert proofkit("verify", "false.json", "noise.json", "good.json").code == MISUSED
    rows = json.loads(proofkit("verify", "good.json", "noise.json", "absent.json", "--json", "-").out)
    assert [row["valid"] for row in rows] == [True, False, False]
    assert all({"file", "valid", "claim", "scope", "grade", "assumes", "reason"} <= set(row) for row in rows)
    assert rows[0]["grade"] == "deterministic" and "No such file" in rows[2]["reason"]


def test_an_engine_that_is_asked_for_and_missing_is_no_pass(proofkit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.rungs.scale.unavailable", lambda: "torch is missing: pip install torch")
    monkeypatch.setattr("proofkit.rungs.formal.unavailable", lambda: "coqc is missing")
    asked = proofkit("check", "kronecker_mixed_product", "--rung", "scale")
    assert asked.code == OPEN and "pip install torch" in asked.out
    default = proofkit("check", "kronecker_mixed_product", "--jobs", "1")
    assert default.code == SHOWN
    assert "not checked: scale (torch is missing: pip install torch); formal (coqc is missing)" in default.out


def test_the_scale_rung_takes_a_device(proofkit: Any) -> None:
    pytest.importorskip("torch")
    for name in ("cuda:99", "nonsense"):
        wrong = proofkit("check", "kronecker_mixed_product", "--rung", "scale", "--device", name)
        assert wrong.code == MISUSED and wrong.err.count("\n") == 1 and f"--device {name}: no such device" in wrong.err
    asked = ("check", "kronecker_mixed_product", "--rung", "scale", "--device", "cpu", "--seconds", "0.05", "--json", "-")
    found = json.loads(proofkit(*asked).out)["lemmas"][0]["rungs"]["scale"]
    assert found["verdict"] == "held" and "on this device: cpu" in found["scope"] and "Gop/s" in found["scope"]


def test_the_scale_rung_takes_a_share_of_the_memory(proofkit: Any) -> None:
    """A share that leaves nothing leaves the smallest instances out; results for other shares are not taken for it."""
    pytest.importorskip("torch")
    asked = ("check", "kronecker_mixed_product", "--rung", "scale", "--device", "cpu", "--seconds", "0.05", "--json", "-")
    for share in ("2", "-1", "half"):
        wrong = proofkit(*asked, "--memory", share)
        assert wrong.code == MISUSED and wrong.err.count("\n") == 1 and "--memory" in wrong.err
    found = json.loads(proofkit(*asked, "--memory", "0.00001").out)["lemmas"][0]["rungs"]["scale"]
    assert found["verdict"] == "held" and "1e-05 of" in found["scope"] and "GiB free are allowed" in found["scope"]
    more = json.loads(proofkit(*asked).out)["lemmas"][0]["rungs"]["scale"]
    assert "the next would take about" in more["scope"]


def lemma_file(directory: Path, statement: str, sibling: str) -> None:
    directory.mkdir(exist_ok=True)
    body = f'LEMMA = Lemma("{statement}", FalseSibling("{sibling}"), title="t", source="s", where="A: n n; B: n n")'
    (directory / "mine.py").write_text(f"from proofkit import FalseSibling, Lemma\n\n{body}\n")


def test_an_own_false_lemma_is_refuted_with_its_counterexample(proofkit: Any) -> None:
    lemma_file(Path("lemmas"), "A @ B == B @ A", "A == -A")
    answer = proofkit("check", "mine", "--lemmas", "lemmas", "--jobs", "1")
    assert answer.code == WRONG and "mine: symbolic: refuted: A = [[0, 1], [0, 0]]" in answer.out
    assert proofkit("certify", "lemma", "mine", "-o", "m.json", "--lemmas", "lemmas").code == WRONG
    assert "valid: refuted" in proofkit("verify", "m.json").out


def test_an_undecided_lemma_exits_4(proofkit: Any) -> None:
    lemma_file(Path("mine"), "rank(A @ B @ A @ B) + rank(A) >= rank(A @ B)", "A == -A")
    answer = proofkit("certify", "lemma", "mine", "-o", "m.json", "--lemmas", "mine")
    assert answer.code in (SHOWN, OPEN)
    assert Path("m.json").exists() == (answer.code == SHOWN)


@pytest.mark.parametrize("shared", [(), ("--shared",)])
@pytest.mark.parametrize(
    ("modes", "dim", "channels"),
    [("2", "3", "5"), ("4", "1", "2,2"), ("8", "3", "1,2,3"), ("4", "2", "7,1"), ("1048576", "4", ",".join(["4"] * 20))],
)
def test_certify_capacity_with_the_structured_witness(
    proofkit: Any, modes: str, dim: str, channels: str, shared: tuple[str, ...]
) -> None:
    arguments = ("certify", "capacity", "--modes", modes, "--dim", dim, "--channels", channels, *shared, "-o", "c.json")
    assert proofkit(*arguments).code == SHOWN
    assert Path("c.json").stat().st_size < 100_000
    verified = proofkit("verify", "c.json")
    assert verified.code == SHOWN and "cp_rank(ht(L, M, r" in verified.out and "any infinite field" in verified.out


@pytest.mark.parametrize("shared", [(), ("--shared",)])
@pytest.mark.parametrize(
    ("modes", "dim", "channels", "rank"),
    [("8", "3", "3,3,3", 81), ("2", "2", "5", 2), ("4", "3", "1,2", 1), ("4", "1", "2,2", 1)],
)
def test_certify_capacity_with_a_random_witness(
    proofkit: Any, modes: str, dim: str, channels: str, rank: int, shared: tuple[str, ...]
) -> None:
    arguments = ["certify", "capacity", "--modes", modes, "--dim", dim, "--channels", channels, "--witness", "random", *shared]
    assert proofkit(*arguments, "--seed", "3", "-o", "c.json").code == SHOWN
    content = json.loads(Path("c.json").read_bytes())
    (minor,) = (step for step in content["proof"]["steps"] if step["rule"] == "minor")
    assert len(minor["rows"]) == rank
    assert "over Q" in proofkit("verify", "c.json").out


def test_the_theorem_in_one_line_and_its_false_sister(proofkit: Any) -> None:
    theorem = "rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))"
    assert proofkit("prove", "--almost-everywhere", theorem).code == SHOWN
    assert proofkit("prove", "--almost-everywhere", theorem.replace(">=", "==")).code == SHOWN
    corollary = theorem.replace("rank(odd_even(ht(L, M, r)))", "cp_rank(ht(L, M, r, shared=True))")
    assert proofkit("prove", "--almost-everywhere", corollary).code == SHOWN
    more = proofkit("prove", "--almost-everywhere", f"{theorem} + 1")
    assert more.code == WRONG and "the contrary is proved" in more.out
    everywhere = proofkit("prove", theorem)
    assert everywhere.code == WRONG and "ht.0.0 = [[0]]" in everywhere.out


def test_graph_is_written_or_printed(proofkit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.rungs.formal.unavailable", lambda: "coqc is missing")
    written = proofkit("graph", "-o", "g.svg")
    assert written.code == SHOWN and Path("g.svg").read_text().startswith("<svg")
    assert proofkit("graph", "--format", "dot").out.startswith("digraph")


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_ctrl_c_keeps_what_is_finished(tmp_path: Path, jobs: str) -> None:
    command = [sys.executable, "-m", "proofkit", "check", "-o", str(tmp_path / "proof"), "--jobs", jobs]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path, env=os.environ)
    assert process.stderr is not None
    first = next(line for line in process.stderr if "symbolic: proved" in line).split(":")[0]
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=300)
    assert process.returncode == INTERRUPTED, out + err
    assert "what was finished is kept" in err and first in out and "Traceback" not in err
    assert verify.examine(str(tmp_path / "proof" / f"{first}.json")).valid


PRESSED = {  # where Ctrl-C arrives, as a program that runs before the command, and the exit code
    "while modules are loaded": (
        """
class Finder:
    def find_spec(self, name, *_):
        if name == "typer":
            press()
sys.meta_path.insert(0, Finder())
""",
        INTERRUPTED,
    ),
    "inside an exec, which CPython remembers": (
        """
from proofkit import cli
def answered(_):
    try:
        exec("press()")
    finally:
        raise KeyboardInterrupt
cli._answered = answered
""",
        INTERRUPTED,
    ),
    "where a library makes another error of it": (
        """
from proofkit.rungs import symbolic
def unavailable():
    try:
        press()
    except KeyboardInterrupt:
        raise RuntimeError("broken") from None
symbolic.unavailable = unavailable
""",
        INTERRUPTED,
    ),
    "in the garbage collector, where nobody can catch it": (
        """
from proofkit.rungs import Evidence, symbolic
class Collected:
    def __del__(self):
        press()
def run(*_):
    Collected()
    return Evidence("symbolic", "undecided", "")
symbolic.run = run
""",
        INTERRUPTED,
    ),
    "twice": (
        """
from proofkit.rungs import symbolic
def unavailable():
    try:
        press()
    except KeyboardInterrupt:
        press()
    raise SystemExit(77)
symbolic.unavailable = unavailable
""",
        INTERRUPTED,
    ),
    "after the last line": ("import atexit; atexit.register(press)", SHOWN),
}


@pytest.mark.parametrize(("program", "code"), PRESSED.values(), ids=PRESSED)
def test_ctrl_c_ends_with_its_exit_code(tmp_path: Path, program: str, code: int) -> None:
    head = "import os, signal, sys\ndef press(): os.kill(os.getpid(), signal.SIGINT)\n"
    (tmp_path / "program.py").write_text(f"{head}{program}\nfrom proofkit.__main__ import main\nmain()\n")
    command = [sys.executable, "-m", "program", "check", "kronecker_mixed_product", "--rung", "symbolic"]
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert ended.returncode == code, ended.stderr
    assert "Traceback" not in ended.stderr and "Exception" not in ended.stderr
    assert ("1 of 1 lemmas proved" in ended.stdout) is (code == SHOWN)


def test_ctrl_c_is_for_the_main_process_alone(tmp_path: Path) -> None:
    """A worker that gets it as it starts, as all processes of a terminal do, goes on."""
    (tmp_path / "sitecustomize.py").write_text(
        "import os, signal, sys\nif 'multiprocessing.spawn' in ' '.join(sys.orig_argv): os.kill(os.getpid(), signal.SIGINT)\n"
    )
    command = [sys.executable, "-m", "proofkit", "check", "tensor_product_rank", "--rung", "symbolic", "--jobs", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}
    ended = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment)
    assert ended.returncode == SHOWN and "Traceback" not in ended.stderr, ended.stderr


def test_an_interrupt_that_a_library_swallows_is_heeded_after_the_item(proofkit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def swallowing(*_: Any) -> Evidence:
        with contextlib.suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
        return Evidence("symbolic", "undecided", "")

    with monkeypatch.context() as patched:
        patched.setattr("proofkit.rungs.symbolic.run", swallowing)
        answer = proofkit("check", "tensor_product_rank", "--rung", "symbolic", "--jobs", "1")
    assert answer.code == INTERRUPTED and "with 2 of 2 checks to go" in answer.err
    # What it may have broken is not kept.
    assert proofkit("check", "tensor_product_rank", "--rung", "symbolic", "--jobs", "1").code == SHOWN


def test_several_processes_find_the_same(proofkit: Any) -> None:
    tables = []
    for jobs in ("1", "2"):
        rungs = ("--rung", "symbolic", "--rung", "exact", "--jobs", jobs)
        content = json.loads(proofkit("check", "tensor_product_rank", *rungs, "--fresh", "--json", "-").out)
        for lemma in content["lemmas"]:
            for row in lemma["rungs"].values():
                row.pop("seconds")
        tables.append(content)
    assert tables[0] == tables[1]


def test_a_full_disk_is_one_line(proofkit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    answer = proofkit("prove", "A == A", "-o", "c.json")
    assert answer.code == MISUSED and "No space left on device" in answer.err and os.listdir() == []


def test_a_pipe_that_closes_early_is_no_traceback(tmp_path: Path) -> None:
    script = f"{sys.executable} -m proofkit list | head -n 1"
    found = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd=tmp_path)
    assert found.stdout.count("\n") == 1 and found.stderr == ""


@pytest.mark.parametrize("shared", [(), ("--shared",)])
@pytest.mark.parametrize(
    ("modes", "dim", "channels", "rank"), [("8", "3", "3,3,3", 81), ("4", "2", "5,1", 4), ("2", "3", "1", 1)]
)
def test_certify_capacity_by_hashing(
    proofkit: Any, modes: str, dim: str, channels: str, rank: int, shared: tuple[str, ...]
) -> None:
    arguments = ["certify", "capacity", "--modes", modes, "--dim", dim, "--channels", channels, "--witness", "random", *shared]
    assert proofkit(*arguments, "--grade", "hashed", "-o", "h.json").code == SHOWN
    verified = proofkit("verify", "h.json")
    assert verified.code == SHOWN and "certified (soundness error <= 2^-128, random-oracle model)" in verified.out
    assert f"rank(A) == {rank}," in verified.out or f"{rank} <= rank(A) <=" in verified.out
    content = Path("h.json").read_text()
    Path("more.json").write_text(content.replace(f'"at_least":{rank}', f'"at_least":{rank + 1}'))
    assert proofkit("verify", "more.json").code != SHOWN


def test_hashing_is_for_random_weights(proofkit: Any) -> None:
    arguments = ["certify", "capacity", "--modes", "4", "--dim", "2", "--channels", "2,2", "-o", "h.json", "--grade"]
    assert proofkit(*arguments, "hashed").code == MISUSED
    assert proofkit(*arguments, "high").code == MISUSED


def network_file(channels: int) -> dict[str, Any]:
    """Four modes of dimension 3, rational weights, more channels than dimensions where asked for."""
    random = Random(channels)
    leaf = [[random.randint(-9, 9) for _ in range(3)] for _ in range(channels)]
    node = [[f"{random.randint(1, 9)}/{random.randint(1, 9)}" for _ in range(channels)] for _ in range(channels)]
    weights = {"0/0": leaf, "0/1": leaf[::-1], "1/0": leaf, "1/1": leaf, "0": node, "1": node[::-1], "": node[:2]}
    facts = {"format": "proofkit-network/1", "pool": "product", "dim": 3, "tree": [[0, 1], [2, 3]], "shared": False}
    return {**facts, "weights": weights}


@pytest.mark.parametrize("black_box", [False, True])
def test_rank_of_a_network_file(proofkit: Any, monkeypatch: pytest.MonkeyPatch, black_box: bool) -> None:
    """r0 > M, so that no diagonal core exists: the recipe with solutions or a minor, across any partition."""
    monkeypatch.setattr("proofkit.ranks.prefers_black_box", lambda operator: black_box)
    Path("net.json").write_text(json.dumps(network_file(4)))
    found = proofkit("rank", "net.json", "-o", "c.json", "--json", "r.json")
    assert found.code == SHOWN and found.out.startswith("certified: rank = 9, 9 x 9 matrix over Q"), found.out + found.err
    assert proofkit("verify", "c.json").code == SHOWN
    assert json.loads(Path("c.json").read_text())["claim"]["matrix"]["weights"]["0"]["denominator"] != "1"
    assert json.loads(Path("r.json").read_text())["rank"] == {"lower": 9, "upper": 9, "exact": True}
    oblong = proofkit("rank", "net.json", "--rows", "0", "--channel", "1")
    assert oblong.code == (OPEN if black_box else SHOWN) and "rank = 3, 3 x 27 matrix" in oblong.out
    assert ("no certificate" in oblong.out) is black_box
    assert "output 2" in proofkit("rank", "net.json", "--channel", "2").err


def test_rank_of_all_matrices_within_a_radius(proofkit: Any) -> None:
    measured = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.1]])
    np.save("measured.npy", measured)
    np.save("errors.npy", np.full((3, 3), 0.05))
    np.save("other.npy", np.zeros((2, 2)))
    near = proofkit("rank", "measured.npy", "--radius", "0.001")
    assert near.code == OPEN and "computed: rank = 3, 3 x 3 matrix over R" in near.out and "no certificate" in near.out
    far = proofkit("rank", "measured.npy", "--radius", "errors.npy", "--json", "-")
    assert far.code == OPEN and json.loads(far.out)["rank"] == {"lower": 2, "upper": 3, "exact": False}
    wrong = {
        ("--radius", "nothing.npy"): "--radius nothing.npy: write a number",
        ("--radius", "-1"): "must not be negative",
        ("--radius", "nan"): "nan or infinite",
        ("--radius", "other.npy"): "a bound of shape (2, 2)",
        ("--radius", "0.1", "--field", "GF(7)"): "leave out --field",
        ("--radius", "0.1", "-o", "c.json"): "has no certificate",
        ("--radius", "0.1", "--deterministic"): "has no certificate",
    }
    for options, message in wrong.items():
        answer = proofkit("rank", "measured.npy", *options)
        assert answer.code == MISUSED and message in answer.err and answer.err.count("\n") == 1, answer.err


def test_rank_of_a_network_by_its_cut(proofkit: Any) -> None:
    Path("net.json").write_text(json.dumps(network_file(2)))
    found = proofkit("rank", "net.json", "--rows", "0,1", "-o", "c.json")
    assert found.code == SHOWN and "certified: rank = 2, 9 x 9 matrix over Q" in found.out and "from above by cut" in found.out


def test_options_of_networks_are_for_networks(proofkit: Any) -> None:
    Path("net.json").write_text(json.dumps({**network_file(2), "pool": "max"}))
    assert proofkit("rank", "net.json").code == MISUSED
    assert proofkit("rank", "net.json", "--field", "GF(7)").code == MISUSED
    assert "network files" in proofkit("rank", "a.npy", "--rows", "0").err
