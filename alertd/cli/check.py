"""`alertd check`: settings and register read as the daemon would, and every problem told with file and line."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from alertd.cli.context import Context
from alertd.cli.daemons_eyes import become_daemon, unreadable
from alertd.cli.opening import closed_channels
from alertd.cli.problems import long_sms, same_names, settings_problems, show_problem, unreachable
from alertd.cli.screen import add_row, screen, show_table, state_in_words, table
from alertd.cli.zone_doubts import zone_doubts
from alertd.domain.known import as_known
from alertd.domain.truce import State, Truce, TruceStatus
from alertd.errors import ConfigError, LedgerError, Level, Problem
from alertd.message.links import Links
from alertd.message.wording import plural
from alertd.register import ReadTruce
from alertd.times.formats import dtg, show_end


def check(context: Context, *, at: str | None, strict: bool, json: bool) -> int:
    """Print what was read and what is wrong with it; returns the exit code, raises `ConfigError` where no truce is."""
    now = context.now if at is None else context.moment(at, "--at")
    settings = (*settings_problems(context), *closed_channels(context))
    become_daemon(context)
    register = context.read_register(now)
    known = [(read, read.truce and as_known(read.truce, now, future_counts=True)) for read in register.truces]
    problems = sorted(
        (
            *settings,
            *unreadable(context),
            *context.template_problems,
            *register.problems,
            *unreachable(context, register.truces),
            *same_names(register.truces),
            *long_sms(context, register.truces),
            *zone_doubts(context, known, now),
            *_duty(context, now),
            *(_silent(context) if at is None else ()),
        ),
        key=lambda problem: (problem.file, problem.line),
    )
    if not register.files:
        raise context.no_truces(problems)
    if json:
        from alertd.status.views import dump, problem_places, refused_view, truce_view  # noqa: PLC0415  JSON alone

        places, links = problem_places(problems), _links(context)
        truces = [
            refused_view(read.id, places)
            if truce is None
            else truce_view(truce, now, places, context.zones.find, links)
            for read, truce in known
        ]
        print(dump({"truces": truces, "problems": problems}))  # noqa: T201
    else:
        _show(context, known, problems, now)
    worst = {problem.level for problem in problems}
    return int(Level.ERROR in worst or (strict and bool(worst)))


def _links(context: Context) -> Links | None:
    """The addresses of the pages of truces; None where the board has none, or the settings cannot be read."""
    try:
        board = context.settings.board
    except ConfigError:  # told as a problem of the settings
        return None
    return None if board is None else board.links


def _duty(context: Context, now: datetime) -> Sequence[Problem]:
    """The problems of the duty lists, where there are some: reading one takes half a second."""
    try:
        if not context.settings.duty:
            return ()
    except ConfigError:  # told as problems of the settings
        return ()
    from alertd.cli.duty import duty_problems  # noqa: PLC0415  what only duty lists need

    return duty_problems(context, now)


def _silent(context: Context) -> tuple[Problem, ...]:
    """The ends of which nobody will be told, where a daemon has a ledger: most checks start without one, in no time."""
    try:
        address = context.ledger_address
    except (ConfigError, LedgerError):  # told as problems of the settings
        return ()
    if isinstance(address, Path) and not os.path.lexists(address):
        return ()
    from alertd.cli.silent import silent  # noqa: PLC0415  half a second that only a ledger needs

    return silent(context)


def _show(
    context: Context,
    known: Sequence[tuple[ReadTruce, Truce | None]],
    problems: Sequence[Problem],
    now: datetime,
) -> None:
    console = screen()
    for problem in problems:
        show_problem(console, problem)
    filled = table("TRUCE", "STATE", "ENDS", "DTG")
    for read, truce in known:
        add_row(filled, (read.id, *_cells(context, truce, now)))
    show_table(filled, empty="")
    errors = sum(problem.level is Level.ERROR for problem in problems)
    console.print(
        f"{plural(len(known), 'truce')}, {plural(errors, 'error')}, {plural(len(problems) - errors, 'warning')}; "
        f"zone data {context.zones.version} ({context.zones.source})",
        markup=False,
    )


def _cells(context: Context, truce: Truce | None, now: datetime) -> tuple[str, str, str]:
    if truce is None:
        return State.REFUSED, "not watched: no end can be read", "-"
    status = TruceStatus(truce, now)
    state = state_in_words(status, context.zones.find(truce.zone))
    if status.end.at is None:
        return state, status.end.condition or "open", "-"
    shown = show_end(status.end, zone=context.zones.find(truce.zone), zone_name=truce.zone)
    return state, shown, dtg(status.end.at)
