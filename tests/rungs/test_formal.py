"""The formal rung: Rocq's word is passed on as delegated, and a weakened statement or definition is noticed."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

import pytest

from proofkit import rungs, verify
from proofkit.errors import ProofkitError
from proofkit.graph import standing
from proofkit.lemma import FalseSibling, Lemma, load, select
from proofkit.rungs import Context, formal, rocq

LEMMAS = load()
ROOT = Path(__file__).resolve().parent.parent.parent
FORMAL = ROOT / "formal"
RECORD = json.loads((FORMAL / "statements.json").read_text())
ANALYSIS = {
    "boolp.propositional_extensionality",
    "boolp.functional_extensionality_dep",
    "boolp.constructive_indefinite_description",
}

needs_rocq = pytest.mark.skipif(bool(rocq.missing()), reason=rocq.missing())


def test_the_library_admits_nothing_and_every_proof_is_opaque() -> None:
    for path in FORMAL.glob("*.v"):
        text = re.sub(r"\(\*.*?\*\)", "", path.read_text(), flags=re.DOTALL)
        found = re.findall(r"\b(Admitted|admit|Axioms?|Parameters?|Conjecture|Defined|Abort)\b", text)
        assert not found, f"{path.name}: {found}"


def test_every_file_is_built_and_shipped() -> None:
    names = rocq.files(FORMAL)
    assert sorted(names) == sorted(path.name for path in FORMAL.glob("*.v"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for name in [*names, "_CoqProject", "Makefile", "statements.json"]:
        assert shipped[f"formal/{name}"] == f"proofkit/_formal/{name}"


def test_lemmas_name_recorded_theorems_and_the_cone_of_the_theorem_names_some() -> None:
    for lemma in LEMMAS.values():
        assert set(lemma.formal) <= set(RECORD["statements"]), lemma.name
    for name in select(LEMMAS, ["network_capacity", "network_capacity_shared", "capacity_rank", "capacity_rank_shared"]):
        assert LEMMAS[name].formal, f"{name} names no theorem"


def test_each_rule_of_derivations_has_its_theorems_or_a_reason_why_none() -> None:
    table = (FORMAL / "STATEMENTS.md").read_text().partition("| rule | theorem |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]
    assert sorted(name for row in rows for name in row[0].split(", ")) == sorted(verify.RULES)
    proved = "\n".join(path.read_text() for path in FORMAL.glob("*.v"))
    for rules, theorems, remark in rows:
        names = re.findall(r"`([\w*]+)`", theorems)
        assert names or (theorems == "none" and remark), rules
        for name in names:
            pattern = name.replace("*", r"\w+")
            assert re.search(rf"^(Theorem|Corollary|Lemma) {pattern}\b", proved, re.MULTILINE), name


def test_the_table_of_statements_has_the_theorems_that_lemmas_name() -> None:
    section = (FORMAL / "STATEMENTS.md").read_text().partition("## The lemmas")[2].partition("## Beyond")[0]
    rows = [line.split(" | ") for line in section.splitlines() if line.startswith("| ")]
    table = {name: row[1] for row in rows for name in row[0].strip("| ").split(", ")}
    for lemma in LEMMAS.values():
        for theorem in [*lemma.formal, *filter(None, [lemma.sibling.formal])]:
            words = re.findall(r"`([^`]+)`", table[lemma.name])
            assert any(fnmatch(theorem.partition(".")[2], word) for word in words), f"{lemma.name}: {theorem}"


def test_axioms_are_those_of_analysis_and_only_where_real_numbers_are_spoken_of() -> None:
    for name, each in RECORD["statements"].items():
        speaks = name.partition(".")[0] in ("nullset", "almost_everywhere", "rectifier_measure", "simnet")
        assert set(each["axioms"]) == (ANALYSIS if speaks else set()), name


def test_without_rocq_the_rung_is_unavailable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = rungs.run("formal", LEMMAS["kronecker_rank"], Context(lemmas=LEMMAS))
    assert found.verdict == "unavailable"
    assert found.scope.startswith("coqc is missing: apt-get install coq ") and "\n" not in found.scope


THEOREM = rocq.Theorem("a.t : forall n, a.d n", axioms=(), rests_on=("a.d",), uses=())
ACCOUNT = rocq.Account("8", "1", {"a.t": THEOREM}, {"a.d": "a.d = fun n => n = n"})


def differences(found: rocq.Account, name: str = "a.t") -> str:
    return "\n".join(formal.differing(name, found, rocq.record(ACCOUNT, {})))


def test_what_has_changed_is_named() -> None:
    assert differences(ACCOUNT) == ""
    weaker = replace(THEOREM, statement="a.t : forall n, n = n -> a.d n")
    assert "the statement is not the one recorded" in differences(rocq.Account("8", "1", {"a.t": weaker}, ACCOUNT.definitions))
    assert "a.d, of which it speaks" in differences(rocq.Account("8", "1", ACCOUNT.theorems, {"a.d": "a.d = fun n => True"}))
    more = replace(THEOREM, rests_on=("a.d", "a.e"))
    assert "a.e, of which" in differences(rocq.Account("8", "1", {"a.t": more}, {**ACCOUNT.definitions, "a.e": "a.e = 1"}))
    axiom = replace(THEOREM, axioms=("boolp.choice",))
    assert "axiom boolp.choice" in differences(rocq.Account("8", "1", {"a.t": axiom}, ACCOUNT.definitions))
    assert "no such theorem" in differences(ACCOUNT, "a.u")


NOTED = """DIGEST 0
FProofkit.b
R8:10 Proofkit.a <> <> lib
sec 20:20 <> S
var 30:30 S H
R34:34 Proofkit.a <> t thm
prf 50:50 <> one
binder 52:52 <> x:1
R60:60 Proofkit.b <> S.H var
R61:61 Coq.Init.Logic <> ::type_scope:x_'='_x not
prf 70:70 <> two
R80:80 Proofkit.b <> x:1 var
R90:90 Proofkit.b <> one thm
R75:75 Proofkit.a <> d def
"""


def test_a_mention_belongs_to_the_name_defined_before_it(tmp_path: Path) -> None:
    (tmp_path / "b.glob").write_text(NOTED)
    found = rocq.mentioned(tmp_path, ["b"])
    assert found["b.S.H"] == {"a.t"} and found["b.one"] == {"b.S.H"} and found["b.two"] == {"b.x:1", "b.one", "a.d"}


@pytest.mark.slow
@needs_rocq
@pytest.mark.parametrize(
    "name", ["rules.rank_added_blocks", "capacity.capacity_unshared", "rectifier_depth.rectifier_depth", "pooling.four_split"]
)
def test_a_theorem_uses_what_the_kernel_says_that_it_does(name: str) -> None:
    found, compiler = rocq.account(), shutil.which("coqc")
    assert compiler
    built = rocq.cache_directory() / rocq._digest(FORMAL, compiler)
    question = f"Require Proofkit.{name.partition('.')[0]}. Print Opaque Dependencies Proofkit.{name}."
    asked = ["coqtop", "-q", "-quiet", "-w", "-all", "-Q", str(built), "Proofkit"]
    said = subprocess.run(asked, input=question, capture_output=True, text=True, check=True).stdout
    told = set(re.findall(r"^(?:Proofkit\.)?([\w.]+) :", said, re.MULTILINE)) & set(found.theorems) - {name}
    assert told == set(found.theorems[name].uses) and told


@pytest.mark.slow
@needs_rocq
def test_lemmas_with_theorems_are_delegated_and_so_is_the_cone_of_the_theorem() -> None:
    context = Context(lemmas=LEMMAS)
    names = [name for name, lemma in LEMMAS.items() if lemma.formal]
    found = {(name, "formal"): rungs.run("formal", LEMMAS[name], context) for name in names}
    for (name, _), evidence in found.items():
        assert evidence.verdict == "delegated", f"{name}: {evidence.detail or evidence.scope}"
        assert evidence.scope.startswith("Rocq ") and "axioms: " in evidence.scope and not evidence.certificates
    assert standing(LEMMAS, found)["network_capacity"]["formal"] == "delegated"
    assert rocq.record(rocq.account(), LEMMAS) == RECORD


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the first two files alone, built in a cache of its own."""
    copy = tmp_path / "formal"
    copy.mkdir()
    for name in ("kronecker.v", "generic.v", "statements.json"):
        shutil.copyfile(FORMAL / name, copy / name)
    (copy / "_CoqProject").write_text("kronecker.v\ngeneric.v\n")
    monkeypatch.setattr(rocq, "sources", lambda: copy)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    yield copy


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text)


