"""A constant less a matrix of rank R has rank at least R - 1: the linear algebra of depth efficiency with max pooling.

The witness of lemma max_pooling_depth_efficiency has the matricization C (r0 11^T - P), P a diagonal projector.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 5.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="A constant less a projector",
    statement="rank(outer(u, v) - P) >= rank(P) - 1",
    where="P: n n; u: n; v: n",
    sibling=FalseSibling(
        "rank(outer(u, v) - P) >= rank(P) + 1",
        where="P: n n; u: n; v: n",
        why="a matrix of rank 1 adds nothing where P has full rank",
    ),
    source="Cohen and Shashua 2016, theorem 5",
    idea="subadditivity, the other way round",
)
