"""Average pooling, the two sides of a window: a sum of what the rows give and what the columns give has rank at most 2.

With ReLU and average pooling the last window adds what its blocks give: A = X (x) 1 + 1 (x) Y. A shallow network is
such a sum across every partition.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
section 5.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Average pooling has rank at most 2",
    statement="rank(outer(x, ones(n)) + outer(ones(m), y)) <= 2",
    where="x: m; y: n",
    sibling=FalseSibling(
        "rank(outer(x, ones(n)) + outer(ones(m), y)) <= 1",
        where="x: m; y: n",
        why="a function of rows and one of columns are two terms",
    ),
    source="Cohen and Shashua 2016, section 5",
    idea="two terms of rank 1",
    formal=("rectifier.mrank_additive",),
)
