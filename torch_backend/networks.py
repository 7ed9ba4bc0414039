"""A network as a torch module: the same forward pass, with gradients, so that it can be trained; and back."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from proofkit.fields import FLOAT64
from proofkit.networks import Network, Node


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

    def _climb(self, node: Node, values: Tensor) -> Tensor:
        matrix: Tensor = self.matrices[_key(node.weight_name(self.network.shared))]
        if not node.children:
            entering = values[..., node.mode, :]
        else:
            entering = self._pooled([self._climb(child, values) for child in node.children])
        return entering @ matrix.T

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
