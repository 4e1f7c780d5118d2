"""How a server stops on Ctrl-C and SIGTERM: at once, but for the replies that it has in hand.

Nobody is accepted any more, clients who wait for nothing are let go, and who waits for a reply gets it.
"""

import contextlib
import os
import signal
import socket
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:  # typing takes longer to import than a server
    from typing import Protocol

    class Connection(Protocol):
        """A socket, whose descriptor is -1 once it is closed."""

        def fileno(self) -> int:
            """Its descriptor."""


LONGEST = 2
"""Seconds until a reply in hand is given up: its client may never read it."""


class Stopping:
    """The handler of the signals. It is told when a reply is begun and when it has been sent."""

    def __init__(self) -> None:
        self._in_hand: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._listener: socket.socket | None = None
        self._has_begun = False

    def listens_at(self, listener: socket.socket) -> None:
        """Take note of what is to be closed first."""
        self._listener = listener

    def begin(self, connection: "Connection") -> None:
        """Take note that a reply is owed on a connection; one that is closed owes nothing any more."""
        self._in_hand.add(connection)

    def end(self, connection: "Connection") -> None:
        """Take note that it has been sent; if that was all, stop."""
        self._in_hand.discard(connection)
        if self._has_begun:
            self._stop_when_all_is_sent()

    def __call__(self, *_: object) -> None:
        """Stop, as a signal wants it."""
        self._has_begun = True
        if self._listener:
            with contextlib.suppress(OSError):  # it may be closed already
                self._listener.shutdown(socket.SHUT_RDWR)  # who waits in accept would keep it open
                self._listener.close()
        self._stop_when_all_is_sent()
        signal.alarm(LONGEST)  # nobody handles SIGALRM: it ends the process; signal(7)

    def _stop_when_all_is_sent(self) -> None:
        if not any(connection.fileno() >= 0 for connection in list(self._in_hand)):
            os._exit(0)
