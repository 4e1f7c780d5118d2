"""Start, stop, kill and restart a server, at an address of its own or at a fixed one.

Every server is launched through a guardian (guardian.py), so nothing that was started here outlives us. Its
output is always drained (output.py).
"""

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import psutil

from client_kit import Address, Transport
from spec_tests.harness import guardian
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.output import Output
from spec_tests.harness.ports import own_ports
from spec_tests.harness.processes import described, holders, ports_of, root_of
from spec_tests.harness.sockets import has_time_wait, listening_inodes

HOST = "127.0.0.1"
TIME_WAIT_SECONDS = 65
"""Linux keeps a connection in TIME_WAIT for 60 s."""
LONGEST_BUSY = 0.5
"""Seconds until a server is taken to be what it is, or sent a signal, though it never fell asleep."""


class LaunchError(Exception):
    """A server could not be launched; one line says why. `output` is what it printed last, if it began."""

    def __init__(self, why: str, output: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.output = list(output)


class Instance:
    """One run of a server. Ended or not, it must be closed."""

    def __init__(
        self,
        command: list[str],
        address: Address,
        cwd: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.address = address
        self._status, status = os.pipe()
        os.set_blocking(self._status, False)
        self._guardian = subprocess.Popen(
            [sys.executable, "-I", "-S", guardian.__file__, str(status), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[status],
            cwd=cwd,
            env=dict(environment) if environment is not None else None,
            start_new_session=True,
        )
        os.close(status)
        assert self._guardian.stdout
        self.output = Output(os.dup(self._guardian.stdout.fileno()))
        self._guardian.stdout.close()
        self._told = b""
        self._daemon: psutil.Process | None = None

    @property
    def pid(self) -> int | None:
        """The process id of what was launched, once it is known; of the daemon that it left, if it did."""
        return self._daemon.pid if self._daemon else self._number("started")

    @property
    def failed(self) -> int | None:
        """The errno with which the launch failed, if it did."""
        return self._number("failed")

    @property
    def end(self) -> str:
        """How the launched process ended: "status 1", "signal SIGKILL"; "" while it runs."""
        if self._daemon:
            return "" if self._daemon.is_running() else "a status that nobody knows, for it was a daemon"
        if count := self._number("overgrown"):
            return f"{count:,} processes: it forks without end, and was killed"
        status = self._number("ended")
        if status is None:
            return ""
        if os.WIFSIGNALED(status):
            return f"signal {signal.Signals(os.WTERMSIG(status)).name}"
        has_read = any("EOF when reading a line" in line for line in self.output.last(5))
        hint = " (it read from its standard input, which is /dev/null)" if has_read else ""
        return f"status {os.WEXITSTATUS(status)}{hint}"

    @property
    def is_decided(self) -> bool:
        """Whether it listens, and its process is known (it may be faster than its guardian); or never will."""
        # what was launched may have ended, and its daemon not
        is_over = self._number("alone") or self._number("overgrown") or self.failed
        return bool((self.pid and listening_inodes(self.address)) or is_over)

    @property
    def listeners(self) -> int:
        """How many sockets listen at its address: several with SO_REUSEPORT."""
        return len(listening_inodes(self.address))

    @property
    def is_daemon(self) -> bool:
        """Whether it went into the background: what was launched has ended, and a descendant listens."""
        return self._daemon is not None

    def find_daemon(self) -> None:
        """Look, once it listens, whether it went into the background."""
        pid = self._number("started")
        if self._number("ended") is not None or (pid and not psutil.pid_exists(pid)):
            self._daemon = root_of(holders(listening_inodes(self.address)))

    @property
    def is_asleep(self) -> bool:
        """Whether its first process waits for something, or has ended."""
        try:
            return self.pid is None or psutil.Process(self.pid).status() == psutil.STATUS_SLEEPING
        except psutil.NoSuchProcess:
            return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the server's first process, not to its children."""
        if self.pid and not self.end:
            os.kill(self.pid, number)

    def descendants(self) -> list[psutil.Process]:
        """All processes that were started by the launched one, and itself, wherever they have gone."""
        try:
            return psutil.Process(self._guardian.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def described_descendants(self) -> list[str]:
        """The same in words."""
        return [described(process) for process in self.descendants()]

    def close(self) -> None:
        """Kill what is left, and wait until it has gone."""
        assert self._guardian.stdin
        self._guardian.stdin.close()
        self._guardian.wait()
        self.output.wait_for_end(1)
        self._number("ended")
        os.close(self._status)

    def _number(self, event: str) -> int | None:
        with suppress(OSError):  # nothing new, or closed
            self._told += os.read(self._status, 4096)
        found = re.search(rb"%s (\d+)\n" % event.encode(), self._told)
        return int(found[1]) if found else None


class Launcher:
    """Knows how to launch a server: a command line, and where it will listen."""

    def __init__(
        self,
        command: str,
        transport: Transport,
        fixed: Address | None = None,
        cwd: str | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.command = command
        self.transport = transport
        self.fixed = fixed
        self.cwd = cwd
        self.environment = None if environment is None else {**os.environ, **environment}

    async def start(self, patience: float, address: Address | None = None, before_exec: str = "") -> Instance:
        """Launch an instance and wait until it listens, at `address` if that is given. Raises LaunchError.

        `before_exec` is what a shell does first in the same process, such as to redirect its output.
        """
        instance = self.begin(address, before_exec)
        try:
            await eventually(lambda: instance.is_decided, patience)
            self._check(instance, patience)
            await eventually(lambda: instance.is_asleep, LONGEST_BUSY)  # who leaves a daemon has ended by then
            instance.find_daemon()
        except BaseException:
            instance.close()
            raise
        return instance

    def begin(self, address: Address | None = None, before_exec: str = "") -> Instance:
        """Launch an instance, and wait for nothing. Raises LaunchError where somebody listens already."""
        address = address or self.fixed or Address(self.transport, HOST, own_ports().free(self.transport, HOST))
        if holder := holder_of(address):
            raise LaunchError(f"{address} is taken already, by {holder}; stop it first")
        return self.begin_second(address, before_exec)

    def begin_second(self, address: Address, before_exec: str = "") -> Instance:
        """Launch an instance at an address where another may listen, and wait for nothing."""
        words = self._command_line(address)
        if before_exec:
            words = ["sh", "-c", f'{before_exec} && exec "$@"', "sh", *words]
        return Instance(words, address, self.cwd, self.environment)

    async def start_anew(self, patience: float) -> Instance:
        """Launch an instance; at a fixed port, wait for connections in TIME_WAIT if they are in the way."""
        try:
            return await self.start(patience)
        except LaunchError:
            if not (self.fixed and has_time_wait(self.fixed.port)):
                raise
        port = self.fixed.port
        await eventually(lambda: not has_time_wait(port), TIME_WAIT_SECONDS)
        return await self.start(patience)

    def _command_line(self, address: Address) -> list[str]:
        return [
            word.replace("{port}", str(address.port)).replace("{host}", address.host)
            for word in shlex.split(self.command)
        ]

    def _check(self, instance: Instance, patience: float) -> None:
        command = shlex.join(self._command_line(instance.address))
        if instance.failed:
            raise LaunchError(f"cannot launch {command}: {os.strerror(instance.failed)}")
        if listening_inodes(instance.address):
            return
        if instance.end:
            instance.output.wait_for_end(1)
            what = f"ended with {instance.end}, and never listened at {instance.address}"
        else:
            what = f"did not listen at {instance.address} within {patience:g} s{_elsewhere(instance)}"
        raise LaunchError(f"{command} {what}; it printed: {instance.output.told()}", instance.output.last())


def _elsewhere(instance: Instance) -> str:
    """Where it listens instead, in words; "" if it does not."""
    ports = sorted(ports_of(instance.descendants()))
    if not ports:
        return ""
    address = replace(instance.address, port=ports[0])
    return f", but at port {ports[0]} (if it always does: --server {address}, and no {{port}})"


def holder_of(address: Address) -> str:
    """Who listens at an address, in words; "" if nobody does."""
    inodes = listening_inodes(address)
    if not inodes:
        return ""
    found = holders(inodes)
    return f"process {described(found[0])}" if found else "a process of another user"
