"""The same for every partition of the modes into rows and columns: rank [[A]]_{I,J} <= Z for a sum of Z rank-one tensors.

P holds the tensor products of the row modes' vectors, one column a term, Q those of the column modes. Any matrices
P and Q do, so this covers every order, every partition, empty sides included, and modes of different sizes.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
section 3.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Matricization rank is at most the number of rank-one terms, any partition",
    statement='rank(einsum("z,iz,jz->ij", c, P, Q)) <= Z',
    where="c: Z; P: p Z; Q: q Z",
    sibling=FalseSibling(
        'rank(einsum("z,iz,jz->ij", c, P, Q)) == Z', where="c: Z; P: p Z; Q: q Z", why="terms may vanish or be dependent"
    ),
    source="Cohen and Shashua 2017, section 3",
    idea="the one summation index of size Z separates rows from columns",
    exhaustive={"Z": 2, "p": 3, "q": 3},
    formal=("kronecker.frank_le_card", "tensor.rank_mat_CP"),
)
