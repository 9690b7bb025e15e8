#!/usr/bin/env python3
"""A web server that takes every POST and notes when it came: what the benchmarks send to.

It answers after a delay if asked to (`sink.py DELAY_MS`), writes its port as its first line, and tells what came on
`GET /`: for each POST the moment, the `due_at` and the first `truce` that stand in it, if any, and if it is marked as a
possible repeat. `GET /count` tells how many there are, and `DELETE /` forgets all.
"""

import asyncio
import json
import re
import sys
import time

_DUE = re.compile(rb'"due_at": *"([^"]+)"')
_TRUCE = re.compile(rb'"truce": *"([^"]+)"')
_LENGTH = re.compile(rb"content-length: *([0-9]+)", re.IGNORECASE)
_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"

came: list[tuple[float, str | None, str | None, bool]] = []


class Sink(asyncio.Protocol):
    """One connection."""

    def __init__(self, delay_seconds: float) -> None:
        self._delay_seconds = delay_seconds
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101  tells mypy what a server gets
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Take in whole requests."""
        self._buffer += data
        while (end := self._buffer.find(b"\r\n\r\n")) >= 0:
            head = self._buffer[:end]
            length = _LENGTH.search(head)
            total = end + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < total:
                return
            body, self._buffer = self._buffer[end + 4 : total], self._buffer[total:]
            self._take(head, body)

    def _take(self, head: bytes, body: bytes) -> None:
        if head.startswith(b"GET"):
            told = json.dumps(len(came) if head.startswith(b"GET /count") else came).encode()
            self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(told), told))
            return
        if head.startswith(b"DELETE"):
            came.clear()
        else:
            at = time.time()
            due, truce = (found and found[1].decode() for found in (_DUE.search(body), _TRUCE.search(body)))
            came.append((at, due, truce, b"POSSIBLE REPEAT" in body))
        if self._delay_seconds:
            asyncio.get_running_loop().call_later(self._delay_seconds, self._transport.write, _ANSWER)
        else:
            self._transport.write(_ANSWER)


async def main() -> None:
    """Serve until killed."""
    delay_seconds = float(sys.argv[1]) / 1000 if len(sys.argv) > 1 else 0.0
    server = await asyncio.get_running_loop().create_server(lambda: Sink(delay_seconds), "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
