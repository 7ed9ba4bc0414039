"""One thread, since tests run side by side and threads that wait for each other are slower than none; and every device here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """torch on one thread."""
    torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A device cuda:0 that is none, as long as the test lasts."""
    import simulated_cuda

    from torch_backend import device, products

    for found in (products.refusal, device.product_rate):
        found.cache_clear()
    simulated_cuda.patch(monkeypatch)
    monkeypatch.setattr(device, "_LONG", 0.0)  # its speed means nothing
    with simulated_cuda.SimulatedCUDA() as mode:
        yield mode
    for found in (products.refusal, device.product_rate):
        found.cache_clear()


@pytest.fixture(params=["cpu", "cuda:0", "simulated"])
def device(request: pytest.FixtureRequest) -> Any:
    """The CPU, the first GPU where there is one, and one that is simulated."""
    torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")
    if request.param == "simulated":
        request.getfixturevalue("simulated")
    elif request.param != "cpu" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    return torch.device("cuda:0" if request.param == "simulated" else request.param)
