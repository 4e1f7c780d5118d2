"""No requirement without a fault that breaks it, and no fault that breaks more than it declares."""

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from zlib import crc32

import pytest

from client_kit import DIALECTS
from reference_servers import SERVERS
from reference_servers.faults import Fault, FaultError, faults
from reference_servers.service import SERVICES, SPOKEN
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.requirement import Requirement

LIMITS = Limits(patience=1.5)
FIRST = {fault.name: fault for fault in reversed(faults().values())}
"""One fault of each name."""

TENTH = 10
"""On every change a fault is asked what it declares, and a tenth of the rest, always the same."""


def asked_of(fault: Fault) -> list[Requirement]:
    """What a fault is asked on every change."""
    declared = fault.breaks | fault.may_break
    return [
        one for one in registry() if one.id in declared or crc32(f"{fault.name} {one.id}".encode()) % TENTH == 0
    ]


def cases(chosen: Iterable[Fault], *, last_service: bool) -> list[object]:
    """A case for each of these faults and its services, or for the last of them."""
    return [
        pytest.param(fault, service, id=f"{fault.server}-{fault.name}-{service}")
        for fault in chosen
        for service in (fault.services[-1:] if last_service else fault.services)
    ]


def findings_on(fault: Fault, service: str, folder: Path, asked: Sequence[Requirement]) -> list[Finding]:
    """Ask these requirements of a reference server with a fault in it."""
    server = SERVERS[fault.server]
    program = f"{shlex.quote(sys.executable)} -m reference_servers {fault.server}"
    command = f"{program} --host {{host}} --port {{port}} --quiet"
    description = Description(
        name=fault.name,
        transport=server.transport,
        dialect=DIALECTS[SPOKEN[service]],
        model=server.model,
        launch=f"{command} --service {service} --fault {fault.name}",
        cwd=str(folder),
        ready_line="^listening on ",
        max_clients=server.max_clients,
        idle_timeout=SERVICES[service]().idle_timeout or 0.0,
    )
    judge = Judge(Server(description, LIMITS))
    try:
        judge.open()
        return [judge.judge(one, one.test, "") for one in asked]
    finally:
        judge.server.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("fault", "service"), cases(FIRST.values(), last_service=True))
def test_a_fault_fails_what_it_declares(fault: Fault, service: str, tmp_path: Path) -> None:
    hold_against_what_it_declares(fault, service, tmp_path, asked_of(fault))


@pytest.mark.whole
@pytest.mark.timeout(600)
@pytest.mark.parametrize(("fault", "service"), cases(faults().values(), last_service=False))
def test_a_fault_fails_what_it_declares_and_nothing_else(fault: Fault, service: str, tmp_path: Path) -> None:
    hold_against_what_it_declares(fault, service, tmp_path, registry())


def hold_against_what_it_declares(
    fault: Fault, service: str, folder: Path, asked: Sequence[Requirement]
) -> None:
    """Fail if anything else fails, or if something that should does not."""
    surprises = surprises_with(fault, service, folder, asked)
    if surprises:  # what a busy machine did to one run does not come again
        again = surprises_with(fault, service, folder, asked)
        surprises = {one: told for one, told in again.items() if one in surprises}

    assert not surprises, "\n\n".join(surprises.values())


def surprises_with(
    fault: Fault, service: str, folder: Path, requirements: Sequence[Requirement]
) -> dict[str, str]:
    """What differs from what a fault declares, in either direction: by the requirement, and in words."""
    found = {finding.id: finding for finding in findings_on(fault, service, folder, requirements)}
    wrong = {one.id for one in found.values() if one.verdict in (Verdict.FAILED, Verdict.ADVISED)}
    unasked = (Verdict.NOT_APPLICABLE, Verdict.BLOCKED)  # three deaths in a row end the questions
    asked = {one.id for one in found.values() if one.verdict not in unasked}
    differing = (wrong - fault.may_break) ^ (fault.breaks & asked)
    assert wrong or differing, "with this service, the fault breaks nothing"
    return {one: f"{one} {found[one].verdict} {found[one].reason}\n{found[one].text}" for one in differing}


def test_every_requirement_is_broken_by_a_fault() -> None:
    broken = {broken for fault in faults().values() for broken in fault.breaks}

    assert {one.id for one in registry()} == broken


@pytest.mark.parametrize("one", registry(), ids=lambda one: one.id)
def test_each_requirement_is_told_apart_from_the_others(one: object) -> None:
    """Some fault breaks it and at most two others: its test is about what it says."""
    breaking = [fault for fault in faults().values() if getattr(one, "id", "") in fault.breaks]

    assert min(len(fault.breaks) for fault in breaking) <= 3


@pytest.mark.parametrize("fault", faults().values(), ids=lambda fault: f"{fault.server}-{fault.name}")
def test_a_fault_says_what_its_author_was_thinking_and_what_may_vary(fault: Fault) -> None:
    assert fault.thinking.endswith(".")
    assert bool(fault.may_break) == bool(fault.why_may)
    assert not fault.may_break & fault.breaks


def test_an_edit_that_fits_twice_is_refused() -> None:
    fault = Fault("doubtful", "It fits.", server="fork", edits=(("a", "b"),), breaks=frozenset())

    with pytest.raises(FaultError, match=r"'a' occurs 2 times in fork\.py, wanted 1"):
        fault.apply("a a")
