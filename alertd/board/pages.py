"""The board's pages as HTML: what was seen, put into templates that escape whatever they print.

No script and no style stands in a page, so that the policy of its contents can forbid both.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alertd import __version__
from alertd.board.body import Body
from alertd.board.rows import Group, Row, Urgency
from alertd.board.selection import Selection
from alertd.board.snapshot import Snapshot
from alertd.board.timeline import is_whole, timeline
from alertd.board.troubles import troubles
from alertd.domain.alert import Delivery
from alertd.domain.milestone import by_moment
from alertd.domain.notice import Notice
from alertd.domain.outlook import WAITS
from alertd.domain.quiet import quiet_until
from alertd.domain.statement import Confirmation, Record, Termination
from alertd.domain.truce import Truce
from alertd.errors import Level
from alertd.ledger import DeliveryDetail, KnownTruce, SentMessage
from alertd.message.acknowledged import acknowledged
from alertd.message.facts import facts
from alertd.message.printable import without_controls
from alertd.message.render import Renderer
from alertd.message.values import Facts, Reader
from alertd.message.wording import CONFIRMATIONS, SENTENCE_LENGTH, clean, end_in_words, named, parties, plural
from alertd.settings import Settings
from alertd.status.duty_views import DutyView, on_duty_in_words, until_in_words
from alertd.status.overview import Overview
from alertd.times.end import ALWAYS, End
from alertd.times.formats import day_text, iso_utc, show, show_utc
from alertd.times.instant import ZoneLookup

FULL_ROWS = 40
"""Truces that are shown large; the later ones take a line each."""

PICTURED = 40
"""Truces in the timeline of the first page; another page has them all."""

TOLD = 40
"""Deliveries on the page of a truce."""

MANY = 100
"""Truces beyond which a timeline shows what ends soon."""

SOON = timedelta(hours=72)

SENT = 200
"""Deliveries on the page of what was sent."""

_ENDED = 30
"""Truces that are over, at most so many on the first page."""

GROUPINGS = ("end", "area", "tag")


@dataclass(frozen=True, slots=True)
class _TruceInWords:
    """Moments and ends of one truce in words."""

    truce: Truce
    zone: tzinfo

    def moment(self, moment: datetime) -> str:
        """A moment where the truce is, and in UTC; empty where it has always been known."""
        if moment == ALWAYS:
            return ""
        return show(moment, zone=self.zone, zone_name=self.truce.zone)

    def end(self, end: End) -> str:
        """An end in full."""
        return end_in_words(end, zone=self.zone, zone_name=self.truce.zone)

    def statement(self, statement: Record | Termination) -> str:
        """The statement in words."""
        if isinstance(statement, Termination):
            reason = f" ({clean(statement.reason, SENTENCE_LENGTH)})" if statement.reason else ""
            return f"termination{reason}: {self.moment(statement.at)}"
        return self.end(statement.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The frame around the living part of a page."""

    title: str
    fragment: str
    """The address at which that part alone is had."""
    last_tick: datetime | None
    late: bool
    """True if the last tick is too long ago."""
    wall: bool = False
    """True if it is read from across a room."""


