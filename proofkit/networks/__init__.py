"""Networks as objects that one can compute with: forward passes and coefficient tensors over any number system."""

from proofkit.networks.arithmetic import ArithmeticCircuit, deep, shallow

__all__ = ["ArithmeticCircuit", "deep", "shallow"]
