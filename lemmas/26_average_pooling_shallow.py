"""Average pooling is not universal: across the blocks of the last window every grid tensor has rank at most 2.

With ReLU and average pooling the last window adds what its blocks give: A = X (x) 1 + 1 (x) Y. A shallow network is
such a sum across every partition, so no number of channels realizes, or approximates, a tensor of rank above 2. For M
= N = 2, where 2 is the full rank, tensors of this form still have dimension 3 < 4.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
section 5.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.fields import NumberSystem, PrimeField
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


LEMMA = Lemma(
    title="Average pooling has rank at most 2",
    statement="rank(outer(x, ones(n)) + outer(ones(m), y)) <= 2",
    where="x: m; y: n",
    sibling=FalseSibling(
        "rank(outer(x, ones(n)) + outer(ones(m), y)) <= 1",
        where="x: m; y: n",
        why="a function of rows and one of columns are two terms",
    ),
    source="Cohen and Shashua 2016, section 5",
    idea="two terms of rank 1",
    computations=computations,
    formal=("rectifier.mrank_additive", "rectifier.mrank_avgshallow", "rectifier.not_universal"),
)
