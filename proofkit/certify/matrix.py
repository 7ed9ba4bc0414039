"""The matricization of a network with given weights, as a certificate states it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm, prod
from typing import Any

from proofkit.certificates import matrices as written
from proofkit.fields import Array
from proofkit.linalg.matrices import integer_words
from proofkit.networks import Network, Node
from proofkit.networks.reduction import full_size

MOST_FORMED = 2**21  # entries, as the judge forms them


class NetworkMatrix:
    """The matricization of one output of a network with rational weights, as a certificate states it."""

    def __init__(self, network: Network, rows: Sequence[int], output: int = 0) -> None:
        self.network, self.row_modes, self.output = network, frozenset(rows), output

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return full_size(self.network, sorted(self.row_modes))

    def claim(self) -> dict[str, Any]:
        """The network, its weights node by node as integers over a denominator, and the rows."""
        weights = {node.name: node_weights(self.network.matrix(node)) for node in self.network.tree.nodes()}
        return {
            "kind": "network", "pool": self.network.pool, "tree": self.network.tree.nested(), "dim": self.network.dimension,
            "seed": "", "weights": weights, "rows": sorted(self.row_modes), "output": self.output,
        }  # fmt: skip

    def scale(self) -> int:
        """What the judge multiplies the matrix by, to compute with integers."""

        def of(node: Node) -> int:
            below = [of(child) for child in node.children]
            return self.network.matrix(node).denominator * (prod(below) if self.network.pool == "product" else lcm(*below))

        return of(self.network.tree)

    def height(self) -> int:
        """No entry of so many times the matrix is larger; the judge computes the same."""

        def of(node: Node) -> Fraction:
            rows = [[abs(Fraction(x)) for x in row] for row in self.network.matrix(node).tolist()]
            if not node.children:
                return max(map(max, rows))
            below = [of(child) for child in node.children]
            pooled = prod(below) if self.network.pool == "product" else max(below) if self.network.pool == "max" else sum(below)
            return max(sum(row, Fraction(0)) for row in rows) * pooled

        return int(of(self.network.tree) * self.scale())

    def order(self) -> list[int]:
        """The row modes, then the others, in the order of the tree: how rows and columns are numbered."""
        modes = self.network.tree.modes
        return [mode for mode in modes if mode in self.row_modes] + [mode for mode in modes if mode not in self.row_modes]


def quotient(matrix: Array) -> dict[str, Any]:
    """A matrix over Q, as a certificate states it: integers over a denominator."""
    return {"entries": written.array(integer_words(matrix.planes[0])), "denominator": str(matrix.denominator)}


def node_weights(matrix: Array) -> dict[str, Any]:
    """The weights of a node, as a certificate states them."""
    return {"channels": matrix.shape[0], **quotient(matrix)}
