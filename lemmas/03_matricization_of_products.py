"""Matricizing a tensor product: [[S (x) T]] = [[S]] ⊙ [[T]] for S of even order and T of any order.

Rows are the odd modes (counted from 1), columns the even ones. When the order of S is even, T's odd modes stay odd
in S (x) T, so rows and columns are pairs (of S, of T) in order, which is the Kronecker product. Only the order of S
matters. ``p~q`` declares a tensor of any even order whose odd modes together have size p and whose even modes have
size q; ``p~q m`` has one mode more, an odd order.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 4.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Matricization of a tensor product, first order even",
    statement="odd_even(tensor_product(S, T)) == kron(odd_even(S), odd_even(T)) "
    "and odd_even(tensor_product(S, O)) == kron(odd_even(S), odd_even(O))",
    where="S: p~q; T: s~t; O: s~t m",
    sibling=FalseSibling(
        "odd_even(tensor_product(S, T)) == kron(odd_even(S), odd_even(T))",
        where="S: p~q m; T: s~s",
        why="the order of S is odd here, so T is transposed",
    ),
    source="Cohen, Sharir and Shashua 2016, section 4",
    idea="the same diagram, two boxes without a common wire, once the modes are sorted by parity",
    exhaustive={"p": 2, "q": 2, "s": 2, "t": 2, "m": 2},
    formal=("tensor.mat_tprod_even", "tensor.mat_tprod"),
)
