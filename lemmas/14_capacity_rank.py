"""The generic rank of a deep network: rank [[A]] = min(r0, M)^(N/2) for almost all weights, N = 2^L inputs, any channel counts.

A is the coefficient tensor of a deep convolutional arithmetic circuit with size-two pooling windows: ``ht(L, M,
r)``, known by its two defining equations alone. From above, for all weights: every channel of level l is K C H^T
with inner sizes r0^(2^(l-1)), by induction; and the matrix has M^(N/2) rows. From below, almost everywhere: at the
witness of unit vectors as leaves every channel of level l is one tensor X_l, and X_(l+1) = X_l (x) X_l, so ranks
multiply. This is stronger than published: the papers have ">=", for which r0 and M alone count here too.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 1.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Generic rank of a deep network",
    statement="rank(odd_even(ht(L, M, r))) == min(r[0], M) ** (2 ** (L - 1))",
    almost_every=("ht",),
    sibling=FalseSibling(
        "rank(odd_even(ht(L, M, r))) == min(r[0], M) ** (2 ** (L - 1))",
        why="true for almost all weights, not for all: they may vanish",
    ),
    uses=(Use("tensor_product_rank", "level", S="X", T="X2"),),
    source="Cohen, Sharir and Shashua 2016, theorem 1",
    idea="induction over levels: K C H^T from above, tensor powers of one matrix as a witness from below",
    formal=("capacity.capacity_rank_unshared", "almost_everywhere.capacity_rank_ae_unshared"),
)
