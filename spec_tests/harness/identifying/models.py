"""Which model is it? Inferred from what the system shows while few clients are held, and then more (pure).

Where the signs disagree the answer is *unknown*: that costs some requirements their being asked, and a wrong
answer would cost a false alarm.
"""

from dataclasses import dataclass

from spec_tests.harness.identifying.sights import Sight

FEW = 4
MANY = 10
"""More would be turned away by some, such as sshd (MaxStartups 10:30:100), and queued beyond their backlog by
others (socketserver: 5)."""


@dataclass(frozen=True, slots=True)
class Model:
    """How a server handles many clients, how many at once if that is bounded, and how that is known."""

    name: str
    evidence: str
    workers: int | None = None
    is_late: bool = False
    """Whether it is unknown for our own lateness."""


def infer(idle: Sight, few: Sight, many: Sight | None) -> Model:
    """Infer the model from a server without clients, with few, and with more; None if more were not tried."""
    if few.held == FEW and few.served == 1:
        return Model("iterative", f"of {few.held} clients one was served, and the others wait")
    if why := _why_unknown(few, many):
        return Model("unknown", why)
    if many is None or many.held <= few.held:
        return Model("unknown", f"more than {few.held} clients could not be held", workers=few.held)
    if many.served < many.held:
        return _bounded(idle, few, many)
    cap = many.held if many.held < MANY else None
    return _one_each(idle, few, many, cap)


def _why_unknown(few: Sight, many: Sight | None) -> str:
    """Why nothing can be inferred from those who were served; "" if something can."""
    if few.held < FEW:
        return f"of {FEW} clients only {few.held} could be held"
    if few.served == 0:
        return f"none of {few.held} clients was served"
    last = many or few
    if last.lost:
        return f"of {last.served} clients that were served it let {last.lost} go while they were looked at"
    return ""


def _bounded(idle: Sight, few: Sight, many: Sight) -> Model:
    """The model of one that serves some clients and lets the others wait."""
    if few.served not in (few.held, many.served):
        told = f"{few.served} of {few.held} clients were served, and {many.served} of {many.held}"
        return Model("unknown", told)
    told = f"of {many.held} clients {many.served} are served, and the others wait"
    if many.processes - idle.processes == many.served and many.owners >= many.served:
        return Model("fork", f"{told}; without any it has {many.served} processes less", workers=many.served)
    is_manned = many.threads >= many.served  # else a single one has them all, and waits for one of them
    if many.processes == idle.processes and is_manned and not many.watched:
        return Model("pool", told, workers=many.served)
    return Model("unknown", told, workers=many.served)


def _one_each(idle: Sight, few: Sight, many: Sight, cap: int | None) -> Model:
    """The model of one that serves all whom it does not turn away."""
    more = many.held - few.held
    processes, threads = many.processes - few.processes, many.threads - few.threads
    told = f"from {few.held} to {many.held} clients it grew by {processes} processes and {threads} threads"
    if processes >= more and processes % more == 0 and many.owners >= many.held:
        is_spare = idle.processes + (processes // more) * many.held > many.processes
        return Model("unknown" if is_spare else "fork", told, cap)
    if processes == 0 and threads == more and not many.watched:
        return Model("thread", told, cap)
    if processes == 0 and threads * 2 < more:
        if many.watched == many.held:
            where = f" in {many.owners} processes" if many.owners > 1 else ""
            return Model("event-loop", f"all {many.held} clients are in an epoll set{where}, and {told}", cap)
        if many.is_polling and many.owners == 1 and many.threads < many.held:  # or it is a pool of threads
            return Model("event-loop", f"it waits in poll or select, and {told}", cap)
    return Model("unknown", told, cap)
