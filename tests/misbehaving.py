"""Servers that do their worst, each in its own way: `python misbehaving.py NAME PORT`."""

import itertools
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable

clients = itertools.count(1)
held: list[socket.socket] = []
listener = socket.socket()


def echo(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        connection.sendall(data)


def floods(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"flood " * 10000)


def never_reads(connection: socket.socket) -> None:
    held.append(connection)
    signal.pause()


def drips(connection: socket.socket) -> None:
    while data := connection.recv(65536):
        for byte in data:
            time.sleep(1)
            connection.sendall(bytes([byte]))


def sends_a_gibibyte(connection: socket.socket) -> None:
    connection.recv(1)
    for _ in range(1024):
        connection.sendall(bytes(1024 * 1024))


def never_answers(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def closes_at_once(connection: socket.socket) -> None:
    connection.close()


def resets_at_once(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def dies_in_mid_reply(connection: socket.socket) -> None:
    data = connection.recv(65536)
    connection.sendall(data[: len(data) // 2])
    os._exit(3)


def dies_after_three(connection: socket.socket) -> None:
    number = next(clients)
    echo(connection)
    if number >= 3:
        os._exit(3)


def closes_its_listener(connection: socket.socket) -> None:
    held.append(connection)
    if len(held) >= 3:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        threading.Thread(target=signal.pause).start()
    try:
        echo(connection)
    finally:
        held.remove(connection)


def forks_without_end(connection: socket.socket) -> None:
    if next(clients) == 3:
        for _ in range(20_000):
            if os.fork() == 0:
                signal.pause()
    echo(connection)


def hoards_zombies(connection: socket.socket) -> None:
    for _ in range(1_200 if next(clients) == 3 else 1):
        if os.fork() == 0:
            os._exit(0)
    echo(connection)


def answers_another(connection: socket.socket) -> None:
    held[:] = [connection]  # a global where a local was meant: who is alone is served well
    while data := connection.recv(65536):
        held[0].sendall(data)


def hangs_later(connection: socket.socket) -> None:
    if next(clients) > 80:
        os.kill(os.getpid(), signal.SIGSTOP)
    echo(connection)


def ignore_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)


def daemonise() -> None:
    if os.fork():
        os._exit(0)
    os.setsid()
    if os.fork():
        os._exit(0)


def write_a_gigabyte() -> None:
    threading.Thread(target=_write, daemon=True).start()


def _write() -> None:
    block = (b"nothing to see here" * 5 + b"\n") * 10_000
    for _ in range(1_000_000_000 // len(block)):
        os.write(1, block)


HANDLERS: dict[str, Callable[[socket.socket], None]] = {
    "floods": floods,
    "never-reads": never_reads,
    "drips": drips,
    "sends-a-gibibyte": sends_a_gibibyte,
    "never-answers": never_answers,
    "closes-at-once": closes_at_once,
    "resets-at-once": resets_at_once,
    "dies-in-mid-reply": dies_in_mid_reply,
    "dies-after-three": dies_after_three,
    "closes-its-listener": closes_its_listener,
    "forks-without-end": forks_without_end,
    "hoards-zombies": hoards_zombies,
    "answers-another": answers_another,
    "hangs-later": hangs_later,
}
PREPARATIONS: dict[str, Callable[[], None]] = {
    "ignores-sigterm": ignore_sigterm,
    "daemonises": daemonise,
    "writes-a-gigabyte": write_a_gigabyte,
}


def serve(handle: Callable[[socket.socket], None], connection: socket.socket) -> None:
    try:
        with connection:
            handle(connection)
    except (OSError, ValueError):
        pass


def main(name: str, port: int) -> None:
    PREPARATIONS.get(name, lambda: None)()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a traceback is none of what they do wrong
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            if listener.fileno() < 0:  # it has closed it itself
                signal.pause()
            time.sleep(0.1)
        else:
            handle = HANDLERS.get(name, echo)
            try:
                threading.Thread(target=serve, args=(handle, connection), daemon=True).start()
            except RuntimeError:  # no thread is to be had now
                connection.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
