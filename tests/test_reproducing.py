"""The scripts that show a failure again: 1 while the fault is there, 0 for a healthy server."""

import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from killing import described

from client_kit import DIALECTS, Address
from reference_servers import SERVERS
from reference_servers.faults import Fault, faults
from spec_tests.__main__ import main
from spec_tests.harness.asynchronous import run_async
from spec_tests.harness.description import Description
from spec_tests.harness.launching import Launcher
from spec_tests.harness.registry import registry
from spec_tests.harness.reproducing.folder import write_scripts
from spec_tests.harness.reproducing.script import ANY_PORT, BODIES, script, takes_a_command
from spec_tests.harness.verdicts import Finding, Level, Verdict
from spec_tests.requirement import Requirement

SERVICES = ("echo", "line", "ack", "brief")
KNOWN = {one.id: one for one in registry()}
PATIENCE = 3.0
CEILING = 60
LONGEST = 60
"""Lines."""

LUCKY = {"answers-short-messages-elsewhere", "asks-for-the-peer"}
"""What is to be seen of it is luck: the specification asks many times, a script once."""
TIMED, TRIES = {"ends-who-drips"}, 10
"""What it does is a matter of milliseconds: where the processor is shared, a script shows it now and then."""


def without_fault(fault: Fault, service: str) -> Description:
    """The server that a fault is in, without it."""
    program = f"{shlex.quote(sys.executable)} -m reference_servers {fault.server} --quiet --service {service}"
    launch = f"{program} --host {{host}} --port {{port}}"
    return described(SERVERS[fault.server], service, launch, Path())


def breaking(id_: str) -> tuple[Fault, Description]:
    """A fault that breaks a requirement, and the healthy server, in a service for which there is a script."""
    one = KNOWN[id_]
    found = (
        fault
        for fault in faults().values()
        if id_ in fault.breaks and SERVERS[fault.server].model in one.models and fault.name not in LUCKY
    )
    for fault in found:
        for service in SERVICES:
            server = without_fault(fault, service)
            is_asked = service in fault.services and KNOWN[id_].abilities <= server.dialect.abilities
            if is_asked and script(KNOWN[id_], server, PATIENCE):
                return fault, server
    raise LookupError(id_)


def run(one: Requirement, server: Description, folder: Path) -> tuple[int, str]:
    """Run the script of a requirement against a reference server; return its status and what it printed."""
    assert server.launch
    if takes_a_command(one):
        return run_script(one, replace(server, launch="false"), folder, [server.launch])
    launcher = Launcher(server.launch, server.transport, cwd=str(folder))
    instance = run_async(lambda: launcher.start(PATIENCE), 2 * PATIENCE)
    try:
        return run_script(one, replace(server, address=instance.address), folder, [])
    finally:
        instance.close()


def run_script(one: Requirement, server: Description, folder: Path, words: list[str]) -> tuple[int, str]:
    """Run it in a folder, with these words on its command line."""
    text = script(one, server, PATIENCE)
    assert text
    file = folder / "again.py"
    file.write_text(text)
    program = [sys.executable, "-I", str(file), *words]
    done = subprocess.run(program, cwd=folder, capture_output=True, text=True, timeout=CEILING, check=False)
    return done.returncode, done.stdout + done.stderr


def test_there_is_a_script_for_each_requirement() -> None:
    assert set(KNOWN) == set(BODIES)


@pytest.mark.parametrize("id_", BODIES)
def test_a_script_fails_while_the_fault_is_there_and_not_when_it_is_mended(id_: str, tmp_path: Path) -> None:
    if "strace" in BODIES[id_] and not shutil.which("strace"):
        pytest.skip("strace is not installed")
    fault, server = breaking(id_)

    shows(KNOWN[id_], server, fault, tmp_path)
    status, told = run(KNOWN[id_], server, tmp_path)
    assert 0 == status, told
    assert "as it should be\n" in told


@pytest.mark.parametrize(
    ("name", "id_"),
    [
        ("datagram/does-nothing-about-ctrl-c", "lifecycle.stops-without-a-traceback"),
        ("thread/counts-from-the-beginning", "exchanging.enforces-its-idle-timeout"),
        ("multiplexing/welcomes-whoever-comes", "exchanging.enforces-its-idle-timeout"),
    ],
)
def test_a_script_shows_the_other_ways_to_fail(name: str, id_: str, tmp_path: Path) -> None:
    fault = next(one for one in faults().values() if name == f"{one.server}/{one.name}")

    shows(KNOWN[id_], without_fault(fault, fault.services[0]), fault, tmp_path)


