"""Forgeries that use how texts, names and sizes are read: one text that means two things, and one thing printed as another."""

from __future__ import annotations

from collections.abc import Iterator

from attacks import attack, proved
from depths import induction
from kit import Json, above, adds, below, certificate, claim, derivation, pair, point, rule, same


@attack
def the_size_of_a_rank_may_be_zero() -> Iterator[tuple[Json, str]]:
    """eye(r, 1) has rank 1 unless r = 0, as it is where A = 0: from r >= rank(eye(r, 1)) == 1 follows rank(A) >= 1."""
    steps = [
        rule("factor", matrix="A", size="r", names=["U", "V", "P", "Q"]),
        rule("wires", matrix="eye(r, 1)"),
        rule("wires", matrix="eye(r)"),
        rule("product", left="", middle="eye(r)", right="eye(r, 1)"),
    ]
    yield derivation(claim("rank(A) >= 1", "A: m n"), steps, below((3, "1"), (5, "-1"), (6, "1"), (4, "1"))), ""


SPLIT = 'einsum("(ab)->ab", {})'


@attack
def one_flat_index_split_in_two_ways() -> Iterator[tuple[Json, str]]:
    """A vector of m * n entries is an m x n matrix.  With m = k * l and n = 1 it is no k x l matrix, and written as one of
    n * m entries it is an n x m matrix: two of different rank."""
    wide = SPLIT.format("A")
    lemma = derivation(claim(f"rank({wide}) <= n", "A: m*n"), [rule("cut", matrix=wide, classes=[1])], above((0, "1")))
    step = rule("premise", premise=0, sizes={"m": "k*l", "n": "1"}, names={"A": "A"}, given=[])
    yield derivation(claim(f"rank({wide}) <= 1", "A: k*l"), [step], above((0, "1")), premises=[lemma]), "eye(2) for k = l = 2"
    turned = "hadamard(ones(n*m), A)"
    move = {"term": 0, "equality": 0, "pattern": 0, "boxes": [0], "classes": [0, 1]}
    inside = rule("rewrite", left=wide, right=SPLIT.format(turned), moves=[move], groups=[[{"term": 0, "boxes": [0]}] * 2])
    steps = [same("A", turned, pair(1)), inside, rule("equal_ranks", equality=1)]
    ends = {**below((2, "1")), **above((2, "-1"))}
    yield (
        derivation(claim(f"rank({wide}) == rank({SPLIT.format(turned)})", "A: m*n"), steps, ends),
        "(1, 0, 0, 0, 1, 0) for m = 2, n = 3",
    )


@attack
def an_unfolding_taken_for_a_cp_rank() -> Iterator[tuple[Json, str]]:
    """The unfolding of T by its first mode has rank 1, by its second 2; no rank of an unfolding is above the CP rank."""
    entries = [[[1, 0], [0, 1]], [[0, 0], [0, 0]]]
    point = {"sizes": {"m": 2, "n": 2, "p": 2}, "field": "Q", "entries": {"T": entries}}
    stated = claim("cp_rank(T) >= rank(matricize(T, rows=[1], columns=[0, 2]))", "T: m n p")
    yield certificate("counterexample", stated, point), ""


@attack
def names_of_lists() -> Iterator[tuple[Json, str]]:
    """The name of a list is printed with the claim, and is no tensor."""
    name = "n = 1, over any field; and for all sizes m of the claim that "
    yield (
        derivation(claim("A == A", "A: m n", sizes={name: [1]}), [same("A", "A", pair(1))], {"equality": 0}),
        "another claim is printed",
    )
    bound = "rank(odd_even(ht(L, M, A))) <= M ** (2 ** (L - 1))"
    step = rule("cut", matrix="odd_even(ht(L, M, A))", classes=[0])
    yield derivation(claim(bound, "A: m n", sizes={"L": "any", "M": "any"}), [step], above((0, "1"))), "A is a matrix"


