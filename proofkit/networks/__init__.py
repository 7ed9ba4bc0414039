"""Networks as objects that one can compute with: forward passes and coefficient tensors over any number system."""

from proofkit.networks.arithmetic import (
    ArithmeticCircuit,
    contracted,
    deep,
    random_arrays,
    random_deep,
    random_shallow,
    shallow,
)

__all__ = ["ArithmeticCircuit", "contracted", "deep", "random_arrays", "random_deep", "random_shallow", "shallow"]
