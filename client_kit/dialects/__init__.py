"""The dialects: one file each, all of them pure.

`DIALECTS` holds by its name every dialect that a server can be judged in; `RAW` is for looking at one.
"""

from collections.abc import Mapping
from types import MappingProxyType

from client_kit.dialects.ack import ACK, Ack
from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.echo import ECHO
from client_kit.dialects.raw import RAW
from client_kit.errors import Misuse

__all__ = [
    "ACK",
    "DIALECTS",
    "ECHO",
    "RAW",
    "Ability",
    "Ack",
    "Conversation",
    "Dialect",
    "dialect_named",
]

DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (ACK, ECHO)})


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name; raise `Misuse`, naming those that there are."""
    try:
        return DIALECTS[name]
    except KeyError as error:
        raise Misuse(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}") from error
