"""Max pooling is universal: the tensors 1 - delta_d, one a channel, span everything.

A channel with leaf vectors 1 - e_(d_i) is 1 except at the grid point d. Adding the n = M^N of them with weights c
gives (sum of c) - c, which is any A for c = S - A, S = (sum of A)/(n - 1). So M^N channels suffice for every grid
tensor, exactly.

The theorem: for every grid tensor of N modes of size M there is a shallow network with max pooling and at most M^N
channels that has it. The line is its linear algebra, for all n; that the channels are the tensors 1 - delta_d is
computed at instances, where the network is made for a tensor and compared with it.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), claim
4.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.fields import NumberSystem, PrimeField, Q
from proofkit.networks import random_arrays
from proofkit.networks.rectifiers import universal_shallow


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Shallow networks made for a tensor, against the tensor."""
    if isinstance(system, PrimeField):
        return
    for modes, dim in ((2, 2), (3, 2), (2, 3)):
        tensor = random_arrays({"A": (dim,) * modes}, Q, seed, signed=True)["A"]
        wanted = system.array(tensor)
        found = universal_shallow(tensor).over(system).tensor()
        yield Computation(f"N = {modes}, M = {dim}", found, wanted, altered=wanted + system.ones(*wanted.shape))


LEMMA = Lemma(
    title="Max pooling is universal: the linear algebra of it",
    statement="(ones(n, n) - eye(n)) @ c == (ones(n) @ c) * ones(n) - c",
    where="c: n",
    sibling=FalseSibling(
        "(ones(n, n) - eye(n)) @ c == (ones(n) @ c) * ones(n) + c", where="c: n", why="each channel leaves out its own point"
    ),
    source="Cohen and Shashua 2016, claim 4",
    idea="both sides are the same sum of diagrams",
    computations=computations,
    formal=("rules.leave_one_out",),
)
