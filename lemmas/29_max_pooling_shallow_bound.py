"""A shallow network with max pooling has rank at most 1 + Z (M - 1) min(|I|, |J|).

In one channel the sets of row indices where the rows' maximum is at most c are nested boxes, of which at most (M - 1)
|I| differ from the whole; by the layer-cake formula all columns lie in the span of the constant and of their
indicators. S holds the k = Z (M - 1) |I| indicators of all channels.

The theorem speaks of all shallow networks; it is proved in formal/. The line is its linear algebra, for all sizes; the
layer-cake formula is in this text. That the bound is attained for Z = 1 is certified of networks of given sizes.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016), lemma
1.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.errors import ProofkitError


def attained() -> Iterator[tuple[str, Certificate]]:
    """Networks of one channel whose values for rows and for columns alternate: rank 1 + (M - 1) N / 2, so the bound is sharp."""
    from proofkit.certify import weights
    from proofkit.fields import Q
    from proofkit.networks import Network, shallow_tree

    for modes, dim in ((2, 3), (4, 3), (6, 2)):
        leaves = {
            str(mode): Q.array([[mode % 2 + 2 * (j and mode // 2 * (dim - 1) + j) for j in range(dim)]]) for mode in range(modes)
        }
        network = Network(shallow_tree(modes), {**leaves, "": Q.ones(1, 1)}, dim, "max")
        rank = 1 + (dim - 1) * modes // 2
        found = weights(network, rows=range(0, modes, 2))
        if found.rank.lower != rank or found.sealed is None:
            raise ProofkitError(f"a network of rank {found.rank.lower}, not {rank}")
        yield f"rank {rank} of a network with N = {modes}, M = {dim}, Z = 1", found.sealed


LEMMA = Lemma(
    title="Rank of shallow max pooling: the linear algebra of it",
    statement="rank(outer(ones(m), t) + S @ X) <= 1 + k",
    where="t: n; S: m k; X: k n",
    sibling=FalseSibling("rank(outer(ones(m), t) + S @ X) <= k", where="t: n; S: m k; X: k n", why="the constant counts too"),
    source="Cohen and Shashua 2016, lemma 1",
    idea="one term of rank 1 and a product through k columns",
    certified=attained,
    formal=("rectifier.mrank_maxshallow",),
)
