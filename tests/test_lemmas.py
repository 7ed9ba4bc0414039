"""The lemmas that come with proofkit: proved, checked, and each false sibling refuted by small matrices."""

from __future__ import annotations

import os
from pathlib import Path
from py_compile import compile as compile_file
from typing import Any

import pytest

from proofkit import rungs, verify
from proofkit.certificates import Certificate
from proofkit.errors import UsageError
from proofkit.lemma import Lemma, builtin_directory, load, load_file, select
from proofkit.rungs import Context

LEMMAS = load()
LINES = [name for name, lemma in LEMMAS.items() if not lemma.in_words]
WORDS = [name for name, lemma in LEMMAS.items() if lemma.in_words]
ZERO_SET = "the zero set of a nonzero polynomial has measure zero"


@pytest.fixture(scope="module")
def context() -> Context:
    return Context(lemmas=LEMMAS)


@pytest.mark.parametrize("name", LINES)
def test_symbolic_proves_the_lemma_and_refutes_its_sibling(name: str, context: Context) -> None:
    found = rungs.run("symbolic", LEMMAS[name], context)
    assert found.verdict == "proved", found.detail
    assert "for all sizes" in found.scope
    assert set(found.used) == set(LEMMAS[name].rests_on)
    own, sibling = (dict(found.certificates)[stem] for stem in (name, f"{name}.false"))
    for certificate, verdict in ((own, "proved"), (sibling, "refuted")):
        again = verify.check(certificate.data)
        assert again.valid and again.verdict == verdict
    assert all(fact.startswith(ZERO_SET) for fact in found.assumes)
    assert bool(found.assumes) == bool(LEMMAS[name].almost_every)
    small(sibling)


def small(sibling: Certificate) -> None:
    """A counterexample has at most 3 rows and columns and small integer entries."""
    content = sibling.content
    if content["kind"] != "counterexample":
        assert content["kind"] == "refutation"  # of what is claimed for almost all weights: by the contrary bound
        return
    assert all(size <= 3 for size in content["proof"]["sizes"].values() if isinstance(size, int))
    assert max(map(abs, flattened(content["proof"]["entries"]))) <= 3


def flattened(thing: Any) -> list[int]:
    if isinstance(thing, dict):
        return [entry for part in thing.values() for entry in flattened(part)]
    if isinstance(thing, list):
        return [entry for part in thing for entry in flattened(part)]
    return [thing]


@pytest.mark.parametrize("name", LINES)
@pytest.mark.parametrize("rung", ["exact", "floating"])
def test_instances_hold(name: str, rung: str, context: Context) -> None:
    found = rungs.run(rung, LEMMAS[name], context)
    assert found.verdict == "held", found.detail
    assert f"(seed {context.seed})" in found.scope


@pytest.mark.parametrize("name", WORDS)
def test_a_theorem_in_words_is_never_called_proved_and_its_sibling_is_contradicted(name: str, context: Context) -> None:
    found = {rung: rungs.run(rung, LEMMAS[name], context) for rung in ("symbolic", "exact", "floating", "scale")}
    assert {found[rung].verdict for rung in ("symbolic", "scale")} == {"unavailable"}
    assert "its proof is in formal/" in found["symbolic"].scope
    exact = LEMMAS[name].certified or (LEMMAS[name].computations and LEMMAS[name].field == "any")
    assert found["exact"].verdict == ("held" if exact else "unavailable"), found["exact"].detail
    assert found["floating"].verdict == ("held" if LEMMAS[name].computations else "unavailable"), found["floating"].detail
    assert LEMMAS[name].sibling.formal or f"{name}.false" in dict(found["exact"].certificates)
    assert all(verify.check(certificate.data).valid for _, certificate in found["exact"].certificates)


def in_words(more: str = "", sibling: str = ', formal="a.u"') -> str:
    body = f'LEMMA = Lemma("it is so", FalseSibling("it is not"{sibling}), title="t", source="s", in_words=True'
    return f'{body}, formal=("a.t",){more})'


def test_a_theorem_in_words_needs_its_proof_and_a_sibling_that_something_contradicts(tmp_path: Path) -> None:
    assert "has to name its theorem" in failing(tmp_path, in_words().replace('("a.t",)', "()"))
    assert "needs a contrary" in failing(tmp_path, in_words(sibling=""))
    assert "one theorem cannot prove both" in failing(tmp_path, in_words(sibling=', formal="a.t"'))
    assert "belong into the sentence" in failing(tmp_path, in_words(', where="A: m n"'))
    assert "no lemma" in failing(tmp_path, in_words(', steps=("nothing",)'))
    assert "name a use" in failing(tmp_path, lemma(more=', steps=("kronecker_rank",)'))


