"""Repeat to every client what it says, until it hangs up."""

import asyncio
import contextlib


async def repeat(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Serve one client."""
    with contextlib.suppress(ConnectionError):
        while heard := await reader.read(4096):
            writer.write(heard)
            await writer.drain()
    writer.close()


async def serve() -> None:
    """Listen on a port that the system picks, and say which."""
    server = await asyncio.start_server(repeat, "127.0.0.1", 0)
    print("parrot: listening on port", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def main() -> None:
    """Run until Ctrl-C."""
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(serve())


if __name__ == "__main__":
    main()
