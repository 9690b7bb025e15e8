"""The addresses of servers, looked up on threads of their own: a name server that hangs takes no other's."""

import asyncio
import socket
from collections.abc import Sequence
from concurrent.futures import Future
from threading import Thread

from aiohappyeyeballs import AddrInfoType


async def resolve(host: str, port: int) -> Sequence[AddrInfoType]:
    """The addresses of a host; raises `socket.gaierror` where it has none, OSError for a name that is none."""
    found: Future[Sequence[AddrInfoType]] = Future()
    found.set_running_or_notify_cancel()  # from here on giving up the wait cannot cancel it
    Thread(target=_look_up, args=(host, port, found), name="resolve", daemon=True).start()
    return await asyncio.wrap_future(found)


def _look_up(host: str, port: int, found: "Future[Sequence[AddrInfoType]]") -> None:
    try:
        found.set_result(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG))
    except Exception as error:  # noqa: BLE001  a thread that died without a result would look like one that hangs
        found.set_exception(error if isinstance(error, OSError) else OSError(type(error).__name__))