def test_of_a_theorem_in_words_something_has_to_be_shown_and_of_its_sibling_the_contrary(tmp_path: Path) -> None:
    nothing = in_words(", certified=lambda: iter(())")
    assert run_on(tmp_path, nothing, "exact").verdict == "undecided"
    assert run_on(tmp_path, in_words(", computations=lambda system, seed: iter(())"), "floating").verdict == "undecided"
    found = run_on(tmp_path, in_words(", certified=lambda: iter(())", sibling=", contrary=lambda: None"), "exact")
    assert found.verdict == "failed" and "was not contradicted: it is not" in found.detail


def test_a_module_is_loaded_from_its_text_not_from_bytecode_of_the_same_length_and_second(tmp_path: Path) -> None:
    path = write(tmp_path, "one.py", lemma("A == A"))
    compile_file(path)
    before = path.stat()
    path.write_text(path.read_text().replace("A == A", "B == B"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load_file(path).statement == "B == B"


def test_the_theorem_rests_on_the_steps_of_its_proof() -> None:
    assert select(LEMMAS, ["network_capacity"]) == [
        "rank_at_most_terms", "kronecker_rank", "tensor_product_rank", "network_capacity"
    ]  # fmt: skip


@pytest.mark.parametrize("path", sorted(builtin_directory().glob("*.py")), ids=lambda path: path.stem)
def test_a_lemma_module_is_short_and_cites_its_source(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) < 100
    assert "Source: " in text.split('"""')[1]


def write(directory: Path, name: str, body: str) -> Path:
    path = directory / name
    path.write_text(f"from proofkit import FalseSibling, Lemma, Use\n\n{body}\n")
    return path


def lemma(statement: str = "A == A", more: str = "") -> str:
    return f'LEMMA = Lemma("{statement}", FalseSibling("A == -A"), title="t", source="s"{more})'


def test_a_users_directory_called_lemmas_works_beside_ours(tmp_path: Path) -> None:
    own = tmp_path / "lemmas"
    own.mkdir()
    write(own, "02_mine.py", lemma("rank(kron(A, A)) == rank(A) * rank(A)", ', uses=(Use("kronecker_rank", A="A", B="A"),)'))
    found = load([own])
    assert list(found)[-1] == "mine" and found["mine"].rests_on == ("kronecker_rank",)
    evidence = rungs.run("symbolic", found["mine"], Context(lemmas=found))
    assert evidence.verdict == "proved" and evidence.used == ("kronecker_rank",)


def failing(tmp_path: Path, body: str, **others: str) -> str:
    write(tmp_path, "one.py", body)
    for name, text in others.items():
        write(tmp_path, f"{name}.py", text)
    with pytest.raises(UsageError) as caught:
        load([tmp_path])
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_mistakes_in_lemma_modules_are_named(tmp_path: Path) -> None:
    assert "line 3: not Python" in failing(tmp_path, "LEMMA = (")
    assert "ZeroDivisionError" in failing(tmp_path, "1 / 0")
    assert "defines no LEMMA" in failing(tmp_path, "X = 1")
    assert "did you mean kronecker_rank?" in failing(tmp_path, lemma(more=', uses=(Use("kroneker_rank"),)'))
    circle = {"two": lemma(more=', uses=(Use("one"),)')}
    assert "circle: one -> two -> one" in failing(tmp_path, lemma(more=', uses=(Use("two"),)'), **circle)
    with pytest.raises(UsageError, match="no such directory"):
        load([tmp_path / "nowhere"])


def run_on(tmp_path: Path, body: str, rung: str) -> Any:
    found = load([write(tmp_path, "one.py", body).parent])
    return rungs.run(rung, found["one"], Context(lemmas=found))


def test_a_false_lemma_is_refuted_on_every_rung(tmp_path: Path) -> None:
    false = 'LEMMA = Lemma("A @ B == B @ A", FalseSibling("A == -A"), title="t", source="s", where="A: n n; B: n n")'
    symbolic = run_on(tmp_path, false, "symbolic")
    assert symbolic.verdict == "refuted" and "A = [[" in symbolic.counterexample
    exact = run_on(tmp_path, false, "exact")
    assert exact.verdict == "refuted" and verify.check(exact.certificates[0][1].data).verdict == "refuted"
    assert run_on(tmp_path, false, "floating").verdict == "failed"


@pytest.mark.parametrize("rung", ["symbolic", "exact", "floating"])
def test_a_true_sibling_is_a_failure(tmp_path: Path, rung: str) -> None:
    true = 'LEMMA = Lemma("A == A", FalseSibling("(A.T).T == A"), title="t", source="s")'
    found = run_on(tmp_path, true, rung)
    assert found.verdict == "failed" and "sibling" in found.detail


def test_a_declared_use_that_the_proof_does_not_need_is_an_error(tmp_path: Path) -> None:
    found = run_on(tmp_path, lemma(more=', uses=(Use("kronecker_rank"),)'), "symbolic")
    assert found.verdict == "failed" and "kronecker_rank" in found.detail


def test_a_wrong_computation_is_noticed(tmp_path: Path) -> None:
    body = """
from proofkit import Computation

def wrong(system, seed):
    yield Computation("one", system.array([1]), system.array([{right}]), altered=system.array([{altered}]))

LEMMA = Lemma("A == A", FalseSibling("A == -A"), title="t", source="s", computations=wrong)
"""
    for rung in ("exact", "floating"):
        assert "differ" in run_on(tmp_path, body.format(right=2, altered=3), rung).detail
        assert "not noticed" in run_on(tmp_path, body.format(right=1, altered=1), rung).detail
        assert run_on(tmp_path, body.format(right=1, altered=2), rung).verdict == "held"


def test_what_is_certified_of_given_sizes_is_kept_or_fails(tmp_path: Path) -> None:
    found = rungs.run("exact", LEMMAS["max_pooling_not_almost_everywhere"], Context(lemmas=LEMMAS))
    assert len(found.certificates) == 6 + 1 and "networks with shared weights, N = 8" in found.scope
    assert all(verify.check(certificate.data).verdict == "certified" for _, certificate in found.certificates)
    body = """
def wrong():
    from proofkit.certify import box_one_channel
    from proofkit.networks.rectifiers import one_channel_box
    yield "another input", box_one_channel(one_channel_box(1, 2, (1,)), mode=1)

LEMMA = Lemma("A == A", FalseSibling("A == -A"), title="t", source="s", certified=wrong)
"""
    found = run_on(tmp_path, body, "exact")
    assert found.verdict == "failed" and "another mode may decide" in found.detail


def test_a_rung_that_breaks_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(lemma: Lemma, context: Context) -> Any:
        raise RuntimeError("on purpose")

    monkeypatch.setattr("proofkit.rungs.exact.run", broken)
    found = rungs.run("exact", LEMMAS["kronecker_rank"], Context(lemmas=LEMMAS))
    assert found.verdict == "failed" and "on purpose" in found.detail


def test_a_missing_engine_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.rungs.scale.unavailable", lambda: "no engine; install one")
    found = rungs.run("scale", LEMMAS["kronecker_rank"], Context(lemmas=LEMMAS))
    assert found.verdict == "unavailable" and "install" in found.scope


UNDER = """
LEMMA = Lemma("{claim}", FalseSibling("{sibling}", where="P: n n", given=("P @ P == P",)), title="t", source="s",
              where="P: n n", given=("P @ P == P",))
"""


@pytest.mark.parametrize("rung", ["exact", "floating"])
def test_instances_under_hypotheses_satisfy_them(tmp_path: Path, rung: str) -> None:
    true = UNDER.format(claim="P @ P @ P == P", sibling="P == eye(n)")
    found = run_on(tmp_path, true, rung)
    assert found.verdict == "held", found.detail
    if rung == "exact":
        assert "that satisfy the hypotheses" in found.scope and " 0 over" not in found.scope


@pytest.mark.parametrize("rung", ["symbolic", "exact", "floating"])
def test_what_is_false_under_hypotheses_is_found(tmp_path: Path, rung: str) -> None:
    found = run_on(tmp_path, UNDER.format(claim="P == eye(n)", sibling="P == -P"), rung)
    assert found.verdict in ("refuted", "failed")


def test_hypotheses_that_nothing_satisfies_are_not_held(tmp_path: Path) -> None:
    body = 'LEMMA = Lemma("A == A", FalseSibling("A == -A"), title="t", source="s", where="A: n n", given=("A == A + eye(n)",))'
    assert run_on(tmp_path, body, "exact").verdict == "undecided"
    assert run_on(tmp_path, body, "symbolic").verdict == "undecided"
