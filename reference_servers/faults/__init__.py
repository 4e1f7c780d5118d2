"""The faults: one deliberate, named defect each, kept as an edit of a reference server. A file is a subject.

Every requirement is broken by at least one fault, or its test would prove nothing; and a fault breaks what it
declares and nothing else, or the tests could not tell faults apart.
"""

import importlib
from pathlib import Path
from types import ModuleType

from reference_servers.faults.fault import Fault, FaultError

__all__ = ["Fault", "FaultError", "faults", "load_faulty", "source_file"]


def faults() -> dict[tuple[str, str], Fault]:
    """Every fault by its server and its name, file by file."""
    found: dict[tuple[str, str], Fault] = {}
    for file in sorted(Path(__file__).parent.glob("[!_]*.py")):
        for fault in getattr(importlib.import_module(f"{__name__}.{file.stem}"), "FAULTS", ()):
            key = (fault.server, fault.name)
            if key in found:
                raise FaultError(f"{fault.server} has two faults named {fault.name}")
            found[key] = fault
    return found


def source_file(server: str) -> Path:
    """Where a reference server's source is."""
    return Path(__file__).parents[1] / f"{server}.py"


def load_faulty(server: str, name: str) -> ModuleType:
    """Import a reference server with a fault in it. Raises FaultError if there is no such fault of it."""
    fault = faults().get((server, name))
    if fault is None:
        own = ", ".join(one.name for one in faults().values() if one.server == server) or "none"
        raise FaultError(f"{server} has no fault {name!r}; it has: {own}")
    module = ModuleType(f"reference_servers.{server}")
    module.__file__ = f"{source_file(server)} with {name}"
    source = fault.apply(source_file(server).read_text(encoding="utf-8"))
    exec(compile(source, module.__file__, "exec"), module.__dict__)  # noqa: S102 - our own source, edited
    return module
