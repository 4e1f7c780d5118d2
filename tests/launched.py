"""Reference servers as processes of their own, for a test to talk to."""

import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from client_kit import DIALECTS, Address
from reference_servers import SERVERS
from reference_servers.service import SPOKEN
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.server import Server

READY = "listening on "


@contextmanager
def launched(
    server: str, *options: str, host: str = "127.0.0.1"
) -> Iterator[tuple[Address, subprocess.Popen[str]]]:
    """Launch a reference server at a port that the system picks; give its address and its process."""
    command = [sys.executable, "-m", "reference_servers", server, "--host", host, "--port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert line.startswith(READY), process.communicate()
        endpoint = line.removeprefix(READY).strip()
        yield Address.parse(f"{SERVERS[server].transport}://{endpoint}"), process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def to_launch(name: str, service: str) -> Iterator[Server]:
    """Give a reference server for a requirement to launch, as often as it likes; it is ended afterwards."""
    command = f"{shlex.quote(sys.executable)} -m reference_servers {name} --port {{port}} --quiet"
    launch = f"{command} --service {service}"
    dialect = DIALECTS[SPOKEN[service]]
    server = Server(Description(name, "tcp", dialect, model=SERVERS[name].model, launch=launch), Limits())
    try:
        yield server
    finally:
        server.close()
