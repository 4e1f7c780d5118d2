"""The dialects: one file each, all of them pure.

`DIALECTS` holds by its name every dialect that a server can be judged in; `OPAQUE` those in which it cannot:
`RAW` is for looking at one, and `TLS` for one that cannot be looked into.
"""

from collections.abc import Mapping
from types import MappingProxyType

from client_kit.dialects.ack import ACK, Ack
from client_kit.dialects.base import Ability, Conversation, Dialect
from client_kit.dialects.beanstalkd import BEANSTALKD
from client_kit.dialects.changed import REVERSE, UPPER, Changed, wrapped
from client_kit.dialects.closing import closing
from client_kit.dialects.daytime import DAYTIME
from client_kit.dialects.discard import DISCARD
from client_kit.dialects.dns import DNS
from client_kit.dialects.echo import ECHO
from client_kit.dialects.exchange import Exchange
from client_kit.dialects.ftp import FTP
from client_kit.dialects.greeted import Greeted
from client_kit.dialects.http import HTTP
from client_kit.dialects.line import LINE, LINE_REVERSE, LINE_SESSION, LINE_UPPER
from client_kit.dialects.memcached import MEMCACHED
from client_kit.dialects.mqtt import MQTT
from client_kit.dialects.nats import NATS
from client_kit.dialects.raw import RAW, TLS
from client_kit.dialects.redis import REDIS
from client_kit.dialects.smtp import SMTP
from client_kit.dialects.ssh import SSH
from client_kit.errors import Misuse

__all__ = [
    "ACK",
    "DIALECTS",
    "DISCARD",
    "ECHO",
    "OPAQUE",
    "RAW",
    "TLS",
    "Ability",
    "Ack",
    "Changed",
    "Conversation",
    "Dialect",
    "Exchange",
    "Greeted",
    "closing",
    "dialect_named",
    "wrapped",
]

DIALECTS: Mapping[str, Dialect] = MappingProxyType(
    {
        dialect.name: dialect
        for dialect in (
            *(ACK, ECHO, LINE, LINE_SESSION, LINE_UPPER, LINE_REVERSE, UPPER, REVERSE, DISCARD, DAYTIME),
            *(HTTP, closing(HTTP), REDIS, MEMCACHED, BEANSTALKD, NATS, MQTT, SMTP, FTP, SSH, DNS),
        )
    }
)

OPAQUE: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in (RAW, TLS)})


def dialect_named(name: str) -> Dialect:
    """Return the dialect of that name; raise `Misuse`, naming those that there are."""
    try:
        return DIALECTS[name]
    except KeyError as error:
        raise Misuse(f"there is no dialect {name!r}; there are {', '.join(DIALECTS)}") from error
