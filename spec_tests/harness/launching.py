"""Launch a server by its command line, at an address of its own or a fixed one, and wait until it listens."""

import os
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace

from client_kit import Address, Transport
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.instance import Instance
from spec_tests.harness.ports import own_ports
from spec_tests.harness.processes import described, holders, ports_of
from spec_tests.harness.sockets import has_time_wait, listening_inodes

HOST = "127.0.0.1"
TIME_WAIT_SECONDS = 65
"""Linux keeps a connection in TIME_WAIT for 60 s."""


class LaunchError(Exception):
    """A server could not be launched; one line says why. `output` is what it printed last, if it began."""

    def __init__(self, why: str, output: Sequence[str] = ()) -> None:
        super().__init__(why)
        self.output = list(output)


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
            await instance.fall_asleep()  # who leaves a daemon has ended by then
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
