"""The tensors 1 - delta_d span everything: each channel of a shallow network with max pooling can leave out one grid point.

Adding the n = M^N of them with weights c gives (sum of c) - c, which is any A for c = S - A, S = (sum of A)/(n - 1).

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), claim
4.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Channels that leave out one point",
    statement="(ones(n, n) - eye(n)) @ c == (ones(n) @ c) * ones(n) - c",
    where="c: n",
    sibling=FalseSibling(
        "(ones(n, n) - eye(n)) @ c == (ones(n) @ c) * ones(n) + c", where="c: n", why="each channel leaves out its own point"
    ),
    source="Cohen and Shashua 2016, claim 4",
    idea="both sides are the same sum of diagrams",
    formal=("rules.leave_one_out",),
)
