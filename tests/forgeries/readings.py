"""Forgeries that use how texts, names and sizes are read: one text that means two things, and one thing printed as another."""

from __future__ import annotations

from collections.abc import Iterator

from attacks import attack
from kit import Json, below, claim, derivation, rule


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
