"""The scale rung: large instances on a GPU or a CPU, by torch_backend."""

from __future__ import annotations

import os
import platform
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from proofkit.lemma import Lemma
from proofkit.rungs.evidence import Context, Evidence


def unavailable() -> str:
    """Why the engine is missing."""
    return "" if find_spec("torch") is not None else "torch is missing: pip install 'proofkit[torch]'"


def check_device(name: str) -> None:
    """Raise :class:`proofkit.UsageError` where torch is there and has no device of this name."""
    if name and not unavailable():
        import_module("torch_backend.device").choose(name)


def depends_on(context: Context) -> str:
    """The device that was asked for, the time and memory allowed, and the processors here: results are of a device."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "all")
    return "\n".join([context.device, str(context.seconds), str(context.memory), platform.machine(), visible, *processors()])


def processors() -> list[str]:
    """What the system tells of its processors without torch, which takes seconds to load."""
    gpus = sorted(Path("/proc/driver/nvidia/gpus").glob("*/information"))
    found = [path.read_text(errors="replace") for path in [*gpus, Path("/proc/cpuinfo")] if path.exists()]
    return [line for text in found for line in text.splitlines() if line.startswith(("Model", "GPU UUID", "model name"))]


def run(lemma: Lemma, context: Context) -> Evidence:
    """Check the lemma at the largest sizes that the budget allows; evidence on this device."""
    found: Evidence = import_module("torch_backend.scale").check(lemma, context)
    return found
