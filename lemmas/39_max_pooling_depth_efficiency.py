"""Depth efficiency with max pooling exists: on a whole box of weights a shallow network needs exponentially many channels.

Leaves 1 - e_a and all other weights 1 make every level "constant less AND", so that [[A]] = C (r0 11^T - P) with P a
diagonal projector of rank R = min(r0, M)^(N/2). Its rank is at least R (R + 1 where r0 < M), if R >= 2, and so in a
neighbourhood, shared weights among it. A shallow network with max pooling needs Z >= (R - 1) / ((M - 1) N / 2) channels.

Explicit boxes of positive measure are certified at given sizes.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 5.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, PrimeField
from proofkit.networks.rectifiers import efficient_box, efficient_network, one_channel_box
from proofkit.tensors import kron, matmul


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """The matricization of the witness against C (r0 11^T - P), P the Kronecker square of a diagonal projector."""
    if isinstance(system, PrimeField):
        return
    for dim, r0, r1 in ((2, 2, 1), (3, 2, 3), (2, 1, 2)):
        found = efficient_network(2, dim, (r0, r1)).over(system).matricization()
        part = matmul(system.eye(dim, r0), system.eye(r0, dim))
        same = (system.ones(dim**2, dim**2) * r0 - kron(part, part)) * r1
        yield Computation(f"M = {dim}, r = {r0},{r1}", found, same, altered=same + system.ones(*same.shape))


def boxes() -> Iterator[tuple[str, Certificate]]:
    """Boxes on which the rank is min(r0, M)^(N/2) or more."""
    from proofkit.certify import box_rank

    for levels, dim, counts in ((1, 3, (3,)), (2, 2, (2, 2)), (2, 3, (3, 2)), (3, 2, (2, 1, 2))):
        least = min(counts[0], dim) ** (2 ** (levels - 1))
        sealed = box_rank(efficient_box(levels, dim, counts, shared=True))
        yield f"rank >= {least} on a box, N = {2**levels}, M = {dim}, r = {counts}", sealed


def one_channel() -> Certificate:
    """A box of networks that one shallow channel realizes."""
    from proofkit.certify import box_one_channel

    return box_one_channel(one_channel_box(2, 3, (3, 2)))


LEMMA = Lemma(
    title="Depth efficiency with max pooling",
    statement="for all N = 2^L, M and channels some e > 0 and shared weights are such that every deep network of "
    "rectifiers with max pooling within e of them has rank at least R = min(r_0, M)^(N/2) (if R >= 2), "
    "so that a shallow one needs at least (R - 1) / ((M - 1) N/2) channels",
    in_words=True,
    steps=("max_pooling_shallow_bound",),
    sibling=FalseSibling(
        "so it is for all weights",
        why="one channel suffices on another box",
        contrary=one_channel,
        formal="rectifier_region.one_channel",
    ),
    source="Cohen and Shashua 2016, theorem 5",
    idea="a witness, and a minor that is continuous",
    computations=computations,
    certified=boxes,
    formal=(
        "rectifier_depth.mrank_rwit",
        "rectifier_depth.mrank_near_rwit",
        "rectifier_depth.rectifier_depth",
        "rectifier_measure.rectifier_depth_measure_unshared",
        "rectifier_measure.rectifier_depth_measure_shared",
    ),
)
