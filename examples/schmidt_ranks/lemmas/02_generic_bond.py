"""Almost every matrix product state has the largest Schmidt rank that its bond and its sides allow: min(m, chi, n).

From above each of the three is a cut. From below, ones on the diagonals of L and R give a matrix with min(m, chi, n) ones on its
diagonal; one such point is enough.

Source: the generic case of Vidal 2003; the argument is the usual one by minors.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Generic Schmidt rank across a bond",
    statement="rank(L @ R) == min(m, chi, n)",
    where="L: m chi; R: chi n",
    almost_every=("L", "R"),
    sibling=FalseSibling("rank(L @ R) == min(m, chi, n)", where="L: m chi; R: chi n", why="a product state has rank 1"),
    source="after Vidal 2003",
    idea="cuts from above, ones on the diagonals from below",
)
