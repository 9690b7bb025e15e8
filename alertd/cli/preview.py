"""The preview of an edit of truce files, before anybody writes it: the same for the commands and for the board.

An edit is applied in memory first and read with the reader of the daemon: what `check` would refuse is never written,
and what is shown is what the planner makes of it.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo

from alertd.cli.context import Context
from alertd.cli.problems import unreachable
from alertd.domain.alert import Delivery
from alertd.domain.belated import announced_long_ago
from alertd.domain.change import restored
from alertd.domain.consequence import Consequence, consequence
from alertd.domain.known import as_known
from alertd.domain.notice import Notice
from alertd.domain.quiet import quiet_until
from alertd.domain.statement import Record, Termination
from alertd.domain.truce import Truce, terminated_at
from alertd.errors import AlertdError, Code, Level, Problem
from alertd.message.consequence_line import in_words
from alertd.message.facts import title
from alertd.message.wording import CONFIRMATIONS, end_in_words, named_with_id, parties
from alertd.register import Register
from alertd.register.withdrawals import Withdrawal
from alertd.register.writing import write
from alertd.status.delivery_views import delivery_view
from alertd.status.views import moment
from alertd.times.end import End
from alertd.times.formats import show_end, show_utc
from alertd.toml.positions import KeyPath

QUESTION = "Write it?"
IN_DOUBT = "Is that date right? Write it?"


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

    @property
    def written(self) -> str:
        """As it will be on disk."""
        return self.of.mark + self.text


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


class EditRefused(AlertdError):
    """An edit that is not written, as `check` would refuse it; `problems` say why."""

    def __init__(self, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class Preview:
    """An edit, and all that follows from it."""

    context: Context
    edit: Edit
    old: Truce | None
    new: Truce | None
    follows: Consequence
    warnings: tuple[Problem, ...]
    """The problems that it brings, none of them an error."""
    added: str | None
    """The record that it adds, in its own words; None for another edit."""

    @property
    def record(self) -> str | None:
        """The record that it is about."""
        return self.edit.record if self.edit.record is not None else self.added

    @property
    def question(self) -> str:
        """The question to a person before it is written."""
        in_doubt = any(problem.code is Code.ORDER for problem in self.warnings)
        return IN_DOUBT if in_doubt else QUESTION

    def lines(self) -> Iterator[str]:
        """The consequence, as a person reads it."""
        if self.edit.record is not None:
            yield f"{self.edit.truce}: {self.edit.record}"
        yield from self._changes()
        if self.added is not None:
            yield f"  records {self.added}"

    def _changes(self) -> Iterator[str]:
        truce = self.new or self.old
        if truce is None:
            yield f"{self.edit.truce}: it cannot be read, so nothing is planned for it"
            return
        zone = self.context.zones.find(truce.zone)
        yield f"{named_with_id(truce)}: {in_words(self.follows, zone=zone)}"
        end = self.follows.new_end
        if end is not None and end.at is not None:
            yield f"  ends {show_end(end, zone=zone, zone_name=truce.zone)}"
        for change in self.follows.changes:
            yield f"  tells at once: {change.kind}"

    def write(self) -> None:
        """Write it; raises `ConfigError` where a file has changed meanwhile, or cannot be written."""
        for draft in self.edit.drafts:
            write(self.context.config, draft.of.file, draft.written, expected=draft.of.raw)

    def view(self) -> Mapping[str, object]:
        """The JSON of it."""
        return {
            "file": self.edit.file,
            "line": self.edit.line,
            "record": self.record,
            "old_ends_at": moment(self.follows.old_end.at if self.follows.old_end else None),
            "new_ends_at": moment(self.follows.new_end.at if self.follows.new_end else None),
            "cancelled": self._views(self.follows.cancelled, self.old),
            "planned": self._views(self.follows.planned, self.new),
        }

    def _views(self, deliveries: Iterable[Delivery], truce: Truce | None) -> list[object]:
        quiet_hours = self.context.settings.quiet_hours(self.context.zones.find)
        zone = self.context.zones.find(truce.zone) if truce else None
        return [
            delivery_view(
                delivery,
                title(Notice(delivery=delivery, truce=truce, change=None), truce_zone=zone),
                quiet_until(quiet_hours, delivery),
            )
            for delivery in deliveries
        ]


def preview(context: Context, edit: Edit) -> Preview:
    """Read the register as it would be; raises `EditRefused` for what `check` would refuse."""
    before = edit.before
    after = context.with_texts(before, {draft.of.file: draft.text for draft in edit.drafts}, edit.now)
    old, new = (_known(register, edit) for register in (before, after))
    problems = (
        *_new(before.problems, after.problems),
        *_newly_unreachable(context, before, after),
        *_announced_long_ago(old, new, edit),
    )
    if any(problem.level is Level.ERROR for problem in problems):
        raise EditRefused("nothing was written, as `alertd check` would refuse it", problems)
    if new is None and edit.truce not in after.withdrawn:
        hides = f"nothing was written, as {edit.file} has a mistake that hides the truce: see `alertd check`"
        raise EditRefused(hides, problems)
    follows = _consequence(context, edit, after, old, new)
    added = _new_record(context, after, edit) if edit.record is None else None
    return Preview(context, edit, old, new, follows, problems, added)


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
