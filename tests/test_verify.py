"""The judge accepts a minimal genuine use of every rule and kind, says what was shown, and its documents name them all."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ranks
from kit import Json, above, adds, below, certificate, claim, derivation, encode, pair, point, rule, same, sealed

import proofkit
from proofkit import verify

ROOT = Path(__file__).parent.parent
SCHEMA = json.loads((Path(verify.__file__).parent / "certificate.schema.json").read_text())
MM, MN = "A: m m; B: m m", "A: m n; B: n k; C: m n"
EXACT: Json = {"at_least": adds((0, "1")), "at_most": adds((0, "-1"))}


def accepted(content: Json) -> verify.Verdict:
    jsonschema.Draft202012Validator(SCHEMA).validate(content)
    verdict = verify.check(encode(content))
    assert verdict.valid, verdict.reason
    return verdict


def by(*steps: Json, goal: Json, statement: str, where: str = MN, **options: Any) -> verify.Verdict:
    return accepted(derivation(claim(statement, where, **options), steps, goal))


# ------------------------------------------------------------------------------------------------------- the rules


def test_isomorphism_with_sums_and_coefficients() -> None:
    step = same("2 * A @ B + A @ B", "3 * A @ B", [(0, [0, 1]), (1, [0, 1]), (2, [0, 1])])
    assert by(step, goal={"equality": 0}, statement="2 * A @ B + A @ B == 3 * A @ B").scope.endswith("over any commutative ring")


def test_isomorphism_with_closed_wires() -> None:
    by(same("trace(eye(m)) * A", "m * A", pair(1)), goal={"equality": 0}, statement="trace(eye(m)) * A == m * A")


def test_inverse() -> None:
    content = claim("B @ A == eye(m)", MM, ["A @ B == eye(m)"])
    step = rule("inverse", equality=0, left="A", right="B")
    accepted(derivation(content, [step], {"equality": 1}, instance=point({"A": [[1]], "B": [[1]]}, m=1)))


def test_equal_ranks() -> None:
    steps = [same("A + A", "2 * A", [(0, [0]), (1, [0]), (2, [0])]), rule("equal_ranks", equality=0)]
    goal = {"at_least": adds((1, "1")), "at_most": adds((1, "-1"))}
    by(*steps, goal=goal, statement="rank(A + A) == rank(2 * A)")


def test_transpose() -> None:
    by(rule("transpose", matrix="A"), goal=EXACT, statement="rank(A) == rank(A.T)")


@pytest.mark.parametrize(("bound", "classes"), [("m", [0]), ("k", [1]), ("n", [2])])
def test_cut(bound: str, classes: list[int]) -> None:
    by(rule("cut", matrix="A @ B", classes=classes), goal=above((0, "1")), statement=f"rank(A @ B) <= {bound}")


@pytest.mark.parametrize(
    ("matrix", "rank"),
    [("eye(n)", "n"), ("-eye(n)", "n"), ("kron(eye(m), eye(n))", "m * n"), ("ones(m, n)", "1"), ("eye(2, 3)", "2")],
)
def test_wires(matrix: str, rank: str) -> None:
    by(rule("wires", matrix=matrix), goal=EXACT, statement=f"rank({matrix}) == {rank}")


def test_product() -> None:
    by(rule("product", left="A", middle="B", right=""), goal=above((0, "1")), statement="rank(A @ B) <= rank(B)")


def test_sum() -> None:
    by(rule("sum", left="A", right="C"), goal=above((0, "1")), statement="rank(A + C) <= rank(A) + rank(C)")


def test_frobenius() -> None:
    by(rule("frobenius", left="A", middle="eye(n)", right="B"), goal=below((0, "1")),
       statement="rank(A @ eye(n) @ B) + rank(eye(n)) >= rank(A @ eye(n)) + rank(eye(n) @ B)")  # fmt: skip


def test_factor_gives_a_rank_that_may_vanish() -> None:
    steps = [rule("factor", matrix="A", size="r", names=["U", "V", "P", "Q"]), rule("cut", matrix="U @ V", classes=[2])]
    by(*steps, rule("equal_ranks", equality=0), goal=above((4, "1"), (5, "-1"), (3, "1")), statement="rank(A) <= rank(A)")


def test_a_proof_by_factorization_is_over_fields_only() -> None:
    step = rule("factor", matrix="A", size="r", names=["U", "V", "P", "Q"])
    verdict = by(step, same("A", "A"), goal={"equality": 4}, statement="A == A")
    assert verdict.scope.endswith("over any field")
    use = rule("premise", premise=0, sizes={"m": "m", "n": "n", "k": "k"}, names={"A": "A", "B": "B", "C": "C"}, given=[])
    lemma = derivation(claim("A == A", MN), [step, same("A", "A")], {"equality": 4})
    assert accepted(derivation(claim("A == A", MN), [use], {"equality": 0}, premises=[lemma])).scope.endswith("over any field")


def test_premise_with_hypotheses_and_bundles() -> None:
    lemma = derivation(claim("Y @ X == eye(n)", "X: n n; Y: n n", ["X @ Y == eye(n)"]),
                       [rule("inverse", equality=0, left="X", right="Y")], {"equality": 1},
                       instance=point({"X": [[1]], "Y": [[1]]}, n=1))  # fmt: skip
    use = rule("premise", premise=0, sizes={"n": "m"}, names={"X": "A", "Y": "B"}, given=[0])
    content = claim("B @ A == eye(m)", MM, ["A @ B == eye(m)"])
    instance = point({"A": [[1]], "B": [[1]]}, m=1)
    verdict = accepted(derivation(content, [use], {"equality": 1}, instance=instance, premises=[lemma]))
    assert verdict.premises == (verify.digest(lemma["claim"]),)
    ranks = derivation(
        claim("rank(odd_even(S)) <= p", "S: p~q"), [rule("cut", matrix="odd_even(S)", classes=[0])], above((0, "1"))
    )
    use = rule("premise", premise=0, sizes={"p": "m * m", "q": "n * n"}, names={"S": "tensor_product(A, A)"}, given=[])
    content = claim("rank(odd_even(tensor_product(A, A))) <= m * m", "A: m n")
    accepted(derivation(content, [use], above((0, "1")), premises=[ranks]))


def test_generic_and_minor_rest_on_the_cited_fact() -> None:
    step = rule(
        "generic",
        matrix="A",
        bound="m",
        prepare=[],
        witness={"A": "eye(m)"},
        steps=[rule("wires", matrix="eye(m)")],
        shows=adds((0, "1")),
    )
    verdict = by(step, goal=below((0, "1")), statement="rank(A) >= m", where=MM, almost=["A"])
    assert verdict.assumes == (verify.ZERO_SET,) and verdict.scope.endswith("over any infinite field")
    step = rule("minor", matrix="2 * A", prime="3", entries={"A": [[1, 0], [0, 1]]}, rows=[0, 1], columns=[0, 1])
    verdict = by(step, goal=below((0, "1")), statement="rank(2 * A) >= 2", where="A: 2 2", almost=["A"], field="Q")
    assert verdict.assumes == (verify.ZERO_SET,) and verdict.scope.endswith("over Q")


def test_induction_and_cp_rank() -> None:
    result = proofkit.prove("cp_rank(ht(L, M, r)) >= min(r[0], M) ** (2 ** (L - 1))", almost_everywhere=True)
    content = result.certificate()
    assert {"induction", "cp_rank"} <= {step["rule"] for step in content["proof"]["steps"]}
    verdict = accepted(content)
    assert verdict.scope == (
        "for all sizes L, M >= 1, all channel counts r >= 1, "
        "for almost all ht (off the zero set of a nonzero polynomial), over any infinite field"
    )


def test_cases() -> None:
    steps = [rule("cut", matrix="A", classes=[0]), rule("cut", matrix="A", classes=[1])]
    cases = [{"assume": ["m"], "sum": [[0, "1"]]}, {"assume": ["n"], "sum": [[1, "1"]]}]
    by(*steps, goal={"at_most": {"split": ["min(m, n)"], "cases": cases}}, statement="rank(A) <= min(m, n)")
    cases = [{"assume": ["m"], "sum": [[[0, "n"], "1"]]}, {"assume": ["n"], "sum": []}]
    by(goal={"at_least": {"split": ["max(m, n)"], "cases": cases}}, statement="max(m, n) >= n")


def test_rewrite() -> None:
    move = {"term": 0, "equality": 0, "pattern": 0, "boxes": [0, 1], "classes": [0, 3, 2]}
    step = rule(
        "rewrite",
        left="A @ A @ A",
        right="A",
        moves=[move, {**move, "term": 1, "boxes": [1, 0], "classes": [0, 1, 2]}],
        groups=[[{"term": 0, "boxes": [0]}, {"term": 1, "boxes": [0]}]],
    )
    instance = point({"A": [[1]]}, m=1)
    accepted(derivation(claim("A @ A @ A == A", "A: m m", ["A @ A == A"]), [step], {"equality": 1}, instance=instance))


def test_rewrite_over_finite_fields() -> None:
    cubes = rule(
        "rewrite", left="hadamard(A, A, A)", right="A", moves=[], groups=[[{"term": 0, "boxes": [0]}, {"term": 1, "boxes": [0]}]]
    )
    by(cubes, goal={"equality": 0}, statement="hadamard(A, A, A) == A", field="GF(3)")
    double = rule("rewrite", left="2 * A", right="zeros(m, n)", moves=[], groups=[[{"term": 0, "boxes": [0]}]])
    by(double, goal={"equality": 0}, statement="2 * A == zeros(m, n)", field="GF(2)")


def test_expand() -> None:
    statement = "2 * (A @ A) - 2 * trace(A) * A + (trace(A) * trace(A) - trace(A @ A)) * eye(2) == zeros(2, 2)"
    left, right = statement.split(" == ")
    verdict = by(rule("expand", left=left, right=right), goal={"equality": 0}, statement=statement, where="A: 2 2")
    assert verdict.scope.endswith("over any commutative ring")


def test_gram() -> None:
    by(rule("gram", matrix="A"), goal=EXACT, statement="rank(A.T @ A) == rank(A)", field="R")


@pytest.mark.parametrize(("factor", "field"), [(-1, "any"), (2, "Q"), (2, "GF(3)")])
def test_scale(factor: int, field: str) -> None:
    by(rule("scale", matrix="A", factor=factor), goal=EXACT, statement=f"rank({factor} * A) == rank(A)", field=field)


def test_arrange() -> None:
    turned = {"left": "kron(A, B)", "right": "kron(B, A)", "boxes": [1, 0], "transposed": False}
    by(rule("arrange", **turned), goal=EXACT, statement="rank(kron(A, B)) == rank(kron(B, A))")
    copied = {"left": "A", "right": "kron(A.T, ones(k, m))", "boxes": [0], "transposed": True}
    by(rule("arrange", **copied), goal=EXACT, statement="rank(A) == rank(kron(A.T, ones(k, m)))")


def test_generic_products() -> None:
    where = "G: m b; A: b a; H: n c; B: c a"
    by(
        rule("generic_products", left="G", first="A", right="H", second="B"),
        goal={"at_least": adds((0, "1"))},
        statement="rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H))",
        where=where,
        almost=["A", "B"],
    )
    verdict = by(
        rule("generic_products", left="G", first="A", right="G", second="A"),
        goal={"at_least": adds((0, "1"))},
        statement="2 * rank(khatri_rao(G @ A, G @ A)) >= min(2 * a, rank(G) ** 2 + rank(G))",
        where="G: m b; A: b a", almost=["A"],
    )  # fmt: skip
    assert verdict.assumes == (verify.ZERO_SET,) and verdict.scope.endswith("over any infinite field")


def test_a_witness_may_use_rank_factorizations() -> None:
    """rank(G A) >= min(a, rank G): G = U V, V Q = 1, P U = 1; at A = Q eye(r, a) the product P G A is eye(r, a)."""
    result = proofkit.prove("rank(G @ A) >= min(a, rank(G))", where="G: m b; A: b a", almost_every=("A",))
    (step,) = result.certificate()["proof"]["steps"]
    assert [one["rule"] for one in step["prepare"]] == ["factor"] and step["witness"] == {"A": "Q1 @ eye(r1, a)"}
    assert accepted(result.certificate()).verdict == "proved"


def test_depth() -> None:
    statement = "cp_rank(blocks(ht(L, M, r), L2)) >= truncation_base(L2, M, r) ** (2 ** (L - L2))"
    content = proofkit.prove(statement, almost_everywhere=True).certificate()
    steps = content["proof"]["steps"]
    (from_below,) = (step for step in steps if step["rule"] == "induction" and step["direction"] == "at_least")
    assert from_below["tensor"] == "blocks(ht(L, M, r), L2)" and len(from_below["premises"]) == 1
    verdict = accepted(content)
    assert verdict.scope == (
        "for all sizes L, L2, M >= 1, all channel counts r >= 1, with L2 <= L, "
        "for almost all ht (off the zero set of a nonzero polynomial), over any infinite field"
    )
    assert len(verdict.premises) == 2


def test_unit_minor() -> None:
    step = rule("minor", matrix="A", prime="", entries={"A": [[1, 1], [1, 2]]}, rows=[0, 1], columns=[0, 1])
    verdict = by(step, goal=below((0, "1")), statement="rank(A) >= 2", where="A: 2 2", almost=["A"])
    assert "any infinite field" in verdict.scope


def test_cp_ranks_of_tensors() -> None:
    unfold = rule("unfold", tensor="T", rows=[0, 2], columns=[1])
    bound = "cp_rank(T) >= rank(matricize(T, rows=[0, 2], columns=[1]))"
    by(unfold, goal=below((0, "1")), statement=bound, where="T: m n k")
    sum_ = 'einsum("iz,jz,kz->ijk", A, B, C)'
    by(
        rule("decompose", tensor=sum_, classes=[3]),
        goal=above((0, "1")),
        statement=f"cp_rank({sum_}) <= z",
        where="A: m z; B: n z; C: k z",
    )
    accepted(
        derivation(
            claim("cp_rank(cp(N, M, Z)) <= Z", sizes={"N": "any", "M": "any", "Z": "any"}),
            [rule("cp_terms", tensor="cp(N, M, Z)")],
            above((0, "1")),
        )
    )


def test_one_number_is_factored_in_any_order() -> None:
    by(
        same("X + Y", "Y + X", [(0, [0]), (3, [0])], [(1, [0, 1]), (2, [0, 1])]),
        goal={"equality": 0},
        statement="X + Y == Y + X",
        where="X: m*n; Y: n*m",
    )
    by(same("commutation(m, n).T @ commutation(m, n)", "eye(m * n)", [(0, []), (1, [])]), goal={"equality": 0},
       statement="commutation(m, n).T @ commutation(m, n) == eye(m * n)", where="A: m n")  # fmt: skip


def test_a_rank_that_is_exceeded_at_a_point_is_exceeded_almost_everywhere() -> None:
    stated = claim("rank(A) <= 1", "A: 2 2", almost=["A"])
    assert accepted(certificate("counterexample", stated, point({"A": [[1, 0], [0, 1]]}))).verdict == "refuted"


def test_every_rule_is_tested_here() -> None:
    source = Path(__file__).read_text()
    assert set(re.findall(r'rule\(\s*"(\w+)"', source)) | {"isomorphism", "induction", "cp_rank"} == set(verify.RULES)


# ------------------------------------------------------------------------------------------------------- the kinds


@pytest.mark.parametrize(
    ("field", "entries"), [("Q", [[1]]), ("Q", [["-1/2"]]), ("GF(2)", [[1]]), ("GF(18446744073709551557)", [[3]])]
)
def test_counterexample(field: str, entries: list[Any]) -> None:
    verdict = accepted(certificate("counterexample", claim("A == zeros(m, m)", "A: m m"), point({"A": entries}, field, m=1)))
    assert verdict.verdict == "refuted" and field in verdict.method


def test_counterexample_of_networks_bundles_and_polynomials() -> None:
    network = claim("rank(odd_even(ht(1, M, r))) >= 1", sizes={"M": "any"})
    accepted(certificate("counterexample", network, point({"ht.0.0": [[0]], "ht.0.1": [[1]], "ht.1.0": [1]}, M=1, r=[1])))
    accepted(certificate("counterexample", claim("rank(odd_even(S)) == p", "S: p~q"), point({"S": [[0]]}, p=1, q=1)))
    polynomial = claim("rank(B(w)) >= rank(B(v))", "B(k): m n; v: k; w: k")
    accepted(certificate("counterexample", polynomial, point({"B": [[[1], [[1]]]], "v": [1], "w": [0]}, k=1, m=1, n=1)))


def test_refutation() -> None:
    steps = [rule("cut", matrix="outer(u, v)", classes=[])]
    proof = {"sizes": {"m": 1}, "steps": steps, "comparison": 0, "direction": "below", "shows": adds((0, "1"))}
    content = claim("rank(outer(u, v)) >= 2", "u: m; v: n", almost=["u", "v"])
    verdict = accepted(certificate("refutation", content, proof))
    assert verdict.verdict == "refuted" and verdict.method == 'contrary bound at {"m": 1}'


@pytest.mark.parametrize("hashed", [0, 1])
def test_rank_of_a_given_matrix(hashed: int) -> None:
    matrix = ranks.entries([[1, 2], [2, 4]], below=[1, 3, 1, 3])
    verdict = accepted(ranks.sealed(matrix, 1, 1, ranks.minor(5, [0], [1]), ranks.factors([1, 2], [3, 2], 3, hashed)))
    assert verdict.verdict == (verify.SOUNDNESS if hashed else "certified")
    assert verdict.claim.startswith("rank(A) == 1, A the 2 x 2 matrix of numbers with SHA-256 " + verify.digest(matrix))
    assert verdict.scope == "this matrix, over Q, hence R and C"


def test_rank_of_a_matrix_without_rows() -> None:
    assert accepted(ranks.sealed(ranks.entries([]), 0, 0)).claim.startswith("rank(A) == 0, A the 0 x 0")


@pytest.mark.parametrize(
    ("pool", "rank"), [("product", 1), ("max", 2), ("average", 2)]
)  # of x_i y_j, max(x_i, y_j, 0), max(x_i, 0) + max(y_j, 0) with x = (2, 5), y = (3, 7), halved
def test_rank_of_a_network(pool: str, rank: int) -> None:
    weights = {"0": [[2, 5]], "1": [[3, 7]], "": [[1]]}
    network = ranks.pooling(weights, [0], tree=[0, 1], pool=pool)
    network["weights"][""] = ranks.node([[1]], "2")
    places = list(range(rank))
    upper = {"by": "cut"} if rank == 1 else {"by": "shape"}
    verdict = accepted(ranks.sealed(network, rank, rank, ranks.minor(11, places, places), upper))
    named = {"product": "", "max": " with pooling by max(x, 0)", "average": " with pooling by sums of max(x, 0)"}[pool]
    assert f"2 x 2 matricization of a network{named} of 2 modes of size 2" in verdict.claim


def test_rank_by_a_diagonal_core() -> None:
    core = {"by": "diagonal core"}
    accepted(ranks.sealed(ranks.pooling(ranks.FULL, [0, 2]), 4, 4, {**core, "prime": "7"}, core))


def test_generic_rank_and_what_it_demands_of_another_tree() -> None:
    weights = {name: ranks.node(matrix) for name, matrix in ranks.FULL.items()}
    core = {"by": "diagonal core", "prime": "7"}
    verdict = accepted(ranks.generic(weights, {"": 2, "0": 2, "1": 2}, 4, 4, core, against=[0, 1, 2, 3]))
    assert verdict.claim.startswith("rank == 4 of the tensor of a network of product pooling over [[0, 1], [2, 3]]")
    assert verdict.claim.endswith(
        "a network of product pooling over [0, 1, 2, 3] with this tensor has at least 4 channels in its last window"
    )
    assert verdict.assumes == (verify.ZERO_SET,)


def test_generic_rank_with_shared_weights() -> None:
    weights = {"L0": ranks.node(ranks.EYE), "L1": ranks.node([[1, 1], [1, 1]]), "L2": ranks.node([[1, 0]])}
    content = ranks.generic(weights, {"": 2, "0": 2, "1": 2}, 4, 4, {"by": "diagonal core", "prime": "7"})
    content["claim"]["network"]["shared"] = 1
    assert "weights shared along a level" in accepted(sealed(content)).claim


def test_sizes_that_are_fixed_are_named_in_the_scope() -> None:
    verdict = by(
        rule("cut", matrix="A", classes=[0]), goal=above((0, "1")), statement="rank(A) <= n", where="A: n k", sizes={"n": 3}
    )
    assert verdict.scope == "for all sizes k >= 1, at the sizes n = 3, over any field"
    assert verdict.claim == "rank(A) <= n  where A: 3 k"


def test_a_library_and_the_command_have_the_same_limits() -> None:
    deep = "kron(A, " * 90 + "A" + ")" * 90
    content = derivation(claim(f"{deep} == {deep}", "A: m m"), [same(deep, deep, pair(91))], {"equality": 0})
    accepted(content)


def test_work_is_counted_anew_for_each_certificate() -> None:
    content = encode(derivation(claim("A == A", MM), [same("A", "A")], {"equality": 0}))
    verify.check(content)
    first = verify.BUDGET.left
    for _ in range(3):
        verify.check(content)
        assert verify.BUDGET.left == first


# -------------------------------------------------------------------------------------------------- the documents


def test_the_specification_and_the_schema_name_every_rule_and_kind() -> None:
    text = (ROOT / "docs" / "certificate-format.md").read_text()
    for name in [*verify.RULES, *verify.KINDS]:
        assert f"`{name}`" in text or f"**{name}**" in text, name
    described = {name.removeprefix("rule_") for name in SCHEMA["$defs"] if name.startswith("rule_")}
    assert described == set(verify.RULES)
    assert set(SCHEMA["properties"]["kind"]["enum"]) == {*verify.KINDS, *verify.RANK_KINDS}
    assert SCHEMA["properties"]["format"]["const"] == verify.FORMAT


def test_the_specification_gives_the_fields_of_every_rule() -> None:
    text = (ROOT / "docs" / "certificate-format.md").read_text()
    for name in set(verify.RULES) - {"induction"}:
        (row,) = re.findall(rf"^\| `{name}` \| (.*?) \|", text, re.M)
        assert set(re.findall(r"`(\w+)`", row)) == set(SCHEMA["$defs"][f"rule_{name}"]["properties"]) - {"rule"}, name


def test_the_limits_of_the_specification_are_those_of_the_judge() -> None:
    text = (ROOT / "docs" / "certificate-format.md").read_text()
    for number in (verify.MAX_BYTES, verify.MAX_ITEMS, verify.MAX_TEXT, verify.MAX_BITS, verify.MAX_WORK):
        assert f"{number:,}" in text
    assert f"at most {verify.MAX_DEPTH} deep" in text and f"at most {verify.MAX_PREMISES} deep" in text


def test_the_judge_imports_the_standard_library_alone_and_asserts_nothing() -> None:
    import ast
    import sys

    tree = ast.parse(Path(verify.__file__).read_text())
    modules = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    modules |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.split(".")[0] for name in modules} <= sys.stdlib_module_names
    assert not any(isinstance(node, ast.Assert) for node in ast.walk(tree))
    called = {node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    assert not called & {"eval", "exec", "compile", "__import__"}
