"""Bugs in quiet hours: small changes of the real code, as in `mutants`."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from sqlalchemy import Connection, func, select, update

from alertd.domain import quiet
from alertd.domain.alert import Kind
from alertd.ledger import DeliveryState, acquisition, planning, rows, schema
from alertd.ledger.quiet import WAITS

_delivery = schema.delivery


def quiet_by_utc() -> AbstractContextManager[object]:
    """Quiet hours are read in UTC, whatever the zone of their channel."""
    over_at = quiet.QuietHours.over_at
    return patch.object(quiet.QuietHours, "over_at", lambda self, moment: over_at(replace(self, zone=UTC), moment))


def a_lapse_never_passes() -> AbstractContextManager[object]:
    """What the settings let pass is held, where it says that a truce has lapsed."""
    passes = quiet.QuietHours.passes
    return patch.object(
        quiet.QuietHours, "passes", lambda self, kind, stage: kind is not Kind.LAPSED and passes(self, kind, stage)
    )


def a_night_is_as_long_as_its_hours() -> AbstractContextManager[object]:
    """Quiet hours in which the clocks change end so long after their beginning as on any other night."""
    night = quiet.QuietHours._night

    def by_length(self, day):
        begin, _ = night(self, day)
        begins, ends = (timedelta(hours=one.hour, minutes=one.minute) for one in (self.hours.begins, self.hours.ends))
        return begin, begin + (ends - begins) % timedelta(days=1)

    return patch.object(quiet.QuietHours, "_night", by_length)


def what_waited_is_dropped() -> AbstractContextManager[object]:
    """What waited for the end of quiet hours is taken for settled when they end."""

    def drop(connection: Connection, now: datetime) -> None:
        over = select(_delivery.c.id).where(WAITS, _delivery.c.quiet_until <= now)
        settled = {"reason": "it waited", "settled_at": now}
        rows.move(
            connection, connection.scalars(over).all(), DeliveryState.PLANNED, DeliveryState.SUPERSEDED, **settled
        )

    return _when_they_end(drop)


def what_waited_comes_one_by_one() -> AbstractContextManager[object]:
    """Of what waited for the same end one is sent, and the rest a while later."""

    def part(connection: Connection, now: datetime) -> None:
        over = (WAITS, _delivery.c.quiet_until <= now)
        first = select(func.min(_delivery.c.id)).where(*over).group_by(_delivery.c.target)
        others = select(_delivery.c.id).where(*over, _delivery.c.id.not_in(first))
        later = update(_delivery).where(_delivery.c.id.in_(connection.scalars(others).all()))
        connection.execute(later.values(not_before=now + timedelta(seconds=10)))

    return _when_they_end(part)


def what_was_superseded_in_the_quiet_is_sent() -> AbstractContextManager[object]:
    """A moved end leaves what waits for the end of quiet hours."""
    store = planning.store

    def but_what_waits(connection, *revisions, **how):
        waiting = connection.scalars(select(_delivery.c.id).where(WAITS)).all()
        stored = store(connection, *revisions, **how)
        taken_back = select(_delivery.c.id).where(
            _delivery.c.id.in_(waiting), _delivery.c.state == DeliveryState.SUPERSEDED
        )
        rows.move(
            connection,
            connection.scalars(taken_back).all(),
            DeliveryState.SUPERSEDED,
            DeliveryState.PLANNED,
            **rows.NOT_REPLACED,
        )
        return stored

    return patch.object(planning, "store", but_what_waits)


def _when_they_end(change: Callable[[Connection, datetime], None]) -> AbstractContextManager[object]:
    acquire = acquisition.acquire

    def and_change(connection, now, *rest, **how):
        change(connection, now)
        return acquire(connection, now, *rest, **how)

    return patch.object(acquisition, "acquire", and_change)
