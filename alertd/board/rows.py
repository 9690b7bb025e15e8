"""One line of the board for each truce: what happens next, how near it is, and what is doubtful about it.

Words and ranks, never looks. A line holds until its `valid_until`, so that of a thousand truces only those are worked
out anew that changed or came a stage nearer.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from alertd.domain.alert import Stage
from alertd.domain.pause import next_closing
from alertd.domain.policy import Policy
from alertd.domain.truce import LiveEnd, Owner, State, Truce, TruceStatus, begins
from alertd.ledger import KnownTruce, TruceStanding
from alertd.message.wording import (
    CONFIRMATIONS,
    NAME_LENGTH,
    NO_END,
    clean,
    condition,
    condition_of_start,
    end_in_lineage,
    end_in_words,
    full_title,
    named,
    parties,
)
from alertd.status.overview import Overview
from alertd.times.end import NEVER, EndKind
from alertd.times.formats import short_local, show, show_local, show_utc
from alertd.times.instant import ZoneLookup

NEAREST = 4
"""The rank of a truce whose tightest stage has passed."""

LAPSED_STAYS = timedelta(hours=24)
"""The least time for which a truce that lapsed stays in sight; it does as long as it is asked about."""


class Urgency(StrEnum):
    """The look of a line; a shape and a word go with each, never a colour alone."""

    EXPIRED = "expired"
    STAGE_4 = "stage-4"
    STAGE_3 = "stage-3"
    STAGE_2 = "stage-2"
    STAGE_1 = "stage-1"
    FAR = "far"
    AHEAD = "ahead"
    """Announced, and not begun."""
    OPEN = "open"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A truce as a line of the board."""

    status: TruceStatus
    """As of the moment at which the line was made; its state and its end hold for as long as the line."""
    name: str
    title: str
    """Its title in full."""
    area: str
    urgency: Urgency
    label: str
    """The look in words: `under 6 h`."""
    leads_to: datetime | None
    """The moment that the countdown leads to; None where no end is agreed."""
    whose: str
    """Whose end that is."""
    local: str
    """That end where the truce is, without the zone."""
    place: str
    """The zone, with its offset then."""
    utc: str
    is_day: bool
    """True if that end is a day: then it is the beginning of that day."""
    begins: str
    """Of a truce that has not begun its start, or what that waits for; else empty."""
    others: tuple[str, ...]
    """Every other end that somebody stands by, and what is doubtful."""
    lineage: str
    warnings: tuple[str, ...]
    """Reasons why this line may not be the whole truth: held, kept in an older form, partly read."""
    valid_until: datetime

    @property
    def id(self) -> str:
        """The id of the truce."""
        return self.status.truce.id

    @property
    def order(self) -> tuple[datetime, str]:
        """The soonest end first."""
        return self.leads_to or NEVER, self.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rows that belong together."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Every line, in the order of the board."""

    ahead: tuple[Row, ...]
    """Running or announced; soonest end first."""
    expired: tuple[Row, ...]
    """Lapsed not long ago, or asked about; the last to end first."""
    ended: tuple[Row, ...]
    """Over; the last to end first."""
    by_id: Mapping[str, Row]
    valid_until: datetime

    @property
    def current(self) -> tuple[Row, ...]:
        """Those that have expired, then those whose end lies ahead."""
        return self.expired + self.ahead

    def by_area(self) -> tuple[Group, ...]:
        """The current ones by their area, and the areas by what is soonest in them."""
        return _grouped((row.area or "no area", row) for row in self.current)

    def by_tag(self) -> tuple[Group, ...]:
        """The current ones by their tags; one with several stands under each."""
        return _grouped((tag, row) for row in self.current for tag in row.status.truce.tags or ("no tag",))


class RowMaker:
    """Makes lines, and keeps each for as long as it holds."""

    def __init__(self, policy: Policy, zone_for: ZoneLookup) -> None:
        self._policy = policy
        self._zone_for = zone_for
        self._kept: dict[str, tuple[tuple[object, ...], Row]] = {}

    def rows(self, everything: Overview) -> Rows:
        """The lines of all that is on watch."""
        now = everything.now
        doubtful = {problem.truce for problem in everything.problems if problem.level == "error"}
        rows = [self._row(known, now, in_error=id_ in doubtful) for id_, known in everything.on_watch.items()]
        self._kept = {row.id: self._kept[row.id] for row in rows}
        return _rows(rows, now)

    def _row(self, known: KnownTruce, now: datetime, *, in_error: bool) -> Row:
        key = (known.fingerprint, known.standing, in_error, self._zone_for(known.truce.zone))
        kept = self._kept.get(known.truce.id)
        if kept is not None and kept[0] == key and now < kept[1].valid_until:
            return kept[1]
        row = make_row(
            known.truce,
            self._policy,
            self._zone_for(known.truce.zone),
            now,
            warnings=tuple(_warnings(known, in_error=in_error)),
        )
        self._kept[known.truce.id] = (key, row)
        return row


