"""Asks requirements of a reference server with a fault in it; holds the findings against what is declared."""

import os
import shlex
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from client_kit import DIALECTS, Transport
from reference_servers import SERVERS, Reference
from reference_servers.faults import Fault, source_file
from reference_servers.service import SERVICES, SPOKEN
from spec_tests.harness.description import Description, Limits
from spec_tests.harness.judging import Judge
from spec_tests.harness.registry import registry
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Verdict
from spec_tests.requirement import Requirement

CHANGED = Path(__file__).with_name("changed.py")
LIMITS = Limits(patience=1.5)
AGAIN = 2
"""So often what surprises is asked again."""
NOT_MET = (Verdict.FAILED, Verdict.ADVISED)
NOT_ASKED = (Verdict.NOT_APPLICABLE, Verdict.BLOCKED)
"""Three deaths in a row end the questions."""


def workers(jobs: int) -> ProcessPoolExecutor:
    """A process for each task, so many at a time, forked from one that has imported the requirements."""
    context = get_context("forkserver")
    context.set_forkserver_preload(sorted({"killing", *(one.test.__module__ for one in registry())}))
    return ProcessPoolExecutor(jobs, context, max_tasks_per_child=1)


def described(
    server: Reference, service: str, launch: str, folder: Path, transport: Transport | None = None
) -> Description:
    """A variant of a reference server, which `launch` starts."""
    return Description(
        name=server.name,
        transport=transport or server.transport,
        dialect=DIALECTS[SPOKEN[service]],
        model=server.model,
        launch=launch,
        cwd=str(folder),
        environment=(("PYTHONPATH", os.pathsep.join(sys.path)),),
        ready_line="^listening on ",
        max_clients=server.max_clients,
        idle_timeout=SERVICES[service]().idle_timeout or 0.0,
    )


def changed(server: str, source: str, service: str, folder: Path) -> str:
    """Write the source of a changed reference server into a folder; return the command that starts it.

    Without site (-S), which takes long to import: `described` tells it where our modules are.
    """
    file = folder / f"{server}.py"
    file.write_text(source)
    command = [sys.executable, "-S", str(CHANGED), server, str(file), service]
    return f"{shlex.join(command)} {{host}} {{port}}"


def findings_on(fault: Fault, service: str, folder: Path, asked: Iterable[Requirement]) -> list[Finding]:
    """Ask these requirements of a reference server with a fault in it."""
    source = fault.apply(source_file(fault.server).read_text())
    launch = changed(fault.server, source, service, folder)
    judge = Judge(Server(described(SERVERS[fault.server], service, launch, folder), LIMITS))
    try:
        judge.open()
        return [judge.judge(one, one.test, "") for one in asked]
    finally:
        judge.server.close()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a fault did to the requirements that it was asked."""

    fault: Fault
    findings: dict[str, Finding]

    @property
    def failed(self) -> set[str]:
        """The requirements that the faulty server does not meet."""
        return {one.id for one in self.findings.values() if one.verdict in NOT_MET}

    @property
    def asked(self) -> set[str]:
        """The requirements that could be asked."""
        return {one.id for one in self.findings.values() if one.verdict not in NOT_ASKED}

    @property
    def differing(self) -> set[str]:
        """Those that fail undeclared, and those that should fail and do not."""
        return (self.failed - self.fault.may_break) ^ (self.fault.breaks & self.asked)

    def told(self, one: str) -> str:
        """What was found on one requirement, in words."""
        finding = self.findings[one]
        return f"{one} {finding.verdict} {finding.reason}\n{finding.text}"


def outcome(fault: Fault, service: str, folder: Path, asked: Sequence[Requirement]) -> Outcome:
    """Ask these, and what surprises again: what a busy machine did to one run does not come every time."""
    found = Outcome(fault, {one.id: one for one in findings_on(fault, service, folder, asked)})
    for _ in range(AGAIN):
        if doubtful := [one for one in asked if one.id in found.differing]:
            again = {one.id: one for one in findings_on(fault, service, folder, doubtful)}
            found = Outcome(fault, found.findings | again)
    return found
