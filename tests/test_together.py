"""A server that has its folder to itself is tested by one worker, as any other is by several."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CEILING = 120

SERVER = """
import os, signal, socket, sys, threading
from contextlib import suppress
{first}
def serve(connection):
    with connection, suppress(OSError):
        while data := connection.recv(1024):
            connection.sendall(data)
host, port = sys.argv[2], int(sys.argv[1])
listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
print("listening at port", listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
"""
LOCKS = """
import fcntl
lock = open("lock", "w")
try:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
except OSError:
    sys.exit("another is running")
"""
REPLACES = """
with suppress(OSError, ValueError):
    os.kill(int(open("pid").read()), signal.SIGTERM)
open("pid", "w").write(str(os.getpid()))
"""
WRITES = """
with open("server.conf", "w") as file:
    file.write("listen " + sys.argv[1])
"""
LOGS = """
with open("server.log", "a") as file:
    print("listening at", sys.argv[1], file=file)
"""
NOT_HERE = """
"PYTEST_XDIST_WORKER" in os.environ and sys.exit("not here")
"""
ALONE = "workers: one, for several of this server do not run side by side: "
SOME = "serves_one or keeps_order"


def ran(folder: Path, first: str, workers: str, asked: str = SOME) -> tuple[int, str]:
    """Ask some requirements of a server that does something first; return the status and what was told."""
    (folder / "server.py").write_text(SERVER.format(first=first))
    launch = f"{sys.executable} server.py {{port}} {{host}}"
    command = [sys.executable, "-m", "spec_tests", "--launch", launch, "--cwd", str(folder)]
    command += ["-n", workers, "-k", asked]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, capture_output=True, text=True, timeout=CEILING, check=False, env=settings)
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize("first", [LOCKS, REPLACES, WRITES], ids=["lock", "pid", "configuration"])
def test_who_has_the_folder_to_itself_is_tested_by_one_worker(tmp_path: Path, first: str) -> None:
    _, told = ran(tmp_path, first, "2")

    assert "3 passed" in told
    assert ALONE in told
    assert "2 workers [" not in told


@pytest.mark.parametrize("first", ["", LOGS], ids=["nothing", "log"])
def test_whoever_runs_side_by_side_is_tested_by_several(tmp_path: Path, first: str) -> None:
    _, told = ran(tmp_path, first, "2")

    assert "3 passed" in told
    assert ALONE not in told
    assert "2 workers [" in told


@pytest.mark.parametrize("first", [LOCKS, REPLACES], ids=["lock", "pid"])
def test_nothing_but_a_second_instance_is_launched_beside(tmp_path: Path, first: str) -> None:
    status, told = ran(tmp_path, first, "0", "connecting")

    assert status == 0
    assert "announces-its-real-port passed" in told


def test_one_worker_that_was_asked_for_launches_nothing_beside(tmp_path: Path) -> None:
    """So no lock is in the way, and nothing needs to be said."""
    _, told = ran(tmp_path, LOCKS, "0")

    assert "3 passed" in told
    assert ALONE not in told


def test_a_worker_whose_server_does_not_start_names_the_others(tmp_path: Path) -> None:
    """Nothing was in the way before there were any."""
    status, told = ran(tmp_path, NOT_HERE, "2")

    assert status == 1
    assert "2 workers launch it at the same time: if it keeps files" in told