def shows(one: Requirement, server: Description, fault: Fault, folder: Path) -> None:
    """The script of a requirement fails while the fault is there, at the first try unless it is `TIMED`."""
    for _ in range(TRIES if fault.name in TIMED else 1):
        status, told = run(one, replace(server, launch=f"{server.launch} --fault {fault.name}"), folder)
        if status:
            break
    assert (1, True) == (status, "; wanted " in told), told


@pytest.mark.parametrize("dialect", ["echo", "ack", "line", "line-session"])
@pytest.mark.parametrize("id_", BODIES)
def test_a_script_is_short_and_can_be_read(id_: str, dialect: str) -> None:
    one = KNOWN[id_]
    server = Description("it", one.transports[0], DIALECTS[dialect], launch="serve {port}", idle_timeout=1.0)
    if not one.abilities <= server.dialect.abilities:
        return
    text = script(one, server, PATIENCE)

    if text is None:
        assert dialect == "ack"
        assert "payload" in BODIES[id_]
        return
    compile(text, id_, "exec")
    assert len(text.splitlines()) < LONGEST
    assert max(map(len, text.splitlines())) <= 112


def test_a_dialect_whose_replies_are_not_known_in_advance_has_no_script() -> None:
    server = Description("it", "tcp", DIALECTS["http"])

    assert script(KNOWN["connecting.serves-one-exchange"], server, PATIENCE) is None


def test_a_run_writes_the_scripts_of_its_failures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "again"
    program = (
        f"{shlex.quote(sys.executable)} -m reference_servers thread --service echo --port {{port}} --quiet"
    )
    words = ["--launch", f"{program} --fault one-buffer-for-all", "--dialect", "echo", "--model", "thread"]
    subprocess.run(
        [sys.executable, "-m", "spec_tests", *words, "-k", "replies_reach", "--reproduce", str(folder)],
        cwd=Path(__file__).parents[1],
        timeout=CEILING,
        check=False,
    )

    file = folder / "concurrency.replies-reach-their-own-client.py"
    assert [file] == list(folder.iterdir())
    assert f"without the kit: python3 {file} HOST PORT" in capfd.readouterr().out


@pytest.mark.parametrize(("launch", "port"), [("serve", "8889"), ("serve {port}", ANY_PORT)])
def test_a_server_that_always_listens_at_the_same_port_is_looked_for_there(launch: str, port: str) -> None:
    at = Address("tcp", "127.0.0.1", 8889)

    text = script(
        KNOWN["lifecycle.stops-on-request"],
        Description("it", "tcp", DIALECTS["echo"], launch=launch, address=at),
        1,
    )

    assert text
    assert f"HOST, PORT = '127.0.0.1', {port}\n" in text


def test_a_script_that_is_not_told_where_the_server_listens_asks_for_it(tmp_path: Path) -> None:
    server = Description("it", "tcp", DIALECTS["echo"], launch="serve {port}")

    for words in [], ["serve 8888"]:
        status, told = run_script(KNOWN["connecting.serves-one-exchange"], server, tmp_path, words)
        assert (1, "say where the server listens: HOST PORT\n") == (status, told)


def test_a_script_that_launches_a_server_which_was_addressed_is_told_its_command(tmp_path: Path) -> None:
    at = Address("tcp", "127.0.0.1", 8889)
    server = Description("it", "tcp", DIALECTS["echo"], address=at)
    found = [
        Finding("it", id_, Level.MUST, Verdict.FAILED, "so", 0.0)
        for id_ in ("processes.no-zombies-after-a-queue-of-clients", "connecting.serves-one-exchange")
    ]

    written, missing = write_scripts(tmp_path, [server], found, 1)

    assert not missing
    assert [True, False] == [line.endswith(".py 'COMMAND {host} {port}'") for line in written]
    assert "\nCOMMAND = sys.argv[1]\n" in (tmp_path / f"{found[0].id}.py").read_text()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "file"
    file.touch()

    assert 2 == main(["--server", "tcp://127.0.0.1:7", "--reproduce", str(file)])
    assert "this is a file; wanted a folder" in capfd.readouterr().err
    assert 2 == main(["--server", "tcp://127.0.0.1:7", "--reproduce", str(tmp_path / "a" / "b")])
    assert "does not exist" in capfd.readouterr().err
