"""A helper that writes for the board, on a socket of its own; and a truce that it can write about."""

import socket
import threading
from contextlib import contextmanager, suppress
from io import StringIO
from os import geteuid
from pathlib import Path

from process import in_seconds, toml_utc, truce_text, write_truces

from alertd.board.record_protocol import Act, RecordAnswer, RecordRequest, ask
from alertd.cli.context import Context
from alertd.cli.record_helper import RecordHelper, serve
from alertd.cli.tokens import token
from alertd.logs.lines import configure


def settings(socket_path: Path, *lines: str) -> str:
    """`[board]`, on which people may record."""
    return "\n".join(
        (
            'state_dir = "."',
            "[board]",
            'listen = "127.0.0.1:0"',
            "write = true",
            f'record_socket = "{socket_path}"',
            *lines,
            "",
        )
    )


def calm(*lines: str, hours: float = 48) -> str:
    """A truce that ends in two days, in UTC."""
    return truce_text("calm", "starts = 2016-05-01T00:00:00Z", f"ends = {toml_utc(in_seconds(hours * 3600))}", *lines)


class _Users(set[int]):
    """The users who may ask, until the helper is to end."""

    ended = False

    def __contains__(self, user: object) -> bool:
        if self.ended:
            raise StopIteration
        return super().__contains__(user)


class Desk:
    """A config folder, and the people who record in it."""

    def __init__(self, config: Path, capsys) -> None:
        self.config = config
        self.socket = config / "record.sock"
        self._capsys = capsys
        self.log = StringIO()

    def begin(self, *lines: str) -> "Desk":
        """With settings, and one truce."""
        (self.config / "alertd.toml").write_text(settings(self.socket, *lines))
        write_truces(self.config, calm())
        return self

    def token(self, name: str) -> str:
        """A new token for a person."""
        token(Context(self.config, None), name, show=False, revoke=False)
        return self._capsys.readouterr().out.split()[-1]

    @property
    def text(self) -> str:
        return "\n".join(path.read_text() for path in sorted((self.config / "truces").iterdir()))

    def ask(self, given: str, act: Act | None = None, seen: str = "", truce: str = "calm", **fields) -> RecordAnswer:
        return ask(str(self.socket), RecordRequest(token=given, truce=truce, act=act, given=fields, seen=seen))

    def written(self, given: str, act: Act, **fields) -> RecordAnswer:
        """Both steps, as a person goes through them."""
        shown = self.ask(given, act, **fields)
        assert shown.status == "preview", shown
        return self.ask(given, act, shown.seen, **fields)

    @contextmanager
    def helped(self, *allowed: int):
        """A helper that answers; these users alone may ask, by default those who run the test."""
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        listener.bind(str(self.socket))
        listener.listen()

        configure("info", stream=self.log, tty=False)
        users = _Users(allowed or {geteuid()})

        def answer() -> None:
            with suppress(StopIteration):
                serve(listener, RecordHelper(Context(self.config, None)), users)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield self
        finally:
            users.ended = True
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as last:
                last.connect(str(self.socket))
                thread.join()
            listener.close()
            self.socket.unlink()
