"""Asks one requirement of one server, and makes sure that the server still answers afterwards.

Whatever a server does ends in a verdict here. An error of our own never does: it is raised.
"""

import re
import time
from collections.abc import Awaitable, Callable
from functools import partial

from client_kit import (
    ClientKitError,
    ConnectionRefused,
    NoReply,
    ResourcesExhausted,
    ServerFault,
    Timeline,
)
from spec_tests.harness.applicability import why_not_applicable
from spec_tests.harness.asynchronous import Pulse, TooLongError, eventually, progress_on, run_async
from spec_tests.harness.excuses import doubt, excuse, in_words
from spec_tests.harness.launching import LaunchError
from spec_tests.harness.preliminary import Obstacle, look_for_obstacle, serves_afresh
from spec_tests.harness.rates import why_closed
from spec_tests.harness.report.explanation import OUTPUT_LINES, explain
from spec_tests.harness.server import Server
from spec_tests.harness.sharing import Share
from spec_tests.harness.starvation import why_starved
from spec_tests.harness.verdicts import Finding, Level, NotJudgedError, Verdict, ViolatedError
from spec_tests.requirement import LAUNCH, PROCESS, Requirement

CEILING = 1.25
"""A test that hardly gets on is ended after so many times the patience."""

LONG_CEILING = 10
"""The same for a test that starts and stops the server, several times perhaps, or asks many things."""

SPELLS = 5
"""And as often for the idle timeout: an iterative server's clients are silent one after another."""

AFTERWARDS = 0.4
"""How long a server is waited for that failed already, in times of the patience."""

LAST_BREATH = 0.5
"""Seconds that a server that refuses connections may take to end, before that is told instead."""

STRIKES = 3
"""After so many tests in a row that end in the same way, it is asked whether there is a point in going on."""

VIOLATIONS = (ViolatedError, AssertionError, ServerFault, NoReply, TooLongError, LaunchError)
"""What a test raises when the server is to blame."""

Test = Callable[[Server], Awaitable[None]]


