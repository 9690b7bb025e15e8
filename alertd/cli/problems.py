"""Problems that `check` finds beyond the register itself, and their looks; what records refuses the same."""

from collections import defaultdict
from collections.abc import Sequence

from rich.console import Console

from alertd.cli.context import Context
from alertd.domain.plan import is_unreachable
from alertd.domain.truce import Truce
from alertd.errors import Code, ConfigError, Level, Problem
from alertd.message.gsm import is_gsm
from alertd.message.moments import reading_in_words
from alertd.message.wording import named
from alertd.register import ReadTruce
from alertd.settings import SMS


def settings_problems(context: Context) -> tuple[Problem, ...]:
    """The problems of the settings, whether or not they can be used."""
    try:
        return context.settings.problems
    except ConfigError as error:
        return error.problems


def unreachable(context: Context, truces: Sequence[ReadTruce]) -> list[Problem]:
    """The truces that no channel takes, as errors."""
    try:
        subscriptions = context.settings.subscriptions()
    except ConfigError:
        return []  # told as problems of the settings already
    return [
        _of_truce(
            read,
            Level.ERROR,
            Code.UNREACHABLE,
            f"no channel takes truce {read.id}: give it a channel's tag, or add a channel without tags",
        )
        for read in truces
        if read.truce is not None and is_unreachable(read.truce, subscriptions)
    ]


def same_names(truces: Sequence[ReadTruce]) -> list[Problem]:
    """The truces of different titles that are called the same where room is short, as warnings."""
    by_name: dict[str, list[tuple[ReadTruce, Truce]]] = defaultdict(list)
    for read in truces:
        if read.truce is not None:
            by_name[named(read.truce)].append((read, read.truce))
    return [
        _of_truce(
            read,
            Level.WARNING,
            Code.MISSING,
            f"titles of alerts call it “{name}”, as {other.id} too: give it a `name` of its own",
        )
        for name, called in by_name.items()
        if len({truce.title for _, truce in called}) > 1
        for read, truce in called
        for other in [next(same for _, same in called if same.id != truce.id)]
    ]


def long_sms(context: Context, truces: Sequence[ReadTruce]) -> list[Problem]:
    """The truces that a channel of SMS takes and whose name its alphabet cannot spell, as warnings."""
    try:
        settings = context.settings
    except ConfigError:
        return []  # told as problems of the settings already
    takers = {channel.name for channel in settings.channels if channel.form == SMS}
    subscriptions = [each for each in settings.subscriptions() if each.channel in takers]
    return [
        _of_truce(
            read,
            Level.WARNING,
            Code.CHANNEL,
            f"an SMS about truce {read.id} goes out in UCS-2 and holds 70 characters, not 160, as its name has letters "
            "that no table of GSM has: give it a `name` in letters such as A to Z",
        )
        for read in truces
        if read.truce is not None
        and any(each.takes_truce(read.truce) for each in subscriptions)
        and not is_gsm(named(read.truce).upper())
    ]


def _of_truce(read: ReadTruce, level: Level, code: Code, message: str) -> Problem:
    """A problem of a truce as a whole, at its first line."""
    return Problem(read.file, read.line, read.id, level, code, message)


def show_problem(console: Console, problem: Problem) -> None:
    """A problem with all its readings."""
    console.print(str(problem), style="red" if problem.level is Level.ERROR else "yellow", markup=False)
    for reading in problem.readings:
        console.print(f"    {reading_in_words(reading)}", markup=False)
