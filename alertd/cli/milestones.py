"""`alertd met` and `alertd missed`: what became of a milestone, in its table."""

import typer

from alertd.cli.author import recorded
from alertd.cli.context import Context
from alertd.cli.options import NewAct
from alertd.cli.recording import Subject, listed, read_moment, record, require_answer, subject
from alertd.domain.milestone import Milestone
from alertd.errors import ConfigError
from alertd.message.wording import SENTENCE_LENGTH, clean
from alertd.register.milestones import ANSWERS, MILESTONE
from alertd.toml.load import TomlTable, tables_at
from alertd.toml.positions import KeyPath
from alertd.toml.validation import as_tuple


def answer(  # noqa: PLR0913  an answer, and how to go about it
    context: Context, truce: str, milestone: str, key: str, new: NewAct, *, yes: bool, json: bool
) -> int:
    """Record at `key`, which is `met` or `missed`, when that was; returns the exit code.

    Raises `ConfigError` where that is recorded already, or the truce has no milestones.
    """
    require_answer(yes=yes)
    about = subject(context, truce)
    path, table = _named(about, milestone)
    decided = [name for name in ANSWERS if name in table]
    void = _is_void(about, milestone)
    if key in table and not void:
        raise ConfigError(f"milestone {milestone} of truce {truce} is recorded as {key} already")
    at = read_moment(about, new.at, "--at")
    fields = {key: at.value, **recorded(about.hand, about.now, new.recorded_by, of="decision")}
    if new.source:
        fields |= listed("source", [*_sources(table), *new.source])
    edited = about.lines.with_keys(path, fields, without=[name for name in decided if void and name != key])
    return record(context, about.edit(edited, f"milestone {milestone} is {key}"), yes=yes, json=json)


def _is_void(about: Subject, name: str) -> bool:
    """True if what is recorded of a milestone counts as never made."""
    milestones = about.read.truce.milestones if about.read.truce else ()
    return any(milestone.id == name and milestone.void is not None for milestone in milestones)


def _named(about: Subject, name: str) -> tuple[KeyPath, TomlTable]:
    """The table of a milestone, and its place; raises `BadParameter` with all ids for one that is none."""
    tables = tables_at(about.lines.table, MILESTONE)
    for index, table in enumerate(tables):
        if table.get("id") == name:
            return (MILESTONE, index), table
    if not tables:
        raise ConfigError(f"truce {about.read.id} has no milestones: write [[truce.milestone]] in {about.place.file}")
    known = "".join(f"\n  {_shown(each)}" for each in (about.read.truce.milestones if about.read.truce else ()))
    raise typer.BadParameter(f"truce {about.read.id} has no milestone {name}; it has:{known}", param_hint="MILESTONE")


def _shown(milestone: Milestone) -> str:
    return f"{milestone.id}: {clean(milestone.what, SENTENCE_LENGTH)}, {milestone.state}"


def _sources(table: TomlTable) -> tuple[str, ...]:
    sources = as_tuple(table.get("source", ()))
    return tuple(map(str, sources)) if isinstance(sources, tuple) else ()
