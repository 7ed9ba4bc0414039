"""Certificates for networks of given sizes: what a deep network's coefficient tensor demands of a shallow one."""

from __future__ import annotations

from collections.abc import Sequence

from proofkit.errors import UsageError
from proofkit.search.prover import Result, prove


def capacity(
    modes: int, dim: int, channels: Sequence[int], shared: bool = False, witness: str = "structured", seed: int = 0
) -> Result:
    """Almost every deep network of these sizes has a CP rank of at least min(r0, M)^(N/2): the theorem at given sizes.

    ``modes`` is N = 2^L, ``dim`` is M, ``channels`` are r_0 .. r_(L-1). With the structured ``witness`` the certificate is an
    instance of the theorem for all sizes, whatever N; with a random one it is a minor that is not zero at weights drawn by
    ``seed``, with no theorem behind it, over Q. Raises :class:`UsageError` for sizes that no deep
    network has. Source: Cohen, Sharir and Shashua (COLT 2016), theorem 1.
    """
    levels = modes.bit_length() - 1
    if modes < 2 or modes != 2**levels:
        raise UsageError(f"--modes {modes}: a deep network has N = 2, 4, 8, ... inputs")
    if dim < 1:
        raise UsageError(f"--dim {dim}: the dimension M is at least 1")
    if len(channels) != levels or min(channels) < 1:
        found = ",".join(map(str, channels))
        raise UsageError(f"--channels {found}: N = {modes} needs {levels} positive counts r0,...,r{levels - 1}")
    network = f"ht(L, M, r{', shared=True' if shared else ''})"
    return prove(
        f"cp_rank({network}) >= min(r[0], M) ** (2 ** (L - 1))",
        sizes={"L": levels, "M": dim, "r": list(channels)},
        almost_everywhere=True,
        field="any" if witness == "structured" else "Q",
        witness=witness,
        seed=seed,
    )
