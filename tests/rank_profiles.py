"""Matrices over GF(p) with the rank profiles that are hard for an elimination."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from proofkit.linalg.elimination import multiply


def matrix(kind: str, m: int, n: int, p: int, random: np.random.Generator) -> NDArray[np.int64]:
    full = random.integers(0, p, (m, n))
    if kind == "low rank":
        r = int(random.integers(0, min(m, n) + 1))
        return multiply(random.integers(0, p, (m, r)), random.integers(0, p, (r, n)), p)
    if kind == "anti-triangular":
        return np.where(np.add.outer(np.arange(m), np.arange(n)) >= n - 1, full, 0)
    if kind == "permutation":
        found = np.zeros((m, n), dtype=np.int64)
        k = min(m, n)
        found[random.permutation(m)[:k], random.permutation(n)[:k]] = random.integers(0, p, k)
        return found
    if kind == "sparse":
        return full * (random.random((m, n)) < 2 / max(n, 1))
    if kind == "zero blocks":
        full[: m // 2] = 0
        full[:, n // 3 : 2 * n // 3] = 0
    if kind == "extreme":
        return random.choice([p // 2, p // 2 + 1, p - 1], (m, n))
    if kind == "late rank":
        full[: m - m // 4] = full[:1]  # only the last rows have pivots that the first ones have not
    return full
