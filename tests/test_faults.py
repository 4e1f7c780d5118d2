"""No requirement without a fault that breaks it, and no fault that breaks more than it declares."""

from pathlib import Path
from zlib import crc32

import pytest
from killing import findings_on, outcome

from client_kit import ECHO, Transport
from conftest import ONCE_WITH
from reference_servers.faults import Fault, FaultError, faults
from spec_tests.harness.registry import registry
from spec_tests.requirement import Requirement

FIRST = {fault.name: fault for fault in reversed(faults().values())}
"""One fault of each name."""

TIMED = {
    "overload.latency-recovers",
    "overload.holds-through-a-faulty-network",
    "processes.idles-without-cpu",
    "end-of-file.sleeps-while-half-closed",
    "overload.does-not-spin-during-exhaustion",
}
"""Latencies are compared, milliseconds counted, or the processor's time: a busy machine may hide such a fault
(who has to share the processor with eight takes less than a quarter of it). It is asked alone.
"""

PART = 40
"""On every change a fault is asked what it declares, and a fortieth of the rest, always the same. All of it is
asked by the kill matrix.
"""


def asked_of(fault: Fault) -> list[Requirement]:
    """What a fault is asked on every change."""
    declared = fault.breaks | fault.may_break
    return [
        one for one in registry() if one.id in declared or crc32(f"{fault.name} {one.id}".encode()) % PART == 0
    ]


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, marks=[pytest.mark.alone] * bool(fault.breaks & TIMED)) for fault in FIRST.values()],
    ids=lambda fault: f"{fault.server}-{fault.name}",
)
def test_a_fault_fails_what_it_declares(fault: Fault, tmp_path: Path) -> None:
    found = outcome(fault, fault.services[-1], tmp_path, asked_of(fault))

    assert found.failed, "with this service, the fault breaks nothing"
    assert not found.differing, "\n\n".join(found.told(one) for one in found.differing)


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


def test_who_serves_fewer_than_many_learns_how_to_say_so(tmp_path: Path) -> None:
    """It may be meant to; and what failed, and with how many, is said before."""
    few = faults()["thread", "sixty-four-silent-places"]
    one = next(one for one in registry() if one.id == "concurrency.many-clients-meet")
    [finding] = findings_on(few, "echo", tmp_path, [one])

    assert finding.reason.startswith("70 clients were to be served at the same time: ")
    assert finding.reason.endswith(" (if it is built to serve fewer at once: --max-clients)")


def test_what_is_asked_once_is_broken_by_no_fault_that_only_another_service_shows() -> None:
    """It would be missed in a server that has several services."""
    once = {one.id for one in registry() if one.is_asked_once}
    elsewhere = [fault for fault in faults().values() if ONCE_WITH not in fault.services]

    assert len(elsewhere) > 10
    assert not [(fault.server, fault.name) for fault in elsewhere if fault.breaks & once]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_is_asked_once_may_be_asked_with_that_service(transport: Transport) -> None:
    once = [one for one in registry() if one.is_asked_once and transport in one.transports]

    assert len(once) > 5
    assert not [one.id for one in once if one.abilities - ECHO.abilities or one.unless & ECHO.abilities]


def test_an_edit_that_fits_twice_is_refused() -> None:
    fault = Fault("doubtful", "It fits.", server="fork", edits=(("a", "b"),), breaks=frozenset())

    with pytest.raises(FaultError, match=r"'a' occurs 2 times in fork\.py, wanted 1"):
        fault.apply("a a")
