"""Forgeries that use how texts, names and sizes are read: one text that means two things, and one thing printed as another."""

from __future__ import annotations

from collections.abc import Iterator

from attacks import attack
from kit import Json, above, below, claim, derivation, pair, rule, same


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
    steps = [same("A", turned, pair(1)), rule("replace", equality=0, context=SPLIT.format("_")), rule("equal_ranks", equality=1)]
    ends = {**below((2, "1")), **above((2, "-1"))}
    yield (
        derivation(claim(f"rank({wide}) == rank({SPLIT.format(turned)})", "A: m*n"), steps, ends),
        "(1, 0, 0, 0, 1, 0) for m = 2, n = 3",
    )