def _rows(rows: Sequence[Row], now: datetime) -> Rows:
    past = {Urgency.ENDED, Urgency.EXPIRED}
    latest = sorted(rows, key=lambda row: row.order, reverse=True)
    return Rows(
        ahead=tuple(row for row in reversed(latest) if row.urgency not in past),
        expired=tuple(row for row in latest if row.urgency is Urgency.EXPIRED),
        ended=tuple(row for row in latest if row.urgency is Urgency.ENDED),
        by_id={row.id: row for row in rows},
        valid_until=min((row.valid_until for row in rows if row.valid_until > now), default=NEVER),
    )


def _grouped(named: Iterable[tuple[str, Row]]) -> tuple[Group, ...]:
    groups: dict[str, list[Row]] = {}
    for name, row in named:
        groups.setdefault(name, []).append(row)
    return tuple(Group(name=name, rows=tuple(rows)) for name, rows in groups.items())


def _warnings(known: KnownTruce, *, in_error: bool) -> Iterator[str]:
    if known.standing is TruceStanding.HELD:
        yield f"held: it is gone from {known.file}, and watched until that is confirmed"
    if known.truce.left_out:
        yield f"watched by what can be read of it: {'; '.join(known.truce.left_out)}"
    elif in_error:
        yield f"kept in its last good form: {known.file} has an error"


def make_row(truce: Truce, policy: Policy, zone: tzinfo, now: datetime, *, warnings: tuple[str, ...] = ()) -> Row:
    """The line of one truce at a moment."""
    status = TruceStatus(truce, now)
    next_end = _next_end(status)
    at = status.end.at if next_end is None else next_end.end.at
    urgency, label, valid_until = _urgency(status, policy, at)
    if status.state in (State.ANNOUNCED, State.RUNNING):
        label, valid_until = _today(status, zone, label, valid_until)
    local, _, offset = _local(truce, next_end, at, zone).partition(f" {truce.zone}")
    chain = [end_in_lineage(live.end, zone=zone) for live in status.chain]
    return Row(
        status=status,
        name=named(truce),
        title=full_title(truce),
        area=clean(truce.area or "", NAME_LENGTH),
        urgency=urgency,
        label=label,
        leads_to=at,
        whose=_whose(status, next_end),
        local=local,
        place=f"{truce.zone}{offset}",
        utc="" if at is None else show_utc(at),
        is_day=next_end is not None and next_end.end.kind is EndKind.DATE,
        begins=_begins(status, zone),
        others=tuple(_others(status, next_end, zone)),
        lineage=" → ".join(chain) if len(chain) > 1 else "",
        warnings=warnings,
        valid_until=valid_until,
    )


def _begins(status: TruceStatus, zone: tzinfo) -> str:
    if status.state is not State.ANNOUNCED:
        return ""
    if status.truce.waits_to_begin:
        return condition_of_start(status.truce)
    return f"starts {show(begins(status.truce), zone=zone, zone_name=status.truce.zone)}"


def _today(status: TruceStatus, zone: tzinfo, label: str, until: datetime) -> tuple[str, datetime]:
    """Of a daily pause if it is open now, and until when; of any other truce the label as it is."""
    window = next_closing(status.truce, status.at)
    if window is None:
        return label, until
    is_open = window.opens <= status.at
    turns = window.closes if is_open else window.opens
    return f"{'open' if is_open else 'closed'} until {short_local(turns, zone=zone)}", min(until, turns)


def _next_end(status: TruceStatus) -> LiveEnd | None:
    """The next watched end, whoever stands by it; the expiry where all have passed, None where it has no moment."""
    if status.state is State.TERMINATED:
        return None
    ends = status.watched_ends
    ahead = [live for live in ends if live.end.surely_over > status.at]
    expiry = [live for live in ends if live.owner is Owner.EXPIRY]
    return min(ahead, key=lambda live: live.end.order, default=expiry[0] if expiry else None)


