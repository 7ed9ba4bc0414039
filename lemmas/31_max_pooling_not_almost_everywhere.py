"""Depth efficiency with max pooling is not almost everywhere: on an open set of weights one shallow channel suffices.

Where the leaves of the first input dominate all others, A depends on the first input alone, and is what a shallow
network of one channel computes: its matricization is one column repeated. The set of such weights has positive
measure. For product pooling there is no such set.

The line is the rank of such a matrix, no more. That the networks of the open set come to it is computed at instances.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 6.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
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


LEMMA = Lemma(
    title="One channel on an open set: its rank",
    statement="rank(outer(x, ones(n))) <= 1",
    where="x: m",
    sibling=FalseSibling("rank(outer(x, ones(n))) == 1", where="x: m", why="x may be zero"),
    source="Cohen and Shashua 2016, theorem 6",
    idea="one term",
    computations=computations,
    formal=("rectifier_depth.rectifier_dead",),
)
