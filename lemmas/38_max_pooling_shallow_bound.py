"""A shallow network with max pooling has rank at most 1 + Z (M - 1) min(|I|, |J|), across any partition I | J.

The columns lie in the span of a constant and of Z (M - 1) |I| indicators of nested boxes; likewise the rows. For Z = 1 the
bound is sharp: where the values for rows and for columns alternate it is attained.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), lemma
1.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.errors import ProofkitError


def alternating(modes: int, dim: int) -> Certificate:
    """A network of one channel whose values for rows and for columns alternate: of rank 1 + (M - 1) N / 2."""
    from proofkit.certify import weights
    from proofkit.fields import Q
    from proofkit.networks import Network, shallow_tree

    leaves = {
        str(mode): Q.array([[mode % 2 + 2 * (j and mode // 2 * (dim - 1) + j) for j in range(dim)]]) for mode in range(modes)
    }
    found = weights(Network(shallow_tree(modes), {**leaves, "": Q.ones(1, 1)}, dim, "max"), rows=range(0, modes, 2))
    rank = 1 + (dim - 1) * modes // 2
    if found.rank.lower != rank or found.sealed is None:
        raise ProofkitError(f"a network of rank {found.rank.lower}, not {rank}")
    return found.sealed


def attained() -> Iterator[tuple[str, Certificate]]:
    """Networks of one channel that attain the bound."""
    for modes, dim in ((2, 3), (4, 3), (6, 2)):
        rank = 1 + (dim - 1) * modes // 2
        yield f"rank {rank} of a network with N = {modes}, M = {dim}, Z = 1", alternating(modes, dim)


LEMMA = Lemma(
    title="Rank of shallow max pooling",
    statement="across every partition I | J of the inputs the grid tensor of a shallow network of rectifiers with "
    "max pooling and Z channels has rank at most 1 + Z (M - 1) min(|I|, |J|)",
    in_words=True,
    steps=("rank_at_most_terms_any_partition",),
    sibling=FalseSibling(
        "that rank is at most Z (M - 1) min(|I|, |J|)",
        why="the constant counts too",
        contrary=lambda: alternating(2, 3),
        formal="rectifier_universal.maxshallow_attained",
    ),
    source="Cohen and Shashua 2016, lemma 1",
    idea="nested boxes, and the layer-cake formula",
    certified=attained,
    formal=("rectifier.mrank_maxshallow",),
)
