"""A webhook receiver on loopback that counts connections and answers, byte by byte, as a test wants."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Self

DROP = b""
"""Instead of an answer: close the connection once the request is read."""


def answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@dataclass
class Request:
    headers: dict[str, str]
    """By their names in lower case."""
    body: str

    @property
    def document(self) -> dict:
        return json.loads(self.body)


@dataclass
class Receiver:
    """Answers with the next of `answers`, the last one for ever."""

    answers: list[bytes] = field(default_factory=lambda: [answer(200)])
    let_go: asyncio.Event | None = None
    """Requests are answered once this is set; None: at once."""
    closes_after_answer: bool = False
    """Close each connection after its answer, and do not say so before."""
    pause_before_body: float = 0.0
    """Seconds between the head of an answer and its body."""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self._open: set[asyncio.StreamWriter] = set()
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_error) -> None:
        if self.let_go is not None:
            self.let_go.set()
        self._server.close()
        self.close_connections()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    def close_connections(self) -> None:
        """As a server does that has waited long enough for another request."""
        for writer in self._open:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await self._answer(head, reader, writer)
                if writer.is_closing():
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = head.decode().split("\r\n")[1:-2]
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers["content-length"]))
        self.requests.append(Request(headers, body.decode()))
        if self.let_go is not None:
            await self.let_go.wait()
        reply = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        head, blank, body = reply.partition(b"\r\n\r\n")
        writer.write(head + blank)
        await asyncio.sleep(self.pause_before_body)
        writer.write(body)
        if reply == DROP or self.closes_after_answer:
            writer.close()
