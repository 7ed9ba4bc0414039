"""Forgeries written by hand: each attacks one check of the judge with a false claim, or with a claim that is no statement.

Every attack names what makes it false where the oracle of ``kit.untrue`` cannot find that out by itself.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from itertools import product
from typing import Any

from kit import (
    NOTHING,
    Forgery,
    Json,
    above,
    adds,
    below,
    certificate,
    claim,
    derivation,
    pair,
    point,
    rule,
    same,
    sealed,
    untrue,
)  # fmt: skip

import proofkit
from proofkit.diagrams import Scope
from proofkit.search.capacity import same as grouped
from proofkit.search.derivation import Derivation
from proofkit.search.factors import undone
from proofkit.statements import parse_declarations, parse_expression

MM = "A: m m; B: m m"


def forgeries() -> list[Forgery]:
    """All attacks; each with the reason why it is one."""
    found: dict[str, Forgery] = {}
    for attack in ATTACKS:
        for place, (content, why) in enumerate(attack()):
            name = f"{attack.__name__}-{place}"
            reason = why or untrue(content)
            if reason is None:
                raise AssertionError(f"{name}: not shown to be false: {content['claim']}")
            found[name] = Forgery(name, content, reason)
    return list(found.values())


ATTACKS: list[Callable[[], Iterator[tuple[Json, str]]]] = []


def attack(function: Callable[[], Iterator[tuple[Json, str]]]) -> Callable[[], Iterator[tuple[Json, str]]]:
    ATTACKS.append(function)
    return function


def equal(statement: str, where: str, boxes: int, **options: Any) -> Json:
    """X == Y claimed by sending each box to the box of the same number."""
    left, right = statement.split(" == ")
    return derivation(claim(statement, where, **options), [same(left, right, pair(boxes))], {"equality": 0})


@cache
def proved(statement: str, where: str = "", almost: tuple[str, ...] = ()) -> Json:
    """A genuine certificate, from the prover."""
    return proofkit.prove(statement, where, almost_every=almost).certificate()


# -------------------------------------------------------------------------------------------- what is no statement


@attack
def not_the_language() -> Iterator[tuple[Json, str]]:
    """Texts that the language does not have, which a careless reader would accept."""
    for statement, where, boxes in [
        ("A == A # == B", MM, 1),
        ("0x2 * A == 2 * A", MM, 1),
        ("1_0 * A == 10 * A", MM, 1),
        ("kron == kron", "kron: m n", 1),
        ("A == A", "A: m n; A: n m", 1),
        ("A == A", "A: p~q~s", 1),
        ("B(v) == B(v)", "v: k; B(kk: m n", 1),
        ("A == A", "A: 0 n", 1),
        ("A == A", "A: kron n", 1),
        ("B == B", "A: m n; B: A n", 1),
        ("x / y == x * y", "x: ; y: ", 2),
        ("A * B == tensor_product(A, B)", MM, 2),
        ('T.T == einsum("ijk->kji", T)', "T: m n k", 1),
        ('einsum("ij->ij", T) == einsum("ij->ij", T)', "T: m n k", 1),
        ('einsum("ij->ji", S) == einsum("ij->ji", S)', "S: p~q", 1),
        ("outer(A, v) == tensor_product(A, v)", "A: m n; v: n", 2),
        ("hadamard(v, A) == hadamard(v, A)", "v: m; A: m n", 2),
        ("B(v, v) == B(v, v)", "B(k): m n; v: k", 1),
        ("B(w) == B(w)", "B(k): m n; w: n", 1),
        ("x @ y == x * y", "x: ; y: ", 2),
        ("trace(A, B) == trace(A, B)", MM, 1),
        ("kron(T, T) == kron(T, T)", "T: m n k", 2),
        ("matricize(A, A, rows=[0], columns=[1]) == A", MM, 1),
        ("matricize(A, rows=[0], columns=[]) == matricize(A, rows=[0], columns=[])", MM, 1),
        ("matricize(A, rows=[0, m], columns=[1]) == A", MM, 1),
        ("mode_product(A, B, 5) == mode_product(A, B, 5)", MM, 2),
        ('einsum("i-j->ij", T) == einsum("i-j->ij", T)', "T: m n k", 1),
        ('einsum("i,j->i", v) == v', "v: m", 1),
        ('einsum("i-j->ij", A) == A', "A: m n", 1),
        ('einsum("ij->ij", A, A) == A', "A: m n", 1),
        ("level(x, A) == level(x, A)", "x: ; A: m n", 2),
        ("A @ C == A @ C", "A: m n; C: p q", 2),
        ("A == C", "A: m n; C: n m", 1),
        ("eye(0) == eye(0)", "", 0),
        ("eye(-1) == eye(-1)", "", 0),
        ("A.S == A", MM, 1),
        ("A[0] == A[0]", MM, 1),
        ("é == é", "é: m n", 1),
        ("(A if A else B) == A", MM, 1),
        ("A < B == A", MM, 1),
    ]:
        sides = re.fullmatch(r"(.*?) == (.*)", statement)
        assert sides is not None
        step = same(sides[1], sides[2].split(" # ")[0], pair(boxes))
        sizes = {} if "eye(" in statement else None
        yield derivation(claim(statement, where, sizes=sizes), [step], {"equality": 0}), ""
    step = same("v + A", "v + A", [(0, [0]), (2, [0])], [(1, [0]), (3, [0])])
    yield derivation(claim("v + A == v + A", "v: m; A: m n"), [step], {"equality": 0}), ""
    step = same("A + C", "A + C", [(0, [0]), (2, [0])], [(1, [0]), (3, [0])])
    yield derivation(claim("A + C == A + C", "A: m n; C: n m"), [step], {"equality": 0}), ""
    yield derivation(claim("A != A", MM), [same("A", "A")], {"equality": 0}), ""
    yield derivation(claim("A <= A", MM), [same("A", "A")], {"equality": 0}), ""
    yield derivation(claim("A == A == A", MM), [same("A", "A")], {"equality": 0}), ""
    yield derivation(claim("A == A or A == B", MM), [same("A", "A")], {"equality": 0}), ""


@attack
def not_the_language_of_integers() -> Iterator[tuple[Json, str]]:
    for statement in [
        "rank(A) / 1 <= rank(A)",
        "rank(A) + 2 ** (4 / 2) >= 256",
        "rank(A) + 2 ** (1 - 2) >= 1",
        "rank(A) + 2 ** (m % 2) >= 1",
        "rank(A) + 2 ** (m - 3) >= 1",
        "rank(A) ** m >= 1",
        "rank(A) >= rank(A) - m[0]",
        "max(rank(A), x=1) >= 0",
    ]:
        goal = above() if "<=" in statement else below()
        yield derivation(claim(statement, MM), [], goal), "2 ** -2 is no integer" if "m - 3" in statement else ""
    four = "T: 2 2 2 2"
    why = "for e1 e1 e1 e2 + e1 e1 e2 e1 + e1 e2 e1 e1 + e2 e1 e1 e1 they are 4 and 2"
    both = {"at_least": NOTHING, "at_most": NOTHING}
    yield derivation(claim("cp_rank(T) == cp_rank(odd_even(T))", four), [], both), why
    network = claim("cp_rank(ht(2, M, r)) == cp_rank(odd_even(ht(2, M, r)))", sizes={"M": "any"})
    yield derivation(network, [], both), why
    yield derivation(claim("rank(A) ** L >= 1", MM, sizes={"L": "any"}), [], below()), ""


@attack
def not_a_network() -> Iterator[tuple[Json, str]]:
    free = {"M": "any"}
    cut = lambda text, *classes: rule("cut", matrix=text, classes=list(classes))  # noqa: E731
    statement = "rank(odd_even(ht(1, M, r, shared=1))) <= M"
    yield derivation(claim(statement, sizes=free), [cut("odd_even(ht(1, M, r, shared=1))", 0)], above((0, "1"))), ""
    statement = "rank(odd_even(ht(L, M, r + s))) <= M ** (2 ** (L - 1))"
    steps = [cut("odd_even(ht(L, M, r + s))", 0)]
    yield derivation(claim(statement, sizes={"L": "any", "M": "any"}), steps, above((0, "1"))), ""
    listed = claim("A == A", "A: m n", sizes={"m": [2]})
    yield derivation(listed, [same("A", "A")], {"equality": 0}), "the size m is no list"
    statement = "rank(odd_even(ht(1, M, r))) <= M"
    sizes = {"M": "any", "r": [2, 3]}
    yield derivation(claim(statement, sizes=sizes), [cut("odd_even(ht(1, M, r))", 0)], above((0, "1"))), ""
    statement = "rank(ht(L, M, r)) <= M"
    yield derivation(claim(statement, sizes={"L": "any", "M": "any"}), [cut("ht(L, M, r)", 0)], above((0, "1"))), ""
    statement = "rank(cp(N, M, Z)) <= Z"
    sizes = {"N": "any", "M": "any", "Z": "any"}
    step = rule("cut", matrix="cp(N, M, Z)", classes=[2])
    yield derivation(claim(statement, sizes=sizes), [step], above((0, "1"))), ""
    statement = "rank(odd_even(cp(2, M, Z, Z=1))) <= Z"
    step = rule("cut", matrix="odd_even(cp(2, M, Z, Z=1))", classes=[2])
    yield derivation(claim(statement, sizes={"M": "any", "Z": "any"}), [step], above((0, "1"))), ""
    first, second = "odd_even(cp(2, M, Z))", "odd_even(cp(2, M, Y))"
    both = claim(f"rank({first}) + rank({second}) <= Z + Z", sizes={"M": "any", "Y": "any", "Z": "any"})
    steps = [rule("cut", matrix=first, classes=[2]), rule("cut", matrix=second, classes=[2])]
    yield derivation(both, steps, above((0, "1"), (1, "1"))), "cp(2, M, Z) has rank Z and cp(2, M, Y) rank Y for M >= Y > Z"
    first, second = "odd_even(ht(1, M, r))", "odd_even(ht(1, M, s))"
    both = claim(f"rank({first}) + rank({second}) <= r[0] + r[0]", sizes={"M": "any"})
    steps = [rule("cut", matrix=first, classes=[2]), rule("cut", matrix=second, classes=[2])]
    yield derivation(both, steps, above((0, "1"), (1, "1"))), "rank r[0] and rank s[0] for M >= s[0] > r[0]"


# --------------------------------------------------------------------------------------------------- identities


@attack
def different_diagrams() -> Iterator[tuple[Json, str]]:
    """Bijections of the boxes that are no isomorphisms, for equations that are false."""
    for statement, where, count in [
        ("A @ B == B @ A", MM, 2),
        ("A @ B == A @ B.T", MM, 2),
        ("hadamard(A, B) == kron(A, B)", "A: 1 1; B: m m", 2),
        ("kron(A, B) == kron(B, A)", MM, 2),
        ("trace(A @ B) == trace(A) * trace(B)", MM, 2),
        ("trace(A @ B) == trace(A @ B.T)", MM, 2),
        ("diag(diagonal(A)) == A", MM, 1),
        ("vec(A) == vec(A.T)", MM, 1),
        ("A @ A == hadamard(A, A)", MM, 2),
        ("khatri_rao(A, B) == khatri_rao(B, A)", MM, 2),
        ("tensor_product(S, T) == tensor_product(T, S)", "S: p~q; T: p~q", 2),
        ("odd_even(tensor_product(v, T)) == kron(outer(v, ones(1)), odd_even(T))", "v: s; T: s~s", 2),
        ("mode_product(T, A, 0) == mode_product(T, A, 1)", "T: m m m; A: m m", 2),
        ("A @ ones(m) == A.T @ ones(m)", MM, 1),
        ("A.T == A", MM, 1),
    ]:
        left, right = statement.split(" == ")
        for images in ([0, 1], [1, 0]) if count == 2 else ([0],):
            step = same(left, right, [(0, list(range(count))), (1, images)])
            yield derivation(claim(statement, where), [step], {"equality": 0}), ""


@attack
def wrong_groups() -> Iterator[tuple[Json, str]]:
    """Diagrams left out, used twice, or with coefficients that do not cancel."""
    cases: list[tuple[str, list[Any]]] = [
        ("A == B", []),
        ("A == B", [[]]),
        ("A == B", [[(0, [0])], [(1, [0])]]),
        ("A == 2 * A", [pair(1)]),
        ("A == -A", [pair(1)]),
        ("A + B == A", [[(0, [0]), (2, [0])]]),
        ("A + B == A", [[(0, [0]), (2, [0])], [(1, [0])]]),
        ("A + B == A", [[(0, [0]), (2, [0])], [(1, [0]), (1, [0])]]),
        ("A + B == A", [[(0, [0]), (1, [0]), (2, [0])]]),
        ("A + B == B + B", [[(0, [0]), (2, [0])], [(1, [0]), (3, [0])]]),
        ("2 * A + B == A + 2 * B", [[(0, [0]), (2, [0])], [(1, [0]), (3, [0])]]),
        ("A - B == A + B", [[(0, [0]), (2, [0])], [(1, [0]), (3, [0])]]),
        ("m * A == A", [pair(1)]),
        ("m * A == n * A", [pair(1)]),
    ]
    for statement, members in cases:
        left, right = statement.split(" == ")
        groups = [[{"term": term, "boxes": boxes} for term, boxes in part] for part in members]
        step = rule("isomorphism", left=left, right=right, groups=groups)
        sizes = {"n": "any"} if "n *" in statement else {}
        yield derivation(claim(statement, MM, sizes=sizes), [step], {"equality": 0}), ""


@attack
def not_the_claim() -> Iterator[tuple[Json, str]]:
    false = claim("A == B", MM)
    yield derivation(false, [same("A", "A")], {"equality": 0}), ""
    yield derivation(false, [same("A", "A"), same("B", "B")], {"equality": 1}), ""
    yield derivation(false, []), ""
    yield derivation(claim("A == A and A == B", MM), [same("A", "A")], {"equality": 0}), ""
    yield derivation(claim("A == A and A == B", MM), [same("A", "A")], {"equality": 0}, {"equality": 0}), ""
    yield derivation(false, [], {"equality": -1}), ""
    yield derivation(claim("rank(A) == rank(B)", MM), [same("A", "A"), rule("equal_ranks", equality=0)],
                     {"at_least": adds((1, "1")), "at_most": adds((1, "-1"))}), ""  # fmt: skip


@attack
def one_sided_inverses() -> Iterator[tuple[Json, str]]:
    where = "X: m n; Y: n m"
    step = rule("inverse", equality=0, left="X", right="Y")
    instance = point({"X": [[1]], "Y": [[1]]}, m=1, n=1)
    yield (
        derivation(claim("Y @ X == eye(m)", where, ["X @ Y == eye(m)"]), [step], {"equality": 1}, instance=instance),
        ("no statement: X Y is m x m and Y X is n x n"),
    )
    square, zero = "X: n n; Y: n n", point({"X": [[0]], "Y": [[0]]}, n=1)
    false = claim("Y @ X == eye(n)", square, ["X @ Y == zeros(n, n)"])
    yield derivation(false, [step], {"equality": 1}, instance=zero), ""
    false = claim("Y @ X == eye(n)", square, ["Y @ X == zeros(n, n)"])
    yield derivation(false, [step], {"equality": 1}, instance=zero), ""


@attack
def vacuous() -> Iterator[tuple[Json, str]]:
    """Hypotheses that nothing satisfies, or that the instance given does not satisfy."""
    step = same("x * y", "y * x", [(0, [0, 1]), (1, [1, 0])])
    for given, field, instance in [
        (["0 * x == 1"], "any", point({"x": 1, "y": 1})),
        (["x * y == 1"], "any", point({"x": 1, "y": 2})),
        (["x * y == 1"], "any", {}),
        (["2 * x == 0 * x", "x * y == 1"], "R", point({"x": 1, "y": 1}, "GF(2)")),
        (["2 * x == 0 * x", "x * y == 1"], "GF(3)", point({"x": 1, "y": 1}, "GF(2)")),
        (["x * x == 2"], "Q", point({"x": 3, "y": 1}, "GF(7)")),
    ]:
        content = claim("x * y == y * x", "x: ; y: ", given, field=field)
        yield derivation(content, [step], {"equality": len(given)}, instance=instance), ""


# -------------------------------------------------------------------------------------------------------- ranks


@attack
def false_ranks() -> Iterator[tuple[Json, str]]:
    """One step, and a bound that it does not give."""
    cut = lambda text, *classes: rule("cut", matrix=text, classes=list(classes))  # noqa: E731
    wires = lambda text: rule("wires", matrix=text)  # noqa: E731
    exact = {"at_least": adds((0, "1")), "at_most": adds((0, "-1"))}
    where = "A: m n; B: n k; C: m n"
    for statement, steps, goal in [
        ("rank(A) <= 1", [cut("A")], above((0, "1"))),
        ("rank(A @ B) <= 1", [cut("A @ B")], above((0, "1"))),
        ("rank(A) <= 1", [cut("A", 7)], above((0, "1"))),
        ("rank(A @ B) <= 1", [cut("A @ B", -1)], above((0, "1"))),
        ("rank(A) >= m", [cut("A", 0)], below((0, "-1"))),
        ("rank(A) >= 1", [], below()),
        ("rank(A) >= 1", [cut("A", 0)], below((0, "1"))),
        ("rank(A) >= 1", [cut("A", 0)], below((0, "0"))),
        ("rank(A) <= n - 1", [cut("A", 1)], above((0, "1"))),
        ("rank(A) == 1", [wires("A")], exact),
        ("rank(n * eye(m)) == m", [wires("n * eye(m)")], exact),
        ("rank(2 * eye(m)) == m", [wires("2 * eye(m)")], exact),
        ("rank(ones(m, n)) == m", [wires("ones(m, n)")], exact),
        ("rank(A + C) <= rank(A)", [rule("sum", left="A", right="C")], above((0, "1"))),
        ("rank(A) <= rank(A @ B)", [rule("product", left="", middle="A", right="B")], above((0, "1"))),
        ("rank(A @ B) >= rank(B)", [rule("product", left="A", middle="B", right="")], below((0, "1"))),
        ("rank(A @ B) >= rank(A) + rank(B)", [rule("frobenius", left="A", middle="eye(n)", right="B")], below((0, "1"))),
        ("rank(A.T) >= rank(A) + 1", [rule("transpose", matrix="A")], below((0, "1"))),
        ("rank(A + C) <= 1", [cut("A + C")], above((0, "1"))),
        ("rank(ones(m, n) + C) <= 1", [cut("ones(m, n) + C")], above((0, "1"))),
    ]:
        yield derivation(claim(statement, where), steps, goal), ""
    yield derivation(claim("rank(eye(m*n, k)) == min(m, n, k)", sizes={"m": "any", "n": "any", "k": "any"}),
                     [wires("eye(m*n, k)")], exact), ""  # fmt: skip


@attack
def false_cases() -> Iterator[tuple[Json, str]]:
    """Proofs by cases that leave a case out, invent one, or compare with what is no argument."""
    sizes = {"m": "any", "n": "any", "k": "any"}

    def cases(split: list[str], *given: tuple[list[str], list[Any]]) -> Json:
        return {"split": split, "cases": [{"assume": assume, "sum": summands} for assume, summands in given]}

    least, most = "min(m, n)", "max(m, n)"
    for statement, key, proof in [
        ("min(m, n) >= m", "at_least", cases([least], (["m"], []))),
        ("min(m, n) >= m", "at_least", cases([least])),
        ("min(m, n) >= m", "at_least", cases([least], (["m"], []), (["m"], []))),
        ("min(m, n) >= m", "at_least", cases([least], (["m"], []), (["k"], [[[0, "n"], "1"]]))),
        ("min(m, n) <= 1", "at_most", cases([least], (["m"], [[[0, "1"], "1"]]), (["n"], [[[0, "1"], "1"]]))),
        ("max(m, n) <= m", "at_most", cases([most], (["m"], []))),
        ("max(m, n) <= m", "at_most", cases([most], (["m"], []), (["n"], [[[0, "m"], "-1"]]))),
        ("max(m, n) >= k", "at_least", cases([most], (["m"], [[[0, "k"], "1"]]), (["n"], [[[0, "k"], "1"]]))),
        ("min(m, n) + min(m, k) <= m", "at_most", cases([least, "min(m, k)"], (["m", "m"], []))),
        ("min(m, n) >= 2", "at_least", cases(["m"], (["m"], []))),
        ("min(m, n) >= 2", "at_least", cases(["min(m, n) * k"], (["m"], []), (["n"], []))),
        ("min(m, n) >= m", "at_least", cases([least, least], (["m", "m"], []), (["n", "m"], []), (["m", "n"], []))),
        ("max(m, n) <= n", "at_most", cases([most], (["n"], []), (["m", "n"], []))),
        ("min(m, n) >= m", "at_least", cases([least], (["m"], []), (["n"], [[[-1, "m"], "1"]]))),
    ]:
        yield derivation(claim(statement, sizes=sizes), [], {key: proof}), ""


@attack
def sizes_that_vanish() -> Iterator[tuple[Json, str]]:
    """The size of a rank factorization may be 0; whoever forgets it shows that every matrix has rank at least 1."""
    false = claim("rank(X) >= 1", "X: m n")
    factor = rule("factor", matrix="X", size="k", names=["U", "V", "P", "Q"])
    cut = rule("cut", matrix="ones(k, m)", classes=[0])
    yield derivation(false, [factor, rule("wires", matrix="ones(k, m)"), cut], below((3, "1"), (5, "1"), (4, "1"))), ""
    lemma = derivation(claim("rank(ones(p, q)) >= 1", sizes={"p": "any", "q": "any"}), [rule("wires", matrix="ones(p, q)")],
                       below((0, "1")))  # fmt: skip
    use = rule("premise", premise=0, sizes={"p": "k", "q": "m"}, names={}, given=[])
    yield derivation(false, [factor, use, cut], below((3, "1"), (4, "1"), (5, "1")), premises=[lemma]), ""
    other = rule("factor", matrix="X", size="p", names=["U", "V", "P", "Q"])
    use = rule("premise", premise=0, sizes={}, names={}, given=[])
    cut = rule("cut", matrix="ones(p, q)", classes=[0])
    both = claim("rank(X) >= 1", "X: m q")
    yield derivation(both, [other, use, cut], below((3, "1"), (4, "1"), (5, "1")), premises=[lemma]), ""
    yield derivation(false, [factor], below((3, "1"))), ""
    yield derivation(claim("rank(X) >= min(m, n)", "X: m n"), [rule("factor", matrix="X", size="m", names=["U", "V", "P", "Q"])],
                     below((3, "1"))), ""  # fmt: skip
    names = rule("factor", matrix="X", size="k", names=["X", "V", "P", "Q"])
    yield derivation(claim("X == X @ V", "X: m m; V: m m"), [names], {"equality": 0}), ""


# ----------------------------------------------------------------------------------------------------- premises


@attack
def lemmas_misused() -> Iterator[tuple[Json, str]]:
    use = lambda sizes, names, *given: rule("premise", premise=0, sizes=sizes, names=names, given=list(given))  # noqa: E731
    refuted = proved("rank(A + B) == rank(A) + rank(B)", "A: m n; B: m n")
    false = claim("rank(A + B) == rank(A) + rank(B)", "A: m n; B: m n")
    exact = {"at_least": adds((0, "1")), "at_most": adds((0, "-1"))}
    yield derivation(false, [use({"m": "m", "n": "n"}, {"A": "A", "B": "B"})], exact, premises=[refuted]), ""

    one = derivation(claim("rank(odd_even(ht(1, M, r))) <= 1", sizes={"M": "any", "r": [1]}),
                     [rule("cut", matrix="odd_even(ht(1, M, r))", classes=[])], above((0, "1")))  # fmt: skip
    false = claim("rank(odd_even(ht(1, M, r))) <= 1", sizes={"M": "any"})
    yield derivation(false, [use({"M": "M"}, {})], above((0, "1")), premises=[one]), ""

    rows = derivation(claim("rank(A) <= m", "A: m n"), [rule("cut", matrix="A", classes=[0])], above((0, "1")))
    false = claim("rank(X) <= 1", "X: m n")
    yield derivation(false, [use({"m": "1", "n": "n"}, {"A": "X"})], above((0, "1")), premises=[rows]), ""
    yield derivation(false, [use({"m": "m", "n": "n"}, {"A": "X"})], above((0, "1")), premises=[rows]), ""
    yield derivation(claim("rank(A) <= n - 1", "A: m n"), [], above(), premises=[rows]), ""

    inverse = proved_inverse()
    false = claim("Y @ X == eye(n)", "X: n n; Y: n n")
    yield derivation(false, [use({"n": "n"}, {"X": "X", "Y": "Y"})], {"equality": 0}, premises=[inverse]), ""
    steps = [same("X", "X"), use({"n": "n"}, {"X": "X", "Y": "Y"}, 0)]
    yield derivation(false, steps, {"equality": 1}, premises=[inverse]), ""

    genuine = proved("rank(A @ B) <= rank(A)", "A: m n; B: n k")
    extra = sealed({**genuine, "premises": [rows]})
    yield extra, "no step names the premise that it carries"
    copied = copy.deepcopy(genuine)
    copied["digest"] = "0" * 64
    yield copied, "the digest is not that of the contents"


def proved_inverse() -> Json:
    return derivation(claim("Y @ X == eye(n)", "X: n n; Y: n n", ["X @ Y == eye(n)"]),
                      [rule("inverse", equality=0, left="X", right="Y")], {"equality": 1},
                      instance=point({"X": [[1]], "Y": [[1]]}, n=1))  # fmt: skip


# ------------------------------------------------------------------------------------------------ almost everywhere


def generic(matrix: str, bound: str, witness: Json, steps: Sequence[Json], shows: Json) -> Json:
    return rule("generic", matrix=matrix, bound=bound, prepare=[], witness=witness, steps=list(steps), shows=shows)


EYE = [rule("wires", matrix="eye(m)")]
FULL = derivation(claim("rank(A) >= m", "A: m m", almost=["A"]), [generic("A", "m", {"A": "eye(m)"}, EYE, adds((0, "1")))],
                  below((0, "1")))  # fmt: skip


@attack
def witnesses_misused() -> Iterator[tuple[Json, str]]:
    first = below((0, "1"))
    fixed = generic("F", "m", {"F": "eye(m)"}, EYE, adds((0, "1")))
    yield derivation(claim("rank(F) >= m", "F: m m; A: m m", almost=["A"]), [fixed], first), ""
    larger = generic("A", "3", {"A": "eye(3)"}, [rule("wires", matrix="eye(3)")], adds((0, "1")))
    yield derivation(claim("rank(A) >= 3", "A: 2 2", almost=["A"]), [larger], first), ""
    everywhere = generic("A", "m", {"A": "eye(m)"}, EYE, adds((0, "1")))
    yield derivation(claim("rank(A) >= m", "A: m m"), [everywhere], first), ""
    yield derivation(claim("rank(A) >= m + 1", "A: m m", almost=["A"]), [everywhere], first), ""
    lemma = proved("rank(B(w)) >= rank(B(v))", "B(k): m n; v: k; w: k", ("w",))
    use = rule("premise", premise=0, sizes={"k": "k", "m": "m", "n": "n"}, names={"v": "v", "w": "w"}, given=[])
    yield derivation(claim("rank(B(w)) >= rank(B(v))", "B(k): m n; v: k; w: k"), [use], first, premises=[lemma]), ""

    # At the witness zero the lemma "almost every A has rank m" would say that zero has rank m: from that, anything.
    zero = [rule("premise", premise=0, sizes={"m": "m"}, names={"A": "A"}, given=[])]
    step = generic("A", "m + 5", {"A": "zeros(m, m)"}, zero, adds((0, "6")))
    yield derivation(claim("rank(A) >= m + 5", "A: m m", almost=["A"]), [step], first, premises=[FULL]), ""

    # Almost every A and B differ; A and A do not.
    apart = derivation(claim("rank(A - B) >= m", MM, almost=["A", "B"]),
                       [generic("A - B", "m", {"A": "eye(m)", "B": "zeros(m, m)"}, EYE, adds((0, "1")))], first)  # fmt: skip
    steps = [
        rule("premise", premise=0, sizes={"m": "m"}, names={"A": "A", "B": "A"}, given=[]),
        same("A - A", "zeros(m, m)", [(0, [0]), (1, [0])]),
        rule("equal_ranks", equality=1),
    ]
    goal = below((0, "6"), (2, "-6"))
    yield derivation(claim("rank(A) >= m + 5", "A: m m", almost=["A"]), steps, goal, premises=[apart]), ""
    use = rule("premise", premise=0, sizes={"m": "m"}, names={"A": "F"}, given=[])
    yield derivation(claim("rank(F) >= m", "F: m m; A: m m", almost=["A"]), [use], first, premises=[FULL]), ""

    # For every v almost every w differs from v; w does not differ from w.
    text = "outer(w - v, ones(1))"
    differ = derivation(claim(f"rank({text}) >= 1", "v: n; w: n", almost=["w"]),
                        [generic(text, "1", {"w": "v + ones(n)"},
                                 [same("outer((v + ones(n)) - v, ones(1))", "outer(ones(n), ones(1))",
                                       [(0, [0]), (2, [0])], [(1, []), (3, [])]),
                                  rule("equal_ranks", equality=0), rule("wires", matrix="outer(ones(n), ones(1))")],
                                 adds((1, "1"), (2, "1")))], first)  # fmt: skip
    steps = [
        rule("premise", premise=0, sizes={"n": "n"}, names={"v": "w", "w": "w"}, given=[]),
        same("outer(w - w, ones(1))", "zeros(n, 1)", [(0, [0]), (1, [0])]),
        rule("equal_ranks", equality=1),
    ]
    goal = below((0, "9"), (2, "-9"))
    yield derivation(claim("rank(outer(w, w)) >= 9", "w: n", almost=["w"]), steps, goal, premises=[differ]), ""

    hypothesis = claim("rank(A) >= m", "A: m m", ["A == zeros(m, m)"], almost=["A"])
    step = generic("A", "m", {"A": "eye(m)"}, EYE, adds((0, "1")))
    yield derivation(hypothesis, [step], below((1, "1")), instance=point({"A": [[0]]}, m=1)), "the hypothesis makes the rank 0"
    finite = claim("rank(A) >= m", "A: m m", almost=["A"], field="GF(2)")
    yield derivation(finite, [everywhere], first), "GF(2) is finite: the 1 x 1 matrix 0 is half of all"


def minor(matrix: str, entries: Json, rows: Sequence[int], columns: Sequence[int], prime: str = "3") -> Json:
    return rule("minor", matrix=matrix, prime=prime, entries=entries, rows=list(rows), columns=list(columns))


@attack
def minors_misused() -> Iterator[tuple[Json, str]]:
    one = {"A": [[1, 0], [0, 1]]}
    doubled = claim("rank(2 * A) >= 1", "A: 2 2", almost=["A"])
    two = "2 A is zero in characteristic 2"
    yield derivation(doubled, [minor("2 * A", one, [0], [0])], below((0, "1"))), two
    lemma = derivation({**doubled, "field": "Q"}, [minor("2 * A", one, [0], [0])], below((0, "1")))
    use = rule("premise", premise=0, sizes={}, names={"A": "A"}, given=[])
    yield derivation(doubled, [use], below((0, "1")), premises=[lemma]), two
    fixed = claim("rank(F) >= 2", "F: 2 2; A: 2 2", almost=["A"], field="Q")
    yield derivation(fixed, [minor("F", {"F": one["A"]}, [0, 1], [0, 1])], below((0, "1"))), ""
    for rows, columns, prime in [([0, 1], [0, 1], "3"), ([0, 0], [0, 1], "3"), ([0, 1], [0, 1], "4"), ([0, 1], [0], "3"),
                                 ([-1, 1], [0, 1], "3"), ([0, 5], [0, 1], "3"), ([1, 0], [1, 0], "5")]:  # fmt: skip
        dyad = claim("rank(outer(u, v)) >= 2", "u: 2; v: 2", almost=["u", "v"], field="Q")
        yield derivation(dyad, [minor("outer(u, v)", {"u": [1, 1], "v": [1, 2]}, rows, columns, prime)], below((0, "1"))), ""
    polynomial = claim("rank(B(v)) >= 1", "B(1): 1 1; v: 1", almost=["B", "v"], field="Q")
    step = minor("B(v)", {"B": [[[0], [[1]]]], "v": [1]}, [0], [0])
    yield derivation(polynomial, [step], below((0, "1"))), "there is no measure on all polynomials"
    everywhere = claim("rank(A) >= 2", "A: 2 2", field="Q")
    yield derivation(everywhere, [minor("A", one, [0, 1], [0, 1])], below((0, "1"))), ""


@attack
def a_name_that_a_premise_keeps() -> Iterator[tuple[Json, str]]:
    """The premise says rank(A) <= m of its own A, which is m x n; the A of the claim is m x n too, but there m is k."""
    lemma = derivation(claim("rank(A) <= m", "A: m n"), [rule("cut", matrix="A", classes=[0])], above((0, "1")))
    use = rule("premise", premise=0, sizes={"m": "k", "n": "n"}, names={}, given=[])
    stated = claim("rank(A) <= k", "A: m n", sizes={"k": "any"})
    yield derivation(stated, [use], above((0, "1")), premises=[lemma]), ""


# ---------------------------------------------------------------------------------------------------- induction


@cache
def _genuine(lower: bool) -> tuple[Json, tuple[Json, ...]]:
    op = ">=" if lower else "<="
    bound = "min(r[0], M)" if lower else "r[0]"
    found = proved(f"rank(odd_even(ht(L, M, r))) {op} {bound} ** (2 ** (L - 1))", almost=("ht",) if lower else ())
    (step,) = (one for one in found["proof"]["steps"] if one["rule"] == "induction" and (one["direction"] == "at_least") == lower)
    return step, tuple(found["premises"])


def induction(lower: bool, **changes: Any) -> tuple[Json, list[Json]]:
    """A genuine induction with parts of it replaced; a change of "base.steps" replaces that part of the base."""
    step, premises = _genuine(lower)
    step = copy.deepcopy(step)
    for path, value in changes.items():
        at = step
        *way, last = path.split("__")
        for key in way:
            at = at[key]
        at[last] = value
    return step, list(premises)


def text(thing: Any, old: str, new: str) -> Any:
    """The same with a text replaced everywhere."""
    return json.loads(json.dumps(thing).replace(old, new))


@attack
def inductions_misused() -> Iterator[tuple[Json, str]]:
    first = below((0, "1"))
    step, premises = induction(True)
    everywhere = claim("rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))", sizes={"L": "any", "M": "any"})
    yield derivation(everywhere, [step], first, premises=premises), ""
    other = claim("rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))", "A: M M", almost=["A"], sizes={"L": "any"})
    yield derivation(other, [step], first, premises=premises), ""

    # The bound of one network for the weights of another.
    step, premises = induction(True, tensor="ht(1, K, r)")
    cut = rule("cut", matrix="odd_even(ht(1, M, r))", classes=[0])
    false = claim("rank(odd_even(ht(1, M, r))) >= min(r[0], K)", almost=["ht"], sizes={"M": "any", "K": "any"})
    yield derivation(false, [cut, step], below((1, "1")), premises=premises), ""
    step, premises = induction(True, tensor="ht(2, M, r)")
    false = claim("rank(odd_even(ht(1, M, r))) >= min(r[0], M) ** 2", almost=["ht"], sizes={"M": "any"})
    yield derivation(false, [cut, step], below((1, "1")), premises=premises), ""

    # A rank factorization of zero whose size is called m, as a size is outside: then m = 0, and anything follows.
    contradiction = [rule("factor", matrix="zeros(m, m)", size="M", names=["F", "H", "K", "E"])]
    step, premises = induction(True, tensor="ht(1, M, r)", base__steps=contradiction)
    false = claim("rank(odd_even(ht(1, M, r))) >= 100 * M", almost=["ht"], sizes={"M": "any"})
    yield derivation(false, [step], first, premises=premises), ""

    # Larger bounds; networks, quantities, witnesses and levels that are not those of the proof.
    unbounded = claim("rank(odd_even(ht(L, M, r))) >= (min(r[0], M) + 1) ** (2 ** (L - 1))", almost=["ht"],
                      sizes={"L": "any", "M": "any"})  # fmt: skip
    for changes in (
        {},
        {"quantity": "rank(odd_even(X)) + 1"},
        {"quantity": "p"},
        {"witness__A": "eye(b, c)"},
        {"top__shows": adds((0, "1"))},
        {"direction": "at_most"},
        {"tensor": "cp(L, M, r)"},
    ):
        step, premises = induction(True, **changes)
        yield derivation(unbounded, [step], first, premises=premises), ""
    small = claim("rank(odd_even(ht(L, M, r))) <= 1", sizes={"L": "any", "M": "any"})
    for changes in ({"quantity": "1"}, {"quantity": "h"}, {"top__steps": []}):
        step, _ = induction(False, **changes)
        yield derivation(small, [step], above((0, "1"))), ""


@attack
def inductions_that_show_nothing() -> Iterator[tuple[Json, str]]:
    """What such an induction claims is true; but the certificate does not show it."""
    lower = claim("rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))", almost=["ht"], sizes={"L": "any", "M": "any"})
    upper = claim("rank(odd_even(ht(L, M, r))) <= r[0] ** (2 ** (L - 1))", sizes={"L": "any", "M": "any"})
    step, premises = induction(True, base=base_of_rank("r1"), witness__A="Q1", witness__W1="ones(r1, r1_)")
    yield derivation(lower, [step], below((0, "1")), premises=premises), "a witness with rank(G) channels where there are r[0]"
    step, premises = induction(True, witness__W="ones(a, 1) @ eye(1, b) + eye(a, b) - eye(a, b) @ eye(b)")
    yield derivation(lower, [step], below((0, "1")), premises=premises), "three diagrams are not in the groups of one"
    step, premises = induction(True, parameters="X: p~q; y: s", base__sizes__s="r1_", base__parameters__y="ones(r1_)",
                               step__sizes__s="s * s2", step__parameters__y="kron(y, y2)")  # fmt: skip
    yield derivation(lower, [step], below((0, "1")), premises=premises), "sizes of an invariant are at least 1; rank(G) is not"
    step, _ = induction(False, base__sizes={"p": "m", "q": "m", "k": "1", "h": "1"}, base__shows=NOTHING)
    yield derivation(upper, [step], above((0, "1"))), "a parameter with one column is not U, which has r[0]"
    # Both -1 and k k2 >= 1 are at most the product of two -1: products of what may be negative are no bounds.
    negative = [[[0, "k"], "k2"]], [[[1, "k2"], "k"]]
    cases = [
        (("k", "k2", "k * k2"), []), (("k", "k2", "0 - 1"), []),
        (("k", "0 - 1", "k * k2"), negative[1]), (("k", "0 - 1", "0 - 1"), negative[1]),
        (("0 - 1", "k2", "k * k2"), negative[0]), (("0 - 1", "k2", "0 - 1"), negative[0]),
        (("0 - 1", "0 - 1", "k * k2"), negative[0]), (("0 - 1", "0 - 1", "0 - 1"), []),
    ]  # fmt: skip
    step, _ = induction(
        False,
        quantity="max(k, 0 - 1)",
        base__shows=split(["max(c, 0 - 1)"], [(("c",), []), (("0 - 1",), [])]),
        step__shows=split(["max(k, 0 - 1)", "max(k2, 0 - 1)", "max(k * k2, 0 - 1)"], cases),
        top__shows=split(["max(k, 0 - 1)"], [(("k",), [[0, "1"]]), (("0 - 1",), [[[0, "k"], "1"], [0, "1"]])]),
    )
    yield derivation(upper, [step], above((0, "1"))), "a quantity that may be negative"


def split(extremes: list[str], cases: list[tuple[tuple[str, ...], list[Any]]]) -> Json:
    """A proof of an inequality in cases."""
    return {"split": extremes, "cases": [{"assume": list(assume), "sum": summands} for assume, summands in cases]}


def base_of_rank(size: str) -> Json:
    """The base of the induction with all rank(G) independent columns of G as channels."""
    scope = Scope.of(parse_declarations("G: m b"))
    scope.sizes.update({"c": ("c",), "r1": ("r1",)})
    base = Derivation(scope)
    size, (_, _, _, q), _ = base.factor("G")
    first = f"G @ {q} @ (G @ {q}).T"
    assert undone(base, parse_expression(first), parse_expression(f"eye({size})"))
    parent, form = f"level(ones(r1, {size}), G @ {q}, G @ {q})", f"tensor_product(fold({first}), ones(r1))"
    goal = base.number(f"rank(odd_even(fold({first}))) - min(c, rank(G))")
    return {
        "steps": base.steps, "sizes": {"p": "m", "q": "m"}, "parameters": {"X": f"fold({first})"},
        "groups": grouped(base.value(parent), base.value(form)), "shows": base.shows(goal),
    }  # fmt: skip


# ------------------------------------------------------------------------------------ counterexamples, refutations


@attack
def no_counterexamples() -> Iterator[tuple[Json, str]]:
    """Points that do not refute: the claim holds there, or they are no points of the claim."""
    make = lambda claimed, proof: certificate("counterexample", claimed, proof)  # noqa: E731
    rank = claim("rank(A @ B) <= rank(A)", "A: m n; B: n k")
    for a, b, field in product(([[1, 0], [0, 1]], [[0, 0], [0, 0]], [[1, 1], [1, 1]]), ([[1], [1]], [[0], [1]]), ("Q", "GF(2)")):
        yield make(rank, point({"A": a, "B": b}, field, m=2, n=2, k=1)), ""
    commuting = claim("A @ B == B @ A", MM)
    yield make(commuting, point({"A": [[2]], "B": [[3]]}, m=1)), ""
    yield make(claim("A == zeros(m, m)", "A: m m"), point({"A": [[1]]}, m=2)), "the entries are not 2 x 2"
    yield make(claim("A == zeros(m, m)", "A: m m"), point({"A": [[1]]}, m=0)), "sizes are positive"
    yield make(claim("A == zeros(m, m)", "A: m m"), point({"A": [[1]]})), "m has no value"
    yield make(claim("A == zeros(m, m)", "A: m m"), point({}, m=1)), "A has no entries"
    yield make(claim("rank(odd_even(ht(1, M, r))) == 0", sizes={"M": "any"}),
               point({"ht.0.0": [[1]], "ht.0.1": [[1]], "ht.1.0": [1]}, M=1, r=[0])), "channel counts are positive"  # fmt: skip
    yield make(claim("rank(odd_even(ht(1, M, r))) <= 1", sizes={"M": "any", "r": [1]}),
               point({"ht.0.0": [[1, 0], [0, 1]], "ht.0.1": [[1, 0], [0, 1]], "ht.1.0": [1, 1]}, M=2, r=[2])), (
        "the claim speaks of r = [1]"
    )  # fmt: skip
    yield make(claim("cp_rank(ht(1, M, r)) >= rank(odd_even(ht(1, M, r)))", sizes={"M": "any"}),
               point({"ht.0.0": [[1]], "ht.0.1": [[1]], "ht.1.0": [1]}, M=1, r=[1])), "CP ranks are not computed"  # fmt: skip
    nilpotent = claim("x == 0 * x", "x: ", ["x * x == 0"])
    for field in ("GF(4)", "GF(9)", "GF(6)"):
        root = {"GF(4)": 2, "GF(9)": 3, "GF(6)": 0}[field]
        yield make(nilpotent, point({"x": root}, field)), "a field has no nilpotent elements, and this is none"
    yield make(claim("x == 0", "x: "), point({"x": 1}, "GF[7]")), "GF[7] is no name of a field"
    fermat = claim("x * x * x == x", "x: ", field="GF(3)")
    yield make(fermat, point({"x": "1/2"}, "GF(3)")), "Fermat: every element of GF(3) satisfies it"
    yield make(fermat, point({"x": 2}, "Q")), ""
    yield make(claim("2 * x == 0 * x", "x: ", ["2 * x == 0 * x"]), point({"x": 1})), ""
    yield make(claim("2 * x == x", "x: ", ["x * x == x"]), point({"x": 2})), ""
    yield make(claim("2 * x == x", "x: ", field="R"), point({"x": 1}, "GF(2)")), ""
    yield make(claim("x + x == 0 * x", "x: ", field="GF(2)"), point({"x": 1}, "Q")), ""
    dense = claim("rank(B(w)) >= rank(B(v))", "B(k): m n; v: k; w: k", almost=["w"])
    yield make(dense, point({"B": [[[1], [[1]]]], "v": [1], "w": [0]}, k=1, m=1, n=1)), ""
    yield (
        make(claim("B(v) == zeros(1, 1)", "B(k): 1 1; v: k"), point({"B": [[[1], [[1]]]], "v": [1, 1]}, k=2)),
        ("a monomial in two variables has two exponents"),
    )


@attack
def no_refutations() -> Iterator[tuple[Json, str]]:
    """Contrary bounds that contradict nothing."""

    def make(claimed: Json, steps: Sequence[Json], direction: str, shows: Json, number: int = 0, **sizes: Any) -> Json:
        proof = {"sizes": sizes, "steps": list(steps), "comparison": number, "direction": direction, "shows": shows}
        return certificate("refutation", claimed, proof)

    cut = rule("cut", matrix="A", classes=[0])
    where = "A: m n"
    yield make(claim("rank(A) <= m + 5", where), [cut], "below", adds((0, "1"))), ""
    yield make(claim("rank(A) >= 0", where), [], "above", NOTHING), ""
    yield make(claim("rank(A) <= m", where), [cut], "above", adds((0, "1"))), ""
    yield make(claim("rank(A) <= m", where), [cut], "above", adds((0, "-1"))), ""
    yield make(claim("rank(A) >= 0", where), [cut], "below", adds((0, "1"))), ""
    yield make(claim("rank(A) <= m", where), [cut], "sideways", adds((0, "1"))), ""
    yield make(claim("rank(A) <= m and rank(A) <= n", where), [cut], "above", adds((0, "1")), 1), ""
    yield make(claim("2 * x == 0 * x", "x: ", field="GF(2)"), [], "above", NOTHING), ""
    yield make(claim("2 * m == 0 * m", sizes={"m": "any"}, field="GF(2)"), [], "above", NOTHING), ""
    contradictory = claim("rank(A) == n", "A: n n", ["A == eye(n)", "A == zeros(n, n)"])
    steps = [rule("equal_ranks", equality=1)]
    yield make(contradictory, steps, "below", adds((2, "-1"))), "no matrix satisfies the hypotheses, so the claim holds"
    yield make(claim("rank(A) <= n", where, sizes={}), [rule("cut", matrix="A", classes=[])], "above", adds((0, "1"))), ""
    full = claim("rank(A) >= 1", "A: m m", almost=["A"])
    yield make(full, [rule("cut", matrix="A", classes=[])], "below", adds((0, "1")), m=1), ""


@attack
def other_formats() -> Iterator[tuple[Json, str]]:
    genuine = proved("rank(A @ B) <= rank(A)", "A: m n; B: n k")
    yield sealed({**genuine, "format": "proofkit-certificate/1"}), "it is of another format"
    yield sealed({**genuine, "kind": "axiom"}), "there is no such kind"


# ------------------------------------------------------------------------------------------- rewriting, more ranks


@attack
def rewriting_misused() -> Iterator[tuple[Json, str]]:
    """One diagram replaced by a hypothesis that does not speak of it."""

    def make(statement: str, given: str, where: str, boxes: list[int], classes: list[int], rest: Any, entries: Json) -> Json:
        left, right = statement.split(" == ")
        move = {"term": 0, "equality": 0, "pattern": 0, "boxes": boxes, "classes": classes}
        groups = [[{"term": term, "boxes": images} for term, images in part] for part in rest]
        step = rule("rewrite", left=left, right=right, moves=[move], groups=groups)
        names = re.findall(r"\b[mnpk]\b", where + " " + statement)
        sizes = {} if set(names) <= set(re.findall(r"\b[mnpk]\b", where)) else {"p": "any"}
        instance = point(entries, **dict.fromkeys(sorted(set(names)), 1))
        return derivation(claim(statement, where, [given], sizes=sizes), [step], {"equality": 1}, instance=instance)

    three = "A: m m; B: m m; C: m m"
    zero = {"A": [[0]], "B": [[0]], "C": [[0]]}
    last = [[(0, [0]), (1, [0])]]
    yield make("A.T @ B == C", "A @ B == C", three, [0, 1], [0, 1, 2], last, zero), "false at A = e1 e2', B = e1 e1', C = 0"
    yield make("B @ A == C", "A @ B == C", three, [0, 1], [0, 1, 2], last, zero), ""
    yield make("A == zeros(m, m)", "2 * A == C", three, [0], [0, 1], [[(0, [0])]], zero), ""
    yield make("A == C", "hadamard(A, B) == C", three, [0], [0, 1], last, zero), ""
    yield make("A == C", "m * A == C", three, [0], [0, 1], last, zero), ""
    where, entries = "A: m n; u: n; v: m", {"A": [[0]], "u": [0], "v": [0]}
    yield make("A @ eye(n, p) @ eye(p, n) @ u == v", "A @ u == v", where, [0, 1], [0, 1], last, entries), ""
    truncated = make("A == C", "eye(m, p) @ eye(p, m) @ A == C", three, [0], [0, 1], last, zero)
    truncated["claim"]["sizes"] = {"p": "any"}
    truncated["proof"]["instance"]["sizes"] = {"m": 1, "p": 1}
    yield sealed(truncated), ""
    yield (
        derivation(claim("A @ B == B @ A", "A: 2 2; B: 2 2"), [rule("expand", left="A @ B", right="B @ A")], {"equality": 0}),
        "",
    )
    fermat = claim("hadamard(A, A, A) == A", "A: 2 2")
    yield derivation(fermat, [rule("expand", left="hadamard(A, A, A)", right="A")], {"equality": 0}), ""


@attack
def more_false_ranks() -> Iterator[tuple[Json, str]]:
    exact = {"at_least": adds((0, "1")), "at_most": adds((0, "-1"))}

    def arranged(left: str, right: str, boxes: list[int], where: str = MM) -> tuple[Json, str]:
        step = rule("arrange", left=left, right=right, boxes=boxes, transposed=False)
        return derivation(claim(f"rank({left}) == rank({right})", where), [step], exact), ""

    yield derivation(claim("rank(A.T @ A) == rank(A)", MM), [rule("gram", matrix="A")], exact), ""
    yield derivation(claim("rank(2 * A) == rank(A)", MM), [rule("scale", matrix="A", factor=2)], exact), ""
    yield derivation(claim("rank(3 * A) == rank(A)", MM, field="GF(3)"), [rule("scale", matrix="A", factor=3)], exact), ""
    yield arranged("2 * A", "A", [0])
    yield arranged("A", "B", [0])
    yield arranged("A", "kron(A, B)", [0])
    yield arranged("A @ B", 'einsum("ij,kl->il", A, B)', [0, 1])
    yield arranged("A", "outer(vec(A), ones(1))", [0])
    yield arranged("m * A", "A", [0])
    yield arranged("eye(m)", "ones(m, m)", [], "A: m m")
    two = "2 A is zero in characteristic 2"
    doubled = claim("rank(2 * A) >= 1", "A: 1 1", almost=["A"])
    for entry in (1, "1/2"):
        step = rule("minor", matrix="2 * A", prime="", entries={"A": [[entry]]}, rows=[0], columns=[0])
        yield derivation(doubled, [step], below((0, "1"))), two
    step = rule("minor", matrix="F", prime="", entries={"F": [[1]]}, rows=[0], columns=[0])
    yield derivation(claim("rank(F) >= 1", "F: 1 1; A: 1 1", almost=["A"]), [step], below((0, "1"))), ""
    step = rule("decompose", tensor="A", classes=[])
    yield derivation(claim("cp_rank(A) <= 1", MM), [step], above((0, "1"))), "the CP rank of a matrix is its rank"
    step = rule("cp_terms", tensor="mode_product(A, B, 1)")
    false = claim("cp_rank(mode_product(A, B, 1)) <= 1", MM)
    yield derivation(false, [step], above((0, "1"))), "the CP rank of the matrix A @ B.T is its rank"
    false = claim("cp_rank(A) == rank(A) + 1", MM)
    steps = [rule("unfold", tensor="A", rows=[0], columns=[1]), rule("decompose", tensor="A", classes=[0])]
    yield derivation(false, steps, {"at_least": adds((0, "1")), "at_most": adds((1, "1"))}), "the CP rank of a matrix is its rank"
