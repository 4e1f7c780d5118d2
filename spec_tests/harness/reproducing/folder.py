"""The folder of --reproduce: a script for each failure that the wire can show."""

import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from spec_tests.harness.description import Description
from spec_tests.harness.registry import registry
from spec_tests.harness.reproducing.script import script, takes_a_command
from spec_tests.harness.values import BadOptionError
from spec_tests.harness.verdicts import Finding, Verdict, having
from spec_tests.requirement import Requirement


def check_folder(name: str | None) -> None:
    """Raise BadOptionError for a folder that could not be made."""
    if name and Path(name).exists() and not Path(name).is_dir():
        raise BadOptionError(f"--reproduce {name}: this is a file; wanted a folder")
    if name and not Path(name).absolute().parent.is_dir():
        raise BadOptionError(f"--reproduce {name}: the folder {Path(name).absolute().parent} does not exist")


def write_scripts(
    folder: Path, servers: Sequence[Description], findings: Iterable[Finding], patience: float
) -> tuple[list[str], list[str]]:
    """Write the scripts; return how each is run, and the failures for which there is none."""
    known = {one.id: one for one in registry()}
    described = {one.name: one for one in servers}
    written, missing = [], []
    folder.mkdir(exist_ok=True)
    for finding in having(findings, Verdict.FAILED, Verdict.ADVISED, Verdict.EXPECTED):
        server = described[finding.server]
        text = script(known[finding.id], server, patience)
        if text is None:
            missing.append(finding.id)
            continue
        own = folder if len(servers) == 1 else folder / server.name
        own.mkdir(exist_ok=True)
        file = own / f"{finding.id}.py"
        file.write_text(text, encoding="utf-8")
        written.append(f"python3 {shlex.quote(str(file))}{_arguments(known[finding.id], server)}")
    return written, missing


def _arguments(one: Requirement, server: Description) -> str:
    """What the command line of a script has to say, because this run did not know it."""
    if takes_a_command(one):
        return "" if server.launch else " 'COMMAND {host} {port}'"
    return "" if server.address else " HOST PORT"
