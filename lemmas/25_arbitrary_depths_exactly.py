"""Arbitrary depths, both sides: what a network cut to fewer levels needs is, for almost all weights, exactly d^(N/2^L2).

The deep network has N = 2^L inputs, r_l channels, and is compared with networks of L2 hidden levels whose last window takes
all blocks of 2^(L2 - 1) inputs at once. Across alternating blocks the rank of its tensor is at most d^(2^(L - L2)) for all
weights, and exactly that for almost all; d_0 = min(r_0, M), d_l = min(r_l, r_(l-1), d_(l-1)^2), d = d_(L2 - 1), with
d_(l-1) (d_(l-1) + 1) / 2 in place of the square where weights are shared.

The lower side is lemma depth, proved for all sizes; both sides are proved in formal/, and certified at given sizes here.

Source: N. Cohen, O. Sharir, A. Shashua, On the expressive power of deep learning: a tensor analysis (COLT 2016),
theorem 2, where d is min(M, r_0, ..) and a lower bound.
"""

from collections.abc import Iterator

from proofkit import FalseSibling, Lemma
from proofkit.certificates import Certificate

SIZES = ((8, 2, (4, 4, 4), 2, False), (8, 3, (2, 5, 2), 2, False), (8, 2, (4, 4, 3), 2, True), (4, 3, (2, 2), 1, False))


def depths() -> Iterator[tuple[str, Certificate]]:
    """The ranks of almost all networks of given sizes, from both sides."""
    from proofkit.certify import depth

    for modes, dim, counts, cut, shared in SIZES:
        found = depth(modes, dim, counts, cut, shared)
        of = "shared weights, " if shared else ""
        yield f"rank {found.lower}: {of}N = {modes}, M = {dim}, r = {counts}, cut to {cut} levels", found.sealed


def larger() -> Certificate:
    """A network of which almost all weights need 16 channels: min(M, r_0, r_1)^(N/4) is 4."""
    from proofkit.certify import depth

    return depth(8, 2, (4, 4, 4), 2).sealed


LEMMA = Lemma(
    title="Arbitrary depths: both sides",
    statement="for almost all weights the tensor of a deep network, across alternating blocks of 2^(L2 - 1) "
    "inputs, has rank d^(2^(L - L2)), exactly; for no weights more",
    in_words=True,
    steps=("generic_rank", "kronecker_rank", "rank_at_most_terms_any_partition"),
    sibling=FalseSibling(
        "that rank is min(M, r_0, .., r_(L2-1))^(2^(L - L2)) for almost all weights",
        why="the inputs' channels enter in pairs, so that r_(L2-2) and r_(L2-1) alone are what limits a wide block",
        contrary=larger,
    ),
    source="Cohen, Sharir and Shashua 2016, theorem 2",
    idea="the minimum cut from above, generic products through the levels from below",
    certified=depths,
    formal=(
        "capacity.depth_rank_unshared", "capacity.depth_rank_shared", "capacity.truncated_rank_unshared",
        "capacity.truncated_rank_shared", "depth.deep_rank_le", "depth.coef_rank_le",
    ),
)  # fmt: skip
