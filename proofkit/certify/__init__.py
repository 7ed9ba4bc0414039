"""Certificates about networks: what one network's weights, or almost all weights of its sizes, demand of a shallow one."""

from proofkit.certify.capacity import capacity
from proofkit.certify.generic import Separation, depth, separation
from proofkit.certify.weights import WeightsResult, weights

__all__ = ["Separation", "WeightsResult", "capacity", "depth", "separation", "weights"]
