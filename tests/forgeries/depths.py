"""Forgeries against what the judge knows of networks that are cut short: blocks, generic products, prepared witnesses, the
induction over the levels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from attacks import FULL, attack, proved
from kit import NOTHING, Json, above, adds, below, certificate, claim, derivation, point, rule

BLOCKS = "blocks(ht(L, M, r), L2)"
POWER = "truncation_base(L2, M, r) ** (2 ** (L - L2))"
FREE = {"L": "any", "L2": "any", "M": "any"}


def products(left: str, first: str, right: str, second: str) -> Json:
    return rule("generic_products", left=left, first=first, right=right, second=second)


@attack
def products_misused() -> Iterator[tuple[Json, str]]:
    """One generic matrix for two fixed ones; matrices that are not generic, or not fixed."""
    first = below((0, "1"))
    statement = "rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H))"
    step = products("G", "A", "H", "B")
    where = "G: m b; A: b a; H: n c; B: c a"
    yield derivation(claim(statement, where), [step], first), ""
    yield derivation(claim(statement, where, almost=["A"]), [step], first), "B = 0"
    yield derivation(claim(statement, where, almost=["B"]), [step], first), ""
    symmetric = "G = H = eye(2) and a = 4: the products of a generic matrix with itself span 3 dimensions"
    same = claim("rank(khatri_rao(G @ A, H @ A)) >= min(a, rank(G) * rank(H))", "G: m b; A: b a; H: n b", almost=["A"])
    yield derivation(same, [products("G", "A", "H", "A")], first), symmetric
    twice = claim(
        "rank(khatri_rao(G @ A, H @ A)) * 2 >= min(2 * a, rank(G) ** 2 + rank(G))", "G: m b; A: b a; H: n b", almost=["A"]
    )
    yield derivation(twice, [products("G", "A", "H", "A")], first), "H = 0"
    dependent = claim("rank(khatri_rao((A.T @ J) @ A, B)) >= rank(A.T @ J)", "A: n 1; J: n n; B: 1 1", almost=["A", "B"])
    steps = [
        products("A.T @ J", "A", "eye(1)", "B"),
        rule("wires", matrix="eye(1)"),
        rule("cut", matrix="A.T @ J", classes=[]),
    ]
    one = "rank(A.T @ J) * rank(eye(1))"
    cases = [{"assume": ["1"], "sum": [[0, "1"], [2, "1"]]}, {"assume": [one], "sum": [[0, "1"], [1, "rank(A.T @ J)"]]}]
    goal = {"at_least": {"split": [f"min(1, {one})"], "cases": cases}}
    yield derivation(dependent, steps, goal), "J = [[0, 1], [-1, 0]]: then A' J A = 0 for every A"


@attack
def generic_names_that_are_taken() -> Iterator[tuple[Json, str]]:
    """A factor of X that is called A is not the generic matrix A."""
    steps = [rule("product", left="P", middle="A", right=""), rule("equal_ranks", equality=1), rule("wires", matrix="eye(r)")]
    step = rule(
        "generic", matrix="A", bound="rank(X)", prepare=[rule("factor", matrix="X", size="r", names=["A", "V", "P", "Q"])],
        witness={}, steps=steps, shows=adds((4, "1"), (5, "1"), (6, "1"), (3, "-1")),
    )  # fmt: skip
    yield derivation(claim("rank(A) >= rank(X)", "A: 1 1; X: m n", almost=["A"]), [step], below((0, "1"))), ""


@cache
def _genuine(shared: bool) -> Json:
    word = ", shared=True" if shared else ""
    return proved(f"rank(odd_even(blocks(ht(L, M, r{word}), L2))) >= {POWER.replace('r)', f'r{word})')}", almost=("ht",))


def induction(shared: bool, **changes: Any) -> tuple[Json, list[Json]]:
    """The genuine induction from below with fields replaced, and its premises."""
    content = _genuine(shared)
    steps = content["proof"]["steps"]
    (step,) = (one for one in steps if one["rule"] == "induction" and one["direction"] == "at_least")
    return {**step, **changes}, content["premises"]


@attack
def inductions_over_a_cut_misused() -> Iterator[tuple[Json, str]]:
    first = below((0, "1"))
    step, premises = induction(False)
    statement = f"rank(odd_even({BLOCKS})) >= {POWER}"
    yield derivation(claim(statement, sizes=FREE), [step], first, premises=premises), ""
    yield (
        derivation(claim(statement, "A: M M", almost=["A"], sizes={"L": "any", "L2": "any"}), [step], first, premises=premises),
        "",
    )
    yield derivation(claim(f"{statement} + 1", almost=["ht"], sizes=FREE), [step], first, premises=premises), ""
    for more in ("truncation_base(L2, M, r) + 1", "truncation_base(L, M, r)", "max(truncation_base(L2, M, r), M)"):
        why = "L = 2, L2 = 1, M = 2, r = (4, 4): 4 where 16 is claimed" if more.startswith("truncation_base(L,") else ""
        larger = claim(f"rank(odd_even({BLOCKS})) >= ({more}) ** (2 ** (L - L2))", almost=["ht"], sizes=FREE)
        yield derivation(larger, [step], first, premises=premises), why
    equal, others = induction(True)
    shared = claim(f"rank(odd_even({BLOCKS.replace('r)', 'r, shared=True)')})) >= {POWER}", almost=["ht"], sizes=FREE)
    yield derivation(shared, [equal], first, premises=others), "L = L2 = 2, M = 2, r = (4, 4): 3 where 4 is claimed"
    full = claim("rank(odd_even(ht(L, M, r))) >= M ** (2 ** (L - 1))", almost=["ht"], sizes={"L": "any", "M": "any"})
    yield derivation(full, [{**step, "tensor": "ht(L, M, r)"}], first, premises=premises), ""
    wrong = "premises that say something else show nothing"
    stated = claim(statement, almost=["ht"], sizes=FREE)
    yield derivation(stated, [{**step, "premises": [0]}], first, premises=[FULL]), wrong
    lemmas = [premise for premise in premises if "khatri_rao" not in premise["claim"]["statement"]]
    (kron,) = (number for number, premise in enumerate(premises) if premise not in lemmas)
    without = json.loads(re.sub(rf'"premise": {1 - kron}\b', '"premise": 0', json.dumps({**step, "premises": []})))
    yield derivation(stated, [without], first, premises=lemmas), "no premise says how ranks grow below the cut"
    short = "blocks(truncated(L, L2, M, r), L2)"
    cut = claim(f"rank(odd_even({short})) >= {POWER} and rank(odd_even({BLOCKS})) >= 0", almost=["ht", "truncated"], sizes=FREE)
    yield (
        derivation(cut, [{**step, "tensor": short}], first, {"at_least": NOTHING}, premises=premises),
        "L = 3, L2 = 1, M = 2, r = (2, 2, 2): the rank is 2 where 16 is claimed",
    )


@attack
def blocks_and_cuts_that_are_none() -> Iterator[tuple[Json, str]]:
    """Blocks of another cut than the network's; more levels kept than there are; lists and exponents without a meaning."""
    cut = rule("cut", matrix="odd_even(blocks(truncated(L, L2, M, r), K))", classes=[2])
    other = claim("rank(odd_even(blocks(truncated(L, L2, M, r), K))) <= r[L2 - 1]", sizes={**FREE, "K": "any"})
    yield derivation(other, [cut], above((0, "1"))), "L = L2 = 2, K = 1, M = 2, r = (2, 1): the rank is 4"
    terms = rule("cp_terms", tensor=BLOCKS)
    yield (
        derivation(claim(f"cp_rank({BLOCKS}) <= r[L2 - 1]", sizes=FREE), [terms], above((0, "1"))),
        ("L = 2, L2 = 1, M = 2, r = (2, 1): the rank across blocks is 4"),
    )
    kept = claim(f"rank(eye(L2)) <= rank(eye(L)) and rank(odd_even({BLOCKS})) >= 0", sizes=FREE)
    weights = {"ht.0.0": [[1]], "ht.0.1": [[1]], "ht.1.0": [1]}
    yield certificate("counterexample", kept, point(weights, L=1, L2=2, M=1, r=[1])), "the claim is for L2 <= L"
    negative = claim(f"rank(odd_even({BLOCKS})) >= {POWER.replace('L - L2', 'L2 - L')}", almost=["ht"], sizes=FREE)
    step, premises = induction(False)
    yield derivation(negative, [step], below((0, "1")), premises=premises), "the exponent may be negative"
    free = claim("rank(A) >= M ** (L - K) - M ** (L - K)", "A: M M", sizes={"L": "any", "K": "any"})
    yield derivation(free, [], {"at_least": NOTHING}), "the exponent may be negative"
    trivial = {"at_least": NOTHING}
    for text in ("truncation_base(1, M)", "truncation_base(1, M, r, shared=M)", "truncation_base(1, M, r[0])"):
        yield derivation(claim(f"rank(A) + {text} >= 0", "A: M M"), [], trivial), "not in the language"
    words = claim("rank(odd_even(blocks(ht(L, M, r), L2, shared=True))) >= 0", sizes=FREE)
    yield derivation(words, [], trivial), "the network that is meant shares nothing"
    for text in ("blocks(A, 3)", "blocks(A, 9)", "blocks(A, K)"):
        same = rule("isomorphism", left=text, right=text, groups=[[{"term": 0, "boxes": [0]}, {"term": 1, "boxes": [0]}]])
        yield (
            derivation(claim(f"{text} == {text}", "A: M M", sizes={"K": "any"}), [same], {"equality": 0}),
            "no blocks of a matrix",
        )
