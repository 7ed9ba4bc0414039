"""What memory there is, and the refusal of what would not fit."""

from __future__ import annotations

from proofkit.errors import UsageError

_SMALL = 2**26  # bytes that are taken without a look at what is free


def available_bytes() -> int | None:
    """The memory that can be had without swapping, where the system tells."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    return None


def require_memory(needed: int, what: str) -> None:
    """Raise :class:`UsageError` with the numbers where ``needed`` bytes are not free."""
    free = available_bytes() if needed > _SMALL else None
    if free is not None and needed > free:
        raise UsageError(
            f"{what} needs {needed / 2**30:.1f} GiB of memory, {free / 2**30:.1f} GiB are free; nothing was computed"
        )
