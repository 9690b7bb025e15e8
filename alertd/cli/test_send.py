"""`alertd test-channel`: a real send, marked TEST, with each target's own answer."""

import asyncio
import sys
from collections.abc import Sequence
from functools import partial

import typer

from alertd.channels import Outcome, Target
from alertd.channels.console import ConsoleTarget
from alertd.cli.assembly import routes
from alertd.cli.context import Context
from alertd.cli.opening import open_channel
from alertd.cli.screen import add_row, show_table, table
from alertd.cli.truce_ids import titles_of, unknown_truce
from alertd.daemon.route import Route, about_itself, send
from alertd.domain.agenda import Verdict
from alertd.domain.coincidence import coincides_with
from alertd.domain.known import as_known
from alertd.domain.notice import Notice
from alertd.domain.plan import plan
from alertd.domain.policy import Subscription
from alertd.domain.truce import Truce
from alertd.logs.lines import configure
from alertd.message.facts import facts
from alertd.message.values import Message, Reader
from alertd.settings import ChannelSettings
from alertd.status.views import dump
from alertd.times.clock import Clock, SystemClock


def test_channel(context: Context, *, name: str | None, every: bool, truce: str | None, json: bool) -> int:
    """Send to one channel or to all; returns 1 where any target did not take it.

    Raises `BadParameter` where no channel is named, or one that there is not.
    """
    configure(context.log_level or "warning", stream=sys.stderr, tty=sys.stderr.isatty())
    channels = {channel.name for channel in context.settings.channels}
    if (name is None) is not every:
        raise typer.BadParameter("name one channel, or write --all", param_hint="NAME")
    if name is not None and name not in channels:
        raise typer.BadParameter(
            f"there is no channel {name}; there are: {', '.join(sorted(channels))}", param_hint="NAME"
        )
    known = None if truce is None else _truce(context, truce)
    opened = partial(_beside_json if json else open_channel, clock=SystemClock())
    chosen = [route for route in routes(context, opened) if every or route.channel == name]
    outcomes = asyncio.run(_send_all(context, chosen, known))
    if json:
        views = [
            {
                "channel": route.channel,
                "target": route.target.name,
                "outcome": outcome.verdict,
                "detail": outcome.detail or None,
            }
            for route, outcome in zip(chosen, outcomes, strict=True)
        ]
        print(dump(views))  # noqa: T201  the command's output
    else:
        filled = table("CHANNEL", "TARGET", "OUTCOME", "DETAIL")
        for route, outcome in zip(chosen, outcomes, strict=True):
            add_row(filled, (route.channel, route.target.name, outcome.verdict, outcome.detail))
        show_table(filled, empty="No channel.")
    return int(any(outcome.verdict is not Verdict.ACCEPTED for outcome in outcomes))


def _beside_json(channel: ChannelSettings, clock: Clock) -> tuple[Target, ...]:
    """The targets of a channel while standard output carries JSON alone."""
    if channel.kind == "console":
        return tuple(ConsoleTarget(target, sys.stderr) for target in channel.targets)
    return open_channel(channel, clock)


def _truce(context: Context, truce_id: str) -> Truce:
    truces = context.read_register(context.now).truces
    for read in truces:
        known = read.truce and as_known(read.truce, context.now, future_counts=True)
        if read.id == truce_id and known is not None:
            return known
    there_is_none = f"there is no truce {truce_id} that can be read"
    raise unknown_truce(truce_id, titles_of(truces), there_is_none, param_hint="--truce")


async def _send_all(context: Context, chosen: Sequence[Route], truce: Truce | None) -> list[Outcome]:
    notices = [
        _greeting(context, route) if truce is None else _next_reminder(context, route, truce) for route in chosen
    ]
    return await send_all(context, list(zip(chosen, notices, strict=True)), test=True)


async def send_all(context: Context, posts: Sequence[tuple[Route, Notice]], *, test: bool) -> list[Outcome]:
    """Send each notice straight to its target, past the ledger."""
    try:
        return await asyncio.gather(*(_send(context, route, notice, test=test) for route, notice in posts))
    finally:
        await asyncio.gather(*(route.target.aclose() for route, _ in posts))


async def _send(context: Context, route: Route, notice: Notice, *, test: bool) -> Outcome:
    async def compose() -> Message:
        return context.renderer[0].render(
            [
                facts(
                    notice,
                    reader=Reader(zone_name=route.zone_name, zone=context.zones.find(route.zone_name)),
                    truce_zone=context.zones.find(notice.truce.zone) if notice.truce else None,
                    now=context.now,
                    late_after=context.settings.policy.late_after,
                    test=test,
                    as_sms=route.sms,
                )
            ],
            message_id="test" if test else None,
            sms=route.sms,
        )

    outcome, _ = await send(route.target, compose)
    return outcome


def _greeting(context: Context, route: Route) -> Notice:
    return about_itself(route, f"Test of channel {route.channel}. No truce is concerned.", context.now)


def _next_reminder(context: Context, route: Route, truce: Truce) -> Notice:
    """The truce's next reminder as this target would get it."""
    policy = context.settings.policy
    everything = Subscription(channel=route.channel, targets=(route.target.name,))
    ahead = plan(truce, [everything], policy, reviews_until=context.now, now=context.now)
    for delivery in ahead:
        if delivery.due_at >= context.now and coincides_with(truce, delivery) is None:
            return Notice(delivery=delivery, truce=truce, change=None)
    raise typer.BadParameter(f"truce {truce.id} has no reminder ahead", param_hint="--truce")
