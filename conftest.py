"""With no server named, the specification is asked of the reference servers, in every service."""

import shlex
import signal
import sys
from collections.abc import Iterator

import pytest

from client_kit import DIALECTS
from reference_servers import SERVERS, Reference
from reference_servers.service import SPOKEN
from spec_tests.harness.description import Description

pytest_plugins = ["spec_tests.harness.plugin"]

ONCE_WITH = "echo"
"""The service that the service-independent requirements are tested with."""


def pytest_acceptspec_servers(config: pytest.Config) -> list[Description]:  # noqa: ARG001 - the hook's
    """Describe each reference server with each service over each of its transports."""
    python = shlex.quote(sys.executable)
    command = f"{python} -m reference_servers {{server}} --host {{{{host}}}} --port {{{{port}}}}"
    return [
        Description(
            name=_name(server, service, transport),
            transport=transport,
            dialect=DIALECTS[SPOKEN[service]],
            model=server.model,
            launch=f"{command.format(server=server.name)} --service {service} --quiet",
            ready_line="^listening on ",
            max_clients=server.max_clients,
            idle_timeout=0.0,
            asked_with="" if service == ONCE_WITH else _name(server, ONCE_WITH, transport),
        )
        for server in SERVERS.values()
        for transport in server.transports
        for service in (ONCE_WITH, "ack", "line")  # a client of `brief` may not be as slow as some have to be
    ]


def _name(server: Reference, service: str, transport: str) -> str:
    return f"{server.name}-{service}" + ("" if transport == server.transport else f"-{transport}")


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Let Ctrl-C be obeyed, by what a test starts, too: a background job has it ignored from birth."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
