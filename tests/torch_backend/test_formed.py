"""Networks formed on the device: their entries against the CPU's, their certificates before the judge."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from proofkit import verify  # noqa: E402
from proofkit.errors import UsageError  # noqa: E402
from proofkit.linalg.structured import PoolingMatrix  # noqa: E402
from torch_backend.elimination import empty_work  # noqa: E402
from torch_backend.formed import binary_network, form, matrix_rank, network_rank  # noqa: E402
from torch_backend.products import products_for  # noqa: E402

CPU = torch.device("cpu")


@pytest.mark.parametrize(("path", "p"), [("int8", 127), ("float32", 127), ("bfloat16", 65269), ("float64", 8388593)])
@pytest.mark.parametrize("rows", [(0, 2), (0, 1, 2), (3,), (1, 3)])
def test_entries(path: Any, p: int, rows: tuple[int, ...]) -> None:
    weights = binary_network(2, 3, 4, "entries").weights
    matrix = PoolingMatrix([[0, 1], [2, 3]], 3, weights, rows)
    products = products_for(p, CPU, path)
    work = empty_work(*matrix.shape, products)
    form(work[:, : matrix.shape[1]], matrix, products)
    assert np.array_equal(work[:, : matrix.shape[1]].to(torch.int64).numpy() % p, matrix.formed(p))


@pytest.mark.parametrize("p", [251, 8388593])
def test_the_judge_accepts_without_a_device(p: int, device: Any) -> None:
    found = network_rank(binary_network(3, 3, 4, "0"), p, device)
    assert found.lower == found.upper == 81
    verdict = verify.check(found.certificate(deterministic=False))
    assert verdict.valid and verdict.verdict.startswith("certified")
    assert b"torch" not in found.certificate(deterministic=False)


def test_a_matrix_on_the_device_gets_a_certificate() -> None:
    random = np.random.default_rng(0)
    for shape, dtype in (((300, 280), np.int8), ((150, 200), np.int64)):
        found = matrix_rank(torch.from_numpy(random.integers(-90, 90, shape).astype(dtype)), 8388593)
        assert found.exact and found.verify().grade.startswith("certified")
    product = random.integers(-9, 9, (140, 60)) @ random.integers(-9, 9, (60, 170))
    deficient = matrix_rank(torch.from_numpy(product), 251)
    assert (deficient.lower, deficient.upper) == (60, 140) and deficient.verify(deterministic=False).grade.startswith("certified")
    with pytest.raises(UsageError, match="matrix of integers"):
        matrix_rank(torch.ones(3, 3), 251)


def test_a_wrong_solution_is_refused_by_the_judge() -> None:
    content = json.loads(network_rank(binary_network(3, 3, 4, "0"), 251, CPU).certificate(deterministic=False))
    solutions = content["proof"]["lower"]["solutions"]
    solutions["data"] = ("B" if solutions["data"][0] == "A" else "A") + solutions["data"][1:]
    content.pop("digest", None)
    from proofkit.certificates import compose

    assert not verify.check(compose("rank", content["claim"], content["proof"])).valid


def test_deficient_networks_have_a_lower_bound() -> None:
    found = network_rank(binary_network(2, 4, 2, "0"), 8388593, CPU)
    assert (found.lower, found.upper) == (4, 16)


def test_other_windows_are_refused() -> None:
    names = {"": 1, "0": 2, "1": 2, "2": 2}
    with pytest.raises(UsageError, match="two children"):
        network_rank(PoolingMatrix([0, 1, 2], 3, names, [0], seed="0"), 251, CPU)
