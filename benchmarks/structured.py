"""Networks whose matricizations are never formed: finding the rank, and having it checked."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

import proofkit
from proofkit import verify
from proofkit.certificates import compose
from proofkit.certificates import matrices as written
from proofkit.linalg import modular
from proofkit.linalg.elimination import choose_type, eliminate, multiply
from proofkit.linalg.operators import blocks_for
from proofkit.linalg.products import passes_self_test
from proofkit.linalg.structured import PoolingMatrix
from proofkit.ranks import by_black_box, predicted_seconds

P = 8388593


def binary(modes: int, first: int = 0) -> Any:
    """The binary tree over modes first, first + 1, ..."""
    if modes == 1:
        return first
    return [binary(modes // 2, first), binary(modes // 2, first + modes // 2)]


def names(tree: Any, name: str = "") -> Iterator[str]:
    """The names of all nodes."""
    yield name
    if isinstance(tree, list):
        for i, child in enumerate(tree):
            yield from names(child, f"{name}/{i}" if name else str(i))


def network(modes: int, dim: int, rows: Any) -> PoolingMatrix:
    """``dim`` channels at every node, weights drawn by a seed."""
    tree = binary(modes)
    return PoolingMatrix(tree, dim, {name: dim if name else 1 for name in names(tree)}, rows, seed="benchmark")


def solved_by_factors(a: PoolingMatrix, sides: NDArray[np.int64]) -> NDArray[np.int64]:
    """A x = b for A = (kron of U^T) D (kron of U) with square leaves, factor by factor."""
    diagonal = np.array([pow(int(d), -1, P) for d in a.core(P)], dtype=np.int64)
    leaves = {int(mode): (a.weights[name] % P).astype(np.int64) for name, mode in leaf_modes(a.tree)}
    columns = []
    for side in sides.T:
        x = side
        for mode in (mode for mode in a.modes if mode in a.row_modes):
            x = along_first_axis(modular.solve(leaves[mode].T, np.eye(a.dim, dtype=np.int64), P), x)
        x = x * diagonal % P
        for mode in (mode for mode in a.modes if mode not in a.row_modes):
            x = along_first_axis(modular.solve(leaves[mode], np.eye(a.dim, dtype=np.int64), P), x)
        columns.append(x)
    return np.stack(columns, axis=1)


def leaf_modes(node: Any, name: str = "") -> Iterator[tuple[str, int]]:
    """Names of the leaves, and their modes."""
    if not isinstance(node, list):
        yield name, node
        return
    for i, child in enumerate(node):
        yield from leaf_modes(child, f"{name}/{i}" if name else str(i))


def along_first_axis(factor: NDArray[np.int64], x: NDArray[np.int64]) -> NDArray[np.int64]:
    """The factor applied to the first axis, which then becomes the last."""
    return multiply(factor, x.reshape(len(factor), -1), P).T.reshape(-1)


def hashed_certificate(a: PoolingMatrix) -> bytes:
    """Full rank by solutions for hashed right-hand sides, with no use of the core by the judge."""
    n = a.shape[0]
    claim = written.rank_claim(a.claim(), "Q", n, n)
    minor = written.minor(P, range(n), range(n))
    count = written.vectors_needed(P)
    sides = np.array(written.right_sides(claim, P, minor["rows"], minor["columns"], count), dtype=np.int64).T
    found = solved_by_factors(a, sides)
    lower = {"by": "solutions", **minor, **written.solutions(count, found.T.ravel().tolist(), P)}
    return compose("rank", claim, {"lower": lower, "upper": {"by": "shape"}})


def stopped(function: Callable[[], Any]) -> tuple[Any, float]:
    """A value and the seconds it took."""
    start = time.perf_counter()
    value = function()
    return value, time.perf_counter() - start


def tables() -> list[str]:
    """Certificates of networks, and Wiedemann's bound beside forming and eliminating."""
    lines = [
        "| network | n | rank | found s | judge s | size MB | shown by |",
        "| --- | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    for modes in (8, 16):
        a = network(modes, 4, range(0, modes, 2))
        found, seconds = stopped(functools.partial(proofkit.rank, a, seed=0))
        ways: dict[str, Callable[[], bytes]] = {
            "diagonal core": found.certificate,
            "hashed right-hand sides": functools.partial(hashed_certificate, a),
        }
        for how, make in ways.items():
            data, writing = stopped(make)
            verdict, judging = stopped(functools.partial(verify.check, data))
            times = f"{seconds + writing:.2f} | {judging:.2f} | {len(data) / 1e6:.2f}"
            lines.append(
                f"| {modes} modes of 4, odd and even | {a.shape[0]} | {found.lower} | {times} | {how}: {verdict.verdict} |"
            )
            print(lines[-1], flush=True)
    large, seconds = stopped(lambda: proofkit.rank(network(16, 8, range(0, 16, 2)), seed=0))
    lines.append(f"| 16 modes of 8, odd and even | {8**8} | {large.lower} | {seconds:.2f} | - | - | diagonal core, not judged |")
    print(lines[-1], flush=True)
    return [*lines, "", *black_boxes(), ""]


def black_boxes() -> list[str]:
    """Block Wiedemann beside forming the matrix and eliminating it, on one thread, in one run; more channels than dimensions."""
    lines = [
        "Block Wiedemann beside forming and eliminating, one thread, processor time, r0 > M. `predicted` is the ratio by which",
        "proofkit chooses. The certificate is that of full rank: solutions for hashed right-hand sides, from the same sequence.",
        "",
        "| n | r | p | rank | black box s | formed s | eliminated s | ratio | predicted | certificate s | judge s | verdict |",
        "| ---: | ---: | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    twelve: Any = [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]]
    for tree, dim, channels in ((twelve, 4, 5), (binary(8), 9, 10)):
        rows = range(0, 12 if tree is twelve else 8, 2)
        a = PoolingMatrix(tree, dim, {name: channels if name else 1 for name in names(tree)}, rows, seed="benchmark")
        for p in (P, 251) if passes_self_test("int8") else (P,):
            lines.append(black_box_row(a, channels, p))
            print(lines[-1], flush=True)
    a = PoolingMatrix(binary(16), 4, {name: 5 if name else 1 for name in names(binary(16))}, range(0, 16, 2), seed="benchmark")
    for p in (P, 251) if passes_self_test("int8") else (P,):
        dense, black = predicted_seconds(a.operator(p), choose_type(p))
        lines.append(
            f"| 65536 | 5 | {p} | - | {black:.0f}, predicted | {dense:.0f}, predicted | - | - | {black / dense:.2f} | - | - | - |"
        )
    return lines


def worked(function: Callable[[], Any]) -> tuple[Any, float]:
    """A value and the seconds of processor time it took, which other work on the machine disturbs least."""
    start = time.process_time()
    value = function()
    return value, time.process_time() - start


def black_box_row(a: PoolingMatrix, channels: int, p: int) -> str:
    """One matrix modulo one prime, all ways."""
    operator = a.operator(p, blocks_for(p, written.vectors_needed(p), threads=1))
    dense, black = predicted_seconds(operator, choose_type(p))
    found, seconds = worked(lambda: by_black_box(a, operator, 0))
    formed, forming = worked(operator.formed)
    rank, eliminating = worked(lambda: eliminate(formed, p, threads=1).rank)
    ratio = f"{seconds / (forming + eliminating):.2f} | {black / dense:.2f}"
    times = f"{seconds:.2f} | {forming:.2f} | {eliminating:.2f} | {ratio}"
    shown = f"{rank} (black box: >= {found.lower})"
    if not found.exact:
        return f"| {a.shape[0]} | {channels} | {p} | {shown} | {times} | - | - | - |"
    data, writing = worked(found.certificate)
    verdict, judging = worked(lambda: verify.check(data))
    return f"| {a.shape[0]} | {channels} | {p} | {shown} | {times} | {writing:.2f} | {judging:.2f} | {verdict.verdict} |"
