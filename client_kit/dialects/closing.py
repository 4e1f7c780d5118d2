"""Any dialect, spoken by a server that ends the connection after its reply, as HTTP/1.0 has it (pure)."""

from copy import copy

from client_kit.dialects.base import Ability, Dialect

KEPT = frozenset(
    {
        Ability.EXCHANGES,
        Ability.RETURNS_TOKEN,
        Ability.HAS_RECORDS,
        Ability.SPEAKS_FIRST,
        Ability.ENDS_SESSION,
        Ability.ANSWERS_AFTER_HALF_CLOSE,
    }
)
"""What is left of a dialect's abilities: what comes after a first request may meet a closed connection."""


def closing(dialect: Dialect) -> Dialect:
    """Return the same dialect, of which a connection carries one exchange only; RFC 9112 §9.6."""
    made = copy(dialect)
    made.name = f"{dialect.name}-closing"
    made.abilities = dialect.abilities & KEPT
    if Ability.HAS_RECORDS not in made.abilities:
        made.abilities |= {Ability.ANSWERS_PIECES}
    made.transports = frozenset({"tcp"})
    return made
