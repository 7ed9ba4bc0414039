"""Who is measured: each contender takes a matrix of residues and a prime, and returns the rank and the seconds it took.

Matrices are handed over in the machine type that a contender computes in; copying them into its own work space counts, as it
does for everybody. Peers that are not installed are left out, and the tables say so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from proofkit.fields.budget import MachineType
from proofkit.linalg.elimination import eliminate
from proofkit.linalg.products import passes_self_test

Run = Callable[[NDArray[Any]], tuple[int, float]]
_KERNELS = ("", "SAPPHIRERAPIDS", "SKYLAKEX", "ZEN", "HASWELL")


@dataclass(frozen=True)
class Contender:
    """``run`` on matrices of residues mod ``p`` (None: floating point), up to ``largest`` rows; whether it copies them first."""

    name: str
    p: int | None
    run: Run
    largest: int = 8192
    copies: bool = False


def timed(function: Callable[[], Any], threads: int = 1) -> tuple[int, float]:
    """Its value and its seconds: of processor time on one thread, which other work on the machine disturbs least."""
    clock = time.process_time if threads == 1 else time.perf_counter
    with threadpool_limits(threads):
        start = clock()
        value = function()
        return int(value), clock() - start


def ours(dtype: MachineType, p: int, threads: int) -> Contender:
    """One path of proofkit."""
    numpy_type = {"float64": np.float64, "float32": np.float32, "int8": np.uint8}[dtype]

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = a.astype(numpy_type)
        return timed(lambda: eliminate(held, p, dtype=dtype, threads=threads).rank, threads)

    return Contender(f"proofkit {dtype}, p = {p}", p, run, copies=True)


class Fflas:
    """FFLAS-FFPACK, by a driver that is compiled for the run; its BLAS takes whichever of its kernels is fastest here."""

    def __init__(self, threads: int) -> None:
        self.folder = tempfile.TemporaryDirectory()
        source, self.program = Path(__file__).with_name("fflas.cpp"), Path(self.folder.name) / "fflas"
        flags = subprocess.run(["pkg-config", "--cflags", "--libs", "fflas-ffpack"], capture_output=True, text=True, check=True)
        command = ["g++", "-O3", "-march=native", "-std=gnu++17", str(source), "-o", str(self.program), *flags.stdout.split()]
        subprocess.run(command, check=True, capture_output=True)
        self.threads = threads
        a = np.random.default_rng(0).integers(0, 2097169, (1024, 1024))
        trials = {}
        for kernel in _KERNELS:
            self.start(kernel)
            trials[kernel] = min(self.ask("double", 2097169, a)[1] for _ in range(8))
            self.process.kill()
        self.kernel = min(trials, key=trials.__getitem__)
        self.start(self.kernel)

    def start(self, kernel: str) -> None:
        """The driver, with one of OpenBLAS's kernels ("": its own choice)."""
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": str(self.threads), "OMP_NUM_THREADS": str(self.threads)}
        if kernel:
            environment["OPENBLAS_CORETYPE"] = kernel
        self.process = subprocess.Popen(
            [str(self.program)], text=True, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def ask(self, kind: str, p: int, a: NDArray[Any]) -> tuple[int, float]:
        """One rank; the driver measures it."""
        path = Path(self.folder.name) / "matrix"
        a.astype("<f8").tofile(path)
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f"{kind} {p} {a.shape[0]} {a.shape[1]} 1 {path}\n")
        self.process.stdin.flush()
        rank, wall, processor = self.process.stdout.readline().split()
        return int(rank), float(processor if self.threads == 1 else wall)

    def contender(self, kind: str, p: int) -> Contender:
        """FFLAS-FFPACK over ModularBalanced<kind>."""
        return Contender(f"FFLAS-FFPACK {kind}, p = {p}", p, lambda a: self.ask(kind, p, a), copies=True)


def fflas(threads: int) -> Fflas | None:
    """The driver, or None where the library or a compiler is missing."""
    if not shutil.which("g++") or not shutil.which("pkg-config"):
        return None
    found = subprocess.run(["pkg-config", "--exists", "fflas-ffpack"], check=False)
    return Fflas(threads) if found.returncode == 0 else None


def flint(p: int) -> Contender:
    """FLINT's nmod_mat, through python-flint; making the matrix is not counted."""
    from flint import nmod_mat

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = nmod_mat(a.shape[0], a.shape[1], a.ravel().tolist(), p)
        return timed(lambda: held.rank())

    return Contender(f"FLINT, p = {p}", p, run, largest=4096)


def galois(p: int) -> Contender | None:
    """galois arrays over GF(p), compiled beforehand."""
    try:
        import galois as package
    except ImportError:
        return None
    field = package.GF(p)
    np.linalg.matrix_rank(field(np.eye(3, dtype=np.int64)))

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = field(a)
        return timed(lambda: np.linalg.matrix_rank(held))

    return Contender(f"galois, p = {p}", p, run, largest=512)


def sympy(p: int) -> Contender:
    """sympy's DomainMatrix over GF(p)."""
    from sympy import GF
    from sympy.polys.matrices import DomainMatrix

    def run(a: NDArray[Any]) -> tuple[int, float]:
        field = GF(p)
        held = DomainMatrix([[field(x) for x in row] for row in a.tolist()], a.shape, field)
        return timed(lambda: held.rank())

    return Contender(f"sympy DomainMatrix, p = {p}", p, run, largest=256)


def numpy_rank() -> Contender:
    """numpy's numerical rank of the same entries in float64: singular values and a tolerance, no certain bound."""
    return Contender("numpy matrix_rank (no proof)", None, lambda a: timed(lambda: np.linalg.matrix_rank(a.astype(float))), 1024)


def torch_rank() -> Contender | None:
    """torch's numerical rank in float64."""
    try:
        import torch
    except ImportError:
        return None
    torch.set_num_threads(1)

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = torch.from_numpy(a.astype(float))
        return timed(lambda: torch.linalg.matrix_rank(held))

    return Contender("torch matrix_rank (no proof)", None, run, 2048)


def bytes_here() -> bool:
    """Whether products of bytes pass their self-test."""
    return passes_self_test("int8")
