"""A shallow network with max pooling has rank at most 1 + Z (M - 1) min(|I|, |J|).

In one channel the sets of row indices where the rows' maximum is at most c are nested boxes, of which at most (M - 1)
|I| differ from the whole; by the layer-cake formula all columns lie in the span of the constant and of their
indicators. S holds the k = Z (M - 1) |I| indicators of all channels.

The line is the linear algebra of this. The layer-cake formula is in this text and in formal/, not in the certificate.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), lemma
1.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Rank of shallow max pooling: the linear algebra of it",
    statement="rank(outer(ones(m), t) + S @ X) <= 1 + k",
    where="t: n; S: m k; X: k n",
    sibling=FalseSibling("rank(outer(ones(m), t) + S @ X) <= k", where="t: n; S: m k; X: k n", why="the constant counts too"),
    source="Cohen and Shashua 2016, lemma 1",
    idea="one term of rank 1 and a product through k columns",
    formal=("rectifier.mrank_maxshallow",),
)
