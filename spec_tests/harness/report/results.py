"""What came out for one server, read back from its report: it may have been another process that asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from spec_tests.harness.conclusion import Conclusion, conclude
from spec_tests.harness.verdicts import Finding, Verdict, having

DEVIATIONS = (Verdict.FAILED, Verdict.ADVISED, Verdict.EXPECTED, Verdict.BLOCKED, Verdict.INCONCLUSIVE)


@dataclass(frozen=True, slots=True)
class ServerResult:
    """A server, and what came out."""

    report: dict[str, Any]

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.report["name"])

    @property
    def version(self) -> str:
        """What it says of itself, if it was asked."""
        return str(self.report.get("version", ""))

    @property
    def findings(self) -> list[Finding]:
        """The findings of its report."""
        kept = ("id", "level", "verdict", "reason", "seconds", "text", "timeline", "output")
        return [
            Finding.from_dict({"server": self.name, **{name: row[name] for name in kept}})
            for row in self.report["requirements"]
        ]

    @property
    def conclusion(self) -> Conclusion:
        """The last word on it."""
        return conclude(self.findings, self.report["dialect"])

    @property
    def deviations(self) -> list[Finding]:
        """What did not pass though it was asked; of those of one reason, the first."""
        found: dict[tuple[Verdict, str], Finding] = {}
        for one in having(self.findings, *DEVIATIONS):
            found.setdefault((one.verdict, one.reason), one)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Results:
    """All that came out of a run."""

    tested: Sequence[ServerResult]
    absent: Sequence[tuple[str, str]] = ()
    """The servers that were not run, and why."""
    is_catalogue: bool = False
    """Whether they come from a file of servers."""
