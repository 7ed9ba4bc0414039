"""Open sets of weights: what holds for every network of a box, which has positive measure.

Rectifier networks are piecewise polynomial, so that "almost every" is out of reach for them: what is true on one open set may
be false on another. The judge checks both by exact interval arithmetic.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proofkit.certificates import Certificate, compose, judged
from proofkit.certificates import matrices as written
from proofkit.certify.matrix import NetworkMatrix
from proofkit.errors import UsageError
from proofkit.linalg.exact import inverse
from proofkit.linalg.matrices import integer_words
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
        "inverse": written.array(integer_words(inverted.planes[0])), "denominator": str(inverted.denominator),
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
    radii = {node.name: box.radii[node.weight_name(box.centre.shared)] for node in box.centre.tree.nodes()}
    exact = {name: int(radius) if radius.denominator == 1 else str(radius) for name, radius in radii.items()}
    return {"network": matrix.claim(), "radii": exact, "shows": shows, "number": number}
