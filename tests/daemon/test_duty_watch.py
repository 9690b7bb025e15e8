"""The watch over duty lists: what was read is kept, ops is told once, and what comes from elsewhere stops nothing."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from calendar_server import ok, server, trusted  # noqa: F401  fixtures
from calendars import calendar, event
from pydantic import SecretStr
from sqlalchemy import select

from alertd.daemon.duty_watch import DutyWatch
from alertd.daemon.ops_notices import OpsNotices
from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.duty import READ_AGAIN, READ_EVERY, Duties, DutyList, Gap
from alertd.domain.policy import Subscription
from alertd.duty import Kept, Source
from alertd.ledger import Ledger, LedgerThread, schema
from alertd.times.zones import load_zones

NOW = datetime(2026, 10, 24, 12, tzinfo=UTC)
ZONES = load_zones({})
FIELD = DutyList(name="field", people={"Lena": "lena-phone", "Noor": "noor-phone"}, zone="UTC")
LENA = calendar(event("1", "Lena", "DTSTART:20261001T000000Z", "DTEND:20261201T000000Z"))
NOOR = calendar(event("1", "Noor", "DTSTART:20261001T000000Z", "DTEND:20261201T000000Z"))
LENA_THEN_NOBODY = calendar(event("1", "Lena", "DTSTART:20261001T000000Z", "DTEND:20261024T130000Z"))


class Watched:
    """A watch over one list, and what ops was told."""

    def __init__(self, source, folder):
        self.ledger = LedgerThread(Ledger.in_memory())
        ops = OpsNotices(self.ledger, VirtualClock(NOW), [Subscription(channel="desk", targets=("desk",), ops=True)])
        self.duties = Duties({"field": FIELD}, ())
        self.watch = DutyWatch(
            self.duties, {"field": source}, ops, config_dir=folder, kept=Kept(folder), zone_for=ZONES.find
        )
        self.read = asyncio.Event()
        self.watch.wake = self.read.set

    async def look(self, now, *, reads=True):
        """A look, and another once what it has begun to read is there."""
        await self.watch.look(now)
        if reads:
            await self.read.wait()
            self.read.clear()
            await self.watch.look(now)

    def on_duty(self, now=NOW):
        found = self.duties.at("field", now)
        return found.gap or found.names

    async def told(self):
        texts = select(schema.delivery.c.text).order_by(schema.delivery.c.id)
        return await self.ledger.run(lambda connection: connection.scalars(texts).all())


@asynccontextmanager
async def watching(source, folder):
    watched = Watched(source, folder)
    try:
        yield watched
    finally:
        await watched.watch.aclose()
        watched.ledger.close()


@pytest.fixture
def address(server):  # noqa: F811
    return Source(url=SecretStr(server.url))


async def test_an_address_is_read_every_fifteen_minutes(server, address, tmp_path):  # noqa: F811
    server.answer = ok(LENA)
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW)
        server.answer = ok(NOOR)
        await watched.look(NOW + READ_EVERY - timedelta(seconds=1), reads=False)
        assert (watched.on_duty(), len(server.asked)) == (("Lena",), 1)
        await watched.look(NOW + READ_EVERY)
        assert (watched.on_duty(), len(server.asked)) == (("Noor",), 2)
        assert await watched.told() == []


async def test_what_was_read_counts_while_the_address_cannot_be_read_and_ops_is_told_once(server, address, tmp_path):  # noqa: F811
    server.answer = ok(LENA)
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW)
        server.answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"
        tries = [NOW + READ_EVERY, NOW + READ_EVERY + READ_AGAIN, NOW + READ_EVERY + 2 * READ_AGAIN]
        for moment in tries:
            assert await watched.told() == [], "a server may fail once"
            await watched.look(moment)
        await watched.look(tries[-1] + READ_EVERY)
        assert watched.on_duty() == ("Lena",)
        (text,) = await watched.told()
        assert text.startswith(
            "The duty list field cannot be read: the server answered HTTP 503. Until it can, what was"
        )
        server.answer = ok(NOOR)
        await watched.look(tries[-1] + 2 * READ_EVERY)
        assert watched.on_duty() == ("Noor",)
        *_, well = await watched.told()
        assert well.startswith("The duty list field is well again: Noor is on duty until 0000Z Tue 1 Dec")


async def test_a_start_without_network_knows_what_was_read_before(server, address, tmp_path):  # noqa: F811
    server.answer = ok(LENA)
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW)
    server.answer = b""
    async with watching(address, tmp_path) as watched:
        assert watched.on_duty() == ("Lena",)
        await watched.look(NOW + READ_EVERY)
        assert watched.on_duty() == ("Lena",)
    kept = (tmp_path / "duty.json").read_text()
    assert "5e2a9c" not in kept, "the address is a secret"
    assert (tmp_path / "duty.json").stat().st_mode & 0o077 == 0o040


async def test_what_was_kept_of_another_address_counts_for_nobody(server, address, tmp_path):  # noqa: F811
    server.answer = ok(LENA)
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW)
    server.answer = b""
    async with watching(Source(url=SecretStr(server.url + "?other")), tmp_path) as watched:
        assert watched.on_duty() is Gap.UNREAD
        await watched.look(NOW)
        (text,) = await watched.told()
        assert text.startswith(
            "The duty list field cannot be read: the server gave no answer. Until it can, its steps go"
        )


async def test_a_torn_file_of_what_was_kept_stops_nothing(server, address, tmp_path):  # noqa: F811
    (tmp_path / "duty.json").write_text('{"field": {"roster"')
    server.answer = ok(LENA)
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW)
        assert watched.on_duty() == ("Lena",)


async def test_a_look_never_waits_for_a_server_or_a_calendar(server, address, tmp_path):  # noqa: F811
    server.hangs = True
    async with watching(address, tmp_path) as watched:
        await watched.look(NOW, reads=False)
        await watched.look(NOW + timedelta(seconds=1), reads=False)
        assert not watched.read.is_set()
        assert await watched.told() == []


async def test_a_file_counts_as_soon_as_it_changes(tmp_path):
    (tmp_path / "duty.ics").write_bytes(LENA)
    async with watching(Source(file="duty.ics"), tmp_path) as watched:
        await watched.look(NOW)
        (tmp_path / "new").write_bytes(NOOR)
        (tmp_path / "new").rename(tmp_path / "duty.ics")
        await watched.look(NOW + timedelta(seconds=1))
        assert watched.on_duty() == ("Noor",)


async def test_ops_is_told_when_a_slot_begins_that_is_empty_and_not_again_after_a_start(tmp_path):
    (tmp_path / "duty.ics").write_bytes(LENA_THEN_NOBODY)
    gap = datetime(2026, 10, 24, 13, tzinfo=UTC)
    async with watching(Source(file="duty.ics"), tmp_path) as watched:
        await watched.look(NOW)
        assert watched.watch.next(NOW) == gap
        await watched.look(gap - timedelta(seconds=1))
        assert await watched.told() == []
        for moment in (gap, gap + timedelta(seconds=1)):
            await watched.look(moment, reads=False)
        (text,) = await watched.told()
        assert text.startswith(
            "In the duty list field nobody is on duty. As long its steps go to everyone of it: lena-"
        )
    async with watching(Source(file="duty.ics"), tmp_path) as watched:
        await watched.look(gap + timedelta(minutes=1))
        assert await watched.told() == []
