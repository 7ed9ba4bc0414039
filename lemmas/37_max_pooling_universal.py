"""Max pooling is universal: every grid tensor is that of a shallow network of rectifiers with max pooling.

A channel with leaf vectors 1 - e_(d_i) is 1 except at the grid point d. M^N channels, one a point, span everything, by lemma
leave_one_out. `networks.rectifiers.universal_shallow` makes the network of a given tensor, exactly.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), claim
4.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, PrimeField, Q
from proofkit.networks import random_arrays
from proofkit.networks.rectifiers import efficient_box, shallow_bound, universal_shallow


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Shallow networks made for a tensor, against the tensor."""
    if isinstance(system, PrimeField):
        return
    for modes, dim in ((2, 2), (3, 2), (2, 3)):
        tensor = random_arrays({"A": (dim,) * modes}, Q, seed, signed=True)["A"]
        wanted = system.array(tensor)
        found = universal_shallow(tensor).over(system).tensor()
        yield Computation(f"N = {modes}, M = {dim}", found, wanted, altered=wanted + system.ones(*wanted.shape))


def no_single_channel() -> Certificate:
    """Networks of rank 9 over N = 4, M = 3, where one channel has rank 5 at most."""
    from proofkit.certify import box_rank

    assert shallow_bound(3, 1, 2, 2) < 9
    return box_rank(efficient_box(2, 3, (3, 2)))


LEMMA = Lemma(
    title="Max pooling is universal",
    statement="every tensor of N modes of size M >= 1 over an ordered field is the grid tensor of a shallow "
    "network of rectifiers with max pooling and M^N channels",
    in_words=True,
    sibling=FalseSibling(
        "one channel suffices",
        why="then the rank is at most 1 + (M - 1) N/2",
        contrary=no_single_channel,
        formal="rectifier_universal.max_few_channels",
    ),
    source="Cohen and Shashua 2016, claim 4",
    idea="each channel leaves out one grid point",
    computations=computations,
    formal=("rectifier_universal.max_universal", "rectifier_universal.max_universal_deep"),
)
