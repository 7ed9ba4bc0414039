"""Average pooling is not universal: no number of channels realizes, or approximates, every grid tensor.

With ReLU and average pooling a network of rectifiers adds, so across the two sides of its last window, and for a shallow one
across every partition, the rank of its grid tensor is at most 2. For M = N = 2, where 2 is the full rank, tensors of this form
still have dimension 3 < 4: a tensor that is 1 in one place and 0 elsewhere is never one of them.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
section 5.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.errors import ProofkitError
from proofkit.fields import NumberSystem, PrimeField, Q
from proofkit.networks import random_network, shallow_tree
from proofkit.tensors import matmul


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Grid tensors of shallow networks against the sum of one function an input."""
    if isinstance(system, PrimeField):
        return
    for modes in (2, 3):
        network = random_network(shallow_tree(modes), 2, [3], system, seed, pool="average")
        tensor = network.tensor().reshape(2, 2 ** (modes - 1))
        corner = tensor.mapped(lambda plane: plane[:1, :1], None)
        row = tensor.mapped(lambda plane: plane[:1, 1:], None)
        column = tensor.mapped(lambda plane: plane[1:, :1], None)
        last = tensor.mapped(lambda plane: plane[1:, 1:], None)
        ones = system.ones(1, 2 ** (modes - 1) - 1)
        sums = row + matmul(column, ones) - matmul(corner, ones)
        yield Computation(f"N = {modes}", last, sums, altered=sums + system.ones(*sums.shape))


def two_terms() -> Certificate:
    """A shallow network with average pooling, of rank 2."""
    from proofkit.certify import weights

    found = weights(random_network(shallow_tree(4), 3, [2], Q, seed=1, pool="average"))
    if found.rank.lower != 2 or found.sealed is None:
        raise ProofkitError(f"a network of rank {found.rank.lower}, not 2")
    return found.sealed


LEMMA = Lemma(
    title="Average pooling is not universal",
    statement="for N, M >= 2 some grid tensor is that of no network of rectifiers with average pooling, however "
    "many its channels; across the two sides of the last window, and for shallow networks across every "
    "partition, the rank is at most 2",
    in_words=True,
    steps=("average_pooling_shallow",),
    sibling=FalseSibling("that rank is at most 1", why="a function of rows and one of columns are two terms", contrary=two_terms),
    source="Cohen and Shashua 2016, section 5",
    idea="what is added is a function of rows and one of columns",
    computations=computations,
    formal=(
        "rectifier.mrank_avgtop",
        "rectifier.mrank_avgshallow",
        "rectifier.not_universal",
        "rectifier_average.avgshallow_not_dense",
        "rectifier_average.adeep_not_dense",
    ),
)
