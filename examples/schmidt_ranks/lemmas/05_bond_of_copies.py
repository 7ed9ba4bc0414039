"""The theorem: if local operations turn a matrix product state of bond chi into two copies of a state X, rank(X)^2 <= chi.

Whatever local operations P and Q do to a state L R of bond dimension chi, its Schmidt rank stays at most chi; and two copies of X
have the Schmidt rank rank(X)^2. So it rests on the lemma about bonds, the one about local operations, and the one about copies,
which rests on a lemma of proofkit.

Source: proofkit's own combination of the three.
"""

from proofkit import FalseSibling, Lemma, Use

LEMMA = Lemma(
    title="Two copies need the square of the bond",
    statement="rank(X) * rank(X) <= chi",
    where="X: x y; L: m chi; R: chi n; P: x*x m; Q: y*y n",
    given=("P @ (L @ R) @ Q.T == kron(X, X)",),
    sibling=FalseSibling(
        "rank(X) * rank(X) <= chi - 1",
        where="X: x y; L: m chi; R: chi n; P: x*x m; Q: y*y n",
        given=("P @ (L @ R) @ Q.T == kron(X, X)",),
        why="the bound is attained",
    ),
    uses=(
        Use("bond", L="L", R="R"),
        Use("local_operations", P="P", X="L @ R", Q="Q"),
        Use("copies", X="X"),
    ),
    source="proofkit's own",
    idea="rank(X)^2 = rank of two copies <= rank(L R) <= chi",
)