def check(name: str) -> rungs.Evidence:
    return rungs.run("formal", LEMMAS[name], Context(lemmas=LEMMAS))


@pytest.mark.slow
@needs_rocq
def test_a_copy_is_as_recorded(small: Path) -> None:
    assert check("linear_combinations").verdict == "delegated"


@pytest.mark.slow
@needs_rocq
def test_a_weakened_statement_is_noticed(small: Path) -> None:
    proof = "apply: (@generic_rank_ge _ _ _ _ (fun a => \\sum_i a i *: A i)%R v) => // i j."
    edit(
        small / "generic.v",
        ("(A : 'I_k -> 'M[F]_(m, n)) (v : 'I_k -> F) :\n", "(A : 'I_k -> 'M[F]_(m, n)) (v : 'I_k -> F) : m = n ->\n"),
        (proof, f"move=> _; {proof}"),
    )
    found = check("linear_combinations")
    assert found.verdict == "failed" and "the statement is not the one recorded" in found.detail
    assert "\n" not in found.detail


@pytest.mark.slow
@needs_rocq
def test_a_weakened_definition_is_noticed(small: Path) -> None:
    edit(
        small / "generic.v",
        ("[/\\ p != 0, exists w, peval p w != 0 & forall w,", "[/\\ True, exists w, peval p w != 0 & forall w,"),
        ("exists 1; split=> //; first exact: oner_neq0.", "exists 1; split=> //."),
        ("[exact: meval_neq0 p_w0 | by exists w0 |]", "[by [] | by exists w0 |]"),
    )
    found = check("linear_combinations")
    assert found.verdict == "failed" and "generic.generic, of which it speaks, is not defined as recorded" in found.detail


