"""Pooling geometry: across any partition of the inputs, any pooling tree's rank lies between split windows and minimum cut.

From above, for all weights: the cheapest set of channels that separates the inputs of one side from those of the other,
every channel counted once, however many nodes share it. From below, for almost all weights, shared in any way: min(r_0, M)
for each lowest window with inputs on both sides, multiplied. So a partition whose windows are all split has exponential rank,
and one along the windows a rank of at most the channels there: the tree decides which partitions a network models.

The two do not meet in general; the exact rank of almost all networks of given sizes is certified in both lemmas of windows.

Source: N. Cohen, A. Shashua, Inductive bias of deep convolutional networks through pooling geometry (ICLR 2017),
theorem 1, where the upper bound is a recursion that is never smaller.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate

TREES = {"pairs of neighbours": [[0, 1], [2, 3]], "pairs apart": [[0, 2], [1, 3]]}


def partitions() -> Iterator[tuple[str, Certificate]]:
    """Two trees of four inputs that favour opposite partitions."""
    from proofkit.certify import separation
    from proofkit.networks import pooling_tree
    from proofkit.networks.geometry import Architecture

    for words, tree in TREES.items():
        for rows in ((0, 1), (0, 2)):
            found = separation(Architecture.by_level(pooling_tree(tree), 2, [2, 2]), rows)
            yield f"rank {found.lower} across {rows} | others, {words}", found.sealed


def below_the_cut() -> Certificate:
    """With shared weights the channels of two equal windows are symmetric: rank 3, where the minimum cut is 4."""
    from proofkit.certify import separation
    from proofkit.networks import deep_tree
    from proofkit.networks.geometry import Architecture

    return separation(Architecture.by_level(deep_tree(2), 2, [4, 4], shared=True), [0, 1]).sealed


LEMMA = Lemma(
    title="Pooling geometry: any tree, any partition",
    statement="for every pooling tree and partition the rank of the network's tensor is at most the minimum cut "
    "for all weights, and for almost all at least the product of min(r_0, M) over the lowest windows "
    "that are split",
    in_words=True,
    steps=("generic_rank", "kronecker_rank", "rank_at_most_terms_any_partition"),
    sibling=FalseSibling(
        "for almost all weights the rank is the minimum cut", why="equal windows make symmetric tensors", contrary=below_the_cut
    ),
    source="Cohen and Shashua 2017, theorem 1",
    idea="a cut from above, weights that pick one channel above the split windows from below",
    certified=partitions,
    formal=("pooling.mrank_cut", "pooling.pooling_rank", "pooling.low_windows", "pooling.cut_shallow"),
)
