"""The Schmidt rank of a matrix product state across a bond is at most the dimension of the bond.

L[i, a] holds everything to the left of the bond (any number of sites, their indices taken together), R[a, j] everything to its
right. The state across the cut is the matrix L R, and the bond index a is the only wire between the two sides.

Source: G. Vidal, Efficient classical simulation of slightly entangled quantum computations, Phys. Rev. Lett. 91 (2003).
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Schmidt rank across a bond",
    statement='rank(einsum("ia,aj->ij", L, R)) <= chi',
    where="L: m chi; R: chi n",
    sibling=FalseSibling(
        'rank(einsum("ia,aj->ij", L, R)) == chi', where="L: m chi; R: chi n", why="the bond may be larger than needed"
    ),
    source="Vidal 2003",
    idea="the bond is a cut",
    exhaustive={"m": 2, "chi": 2, "n": 3},
)
