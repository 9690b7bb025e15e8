"""Problems that `check` finds beyond the register itself, and their looks; what records refuses the same."""

from collections.abc import Sequence

from rich.console import Console

from alertd.cli.context import Context
from alertd.domain.plan import is_unreachable
from alertd.errors import Code, ConfigError, Level, Problem
from alertd.register import ReadTruce
from alertd.times.formats import iso_utc


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
        Problem(
            file=read.file,
            line=read.line,
            truce=read.id,
            level=Level.ERROR,
            code=Code.UNREACHABLE,
            message=f"no channel takes truce {read.id}: give it a channel's tag, or add a channel without tags",
        )
        for read in truces
        if read.truce is not None and is_unreachable(read.truce, subscriptions)
    ]


def show_problem(console: Console, problem: Problem) -> None:
    """A problem with all its readings."""
    console.print(str(problem), style="red" if problem.level is Level.ERROR else "yellow", markup=False)
    for reading in problem.readings:
        console.print(f"    {reading.local} = {iso_utc(reading.utc)}: write {reading.write}", markup=False)
