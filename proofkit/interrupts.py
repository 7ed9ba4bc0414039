"""Ctrl-C, wherever it arrives, ends a command with exit code 3 and without a traceback; what was finished is kept.

The first press is a KeyboardInterrupt in the main thread. A library may swallow that or make another error of it, and where
nobody can catch it (in the garbage collector, say) Python drops it; so it is remembered, and ``heed`` raises it once more
between two pieces of work. The second press ends the process at once.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED = 3  # the exit code

_pressed = False


def watch() -> None:
    """From here on to the end of the process."""
    hook = sys.unraisablehook

    def lost(what: sys.UnraisableHookArgs) -> None:
        if not issubclass(what.exc_type, KeyboardInterrupt):  # that is remembered, and nothing is printed
            hook(what)

    sys.unraisablehook = lost
    signal.signal(signal.SIGINT, _press)


@contextmanager
def watched() -> Iterator[None]:
    """Within a block; where Ctrl-C is watched already, this changes nothing."""
    global _pressed
    if signal.getsignal(signal.SIGINT) is _press:
        yield
        return
    before, hook = signal.getsignal(signal.SIGINT), sys.unraisablehook
    try:
        watch()
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        sys.unraisablehook = hook
        _pressed = False


@contextmanager
def held_back() -> Iterator[None]:
    """Ctrl-C waits for the end of the block; processes that start within never get it, from their first instruction on."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def heed() -> None:
    """Raise KeyboardInterrupt where it was pressed."""
    if _pressed:
        raise KeyboardInterrupt


def _press(*_: object) -> None:
    global _pressed
    if _pressed:
        if os.isatty(2):
            os.write(2, b"\x1b[?25h\n")  # the cursor, which a progress bar hides
        os._exit(INTERRUPTED)
    _pressed = True
    raise KeyboardInterrupt
