"""How the findings on a server add up: counts, an exit status and one sentence, which never disagree (pure)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from client_kit.dialects import DISCARD, OPAQUE
from client_kit.wording import counted
from spec_tests.harness.verdicts import FAILING, Finding, Level, Verdict


class Standing(StrEnum):
    """The overall result for one server."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    UNDECIDED = "undecided"
    AS_EXPECTED = "as expected"
    PARTIAL = "no failure in what was run"
    SILENT = "it answers nothing, or hangs"
    UNKNOWN = "nothing can be said"


LEFT_OUT = (Verdict.NOT_OBSERVED, Verdict.NOT_APPLICABLE, Verdict.ASKED_ELSEWHERE, Verdict.NOT_RUN)
"""The sentence gives the number of MUSTs with each of these verdicts."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The last word on one server."""

    counts: Mapping[tuple[Level, Verdict], int]
    """How many findings there are of each level and verdict; what is not there is none."""
    dialect: str = ""
    """The name of the dialect in which it was asked."""

    @property
    def status(self) -> int:
        """The exit status: 1 if anything failed or was blocked, whatever its level."""
        return int(any(self.total(verdict) for verdict in FAILING))

    @property
    def standing(self) -> Standing:
        """The overall result.

        *Conformant* requires that every applicable MUST was tested and judged, and that nothing failed.
        *Not conformant* requires a failure, or a requirement that a failure blocked.
        """
        if self.status:
            return Standing.NOT_CONFORMANT
        if self._musts(Verdict.INCONCLUSIVE):
            return Standing.UNDECIDED
        if self.total(Verdict.EXPECTED):
            return Standing.AS_EXPECTED
        if self.dialect == DISCARD.name:
            return Standing.SILENT
        if self.dialect in OPAQUE or not self._musts(Verdict.PASSED):
            return Standing.UNKNOWN
        return Standing.PARTIAL if self._musts(Verdict.NOT_RUN) else Standing.CONFORMANT

    @property
    def sentence(self) -> str:
        """The result, the counts behind it, and how many MUSTs were not judged."""
        left_out = [f", {count} {verdict}" for verdict in LEFT_OUT if (count := self._musts(verdict))]
        advised = self.total(Verdict.ADVISED)
        return (
            f"{self.standing}: {self._obstacles()}{self._musts(Verdict.PASSED)} MUST passed{''.join(left_out)}"
            + (f"; {advised} SHOULD not met" if advised else "")
        )

    def total(self, verdict: Verdict) -> int:
        """How many findings of any level have this verdict."""
        return sum(self.counts.get((level, verdict), 0) for level in Level)

    def _musts(self, verdict: Verdict) -> int:
        return self.counts.get((Level.MUST, verdict), 0)

    def _obstacles(self) -> str:
        """What keeps the server from being called conformant, if anything does."""
        told = [
            f"{count} {level} {verdict}"
            for verdict in (Verdict.FAILED, Verdict.BLOCKED)
            for level in Level
            if (count := self.counts.get((level, verdict), 0))
        ]
        if count := self._musts(Verdict.INCONCLUSIVE):
            told.append(f"{count} MUST {Verdict.INCONCLUSIVE}")
        if not told and (count := self.total(Verdict.EXPECTED)):
            told.append(counted(count, "known deviation"))
        if not told and self.dialect in OPAQUE:
            told.append(OPAQUE[self.dialect].silence)
        return f"{', '.join(told)}; " if told else ""


def conclude(findings: Iterable[Finding], dialect: str = "") -> Conclusion:
    """Add up what came out for one server, which was asked in this dialect."""
    return Conclusion(Counter((one.level, one.verdict) for one in findings), dialect)
