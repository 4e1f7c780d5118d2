"""Concurrent TCP and UDP clients for testing servers, on trio.

Knows no pytest and no process. The public names are these, and nothing else is.
"""

from client_kit.address import TRANSPORTS, Address, AddressError, Transport
from client_kit.client import Client
from client_kit.crowd import Crowd, open_crowd
from client_kit.datagrams import DatagramClient, open_datagram_client
from client_kit.dialects import (
    ACK,
    DIALECTS,
    ECHO,
    RAW,
    Ability,
    Ack,
    Changed,
    Conversation,
    Dialect,
    Exchange,
    Greeted,
    closing,
    wrapped,
)
from client_kit.ending import Ending, EndingKind
from client_kit.errors import (
    ClientKitError,
    ConnectionRefused,
    Misuse,
    NoReply,
    ResourcesExhausted,
    ServerClosed,
    ServerFault,
    ServerReset,
    Unreachable,
    WrongReply,
)
from client_kit.opening import open_client
from client_kit.payloads import numbered
from client_kit.timeline import Timeline
from client_kit.visits import ask_and_vanish, reset_at_once
from client_kit.wording import snippet

__all__ = [
    "ACK",
    "DIALECTS",
    "ECHO",
    "RAW",
    "TRANSPORTS",
    "Ability",
    "Ack",
    "Address",
    "AddressError",
    "Changed",
    "Client",
    "ClientKitError",
    "ConnectionRefused",
    "Conversation",
    "Crowd",
    "DatagramClient",
    "Dialect",
    "Ending",
    "EndingKind",
    "Exchange",
    "Greeted",
    "Misuse",
    "NoReply",
    "ResourcesExhausted",
    "ServerClosed",
    "ServerFault",
    "ServerReset",
    "Timeline",
    "Transport",
    "Unreachable",
    "WrongReply",
    "ask_and_vanish",
    "closing",
    "numbered",
    "open_client",
    "open_crowd",
    "open_datagram_client",
    "reset_at_once",
    "snippet",
    "wrapped",
]
