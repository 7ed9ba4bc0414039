"""Schmidt ranks of copies multiply: two copies of a state, cut in the same place, have the square of its Schmidt rank.

Both copies together are the Kronecker product of the two matrices; that ranks multiply under it is a lemma of proofkit.

Source: J. Eisert and H. J. Briegel, The Schmidt measure as a tool for quantifying multiparticle entanglement,
Phys. Rev. A 64 (2001).
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Schmidt rank of two copies",
    statement="rank(kron(X, X)) == rank(X) * rank(X)",
    sibling=FalseSibling("rank(kron(X, X)) == rank(X) + rank(X)", why="ranks multiply"),
    uses=(Use("kronecker_rank", A="X", B="X"),),
    source="Eisert and Briegel 2001",
    idea="two copies are a Kronecker product",
    exhaustive={"m": 3, "n": 3},
)
