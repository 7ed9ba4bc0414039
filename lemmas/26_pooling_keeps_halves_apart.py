"""Pooling geometry: across halves that are pooled apart, the rank is at most the last width.

Two windows of neighbours and a last one: inputs 1, 2 | 3, 4 interact through the r1 channels of the last window
alone. Which partitions have a small rank is decided by the pooling tree; a shallow network treats all alike.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
section 5.
"""

from proofkit import FalseSibling, Lemma

LEMMA = Lemma(
    title="Rank across what is pooled apart, four inputs",
    statement="rank(matricize(level(w, level(V, A, B), level(W, C, D)), rows=[0, 1], columns=[2, 3])) <= r1",
    where="w: r1; V: r1 r0; W: r1 r0; A: M r0; B: M r0; C: M r0; D: M r0",
    sibling=FalseSibling(
        "rank(matricize(level(w, level(V, A, B), level(W, C, D)), rows=[0, 2], columns=[1, 3])) <= r1",
        where="w: r1; V: r1 r0; W: r1 r0; A: M r0; B: M r0; C: M r0; D: M r0",
        why="inputs that are pooled together interact: across 1, 3 | 2, 4 the rank may be r0 r0",
    ),
    source="Cohen and Shashua 2017, section 5",
    idea="the channels of the last window are a cut",
    formal=("pooling.four_apart", "pooling.mrank_cut"),
)
