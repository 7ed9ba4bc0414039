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


@pytest.fixture(params=["cpu", "cuda:0"])
def device(request: pytest.FixtureRequest) -> Any:
    """The CPU, and the first GPU where there is one."""
    torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")
    if request.param != "cpu" and not torch.cuda.is_available():
        pytest.skip("no GPU here")
    return torch.device(request.param)
