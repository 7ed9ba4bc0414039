"""Cutting levels off a network with shared weights costs as much, but for symmetry: d^(2^(L - L2)) channels.

What a network that is cut to L2 levels needs is the CP rank of the tensor in blocks of 2^(L2 - 1) inputs: its last window
has as many channels as terms, and its blocks may be anything. That is at least the rank across the blocks, which for
almost all weights of the deep network is at least d^(2^(L - L2)), d = ``truncation_base(L2, M, r)``: double exponential in
the number of levels cut off. With shared weights the two children of a node have the
same channels, whose products are symmetric: d = min(r[L2 - 1], e), e = M for L2 = 1, else min(r[L2 - 2], e' (e' + 1) / 2) with
the e' of L2 - 1. It is at least the published min(M, r[0], ..., r[L2 - 1]).

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2.
"""

from proofkit import FalseSibling, Lemma, Use

BASE = "truncation_base(L2, M, r, shared=True) ** (2 ** (L - L2))"
BLOCKS = "blocks(ht(L, M, r, shared=True), L2)"

LEMMA = Lemma(
    title="Theorem of arbitrary depths, shared weights",
    statement=f"rank(odd_even({BLOCKS})) >= {BASE} and cp_rank({BLOCKS}) >= {BASE}",
    almost_every=("ht",),
    sibling=FalseSibling(
        f"rank(odd_even({BLOCKS})) >= {BASE} + 1",
        almost_every=("ht",),
        why="the rank is exactly that power",
    ),
    uses=(Use("generic_products"), Use("tensor_product_rank", "level", S="X", T="X2"), Use("rank_at_most_terms")),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="dimensions by generic squares below the cut, ranks by tensor products above it",
    formal=("capacity.depth_rank_shared", "capacity.depth_shared", "almost_everywhere.depth_rank_ae_shared"),
)
