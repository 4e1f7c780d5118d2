"""Before the first test: what the command line says is read, what it leaves open is found out, once.

It happens in the process that reports, before any worker starts.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from client_kit import ResourcesExhausted
from spec_tests.harness.description import CONCURRENT, Description
from spec_tests.harness.expectations import Expectation, read_expectations
from spec_tests.harness.identifying.identity import Identity, find_out
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.options import description_from, limits_from
from spec_tests.harness.preflight import PreflightError, check_server
from spec_tests.harness.preliminary import Obstacle, look_for_obstacle
from spec_tests.harness.registry import registry
from spec_tests.harness.report.outputs import check_files
from spec_tests.harness.reproducing.folder import check_folder
from spec_tests.harness.server import Server
from spec_tests.harness.together import why_alone
from spec_tests.harness.values import BadOptionError

WORKERS_PER_CORE = 3
"""With more, they wait for the processor instead of for the server."""
MOST_WORKERS = 12
SHARING = 4
"""Workers that share an addressed server."""

EXPECTED = pytest.StashKey[Sequence[Expectation]]()
FOUND = pytest.StashKey[Identity]()
"""What was found out of the one server."""
ALONE = pytest.StashKey[str]()
"""What keeps a launched server from running beside others of its kind, if anything does."""
LOOKED = pytest.StashKey[Obstacle | None]()
"""What was in the way of the one server, when this process looked."""


def look_first(config: pytest.Config) -> Obstacle | None:
    """Look whether the server is there and serves, before any worker starts. Return what is in the way."""
    given = described(config)
    if given is None or config.option.collectonly:
        return None
    try:
        check_server(given, limits_from(config.option))
    except PreflightError as error:
        raise pytest.UsageError(str(error)) from error
    server = Server(given, limits_from(config.option))
    try:
        obstacle = _find_out(config, server) or _meet(config, server)
    finally:
        server.close()
    config.stash[LOOKED] = obstacle
    return obstacle


def _find_out(config: pytest.Config, server: Server) -> Obstacle | None:
    """Find out what the command line does not say of the server, and write it there."""
    try:
        found = find_out(server, config.option)
    except (LaunchError, ResourcesExhausted) as error:
        raise pytest.UsageError(str(error)) from error
    if isinstance(found, Obstacle):
        return found
    config.stash[FOUND] = found
    return None


def _meet(config: pytest.Config, known: Server) -> Obstacle | None:
    """Let the server show that it serves at all, and whether several of it can be tested at the same time.

    What `known` has launched goes on.
    """
    given = described(config)
    assert given
    server = Server(given, limits_from(config.option))
    try:
        server.take_over(known)
        obstacle = look_for_obstacle(server)
        if not obstacle and server.is_told_its_port and _may_be_spread(config):
            config.stash[ALONE] = why_alone(server)
        return obstacle
    finally:
        server.close()


def may_have_workers(config: pytest.Config) -> bool:
    """Whether several workers may run the specification; False where something else is run."""
    asks = config.option.launch or config.option.server or asks_reference_servers(config)
    return bool(asks) and _may_be_spread(config) and not config.option.collectonly


def asks_reference_servers(config: pytest.Config) -> bool:
    """Whether no server is named, and the specification is what is to be run."""
    return not config.option.server and any("spec_tests" in one for one in config.args)


def workers_told(config: pytest.Config) -> str:
    """The header row about the workers: how many there are, or why there is only one; "" for no row."""
    if alone := config.stash.get(ALONE, ""):
        return f"one, for several of this server do not run side by side: {alone}"
    workers = getattr(config.option, "numprocesses", 0)
    if not workers or FOUND not in config.stash:
        return ""
    how = "each with a server of its own" if config.option.launch else "which share the server"
    return f"{workers}, {how} (-n says otherwise)"


def may_be_shared(config: pytest.Config) -> bool:
    """Whether an addressed server serves the clients of several workers at once, as far as is known."""
    given = described(config)
    return given is not None and given.model in CONCURRENT and given.max_clients is None


def _may_be_spread(config: pytest.Config) -> bool:
    return config.pluginmanager.hasplugin("xdist") and getattr(config.option, "numprocesses", 0) != 0


def described(config: pytest.Config) -> Description | None:
    """What the command line says of the server; None if it names none. Raises pytest.UsageError."""
    try:
        given = description_from(config.option)
        limits_from(config.option)
        check_files(config.option)
        check_folder(config.option.reproduce)
        expectations(config)
    except BadOptionError as error:
        raise pytest.UsageError(str(error)) from error
    return given


def expectations(config: pytest.Config) -> Sequence[Expectation]:
    """The deviations that are known; none for a file that is to be written. Raises pytest.UsageError."""
    file, is_new = config.option.expect, config.option.expect_update
    if is_new and not file:
        raise pytest.UsageError("--expect-update writes a file: name it with --expect FILE")
    try:
        if not file or (is_new and not Path(file).exists()):
            return []
        return read_expectations(Path(file), [one.id for one in registry()])
    except BadOptionError as error:
        raise pytest.UsageError(str(error)) from error


def spread(config: pytest.Config, obstacle: Obstacle | None) -> None:
    """Choose how many workers ask, unless the command line says so.

    Most of what a worker does is to wait, and that needs no core: a launched server is tested by more workers
    than there are cores, each with one of its own. With a fixed port, or where no two run side by side, it is
    one. Some share an addressed server, unless its clients are in each other's way.
    """
    option = config.option
    if not config.pluginmanager.hasplugin("xdist") or not hasattr(option, "numprocesses"):
        return
    workers = min(WORKERS_PER_CORE * len(os.sched_getaffinity(0)), MOST_WORKERS)
    if obstacle or (option.launch and option.server) or config.stash.get(ALONE, ""):
        option.numprocesses = 0
    elif option.launch:
        option.numprocesses = workers if option.numprocesses is None else option.numprocesses
        option.maxschedchunk = option.maxschedchunk or 1
    elif option.server and may_be_shared(config):
        option.numprocesses = SHARING if option.numprocesses is None else option.numprocesses
        option.dist = "loadgroup" if option.dist == "no" else option.dist
        option.loadscopereorder = False  # what is measured alone comes last, when the others are done
    elif asks_reference_servers(config):
        # several servers, each of which one worker has to itself
        option.numprocesses = workers if option.numprocesses is None else option.numprocesses
        option.dist = "loadgroup" if option.dist == "no" else option.dist
