"""Generic linear combinations keep the rank: rank(sum_i a_i A_i) >= rank(sum_i v_i A_i) for every v and almost every a.

T stacks the matrices A_1 .. A_k, so that the contraction of T with a is their linear combination. With v a unit
vector the right side is rank(A_i): almost every combination has at least the rank of each A_i. This is the step of
the induction in the theorem of network capacity. The witness is a = v.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
appendix B.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Linear combinations preserve rank almost everywhere",
    statement='rank(einsum("ijk,k->ij", T, a)) >= rank(einsum("ijk,k->ij", T, v))',
    where="T: m n k; a: k; v: k",
    almost_every=("a",),
    sibling=FalseSibling(
        'rank(einsum("ijk,k->ij", T, a)) >= rank(einsum("ijk,k->ij", T, v))',
        where="T: m n k; a: k; v: k",
        why="true for almost every a, not for every a: the combination may vanish",
    ),
    source="Cohen, Sharir and Shashua 2016, appendix B",
    idea="the point a = v is the witness",
    formal=("generic.linear_combinations",),
)
