"""Before the first test: what the command line says is read, what it leaves open is found out, once.

It happens in the process that reports, before any worker starts.
"""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from client_kit import ResourcesExhausted
from spec_tests.harness.description import Description
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
    obstacle = _find_out(config, given) or _meet(config)
    config.stash[LOOKED] = obstacle
    return obstacle


def _find_out(config: pytest.Config, given: Description) -> Obstacle | None:
    """Find out what the command line does not say of the server, and write it there."""
    server = Server(given, limits_from(config.option))
    try:
        found = find_out(server, config.option)
    except (LaunchError, ResourcesExhausted) as error:
        raise pytest.UsageError(str(error)) from error
    finally:
        server.close()
    if isinstance(found, Obstacle):
        return found
    config.stash[FOUND] = found
    return None


def _meet(config: pytest.Config) -> Obstacle | None:
    """Let the server show that it serves at all, and whether several of it can be tested at the same time."""
    given = described(config)
    assert given
    server = Server(given, limits_from(config.option))
    try:
        obstacle = look_for_obstacle(server)
        if not obstacle and server.is_told_its_port and _may_have_workers(config):
            config.stash[ALONE] = why_alone(server)
        return obstacle
    finally:
        server.close()


def _may_have_workers(config: pytest.Config) -> bool:
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

    What a failing server costs is patience, and waiting needs no core: a launched server is tested by more
    workers than there are cores, each with one of its own. With a fixed port, or where no two run side by
    side, there can be but one.
    """
    option = config.option
    if not config.pluginmanager.hasplugin("xdist") or not hasattr(option, "numprocesses"):
        return
    cores = len(os.sched_getaffinity(0))
    if obstacle or (option.launch and option.server) or config.stash.get(ALONE, ""):
        option.numprocesses = 0
    elif option.launch:
        option.numprocesses = cores + 1 if option.numprocesses is None else option.numprocesses
        option.maxschedchunk = option.maxschedchunk or 1
    elif not option.server and any("spec_tests" in one for one in config.args):
        # several servers, each of which one worker has to itself
        option.numprocesses = cores if option.numprocesses is None else option.numprocesses
        option.dist = "loadgroup" if option.dist == "no" else option.dist
