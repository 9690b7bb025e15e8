"""`alertd status`: what is not watched first, then what runs, what comes next, and how the channels fare."""

from collections.abc import Sequence
from dataclasses import dataclass

from alertd import __version__
from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.screen import add_row, deliveries_table, screen, show_table, table
from alertd.cli.views import View, delivery_view, dump, moment, problem_view, refused_view, truce_view
from alertd.domain.alert import Delivery
from alertd.domain.message import Notice, title
from alertd.domain.truce import is_over
from alertd.judgement import is_watched, not_watched
from alertd.ledger import ChannelHealth, KnownTruce, Ledger, ListedTruce
from alertd.service import running

NEXT = 10
"""How many of the next deliveries are shown."""


@dataclass(frozen=True, slots=True)
class _Agenda:
    """What the ledger holds."""

    known: dict[str, KnownTruce]
    listed: dict[str, ListedTruce]
    upcoming: tuple[Delivery, ...]
    health: tuple[ChannelHealth, ...]


def status(context: Context, *, json: bool) -> None:
    """Print where everything stands."""
    agenda = _read_ledger(context)
    register = context.read_register(context.now)
    on_watch = {truce_id: known for truce_id, known in agenda.known.items() if is_watched(known)}
    held = any(not is_over(known.truce, context.now) for known in on_watch.values())
    if not register.files and not held:
        raise context.no_truces()
    pid, last_tick = running(context.settings.state_dir)
    problems = [*context.settings.problems, *register.problems]
    unread = [read.id for read in register.truces if read.truce is None]
    refused = [truce_id for truce_id in unread if truce_id not in on_watch]
    truces = [
        *(truce_view(known.truce, context.now, problems, context.zones.find) for known in on_watch.values()),
        *(refused_view(truce_id, problems) for truce_id in refused),
    ]
    view: View = {
        "version": __version__,
        "tzdata": context.zones.version,
        "pid": pid,
        "last_tick": moment(last_tick),
        "truces": sorted(truces, key=lambda truce: str(truce["id"])),
        "next": [delivery_view(delivery, _title(context, delivery, agenda)) for delivery in agenda.upcoming],
        "channels": [_channel_view(channel.name, agenda.health) for channel in context.settings.channels],
        "not_watched": not_watched(unread, agenda.listed, context.settings.subscriptions(), context.now),
        "problems": [problem_view(problem) for problem in problems],
    }
    if json:
        print(dump(view))  # noqa: T201  the command's output
    else:
        _show(context, view, agenda)


def _read_ledger(context: Context) -> _Agenda:
    path = context.settings.state_dir / LEDGER_NAME
    if not Ledger.exists(path):
        return _Agenda({}, {}, (), ())
    ledger = Ledger.open_reader(path)
    try:
        return _Agenda(ledger.truces(), ledger.listed(), ledger.upcoming(NEXT), ledger.channels())
    finally:
        ledger.close()


def _title(context: Context, delivery: Delivery, agenda: _Agenda) -> str:
    known = agenda.known.get(delivery.truce or "")
    truce = known.truce if known else None
    zone = context.zones.find(truce.zone) if truce else None
    return title(Notice(delivery=delivery, truce=truce, change=None), truce_zone=zone)


def _channel_view(name: str, health: Sequence[ChannelHealth]) -> View:
    targets = [one for one in health if one.name == name]
    successes = [one.last_success for one in targets if one.last_success is not None]
    return {
        "name": name,
        "ok": all(one.failing_since is None for one in targets),
        "last_success": moment(max(successes, default=None)),
        "backlog": sum(one.backlog for one in targets),
    }


def _show(context: Context, view: View, agenda: _Agenda) -> None:
    console = screen()
    if view["pid"] is None:
        last = f"; the last tick was {view['last_tick']}" if view["last_tick"] else ""
        console.print(
            f"NOT RUNNING: no alertd runs on {context.settings.state_dir}{last}", style="bold red", markup=False
        )
    for truce_id in view["not_watched"]:
        console.print(f"NOT WATCHED: {truce_id}", style="bold red", markup=False)
    for problem in view["problems"]:
        console.print(f"{problem['file']}:{problem['line']}: {problem['level']}: {problem['message']}", markup=False)
    if view["pid"] is not None:
        console.print(
            f"alertd {view['version']}, process {view['pid']}, last tick {view['last_tick']}, "
            f"zone data {view['tzdata']}",
            markup=False,
        )
    truces = table("TRUCE", "STATE", "ENDS", "UTC")
    for truce in view["truces"]:
        add_row(truces, (truce["id"], truce["state"], truce["ends_local"] or truce["end_kind"], truce["ends_at"]))
    show_table(truces, empty="No truce is known.")
    console.print()
    show_table(
        deliveries_table([(one, _title(context, one, agenda)) for one in agenda.upcoming]), empty="Nothing is ahead."
    )
    console.print()
    channels = table("CHANNEL", "OK", "LAST SUCCESS", "BACKLOG")
    for channel in view["channels"]:
        ok = "yes" if channel["ok"] else "NO"
        add_row(channels, (channel["name"], ok, channel["last_success"], str(channel["backlog"])))
    show_table(channels, empty="No channel.")
