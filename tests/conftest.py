"""Shared by all tests: examples that are the same in every run, and one thread each, since tests run side by side."""

import os

import pytest
from hypothesis import HealthCheck, settings

# Before numpy is loaded; threads of BLAS that wait for each other spend three times as much on small matrices.
os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"))
for name in ("FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS"):  # output as in a pipe
    os.environ.pop(name, None)

# Nothing depends on the clock or on chance; --hypothesis-profile=search looks for new examples.
settings.register_profile("fixed", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("fixed"), derandomize=False, print_blob=True)
settings.load_profile("fixed")

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def no_build(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only slow tests build the Rocq library, which takes minutes."""

    def build(*_: object) -> None:
        raise AssertionError("a fast test builds the Rocq library: mark it slow, or say that Rocq is missing")

    if "slow" not in request.keywords:
        monkeypatch.setattr("proofkit.rungs.rocq._build", build)