@cache
def _environment(base: str) -> Environment:
    """The templates of the pages below an address, which a process compiles once."""
    environment = Environment(
        loader=PackageLoader("alertd.board"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printable,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"day": day_text, "iso": iso_utc, "utc": _utc, "ms": milliseconds, "source": _source_link}
    environment.filters["acknowledged"] = acknowledged
    environment.globals |= {"base": base, "version": __version__, "countdown": countdown}
    return environment


class Pages:
    """Makes pages; every method runs on the board's own thread."""

    def __init__(self, settings: Settings, zone_for: ZoneLookup, base: str, tzdata: Callable[[], str]) -> None:
        self._settings = settings
        self._zone_for = zone_for
        self._base = base
        self._tzdata = tzdata
        self._renderer = Renderer()
        environment = _environment(base)
        self._shell = environment.get_template("page.html.jinja")
        self._live = environment.get_template("live.html.jinja")
        self._wall = environment.get_template("wall.html.jinja")
        self._history = environment.get_template("history.html.jinja")
        self._truce = environment.get_template("truce.html.jinja")
        self._refused = environment.get_template("refused.html.jinja")
        self._all = environment.get_template("timeline.html.jinja")
        self._answer = environment.get_template("answer.html.jinja")
        self._record = environment.get_template("record.html.jinja")
        self._sign_in = environment.get_template("sign_in.html.jinja")

    def page(self, snapshot: Snapshot, live: Body, frame: Frame) -> Body:
        """A whole page around its living part."""
        return Body.of(
            self._shell.render(
                live=Markup(live.plain.decode()),  # noqa: S704  escaped when it was made
                etag=live.etag,
                frame=frame,
                snapshot=snapshot,
                zone_data=self._tzdata(),
            )
        )

    def live(self, snapshot: Snapshot, by: str, chosen: Selection) -> Body:
        """The first page's living part."""
        rows = snapshot.rows
        everything = snapshot.overview
        groups: Sequence[Group] = ()
        first, *others = rows.ahead or (None,)
        full, rest = others[:FULL_ROWS], others[FULL_ROWS:]
        if by != "end":
            groups = rows.by_area() if by == "area" else rows.by_tag()
            full, rest = [], []
        quiet_hours = everything.quiet_hours
        return _part(
            self._live.render(
                now=snapshot.at,
                by=by,
                chosen=chosen,
                offered=sorted({tag for known in everything.on_watch.values() for tag in known.truce.tags}),
                troubles=list(troubles(snapshot)),
                warnings=[problem for problem in everything.problems if problem.level is Level.WARNING],
                first=first,
                expired=rows.expired,
                full=full,
                rest=rest,
                groups=groups,
                current=rows.current,
                empty=_empty(everything),
                ended=rows.ended[:_ENDED],
                ended_count=len(rows.ended),
                near=sum(row.urgency in _NEAR for row in rows.current),
                not_watched=everything.not_watched,
                picture=self._picture(rows.current[:PICTURED], snapshot),
                pictured=PICTURED,
                channels=everything.channels,
                duties=self._duties(everything),
                upcoming=[
                    (delivery, everything.title_of(delivery), quiet_until(quiet_hours, delivery, snapshot.at))
                    for delivery in snapshot.coming
                ],
                overdue=snapshot.overdue,
                waits=snapshot.waits,
                lately=[(alert, self._title(alert, everything.content.known)) for alert in snapshot.lately],
            )
        )

    def _duties(self, everything: Overview) -> list[tuple[DutyView, str, str]]:
        """The duty lists, each with who is on duty and until when."""
        return [
            (duty, on_duty_in_words(duty), until_in_words(duty, self._settings, everything.now, self._zone_for))
            for duty in everything.duty
        ]

    def wall(self, snapshot: Snapshot, chosen: Selection) -> Body:
        """The rows of a screen on a wall: the next end, what has expired, then the other ends."""
        rows = snapshot.rows
        return _part(
            self._wall.render(
                now=snapshot.at,
                troubles=list(troubles(snapshot)),
                chosen=chosen,
                rows=(*rows.ahead[:1], *rows.expired, *rows.ahead[1:]),
                expired=len(rows.expired),
                count=plural(len(rows.current), "truce"),
                empty=_empty(snapshot.overview),
            )
        )

    def answer(self, **shown: object) -> str:
        """The page by which an alert is acknowledged."""
        return self._answer.render(**shown)

    def record(self, **shown: object) -> str:
        """The page on which people record."""
        return self._record.render(**shown)

    def sign_in(self, **shown: object) -> str:
        """The page that asks for a personal token."""
        return self._sign_in.render(**shown)

    def timeline(self, snapshot: Snapshot, chosen: Selection, *, whole: bool) -> Body:
        """Every window in one picture; of many truces those that end soon or have ended, unless all are wanted."""
        rows = snapshot.rows.current
        soon = [row for row in rows if row.leads_to is not None and row.leads_to - snapshot.at <= SOON]
        shown = rows if whole or len(rows) <= MANY else soon
        return _part(
            self._all.render(
                picture=self._picture(shown, snapshot),
                shown=len(shown),
                count=plural(len(rows), "truce"),
                chosen=chosen,
            )
        )

    def _picture(self, rows: Sequence[Row], snapshot: Snapshot, *, whole: bool = False) -> Markup:
        return timeline(rows, self._settings.policy, self._zone_for, snapshot.at, base=self._base, whole=whole)

    def history(
        self,
        snapshot: Snapshot,
        found: Sequence[DeliveryDetail],
        *,
        truce: str | None,
        channel: str | None,
        day: date | None,
    ) -> Body:
        """The history of what was sent: the newest rows of those asked for."""
        known = snapshot.overview.content.known
        return _part(
            self._history.render(
                truce=truce,
                channel=channel,
                day=day,
                today=snapshot.at.date(),
                truces=sorted((id_, named(one.truce)) for id_, one in known.items()),
                channels=[each.name for each in self._settings.channels],
                sent=[(alert, self._title(alert, known)) for alert in found],
                most=SENT,
            )
        )

    def truce(self, snapshot: Snapshot, row: Row, known: KnownTruce, deliveries: Sequence[DeliveryDetail]) -> Body:
        """All that is known of one truce."""
        truce = row.status.truce
        zone = self._zone_for(truce.zone)

        words = _TruceInWords(truce, zone)
        chain = row.status.chain
        alive = [live.statement for live in row.status.live_ends]
        statements: tuple[Record | Termination, ...] = (*truce.records, *truce.terminations)
        return _part(
            self._truce.render(
                now=snapshot.at,
                writes=self._settings.board is not None and self._settings.board.write,
                row=row,
                truce=truce,
                words=words,
                revision=known.revision,
                place=f"{known.file}:{known.line}",
                parties=[clean(party, SENTENCE_LENGTH) for party in truce.parties],
                by=lambda statement: parties(statement.stated_by, SENTENCE_LENGTH) if statement.stated_by else "",
                chain=chain,
                beside=[
                    (statement, _how(statement, alive=statement in alive))
                    for statement in sorted(statements, key=lambda statement: statement.announced)
                    if all(statement is not live.statement for live in chain)
                ],
                milestones=[
                    (each, clean(each.what, SENTENCE_LENGTH), clean(each.by or "", SENTENCE_LENGTH))
                    for each in by_moment(truce.milestones)
                ],
                picture=self._picture([row], snapshot),
                whole=None if is_whole(row, snapshot.at) else self._picture([row], snapshot, whole=True),
                problems=[problem for problem in snapshot.overview.problems if problem.truce == truce.id],
                alerts=[(alert, alert.message or self._message(alert, snapshot, known)) for alert in deliveries],
            )
        )

    def refused(self, snapshot: Snapshot, truce_id: str) -> Body:
        """The reasons why no end of a truce can be read, and what to write instead."""
        problems = [problem for problem in snapshot.overview.problems if problem.truce == truce_id]
        return _part(self._refused.render(truce_id=truce_id, problems=problems))

    def _title(self, alert: DeliveryDetail, known: Mapping[str, KnownTruce]) -> str:
        """The title of a delivery, itself alone where it went out in a digest."""
        return self._facts(alert, known.get(alert.delivery.truce or ""), now=alert.delivery.due_at).title

    def _message(self, alert: DeliveryDetail, snapshot: Snapshot, known: KnownTruce) -> SentMessage:
        """The message that a delivery would be, made from what is recorded now."""
        now = alert.row.settled_at or max(alert.row.due_at, snapshot.at)
        made = self._facts(alert, known, now=now, possible_repeat=alert.row.possible_repeat)
        return SentMessage(id="", title=made.title, text=self._renderer.render([made]).text)

    def _facts(
        self, alert: DeliveryDetail, known: KnownTruce | None, *, now: datetime, possible_repeat: bool = False
    ) -> Facts:
        truce = known.truce if known else None
        return facts(
            Notice(
                delivery=alert.delivery,
                truce=truce,
                change=alert.change,
                text=alert.text,
                possible_repeat=possible_repeat,
            ),
            reader=self._reader(alert.delivery),
            truce_zone=self._zone_for(truce.zone) if truce else None,
            now=now,
            late_after=self._settings.policy.late_after,
        )

    def _reader(self, delivery: Delivery) -> Reader:
        zone = next((channel.zone for channel in self._settings.channels if channel.name == delivery.channel), "UTC")
        return Reader(zone_name=zone, zone=self._zone_for(zone))


def _part(html: str) -> Body:
    """The living part of a page; time alone, that a script counts down, makes no other one of it."""
    return Body.of(html, counts=_COUNTDOWN.sub(r"\1", html))


_COUNTDOWN = re.compile(r'(?<=data-count=")([0-9]+">)[^<]*')


def _empty(everything: Overview) -> str:
    return f"alertd {WAITS}." if everything.waits else "No truce is running or announced."


_NEAR = frozenset({Urgency.STAGE_1, Urgency.STAGE_2, Urgency.STAGE_3, Urgency.STAGE_4})


def _how(statement: Record | Termination, *, alive: bool) -> str:
    confirmation = CONFIRMATIONS[statement.confirmation]
    if statement.confirmation is Confirmation.CLAIMED and not alive:
        return f"{confirmation}, and overtaken by what was confirmed or stated later"
    if isinstance(statement, Termination) and statement.is_confirmed and not alive:
        return f"{confirmation}, but another termination counts"
    return confirmation


def countdown(moment: datetime, now: datetime) -> str:
    """The time left, `1 d 04:23:10`; with a plus the time since."""
    seconds = (milliseconds(moment) // 1000) - (milliseconds(now) // 1000)
    days, rest = divmod(abs(seconds), 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{'+' if seconds < 0 else ''}{f'{days} d ' if days else ''}{clock}"


def milliseconds(moment: datetime) -> int:
    """Since 1970, as scripts count."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _printable(value: object) -> object:
    """A text that somebody wrote, without what steers a screen or turns the direction of reading."""
    return without_controls(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _utc(moment: datetime | None) -> str:
    return "" if moment is None else show_utc(moment)


def _source_link(source: str) -> str:
    """The address, where a source is one that a browser may follow; else nothing."""
    return source if source.startswith(("https://", "http://")) else ""
