"""The dialects: one file each, all of them pure.

`DIALECTS` holds every dialect by its name; `UNDECIDED` stands for "one of
these"; `recognise` tells which it was.
"""

from collections.abc import Mapping
from types import MappingProxyType

from client_kit.dialects.ack import ACK
from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.echo import ECHO
from client_kit.dialects.undecided import Undecided
from client_kit.errors import Misuse, WrongReply

__all__ = [
    "ACK",
    "DIALECTS",
    "ECHO",
    "UNDECIDED",
    "Ability",
    "Conversation",
    "Dialect",
    "dialect_named",
    "recognise",
]

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (ACK, ECHO)})

UNDECIDED: Dialect = Undecided(tuple(DIALECTS.values()))


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name; raise `Misuse`, naming those that there are."""
    try:
        return DIALECTS[name]
    except KeyError as error:
        raise Misuse(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}") from error


def recognise(reply: bytes, token: bytes) -> Dialect | None:
    """Return the dialect in which `reply` is the whole reply to a request with `token`.

    None when there is none, or more than one: choose a token that answers for no dialect by chance.
    """
    speakers = [dialect for dialect in DIALECTS.values() if _is_reply(dialect, reply, token)]
    return speakers[0] if len(speakers) == 1 else None


def _is_reply(dialect: Dialect, reply: bytes, token: bytes) -> bool:
    conversation = dialect.conversation()
    conversation.sent(dialect.request(token))
    try:
        conversation.received(reply)
    except WrongReply:
        return False
    return conversation.is_settled
