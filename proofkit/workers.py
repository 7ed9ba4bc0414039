"""Checks in several processes at once.

Every check depends on its lemma, rung, budget and seed alone, so the results are the same for any number of processes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

from proofkit import rungs
from proofkit.interrupts import held_back
from proofkit.lemma import load
from proofkit.rungs import Context, Evidence

ALONE = ("scale", "formal")  # rungs that use the whole device, or build files: they run in the main process
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_context = Context()  # of a worker; its proofs are those that this worker has found


def checked(
    items: Sequence[tuple[str, str]], context: Context, directories: Iterable[Path], jobs: int
) -> Iterator[tuple[str, Evidence]]:
    """The evidence for each item (lemma, rung), as it comes; an exception in the caller ends all workers at once."""
    together = [item for item in items if item[1] not in ALONE]
    if jobs > 1 and len(together) > 1:
        yield from _in_processes(together, context, tuple(directories), min(jobs, len(together)))
        items = [item for item in items if item[1] in ALONE]
    for name, rung in items:
        yield name, rungs.run(rung, context.lemmas[name], context)


def _in_processes(
    items: Sequence[tuple[str, str]], context: Context, directories: tuple[Path, ...], jobs: int
) -> Iterator[tuple[str, Evidence]]:
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))  # read by the workers when they start
    arguments = (directories, context.budget, context.seed, os.getpid())
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start, initargs=arguments)
    try:
        with held_back():  # the workers start here, and Ctrl-C is left to the main process
            futures: dict[Future[Evidence], str] = {pool.submit(_check, name, rung): name for name, rung in items}
        for done in as_completed(futures):
            yield futures[done], done.result()
    finally:
        processes = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in processes:
            process.terminate()
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _start(directories: tuple[Path, ...], budget: str, seed: int, parent: int) -> None:
    """What a worker does first: see that it ends when the main process is gone, and load the lemmas."""
    global _context
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    _context = Context(budget, seed, load(directories))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _check(name: str, rung: str) -> Evidence:
    return rungs.run(rung, _context.lemmas[name], _context)
