"""One thread: tests run side by side, and threads that wait for each other are slower than none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """torch on one thread."""
    torch = pytest.importorskip("torch", reason="torch is missing: pip install 'proofkit[torch]'")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
