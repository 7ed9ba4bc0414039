"""Networks as objects that one can compute with: forward passes and coefficient tensors over any number system.

Reading order: ``trees`` (which inputs are pooled together), ``network`` (weights on a tree: forward passes, tensors), ``files``
(reading and writing them), ``geometry`` (which ranks a tree allows).
"""

from proofkit.networks.files import content_of, from_content, read_gram, read_network, write_network
from proofkit.networks.network import (
    Network,
    channel_shapes,
    contracted,
    network_of,
    random_arrays,
    random_deep,
    random_network,
    random_shallow,
    statement_names,
    statement_weights,
)
from proofkit.networks.trees import Node, deep_tree, partition, pooling_tree, shallow_tree, truncated_tree

__all__ = [
    "Network",
    "Node",
    "channel_shapes",
    "content_of",
    "contracted",
    "deep_tree",
    "from_content",
    "network_of",
    "partition",
    "pooling_tree",
    "random_arrays",
    "random_deep",
    "random_network",
    "random_shallow",
    "read_gram",
    "read_network",
    "shallow_tree",
    "statement_names",
    "statement_weights",
    "truncated_tree",
    "write_network",
]
