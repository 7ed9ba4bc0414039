"""The generic rank of a deep network with shared weights: rank [[A]] = min(r0, M)^(N/2) for almost all weights.

Sharing leaves fewer free weights, so that "almost all" speaks of a smaller space; the witness has to respect it,
and does: its weights do not depend on the position. Convolutional networks share their weights.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 1.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Generic rank of a deep network with shared weights",
    statement="rank(odd_even(ht(L, M, r, shared=True))) == min(r[0], M) ** (2 ** (L - 1))",
    almost_every=("ht",),
    sibling=FalseSibling(
        "rank(odd_even(ht(L, M, r, shared=True))) == min(r[0], M) ** (2 ** (L - 1))",
        why="true for almost all weights, not for all: they may vanish",
    ),
    uses=(Use("tensor_product_rank", "level", S="X", T="X2"),),
    source="Cohen, Sharir and Shashua 2016, theorem 1",
    idea="the witness of the unshared network does not depend on the position",
    formal=("capacity.capacity_rank_shared", "almost_everywhere.capacity_rank_ae_shared"),
)
