"""Pooling geometry: across windows that are all split, the rank is at most r0 to the number of windows, whatever is above.

Every channel index is cut once, however many nodes share it. The published recursion bounds the same rank by r1 r0
r0; the minimum cut leaves the upper channels on one side.

The theorem, for any tree, partition and channels of given sizes, is certified: a lower bound for almost all weights, and
the minimum cut from above for all, which is strict in one case below. The line is the case of two windows, for all sizes.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
theorem 1.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate


def separations() -> Iterator[tuple[str, Certificate]]:
    """The rank of almost all networks over two windows: attained cuts, and one that is not."""
    from proofkit.certify import separation
    from proofkit.networks import pooling_tree
    from proofkit.networks.geometry import Architecture

    for tree, dim, counts, rows in (
        ([[0, 1], [2, 3]], 2, (2, 2), (0, 2)),
        ([[0, 1], [2, 3]], 3, (2, 3), (0, 1)),
        ([[0, 2], [1, 3]], 3, (4, 2), (0, 1)),
        ([[0, 1, 2], [3, 4, 5]], 3, (5, 2), (0, 1, 3)),
    ):
        found = separation(Architecture.by_level(pooling_tree(tree), dim, counts), rows)
        bounds = f"{found.lower}" if found.exact else f"{found.lower} to {found.upper}"
        yield f"rank {bounds} over {tree}, M = {dim}, r = {counts}, modes {rows} | others", found.sealed


LEMMA = Lemma(
    title="Minimum cut of two split windows",
    statement="rank(matricize(level(w, level(V, A, B), level(W, C, D)), rows=[0, 2], columns=[1, 3])) <= r0 * r0",
    where="w: r1; V: r1 r0; W: r1 r0; A: M r0; B: M r0; C: M r0; D: M r0",
    sibling=FalseSibling(
        "rank(matricize(level(w, level(V, A, B), level(W, C, D)), rows=[0, 2], columns=[1, 3])) <= r0",
        where="w: r1; V: r1 r0; W: r1 r0; A: M r0; B: M r0; C: M r0; D: M r0",
        why="both windows are split, and both are cut",
    ),
    source="Cohen and Shashua 2017, theorem 1",
    idea="the channels that enter the two windows are a cut",
    certified=separations,
    formal=("pooling.four_split", "pooling.mrank_cut"),
)
