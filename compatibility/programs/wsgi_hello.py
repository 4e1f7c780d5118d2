"""A WSGI application and an ASGI application that say hello."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any


def application(_: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """Answer as WSGI has it."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"hello\n"]


async def asgi(
    scope: dict[str, Any],
    _: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    """Answer as ASGI has it."""
    if scope["type"] == "http":
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"6")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"hello\n"})
