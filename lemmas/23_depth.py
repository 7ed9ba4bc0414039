"""Cutting levels off: almost every deep network needs d^(2^(L - L2)) channels of a network with L2 levels.

What a network that is cut to L2 levels needs is the CP rank of the tensor in blocks of 2^(L2 - 1) inputs: its last window
has as many channels as terms, and its blocks may be anything. That is at least the rank across the blocks, which for
almost all weights of the deep network is at least d^(2^(L - L2)), d = ``truncation_base(L2, M, r)``: double exponential in
the number of levels cut off. Here

    d = min(r[L2 - 1], r[L2 - 2], r[L2 - 3]^2, r[L2 - 4]^4, ..., M^(2^(L2 - 1))),

the dimension that the channels of a node at level L2 - 1 span. The published bound has min(M, r[0], ..., r[L2 - 1]) in its
place, which is at most d.

Up to level L2 - 1 dimensions grow by generic products; a window at level L2 has as much rank as its channels (lemma
generic_window says so of generic windows; here one witness is enough); above, ranks multiply.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2.
"""

from proofkit import FalseSibling, Lemma, Use

BASE = "truncation_base(L2, M, r) ** (2 ** (L - L2))"

LEMMA = Lemma(
    title="Theorem of arbitrary depths",
    statement=f"rank(odd_even(blocks(ht(L, M, r), L2))) >= {BASE} and cp_rank(blocks(ht(L, M, r), L2)) >= {BASE}",
    almost_every=("ht",),
    sibling=FalseSibling(
        f"rank(odd_even(blocks(ht(L, M, r), L2))) >= {BASE} + 1",
        almost_every=("ht",),
        why="the rank is exactly that power",
    ),
    uses=(Use("generic_products"), Use("tensor_product_rank", "level", S="X", T="X2"), Use("rank_at_most_terms")),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="dimensions by generic products below the cut, ranks by tensor products above it",
    formal=("capacity.depth_rank_unshared", "capacity.depth_unshared", "almost_everywhere.depth_rank_ae_unshared"),
)
