"""Matricizing a tensor product when the first order is odd: [[S (x) T]] = [[S]] ⊙ [[T]]^T.

An odd number of modes before T turns T's odd modes into even ones and T's even modes into odd ones, so T enters
transposed. The papers state the identity for even orders; this is what happens otherwise, for T of even or odd
order.

Source: the same definition as in Cohen, Sharir and Shashua (COLT 2016); the odd case is proofkit's own.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Matricization of a tensor product, first order odd",
    statement="odd_even(tensor_product(S, T)) == kron(odd_even(S), odd_even(T).T) "
    "and odd_even(tensor_product(S, O)) == kron(odd_even(S), odd_even(O).T)",
    where="S: p~q m; T: s~t; O: s~t n",
    sibling=FalseSibling(
        "odd_even(tensor_product(S, T)) == kron(odd_even(S), odd_even(T).T)",
        where="S: p~q; T: s~s",
        why="the order of S is even here, so T is not transposed",
    ),
    source="after Cohen, Sharir and Shashua 2016, section 4",
    idea="the same diagram, once the modes are sorted by parity",
    exhaustive={"p": 2, "q": 1, "m": 2, "s": 2, "t": 2, "n": 2},
    formal=("tensor.mat_tprod_odd",),
)
