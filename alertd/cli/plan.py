"""`alertd plan`: what will be sent, as known at a moment, from the files alone."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from alertd.cli.context import Context
from alertd.cli.duty import rosters
from alertd.cli.screen import deliveries_table, show_table
from alertd.cli.truce_ids import titles_of, unknown_truce
from alertd.domain.alert import Change, Delivery
from alertd.domain.change import changes, recorded
from alertd.domain.coincidence import coincides_with
from alertd.domain.duty import Duties
from alertd.domain.escalation import unanswered
from alertd.domain.known import as_known
from alertd.domain.notice import Notice
from alertd.domain.plan import announce
from alertd.domain.plan import plan as plan_truce
from alertd.domain.quiet import quiet_until
from alertd.domain.truce import Truce, TruceStatus
from alertd.message.facts import title
from alertd.settings import Settings
from alertd.status.delivery_views import delivery_view
from alertd.status.views import dump

HORIZON = timedelta(days=30)


def plan(context: Context, *, at: str | None, until: str | None, truce: str | None, json: bool) -> None:
    """Print the deliveries that are due from `at` to `until`, both included.

    Raises `BadParameter` for a truce that is not in the register.
    """
    register = context.require_truces()
    since = context.now if at is None else context.moment(at, "--at")
    last = since + HORIZON if until is None else context.moment(until, "--until")
    if truce is not None and truce not in {read.id for read in register.truces}:
        there_is_none = f"there is no truce {truce} in the register"
        raise unknown_truce(truce, titles_of(register.truces), there_is_none, param_hint="--truce")
    duties = context.settings.duties(rosters(context, since))
    planned = [
        (delivery, title(notice, truce_zone=context.zones.find(known.zone)))
        for read in register.truces
        if read.truce is not None and truce in (None, read.id)
        for known, notice in _notices(read.truce, context.settings, duties, since, last, future_counts=at is None)
        for delivery in (notice.delivery,)
    ]
    planned.sort(key=lambda pair: pair[0].order)
    quiet_hours = context.settings.quiet_hours(context.zones.find)
    if json:
        views = [delivery_view(delivery, text, quiet_until(quiet_hours, delivery)) for delivery, text in planned]
        print(dump(views))  # noqa: T201  the command's output
    else:
        show_table(deliveries_table(planned, quiet_hours, since), empty="Nothing will be sent in that time.")


def _notices(  # noqa: PLR0913  a truce, by which rules, and from when to when
    truce: Truce, settings: Settings, duties: Duties, since: datetime, last: datetime, *, future_counts: bool
) -> Iterator[tuple[Truce, Notice]]:
    known = as_known(truce, since, future_counts=future_counts)
    if known is None:
        return
    subscriptions = settings.subscriptions()
    for change in _news(truce, known, since):
        announced = announce(known, (change,), subscriptions, due_at=since)
        for delivery in _with_steps(announced, known, duties, last):
            yield known, Notice(delivery=delivery, truce=known, change=change)
    planned = plan_truce(known, subscriptions, settings.policy, reviews_until=last, now=since)
    told = [each for each in planned if since <= each.due_at <= last and coincides_with(known, each) is None]
    for delivery in _with_steps(told, known, duties, last):
        yield known, Notice(delivery=delivery, truce=known, change=None)


def _with_steps(told: Sequence[Delivery], truce: Truce, duties: Duties, last: datetime) -> Iterator[Delivery]:
    """Deliveries, and the steps of escalations that follow them if nobody answers."""
    yield from told

    def is_off(step: Delivery) -> bool:
        return duties.is_off(step, step.due_at)

    yield from (step for step in unanswered(duties.escalations, told, truce, is_off) if step.due_at <= last)


def _news(truce: Truce, known: Truce, since: datetime) -> tuple[Change, ...]:
    """News of this very moment, and so is said now."""
    before = as_known(truce, since - timedelta(microseconds=1))
    if before is None:
        return () if TruceStatus(known, since).is_over else (recorded(known),)
    return changes(before, known)
