"""Ranks and linear algebra: exact (Q, GF(p)) and verified bounds for floating-point matrices."""
