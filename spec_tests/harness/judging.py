"""Asks one requirement of one server, and makes sure that the server still answers afterwards.

Whatever a server does ends in a verdict here. An error of our own never does: it is raised.
"""

import time
from collections.abc import Awaitable, Callable

from client_kit import Ability, ClientKitError, NoReply, ResourcesExhausted, ServerFault, Timeline
from spec_tests.harness.asynchronous import TooLongError, run_async
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.report.explanation import explain
from spec_tests.harness.server import Server
from spec_tests.harness.verdicts import Finding, Level, NotJudgedError, Verdict, ViolatedError
from spec_tests.requirement import LAUNCH, PROCESS, Requirement

FIRST = {"connecting.serves-one-exchange", "datagrams.answers-exactly-once"}
"""What is asked even of a server that failed its first exchange: it says why all else is blocked."""

CEILING = 10
"""A test in which something moves all the time is ended after so many times the patience."""

CANNOT = {
    Ability.RETURNS_TOKEN: "its replies do not return what was sent, so nothing tells one from another",
    Ability.TAKES_ANY_BYTES: "it does not take any bytes for a request",
    Ability.ANSWERS_AFTER_HALF_CLOSE: "it owes nothing after a half-close",
    Ability.ACKNOWLEDGES_BYTES: "its replies are not acknowledgements that could be counted",
}

VIOLATIONS = (ViolatedError, AssertionError, ServerFault, NoReply, TooLongError, LaunchError)
"""What a test raises when the server is to blame."""

Test = Callable[[Server], Awaitable[None]]


class Judge:
    """Judges one server. It remembers what made all further questions pointless."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.obstacle = ""
        """Why the rest is blocked, in words; "" while it is not."""

    def open(self) -> None:
        """Launch the server, if it is to be launched, and let it show that it answers at all."""
        try:
            run_async(self._first_exchange, CEILING * self.server.patience)
        except (ClientKitError, LaunchError, TooLongError) as error:
            self.obstacle = f"the first exchange failed: {_told(error)}"

    def judge(self, requirement: Requirement, test: Test, how_to_repeat: str) -> Finding:
        """Ask one requirement; return what came out. Raises only what is a fault of ours."""
        started = time.monotonic()
        self.server.timeline = Timeline()
        verdict, reason = self._verdict(requirement, test)
        text = ""
        if verdict in (Verdict.FAILED, Verdict.ADVISED):
            text = explain(requirement, self.server, reason, how_to_repeat)
        return Finding(
            server=self.server.description.name,
            id=requirement.id,
            level=requirement.level,
            verdict=verdict,
            reason=reason,
            seconds=round(time.monotonic() - started, 3),
            text=text,
        )

    async def _first_exchange(self) -> None:
        if self.server.launcher:
            await self.server.launch()
        await self.server.exchange_once()

    def _verdict(self, requirement: Requirement, test: Test) -> tuple[Verdict, str]:
        verdict, reason = Verdict.PASSED, ""
        try:
            self._refuse(requirement)
            self._ask(test)
        except NotJudgedError as error:
            return error.verdict, error.reason
        except ResourcesExhausted as error:
            return Verdict.INCONCLUSIVE, _told(error)
        except VIOLATIONS as error:
            verdict = Verdict.FAILED if requirement.level is Level.MUST else Verdict.ADVISED
            reason = _told(error)
        death = self._death(requirement)
        return (Verdict.FAILED, f"{reason}\n{death}".strip()) if death else (verdict, reason)

    def _refuse(self, requirement: Requirement) -> None:
        """Raise NotJudgedError if this is not to be asked of this server."""
        why = why_not_applicable(requirement, self.server)
        if why:
            raise NotJudgedError(Verdict.NOT_APPLICABLE, why)
        if self.obstacle and requirement.id not in FIRST:
            raise NotJudgedError(Verdict.BLOCKED, self.obstacle)
        if requirement.needs is LAUNCH and not self.server.launcher:
            raise NotJudgedError(Verdict.NOT_OBSERVED, "it needs the power to start the server: --launch")
        if requirement.needs is PROCESS and not self.server.launcher and not self.server.processes:
            why = "it needs the server's processes, and none can be seen behind the address: --pid names one"
            raise NotJudgedError(Verdict.NOT_OBSERVED, why)

    def _ask(self, test: Test) -> None:
        async def ask() -> None:
            if self.server.launcher and not self.server.is_running:
                await self._start_afresh()
            await test(self.server)

        run_async(ask, CEILING * self.server.patience)

    async def _start_afresh(self) -> None:
        try:
            await self.server.launch()
        except LaunchError as error:
            self.obstacle = f"it could not be launched again: {error}"
            raise NotJudgedError(Verdict.BLOCKED, self.obstacle) from error

    def _death(self, requirement: Requirement) -> str:
        """How the server fares after a test: "" if it still answers, or need not."""
        if requirement.needs is LAUNCH:  # such a test starts and stops the server as it likes
            self.server.close()
            return ""
        if self.obstacle:
            return ""
        try:
            run_async(lambda: self.server.exchange_once("afterwards"), CEILING * self.server.patience)
        except (ServerFault, NoReply, TooLongError) as error:
            return self._told_death(error)
        except ResourcesExhausted:
            return ""
        return ""

    def _told_death(self, error: Exception) -> str:
        end = self.server.instance.end if self.server.instance else ""
        if end:
            self.server.timeline.note(f"the server ended with {end}")
            told = f"the server died in this test: it ended with {end}"
        else:
            told = f"after this test the server no longer answers: {_told(error)}"
        if self.server.launcher:
            self.server.close()
        else:
            self.obstacle = told.replace("this test", "an earlier test")
        return told


def why_not_applicable(requirement: Requirement, server: Server) -> str:
    """Why a requirement is not asked of such a server, in words; "" if it is."""
    transport, dialect, model = server.description.transport, server.dialect, server.model
    if requirement.transport != transport:
        return f"it is asked of {requirement.transport.upper()} servers only"
    missing = sorted(requirement.abilities - dialect.abilities, key=lambda ability: ability.value)
    if missing:
        return f"the dialect is {dialect.name}: {CANNOT[missing[0]]}"
    if model in requirement.models:
        return ""
    if model == "unknown":
        return f"the model is not known; --model asks it, of {' and '.join(sorted(requirement.models))} servers"
    if model == "iterative":
        return "an iterative server serves one client at a time, by design"
    return f"it is asked of {' and '.join(sorted(requirement.models))} servers only"


def _told(error: Exception) -> str:
    """What an error says to the server's author: not where in our code it was noticed."""
    return str(error).partition("\nassert ")[0]
