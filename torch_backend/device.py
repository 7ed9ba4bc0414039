"""Where to compute: the device, its name, and how much fits on it."""

from __future__ import annotations

import os

import torch


def choose(name: str = "") -> torch.device:
    """The device of that name; without one, a GPU where there is one, else the CPU. ValueError where there is no such device."""
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise ValueError(f"{name}: no such device ({str(error).splitlines()[0]})") from None
    return device


def describe(device: torch.device) -> str:
    """The device in words."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type} with {torch.get_num_threads()} threads"


def free_bytes(device: torch.device) -> int:
    """The memory that is free on the device."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