def _urgency(status: TruceStatus, policy: Policy, at: datetime | None) -> tuple[Urgency, str, datetime]:
    """The look, its word, and until when both hold."""
    if status.state is State.TERMINATED:
        return Urgency.ENDED, "terminated", NEVER
    if status.state is State.CLOSED:
        return Urgency.ENDED, "expired, closed", NEVER
    if status.state is State.LAPSED:
        stays = max(policy.unresolved_for_of(status.truce), LAPSED_STAYS)
        left = status.end.surely_over - status.at + stays
        urgency, until = (Urgency.EXPIRED, status.at + left) if left > timedelta() else (Urgency.ENDED, NEVER)
        return urgency, "expired, unresolved", until
    start = begins(status.truce) if status.state is State.ANNOUNCED else NEVER
    if at is None:
        label = "ends on a condition" if status.end.kind is EndKind.CONDITIONAL else NO_END
        urgency, holds = Urgency.OPEN, NEVER
    else:
        urgency, label, holds = _nearness(status, policy, at)
    if status.state is State.ANNOUNCED and urgency in (Urgency.FAR, Urgency.OPEN):
        urgency, label = Urgency.AHEAD, "not begun"
    return urgency, label, min(start, holds)


def _nearness(status: TruceStatus, policy: Policy, at: datetime) -> tuple[Urgency, str, datetime]:
    """The nearness of an end, in stages of the truce's own ladder: the tightest is the nearest, whatever it is."""
    end = next((live.end for live in status.watched_ends if live.end.at == at), None)
    left = at - status.at
    if left <= timedelta():  # a day that has begun, at some hour of which it may end
        return Urgency.STAGE_4, "may end at any time today", at if end is None else end.surely_over
    is_day = end is not None and end.kind is EndKind.DATE
    leads = sorted(policy.date_lead_times_of(status.truce) if is_day else policy.lead_times_of(status.truce))
    for index, lead in enumerate(leads):
        if left <= lead:
            tighter = leads[index - 1] if index else timedelta()
            rank = max(NEAREST - index, 1)
            return Urgency(f"stage-{rank}"), f"under {_spoken(lead)}", at - tighter
    label = f"over {_spoken(leads[-1])}" if leads else "running"
    return Urgency.FAR, label, at - leads[-1] if leads else at


def _spoken(lead: timedelta) -> str:
    text = str(Stage.before(lead))
    return f"{text[:-1]} {({'h': 'h', 'm': 'min', 's': 's'})[text[-1]]}"


def _whose(status: TruceStatus, live: LiveEnd | None) -> str:
    if status.state is State.TERMINATED:
        return "terminated"
    if live is None:
        end = status.expiry
        return f"condition: {condition(end)}" if end.kind is EndKind.CONDITIONAL else NO_END
    if live.owner is Owner.EXPIRY:
        return "agreed end"
    return _stated(live)


def _stated(live: LiveEnd) -> str:
    what = "termination" if live.owner is Owner.TERMINATION else "end"
    if live.statement is None:
        return f"agreed {what}"
    return f"{what} stated by {parties(live.statement.stated_by)}, {CONFIRMATIONS[live.statement.confirmation]}"


def _local(truce: Truce, live: LiveEnd | None, at: datetime | None, zone: tzinfo) -> str:
    if at is None:
        return ""
    if live is not None and live.end.kind is EndKind.DATE:
        return end_in_words(live.end, zone=zone, zone_name=truce.zone)
    return show_local(at, zone=zone, zone_name=truce.zone)


def _others(status: TruceStatus, chosen: LiveEnd | None, zone: tzinfo) -> Iterator[str]:
    """Other statements, and hours that mean two things."""
    if chosen is not None and chosen.end.second is not None:
        later = show_local(chosen.end.second, zone=zone, zone_name=status.truce.zone)
        yield f"this hour comes twice, the earlier one counts; the later one is {later}"
    for live in status.live_ends:
        if live == chosen or (live.owner is Owner.EXPIRY and live.end.at is None):
            continue
        end = end_in_lineage(live.end, zone=zone)
        if live.owner is Owner.EXPIRY:
            yield f"agreed end: {end}"
        else:
            yield f"{end}: {_stated(live)}"
