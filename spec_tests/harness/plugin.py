"""The pytest plugin: options, the fixture `server`, and the hooks that turn outcomes into verdicts.

It is thin: what is decided, is decided in the modules that it calls.
"""

import shlex
import sys
from collections.abc import Generator, Iterator, Sequence
from typing import Any, cast

import pytest

from spec_tests.harness import hookspecs
from spec_tests.harness.beginning import (
    EXPECTED,
    FOUND,
    LOOKED,
    described,
    expectations,
    look_first,
    may_have_workers,
    spread,
    workers_told,
)
from spec_tests.harness.declarations import add_options
from spec_tests.harness.description import Description, random_seed
from spec_tests.harness.expectations import as_expected
from spec_tests.harness.forking.server import ForkServer, can_fork
from spec_tests.harness.identifying.identity import FOUND_OPTIONS
from spec_tests.harness.interrupting import INTERRUPTION
from spec_tests.harness.judging import Judge
from spec_tests.harness.options import as_arguments, bare_address, limits_from
from spec_tests.harness.ordering import grouped, place, spread_out
from spec_tests.harness.registry import registry
from spec_tests.harness.report.collecting import Collector, attach
from spec_tests.harness.report.console import header, listing
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.requirement import Requirement, requirement_of

SERVERS = pytest.StashKey[Sequence[Description]]()
JUDGES = pytest.StashKey[dict[str, Judge]]()
FINDING = pytest.StashKey[Finding]()
WORKERS = pytest.StashKey[ForkServer]()
TOLD = "acceptspec"
"""Under which name a worker is told what was found out, or chosen."""
CHOSEN_OPTIONS = (*FOUND_OPTIONS, "seed")
COMPLAINT = pytest.StashKey[str]()


# the command line


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare our options."""
    add_options(parser.getgroup("acceptspec", "the server to test").addoption)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Declare our hook."""
    pluginmanager.add_hookspecs(hookspecs)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> int | None:
    """Answer --list, which needs no server, and complain of bad input."""
    if complaint := config.stash.get(COMPLAINT, ""):
        print(f"ERROR: {complaint}", file=sys.stderr)
        return 2
    if not config.getoption("list"):
        return None
    print(listing(registry()))
    return 0


@pytest.hookimpl(wrapper=True, tryfirst=True, specname="pytest_cmdline_main")
def pytest_cmdline_main_status(config: pytest.Config) -> Generator[None, Any, Any]:
    """Choose how tests are spread over workers, and give bad input the status 2."""
    try:
        if not hasattr(config, "workerinput") and not config.getoption("list"):
            _look_and_spread(config)
    except (pytest.UsageError, KeyboardInterrupt) as error:
        config.stash[COMPLAINT] = str(error) or "interrupted before anything was asked"  # a wrapper must yield
    try:
        status = yield
    except pytest.UsageError as error:
        print(f"ERROR: {error}", file=sys.stderr)
        return 2
    finally:
        if WORKERS in config.stash:
            config.stash[WORKERS].close()
    bad = {pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.NO_TESTS_COLLECTED}
    return 2 if status in bad else status


