"""A window over two blocks, at almost all weights, has as much rank as its channels and its blocks allow.

X = G A holds the channels of the left block as columns, Y = H B those of the right one. A window that weights and
multiplies them is X diag(w) Y^T, rows the left block, columns the right one. For almost all A, w, B its rank is at least
min(a, rank(G), rank(H)); and so with one matrix twice, where weights are shared. G and H are arbitrary: rank
factorizations of them show where the witness has to take its columns from.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Rank of a generic window",
    statement=(
        "rank(G @ A @ diag(w) @ B.T @ H.T) >= min(a, rank(G), rank(H)) and rank(G @ A @ diag(w) @ A.T @ G.T) >= min(a, rank(G))"
    ),
    where="G: m b; A: b a; w: a; B: c a; H: n c",
    almost_every=("A", "w", "B"),
    sibling=FalseSibling(
        "rank(G @ A @ diag(w) @ B.T @ H.T) >= min(a, rank(G), rank(H))",
        where="G: m b; A: b a; w: a; B: c a; H: n c",
        why="true for almost all weights, not for all: they may vanish",
    ),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="rank factorizations of G and H; the witness picks independent columns of both",
    formal=("products.generic_window", "products.generic_window_shared"),
)
