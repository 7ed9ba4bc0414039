"""Another representation layer multiplies the matricization by Kronecker powers.

S takes the old representation functions to the new ones, or to their values at templates: grid tensors are tensors in
other coordinates. So ranks of tensors are ranks of functions, and distances of tensors become distances of functions
with S the square root of the Gram matrix.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 3.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Change of representation",
    statement='matricize(einsum("ai,bj,ck,dl,ijkl->abcd", S, S, S, S, T), rows=[0, 2], columns=[1, 3]) == '
    "kron(S, S) @ matricize(T, rows=[0, 2], columns=[1, 3]) @ kron(S, S).T",
    where="S: m n; T: n n n n",
    sibling=FalseSibling(
        'matricize(einsum("ai,bj,ck,dl,ijkl->abcd", S, S, S, S, T), rows=[0, 2], columns=[1, 3]) == '
        "kron(S, S) @ matricize(T, rows=[0, 2], columns=[1, 3]) @ kron(S, S)",
        where="S: m m; T: m m m m",
        why="the columns are transformed from the right by the transpose",
    ),
    source="Cohen, Sharir and Shashua 2016, section 3",
    idea="the two diagrams are the same",
    formal=("representation.mat_change", "representation.kronpow_kron"),
)
