"""Elimination modulo a prime on the device, against FLINT and the CPU's engine: every path, shape, rank, profile, and edge."""

from __future__ import annotations

from typing import Any

import flint
import numpy as np
import pytest
from numpy.typing import NDArray

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from rank_profiles import matrix  # noqa: E402
from simulated_cuda import peak_bytes  # noqa: E402

from proofkit.errors import UsageError  # noqa: E402
from proofkit.linalg.elimination import eliminate as on_the_host  # noqa: E402
from proofkit.linalg.elimination import multiply  # noqa: E402
from torch_backend import elimination  # noqa: E402
from torch_backend.drawing import drawn, hashed  # noqa: E402
from torch_backend.elimination import Factorization, eliminate, eliminate_drawn, rank, solve_minor  # noqa: E402
from torch_backend.products import Products, refusal  # noqa: E402

CPU = torch.device("cpu")
TYPES = [
    ("int8", 2),
    ("int8", 3),
    ("int8", 127),
    ("int8", 251),
    ("bfloat16", 17),
    ("bfloat16", 251),
    ("bfloat16", 65269),
    ("float32", 2),
    ("float32", 127),
    ("float32", 1427),
    ("float64", 2),
    ("float64", 5),
    ("float64", 8388593),
    ("float64", 33554393),
]
KINDS = ("random", "low rank", "anti-triangular", "permutation", "sparse", "zero blocks", "extreme", "late rank")


def offered(path: str, p: int, device: Any = CPU) -> bool:
    return not refusal(path, device, 63 if path == "int8" and p <= 127 else 127)  # type: ignore[arg-type]


def flint_matrix(a: NDArray[Any], p: int) -> Any:
    return flint.nmod_mat(a.shape[0], a.shape[1], a.ravel().tolist(), p)


def check(a: NDArray[np.int64], p: int, found: Factorization, random: np.random.Generator) -> None:
    """Rank against FLINT, column rank profile against the CPU's engine, and solutions by multiplying out."""
    assert found.rank == (int(flint_matrix(a, p).rank()) if a.size else 0)
    assert found.pivot_columns() == on_the_host(a, p).pivot_columns()
    if found.rank:
        sides = random.integers(0, p, (found.rank, 2))
        minor = a[np.ix_(found.pivot_rows(), found.pivot_columns())]
        assert np.array_equal(multiply(minor, solve_minor(found, sides), p), sides)


