"""`alertd status`: what is not watched first, then what runs, what comes next, and how the channels fare."""

from alertd.cli.context import LEDGER_NAME, Context
from alertd.cli.daemons_eyes import become_daemon
from alertd.cli.screen import add_row, deliveries_table, screen, show_table, table
from alertd.daemon.instance import signs_of_life
from alertd.daemon.reconcile import surely_ahead
from alertd.domain.outlook import WAITS
from alertd.errors import Code
from alertd.ledger import Ledger, queries, restart_cache
from alertd.status.overview import NEXT, Agenda, Overview, overview
from alertd.status.views import StatusView, dump, moment


def status(context: Context, *, json: bool) -> int:
    """Print where everything stands; returns the exit code, which tells of an end that nobody will be told of.

    Raises `ConfigError` where no truce is.
    """
    become_daemon(context)
    register = context.read_register(context.now)
    signs = signs_of_life(context.settings.state_dir)
    everything = overview(
        _read_ledger(context),
        register.register_problems,
        context.settings,
        context.zones.find,
        context.now,
        clock_doubt=signs.clock_doubt,
    )
    if signs.pid is None and not register.files and not everything.holds:
        raise context.no_truces()
    view = everything.view(tzdata=context.zones.version, pid=signs.pid, last_tick=signs.last_tick)
    if json:
        print(dump(view))  # noqa: T201  the command's output
    else:
        waits = signs.pid is not None and not register.files and everything.waits
        _show(context, view, everything, empty=f"alertd {WAITS}." if waits else "No truce is known.")
    return int(any(problem.code is Code.NOTHING_AHEAD for problem in everything.problems))


def _read_ledger(context: Context) -> Agenda:
    path = context.settings.state_dir / LEDGER_NAME
    if not Ledger.exists(path):
        return Agenda(known={}, listed={}, upcoming=(), health=())
    ledger = Ledger.open_reader(path)
    try:
        return Agenda(
            known=ledger.run(queries.truces),
            listed=ledger.run(restart_cache.index),
            upcoming=ledger.run(queries.upcoming, NEXT),
            health=ledger.run(queries.channels),
            planned=ledger.run(queries.ends_ahead, surely_ahead(context.now)),
        )
    finally:
        ledger.close()


def _show(context: Context, view: StatusView, everything: Overview, *, empty: str) -> None:
    console = screen()
    if view.pid is None:
        last = f"; the last tick was {moment(view.last_tick)}" if view.last_tick else ""
        console.print(
            f"NOT RUNNING: no alertd runs on {context.settings.state_dir}{last}", style="bold red", markup=False
        )
    if everything.clock_doubt is not None:
        console.print(f"CLOCK IN DOUBT: {everything.clock_doubt}", style="bold red", markup=False)
    for truce_id in view.not_watched:
        console.print(f"NOT WATCHED: {truce_id}", style="bold red", markup=False)
    for problem in view.problems:
        console.print(f"{problem.file}:{problem.line}: {problem.level}: {problem.message}", markup=False)
    if view.pid is not None:
        console.print(
            f"alertd {view.version}, process {view.pid}, last tick {moment(view.last_tick)}, zone data {view.tzdata}",
            markup=False,
        )
    truces = table("TRUCE", "STATE", "ENDS", "UTC")
    for truce in view.truces:
        add_row(truces, (truce.id, truce.state, truce.ends_local or truce.end_kind, moment(truce.ends_at)))
    show_table(truces, empty=empty)
    console.print()
    show_table(
        deliveries_table([(one, everything.title_of(one)) for one in everything.agenda.upcoming]),
        empty="Nothing is ahead.",
    )
    console.print()
    channels = table("CHANNEL", "OK", "LAST SUCCESS", "BACKLOG")
    for channel in view.channels:
        ok = "yes" if channel.ok else "NO"
        add_row(channels, (channel.name, ok, moment(channel.last_success), str(channel.backlog)))
    show_table(channels, empty="No channel.")
