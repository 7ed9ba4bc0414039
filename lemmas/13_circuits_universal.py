"""Universality: enough channels give every tensor, shallow or deep, as long as weights are not shared.

A tensor of N modes of size M is a sum of M^(N - 1) products: one for each index of all modes but the first. In the deep network
the channels of a node at level l pick every pair of indices of two blocks of 2^l inputs, M^(2^(l + 1)) of them; at the top one
half picks an index, and the other has the entries. Where weights are shared the tensor of two inputs is symmetric.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
section 3.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, Q
from proofkit.networks import deep_tree, random_arrays
from proofkit.networks.decompositions import cp_of, hierarchical_tucker


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """Shallow and deep networks made for a tensor, against the tensor."""
    for levels, dim in ((1, 3), (2, 2)):
        tensor = random_arrays({"A": (dim,) * 2**levels}, Q, seed, signed=True)["A"]
        wanted = system.array(tensor)
        for text, network in (("shallow", cp_of(tensor)), ("deep", hierarchical_tucker(tensor, deep_tree(levels)))):
            found = network.over(system).tensor()
            yield Computation(f"{text}, N = {2**levels}, M = {dim}", found, wanted, altered=wanted + system.ones(*wanted.shape))


def too_few() -> Certificate:
    """With r_0 = M = 2 the rank across the two halves of four inputs is 2 at most, where tensors have 4."""
    from proofkit.certify import separation
    from proofkit.networks.geometry import Architecture

    return separation(Architecture.by_level(deep_tree(2), 2, [2, 4]), [0, 1]).sealed


LEMMA = Lemma(
    title="Universality of arithmetic circuits",
    statement="every tensor of N modes of size M is that of a shallow network with M^(N-1) channels, and, for N = 2^L, of a deep "
    "one with r_l >= M^(2^(l+1)) channels below the top and r_(L-1) >= M^(N/2) there; with shared weights, for M >= 2, some "
    "matrix is that of no network with two inputs",
    in_words=True,
    sibling=FalseSibling(
        "M channels for each input suffice", why="the channels of a node pair those of its children", contrary=too_few
    ),
    source="Cohen, Sharir and Shashua 2016, section 3",
    idea="channels that pick pairs of indices",
    computations=computations,
    formal=("universal.shallow_universal", "universal.deep_universal", "universal.shared_not_universal"),
)
