"""Open sets of weights: what holds for every network of a box, which has positive measure.

Rectifier networks are piecewise polynomial, so that "almost every" is out of reach for them: what is true on one open set may
be false on another. The judge checks both by exact interval arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import lcm
from typing import Any

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.certify.matrix import NetworkMatrix, node_weights, quotient
from proofkit.errors import UsageError
from proofkit.fields import Q
from proofkit.fields.exact import integer_scaled
from proofkit.linalg.exact import inverse
from proofkit.networks import partition
from proofkit.networks.rectifiers import Box


def box_rank(box: Box, rows: Sequence[int] | None = None, output: int = 0) -> Certificate:
    """Every network of the box has at least this rank across ``rows`` | the other modes; the claim says which.

    Raises :class:`UsageError` where interval arithmetic shows no rank, :class:`proofkit.certificates.Refused` should the judge
    refuse.
    """
    chosen = partition(box.centre.tree, rows)[0]
    matrix = NetworkMatrix(box.centre, chosen, output)
    found = box.minor(matrix.order(), len(chosen), output)
    if found is None:
        raise UsageError("the box is too large: interval arithmetic shows no rank on all of it")
    places, minor = found
    inverted = inverse(minor)
    proof = {
        "rows": written.unsigned(places[0], 4), "columns": written.unsigned(places[1], 4),
        "inverse": quotient(inverted),
    }  # fmt: skip
    return judged(compose("open set", _claim(box, matrix, "rank", len(places[0])), proof))


def box_one_channel(box: Box, mode: int = 0, output: int = 0) -> Certificate:
    """Every network of the box, with max pooling, is a function that one shallow channel computes.

    Without shared weights it is a function of the one input ``mode``. With shared weights it is an increasing function of the
    largest index of all, so that the rank is M across any two sets of modes. Raises :class:`proofkit.certificates.Refused`
    where another input may decide, or the function may not increase.
    """
    if box.centre.shared:
        matrix = NetworkMatrix(box.centre, partition(box.centre.tree, None)[0], output)
        return judged(compose("open set", _claim(box, matrix, "one shared channel", box.centre.dimension), {}))
    return judged(compose("open set", _claim(box, NetworkMatrix(box.centre, [mode], output), "one channel", mode), {}))


def _claim(box: Box, matrix: NetworkMatrix, shows: str, number: int) -> dict[str, Any]:
    """Weights and radius of a node are integers over one denominator."""
    network, radii = matrix.claim(), {}
    for node in box.centre.tree.nodes():
        centre, radius = box.centre.matrix(node), box.radii[node.weight_name(box.centre.shared)]
        common = lcm(centre.denominator, radius.denominator)
        whole = Q.array(integer_scaled(centre.planes[0], common // centre.denominator))
        network["weights"][node.name] = {**node_weights(whole), "denominator": str(common)}
        radii[node.name] = int(radius * common)
    return {"network": network, "radii": radii, "shows": shows, "number": number}
