"""Reference servers as processes of their own, for a test to talk to."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from client_kit import Address
from reference_servers import SERVERS

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
