"""Ranks of matricizations multiply: rank [[S (x) T]] = rank [[S]] rank [[T]] for S of even order.

This is what the proof of the theorem of network capacity uses at every level: the matricization of a tensor product
is a Kronecker product (the two are one and the same diagram, so that no step is needed for it), and ranks of
Kronecker products multiply.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 4.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Rank of a tensor product",
    statement="rank(odd_even(tensor_product(S, T))) == rank(odd_even(S)) * rank(odd_even(T))",
    where="S: p~q; T: s~t",
    sibling=FalseSibling(
        "rank(odd_even(tensor_product(S, T))) == max(rank(odd_even(S)), rank(odd_even(T)))",
        where="S: p~q; T: s~t",
        why="ranks multiply",
    ),
    uses=(Use("kronecker_rank", A="odd_even(S)", B="odd_even(T)"),),
    source="Cohen, Sharir and Shashua 2016, section 4",
    idea="the matricization is a Kronecker product, and ranks of Kronecker products multiply",
    exhaustive={"p": 2, "q": 3, "s": 3, "t": 2},
    formal=("tensor.rank_tensor_product", "tensor.mrank_tprod"),
)
