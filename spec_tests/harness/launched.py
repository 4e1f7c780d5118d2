"""What a test may do with a server that is launched: start it, stop it, kill it, and start another beside it.

`Server` is this and more; of a server that is only addressed there is no instance.
"""

import shlex
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from client_kit import Address, Timeline
from spec_tests.harness.asynchronous import eventually
from spec_tests.harness.description import Description, Limits, launcher_for
from spec_tests.harness.instance import Instance
from spec_tests.harness.launching import HOST, Launcher, LaunchError
from spec_tests.harness.ports import own_ports


class Launched:
    """The instances of one server, one at a time. Whoever makes it must close it."""

    def __init__(self, description: Description, limits: Limits) -> None:
        self.description = description
        self.patience = limits.patience
        self.timeline = Timeline()
        self.instance: Instance | None = None
        self.launcher: Launcher | None = launcher_for(description) if description.launch else None
        self.launches = 0
        """How often it was launched since it was to start over."""
        self._former: list[Instance] = []
        self._last_words: list[str] = []

    async def eventually(self, condition: Callable[[], bool]) -> bool:
        """Whether `condition` comes to hold within the patience."""
        return await eventually(condition, self.patience)

    async def launch(self, at: Address | None = None) -> None:
        """Launch an instance, at that address or at one of its own. Raises LaunchError."""
        assert self.launcher
        self._make_room()
        start = self.launcher.start(self.patience, at) if at else self.launcher.start_anew(self.patience)
        self.instance = await self._begun(start)
        self.timeline.note(f"launched: process {self.instance.pid}, listening at {self.instance.address}")

    def take_over(self, other: "Launched") -> None:
        """Go on with the instance that another has launched, which does without it then."""
        self.instance, other.instance = other.instance, None

    async def launch_after(self, before_exec: str, told: str) -> None:
        """Launch an instance after what a shell does first in the same process. Raises LaunchError."""
        assert self.launcher
        self._make_room()
        self.instance = await self._begun(self.launcher.start(self.patience, before_exec=before_exec))
        self.timeline.note(f"launched: process {self.instance.pid}, {told}")

    async def launch_printing_to(self, output: str) -> None:
        """Launch an instance whose output goes to a file instead of to us. Raises LaunchError."""
        await self.launch_after(f"exec > {shlex.quote(output)} 2>&1", f"printing to {output}")

    @property
    def is_told_its_host(self) -> bool:
        """Whether the launch command says at which address to listen."""
        return self.launcher is not None and "{host}" in self.launcher.command

    @property
    def is_told_its_port(self) -> bool:
        """Whether the launch command says at which port to listen."""
        return self.launcher is not None and "{port}" in self.launcher.command

    @property
    def host(self) -> str:
        """The host at which it is launched."""
        assert self.launcher
        return self.launcher.fixed.host if self.launcher.fixed else HOST

    @property
    def end(self) -> str:
        """How a launched server ended: "status 1", "signal SIGKILL"; "" while it runs."""
        return self.instance.end if self.instance else ""

    def last_output(self) -> list[str]:
        """The last lines that a launched server printed, or the one before it if none is there now."""
        return self.instance.output.last() if self.instance else self._last_words

    def all_output(self) -> list[str]:
        """Kill a launched server, and return its last lines when all that it has printed has come."""
        self.kill()
        return self._last_words

    @property
    def is_running(self) -> bool:
        """Whether a launched server is there now."""
        return self.instance is not None and not self.instance.end

    async def stop(self, number: signal.Signals) -> bool:
        """Send a signal to the launched process; return whether it ends within the patience.

        First it and its children may fall asleep: a signal that comes between an interpreter's look for signals
        and the call in which it waits is handled only when something else ends that call.
        """
        instance = self.instance
        assert instance
        await instance.all_fall_asleep()
        self.timeline.note(f"{number.name} to process {instance.pid}")
        instance.signal(number)
        has_ended = await self.eventually(lambda: bool(instance.end))
        self.timeline.note(f"it ended with {instance.end}" if has_ended else "it did not end")
        return has_ended

    def begin(self) -> Instance:
        """Launch an instance at an address of its own, and wait for nothing. Raises LaunchError."""
        assert self.launcher
        self._make_room()
        self.instance = self.launcher.begin()
        self.launches += 1
        self.timeline.note(f"launched, to listen at {self.instance.address}")
        return self.instance

    @asynccontextmanager
    async def another_instance(self, host: str) -> AsyncIterator[Instance]:
        """Launch another instance, at another host and port, and end it afterwards. Raises LaunchError."""
        assert self.launcher
        port = own_ports().free(self.launcher.transport, HOST)
        other = await self.launcher.start(self.patience, Address(self.launcher.transport, host, port))
        self.timeline.note(f"launched a second time, listening at {other.address}")
        try:
            yield other
        finally:
            other.close()

    @contextmanager
    def second_instance(self, at: Address | None = None) -> Iterator[Instance]:
        """Launch another instance, where the first listens or elsewhere, and end it afterwards."""
        assert self.launcher
        second = self.launcher.begin_second(at or self._current.address)
        self.timeline.note(f"launched a second time, at {second.address}")
        try:
            yield second
        finally:
            second.close()

    def start_over(self) -> None:
        """End a launched server, and forget it: who launches it next finds none."""
        self._make_room()
        self.launches = 0

    def set_aside(self) -> None:
        """Let what is left of an instance that has ended be, until the server is closed."""
        if self.instance:
            self._former.append(self.instance)
            self.instance = None

    def kill(self) -> None:
        """SIGKILL to all processes of a launched server."""
        self.timeline.note("SIGKILL to all its processes")
        self._close_current()

    def close(self) -> None:
        """End a launched server, by force if need be; an addressed one is left as it is."""
        self._close_current()
        while self._former:
            self._former.pop().close()

    @property
    def _current(self) -> Instance:
        assert self.instance
        return self.instance

    async def _begun(self, start: Awaitable[Instance]) -> Instance:
        """Count a launch; of one that fails, keep what was printed."""
        try:
            instance = await start
        except LaunchError as error:
            self._last_words = error.output
            raise
        self.launches += 1
        return instance

    def _make_room(self) -> None:
        self._close_current()
        self._last_words = []

    def _close_current(self) -> None:
        if self.instance:
            self.instance.close()
            self._last_words = self.instance.output.last()
            self.instance = None
