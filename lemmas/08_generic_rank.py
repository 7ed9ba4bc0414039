"""Generic rank by minors: if a matrix of polynomials has rank >= k at one point, it has rank >= k at almost every point.

B(w) is any m x n matrix whose entries are polynomials in w, of any degree. At the point v some minor of size
rank(B(v)) is not zero; the same minor of B(w) is a polynomial in w that is not the zero polynomial, and off its
zero set rank(B(w)) >= rank(B(v)). That a zero set of a nonzero polynomial has measure zero is cited, not derived.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
appendix B.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Generic rank by minors",
    statement="rank(B(w)) >= rank(B(v))",
    where="B(k): m n; v: k; w: k",
    almost_every=("w",),
    sibling=FalseSibling(
        "rank(B(w)) >= rank(B(v))",
        where="B(k): m n; v: k; w: k",
        why="true for almost every w, not for every w",
    ),
    source="Cohen, Sharir and Shashua 2016, appendix B",
    idea="the point w = v is the witness",
    formal=("generic.generic_rank", "almost_everywhere.generic_rank_ae"),
)
