"""Average pooling where the blocks of the last window are split: ranks add, they do not multiply.

X and Y are the matricizations of the two blocks, each with rows and columns. A deep network with average pooling has
odd/even rank at most 2 M^(N/4), where product pooling reaches M^(N/2).

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
section 5.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Average pooling adds ranks",
    statement="rank(kron(X, ones(p, q)) + kron(ones(m, n), Y)) <= rank(X) + rank(Y)",
    where="X: m n; Y: p q",
    sibling=FalseSibling(
        "rank(kron(X, ones(p, q)) + kron(ones(m, n), Y)) <= rank(X)",
        where="X: m n; Y: p q",
        why="both blocks count",
    ),
    source="Cohen and Shashua 2016, section 5",
    idea="ones have rank 1",
    formal=("rules.rank_added_blocks",),
)
