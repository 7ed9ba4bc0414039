"""A product of generic matrices has maximal rank: rank(U diag(d) V^T) = min(m, n, k) for almost every U, d, V.

U is m x k, d has k entries and V is n x k.
From above every one of the three sizes is a cut. From below, ones on the diagonals of U and V and ones in d give a
matrix with ones on its diagonal and the rank min(m, n, k); one such point is enough. This is the base of the
induction in the theorem of network capacity ("SVD has maximal rank almost everywhere").

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
appendix B.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Maximal rank almost everywhere",
    statement="rank(U @ diag(d) @ V.T) == min(m, n, k)",
    where="U: m k; d: k; V: n k",
    almost_every=("U", "d", "V"),
    sibling=FalseSibling(
        "rank(U @ diag(d) @ V.T) == min(m, n, k)",
        where="U: m k; d: k; V: n k",
        why="zero matrices have rank 0",
    ),
    source="Cohen, Sharir and Shashua 2016, appendix B",
    idea="cuts from above; ones on all diagonals as a witness from below",
    formal=("generic.maximal_rank",),
)
