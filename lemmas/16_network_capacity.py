"""The theorem of network capacity: almost every deep network needs min(r0, M)^(N/2) channels of a shallow one.

The coefficient tensor of a shallow network with Z hidden channels is a sum of Z rank-one tensors, so what a shallow
network needs to realize the tensor of a deep one is its CP rank. That is at least the rank of the matricization,
which for almost all weights of the deep network is min(r0, M)^(N/2): exponential in the number of inputs.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 1.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Theorem of network capacity",
    statement="cp_rank(ht(L, M, r)) >= min(r[0], M) ** (2 ** (L - 1))",
    almost_every=("ht",),
    sibling=FalseSibling(
        "rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1)) + 1",
        almost_every=("ht",),
        why="the rank is exactly min(r0, M)^(N/2)",
    ),
    uses=(Use("rank_at_most_terms"), Use("tensor_product_rank", "level", S="X", T="X2")),
    source="Cohen, Sharir and Shashua 2016, theorem 1",
    idea="CP rank >= rank of the matricization = min(r0, M)^(N/2)",
    formal=("capacity.capacity_unshared", "almost_everywhere.capacity_ae_unshared"),
)
