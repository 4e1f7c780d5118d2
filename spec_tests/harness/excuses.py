"""Why what a test met is not held against the server: it was full, asked too often, or we were starved."""

from client_kit import ConnectionRefused, ServerClosed, ServerReset, WrongReply
from spec_tests.harness.asynchronous import Pulse
from spec_tests.harness.rates import why_closed
from spec_tests.harness.server import Server
from spec_tests.harness.starvation import why_starved
from spec_tests.harness.verdicts import NotJudgedError, Verdict

FEW_PLACES = 10
"""A server that takes so many clients at once may be full with those that have just left."""


def excuse(error: Exception, server: Server, pulse: Pulse) -> tuple[Verdict, str] | None:
    """Return what is said instead of a failure, where there is a reason for it."""
    if why := why_closed(error, server.rate, server.processes):
        return Verdict.INCONCLUSIVE, f"{why}. {in_words(error)}"
    if why := _why_turned_away(error, server):
        return Verdict.NOT_OBSERVED, f"{why}: {in_words(error)}"
    if why := why_starved(error, pulse, server.patience):
        return Verdict.INCONCLUSIVE, f"{why}; otherwise it would have been said: {in_words(error)}"
    return None


def doubt(error: NotJudgedError, server: Server, pulse: Pulse) -> tuple[Verdict, str]:
    """Return what is said of what was not judged: where we were late ourselves, it may have been for that."""
    cause = error.__cause__ if isinstance(error.__cause__, Exception) else error
    if error.verdict is Verdict.NOT_OBSERVED and (why := why_starved(cause, pulse, server.patience)):
        return Verdict.INCONCLUSIVE, f"{why}; otherwise it would have been said: {error.reason}"
    return error.verdict, error.reason


def _why_turned_away(error: BaseException | None, server: Server) -> str:
    """Why a refusal need not be a fault: few have a place, and who has left may still take one."""
    most = server.max_clients
    has_few = most is not None and most <= FEW_PLACES and server.model not in ("iterative", "pool")
    while error:
        if isinstance(error, WrongReply) and server.dialect.turns_away(error.came):
            return "a client was told that there is no place for it now"
        is_early = isinstance(error, (ServerClosed, ServerReset)) and "0 reply bytes had come" in str(error)
        if has_few and (is_early or isinstance(error, ConnectionRefused)):
            return f"a client was turned away, as it may be by a server that takes {most} at once"
        error = error.__cause__
    return ""


def in_words(error: Exception) -> str:
    """What an error says to the server's author: not where in our code it was noticed."""
    return str(error).partition("\nassert ")[0]