def _look_and_spread(config: pytest.Config) -> None:
    """Look at the server, and choose how many workers ask; who forks them is there before anything else."""
    config.option.seed = config.option.seed or str(random_seed())
    if may_have_workers(config) and can_fork():
        config.stash[WORKERS] = ForkServer()
    with INTERRUPTION.held_back():
        spread(config, look_first(config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config, specs: Sequence[Any]) -> None:
    """Have the workers forked instead of started."""
    if WORKERS in config.stash:
        config.stash[WORKERS].divert(specs)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Leave to one worker what belongs together, where the workers take groups."""
    return grouped(config, log, config.stash[SERVERS]) if config.option.dist == "loadgroup" else None


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a worker what was found out and chosen: it reads the same command line, and would not know."""
    node.workerinput[TOLD] = {name: getattr(node.config.option, name) for name in CHOSEN_OPTIONS}


def pytest_configure(config: pytest.Config) -> None:
    """Read the command line, and in a worker what its controller found out."""
    for name, value in getattr(config, "workerinput", {}).get(TOLD, {}).items():
        setattr(config.option, name, value)
    given = described(config)
    found = [given] if given else config.hook.pytest_acceptspec_servers(config=config)
    config.stash[SERVERS] = found or []
    config.stash[JUDGES] = {}
    config.stash[EXPECTED] = expectations(config)
    if not hasattr(config, "workerinput"):
        collector = Collector(config.stash[SERVERS], config.stash[EXPECTED], config.option)
        config.pluginmanager.register(collector)


def pytest_sessionstart(session: pytest.Session) -> None:
    """Complain if nobody named a server."""
    config = session.config
    if not config.stash[SERVERS] and not config.option.collectonly:
        address = bare_address(config.args) or "tcp://HOST:PORT"
        raise pytest.UsageError(f"name a server: --server {address}, or --launch 'COMMAND {{port}}'")


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is tested."""
    found = config.stash.get(FOUND, None)
    rows = list(found.rows()) if found else []
    rows += [("workers", told)] if (told := workers_told(config)) else []
    return header(config.stash[SERVERS], limits_from(config.option), rows)


# asking


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask every requirement of every server."""
    if requirement_of(metafunc.function):
        servers = metafunc.config.stash[SERVERS]
        ids = [one.name for one in servers]
        metafunc.parametrize("server", servers, indirect=True, scope="session", ids=ids)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Bring the requirements into order, one server after another: each starts once."""
    items.sort(key=_place)
    servers = config.stash[SERVERS]
    if hasattr(config, "workerinput") and len(servers) == 1 and servers[0].launch:
        items[:] = spread_out(items)


def _place(item: pytest.Item) -> tuple[int, ...]:
    """By several workers the servers that are asked everything come first, and the longest requirements."""
    asked = requirement_of(getattr(item, "function", None))
    if asked is None or not isinstance(item, pytest.Function):
        return (-1,)
    server = cast("Description", item.callspec.params["server"])
    has_one_worker = not hasattr(item.config, "workerinput")
    is_later = not has_one_worker and bool(server.asked_with or (asked.is_alone and not server.launch))
    return is_later, item.config.stash[SERVERS].index(server), *place(asked, has_one_worker=has_one_worker)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The server under test; its judge stands behind it."""
    made = Server(request.param, limits_from(request.config.option))
    judge = Judge(made)
    request.config.stash[JUDGES][made.description.name] = judge
    stash = request.config.stash
    try:
        if LOOKED in stash:
            judge.has_looked_at(stash[LOOKED])
        yield made
    finally:
        made.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let Ctrl-C wait until the tests have been collected, which is soon."""
    with INTERRUPTION.held_back():
        return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let Ctrl-C wait until a requirement has been asked, and its server closed."""
    if requirement_of(getattr(item, "function", None)) is None:
        return (yield)
    with INTERRUPTION.held_back():
        return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Let the judge ask a requirement, and turn the verdict into an outcome."""
    asked = requirement_of(pyfuncitem.function)
    if asked is None:
        return None
    server = cast("Server", pyfuncitem.funcargs["server"])
    judge = pyfuncitem.config.stash[JUDGES][server.description.name]
    finding = judge.judge(asked, pyfuncitem.function, _how_to_repeat(pyfuncitem, asked))
    finding = as_expected(finding, pyfuncitem.config.stash[EXPECTED])
    pyfuncitem.stash[FINDING] = finding
    pyfuncitem.user_properties += _properties(asked, server.description, finding)
    if finding.verdict == Verdict.FAILED:
        pytest.fail(finding.text, pytrace=False)
    if finding.verdict != Verdict.PASSED:
        pytest.skip(f"{finding.verdict}: {finding.reason}")
    return True


def _properties(asked: Requirement, server: Description, finding: Finding) -> list[tuple[str, object]]:
    """What --junitxml writes beside the outcome."""
    return [
        ("requirement", asked.id),
        ("level", str(asked.level)),
        ("authority", asked.authority_for(server.dialect.name)),
        ("verdict", str(finding.verdict)),
        ("server", server.name),
    ]


def _how_to_repeat(item: pytest.Function, asked: Requirement) -> str:
    options = as_arguments(item.config.option)
    if not options:
        return f"pytest spec_tests -k {shlex.quote(f'{asked.test_name} and {item.callspec.id}')}"
    return f"acceptspec {shlex.join(options)} -k {asked.test_name}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send the finding along with pytest's report."""
    report = yield
    finding = item.stash.get(FINDING, None)
    if finding and report.when == "call":
        attach(report, finding)
    return report
