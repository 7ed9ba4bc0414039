"""A deep network with its upper levels cut off has rank at most its last width across blocks of inputs.

The last window of a network that keeps L2 levels multiplies, in each of Z channels, one tensor a block of 2^(L2 - 1)
inputs: A and B hold the blocks of the rows, one column a channel, C and D those of the columns. Across whole blocks
the rank is at most Z, whatever the blocks are. With the rank of almost every deep network, d^(2^(L - L2)), this
bounds the width that cutting levels off costs: see certify depth for the numbers.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Rank of a network cut short",
    statement="rank(khatri_rao(A, B) @ diag(c) @ khatri_rao(C, D).T) <= Z",
    where="A: p Z; B: q Z; C: s Z; D: t Z; c: Z",
    sibling=FalseSibling(
        "rank(kron(A, B) @ kron(C, D).T) <= Z",
        where="A: p Z; B: q Z; C: s Z; D: t Z",
        why="blocks with channels of their own are not bounded by Z: the window multiplies channel by channel",
    ),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="the one summation index of size Z separates the blocks",
    formal=("capacity.mrank_blocksum",),
)
