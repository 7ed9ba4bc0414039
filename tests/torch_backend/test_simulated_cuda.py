"""The simulated GPU refuses what a GPU refuses; all other tests here that take a device also run on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")

from torch_backend import device as devices  # noqa: E402
from torch_backend.products import Products, refusals  # noqa: E402

DEVICE = torch.device("cuda", 0)


def bytes_on_device(rows: int, columns: int) -> Any:
    return torch.ones(rows, columns, dtype=torch.int8, device=DEVICE)


WRONG: dict[str, Callable[[], object]] = {
    "same device": lambda: torch.ones(3, device=DEVICE) + torch.ones(3),
    "to numpy": lambda: torch.ones(3, device=DEVICE).numpy(),
    "not implemented": lambda: torch.mm(*[torch.ones(3, 3, dtype=torch.int64, device=DEVICE)] * 2),
    "more than 16 rows": lambda: torch._int_mm(bytes_on_device(16, 16), bytes_on_device(16, 16).t()),
    "multiples of 8": lambda: torch._int_mm(bytes_on_device(32, 12), bytes_on_device(16, 12).t()),
    "NOT_SUPPORTED": lambda: torch._int_mm(bytes_on_device(32, 16), bytes_on_device(16, 16)),
    "multiples of 16 bytes": lambda: torch._int_mm(bytes_on_device(32, 40)[:, :16], bytes_on_device(16, 16).t()),
    "out_dtype": lambda: torch.mm(*[torch.ones(3, 3, device=DEVICE)] * 2, out_dtype=torch.float64),
}


@pytest.mark.parametrize("message", WRONG)
def test_what_a_gpu_refuses_fails(message: str, simulated: Any) -> None:
    with pytest.raises((RuntimeError, TypeError), match=message):
        WRONG[message]()


def test_all_machine_types_pass_their_self_test(simulated: Any) -> None:
    assert not refusals(DEVICE)
    assert devices.choose("cuda:0") == devices.choose() == DEVICE and devices.describe(DEVICE) == "simulated"
    assert devices.free_bytes(DEVICE) == 80 * 2**30


def test_tf32_rounds(simulated: Any) -> None:
    a = torch.full((1, 1), 1 + 2.0**-20, device=DEVICE)
    torch.backends.cuda.matmul.allow_tf32 = True
    try:
        assert torch.mm(a, a).item() == 1
    finally:
        torch.backends.cuda.matmul.allow_tf32, torch.backends.cuda.matmul.fp32_precision = False, "none"
    assert torch.mm(a, a).item() > 1


def test_copies_are_counted_and_share_nothing(simulated: Any) -> None:
    x = torch.from_numpy(np.zeros(5)).to(DEVICE)
    y = x.cpu()
    x += 1
    assert y.tolist() == [0.0] * 5 and x.tolist() == [1.0] * 5
    assert (simulated.to_device, simulated.to_host) == (40, 80)
    wait = devices.fetch(x)
    x += 1
    assert wait().tolist() == [1.0] * 5 and devices.send(np.arange(3), DEVICE).device == DEVICE


def test_what_is_on_its_way_to_the_host_has_to_be_waited_for(simulated: Any) -> None:
    x = torch.ones(3, device=DEVICE)
    early = x.to("cpu", non_blocking=True)
    assert early.tolist() != [1.0] * 3
    done = torch.cuda.Event()
    done.record()
    done.synchronize()
    assert early.tolist() == [1.0] * 3


def test_left_factors_among_other_columns_are_not_copied(simulated: Any) -> None:
    """The work matrix of an elimination is read where it is, at multiples of the unit."""
    products = Products(251, DEVICE, "int8")
    work = bytes_on_device(64, 96)
    simulated.operations.clear()
    products.sums(work[8:, :48], work[16:, :48].t())
    assert simulated.operations.keys() <= {"__getitem__", "t", "stride", "storage_offset", "_int_mm", "min"}
