"""The reference servers do what their files say, and end, and fail, without a traceback."""

import errno
import os
import resource
import signal
import socket
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from launched import launched
from tiny_servers import on_trio

from client_kit import DIALECTS, open_client, open_datagram_client
from reference_servers import SERVERS, tcp_and_udp
from reference_servers.__main__ import main
from reference_servers.datagram import bind
from reference_servers.service import SERVICES

STREAM_SERVERS = [name for name, server in SERVERS.items() if server.transport == "tcp"]
ROOT = Path(__file__).parents[1]
PATIENCE = 10
EVERY_BYTE = bytes(range(256))


@pytest.mark.parametrize("service", ["ack", "echo"])
@pytest.mark.parametrize("server", STREAM_SERVERS)
@on_trio
async def test_a_stream_server_serves_one_client_after_another(server: str, service: str) -> None:
    with launched(server, "--service", service, "--quiet") as (address, _):
        for _ in range(3):
            async with open_client(address, service, patience=PATIENCE) as client:
                ending = await client.exchange_to_end(EVERY_BYTE * 40)

            assert ending.is_orderly, ending
            assert ending.is_complete, ending


@pytest.mark.parametrize("service", ["ack", "echo"])
@on_trio
async def test_the_datagram_server_answers_empty_datagrams_too(service: str) -> None:
    with launched("datagram", "--service", service) as (address, _):
        async with open_datagram_client(address, service, patience=PATIENCE) as client:
            for data in (EVERY_BYTE, b"", b"again"):
                assert DIALECTS[service].datagram_reply(data).is_met_by(await client.ask(data))


@pytest.mark.parametrize("server", STREAM_SERVERS)
@on_trio
async def test_a_server_listens_on_ipv6_when_told_to(server: str) -> None:
    with launched(server, host="::1") as (address, _):
        async with open_client(address, "ack", patience=PATIENCE) as client:
            assert await client.ask(b"hello") == b"OK"


@pytest.mark.parametrize("server", STREAM_SERVERS)
def test_a_client_of_the_brief_service_is_let_go_when_it_says_nothing(server: str, tmp_path: Path) -> None:
    launch = f"{sys.executable} -m reference_servers {server} --port {{port}} --service brief"
    command = [sys.executable, "-m", "spec_tests", "--launch", launch, "--idle-timeout", "1", "-n", "0"]
    done = subprocess.run(
        [*command, "--dialect", "echo", "--model", SERVERS[server].model, "-k", "idle_timeout"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
    )

    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a socket left to the collector
def test_both_transports_find_a_port_that_both_can_have(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        picks = [0] * 18 + [taken] * 2  # the last first; what the system picks may be taken for TCP, too
        monkeypatch.setattr(tcp_and_udp, "bind", lambda host, _: bind(host, picks.pop()))
        endpoint, listener = tcp_and_udp.bind_both("127.0.0.1", 0)
        with endpoint, listener:
            assert endpoint.getsockname() == listener.getsockname() != other.getsockname()
        assert taken not in picks


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # a socket left to the collector
def test_both_transports_at_a_port_that_was_asked_for_need_both() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(OSError, match="already in use"):
            tcp_and_udp.bind_both("127.0.0.1", port)
        bind("127.0.0.1", port).close()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("server", SERVERS)
def test_a_signal_ends_it_without_a_traceback(server: str, number: signal.Signals) -> None:
    with launched(server) as (_, process):
        process.send_signal(number)
        _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == (-number if server == "datagram" else 0)
    assert errors == ""


@on_trio
async def test_what_clients_send_is_printed_escaped_unless_quiet() -> None:
    for options, printed in ([], "b'caf\\xe9\\n'\n"), (["--quiet"], ""):
        with launched("thread", *options) as (address, process):
            async with open_client(address, "ack", patience=PATIENCE) as client:
                await client.ask(b"caf\xe9\n")
            process.terminate()
            output, _ = process.communicate(timeout=PATIENCE)

        assert output == printed


@pytest.mark.parametrize("server", STREAM_SERVERS)
@on_trio
async def test_a_log_that_nobody_reads_any_more_is_not_fatal(server: str) -> None:
    with launched(server) as (address, process):
        assert process.stdout
        process.stdout.close()
        async with open_client(address, "ack", patience=PATIENCE) as client:
            for _ in range(3):
                assert await client.ask(b"hello") == b"OK"
        process.stdout = None


@pytest.mark.parametrize("server", STREAM_SERVERS)
@on_trio
async def test_want_of_descriptors_is_survived_without_spinning(server: str) -> None:
    with launched(server) as (address, process):
        async with open_client(address, "ack", patience=PATIENCE) as warm_up:  # ready means listening, not idle
            await warm_up.exchange_to_end(b"hello")
        system = psutil.Process(process.pid)
        _, hard = resource.prlimit(process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (system.num_fds(), hard))
        async with (
            open_client(address, "ack", name="A", patience=PATIENCE) as first,
            open_client(address, "ack", name="B", patience=PATIENCE) as second,
        ):
            before = sum(system.cpu_times()[:2])
            await first.send(b"hello")
            await second.send(b"hello")
            await second.overhear(0.5)  # a quiet period: a spinning accept burns all of it
            spent = sum(system.cpu_times()[:2]) - before
            resource.prlimit(process.pid, resource.RLIMIT_NOFILE, (hard, hard))
            await first.receive_reply()
            await first.aclose()
            await second.receive_reply()

        assert spent < 0.25


def test_a_refused_process_or_thread_closes_that_client_only() -> None:
    for server, name in ("fork", "os.fork"), ("thread", "threading.Thread.start"):
        program = f"""
import errno, os, threading
from reference_servers.__main__ import main
from reference_servers.datagram import bind
real = {name}
refusals = [OSError(errno.EAGAIN, "no") if {server!r} == "fork" else RuntimeError("can't start new thread")]
def refuse_once(*arguments):
    if refusals:
        raise refusals.pop()
    return real(*arguments)
{name} = refuse_once
main([{server!r}, "--port", "0", "--service", "echo"])
"""
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout
                port = int(process.stdout.readline().rpartition(":")[2])
                replies = [one_exchange(port) for _ in range(3)]
            finally:
                process.kill()

        assert replies == [b"", b"hello", b"hello"]


def one_exchange(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        try:
            connection.sendall(b"hello")
            connection.shutdown(socket.SHUT_WR)
            return connection.recv(1024)
        except OSError:  # reset, perhaps before FIN could be sent
            return b""


def test_a_port_that_is_taken_is_one_line_and_status_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "reference_servers", "iterative", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)

    reason = os.strerror(errno.EADDRINUSE)

    assert done.returncode == 2
    assert done.stderr == f"reference_servers: cannot listen on 127.0.0.1:{port}: {reason}\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["iterative", "--port", "99999"], "'99999' is no port"),
        (["iterative", "--port", "-1"], "'-1' is no port"),
        (["iterative", "--port=http"], "'http' is no port"),
        (["iterative", "--port"], "--port wants a value"),
        (["iterative", "--service", "time"], "'time' is no service: wanted ack, echo"),
        (["iterative", "--loud"], "--loud is no option"),
        (["prefork"], "wanted one of iterative, fork, "),
        ([], "wanted one of iterative, fork, "),
    ],
)
def test_bad_input_is_one_line_and_status_2(
    arguments: list[str], complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith(f"reference_servers: {complaint}")


def test_help_names_every_server_and_service(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    told = capsys.readouterr().out
    assert all(name in told for name in (*SERVERS, *SERVICES))
