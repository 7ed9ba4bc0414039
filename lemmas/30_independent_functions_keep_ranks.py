"""Linearly independent representation functions keep ranks: separation rank = rank of the matricization.

R is a left inverse of S, which exists where the new functions, or the rows of values at the templates, are
independent. Then neither side loses rank. With dependent functions it may drop: eliminate them first.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
claim 1.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Independent functions keep ranks",
    statement="rank(kron(S, S) @ A @ kron(S, S).T) == rank(A)",
    where="S: m n; R: n m; A: n*n n*n",
    given=("R @ S == eye(n)",),
    sibling=FalseSibling(
        "rank(kron(S, S) @ A @ kron(S, S).T) == rank(A)", where="S: m n; A: n*n n*n", why="without a left inverse S may be zero"
    ),
    source="Cohen and Shashua 2017, claim 1",
    idea="multiply by kron(R, R) from both sides",
    formal=("rules.independent_functions_rank",),
)
