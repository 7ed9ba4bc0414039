"""Certificates about networks: what one network's weights, or almost all weights of its sizes, demand of a shallow one."""

from proofkit.certify.boxes import box_one_channel, box_rank
from proofkit.certify.capacity import capacity, rank_at_random_weights
from proofkit.certify.distance import DistanceResult, distance
from proofkit.certify.generic import Separation, depth, separation
from proofkit.certify.recipe import rank_of_network
from proofkit.certify.weights import WeightsResult, weights

__all__ = [
    "DistanceResult",
    "Separation",
    "WeightsResult",
    "box_one_channel",
    "box_rank",
    "capacity",
    "depth",
    "distance",
    "rank_at_random_weights",
    "rank_of_network",
    "separation",
    "weights",
]