class Judge:
    """Judges one server. It remembers what made all further questions pointless."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._share = Share(None if server.launcher else server.description.address)
        self.obstacle: Obstacle | None = None
        """Why the rest is blocked."""
        self._is_open = False
        self._endings: list[str] = []
        """In what way the server did not survive the last tests, as far as they ended in the same way."""

    def has_looked_at(self, obstacle: Obstacle | None) -> None:
        """Take note that the server had its first visitors, and of what was in the way."""
        self.obstacle, self._is_open = obstacle, True

    def open(self) -> None:
        """Launch the server, if it is to be launched, and let it show that it serves at all; once."""
        if not self._is_open:
            with self._share.held(alone=False):
                self.has_looked_at(look_for_obstacle(self.server))

    def judge(self, requirement: Requirement, test: Test, how_to_repeat: str) -> Finding:
        """Ask one requirement; return what came out. Raises only what is a fault of ours."""
        self._reconsider()
        started = time.monotonic()
        self.server.timeline = Timeline()
        verdict, reason = self._verdict(requirement, test)
        text = ""
        output: tuple[str, ...] = ()
        if verdict in (Verdict.FAILED, Verdict.ADVISED):
            output = tuple(self.server.last_output() or (self.obstacle.output if self.obstacle else ()))
            text = explain(requirement, self.server, reason, output, how_to_repeat)
        is_shown = verdict not in (Verdict.PASSED, Verdict.NOT_APPLICABLE, Verdict.ASKED_ELSEWHERE)
        return Finding(
            server=self.server.description.name,
            id=requirement.id,
            level=requirement.level,
            verdict=verdict,
            reason=reason,
            seconds=round(time.monotonic() - started, 3),
            text=text,
            timeline=tuple(self.server.timeline.events()) if is_shown else (),
            output=output[-OUTPUT_LINES:],
        )

    def _verdict(self, requirement: Requirement, test: Test) -> tuple[Verdict, str]:
        why = why_not_applicable(requirement, self.server)
        if why is None and requirement.is_asked_once and (other := self.server.description.asked_with):
            return Verdict.ASKED_ELSEWHERE, f"it is the same with every service: see {other}"
        if why is None:
            self.open()
        if self.obstacle and requirement.id == self.obstacle.culprit:
            return self._blocked(requirement, self.obstacle)
        if why is not None:
            return Verdict.NOT_APPLICABLE, why
        if self.obstacle:
            return self._blocked(requirement, self.obstacle)
        if why := self._why_not_observed(requirement):
            return Verdict.NOT_OBSERVED, why
        with self._share.held(alone=requirement.is_alone):
            return self._ask_and_look(requirement, test)

    def _ask_and_look(self, requirement: Requirement, test: Test) -> tuple[Verdict, str]:
        """Ask, and look whether the server still answers."""
        verdict, reason = self._ask(requirement, test)
        if not (death := self._death(requirement, verdict)):
            return verdict, reason
        return Verdict.FAILED, death if verdict is not Verdict.FAILED else f"{reason}\n{death}"

    def _blocked(self, requirement: Requirement, obstacle: Obstacle) -> tuple[Verdict, str]:
        """Tell the obstacle, once, where it belongs."""
        if requirement.id != obstacle.culprit:
            return obstacle.verdict, obstacle.reason
        self.server.timeline = obstacle.timeline
        return Verdict.FAILED, obstacle.reason

    def _why_not_observed(self, requirement: Requirement) -> str:
        if requirement.needs is LAUNCH and not self.server.launcher:
            return "it needs the power to start the server: --launch"
        if requirement.is_disruptive and not self.server.may_be_disturbed:
            return "it would disturb a server on another machine: --disruptive permits it"
        if requirement.needs is PROCESS and not self.server.launcher and not self.server.processes:
            return "it needs the server's processes, and none can be seen behind the address: --pid names one"
        return ""

    def _ask(self, requirement: Requirement, test: Test) -> tuple[Verdict, str]:
        async def ask() -> None:
            await self._make_ready(requirement)
            await test(self.server)

        self.server.look_once()
        timeline, pulse = self.server.timeline, Pulse()
        ceiling = CEILING * self.server.patience
        if requirement.is_long:
            idle_timeout = self.server.description.idle_timeout or 0
            ceiling = LONG_CEILING * self.server.patience + SPELLS * idle_timeout
        try:
            run_async(ask, ceiling, progress=partial(progress_on, timeline), pulse=pulse)
        except ResourcesExhausted as error:
            return Verdict.INCONCLUSIVE, in_words(error)
        except VIOLATIONS as error:
            if isinstance(error, LaunchError) and not self.server.launches:
                return self._blocked_for_good(error)
            is_binding = requirement.level is Level.MUST or self.server.is_strict
            blame = Verdict.FAILED if is_binding else Verdict.ADVISED
            return excuse(error, self.server, pulse) or (blame, in_words(error))
        except NotJudgedError as error:
            return doubt(error, self.server, pulse)
        return Verdict.PASSED, ""

    async def _make_ready(self, requirement: Requirement) -> None:
        """Have a launched server run; a test that needs to launch it finds none, and launches what it asks."""
        if not self.server.launcher or (self.server.is_running and requirement.needs is not LAUNCH):
            return
        self.server.start_over()
        if requirement.needs is not LAUNCH:
            await self.server.launch()

    def _blocked_for_good(self, error: LaunchError) -> tuple[Verdict, str]:
        reason = f"it could not be launched again: {error}"
        self.obstacle = Obstacle(reason, "", self.server.timeline)
        return Verdict.BLOCKED, reason

    def _death(self, requirement: Requirement, verdict: Verdict) -> str:
        """How the server fares after a test: "" if it still answers, or need not."""
        if requirement.needs is LAUNCH or self.obstacle:  # such a test starts and stops it as it likes
            self.server.close()
            return ""
        patience = self.server.patience
        if verdict in (Verdict.FAILED, Verdict.ADVISED):
            patience = min(patience, max(AFTERWARDS * patience, self.server.reply_time))
        pulse = Pulse()
        try:
            run_async(
                lambda: self.server.exchange_once("afterwards", patience), CEILING * patience, pulse=pulse
            )
        except ResourcesExhausted:
            return ""
        except (ServerFault, NoReply, TooLongError) as error:
            if why := why_closed(error, self.server.rate, self.server.processes):
                self.obstacle = Obstacle(why, "", self.server.timeline, verdict=Verdict.INCONCLUSIVE)
                return ""
            if why_starved(error, pulse, patience):
                return ""
            return self._told_death(error)
        self._endings.clear()
        return ""

    def _told_death(self, error: ClientKitError | TooLongError) -> str:
        if isinstance(error, ConnectionRefused) and self.server.launcher:  # it may be about to end
            run_async(lambda: eventually(lambda: bool(self.server.end), LAST_BREATH), 2 * LAST_BREATH)
        if end := self.server.end:
            self.server.timeline.note(f"the server ended with {end}")
            way = f"it ended with {end}"
            told = f"the server died in this test: {way}"
        else:
            way = "it did not answer any more"
            if isinstance(error, ConnectionRefused):
                way = "it refused connections from then on"
            told = f"after this test the server no longer answers: {in_words(error)}"
        self._strike(way)
        if self.server.launcher:
            self.server.close()
        else:
            self.obstacle = Obstacle(told.replace("this test", "an earlier test"), "", self.server.timeline)
        return told

    def _strike(self, way: str) -> None:
        """Count the tests in a row that the server has not survived in the same way."""
        kind = re.sub(r"\d[\d,]*", "N", way)
        if self._endings and kind != re.sub(r"\d[\d,]*", "N", self._endings[-1]):
            self._endings.clear()
        self._endings.append(way)

    def _reconsider(self) -> None:
        """Give up a server that did not survive test after test, unless it serves when it is started afresh."""
        if len(self._endings) < STRIKES or self.obstacle:
            return
        timeline = self.server.timeline
        if not serves_afresh(self.server):
            reason = f"the server did not survive {STRIKES} tests in a row: {self._endings[-1]}"
            self.obstacle = Obstacle(reason, "", timeline)
        self._endings.clear()
