"""Benchmarks against the peers they name: ``python -m benchmarks``."""