@pytest.mark.slow
@needs_rocq
def test_a_file_that_does_not_compile_is_a_failure(small: Path) -> None:
    edit(small / "kronecker.v", ("by rewrite tensmx_mul. Qed.", "by []. Qed."))
    found = check("linear_combinations")
    assert found.verdict == "failed" and "kronecker.v" in found.detail
    with pytest.raises(ProofkitError, match=r"kronecker\.v"):
        rocq.account()


def test_what_does_not_compile_is_tried_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    tried = []

    def build(*_: object) -> None:
        tried.append("built")
        raise ProofkitError("kronecker.v: Syntax error")

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(rocq.shutil, "which", lambda name: name)
    monkeypatch.setattr(rocq, "_digest", lambda *_: "digest")
    monkeypatch.setattr(rocq, "_build", build)
    for _ in range(2):
        with pytest.raises(ProofkitError, match=r"kronecker\.v"):
            rocq.account()
    assert tried == ["built"]


def test_steps_are_the_lemmas_that_the_formal_proof_uses_and_not_through_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theorems = {"a.s": (), "a.t": ("a.s",), "a.u": ("a.s", "a.t"), "a.v": ("a.s",)}
    account = rocq.Account("8", "1", {name: replace(THEOREM, uses=uses) for name, uses in theorems.items()}, ACCOUNT.definitions)
    plain = Lemma("it is so", FalseSibling("it is not", formal="a.s"), "t", "s", in_words=True)
    own = {name[2:]: replace(plain, formal=(name,), name=name[2:]) for name in theorems}
    assert formal.used(own["u"], own, account) == ("t",)
    assert formal.used(own["v"], own, account) == ("s",)
    (tmp_path / "statements.json").write_text(json.dumps(rocq.record(account, {**own, "u": replace(own["u"], steps=("t",))})))
    monkeypatch.setattr(rocq, "account", lambda: account)
    monkeypatch.setattr(rocq, "sources", lambda: tmp_path)
    wrong = formal.run(own["u"], Context(lemmas=own))
    assert wrong.verdict == "failed" and "the formal proof uses ['t']" in wrong.detail
    right = formal.run(replace(own["u"], steps=("t",)), Context(lemmas=own))
    assert right.verdict == "delegated" and right.used == ("t",) and "its false sibling: a.s" in right.scope
    other = replace(own["u"], steps=("t",), statement="it is otherwise")
    assert "its words are not those recorded" in formal.run(other, Context(lemmas=own)).detail
    unknown = replace(own["s"], sibling=FalseSibling("it is not", formal="a.w"))
    assert "a.w: no such theorem" in formal.run(unknown, Context(lemmas=own)).detail
