"""xdist's workers are forked from one process that has imported everything, and all else is as ever."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]

HEAD = """
import execnet, os, psutil
from spec_tests.harness.forking.server import ForkServer
asked = "import os, sys; channel.send((os.getppid(), 'spec_tests.lifecycle.test_stopping' in sys.modules))"
server = ForkServer()
own = [child.pid for child in psutil.Process().children()]
group = execnet.Group(execmodel="main_thread_only")
specs = [execnet.XSpec(f"execmodel=main_thread_only//popen//id=gw{number}") for number in range(3)]
server.divert(specs)
"""
"""What xdist does, as far as it matters."""


def run(program: str) -> list[str]:
    """The lines that a program prints, which has to succeed."""
    done = subprocess.run(
        [sys.executable, "-c", HEAD + program],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    return done.stdout.splitlines()


def test_a_worker_is_a_fork_of_a_process_that_has_imported_the_requirements() -> None:
    told = run("""
for spec in specs:
    parent, has_imported = group.makegateway(spec).remote_exec(asked).receive()
    print([parent] == own, has_imported)
group.terminate(10)
server.close()
print(psutil.Process().children())
""")

    assert told == ["True True"] * 3 + ["[]"]


def test_where_nobody_forks_a_worker_is_an_interpreter() -> None:
    told = run("""
server.close()
parent, has_imported = group.makegateway(specs[0]).remote_exec(asked).receive()
print(parent == os.getpid(), has_imported)
group.terminate(10)
""")

    assert told == ["True False"]


def test_a_spec_with_an_interpreter_of_its_own_is_left_alone() -> None:
    told = run("""
own = execnet.XSpec("popen//python=python3.99")
server.divert([own])
print(own.python)
server.close()
""")

    assert told == ["python3.99"]
