"""Measure, and write docs/benchmarks.md: ``python -m benchmarks [--largest N] [--output FILE]``.

With ``--device NAME`` only the section on that device is measured, and replaced in the file.

All contenders of a table take turns on the same matrices in one run, so that what else the machine does meets all of them; the
tables show medians, and ratios of medians.
"""

from __future__ import annotations

import argparse
import functools
import os
import platform
import statistics
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import proofkit
from benchmarks import peers, structured
from benchmarks.peers import Contender
from benchmarks.structured import stopped
from proofkit import verify
from proofkit.linalg.elimination import multiply

LARGE, FLOAT32, BYTE = 8388593, 127, 251
SIZES = (256, 512, 1024, 2048, 4096, 8192)
_WARM = 4096  # from this size on, the first run of a turn is told apart: it mostly waits for memory from the system
_IN_A_ROW = 5  # runs of a contender of a few milliseconds, which would otherwise find the caches full of others' data
PATIENCE = 40.0  # seconds a contender may be expected to take; beyond that it is not run

Times = dict[str, dict[int, float]]


def residues(profile: str, n: int, p: int, random: np.random.Generator) -> NDArray[np.int64]:
    """An n x n matrix over GF(p)."""
    full = random.integers(0, p, (n, n))
    if profile == "rank n/2":
        return multiply(full[:, : n // 2], full[: n // 2], p)
    if profile == "anti-triangular":
        return np.where(np.add.outer(np.arange(n), np.arange(n)) >= n - 1, full, 0)
    if profile == "permutation":
        return np.eye(n, dtype=np.int64)[random.permutation(n)]
    if profile == "random profile":
        keep = np.sort(random.choice(n, n // 2, replace=False))
        left = np.zeros((n, n // 2), dtype=np.int64)
        left[keep] = np.eye(n // 2, dtype=np.int64)
        left[np.setdiff1d(np.arange(n), keep)] = random.integers(0, p, (n - n // 2, n // 2))
        return multiply(left[random.permutation(n)], residues("anti-triangular", n, p, random)[: n // 2], p)
    return full


def measure(contenders: list[Contender], profile: str, sizes: list[int], log: str, first: Times | None = None) -> Times:
    """Medians of alternating runs; contenders of one prime must agree on every rank. Where ``first`` is given, contenders that
    copy large matrices run twice a turn: the medians are of second runs, and those of the first go there."""
    medians: Times = {one.name: {} for one in contenders}
    for n in sizes:
        random = np.random.default_rng(n)
        matrices = {p: residues(profile, n, p or BYTE, random) for p in dict.fromkeys(one.p for one in contenders)}
        active = [one for one in contenders if n <= one.largest and expected(medians[one.name], n) <= PATIENCE]
        samples: dict[str, list[float]] = {one.name: [] for one in active}
        earlier: dict[str, list[float]] = {one.name: [] for one in active if first is not None and one.copies and n >= _WARM}
        for _ in range(15 if n <= 512 else 9 if n <= 1024 else 5 if n <= 2048 else 3 if n <= 4096 else 1):
            ranks: dict[int, int] = {}
            for place in random.permutation(len(active)):  # nobody always runs after the same neighbour
                one = active[place]
                if enough(samples[one.name]):
                    continue
                if one.name in earlier:
                    earlier[one.name].append(one.run(matrices[one.p])[1])
                for _ in range(_IN_A_ROW if n <= 512 and expected(medians[one.name], n) < 0.1 else 1):
                    rank, seconds = one.run(matrices[one.p])
                    samples[one.name].append(seconds)
                if one.p is not None and ranks.setdefault(one.p, rank) != rank:
                    raise SystemExit(f"{one.name} finds rank {rank}, another {ranks[one.p]}: n = {n}, {profile}")
        for name, seconds_ in samples.items():
            medians[name][n] = statistics.median(seconds_)
        for name, seconds_ in earlier.items() if first is not None else ():
            first.setdefault(name, {})[n] = statistics.median(seconds_)
        print(log, profile, n, {name: f"{1000 * medians[name][n]:.2f} ms" for name in samples}, flush=True)
    return medians


def enough(seconds: list[float]) -> bool:
    """Long runs are repeated less often."""
    return bool(seconds) and len(seconds) >= (2 if max(seconds) > 5 else 3 if max(seconds) > 0.5 else 1000)


def expected(times: dict[int, float], n: int) -> float:
    """Extrapolated from the largest size measured."""
    if not times:
        return 0.0
    largest = max(times)
    return times[largest] * (n / largest) ** 3


def table(times: Times, sizes: list[int]) -> list[str]:
    """Milliseconds."""
    lines = ["| milliseconds, n = | " + " | ".join(map(str, sizes)) + " |", "| --- |" + " ---: |" * len(sizes)]
    for name, row in times.items():
        cells = [
            f"{1000 * row[n]:.3g}" if n in row and row[n] < 1 else f"{1000 * row[n]:.0f}" if n in row else "-" for n in sizes
        ]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def ratios(times: Times, pairs: list[tuple[str, str]], sizes: list[int]) -> list[str]:
    """How many times as long the peer takes."""
    lines = ["| times as fast, n = | " + " | ".join(map(str, sizes)) + " |", "| --- |" + " ---: |" * len(sizes)]
    for mine, peer in pairs:
        if mine in times and peer in times:
            both = [n for n in sizes if n in times[mine] and n in times[peer]]
            cells = [f"{times[peer][n] / times[mine][n]:.2f}" if n in both else "-" for n in sizes]
            lines.append(f"| {mine} over {peer} | " + " | ".join(cells) + " |")
    return [*lines, ""]


def certificates(sizes: list[int]) -> list[str]:
    """From the matrix to an accepted certificate."""
    lines = [
        "| matrix | rank | rank() s | certificate s | judge s | size MB | verdict |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for n in sizes:
        random = np.random.default_rng(n)
        cases: dict[str, Any] = {"integers in -9..9": random.integers(-9, 10, (n, n))}
        if n <= 2048:
            cases["float64, normal"] = random.standard_normal((n, n))
        for name, a in cases.items():
            found, seconds = stopped(functools.partial(proofkit.rank, a, threads=1, seed=0))
            data, writing = stopped(found.certificate)
            verdict, judging = stopped(functools.partial(verify.check, data))
            row = [f"{n} x {n}, {name}", str(found.lower), *(f"{t:.2f}" for t in (seconds, writing, judging))]
            lines.append("| " + " | ".join([*row, f"{len(data) / 1e6:.2f}", verdict.verdict]) + " |")
            print(lines[-1], flush=True)
    return [*lines, ""]


def machine(driver: peers.Fflas | None) -> list[str]:
    """What the run ran on."""
    from threadpoolctl import threadpool_info

    names = [line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line]
    blas = ", ".join(f"{one['internal_api']} {one['version']} ({one.get('architecture')})" for one in threadpool_info())
    packages = []
    for name in ("numpy", "numba", "python-flint", "galois", "sympy", "torch"):
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            packages.append(f"{name} not installed")
    kernel = "not installed" if driver is None else f"OpenBLAS kernel {driver.kernel or 'of its own choice'}, the fastest here"
    return [
        f"- {names[0] if names else platform.processor()}, {os.cpu_count()} CPUs; Python {platform.python_version()}",
        f"- {', '.join(packages)}; BLAS of numpy: {blas}",
        f"- FFLAS-FFPACK: {kernel}; products of bytes {'pass' if peers.bytes_here() else 'do not pass'} their self-test",
        f"- load average {', '.join(f'{x:.1f}' for x in os.getloadavg())} at the end: the machine also did other work",
        f"- {time.strftime('%Y-%m-%d')}",
        "",
    ]


def paths(threads: int) -> list[Contender]:
    """The paths of proofkit."""
    found = [
        peers.ours("float64", LARGE, threads),
        peers.ours("float64", LARGE, threads),
        peers.ours("float32", FLOAT32, threads),
    ]
    return [*found, peers.ours("int8", BYTE, threads)] if peers.bytes_here() else found


def on_device(name: str, largest: int) -> list[str]:
    """The section on a torch device; empty where torch is missing."""
    try:
        import torch
    except ImportError:
        return []
    from benchmarks import device as measured
    from torch_backend import device as devices

    device = devices.choose(name)
    if device.type == "cpu":
        torch.set_num_threads(1)
    sizes = [n for n in SIZES[1:] if n <= min(largest, 4096)]
    times = measure(measured.contenders(device), "full rank", sizes, str(device))
    text = [measured.HEADING, "", *measured.introduction(device)]
    text += [*ratios(times, measured.pairs(device), sizes), *table(times, sizes)]
    text += ["Drawn on the device from a seed and eliminated in place; operations are those that the rank asks for.", ""]
    text += [*measured.drawn_table(device, largest), *measured.estimate(), *measured.batches_table(device)]
    return [*text, *measured.networks_table(device, largest), *measured.black_boxes_table(device, largest)]


def replaced(text: str, section: list[str]) -> str:
    """The file with one section in place of the old one, or before the last."""
    parts = text.split("\n## ")
    body = "\n".join(section).removeprefix("## ")
    name = section[0].removeprefix("## ")
    kept = [part for part in parts if not part.startswith(name)]
    places = [place for place, part in enumerate(parts) if part.startswith(name)]
    kept.insert(places[0] if places else len(kept) - 1, body)
    return "\n## ".join(kept)


def main() -> None:
    """Run everything, or the section of a device, and write the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--largest", type=int, default=4096)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent.parent / "docs" / "benchmarks.md")
    parser.add_argument("--device", default="", help="measure the section of this torch device alone: cpu, cuda:0")
    options = parser.parse_args()
    if options.device:
        options.output.write_text(replaced(options.output.read_text(), on_device(options.device, options.largest)))
        return
    sizes = [n for n in SIZES if n <= options.largest]
    driver = peers.fflas(1)
    rivals = [driver.contender("double", LARGE), driver.contender("float", FLOAT32)] if driver else []
    others = [peers.flint(LARGE), peers.galois(BYTE), peers.sympy(BYTE), peers.numpy_rank(), peers.torch_rank()]
    contenders = [*paths(1), *rivals, *(one for one in others if one)]
    pairs = [
        (f"proofkit float64, p = {LARGE}", f"FFLAS-FFPACK double, p = {LARGE}"),
        (f"proofkit float64, p = {LARGE}", f"FLINT, p = {LARGE}"),
        (f"proofkit float32, p = {FLOAT32}", f"FFLAS-FFPACK float, p = {FLOAT32}"),
        (f"proofkit int8, p = {BYTE}", f"FFLAS-FFPACK float, p = {FLOAT32}"),
        (f"proofkit int8, p = {BYTE}", f"FLINT, p = {LARGE}"),
        (f"proofkit int8, p = {BYTE}", f"galois, p = {BYTE}"),
        (f"proofkit int8, p = {BYTE}", f"sympy DomainMatrix, p = {BYTE}"),
        (f"proofkit int8, p = {BYTE}", "numpy matrix_rank (no proof)"),
        (f"proofkit int8, p = {BYTE}", "torch matrix_rank (no proof)"),
    ]
    text = [
        "# Benchmarks",
        "",
        "Written by `python -m benchmarks`. Medians of runs in turns. On one thread, seconds are of processor time.",
        "",
    ]
    first: Times = {}
    one_thread = measure(contenders, "full rank", sizes, "one thread", first)
    text += ["## Rank modulo a prime, n x n, full rank", "", *ratios(one_thread, pairs, sizes), *table(one_thread, sizes)]
    cold = [n for n in sizes if n >= _WARM]
    if cold:
        text += [
            f"From n = {_WARM} on, proofkit and FFLAS-FFPACK run twice a turn, and the above is of second runs. In first runs,",
            "after others gave their memory back, they also wait for the system to provide it:",
            "",
            *ratios(first, [pairs[0], *pairs[2:4]], cold),
            *table(first, cold),
        ]
    hard = [n for n in sizes if n in (256, 1024, 2048)]
    for profile in ("rank n/2", "anti-triangular", "permutation", "random profile"):
        found = measure([*paths(1), *rivals], profile, hard, "one thread")
        text += [f"## {profile.capitalize()}", "", *ratios(found, [pairs[0], *pairs[2:4]], hard), *table(found, hard)]
    both = peers.fflas(2)
    two = [both.contender("double", LARGE), both.contender("float", FLOAT32)] if both else []
    wide = [n for n in sizes if 2048 <= n <= 4096]
    found = measure([*paths(2), *two], "full rank", wide, "two threads")
    text += ["## Two threads", "", *ratios(found, [pairs[0], *pairs[2:4]], wide), *table(found, wide)]
    text += ["## Certificates", "", "Entries or recipe included; the judge is pure Python.", ""]
    text += certificates([n for n in sizes if n <= 4096])
    text += ["## Networks that are never formed", "", *structured.tables()]
    text += on_device("", options.largest)
    text += ["## The machine", "", *machine(driver)]
    options.output.parent.mkdir(exist_ok=True)
    options.output.write_text("\n".join(text))


if __name__ == "__main__":
    main()
