"""Depth efficiency with max pooling exists: a deep network whose matricization is a constant less a projector.

Leaves 1 - e_a and all other weights 1 make every level "constant less AND", so that [[A]] = C (r0 11^T - P) with P a
diagonal projector of rank R = min(r0, M)^(N/2). Its rank is at least R - 1 (exactly R, or R + 1 where r0 < M), on a
whole box of weights around it. A shallow network with max pooling needs Z >= (R - 1) / ((M - 1) N / 2) channels.

The theorem, for given sizes, is certified: every network of an explicit box of positive measure has rank R or more, among
all networks and among those with shared weights. For all sizes it is proved in formal/. The line is the linear algebra
of the witness; that the witness has this matricization is computed at instances.

Source: N. Cohen, A. Shashua, Convolutional rectifier networks as generalized tensor decompositions (ICML 2016),
theorem 5.
"""

from collections.abc import Iterator

from proofkit import Computation, FalseSibling, Lemma
from proofkit.certificates import Certificate
from proofkit.fields import NumberSystem, PrimeField
from proofkit.networks.rectifiers import efficient_network
from proofkit.tensors import kron, matmul


def computations(system: NumberSystem, seed: int) -> Iterator[Computation]:
    """The matricization of the witness against C (r0 11^T - P), P the Kronecker square of a diagonal projector."""
    if isinstance(system, PrimeField):
        return
    for dim, r0, r1 in ((2, 2, 1), (3, 2, 3), (2, 1, 2)):
        found = efficient_network(2, dim, (r0, r1)).over(system).matricization()
        part = matmul(system.eye(dim, r0), system.eye(r0, dim))
        same = (system.ones(dim**2, dim**2) * r0 - kron(part, part)) * r1
        yield Computation(f"M = {dim}, r = {r0},{r1}", found, same, altered=same + system.ones(*same.shape))


def boxes() -> Iterator[tuple[str, Certificate]]:
    """Boxes on which the rank is min(r0, M)^(N/2) or more."""
    from proofkit.certify import box_rank
    from proofkit.networks.rectifiers import efficient_box

    for levels, dim, counts in ((1, 3, (3,)), (2, 2, (2, 2)), (2, 3, (3, 2)), (3, 2, (2, 1, 2))):
        least = min(counts[0], dim) ** (2 ** (levels - 1))
        sealed = box_rank(efficient_box(levels, dim, counts, shared=True))
        yield f"rank >= {least} on a box, N = {2**levels}, M = {dim}, r = {counts}", sealed


LEMMA = Lemma(
    title="Depth efficiency with max pooling: the linear algebra of it",
    statement="rank(outer(u, v) - P) >= rank(P) - 1",
    where="P: n n; u: n; v: n",
    sibling=FalseSibling(
        "rank(outer(u, v) - P) >= rank(P) + 1",
        where="P: n n; u: n; v: n",
        why="a matrix of rank 1 adds nothing where P has full rank",
    ),
    source="Cohen and Shashua 2016, theorem 5",
    idea="subadditivity, the other way round",
    computations=computations,
    certified=boxes,
    formal=("rectifier_depth.mrank_rwit", "rectifier_depth.rectifier_depth"),
)
