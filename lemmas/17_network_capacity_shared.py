"""The theorem of network capacity with shared weights: almost every deep network needs min(r0, M)^(N/2) shallow channels.

The same bound when the weights of a layer do not depend on the position, as in a convolutional network.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 1.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Theorem of network capacity, shared weights",
    statement="cp_rank(ht(L, M, r, shared=True)) >= min(r[0], M) ** (2 ** (L - 1))",
    almost_every=("ht",),
    sibling=FalseSibling(
        "rank(odd_even(ht(L, M, r, shared=True))) >= min(r[0], M) ** (2 ** (L - 1)) + 1",
        almost_every=("ht",),
        why="the rank is exactly min(r0, M)^(N/2)",
    ),
    uses=(Use("rank_at_most_terms"), Use("tensor_product_rank", "level", S="X", T="X2")),
    source="Cohen, Sharir and Shashua 2016, theorem 1",
    idea="CP rank >= rank of the matricization = min(r0, M)^(N/2)",
    formal=("capacity.capacity_shared", "almost_everywhere.capacity_ae_shared"),
)
