"""Pooling geometry: across windows that are all split, the rank is at most r0 to the number of windows, whatever is above.

Every channel index is cut once, however many nodes share it. The published recursion bounds the same rank by r1 r0
r0; the minimum cut leaves the upper channels on one side. It is attained almost everywhere where M >= r0.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
theorem 1.
"""

from proofkit import FalseSibling, Lemma

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
    formal=("pooling.four_split", "pooling.mrank_cut"),
)
