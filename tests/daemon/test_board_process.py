"""The board's process: it ends with the daemon, however that ends, is started again, and costs no alert."""

import asyncio
import os
import signal
import socket
from contextlib import contextmanager
from pathlib import Path

import pytest
from process import alertd, board_status, running, until, write_truces

from alertd.cli import board_process
from alertd.cli.board import NICE
from alertd.cli.board_process import BoardProcess
from alertd.cli.context import Context
from alertd.ledger import Ledger


class Ops:
    """Keeps what ops is told."""

    def __init__(self) -> None:
        self.told = []

    async def tell(self, about: str, text: str) -> None:
        self.told.append((about, text))


@contextmanager
def taken():
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held, held.getsockname()[1]


def settings(config: Path, port: int) -> None:
    (config / "alertd.toml").write_text(f'[[channel]]\nname = "console"\nkind = "console"\n[board]\nlisten = {port}\n')


def children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def is_board(pid: int) -> bool:
    return b"--with-daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()


async def seen(holds, what: str):
    return await asyncio.to_thread(until, holds, what)


def test_the_board_is_not_the_daemon_and_ends_with_it_even_where_that_is_killed(tmp_path):
    with taken() as (_, port):
        settings(tmp_path, port)
    write_truces(tmp_path, "")
    with running(tmp_path) as process:
        until(lambda: board_status(port) == 200, "a ready board")
        (board,) = children(process.pid)
        daemons, boards = (os.getpriority(os.PRIO_PROCESS, pid) for pid in (process.pid, board))
        process.kill()
        until(lambda: not Path(f"/proc/{board}").exists(), "the end of the board")
    assert board_status(port) is None
    assert boards == min(daemons + NICE, 19) > daemons, "a page may wait for a processor, and an alert may not"


async def test_ops_is_told_once_of_a_board_that_cannot_be_had_and_it_is_tried_again(tmp_path, monkeypatch):
    monkeypatch.setattr(board_process, "_PAUSE_SECONDS", 0.1)
    Ledger.open((tmp_path / "state").mkdir() or tmp_path / "state" / "ledger.db").close()
    tries, one, ops = [], BoardProcess._one, Ops()

    async def counted(self) -> str:
        tries.append(await one(self))
        return tries[-1]

    monkeypatch.setattr(BoardProcess, "_one", counted)
    with taken() as (_, port):
        settings(tmp_path, port)
        board = BoardProcess(Context(tmp_path, None), ops)
        await seen(lambda: tries, "a try")
    await seen(lambda: board_status(port), "a board, once the address is free")
    (pid,) = [pid for pid in children(os.getpid()) if is_board(pid)]
    os.kill(pid, signal.SIGKILL)
    await seen(lambda: "its process ended with -9" in tries, "its end")
    await board.aclose()
    ((about, text),) = ops.told
    assert about == "board"
    assert "Address already in use" in text


@pytest.mark.parametrize(
    ("board", "why"),
    [
        ("", "alertd: the board has no address: set `listen` in [board] of alertd.toml"),
        (
            '[board]\nlisten = "127.0.0.1:{port}"\n',
            "alertd: the board cannot be opened: [Errno 98] Address already in use",
        ),
    ],
)
def test_a_board_alone_that_cannot_be_opened_says_why(tmp_path, board, why):
    with taken() as (_, port):
        (tmp_path / "alertd.toml").write_text(board.format(port=port))
        Ledger.open((tmp_path / "state").mkdir() or tmp_path / "state" / "ledger.db").close()
        said = alertd(tmp_path, "board")
    assert said.returncode == 1
    assert said.stderr.startswith(why)
    assert "Traceback" not in said.stderr
