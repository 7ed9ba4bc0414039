"""Local operations do not raise the Schmidt rank: rank(P X Q^T) <= rank(X).

X is a state across a cut, P acts on its left side and Q on its right.

Source: M. A. Nielsen and G. Vidal, Majorization and the interconversion of bipartite states, Quantum Inf. Comput. 1 (2001).
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Local operations do not raise the Schmidt rank",
    statement="rank(P @ X @ Q.T) <= rank(X)",
    sibling=FalseSibling("rank(P @ X @ Q.T) == rank(X)", why="local operations may destroy entanglement"),
    source="Nielsen and Vidal 2001",
    idea="a product of matrices has at most the rank of each factor",
    exhaustive={"m": 2, "n": 2, "p": 2, "q": 2},
)
