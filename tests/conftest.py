"""Shared by all tests."""

import pytest

pytest_plugins = ["pytester"]


def pytest_configure(config: pytest.Config) -> None:
    """Tests of one ``xdist_group`` run in one worker, so that what they share is made once."""
    if getattr(config.option, "dist", "no") == "load":
        config.option.dist = "loadgroup"
