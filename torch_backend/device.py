"""Where to compute: the device, its name, how much fits on it, and how fast it multiplies."""

from __future__ import annotations

import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proofkit.errors import UsageError
from proofkit.linalg.memory import available_bytes

_LONG = 0.1  # seconds that a product has to take to be a measure of speed
_LARGEST = 16_384


def choose(name: str = "") -> torch.device:
    """The device of that name; without one, a GPU where there is one, else the CPU. :class:`UsageError` where it is not there."""
    if not name:
        return torch.device("cuda", 0) if torch.cuda.is_available() else torch.device("cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        here = ", ".join(["cpu", *(f"cuda:{i}" for i in range(torch.cuda.device_count()))])
        reason = str(error).splitlines()[0].partition(":")[0].rstrip(".")
        raise UsageError(f"--device {name}: no such device ({reason[:60]}); there is {here}") from None
    return device


def kind(device: torch.device) -> str:
    """How large pieces have to be there: "cpu", where they should stay in the cache, or "cuda"."""
    return "cpu" if device.type == "cpu" else "cuda"


def describe(device: torch.device) -> str:
    """The device in words."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    count = torch.get_num_threads()
    return f"{device.type} ({processor()}) with {count} thread{'s' if count != 1 else ''}"


def processor() -> str:
    """What the CPU calls itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def free_bytes(device: torch.device) -> int:
    """The memory that is free on the device, with what torch holds and does not use."""
    if device.type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + unused
    return available_bytes() or os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def synchronize(device: torch.device) -> None:
    """Wait for all that the device was given to do."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def fetch(x: Tensor) -> Callable[[], NDArray[Any]]:
    """Start to copy entries to the host; the function returned waits for them, not for what the device was given since."""
    if x.device.type != "cuda":
        return x.numpy
    copy = x.to("cpu", non_blocking=True)  # into pinned memory
    copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
    copied.record(torch.cuda.current_stream(x.device))

    def wait() -> NDArray[Any]:
        copied.synchronize()
        return np.asarray(copy.numpy())

    return wait


def send(x: NDArray[Any], device: torch.device) -> Tensor:
    """Entries of the host on a device, which is not waited for."""
    held = torch.from_numpy(np.ascontiguousarray(x))
    return held.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else held


@contextmanager
def suitable_threads(device: torch.device) -> Iterator[None]:
    """On a CPU, as many threads as are of use here: on a busy machine two can be fifty times slower than one."""
    before = torch.get_num_threads()
    torch.set_num_threads(_fastest(before) if device.type == "cpu" else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@lru_cache(maxsize=4)
def _fastest(most: int) -> int:
    """One thread or ``most``, whichever does a few products and sums sooner, measured once a process."""
    a = torch.ones(512, 512, dtype=torch.float64)

    def seconds(count: int) -> float:
        torch.set_num_threads(count)
        torch.mm(a, a)
        started = time.perf_counter()
        for _ in range(4):
            torch.mm(a, a).round_()
        return time.perf_counter() - started

    return min((1, most), key=lambda count: min(seconds(count) for _ in range(3)))


@lru_cache(maxsize=16)
def product_rate(device: torch.device, dtype: torch.dtype) -> float:
    """Operations per second of a large square product in a machine type, measured once a process: what a share is a share of."""
    n = 512
    while True:
        a, b = (torch.ones(n, n, device=device).to(dtype) for _ in range(2))
        right = b.t()
        multiply = torch._int_mm if dtype == torch.int8 else torch.mm
        multiply(a, right)
        synchronize(device)
        best = float("inf")
        for _ in range(3):
            started = time.perf_counter()
            multiply(a, right)
            synchronize(device)
            best = min(best, time.perf_counter() - started)
        if best >= _LONG or n >= _LARGEST:
            return 2 * n**3 / best
        n *= 2
