"""Networks on a device: as a torch module, with gradients, so that they can be trained; and exactly, modulo a prime.

Both compute outputs in batches, and the coefficient tensor (of rectifiers the grid tensor) of an output. The log-space twin of a
network computes on the device that its inputs are on: :class:`proofkit.networks.simnets.SimNet`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from proofkit.errors import UsageError
from proofkit.fields import FLOAT64
from proofkit.networks import Network, Node
from torch_backend.products import Path, products_for


class TorchNetwork(nn.Module):
    """The network with its weights as parameters ("L1" and so on where they are shared).

    ``module(values)``: a batch (B, N, M) of f_d(x_i), or one input (N, M), to (B, outputs) or (outputs,).
    """

    def __init__(self, network: Network, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.network = network
        self.matrices = nn.ParameterDict()
        for name, matrix in network.weights.items():
            entries = matrix.planes[0] if not matrix.system.exact else np.array(matrix.tolist(), dtype=object)
            self.matrices[_key(name)] = nn.Parameter(torch.tensor(entries.astype(np.float64), dtype=dtype))

    def forward(self, values: Tensor) -> Tensor:
        """All outputs."""
        return self._climb(self.network.tree, values)

    def tensor(self, output: int = 0) -> Tensor:
        """The coefficient tensor (of rectifiers the grid tensor) of one output, N modes of size M, on the module's device.

        Raises :class:`UsageError` for an output that is not there, and for more than 2 * 10^7 entries with their channels.
        """
        self.network.require_tensor(output)
        children = [self._grid(child) for child in self.network.tree.children]
        last = self._matrix(self.network.tree)[output : output + 1]
        return in_order(self.network, self._pooled(over_all_places(children)) @ last.T)

    def _grid(self, node: Node) -> Tensor:
        """The channels of a node at all places of its modes, a row each."""
        if not node.children:
            return self._matrix(node).T
        return self._pooled(over_all_places([self._grid(child) for child in node.children])) @ self._matrix(node).T

    def _climb(self, node: Node, values: Tensor) -> Tensor:
        if not node.children:
            entering = values[..., node.mode, :]
        else:
            entering = self._pooled([self._climb(child, values) for child in node.children])
        return entering @ self._matrix(node).T

    def _matrix(self, node: Node) -> Tensor:
        matrix: Tensor = self.matrices[_key(node.weight_name(self.network.shared))]
        return matrix

    def _pooled(self, channels: list[Tensor]) -> Tensor:
        if len(channels) == 1:
            return channels[0]
        stacked = torch.stack(channels)
        if self.network.pool == "product":
            return stacked.prod(dim=0)
        rectified = stacked.clamp(min=0)
        return rectified.amax(dim=0) if self.network.pool == "max" else rectified.sum(dim=0)

    def to_network(self) -> Network:
        """The network with the weights that the parameters have now, as floats without error."""
        weights: dict[str, Any] = {}
        for name in self.network.weights:
            weights[name] = FLOAT64.array(self.matrices[_key(name)].detach().to(torch.float64).cpu().numpy())
        return Network(self.network.tree, weights, self.network.dimension, self.network.pool, self.network.shared)


def _key(name: str) -> str:
    """Parameter names have no slash, and are not empty."""
    return f"node_{name.replace('/', '_')}"


def to_torch(network: Network, dtype: torch.dtype = torch.float64) -> TorchNetwork:
    """The network as a ``torch.nn.Module``."""
    return TorchNetwork(network, dtype)


class ModularNetwork:
    """A network with product pooling modulo a prime, exactly, on a device; the rational weights need denominators prime to p.

    ``path``: the machine type of the products, by default the fastest that is exact for p there (``torch_backend.products``).
    Raises :class:`UsageError` for other pooling, for a p that divides a denominator, and where no machine type is exact.
    """

    def __init__(self, network: Network, p: int, device: torch.device, path: Path | None = None) -> None:
        if network.pool != "product":
            raise UsageError(f"pool: found {network.pool!r}; modulo a prime there is no order, only product pooling")
        self.network, self.p, self.products = network, p, products_for(p, device, path)
        self.matrices = {name: self._residues(name, matrix) for name, matrix in network.weights.items()}

    def _residues(self, name: str, matrix: Any) -> Tensor:
        entries, denominator = matrix.planes[0], getattr(matrix, "denominator", 1)
        if denominator % self.p == 0:
            raise UsageError(f"weights of node {name!r}: {self.p} divides their denominator")
        residues = entries.astype(object) * pow(denominator, -1, self.p) % self.p
        return self._held(residues.astype(np.int64))

    def _held(self, residues: np.ndarray[Any, Any]) -> Tensor:
        return self.products.balance(torch.from_numpy(np.ascontiguousarray(residues)).to(self.products.device))

    def forward(self, values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        """All outputs mod p, B x outputs, of a batch B x N x M of whole numbers f_d(x_i). :class:`UsageError` otherwise."""
        if values.ndim != 3 or values.shape[1:] != (self.network.modes, self.network.dimension):
            expected = f"{self.network.modes} x {self.network.dimension}"
            raise UsageError(f"the network takes a batch of arrays {expected} of f_d(x_i), got {values.shape}")
        held = self._held(values % self.p)
        return self._given(self._climb(self.network.tree, held))

    def tensor(self, output: int = 0) -> np.ndarray[Any, Any]:
        """The coefficient tensor mod p of one output, N modes of size M. Raises as :meth:`TorchNetwork.tensor`."""
        self.network.require_tensor(output)
        children = [self._grid(child) for child in self.network.tree.children]
        last = self._matrix(self.network.tree)[output : output + 1]
        return self._given(in_order(self.network, self._times(last, self._pooled(over_all_places(children)))))

    def _given(self, x: Tensor) -> np.ndarray[Any, Any]:
        return np.asarray(x.to(torch.int64).cpu().numpy() % self.p)

    def _climb(self, node: Node, values: Tensor) -> Tensor:
        children = [self._climb(child, values) for child in node.children]
        return self._times(self._matrix(node), self._pooled(children) if children else values[:, node.mode])

    def _grid(self, node: Node) -> Tensor:
        children = [self._grid(child) for child in node.children]
        return self._times(self._matrix(node), self._pooled(over_all_places(children))) if children else self._matrix(node).t()

    def _matrix(self, node: Node) -> Tensor:
        return self.matrices[node.weight_name(self.network.shared)]

    def _times(self, matrix: Tensor, entering: Tensor) -> Tensor:
        """All channels of all items, a row an item."""
        return self.products.multiply(matrix, entering.contiguous().t()).t()

    def _pooled(self, channels: list[Tensor]) -> Tensor:
        """Products of balanced residues, below 2^53 for p below 2^26, reduced one by one."""
        product = channels[0]
        for other in channels[1:]:
            product = self.products.reduce(product.to(torch.float64) * other).to(self.products.storage)
        return product


def over_all_places(children: list[Tensor]) -> list[Tensor]:
    """Channels of several children, a row a place, at all combinations of their places; the last child's varies fastest."""
    rows = [len(child) for child in children]
    found = []
    for number, child in enumerate(children):
        before, after = math.prod(rows[:number]), math.prod(rows[number + 1 :])
        found.append(child.repeat_interleave(after, 0).repeat(before, 1))
    return found


def in_order(network: Network, flat: Tensor) -> Tensor:
    """The modes of a tensor in the tree's order, flat, in their own order."""
    order = [network.tree.modes.index(mode) for mode in range(network.modes)]
    return flat.reshape([network.dimension] * network.modes).permute(order)
