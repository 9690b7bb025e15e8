"""The part that all commands that record have in common: what they read, and how they show, ask and write."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath

import typer

from alertd.cli.context import BadTime, Context
from alertd.cli.preview import Draft, Edit, EditRefused, FileText, preview
from alertd.cli.problems import show_problem
from alertd.cli.screen import screen
from alertd.cli.times import Hand, Written
from alertd.cli.truce_ids import titles_of, unknown_truce
from alertd.daemon.instance import running
from alertd.domain.known import moments_of_knowledge
from alertd.domain.truce import Truce
from alertd.errors import Code, ConfigError, Problem, TimeRefused
from alertd.register import ReadTruce, Register
from alertd.register.editing import Edited, TruceText, Value
from alertd.register.files import FOLDER, WITHDRAWN, WITHDRAWN_FILE
from alertd.register.writing import read_exactly, without_mark
from alertd.status.views import dump
from alertd.times.duration import parse_duration

SOON = timedelta(minutes=1)
"""An announcement so soon after now was recorded a moment ago, each in a second of its own."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The truce that a command speaks of, where it stands, and how its times are written."""

    register: Register
    read: ReadTruce
    place: FileText
    hand: Hand
    now: datetime
    """The first second from now on behind what was recorded in a hurry: what comes later counts later."""

    @property
    def lines(self) -> TruceText:
        """Its lines, ready to be edited."""
        return TruceText(self.place.text, self.place.file, self.read.line)

    def edit(self, edited: Edited, record: str | None = None) -> Edit:
        """The edit to be written, where its lines have been edited; `record` says what becomes of which record."""
        draft = Draft(self.place, edited.text)
        return Edit(self.read.id, self.place.file, edited.line, (draft,), self.register, self.now, record, edited.path)


def require_answer(*, yes: bool) -> None:
    """Nothing is written that nobody has agreed to: raises `BadParameter` where nobody can be asked."""
    if not yes and not sys.stdin.isatty():
        raise typer.BadParameter("nobody can be asked here, as this is no terminal: write --yes", param_hint="--yes")


def ask(question: str, *, yes: bool) -> bool:
    """Ask if to write, unless that is decided already; true where it is agreed."""
    agreed = yes or typer.confirm(question, default=False, err=True)
    if not agreed:
        screen(stderr=True).print("Nothing was written.")
    return agreed


def truce_file(context: Context, named: Path) -> str:
    """The truce file that is named, relative to the config folder; raises `BadParameter` for what can be none."""
    folder = context.config / FOLDER
    path = named if named.is_absolute() else folder / (named.name if named.parts[0] == FOLDER else named)
    name = PurePosixPath(path.name)
    if path.parent.absolute() != folder.absolute() or name.suffix.lower() != ".toml" or str(name).startswith("."):
        raise typer.BadParameter(f"truce files are {FOLDER}/NAME.toml in the config folder", param_hint="--file")
    if str(name) == WITHDRAWN:
        raise typer.BadParameter(f"{WITHDRAWN_FILE} lists what was withdrawn: name another", param_hint="--file")
    return f"{FOLDER}/{name}"


def open_file(context: Context, file: str) -> FileText:
    """A truce file, ready to be edited."""
    raw = read_exactly(context.config, file)
    text, mark = without_mark(raw or "")
    return FileText(file, raw, text, mark)


def subject(context: Context, truce: str) -> Subject:
    """The truce of an id; raises `BadParameter` if it is in no file, `ConfigError` if it cannot be read."""
    register, read, place = locate(context, context.require_truces(), truce)
    if read.truce is None:
        raise ConfigError(f"truce {truce} cannot be read: mend it first", read.problems)
    zone = context.zones.find(read.truce.zone)
    hand = Hand(zone, read.truce.zone, context.zones.find)
    return Subject(register, read, place, hand, _free_second(read.truce, context.now))


def _free_second(truce: Truce, now: datetime) -> datetime:
    taken = [moment for moment in moments_of_knowledge(truce) if now <= moment < now + SOON]
    return max(taken) + timedelta(seconds=1) if taken else now


def locate(context: Context, register: Register, truce: str) -> tuple[Register, ReadTruce, FileText]:
    """A truce with its file, and the register as it is with that very text of the file.

    Raises `ConfigError` where the id stands twice.
    """
    place = open_file(context, _find(register, truce).file)
    register = read_with(context, register, place)
    read = _find(register, truce)
    if any(problem.code is Code.DUPLICATE_ID for problem in read.problems):
        raise ConfigError(f"the id {truce} stands twice, and nobody can tell which is meant", read.problems)
    return register, read, place


def read_with(context: Context, register: Register, *places: FileText) -> Register:
    """The register as it is with these texts."""
    return context.with_texts(
        register, {place.file: place.text for place in places if place.raw is not None}, context.now
    )


def _find(register: Register, truce: str) -> ReadTruce:
    for read in register.truces:
        if read.id == truce:
            return read
    raise unknown_truce(truce, titles_of(register.truces), f"there is no truce {truce} in the register")


def read_duration(text: str, option: str) -> str:
    """A duration as it is written down; raises `BadParameter` for one that cannot be read."""
    try:
        parse_duration(text)
    except TimeRefused as refused:
        raise BadTime(refused, option) from None
    return text.strip()


def read_moment(about: Subject, text: str | None, option: str) -> Written:
    """A moment with a full date as it is written down, now by default; raises likewise."""
    if text is None:
        return about.hand.now(about.now)
    try:
        return about.hand.moment(text)
    except TimeRefused as refused:
        raise BadTime(refused, option) from None


def read_end(about: Subject, text: str, reference: datetime, option: str) -> Value:
    """An end as it is written down; a missing part of its date is counted from the reference. Raises likewise."""
    try:
        return about.hand.end(text, reference)
    except TimeRefused as refused:
        raise BadTime(refused, option) from None


def listed(key: str, texts: list[str] | None) -> dict[str, Value]:
    """One text, or several as a list, or nothing."""
    if not texts:
        return {}
    return {key: texts[0] if len(texts) == 1 else list(texts)}


def record(context: Context, edit: Edit, *, yes: bool, json: bool) -> int:
    """Show what follows from an edit, ask unless told not to, and write; returns the exit code.

    Raises `EditRefused` where nothing was written, as `check` would refuse it.
    """
    try:
        seen = preview(context, edit)
    except EditRefused as refused:
        _show_problems(refused.problems)
        raise
    _show_problems(seen.warnings)
    for line in seen.lines():
        screen(stderr=json).print(line, markup=False)
    if not ask(seen.question, yes=yes):
        return 1
    seen.write()
    if json:
        print(dump(seen.view()))  # noqa: T201  the command's output
        return 0
    told = f" ({seen.record})" if seen.record is not None else ""
    screen().print(f"Written: {edit.file}:{edit.line}{told}", markup=False)
    if running(context.settings.state_dir)[0] is None:
        screen().print("No alertd runs here yet: `alertd run` watches it.", markup=False)
    return 0


def _show_problems(problems: Iterable[Problem]) -> None:
    for problem in problems:
        show_problem(screen(stderr=True), problem)
