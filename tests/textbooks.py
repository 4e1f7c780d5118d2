"""Servers as textbooks and courses have them: `python textbooks.py NAME PORT`. The fixed way is in the name."""

import contextlib
import os
import secrets
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from itertools import count, cycle, islice
from typing import NoReturn


def late(reply: bytes) -> bytes:
    """Return it later."""
    time.sleep(2.2)
    return reply


RULES: dict[str, Callable[[bytes], bytes]] = {
    "echoes": lambda data: data,
    "capitalises": bytes.upper,
    "reverses": lambda data: data[::-1],
    "wraps": lambda data: b"You said: " + data + b"!\n",
    "acknowledges": lambda _: "收到了".encode(),
    "acknowledges-4096": lambda _: b"OK",
    "acknowledges-late": lambda _: late(b"OK"),
    "acknowledges-at-length-4096": lambda _: b"it is a long story, and this is its beginning" * 200,
    "never-ends-a-reply": lambda _: b"",
    "greets-and-echoes": lambda data: data,
    "greets-each-anew": lambda data: data,
    "greets-by-name": lambda data: data,
    "acknowledges-once": lambda _: b"OK",
    "greets-and-echoes-once": lambda data: data,
    "tells-the-time": lambda _: time.ctime().encode(),
    "thanks-and-ends": lambda data: data,
    "dies-at-the-second": lambda data: data,
    "joins-and-chats": lambda data: data + b" has joined\n",
    "rambles": lambda data: secrets.token_bytes(len(data)),
    "says-nothing": lambda _: b"",
    "greets-and-says-nothing": lambda _: b"",
}
NUMBERS = count()
LATER: dict[str, Callable[[bytes], bytes]] = {
    "joins-and-chats": lambda data: b"somebody: " + data,
    "dies-at-the-second": lambda _: os._exit(1),
}
"""What a connection has after its first reply, if it is something else."""
LINES: dict[str, Callable[[bytes], bytes]] = {
    "echoes-lines": lambda line: line,
    "echoes-a-line": lambda line: line,
    "capitalises-lines": bytes.upper,
    "reverses-lines": lambda line: line.strip()[::-1] + b"\n",
    "acknowledges-lines": lambda _: b"250 thank you\r\n",
    "counts-lines": lambda _: b"request %d\n" % next(NUMBERS),
    "calculates": lambda line: line if line.strip().isdigit() else b"error: no number\n",
    "wraps-lines": lambda line: b"(" + line.strip() + b")\n",
}


ANSWERS: dict[str, Callable[[int, str, bytes], bytes]] = {
    "numbers-lines": lambda number, _, line: b"%d %b" % (number, line),
    "tells-who-said-it": lambda _, who, line: b"[%b] %b" % (who.encode(), line),
    "acknowledges-with-a-number": lambda number, *_: b"OK %d\n" % number,
    "asks-for-the-password": lambda number, *_: late(b"Login incorrect\n") if number == 2 else b"Password: ",
    "wants-eight-bytes": lambda *_: b"AMQP0091",
    "counts-without-an-end": lambda number, *_: b"OK %d" % number,
}
"""What else a server says to a line: to which number of its connection, and to whom."""
MOST = {
    **dict.fromkeys(("acknowledges-once", "greets-and-echoes-once", "echoes-a-line", "wants-eight-bytes"), 1),
    "thanks-and-ends": 0,
}
"""How many exchanges a connection carries."""
NAMES = cycle([b"Ada", b"Alan", b"Grace"])
GREETINGS: dict[str, Callable[[], bytes]] = {
    "greets-and-echoes": lambda: b"Welcome!\n",
    "greets-and-echoes-once": lambda: b"Welcome!\n",
    "greets-and-says-nothing": lambda: b"Welcome!\n",
    "asks-for-the-password": lambda: b"login: ",
    "thanks-and-ends": lambda: b"Thank you for connecting",
    "greets-by-name": lambda: b"Welcome, " + next(NAMES) + b"!\n",
    "greets-each-anew": lambda: b"Welcome, guest %d\n" % secrets.randbelow(10**6),
}


def encrypts(connection: socket.socket) -> None:
    """Echo over TLS to whoever asks for no certificate, for there is none; tell the others by an alert."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as stream:
        while data := stream.recv(1024):
            stream.sendall(data)


def answer(name: str, connection: socket.socket, lines: Iterable[bytes]) -> None:
    """Answer lines."""
    who = "{}:{}".format(*connection.getpeername())
    for number, line in enumerate(islice(lines, MOST.get(name)), 1):
        connection.sendall(LINES[name](line) if name in LINES else ANSWERS[name](number, who, line))


def serve(name: str, connection: socket.socket) -> None:
    """Serve one client."""
    if name == "encrypts":
        encrypts(connection)
        return
    size = 4096 if name.endswith("4096") else 1024
    with connection, connection.makefile("rb") as lines:
        if name in GREETINGS:
            connection.sendall(GREETINGS[name]())
        while name == "echoes-blocks" and (block := connection.recv(100, socket.MSG_WAITALL)):
            connection.sendall(block)
        if name in LINES or name in ANSWERS:
            answer(name, connection, iter(lambda: lines.read(8), b"") if name == "wants-eight-bytes" else lines)
            return
        while name == "never-ends-a-reply" and connection.recv(size):
            with contextlib.suppress(OSError):
                while True:
                    connection.sendall(bytes(2**16))
        rule = RULES[name]
        for data in islice(iter(lambda: connection.recv(size), b""), MOST.get(name)):
            connection.sendall(rule(data))
            rule = LATER.get(name, rule)


def serve_one_by_one(listener: socket.socket) -> NoReturn:
    """Serve clients, one after the other; a timeout has Python wait in poll(2)."""
    while True:
        connection, _ = listener.accept()
        connection.settimeout(60)
        serve("echoes", connection)


def main() -> None:
    """Serve each client in a thread; `serves-one` and `has-no-loop` serve one; `pools` has 16 threads."""
    name, port = sys.argv[1:]
    with socket.create_server(("127.0.0.1", int(port))) as listener:
        if name == "pools":
            for _ in range(15):
                threading.Thread(target=serve_one_by_one, args=(listener,), daemon=True).start()
            serve_one_by_one(listener)
        while True:
            connection, _ = listener.accept()
            if name == "serves-one":
                listener.close()
                serve("echoes", connection)
                return
            if name == "has-no-loop":
                serve("echoes", connection)
                time.sleep(0.1)  # in which the system takes connections, and resets them then
                return
            threading.Thread(target=serve, args=(name, connection), daemon=True).start()


if __name__ == "__main__":
    main()
