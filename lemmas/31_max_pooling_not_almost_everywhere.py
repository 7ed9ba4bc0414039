"""Depth efficiency with max pooling is not almost everywhere: on an open set of weights one shallow channel suffices.

Where the leaves of the first input dominate all others, A depends on the first input alone, and is what a shallow
network of one channel computes: its matricization is one column repeated. The set of such weights has positive
measure. For product pooling there is no such set.

With shared weights, where all leaves increase, A is an increasing function of the largest index, of rank M.

The theorem, for given sizes, is certified: on explicit boxes of positive measure every network is one that a shallow
network with one channel computes, without shared weights and with them. For all sizes dead networks, which are such a
set, are in formal/. The line is the rank of one column repeated, no more.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 6.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, PrimeField
from proofkit.networks.rectifiers import one_channel, one_channel_box


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Networks of the open set against the shallow networks with one channel, shared weights and not."""
    if isinstance(system, PrimeField):
        return
    for shared in (False, True):
        network = one_channel_box(2, 2, (2, 2), shared).at(seed)
        found, same = network.over(system).tensor(), one_channel(network).over(system).tensor()
        yield Computation("shared" if shared else "unshared", found, same, altered=same + system.ones(*same.shape))


def boxes() -> Iterator[tuple[str, Certificate]]:
    """Boxes of networks that one shallow channel realizes."""
    from proofkit.certify import box_one_channel

    for levels, dim, counts in ((1, 3, (2,)), (2, 2, (2, 2)), (3, 2, (2, 1, 2))):
        for shared in (False, True):
            sealed = box_one_channel(one_channel_box(levels, dim, counts, shared))
            of = "networks with shared weights" if shared else "networks"
            yield f"one channel on a box of {of}, N = {2**levels}, M = {dim}, r = {counts}", sealed


LEMMA = Lemma(
    title="One channel on an open set: its rank",
    statement="rank(outer(x, ones(n))) <= 1",
    where="x: m",
    sibling=FalseSibling("rank(outer(x, ones(n))) == 1", where="x: m", why="x may be zero"),
    source="Cohen and Shashua 2016, theorem 6",
    idea="one term",
    computations=computations,
    certified=boxes,
    formal=("rectifier_depth.rectifier_dead",),
)
