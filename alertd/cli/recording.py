"""The part that all commands that record have in common: show what follows from an edit, ask, and write.

An edit is applied in memory first and read with the reader of the daemon: what `check` would refuse is never written,
and what is shown is what the planner makes of it.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from pathlib import Path, PurePosixPath

import typer

from alertd.cli.context import Context, bad_time
from alertd.cli.problems import show_problem, unreachable
from alertd.cli.screen import screen
from alertd.cli.times import Hand, Written
from alertd.cli.truce_ids import titles_of, unknown_truce
from alertd.daemon.instance import running
from alertd.domain.alert import Delivery
from alertd.domain.belated import announced_long_ago
from alertd.domain.change import restored
from alertd.domain.consequence import Consequence, consequence
from alertd.domain.known import as_known, moments_of_knowledge
from alertd.domain.notice import Notice
from alertd.domain.quiet import quiet_until
from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce, terminated_at
from alertd.errors import Code, ConfigError, Level, Problem, TimeRefused
from alertd.message.consequence_line import in_words
from alertd.message.facts import title
from alertd.message.wording import CONFIRMATIONS, end_in_words, named_with_id, parties
from alertd.register import ReadTruce, Register
from alertd.register.editing import Edited, TruceText, Value
from alertd.register.files import FOLDER, WITHDRAWN, WITHDRAWN_FILE
from alertd.register.withdrawals import Withdrawal
from alertd.register.writing import read_exactly, without_mark, write
from alertd.status.delivery_views import delivery_view
from alertd.status.views import dump, moment
from alertd.times.duration import parse_duration
from alertd.times.end import End
from alertd.times.formats import show_end, show_utc
from alertd.toml.positions import KeyPath

SOON = timedelta(minutes=1)
"""An announcement so soon after now was recorded a moment ago, each in a second of its own."""


@dataclass(frozen=True, slots=True)
class FileText:
    """A truce file as it stands, and its text without what no editor shows."""

    file: str
    raw: str | None
    """As it is on disk; None where there is no such file."""
    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A new text for a file."""

    of: FileText
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit that a command is about to write: some files, in this order, all about one truce."""

    truce: str
    file: str
    """The file of the new key."""
    line: int
    drafts: tuple[Draft, ...]
    before: Register
    """As it is with the files that the drafts are drafts of."""
    now: datetime
    record: str | None = None
    """The record that it is about, and what becomes of it; None for a new one."""
    path: KeyPath = ()
    """The table of the truce that has the new key."""


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


def ask(*, yes: bool, in_doubt: bool = False) -> bool:
    """Ask if to write, unless that is decided already; true where it is agreed."""
    question = "Is that date right? Write it?" if in_doubt else "Write it?"
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
        raise bad_time(refused, option) from None
    return text.strip()


def read_moment(about: Subject, text: str | None, option: str) -> Written:
    """A moment with a full date as it is written down, now by default; raises likewise."""
    if text is None:
        return about.hand.now(about.now)
    try:
        return about.hand.moment(text)
    except TimeRefused as refused:
        raise bad_time(refused, option) from None


def read_end(about: Subject, text: str, reference: datetime, option: str) -> Value:
    """An end as it is written down; a missing part of its date is counted from the reference. Raises likewise."""
    try:
        return about.hand.end(text, reference)
    except TimeRefused as refused:
        raise bad_time(refused, option) from None


def listed(key: str, texts: list[str] | None) -> dict[str, Value]:
    """One text, or several as a list, or nothing."""
    if not texts:
        return {}
    return {key: texts[0] if len(texts) == 1 else list(texts)}


def record(context: Context, edit: Edit, *, yes: bool, json: bool) -> int:
    """Show what follows from an edit, ask unless told not to, and write; returns the exit code.

    Raises `ConfigError` where nothing was written, as `check` would refuse it.
    """
    before = edit.before
    after = context.with_texts(before, {draft.of.file: draft.text for draft in edit.drafts}, edit.now)
    old_truce, new_truce = (_known(moment, edit) for moment in (before, after))
    new_problems = [
        *_new(before.problems, after.problems),
        *_newly_unreachable(context, before, after),
        *_announced_long_ago(old_truce, new_truce, edit),
    ]
    for problem in new_problems:
        show_problem(screen(stderr=True), problem)
    if any(problem.level is Level.ERROR for problem in new_problems):
        raise ConfigError("nothing was written, as `alertd check` would refuse it")
    if new_truce is None and edit.truce not in after.withdrawn:
        raise ConfigError(f"nothing was written, as {edit.file} has a mistake that hides the truce: see `alertd check`")
    follows = _consequence(context, edit, after, old_truce, new_truce)
    if edit.record is not None:
        screen(stderr=json).print(f"{edit.truce}: {edit.record}", markup=False)
    _show(context, edit.truce, old_truce, new_truce, follows, stderr=json)
    if edit.record is None and (new_record := _new_record(context, after, edit)) is not None:
        edit = replace(edit, record=new_record)
        screen(stderr=json).print(f"  records {new_record}", markup=False)
    if not ask(yes=yes, in_doubt=any(problem.code is Code.ORDER for problem in new_problems)):
        return 1
    for draft in edit.drafts:
        write(context.config, draft.of.file, draft.of.mark + draft.text, expected=draft.of.raw)
    if json:
        print(dump(_view(context, edit, old_truce, new_truce, follows)))  # noqa: T201  the command's output
    else:
        console = screen()
        told = f" ({edit.record})" if edit.record is not None else ""
        console.print(f"Written: {edit.file}:{edit.line}{told}", markup=False)
        if running(context.settings.state_dir)[0] is None:
            console.print("No alertd runs here yet: `alertd run` watches it.", markup=False)
    return 0


def _consequence(context: Context, edit: Edit, after: Register, old: Truce | None, new: Truce | None) -> Consequence:
    """The consequence of an edit; a truce that is brought back is told as that, and not as a new one."""
    follows = consequence(old, new, context.settings.subscriptions(), context.settings.policy, edit.now)
    is_back = any(read.id == edit.truce and read.withdrawal is Withdrawal.RESTORED for read in after.truces)
    if is_back and follows.changes and old is None and new is not None:
        return replace(follows, changes=(restored(new),))
    return follows


def _known(register: Register, edit: Edit) -> Truce | None:
    """The truce as a running daemon knows it."""
    for read in register.truces:
        if read.id == edit.truce and read.truce is not None:
            return as_known(read.truce, edit.now, future_counts=True)
    return None


def _new_record(context: Context, register: Register, edit: Edit) -> str | None:
    """The record that an edit adds, in its own words and with the end that it states; None for another edit."""
    for read in register.truces:
        if read.id == edit.truce and read.truce is not None and (statement := dict(read.statements).get(edit.path)):
            end = end_stated(statement, context.zones.find(read.truce.zone), read.truce.zone)
            by = f", {parties(statement.stated_by)}" if statement.stated_by else ""
            confirmation = CONFIRMATIONS[statement.confirmation]
            if isinstance(statement, Record):
                return f"{edit.path[0]}, {statement.written}{by}, {confirmation}; its end: {end}"
            stop = terminated_at(read.truce)
            counts_not = statement.is_confirmed and stop not in (None, statement.at)
            other = "; another termination counts, see `alertd show`" if counts_not else ""
            return f"{edit.path[0]}{by}, {confirmation}; its end: {end}{other}"
    return None


def end_stated(statement: Record | Termination, zone: tzinfo, zone_name: str) -> str:
    """The end that a record states, in full."""
    end = End.instant(statement.at) if isinstance(statement, Termination) else statement.end
    return end_in_words(end, zone=zone, zone_name=zone_name)


_LINE = re.compile(r"\bline [0-9]+")


def _new(before: Iterable[Problem], after: Iterable[Problem]) -> list[Problem]:
    """The problems that an edit brings, wherever the others have moved to."""

    def what(problem: Problem) -> tuple[str, str | None, str, str]:
        return problem.file, problem.truce, problem.code, _LINE.sub("line", problem.message)

    known = Counter(map(what, before))
    found = []
    for problem in after:
        known[what(problem)] -= 1
        if known[what(problem)] < 0:
            found.append(problem)
    return found


def _announced_long_ago(old: Truce | None, new: Truce | None, edit: Edit) -> Iterator[Problem]:
    if old is None or new is None:
        return
    for announced in sorted({statement.announced for statement in announced_long_ago(old, new, edit.now)}):
        when = f"{(edit.now - announced).days} d before now, {show_utc(announced, year=True)}"
        message = f"`announced` lies {when}: is its date right?"
        yield Problem(edit.file, edit.line, edit.truce, Level.WARNING, Code.ORDER, message)


def _newly_unreachable(context: Context, before: Register, after: Register) -> list[Problem]:
    known = {problem.truce for problem in unreachable(context, before.truces)}
    return [problem for problem in unreachable(context, after.truces) if problem.truce not in known]


def _show(  # noqa: PLR0913  both forms of a truce and what lies between them
    context: Context, truce_id: str, old: Truce | None, new: Truce | None, follows: Consequence, *, stderr: bool
) -> None:
    console = screen(stderr=stderr)
    truce = new or old
    if truce is None:
        console.print(f"{truce_id}: it cannot be read, so nothing is planned for it", markup=False)
        return
    zone = context.zones.find(truce.zone)
    console.print(f"{named_with_id(truce)}: {in_words(follows, zone=zone)}", markup=False)
    end = follows.new_end
    if end is not None and end.at is not None:
        console.print(f"  ends {show_end(end, zone=zone, zone_name=truce.zone)}", markup=False)
    for change in follows.changes:
        console.print(f"  tells at once: {change.kind}", markup=False)


def _view(
    context: Context, edit: Edit, old: Truce | None, new: Truce | None, follows: Consequence
) -> Mapping[str, object]:
    quiet_hours = context.settings.quiet_hours(context.zones.find)

    def views(deliveries: Iterable[Delivery], truce: Truce | None) -> list[object]:
        zone = context.zones.find(truce.zone) if truce else None
        return [
            delivery_view(
                delivery,
                title(Notice(delivery=delivery, truce=truce, change=None), truce_zone=zone),
                quiet_until(quiet_hours, delivery),
            )
            for delivery in deliveries
        ]

    return {
        "file": edit.file,
        "line": edit.line,
        "record": edit.record,
        "old_ends_at": moment(follows.old_end.at if follows.old_end else None),
        "new_ends_at": moment(follows.new_end.at if follows.new_end else None),
        "cancelled": views(follows.cancelled, old),
        "planned": views(follows.planned, new),
    }
