"""Nobody who only connects keeps others from the board, or takes what sending needs."""

import asyncio
from contextlib import suppress

import pytest
from board.register import GHOUTA
from structlog.testing import capture_logs

from alertd.board.connections import cap

ASKING = b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n"


async def connect(viewer, said: bytes = b""):
    reader, writer = await asyncio.open_connection("127.0.0.1", viewer.port)
    writer.write(said)
    await writer.drain()
    return reader, writer


async def is_closed(reader) -> bool:
    """Whether the other side closes within a time that is long for a look once a second."""
    with suppress(ConnectionError):
        await asyncio.wait_for(reader.read(), 20)
    return True


async def first_line(reader) -> bytes:
    return await asyncio.wait_for(reader.readline(), 20)


@pytest.mark.parametrize("said", [b"", b"G", ASKING], ids=["nothing", "a letter", "half a header"])
async def test_whoever_asks_nothing_whole_is_let_go(look, said):
    async with look(GHOUTA) as viewer:
        reader, writer = await connect(viewer, said)
        await asyncio.sleep(0.1)  # it is accepted
        viewer.wait(11)
        assert await is_closed(reader)
        writer.close()


async def test_a_header_that_trickles_in_wins_no_time(look):
    async with look(GHOUTA) as viewer:
        reader, writer = await connect(viewer, ASKING)
        for _ in range(3):
            await asyncio.sleep(0.1)
            viewer.wait(4)
            writer.write(b"X-More: and more\r\n")
        assert await is_closed(reader)
        writer.close()


async def test_a_connection_that_is_kept_after_an_answer_is_let_go_when_it_stays_idle(look):
    async with look(GHOUTA) as viewer:
        reader, writer = await connect(viewer, ASKING + b"\r\n")
        assert await first_line(reader) == b"HTTP/1.1 200 OK\r\n"
        viewer.wait(11)
        assert await is_closed(reader)
        writer.close()


async def test_a_body_that_never_comes_is_not_waited_for(look):
    async with look(GHOUTA) as viewer:
        reader, writer = await connect(viewer, ASKING + b"Content-Length: 9\r\n\r\n")
        assert await first_line(reader) == b"HTTP/1.1 200 OK\r\n"
        assert await is_closed(reader)
        writer.close()


async def test_whoever_asks_and_takes_no_answer_is_let_go(look):
    async with look(GHOUTA) as viewer:
        styles = len(await viewer.get("/static/board.css"))
        many = 2000
        asked = b"GET /static/board.css HTTP/1.1\r\nHost: localhost\r\n\r\n" * many
        reader, writer = await asyncio.open_connection("127.0.0.1", viewer.port, limit=1)
        writer.write(asked)
        await asyncio.sleep(1)  # until no more fits between the two
        for _ in range(3):
            viewer.wait(11)
            await asyncio.sleep(1.1)
        got = b""
        with suppress(ConnectionError):
            while piece := await asyncio.wait_for(reader.read(1 << 20), 20):
                got += piece
        assert len(got) < many * styles
        writer.close()


async def test_at_the_cap_the_one_that_has_been_idle_for_longest_gives_way(look):
    async with look(GHOUTA, board="connections = 8") as viewer:
        with capture_logs() as logs:
            idle = [await connect(viewer) for _ in range(30)]
            assert await viewer.status("/readyz") == 200
            assert all([await is_closed(reader) for reader, _ in idle[:23]])
            reader, writer = idle[-1]
            writer.write(ASKING + b"\r\n")
            assert await first_line(reader) == b"HTTP/1.1 200 OK\r\n"
            for _, writer in idle:
                writer.close()
        assert [line["event"] for line in logs if line["log_level"] == "error"] == ["board.full"]


async def test_where_all_are_in_use_the_newest_is_let_go_and_a_line_a_minute_says_so(look):
    async with look(GHOUTA, board="connections = 8") as viewer:
        await viewer.board._reader._lock.acquire()  # whoever asks waits
        waiting = [await connect(viewer, b"GET /state HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(8)]
        await asyncio.sleep(0.5)  # all are asked
        with capture_logs() as logs:
            for _ in range(20):
                reader, writer = await connect(viewer, ASKING + b"\r\n")
                assert await is_closed(reader)
                writer.close()
            viewer.wait(61)
            reader, writer = await connect(viewer)
            assert await is_closed(reader)
            writer.close()
        said = [(line["event"], line["left_out"]) for line in logs if line["log_level"] == "error"]
        assert said == [("board.full", 0), ("board.full", 19)]
        viewer.board._reader._lock.release()
        for reader, writer in waiting:
            assert await first_line(reader) == b"HTTP/1.1 200 OK\r\n"
            writer.close()


async def test_what_is_no_request_costs_a_line_a_minute_that_says_nothing_of_it(look):
    async with look(GHOUTA) as viewer:
        with capture_logs() as logs:
            for _ in range(20):
                reader, writer = await connect(viewer, b"GET / HTTP/1.1\r\nX-Token : planted\r\n\r\n")
                assert (await first_line(reader)).startswith(b"HTTP/1.0 400")
                writer.close()
        (line,) = [line for line in logs if line["log_level"] == "error"]
        assert line["event"] == "board.malformed"
        assert "planted" not in str(line)


async def test_what_is_not_there_is_not_remembered(look):
    async with look(GHOUTA) as viewer:
        await viewer.get("/truces/ghouta")
        snapshot = await viewer.board._reader.look()
        before = set(snapshot.made)
        for number in range(20):
            assert await viewer.status(f"/truces/none-{number}") == 404
        for number, path in enumerate(("/", "/?view=wall", "/timeline", "/calendar.ics", "/api/v1/truces")):
            assert await viewer.status(f"{path}{'&' if '?' in path else '?'}q={number}") == 200
        assert await viewer.status("/history?truce=none") == 200
        assert snapshot is await viewer.board._reader.look()
        assert set(snapshot.made) == before


@pytest.mark.parametrize(
    ("wanted", "descriptors", "most"), [(256, 1024, 256), (256, 256, 224), (1000, 1024, 992), (256, 64, 32)]
)
def test_descriptors_are_kept_free_for_what_is_read(wanted, descriptors, most):
    assert cap(wanted, descriptors) == most
