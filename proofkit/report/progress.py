"""Progress of one long computation: a bar on a terminal, a line every fifth when piped, nothing below two seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

PATIENCE = 2.0  # seconds that pass in silence


@contextmanager
def columns_progress(quiet: bool = False) -> Iterator[Callable[[int, int], None]]:
    """A function of (columns or other steps done, all of them) that reports on standard error."""
    console = Console(stderr=True)
    started, told = time.monotonic(), -1
    with Progress(console=console, transient=True, disable=quiet or not console.is_terminal) as bar:
        task = bar.add_task("rank", visible=False)

        def report(done: int, columns: int) -> None:
            nonlocal told
            if quiet or time.monotonic() - started < PATIENCE:
                return
            bar.update(task, completed=done, total=columns, visible=True)
            fifth = 5 * done // columns
            if not console.is_terminal and fifth != told:
                told = fifth
                print(f"rank: {done} of {columns} steps", file=sys.stderr, flush=True)

        yield report
