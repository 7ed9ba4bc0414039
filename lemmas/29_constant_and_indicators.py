"""A constant and indicators: the linear algebra of a shallow network's rank with max pooling.

In one channel the sets of row indices where the rows' maximum is at most c are nested boxes, of which at most (M - 1)
|I| differ from the whole; by the layer-cake formula all columns lie in the span of the constant and of their
indicators. S holds the k = Z (M - 1) |I| indicators of all channels.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), lemma
1.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="A constant and indicators",
    statement="rank(outer(ones(m), t) + S @ X) <= 1 + k",
    where="t: n; S: m k; X: k n",
    sibling=FalseSibling("rank(outer(ones(m), t) + S @ X) <= k", where="t: n; S: m k; X: k n", why="the constant counts too"),
    source="Cohen and Shashua 2016, lemma 1",
    idea="one term of rank 1 and a product through k columns",
)
