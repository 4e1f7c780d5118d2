"""Faults of connecting."""

from reference_servers.faults.fault import Fault

FAULTS = (
    Fault(
        "never-accepts",
        "The system completes the handshake, so connecting works; what is left will be added later.",
        server="iterative",
        edits=(("connection, _ = listener.accept()", "signal.pause()"),),
        breaks=frozenset({"connecting.serves-one-exchange"}),
    ),
    Fault(
        "serves-fifty-two-clients",
        "A loop over range(52) is enough for a demonstration.",
        server="iterative",
        edits=(("    while True:\n", "    for _ in range(52):\n"),),
        breaks=frozenset({"connecting.serves-one-after-another", "processes.descriptors-return-to-baseline"}),
        may_break=frozenset({"processes.no-zombies-after-a-queue-of-clients"}),
        why_may="which client is the fifty-third since the last start depends on what was asked before",
    ),
    Fault(
        "asks-for-the-peer",
        "Whoever has connected has an address, so getpeername() cannot fail.",
        server="thread",
        edits=(
            (
                "        start_thread(connection,",
                "        connection.getpeername()\n        start_thread(connection,",
            ),
        ),
        breaks=frozenset({"connecting.survives-an-instant-reset"}),
    ),
)
