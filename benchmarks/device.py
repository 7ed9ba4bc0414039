"""Ranks modulo a prime on a torch device, beside torch's own linalg, the CPU's engine, and a plain product in the same run."""

from __future__ import annotations

import datetime
import functools
import itertools
import os
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.peers import Contender, ours
from benchmarks.structured import stopped
from proofkit import verify
from proofkit.linalg.operators import blocks_for
from proofkit.linalg.products import passes_self_test
from proofkit.ranks import by_black_box
from torch_backend import device as devices
from torch_backend.batches import distribution, ranks
from torch_backend.elimination import (
    _sweeper,
    _swept,
    drawn_work,
    eliminate,
    factor,
    operations,
    panel_width,
    predicted_bytes,
)
from torch_backend.formed import binary_network, network_rank
from torch_backend.operators import rank_by_black_box
from torch_backend.products import STORED, Path, products_for, refusal, refusals

PRIMES: dict[Path, int] = {"int8": 251, "bfloat16": 65269, "float32": 127, "float64": 8388593}
GIVEN = {"int8": torch.uint8, "bfloat16": torch.int32, "float32": torch.float32, "float64": torch.float64}
HEADING = "## Ranks on a torch device"
DRAWN = (1024, 2048, 4096, 8192, 16384, 32768, 65536)
_FEW_SIDES = 10_000  # beyond it the 17 right-hand sides mod 251 are too much work for the judge; 6 mod 8388593 are not
PATIENCE = 60.0  # seconds that an elimination may be expected to take


def timed(function: Callable[[], Any], device: torch.device) -> tuple[Any, float]:
    """A value and its seconds: of processor time on one thread of a CPU, which other work on the machine disturbs least."""
    clock = time.process_time if device.type == "cpu" else time.perf_counter
    devices.synchronize(device)
    start = clock()
    value = function()
    devices.synchronize(device)
    return value, clock() - start


def offered(device: torch.device) -> list[Path]:
    """The paths that pass their self-test; on a CPU limbs of bfloat16 are for tests only."""
    paths: list[Path] = [path for path in PRIMES if not refusal(path, device)]
    return [path for path in paths if path != "bfloat16" or device.type == "cuda"]


def rank_on(device: torch.device, path: Path) -> Contender:
    """One path on the device, from a matrix that is there."""
    p = PRIMES[path]

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = torch.from_numpy(a).to(device, GIVEN[path])
        found, seconds = timed(lambda: eliminate(held, p, path=path).rank, device)
        return int(found), seconds

    return Contender(f"{device} {path}, p = {p}", p, run, largest=16384)


def linalg(
    device: torch.device, name: str, function: Callable[[torch.Tensor], Any], dtype: torch.dtype, largest: int
) -> Contender:
    """One of torch's own; it proves nothing about the rank."""

    def run(a: NDArray[Any]) -> tuple[int, float]:
        held = torch.from_numpy(a).to(device, dtype)
        timed(lambda: function(held[:64, :64]), device)
        return 0, timed(lambda: function(held), device)[1]

    return Contender(f"torch {name} (no proof)", None, run, largest)


def contenders(device: torch.device) -> list[Contender]:
    """The device's paths, the CPU's, and torch's linalg."""
    host = [ours(path, PRIMES[path], 1) for path in ("int8", "float32", "float64") if passes_self_test(path)]
    peers = [
        linalg(device, "lu_factor float64", torch.linalg.lu_factor, torch.float64, 16384),
        linalg(device, "lu_factor float32", torch.linalg.lu_factor, torch.float32, 16384),
        linalg(device, "matrix_rank float64", torch.linalg.matrix_rank, torch.float64, 2048),
    ]
    return [*(rank_on(device, path) for path in offered(device)), *host, *peers]


def pairs(device: torch.device) -> list[tuple[str, str]]:
    """Which ratios are of interest."""
    found = []
    for path in offered(device):
        mine, host = f"{device} {path}, p = {PRIMES[path]}", f"proofkit {path}, p = {PRIMES[path]}"
        found += [(mine, host), (mine, "torch lu_factor float64 (no proof)"), (mine, "torch matrix_rank float64 (no proof)")]
    return found


