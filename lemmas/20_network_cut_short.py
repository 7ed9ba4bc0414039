"""A deep network with its upper levels cut off has rank at most its last width across blocks of inputs.

``truncated(L, L2, M, r)`` keeps L2 levels: its last window multiplies, in each of Z = r[L2 - 1] channels, one tensor a
block of 2^(L2 - 1) inputs. With whole blocks as rows and as columns in turn, ``odd_even(blocks(.., L2))``, the rank is
at most Z, whatever the blocks are. With the rank of almost every deep network across the same blocks this bounds the
width that cutting levels off costs: lemmas depth and depth_shared.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Rank of a network cut short",
    statement="rank(odd_even(blocks(truncated(L, L2, M, r), L2))) <= r[L2 - 1]",
    sibling=FalseSibling(
        "rank(odd_even(blocks(ht(L, M, r), L2))) <= r[L2 - 1]",
        why="true of the network that is cut short, not of the one with all its levels",
    ),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="the one summation index of size Z separates the blocks",
    formal=("capacity.mrank_blocksum",),
)
