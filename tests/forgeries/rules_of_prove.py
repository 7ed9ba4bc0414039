"""Forgeries against the rules that a search for proofs needs: rewriting, expansion, Gram matrices, multiples, arrangement,
minors that are 1 or -1, CP ranks, and flat sizes factored in another order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from attacks import attack
from kit import Json, above, below, claim, derivation, point, rule

EXACT = {"at_least": below((0, "1"))["at_least"], "at_most": above((0, "-1"))["at_most"]}
ZERO = [[0]]


def given(
    statement: str, where: str, hypothesis: str, moves: Sequence[Json], groups: Sequence[Any], instance: Json, **options: Any
) -> Json:
    left, right = statement.split(" == ")
    parts = [[{"term": term, "boxes": list(boxes)} for term, boxes in group] for group in groups]
    step = rule("rewrite", left=left, right=right, moves=list(moves), groups=parts)
    return derivation(claim(statement, where, [hypothesis], **options), [step], {"equality": 1}, instance=instance)


def move(boxes: Sequence[int], classes: Sequence[int], term: int = 0, pattern: int = 0) -> Json:
    return {"term": term, "equality": 0, "pattern": pattern, "boxes": list(boxes), "classes": list(classes)}


@attack
def rewriting_by_what_does_not_occur() -> Iterator[tuple[Json, str]]:
    """A == 2 is not implied by 2 A == 2 B; patterns that are met otherwise, or by other boxes."""
    two = {"A": ZERO, "B": ZERO}
    square = "A: n n; B: n n"
    yield given("A == B", square, "2 * A == 2 * B", [move([0], [0, 1]), move([0], [0, 1], 0, 1)],
                [[(0, [0])], [(1, [0])]], point(two, n=1)), ""  # fmt: skip
    yield given("A == B", "A: m n; B: m n", "hadamard(A, A) == B", [move([0, 0], [0, 1])],
                [[(0, [0]), (1, [0])]], point(two, m=1, n=1)), ""  # fmt: skip
    yield given("B == C", "A: m n; B: m n; C: m n", "A == C", [move([0], [0, 1])],
                [[(0, [0]), (1, [0])]], point({**two, "C": ZERO}, m=1, n=1)), ""  # fmt: skip
    yield given("A == B", square, "A.T == B", [move([0], [0, 1])], [[(0, [0]), (1, [0])]], point(two, n=1)), ""
    yield given("A == B", square, "A.T == B", [move([0], [1, 0])], [[(0, [0]), (1, [0])]], point(two, n=1)), ""
    yield given("A == B", square, "2 * A == B", [move([0], [0, 1])], [[(0, [0]), (1, [0])]], point(two, n=1)), ""
    yield given("A == zeros(m, n)", "A: m n", "A @ eye(n, k) == zeros(m, k)", [move([0], [0, 1])],
                [], point({"A": ZERO}, m=1, n=1, k=1), sizes={"k": "any"}), ""  # fmt: skip
    vector = {"A": ZERO, "v": [0], "w": [0]}
    yield given("A @ (eye(n, k) @ (eye(k, n) @ v)) == w", "A: m n; v: n; w: m", "A @ v == w",
                [move([0, 1], [0, 1])], [[(0, [0]), (1, [0])]],
                point(vector, m=1, n=1, k=1), sizes={"k": "any"}), ""  # fmt: skip
    scalars = {"A": ZERO, "B": ZERO, "c": 0}
    yield given('einsum("ii,ii->", A, B) == c', square + "; c:", 'einsum("ii,jj->", A, B) == c',
                [move([0, 1], [0, 0])], [[(0, [0]), (1, [0])]], point(scalars, n=1)), ""  # fmt: skip
    yield given('einsum("ij,j->ij", A, v) == einsum("i,j->ij", w, ones(n))', "A: m n; v: n; w: m", "A @ v == w",
                [move([0, 1], [0, 1])], [[(0, [0]), (1, [0])]], point(vector, m=1, n=1)), ""  # fmt: skip


@attack
def coefficients_that_are_zero_elsewhere() -> Iterator[tuple[Json, str]]:
    """2 A is zero over GF(2) only, and A o A is A over GF(2) only."""
    double = rule("rewrite", left="2 * A", right="zeros(m, n)", moves=[], groups=[[{"term": 0, "boxes": [0]}]])
    square = rule(
        "rewrite", left="hadamard(A, A)", right="A", moves=[],
        groups=[[{"term": 0, "boxes": [0]}, {"term": 1, "boxes": [0]}]],
    )  # fmt: skip
    for field in ("any", "GF(3)", "Q"):
        yield derivation(claim("2 * A == zeros(m, n)", "A: m n", field=field), [double], {"equality": 0}), ""
        yield derivation(claim("hadamard(A, A) == A", "A: m n", field=field), [square], {"equality": 0}), ""
    cube = {**square, "left": "hadamard(A, A)", "right": "hadamard(A, A, A)"}
    yield derivation(claim("hadamard(A, A) == hadamard(A, A, A)", "A: m n", field="GF(3)"), [cube], {"equality": 0}), ""


@attack
def polynomials_that_differ() -> Iterator[tuple[Json, str]]:
    commute = rule("expand", left="A @ B", right="B @ A")
    for where, field in (("A: 2 2; B: 2 2", "any"), ("A: 2 2; B: 2 2", "GF(2)")):
        yield derivation(claim("A @ B == B @ A", where, field=field), [commute], {"equality": 0}), ""
    powers = rule("expand", left="x * x", right="x")
    yield derivation(claim("x * x == x", "x:"), [powers], {"equality": 0}), ""
    yield derivation(claim("x * x == x", "x:", field="GF(3)"), [powers], {"equality": 0}), ""
    yield derivation(claim("A @ B == B @ A", "A: n n; B: n n"), [commute], {"equality": 0}), ""
    turned = rule("expand", left="X @ ones(6)", right="Y @ ones(6)")
    yield derivation(claim("X @ ones(6) == Y @ ones(6)", "X: m 2*3; Y: m 3*2", sizes={"m": 1}), [turned], {"equality": 0}), ""


@attack
def multiples_and_gram_matrices() -> Iterator[tuple[Json, str]]:
    """rank(2 A) == rank(A) fails over GF(2), rank(A'A) == rank(A) over every finite field and over C."""
    for factor, field in ((2, "any"), (0, "Q"), (2, "GF(2)"), (6, "GF(3)")):
        stated = claim(f"rank({factor} * A) == rank(A)", "A: m n", field=field)
        yield derivation(stated, [rule("scale", matrix="A", factor=factor)], EXACT), ""
    imaginary = "over C, A = [[1], [i]] has A'A = 0"
    for field in ("any", "C", "GF(2)", "GF(5)"):
        stated = claim("rank(A.T @ A) == rank(A)", "A: m n", field=field)
        yield derivation(stated, [rule("gram", matrix="A")], EXACT), imaginary if field == "C" else ""


@attack
def arrangements_that_are_none() -> Iterator[tuple[Json, str]]:
    def arranged(left: str, right: str, where: str, boxes: Sequence[int], transposed: bool = False) -> tuple[Json, str]:
        step = rule("arrange", left=left, right=right, boxes=list(boxes), transposed=transposed)
        sizes = {"n": "any"} if "n" not in where else {}
        return derivation(claim(f"rank({left}) == rank({right})", where, sizes=sizes), [step], EXACT), ""

    yield arranged("A", "kron(A, B)", "A: m n; B: p q", [0])
    yield arranged("A", "B", "A: m n; B: m n", [0])
    yield arranged("2 * A", "A", "A: m n", [0])
    yield arranged("n * A", "A", "A: m n", [0])
    yield arranged("kron(A, eye(n))", "A", "A: m p", [0])
    yield arranged("A", "matricize(A, rows=[0, 1], columns=[])", "A: m n", [0])
    yield arranged("A", "diag(diagonal(A))", "A: n n", [0])
    yield arranged("kron(A, B)", 'einsum("ij,il->i(jl)", A, B)', "A: m n; B: m q", [0, 1])
    yield arranged("kron(A, A)", 'einsum("ij,kl->(ik)(jl)", A, B)', "A: m n; B: m n", [0, 0])
    yield arranged("A @ A", "A @ A.T", "A: n n", [0, 1])
    yield arranged("A @ B", "B @ A", "A: n n; B: n n", [1, 0], True)


@attack
def minors_that_are_not_one() -> Iterator[tuple[Json, str]]:
    """What is 1 at fractions is not 1 modulo 2; a minor of 2 vanishes there."""

    def minor(matrix: str, entries: Json, rows: Sequence[int], columns: Sequence[int]) -> Json:
        return rule("minor", matrix=matrix, prime="", entries=entries, rows=list(rows), columns=list(columns))

    doubled = claim("rank(2 * A) >= 1", "A: 1 1", almost=["A"])
    over_two = "2 A is zero over every infinite field of characteristic 2"
    yield derivation(doubled, [minor("2 * A", {"A": [["1/2"]]}, [0], [0])], below((0, "1"))), over_two
    yield derivation(doubled, [minor("2 * A", {"A": [[1]]}, [0], [0])], below((0, "1"))), over_two
    thin = claim("rank(outer(u, v)) >= 2", "u: 2; v: 2", almost=["u", "v"])
    step = minor("outer(u, v)", {"u": [1, 1], "v": [1, 1]}, [0, 1], [0, 0])
    yield derivation(thin, [step], below((0, "1"))), ""
    yield derivation(thin, [{**step, "rows": [0, 1], "columns": [0]}], below((0, "1"))), ""
    fixed = claim("rank(F) >= 2", "F: 2 2; A: 2 2", almost=["A"])
    eye = [[1, 0], [0, 1]]
    yield derivation(fixed, [minor("F", {"F": eye}, [0, 1], [0, 1])], below((0, "1"))), ""
    everywhere = claim("rank(A) >= 2", "A: 2 2")
    yield derivation(everywhere, [minor("A", {"A": eye}, [0, 1], [0, 1])], below((0, "1"))), ""


@attack
def cp_ranks_too_small() -> Iterator[tuple[Json, str]]:
    full = "the identity of order 2 has CP rank 2"
    yield derivation(claim("cp_rank(A) <= 1", "A: n n"), [rule("decompose", tensor="A", classes=[])], above((0, "1"))), full
    middle = rule("decompose", tensor="A @ B", classes=[])
    yield derivation(claim("cp_rank(A @ B) <= 1", "A: n n; B: n n"), [middle], above((0, "1"))), full
    copied = rule("decompose", tensor="diag(v)", classes=[])
    yield derivation(claim("cp_rank(diag(v)) <= 1", "v: n"), [copied], above((0, "1"))), full
    ones = "the matrix of ones has CP rank 1, and its diagonal part rank 2"
    summed = claim("rank(diag(A @ ones(n))) <= cp_rank(A)", "A: n n")
    yield derivation(summed, [rule("unfold", tensor="A", rows=[0], columns=[0])], above((0, "1"))), ones
    twice = rule("unfold", tensor="A", rows=[0], columns=[0])
    step = rule("unfold", tensor="A", rows=[0, 1], columns=[0, 1])
    for forged in (twice, step):
        yield derivation(claim("rank(diag(diagonal(A))) <= cp_rank(A)", "A: n n"), [forged], above((0, "1"))), ones
    terms = rule("cp_terms", tensor="ht(1, M, Z)")
    yield derivation(claim("cp_rank(ht(1, M, r)) <= M"), [terms], above((0, "1"))), "the claim says nothing of r"


@attack
def points_that_exceed_nothing() -> Iterator[tuple[Json, str]]:
    """One point refutes an almost-everywhere claim only where a rank is larger there than the number that bounds it."""
    from kit import certificate

    never = "it holds almost everywhere"
    zero = point({"A": [[0, 0], [0, 0]]})
    for statement in ("rank(A) >= 2", "rank(A) == 2", "2 <= rank(A)"):
        yield certificate("counterexample", claim(statement, "A: 2 2", almost=["A"]), zero), never
    pair = point({"A": [[1]], "B": [[0]]})
    for statement in ("rank(A) <= rank(B)", "rank(A) == rank(B)", "rank(B) >= rank(A)"):
        yield certificate("counterexample", claim(statement, "A: 1 1; B: 1 1", almost=["A", "B"]), pair), never


@attack
def sizes_that_are_not_one_number() -> Iterator[tuple[Json, str]]:
    """m*n is n*m, and nothing else."""
    from kit import pair, same

    for where in ("X: p~q; Y: p q", "X: m*n p; Y: m*m p", "X: m p; Y: n p", "X: 6 p; Y: 7 p", "X: 2*m p; Y: m p"):
        yield derivation(claim("X + Y == X + Y", where), [same("X + Y", "X + Y", pair(1))], {"equality": 0}), ""
    turned = same("X", "Y", [(0, [0]), (1, [0])])
    yield derivation(claim("X == Y", "X: m*n p; Y: n*m p"), [turned], {"equality": 0}), ""
    untouched = same("commutation(m, n) @ X", "X", [(0, [0]), (1, [0])])
    yield derivation(claim("commutation(m, n) @ X == X", "X: m*n p"), [untouched], {"equality": 0}), ""
    for split, where in (
        ('einsum("(ij)->ij", A) == einsum("(ij)k->ij", A)', "A: m*n p"),
        ('einsum("(ij)(klm)->ijklm", X) == einsum("(ijk)(lm)->ijklm", X)', "X: m*n*p q*s"),
    ):
        step = same(*split.split(" == "), pair(1))
        yield derivation(claim(split, where), [step], {"equality": 0}), "not in the language"
    split = 'einsum("(ij)->ij", A) == A'
    yield (
        derivation(claim(split, "A: m n"), [same('einsum("(ij)->ij", A)', "A", pair(1))], {"equality": 0}),
        "not in the language",
    )
    many = 'einsum("(ijk)->ijk", v) == einsum("(ijk)->ijk", v)'
    yield derivation(claim(many, "v: m*n"), [same(*many.split(" == "), pair(1))], {"equality": 0}), "not in the language"