def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large product, by the same clock as all else."""
    n = 4096 if device.type == "cpu" else 16384
    a, b = (torch.ones(n, n, device=device).to(dtype) for _ in range(2))
    multiply = torch._int_mm if dtype == torch.int8 else torch.mm
    timed(lambda: multiply(a, b.t()), device)
    return 2 * n**3 / min(timed(lambda: multiply(a, b.t()), device)[1] for _ in range(3))


def drawn_table(device: torch.device, largest: int) -> list[str]:
    """Matrices drawn on the device from a seed: what an elimination achieves, and a product of the same run."""
    lines = [
        "| path | n | rank | drawn s | eliminated s | Gop/s | product's Gop/s | share | memory GB |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for path in offered(device):
        products, last = products_for(PRIMES[path], device, path), 0.0
        peak = product_rate(device, torch.bfloat16 if path == "bfloat16" else STORED[path])
        factor(drawn_work(512, 0, products), 512, products)
        for n in [n for n in DRAWN if n <= largest]:
            needed = predicted_bytes(n, n, products)
            if needed > devices.free_bytes(device) or 8 * last > PATIENCE:
                break
            work, drawing = timed(lambda n=n, products=products: drawn_work(n, 1, products), device)
            found, last = timed(lambda n=n, products=products, work=work: factor(work, n, products).rank, device)
            rate = operations(n, n, found) / last
            row = [f"{path}, p = {PRIMES[path]}", str(n), str(found), f"{drawing:.3g}", f"{last:.3g}"]
            row += [f"{rate / 1e9:.3g}", f"{peak / 1e9:.3g}"]
            lines.append("| " + " | ".join([*row, f"{100 * rate / peak:.0f}%", f"{needed / 1e9:.2f}"]) + " |")
            print(lines[-1], flush=True)
    return [*lines, ""]


def batches_table(device: torch.device) -> list[str]:
    """Many small matrices at once."""
    lines = ["| 20000 matrices | ours s | torch matrix_rank s (no proof) | times as fast |", "| --- | ---: | ---: | ---: |"]
    for n, p in ((8, 251), (16, 251), (16, 8388593), (32, 251)):
        a = torch.from_numpy(np.random.default_rng(n).integers(0, p, (20_000, n, n))).to(device)
        timed(lambda a=a, p=p: ranks(a[:10], p), device)
        mine = timed(lambda a=a, p=p: ranks(a, p), device)[1]
        wide = a.to(torch.float64)
        other = timed(lambda wide=wide: torch.linalg.matrix_rank(wide), device)[1]
        lines.append(f"| {n} x {n}, p = {p} | {mine:.3g} | {other:.3g} | {other / mine:.2f} |")
        print(lines[-1], flush=True)
    for p in (101, 1009, 65521):
        found, seconds = timed(lambda p=p: distribution(3, (3, 2), p, 100_000, 0, device), device)
        print(f"{found}: {seconds:.1f} s", flush=True)
        lines += ["", f"M = 3, r = (3, 2): {found} ({seconds:.1f} s)."]
    return [*lines, ""]


def networks_table(device: torch.device, largest: int) -> list[str]:
    """Networks with more channels than M, formed and eliminated, with a certificate that the judge accepts without the device."""
    lines = [
        "| network | n | p | rank | formed and eliminated s | certificate s | judge s | size MB | verdict |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for levels, dim in ((3, 4), (3, 6), (3, 8), (3, 12), (4, 4)):
        matrix = binary_network(levels, dim, dim + 1, "0")
        n = matrix.shape[0]
        if n > largest:
            break
        p = PRIMES["int8" if n <= _FEW_SIDES else "float64"]
        found, seconds = timed(lambda matrix=matrix, p=p: network_rank(matrix, p, device), device)
        data, writing = timed(lambda found=found: found.certificate(deterministic=False), device)
        verdict, judging = stopped(lambda data=data: verify.check(data))
        row = [f"{2**levels} modes, M = {dim}, {dim + 1} channels", str(n), str(p), str(found.lower)]
        row += [*(f"{t:.2f}" for t in (seconds, writing, judging)), f"{len(data) / 1e6:.2f}", verdict.verdict]
        lines.append("| " + " | ".join(row) + " |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def black_boxes_table(device: torch.device, largest: int) -> list[str]:
    """The same networks by block Wiedemann on the device, beside the CPU's own engine on one thread."""
    lines = [
        "The same matrices, never formed: block Wiedemann on the device, and with the CPU's engine on one thread.",
        "",
        "| n | path | p | rank | device s | CPU s | times as fast | certificate s | judge s | verdict |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for (levels, dim), path in itertools.product(((3, 4), (3, 8), (4, 4)), offered(device)):
        matrix, p = binary_network(levels, dim, dim + 1, "0"), PRIMES[path]
        n = matrix.shape[0]
        if n > largest:
            break
        operator = matrix.operator(p, blocks_for(p, 32, threads=1))
        mine = functools.partial(rank_by_black_box, matrix, p, device, path=path)
        timed(lambda device=device, p=p, path=path: rank_by_black_box(binary_network(2, 3, 4, "0"), p, device, path=path), device)
        found, seconds = timed(mine, device)
        other, on_cpu = timed(functools.partial(by_black_box, matrix, operator), torch.device("cpu"))
        row = [str(n), path, str(p), f"{found.lower} (CPU: {other.lower})"]
        row += [f"{seconds:.2f}", f"{on_cpu:.2f}", f"{on_cpu / seconds:.2f}"]
        if found.exact:
            data, writing = timed(lambda found=found: found.certificate(deterministic=False), device)
            verdict, judging = stopped(lambda data=data: verify.check(data))
            row += [f"{writing:.2f}", f"{judging:.2f}", verdict.verdict]
        else:
            row += ["-", "-", "-"]
        lines.append("| " + " | ".join(row) + " |")
        print(lines[-1], flush=True)
    return [*lines, ""]


def estimate(n: int = 65536, p: int = 251) -> list[str]:
    """What bytes of n x n would take on an H100, from assumed rates and from the sweep of a pivot block here. No measurement."""
    product, memory, copying, launch = 1.2e15, 2.5e12, 2e11, 6e-6  # operations, bytes, transposed bytes a second; seconds
    width, launches = panel_width(n), 35  # of kernels and copies a panel, as counted on a simulated device
    block = np.random.default_rng(0).integers(-(p // 2), p // 2 + 1, (width + 8, width))
    host = _sweeper(p, width)
    sweep = min(timed(lambda: _swept(host, block), torch.device("cpu"))[1] for _ in range(5))
    products = operations(n, n, n) / product
    passes = n * n * (34 + 41 / 2) / memory + n * n / 2 / copying  # sums reduced: 34 bytes an entry, of L 41 more; U by columns
    swept, launched = (n // width * each for each in (sweep, launches * launch))
    least, most = products + passes, products + passes + swept + launched
    shares = " to ".join(f"{100 * products / each:.0f}" for each in (most, least))
    return [
        f"Estimated, not measured: {n} x {n} in int8, mod {p}, on an H100, if its products run at {product / 1e12:.0f} Top/s and "
        f"its memory at {memory / 1e12:.1f} TB/s: products {products:.2f} s, reductions and copies {passes:.2f} s; on the host "
        f"sweeps of pivot blocks {swept:.2f} s ({1000 * sweep:.2f} ms each, on this CPU) and launches {launched:.2f} s. From "
        f"{least:.2f} s, where the host is hidden behind the device as it is meant to be, to {most:.2f} s where nothing is: "
        f"{shares}% of the product's rate.",
        "",
    ]


def introduction(device: torch.device) -> list[str]:
    """What it ran on."""
    none = "" if torch.cuda.is_available() else " No GPU was available: the device is the CPU, on one thread, in processor time."
    load = ", ".join(f"{x:.1f}" for x in os.getloadavg())
    when = f"{datetime.date.today()}, load average {load}: the machine also did other work"
    return [f"On {devices.describe(device)}, torch {torch.__version__}; {when}.{none}", *refusals(device), ""]
