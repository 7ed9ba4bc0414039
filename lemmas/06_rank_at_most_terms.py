"""The rank of a matricization is at most the number of rank-one terms: rank [[A]] <= Z for A a sum of Z such tensors.

A rank-one tensor matricizes to a matrix u w^T, and rank is subadditive; as a diagram, all terms meet in one copy
node of size Z, which cuts rows from columns. So the rank of a matricization bounds the CP rank, and the width of a
shallow network, from below. ``cp(N, M, Z)`` is the sum of Z rank-one tensors of order N and mode dimension M, with
any factors and coefficients.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 4.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Matricization rank is at most the number of rank-one terms",
    statement="rank(odd_even(cp(N, M, Z))) <= Z",
    sibling=FalseSibling("rank(odd_even(cp(N, M, Z))) <= Z - 1", why="one nonzero term has rank one, not zero"),
    source="Cohen, Sharir and Shashua 2016, section 4",
    idea="the one summation index of size Z separates rows from columns",
    exhaustive={"N": 3, "M": 2, "Z": 2},
    formal=("tensor.rank_odd_even_CP",),
)
