"""A line on loopback that can be cut: what is sent meanwhile waits, as on a network that drops every packet."""

import selectors
import socket
import threading
from contextlib import suppress
from typing import Self

_CHUNK = 65_536


class Line:
    """Takes connections on a port, and carries them on to another."""

    def __init__(self, to_port: int) -> None:
        self._to_port = to_port
        self._whole = threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._carried: list[socket.socket] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self._take, daemon=True).start()
        return self

    def __exit__(self, *_error) -> None:
        self._whole.set()
        for each in (self._listener, *self._carried):
            each.close()

    def cut(self) -> None:
        """Carry nothing more, and close nothing."""
        self._whole.clear()

    def mend(self) -> None:
        """Carry on, what was sent meanwhile first."""
        self._whole.set()

    def _take(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(("127.0.0.1", self._to_port))
            except OSError:  # it is closed
                return
            self._carried += [near, far]
            threading.Thread(target=self._carry, args=(near, far), daemon=True).start()

    def _carry(self, near: socket.socket, far: socket.socket) -> None:
        """Carry what comes from either end to the other, until one is closed."""
        with near, far, selectors.DefaultSelector() as ready, suppress(OSError):
            ready.register(near, selectors.EVENT_READ, far)
            ready.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in ready.select():
                    self._whole.wait()
                    data = key.fileobj.recv(_CHUNK)
                    if not data:
                        return
                    key.data.sendall(data)