def run_cases(count: int, seed: int, largest: int, device: Any) -> None:
    random = np.random.default_rng(seed)
    types = [(path, p) for path, p in TYPES if offered(path, p, device)]
    for case in range(count):
        path, p = types[case % len(types)]
        m, n = (int(size) for size in random.integers(0, largest, 2))
        a = matrix(KINDS[case // len(types) % len(KINDS)], m, n, p, random)
        held = torch.from_numpy(a).to(device)
        check(a, p, eliminate(held, p, path=path, panel=[None, 16, 40][case % 3]), random)  # type: ignore[arg-type]


def test_random_matrices(device: Any) -> None:
    run_cases(300, seed=1, largest=50, device=device)


def test_several_panels(device: Any) -> None:
    run_cases(60, seed=2, largest=220, device=device)


@pytest.mark.slow
def test_five_thousand_random_matrices(device: Any, request: pytest.FixtureRequest) -> None:
    """A tenth of them on the simulated GPU, where a case takes ten times as long."""
    share = 10 if request.node.callspec.params["device"] == "simulated" else 1
    run_cases(4_500 // share, seed=3, largest=70, device=device)
    run_cases(500 // share, seed=4, largest=300, device=device)


def test_without_compiled_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("proofkit.linalg.elimination.passes_self_test", lambda dtype: False)
    run_cases(40, seed=5, largest=60, device=CPU)


@pytest.mark.parametrize(("path", "p"), TYPES)
def test_the_largest_entries_and_the_longest_sums(path: str, p: int, device: Any) -> None:
    if not offered(path, p, device):
        pytest.skip(f"no {path} here")
    random = np.random.default_rng(0)
    for n in (65, 300):
        a = np.full((n, n), p // 2, dtype=np.int64)
        a[np.arange(n), np.arange(n)] = p // 2 + 1  # p // 2 J + I
        check(a, p, eliminate(torch.from_numpy(a).to(device), p, path=path), random)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (5, 0), (4, 3), (1, 1), (1, 200), (200, 1)])
def test_empty_and_thin(shape: tuple[int, int]) -> None:
    assert rank(torch.zeros(shape, dtype=torch.int64), 3) == 0
    assert rank(torch.ones(shape, dtype=torch.uint8), 251) == min(*shape, 1)


def test_the_host_sees_nothing_but_panels(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    swept = elimination._swept

    def noted(host: Any, entries: Any) -> Any:
        sizes.append(len(entries))
        return swept(host, entries)

    monkeypatch.setattr(elimination, "_swept", noted)
    assert eliminate_drawn(700, 251, 0, CPU).rank >= 699
    assert len(sizes) == 11 and max(sizes) <= 64 + 8


def test_drawn_matrices_are_those_of_the_specification(device: Any) -> None:
    found = drawn(slice(3, 6), 7, 1009, 42, device)
    assert found.tolist() == [[hashed(2048 * hashed(42) + i * 7 + j) % 1009 for j in range(7)] for i in range(3, 6)]
    assert hashed(0) == 0 and hashed(1) == 0xE220A8397B1DCDAF >> 11  # the first output of the published generator
    whole = drawn(slice(0, 90), 90, 251, 5, device)
    blocks = eliminate_drawn(90, 251, 5, device)
    assert blocks.rank == int(flint_matrix(whole.cpu().numpy(), 251).rank())


def test_negative_and_large_entries() -> None:
    a = np.array([[-1, 2**62 + 1], [5 - 2**40, -(2**61)]], dtype=np.int64)
    for p in (3, 251, 8388593):
        assert rank(torch.from_numpy(a), p) == int(flint_matrix(a % p, p).rank())
        assert rank(torch.from_numpy((a % p).astype(float)), p) == int(flint_matrix(a % p, p).rank())


def test_misuse_is_refused() -> None:
    with pytest.raises(UsageError, match="needs a matrix"):
        rank(torch.zeros(3), 5)
    for entry in (0.5, float("nan"), float("inf"), 1j):
        with pytest.raises(UsageError, match="whole numbers"):
            rank(torch.tensor([[1, entry]]), 5)
    assert rank(torch.ones(2, 2, requires_grad=True), 5) == 1
    for p in (2**25 + 35, 2**40 + 15, 1):
        with pytest.raises(UsageError):
            rank(torch.zeros((2, 2)), p)
    with pytest.raises(UsageError, match="not exact in int8"):
        rank(torch.zeros((2, 2)), 257, "int8")


def test_what_does_not_fit_is_refused_before_it_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch_backend.device.free_bytes", lambda device: 2**20)
    with pytest.raises(UsageError, match=r"65536 x 65536 matrix in int8 needs 4\.3 GiB"):
        eliminate_drawn(65536, 127, 0, CPU, path="int8")


@pytest.mark.parametrize("path", ["int8", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(1030, 1030), (1400, 500), (500, 1400)])
def test_predicted_memory_covers_what_tensors_hold(
    path: Any, shape: tuple[int, int], device: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of matrices of full and lower rank, and of drawn ones; without what is reserved for libraries."""
    p = {"int8": 251, "bfloat16": 65269, "float32": 1009, "float64": 8388593}[path]
    if not offered(path, p, device):
        pytest.skip(f"no {path} here")
    monkeypatch.setattr(elimination, "_LIBRARIES", {"cpu": 2**21, "cuda": 0})
    predicted = elimination.predicted_bytes(*shape, Products(p, device, path))
    for kind in ("random", "late rank"):
        a = torch.from_numpy(matrix(kind, *shape, p, np.random.default_rng(0))).to(device)
        assert peak_bytes(device, a, lambda a=a: eliminate(a, p, path=path)) <= predicted
    if shape[0] == shape[1]:
        assert peak_bytes(device, a, lambda: eliminate_drawn(shape[0], p, 0, device, path=path)) <= predicted


def test_bytes_take_little_more_than_their_matrix() -> None:
    on_cpu, on_gpu = (Products(251, torch.device(name), "int8") for name in ("cpu", "cuda:0"))
    assert elimination.predicted_bytes(65536, 65536, on_cpu) < 1.1 * 2**32
    assert elimination.predicted_bytes(65536, 65536, on_gpu) < 1.4 * 2**32


@pytest.mark.parametrize("group", [16, 48, 1000])
def test_groups_of_columns(group: int, monkeypatch: pytest.MonkeyPatch, simulated: Any) -> None:
    """U's part in a group is built anew for every group; bytes on a GPU are the ones that need it."""
    monkeypatch.setattr(elimination, "_GROUP", group)
    random, device = np.random.default_rng(group), torch.device("cuda:0")
    for case in range(24):
        p = (3, 127, 251)[case % 3]
        a = matrix(KINDS[case % len(KINDS)], *(int(x) for x in random.integers(1, 150, 2)), p, random)
        check(a, p, eliminate(torch.from_numpy(a).to(device), p, path="int8", panel=(16, 40)[case % 2]), random)
    assert "_int_mm" in simulated.operations


def test_one_group_is_held_at_a_time(monkeypatch: pytest.MonkeyPatch, simulated: Any) -> None:
    n, device, peaks = 1024, torch.device("cuda:0"), {}
    for group in (512, n):
        monkeypatch.setattr(elimination, "_GROUP", group)
        work = elimination.drawn_work(n, 0, Products(251, device, "int8"))
        run = lambda work=work: elimination.factor(work, n, Products(251, device, "int8"), panel=16)  # noqa: E731
        peaks[group] = peak_bytes(device, work, run)
    assert peaks[n] - peaks[512] > 0.4 * n * n


def test_little_leaves_the_device(simulated: Any) -> None:
    """A panel's first rows to the host, once; the inverse of its pivot block and some numbers of rows and columns back."""
    n, device = 700, torch.device("cuda:0")
    refusal("int8", device, 127)
    before = simulated.to_host, simulated.to_device
    eliminate_drawn(n, 251, 0, device)
    panels, width = 11, 64
    assert simulated.to_host - before[0] <= panels * (width + 8) * width
    assert simulated.to_device - before[1] <= panels * (8 * width * width + 3 * 8 * width)
