"""Deep average pooling: across odd and even inputs the rank is at most 2 M^(N/4) - 1, where product pooling reaches M^(N/2).

The last window adds a function of the first half of the inputs and one of the second. Each has rank at most M^(N/4) across its
own odd and even inputs, and the constant is in both.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
section 5.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.errors import ProofkitError


def network_of_rank(dim: int, channels: int, rank: int) -> Certificate:
    """A deep network with average pooling, N = 4, of this rank across odd and even inputs."""
    from proofkit.certify import weights
    from proofkit.fields import Q
    from proofkit.networks import deep_tree, random_network

    found = weights(random_network(deep_tree(2), dim, [channels, channels], Q, seed=0, pool="average"))
    if (found.rank.lower, found.rank.upper) != (rank, rank) or found.sealed is None:
        raise ProofkitError(f"a network of rank {found.rank.lower} to {found.rank.upper}, not {rank}")
    return found.sealed


def attained() -> Iterator[tuple[str, Certificate]]:
    """Networks of rank 2 M - 1."""
    for dim, channels in ((2, 3), (3, 4)):
        yield f"rank {2 * dim - 1} of a network with N = 4, M = {dim}", network_of_rank(dim, channels, 2 * dim - 1)


LEMMA = Lemma(
    title="Rank of deep average pooling",
    statement="across odd and even inputs the grid tensor of every deep network of rectifiers with average pooling and "
    "N = 2^L >= 4 inputs has rank at most 2 M^(N/4) - 1",
    in_words=True,
    steps=("rank_at_most_terms_any_partition",),
    sibling=FalseSibling(
        "that rank is at most 2 M^(N/4) - 2",
        why="M + 1 channels at every level attain the bound",
        contrary=lambda: network_of_rank(2, 3, 3),
        formal="rectifier_average.adeep_attained",
    ),
    source="Cohen and Shashua 2016, section 5",
    idea="a sum of two functions, each of one half",
    certified=attained,
    formal=("rectifier_average.mrank_adeep_odd", "rectifier_average.mrank_adeep"),
)
