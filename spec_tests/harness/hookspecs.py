"""The hooks of the plugin, for a conftest to implement."""

import pytest

from spec_tests.harness.description import Description


@pytest.hookspec(firstresult=True)
def pytest_acceptspec_servers(config: pytest.Config) -> list[Description] | None:
    """Return the servers to test when the command line names none, or None to leave it to others."""
