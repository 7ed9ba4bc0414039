"""Depth efficiency with max pooling is not almost everywhere: on an open set of weights one shallow channel suffices.

Where the leaves of the first input dominate all others, A depends on the first input alone, and is what a shallow
network of one channel computes: its matricization is one column repeated. The set of such weights has positive
measure. For product pooling there is no such set.

With shared weights, where all leaves increase, A is an increasing function of the largest index, of rank M.

Explicit boxes are certified at given sizes, without shared weights and with them.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 6.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, PrimeField
from proofkit.networks.rectifiers import efficient_box, one_channel, one_channel_box


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


def efficient() -> Certificate:
    """A box of networks of rank 9 over N = 4, M = 3, where one channel has rank 5 at most."""
    from proofkit.certify import box_rank

    return box_rank(efficient_box(2, 3, (3, 2)))


LEMMA = Lemma(
    title="Depth efficiency with max pooling is not almost everywhere",
    statement="for all N = 2^L, M and channels there is an open set of weights of deep networks of rectifiers with "
    "max pooling whose grid tensors a shallow network realizes with one channel",
    in_words=True,
    sibling=FalseSibling("almost all weights are such", why="on another box one channel does not suffice", contrary=efficient),
    source="Cohen and Shashua 2016, theorem 6",
    idea="one input decides every maximum",
    computations=computations,
    certified=boxes,
    formal=(
        "rectifier_region.one_channel_value",
        "rectifier_region.one_channel",
        "rectifier_region.one_channel_shared",
        "rectifier_measure.not_almost_everywhere_unshared",
        "rectifier_measure.not_almost_everywhere_shared",
        "rectifier_depth.rectifier_dead",
    ),
)
