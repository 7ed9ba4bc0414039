"""The rank of a Kronecker product is the product of the ranks: rank(A ⊙ B) = rank(A) rank(B), over any field.

Write A = U V with U injective and V surjective, r = rank(A) the size between them, and B likewise with s. Then A ⊙
B = (U ⊙ U')(V ⊙ V') passes through r s dimensions; and one-sided inverses of the factors turn A ⊙ B into the
identity of size r s, which has that rank.

Source: R. A. Horn and C. R. Johnson, Topics in Matrix Analysis (1991), theorem 4.2.15; a step of Cohen, Sharir and
Shashua (2016).
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Kronecker rank multiplicativity",
    statement="rank(kron(A, B)) == rank(A) * rank(B)",
    sibling=FalseSibling("rank(kron(A, B)) == rank(A) + rank(B)", why="ranks multiply, they do not add"),
    source="Horn and Johnson 1991, theorem 4.2.15",
    idea="rank factorizations: a cut through both from above, their one-sided inverses from below",
    exhaustive={"m": 3, "n": 3, "p": 2, "q": 3},
    formal=("kronecker.rank_kron",),
)
