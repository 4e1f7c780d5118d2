"""Processes: what a server prints, and by which of its processes."""

import re
import signal
from contextlib import AsyncExitStack

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    POLICY,
    SHOULD,
    NotJudgedError,
    Server,
    Verdict,
    ViolatedError,
    requirement,
)

CLIENTS = 5


@requirement(
    "processes.log-lines-are-not-duplicated",
    level=SHOULD,
    source="_exit(2); exit(3)",
    authority=POLICY,
    accepts="the ready line once, and of each of 5 clients as many equal lines as of the last",
    needs=LAUNCH,
    models={"fork"},
    once=True,
)
async def test_log_lines_are_not_duplicated(server: Server) -> None:
    """A line that the server prints is not printed again by the processes that it starts."""
    await server.launch()
    ports = await serve_together(server)
    tree = server.process_tree()
    await server.eventually(lambda: not tree.workers())
    if not await server.stop(signal.SIGTERM):
        raise NotJudgedError(Verdict.NOT_OBSERVED, "the server does not stop on SIGTERM")
    lines = server.all_output()

    ready = server.description.ready_line
    if ready and (said := sum(bool(re.search(ready, line)) for line in lines)) > 1:
        why = f"it printed {said} times that it is ready"
        raise ViolatedError(f"{why}: what is buffered when it forks is printed by every child that exits")
    times = [most_equal_lines(lines, port) for port in ports]
    if not ready and not any(times):
        raise NotJudgedError(
            Verdict.NOT_OBSERVED, "no line that it prints names a client, or is the ready line"
        )
    if max(times) > times[-1] + 1:
        told = ", ".join(map(str, times))
        why = f"of clients that came one after another it printed so many equal lines: {told}"
        raise ViolatedError(f"{why}. What is buffered when it forks is printed by every child that exits")


async def serve_together(server: Server) -> list[int]:
    """Let clients come one after another, and leave together; return their ports."""
    async with AsyncExitStack() as stack:
        clients = []
        for number in range(1, CLIENTS + 1):
            try:
                clients.append(await stack.enter_async_context(server.client(str(number))))
                await clients[-1].ask(b"hello")
            except ClientKitError as error:
                why = f"client {number} was not served: {error}"
                raise NotJudgedError(Verdict.NOT_OBSERVED, why) from error
        return [client.local_address.port for client in clients]


def most_equal_lines(lines: list[str], port: int) -> int:
    """How often the line that occurs most often occurs, of those with this number in them."""
    naming = [line for line in lines if re.search(rf"\b{port}\b", line)]
    return max(map(naming.count, naming), default=0)
