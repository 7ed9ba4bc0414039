"""Network capacity, approximated: nor do shallow networks with fewer channels come near almost every deep network.

Around the tensor of almost every deep network there is a ball in which no tensor has a CP rank below min(r_0, M)^(N/2): the
minor that does not vanish there is continuous. (CP ranks alone would not say so: a tensor may be the limit of tensors of
smaller rank.) How large the ball is, of a network of your own, `proofkit certify weights --channels` says.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 1: "or even approximated".
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate


def distances() -> Iterator[tuple[str, Certificate]]:
    """How far random networks stay from all shallow networks with fewer channels."""
    from proofkit.certify import distance
    from proofkit.fields import Q
    from proofkit.networks import deep_tree, random_network

    for levels, channels in ((1, 2), (2, 4)):
        network = random_network(deep_tree(levels), 2, [2] * levels, Q, seed=1)
        yield (
            f"a distance from all networks with fewer than {channels} channels, N = {2**levels}",
            distance(network, channels).sealed,
        )


def everywhere() -> Certificate | None:
    """Weights of deep networks with smaller rank."""
    from proofkit import prove

    return prove("rank(odd_even(ht(L, M, r))) >= min(r[0], M) ** (2 ** (L - 1))").sealed


LEMMA = Lemma(
    title="Network capacity, approximated",
    statement="for almost all weights of a deep network, shared or not, there is an e > 0 such that no tensor "
    "within e of the network's has a CP rank below min(r_0, M)^(N/2)",
    in_words=True,
    steps=("depth", "depth_shared"),
    sibling=FalseSibling("the same for all weights", why="weights may vanish", contrary=everywhere),
    source="Cohen, Sharir and Shashua 2016, theorem 1",
    idea="a minor that is not zero is continuous",
    certified=distances,
    formal=("approximation.capacity_robust_unshared", "approximation.capacity_robust_shared", "approximation.robust_rank"),
)