@attack
def shapes_that_fit_at_some_sizes_only() -> Iterator[tuple[Json, str]]:
    """What is no statement for all its sizes is not refuted at some, and is no hypothesis."""
    yield certificate("counterexample", claim("A @ A == A", "A: m n"), point({"A": [[2]]}, m=1, n=1)), ""
    yield (
        certificate("counterexample", claim("rank(A + B) <= 0", "A: m n; B: n m"), point({"A": [[1]], "B": [[1]]}, m=1, n=1)),
        "",
    )
    hypothesis = claim("rank(A) == rank(B)", "A: m n; B: p q", ["A == B"])
    ends = {**below((1, "1")), **above((1, "-1"))}
    zero = point({"A": [[0]], "B": [[0]]}, m=1, n=1, p=1, q=1)
    yield derivation(hypothesis, [rule("equal_ranks", equality=0)], ends, instance=zero), ""


@attack
def a_network_of_a_size_that_may_be_zero() -> Iterator[tuple[Json, str]]:
    """The bound of a deep network of M >= 1 is at least 1; with M = rank(A), which is at most the rank of the network, and at
    least its bound, rank(A) would be at least 1."""
    grown, premises = induction(False)
    network, other = (f"blocks(ht(L, {size}, q), L2)" for size in ("s", "M"))
    rest = f"rank(odd_even({other}))"
    stated = claim(f"rank(A) ** 4 + {rest} >= 1 + {rest}", "A: m n", (), ("ht",), sizes={"L": 3, "L2": "any", "M": "any"})
    steps = [
        rule("factor", matrix="A", size="s", names=["U", "V", "P", "Q"]),
        {**grown, "tensor": network},
        rule("cut", matrix=f"odd_even({network})", classes=[0]),
    ]
    powers = "rank(A) ** 3 + rank(A) ** 2 * s + rank(A) * s ** 2 + s ** 3"
    yield derivation(stated, steps, below((3, powers), (5, "1"), (4, "1")), premises=premises), "A = 0"


@attack
def a_power_of_a_rank_taken_for_zero() -> Iterator[tuple[Json, str]]:
    """The rank of an instance is a number, a power of it is not."""
    stated = claim("rank(A) ** 2 >= rank(A)", "A: m n")
    yield certificate("counterexample", stated, point({"A": [[1]]}, m=1, n=1)), ""


@attack
def almost_every_value_inside_an_induction() -> Iterator[tuple[Json, str]]:
    """Almost every A is not 0; the parameter A of an invariant is any, and 0 where the weights of the witness are."""
    kron = proved("rank(kron(A, B)) == rank(A) * rank(B)", "A: m n; B: p q")
    zero = {"A": "zeros(1, 1)"}
    above_zero = rule("generic", matrix="A", bound="1", prepare=[], witness={"A": "eye(1)"},
                      steps=[rule("wires", matrix="eye(1)")], shows=adds((0, "1")))  # fmt: skip
    lemma = rule("premise", premise=0, sizes={"m": "1", "n": "1", "p": "p", "q": "p"}, names={"A": "A", "B": "eye(p)"}, given=[])
    top = {
        "steps": [above_zero, lemma, rule("wires", matrix="eye(p)")],
        "shows": adds((1, "1"), (2, "rank(A)"), (0, "p")),
    }
    at_least = {"split": ["min(c, rank(G))"], "cases": [
        {"assume": ["c"], "sum": [[[0, "rank(G)"], "1"], [0, "1"]]}, {"assume": ["rank(G)"], "sum": [[0, "1"]]}]}  # fmt: skip
    cut = [rule("cut", matrix="G", classes=[0])]
    step = rule(
        "induction", tensor="ht(L, M, r)", direction="at_least", premises=[],
        witness={"A": "zeros(b, c)", "W1": "zeros(r1, c)", "W": "zeros(a, b)"},
        parameters="A: 1 1; v: p", invariant='fold(einsum("ij,g->ijg", trace(A) * eye(p), ones(a)))', quantity="p",
        base={"sizes": {"p": "m"}, "parameters": {**zero, "v": "ones(m)"}, "groups": [], "steps": cut, "shows": at_least},
        step={"sizes": {"p": "p * p2"}, "parameters": {**zero, "v": "ones(p * p2)"}, "groups": [], "steps": [], "shows": adds()},
        top=top,
    )  # fmt: skip
    bound = "rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))"
    stated = claim(bound, "A: 1 1", (), ("ht", "A"), sizes={"L": "any", "M": "any"})
    yield derivation(stated, [step], below((0, "1")), premises=[kron]), "A may be 0, and then the invariant has rank 0"
