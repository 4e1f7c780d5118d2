"""The dialect `http`: HTTP/1.1 with persistent connections, RFC 9112 (pure)."""

import re

from client_kit.dialects.base import Ability
from client_kit.dialects.expected import Expected, Mismatch
from client_kit.dialects.records import RECORDS, RecordDialect

STATUS = re.compile(rb"HTTP/1\.[01] ([1-5]\d\d)")
LONGEST_HEAD = 64 * 1024


class Http(RecordDialect):
    """`GET` of a path that carries the token. Any final status is an answer; the token is not returned."""

    name = "http"
    abilities = RECORDS | {Ability.ENDS_SESSION}
    terminator = b"\r\n\r\n"
    goodbye = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"

    def request(self, token: bytes) -> bytes:
        """Word a request without a body."""
        path = token.hex().encode()
        return b"GET /?acceptspec=%s HTTP/1.1\r\nHost: localhost\r\nUser-Agent: acceptspec\r\n\r\n" % path

    def expected(self, request: bytes) -> Expected:  # noqa: ARG002 - whatever is asked for
        """Expect one response, after interim ones perhaps; RFC 9112 §6.3, RFC 9110 §15.2."""
        return Expected("a response, `HTTP/1.1 …`", _end)

    def turns_away(self, reply: bytes) -> bool:
        """Whether it is 503, Service Unavailable, or 429, Too Many Requests; RFC 9110 §15.6.4, RFC 6585 §4."""
        found = STATUS.match(reply)
        return found is not None and found[1] in (b"503", b"429")


def _end(data: bytes) -> int:
    size = 0
    while True:
        code, head, body = _head(data[size:])
        if not head:
            return 0
        size += head
        if 100 <= code < 200:
            continue
        length = 0 if code in (204, 304) else _body(data[size:], body)
        return 0 if length < 0 else size + length


def _head(data: bytes) -> tuple[int, int, dict[bytes, bytes]]:
    """The status code, the length and the fields of a head; the length is 0 while it is not complete."""
    if not STATUS.match(data):
        if len(data) > 12 or not b"HTTP/1.".startswith(data[:7]):
            raise Mismatch(0)
        return 0, 0, {}
    end = data.find(b"\r\n\r\n")
    if end < 0:
        if len(data) > LONGEST_HEAD:
            raise Mismatch(LONGEST_HEAD)
        return 0, 0, {}
    fields = {}
    for row in data[:end].split(b"\r\n")[1:]:
        name, _, value = row.partition(b":")
        fields[name.strip().lower()] = value.strip().lower()
    return int(data[9:12]), end + 4, fields


def _body(data: bytes, fields: dict[bytes, bytes]) -> int:
    """The length of a body; -1 while it is not complete. One that only FIN ends counts as empty."""
    if b"chunked" in fields.get(b"transfer-encoding", b""):
        return _chunks(data)
    length = fields.get(b"content-length", b"0")
    if not length.isdigit():
        raise Mismatch(0)
    return int(length) if len(data) >= int(length) else -1


def _chunks(data: bytes) -> int:
    """The length of a chunked body without trailers; RFC 9112 §7.1."""
    size = 0
    while (found := data.find(b"\r\n", size)) >= 0:
        try:
            chunk = int(data[size:found].partition(b";")[0], 16)
        except ValueError:
            raise Mismatch(size) from None
        size = found + 2 + chunk + 2
        if not chunk:
            return size if len(data) >= size else -1
    return -1


HTTP = Http()
