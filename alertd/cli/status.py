"""`alertd status`: what is not watched first, then what runs, the warnings, what comes next, and the channels."""

from collections.abc import Mapping
from contextlib import closing

from alertd.cli.context import Context
from alertd.cli.daemons_eyes import become_daemon
from alertd.cli.ledger import ledger_trouble, lock_trouble, planner
from alertd.cli.problems import show_problem
from alertd.cli.screen import add_row, deliveries_table, screen, show_table, state_in_words, table
from alertd.daemon.instance import signs_of_life
from alertd.daemon.reconcile import surely_ahead
from alertd.daemon.stale_files import with_stale_files
from alertd.domain.duty import Roster
from alertd.domain.outlook import WAITS
from alertd.domain.truce import State, TruceStatus
from alertd.errors import Code, Level
from alertd.ledger import FileContents, Ledger, beyond, queries, restart_cache
from alertd.register import RegisterProblems, contents
from alertd.status.duty_views import on_duty_in_words, until_in_words
from alertd.status.overview import NEXT, LedgerContent, Overview, overview, with_ledger_trouble
from alertd.status.views import StatusView, dump, moment, unresolved_first
from alertd.times.formats import show_end

_NOTHING = LedgerContent(known={}, listed={}, upcoming=(), health=())

_UNREAD = "Not known: the ledger is not in its place."

_WORTH_A_CODE = frozenset({Code.NOTHING_AHEAD, Code.LEDGER})
"""The problems that make the command end with 1."""


def status(context: Context, *, json: bool) -> int:
    """Print where everything stands; returns the exit code.

    It tells of an end that nobody will be told of, and of a ledger that is not in its place. Raises `ConfigError`
    where no truce is.
    """
    become_daemon(context)
    register = context.read_register(context.now)
    signs = signs_of_life(context.settings.state_dir)
    unread = ledger_trouble(context.ledger_address, signs)
    trouble = unread or lock_trouble(context.settings.state_dir, signs)
    content, found = _NOTHING, register.register_problems
    if unread is None:
        content, found = _read_ledger(context, found)
    everything = overview(
        content,
        with_ledger_trouble(found, trouble),
        context.settings,
        context.zones.find,
        context.now,
        clock_doubt=signs.clock_doubt,
        rosters=_rosters(context),
    )
    if signs.pid is None and not register.files and not everything.holds:
        raise context.no_truces()
    view = everything.view(tzdata=context.zones.version, pid=signs.pid, last_tick=signs.last_tick)
    if json:
        print(dump(view))  # noqa: T201  the command's output
    else:
        waits = signs.pid is not None and not register.files and everything.waits
        empty = f"alertd {WAITS}." if waits else "No truce is known."
        if unread is not None:
            _show(context, view, everything, empty=_UNREAD, nothing_ahead=_UNREAD)
        else:
            _show(context, view, everything, empty=empty, nothing_ahead="Nothing is ahead.")
    return int(any(problem.code in _WORTH_A_CODE for problem in everything.problems))


def _rosters(context: Context) -> Mapping[str, Roster | None]:
    """The duty lists as the daemon read them last."""
    if not context.settings.duty:
        return {}
    from alertd.duty import Kept  # noqa: PLC0415  what only duty lists need

    return Kept(context.settings.state_dir).rosters()


def _read_ledger(context: Context, found: RegisterProblems) -> tuple[LedgerContent, RegisterProblems]:
    """The content of the ledger, and the problems of the register with what the ledger knows of its files."""
    path = context.ledger_address
    if not Ledger.exists(path):
        return _NOTHING, found
    with closing(Ledger.open_reader(path)) as ledger:
        content = LedgerContent(
            known=ledger.run(queries.truces),
            listed=ledger.run(restart_cache.index),
            upcoming=ledger.run(beyond.upcoming, NEXT, planner(context)),
            health=ledger.run(queries.channels),
            belated=ledger.run(queries.belated),
            planned=ledger.run(queries.ends_ahead, surely_ahead(context.now)),
            active_node=ledger.active_node(),
        )
        own = FileContents(node=context.node, of=contents(context.config))
        return content, with_stale_files(found, ledger, own)


def _show_troubles(context: Context, view: StatusView, everything: Overview) -> None:
    """Print what keeps alertd from watching: it stands before everything else."""
    console = screen()
    if view.pid is None:
        last = f"; the last tick was {moment(view.last_tick)}" if view.last_tick else ""
        console.print(
            f"NOT RUNNING: no alertd runs on {context.settings.state_dir}{last}", style="bold red", markup=False
        )
    if view.active_node is None and everything.shares_ledger:
        console.print("NO NODE IS ACTIVE: nobody sends what comes due", style="bold red", markup=False)
    for problem in view.problems:
        if problem.code is Code.LEDGER:
            console.print(f"LEDGER NOT IN ITS PLACE: {problem.message}", style="bold red", markup=False)
    if everything.clock_doubt is not None:
        console.print(f"CLOCK IN DOUBT: {everything.clock_doubt}", style="bold red", markup=False)
    for truce_id in view.not_watched:
        console.print(f"NOT WATCHED: {truce_id}", style="bold red", markup=False)
    for problem in view.problems:
        if problem.level is Level.ERROR and problem.code is not Code.LEDGER:
            show_problem(console, problem)


def _show(context: Context, view: StatusView, everything: Overview, *, empty: str, nothing_ahead: str) -> None:
    _show_troubles(context, view, everything)
    console = screen()
    if view.pid is not None:
        console.print(
            f"alertd {view.version}, process {view.pid}, last tick {moment(view.last_tick)}, zone data {view.tzdata}"
            + (f", node {view.node}: {everything.role_in_words}" if everything.shares_ledger else ""),
            markup=False,
        )
    truces = table("TRUCE", "STATE", "ENDS")
    for truce in sorted(view.truces, key=unresolved_first):
        add_row(truces, (truce.id, *_state_and_end(context, truce.id, everything)))
    show_table(truces, empty=empty)
    for problem in view.problems:
        if problem.level is Level.WARNING:
            show_problem(console, problem)
    console.print()
    show_table(
        deliveries_table(
            [(delivery, everything.title_of(delivery)) for delivery in everything.content.upcoming],
            everything.quiet_hours,
            context.now,
        ),
        empty=nothing_ahead,
    )
    console.print()
    if view.duty:
        duties = table("DUTY", "ON DUTY", "UNTIL")
        for duty in view.duty:
            until = until_in_words(duty, context.settings, context.now, context.zones.find)
            add_row(duties, (duty.name, on_duty_in_words(duty), until))
        show_table(duties, empty="")
        console.print()
    channels = table("CHANNEL", "OK", "LAST SUCCESS", "BACKLOG")
    for channel in view.channels:
        ok = "yes" if channel.ok else f"NO: {channel.reason}" if channel.reason else "NO"
        add_row(channels, (channel.name, ok, moment(channel.last_success), str(channel.backlog)))
    show_table(channels, empty="No channel.")


def _state_and_end(context: Context, truce_id: str, everything: Overview) -> tuple[str, str]:
    """The state of a truce, and its end as messages say it; a dash where none can be read."""
    known = everything.on_watch.get(truce_id)
    if known is None:
        return State.REFUSED, "-"
    truce = known.truce
    status, zone = TruceStatus(truce, context.now), context.zones.find(truce.zone)
    state, end = state_in_words(status, zone), status.end
    if end.at is None:
        return state, end.condition or "open"
    return state, show_end(end, zone=zone, zone_name=truce.zone)
