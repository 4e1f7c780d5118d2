"""Of which servers a requirement is asked: its transport, what its dialect is able to do, and its model."""

from client_kit import Ability, Dialect
from spec_tests.harness.server import Server
from spec_tests.requirement import Requirement

CANNOT = {
    Ability.REPEATS: "a connection carries one exchange only",
    Ability.HAS_RECORDS: "its requests have no end of their own",
    Ability.PIPELINES: "a request has to wait for the last reply",
    Ability.ENDS_SESSION: "no request ends the session",
    Ability.TAKES_TIME: "no request takes time",
    Ability.RETURNS_TOKEN: "its replies do not return what was sent, so nothing tells one from another",
    Ability.TAKES_ANY_BYTES: "it does not take any bytes for a request",
    Ability.TAKES_ANY_TEXT: "it does not take any text for a request",
    Ability.ANSWERS_AFTER_HALF_CLOSE: "it owes nothing after a half-close",
    Ability.ACKNOWLEDGES_BYTES: "its replies are not acknowledgements that could be counted",
}


DOES = {
    Ability.SPEAKS_FIRST: "the server speaks first",
    Ability.ANSWERS_PIECES: "a piece of a request is answered, and the connection ends with that",
}


def why_not_applicable(requirement: Requirement, server: Server) -> str | None:
    """Why a requirement is not asked of such a server, in words; None if it is."""
    if server.description.transport not in requirement.transports:
        return f"it is asked of {requirement.transport_names} servers only"
    return _why_not_in(server.dialect, requirement) or _why_not_of(server.model, requirement)


def _why_not_in(dialect: Dialect, requirement: Requirement) -> str | None:
    missing = sorted(requirement.abilities - dialect.abilities, key=list(Ability).index)
    if missing:
        why = dialect.silence if missing[0] is Ability.EXCHANGES else CANNOT[missing[0]]
        return f"the dialect is {dialect.name}: {why}"
    for ability in requirement.unless & dialect.abilities:
        return f"the dialect is {dialect.name}: {DOES[ability]}"
    return None


def _why_not_of(model: str, requirement: Requirement) -> str | None:
    if model in requirement.models:
        return None
    if model == "unknown":
        return f"the model is not known; --model asks it, of {' and '.join(sorted(requirement.models))} servers"
    if model == "iterative":
        return "an iterative server serves one client at a time, by design"
    return f"it is asked of {' and '.join(sorted(requirement.models))} servers only"
