"""Concurrency: what a server serves its clients with, and signals meanwhile."""

import signal

from client_kit import ClientKitError
from spec_tests.requirement import (
    LAUNCH,
    MODELS,
    MUST,
    POLICY,
    PROCESS,
    STANDARD,
    Ability,
    LaunchError,
    NotJudgedError,
    ProcessTree,
    Server,
    Verdict,
    ViolatedError,
    eventually,
    find_model,
    many_descriptors,
    requirement,
)
from spec_tests.steps import serve_the_next

LOOKS = 3
MANY = 1100
LAST_OF_SELECT = 1023
"""The highest descriptor that fits into an fd_set; select(2)."""

HARMLESS = (signal.SIGCHLD, signal.SIGCONT, signal.SIGURG)
"""By default they do nothing, nor does any well-known server take them for an order; signal(7)."""
STORM = 20
"""Signals of each kind, one after another."""
NEWCOMERS = 5
INTERRUPTED = "a call that a handler interrupts fails with EINTR: set SA_RESTART, or call it again"


@requirement(
    "concurrency.model-is-what-it-claims",
    level=MUST,
    source="UNP 30",
    authority=POLICY,
    accepts="the processes, threads and waiting of the model that --model names, while clients are held",
    needs=PROCESS,
    models=set(MODELS) - {"unknown"},
    long=True,
    takes="looks at its processes between which nothing may change",
    once=True,
)
async def test_model_is_what_it_claims(server: Server) -> None:
    """The server handles many clients with the processes and threads that its model has."""
    most = None if server.model == "pool" else server.max_clients  # who waits for a worker waits in order
    seen = []
    for _ in range(LOOKS):  # what it seems to be once may be luck, as is what it was found to be
        tree = server.process_tree()
        seen.append(await find_model(server.address, server.dialect, tree, server.reply_time, most))
        server.timeline.note(f"model {seen[-1].name}: {seen[-1].evidence}")
        if seen[-1].name == server.model:
            return
        if seen[-1].is_late:
            raise NotJudgedError(Verdict.INCONCLUSIVE, seen[-1].evidence)
    if unclear := [one for one in seen if one.name == "unknown"]:
        raise NotJudgedError(Verdict.NOT_OBSERVED, f"no model fits what was seen: {unclear[-1].evidence}")
    told = f"{seen[-1].name}: {seen[-1].evidence}"
    raise ViolatedError(f"it is said, or was found, to be {server.model}, and is {told}")


@requirement(
    "concurrency.passes-descriptor-1023",
    level=MUST,
    source="select(2) WARNING, BUGS; weechat #465",
    authority=STANDARD,
    accepts="replies to the first and the last of 1,100 clients; or, beyond the bound of the server, to others",
    needs=LAUNCH,
    abilities={Ability.REPEATS},
    models={"thread", "event-loop"},
    takes="starting the server, and 1,100 clients",
)
async def test_passes_descriptor_1023(server: Server) -> None:
    """The server goes on serving when its clients are so many that a descriptor is 1024 or higher."""
    size = server.crowd_size(MANY, at_least=MANY)
    with many_descriptors(2 * MANY) as is_permitted:
        if not is_permitted:
            raise NotJudgedError(Verdict.INCONCLUSIVE, f"we may not open {2 * MANY:,} descriptors here")
        try:
            await server.launch_after(f"ulimit -S -n {2 * MANY}", f"which may open {2 * MANY:,} descriptors")
        except LaunchError as error:
            why = f"it needs {2 * MANY:,} descriptors: {error}"
            raise NotJudgedError(Verdict.INCONCLUSIVE, why) from error
        await hold_many(server, size)


async def hold_many(server: Server, size: int) -> None:
    """Hold so many clients, and let the first and the last have another exchange."""
    highest = -1
    try:
        async with server.crowd(size) as crowd:
            highest = server.process_tree().highest_descriptor()
            await crowd.clients[0].ask(b"the first")
            await crowd.clients[-1].ask(b"the last")
    except ClientKitError as error:
        await serve_beyond_its_bound(server, error)
    if highest <= LAST_OF_SELECT:
        why = f"no process of it had a descriptor beyond {LAST_OF_SELECT}, but {highest} at the most"
        raise NotJudgedError(Verdict.NOT_OBSERVED, why)


async def serve_beyond_its_bound(server: Server, error: ClientKitError) -> None:
    """Raise ViolatedError unless the server has turned somebody away and lives on."""
    hint = "select(2) takes no descriptor beyond 1023; poll(2) and epoll(7) do"
    if await eventually(lambda: bool(server.end), server.quiet_period):
        raise ViolatedError(f"the server ended with {server.end}. {error} ({hint})") from error
    await serve_the_next(server, f"about {MANY:,} clients were to be held ({error})", hint)
    raise NotJudgedError(Verdict.NOT_OBSERVED, f"{MANY:,} clients cannot be held: {error}") from error


@requirement(
    "concurrency.signals-disturb-nobody",
    level=MUST,
    source="signal(7); UNP 5.9",
    authority=POLICY,
    accepts="right replies to who is in mid-request and to who comes, amid many a SIGCHLD, SIGCONT and SIGURG",
    needs=PROCESS,
    disruptive=True,
    once=True,
)
async def test_signals_disturb_nobody(server: Server) -> None:
    """Signals that order nothing, such as SIGCHLD, disturb neither who is served nor who comes."""
    tree = server.process_tree()
    request = server.dialect.request(b"interrupted")
    half = 0 if Ability.ANSWERS_PIECES in server.dialect.abilities else (len(request) + 1) // 2
    async with server.client("A") as resident:
        if Ability.REPEATS in server.dialect.abilities:
            await resident.ask(b"hello")
        await resident.begin()
        if request[:half]:
            await resident.send(request[:half])
        send_harmless_signals(server, tree)
        try:
            if request[half:]:
                await resident.send(request[half:])
            await resident.receive_reply()
        except ClientKitError as error:
            raise ViolatedError(f"signals came while A sent a request: {error} ({INTERRUPTED})") from error
    for number in range(1, NEWCOMERS + 1):
        send_harmless_signals(server, tree)
        try:
            await server.exchange_once(f"newcomer {number}")
        except ClientKitError as error:
            raise ViolatedError(f"signals came while nobody was there: {error} ({INTERRUPTED})") from error


def send_harmless_signals(server: Server, tree: ProcessTree) -> None:
    """Send a storm of signals to every process of the server."""
    tree.signal_all(*HARMLESS * STORM)
    server.timeline.note(f"{STORM} times SIGCHLD, SIGCONT and SIGURG to {tree} and its children")
