"""Products of generic combinations are as independent as they can be: the step from one level of a network to the next.

The columns of G A are generic combinations of the columns of G, those of H B of the columns of H; the Khatri-Rao product
multiplies them in pairs. For almost all A and B with a columns its rank is at least min(a, rank(G) rank(H)): as many
products as there are columns, up to the dimension of what products can span. With one matrix twice, as in a network
with shared weights, products are symmetric, and span r (r + 1) / 2 dimensions for rank r.

Witness: columns that pick each pair of independent columns once; for one matrix, columns e_i and e_i + e_j.
G and H are arbitrary. "Almost all" cannot be left out: the combinations may vanish.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2; with the exact dimension instead of its bound from below.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Generic products are independent",
    statement=(
        "rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H)) and "
        "2 * rank(khatri_rao(G @ A, G @ A)) >= min(2 * a, rank(G) ** 2 + rank(G))"
    ),
    where="G: m b; A: b a; H: n c; B: c a",
    almost_every=("A", "B"),
    sibling=FalseSibling(
        "rank(khatri_rao(G @ A, H @ B)) >= min(a, rank(G) * rank(H))",
        where="G: m b; A: b a; H: n c; B: c a",
        why="true for almost all combinations, not for all: they may vanish",
    ),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="a witness whose columns pick pairs of independent columns, each pair once",
    formal=("products.generic_products", "products.generic_products_shared"),
)
