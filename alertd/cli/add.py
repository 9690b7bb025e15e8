"""`alertd add`: a new truce, asked for step by step on a terminal, or taken from options alone.

Each answer is read with the grammar of the truce files before the next question is asked, so that a mistake is told
where it is made, with its readings to choose from.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Collection
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import typer

from alertd.cli.author import recorded
from alertd.cli.context import BadTime, Context
from alertd.cli.options import NewTruce
from alertd.cli.preview import Draft, Edit
from alertd.cli.recording import (
    listed,
    open_file,
    read_duration,
    read_with,
    record,
    require_answer,
    truce_file,
)
from alertd.cli.screen import screen
from alertd.cli.times import Hand, Written, exceptions, native
from alertd.errors import Code, ConfigError, TimeRefused
from alertd.register import Register
from alertd.register.editing import Value, add_truce, drop_withdrawn
from alertd.register.files import WITHDRAWN_FILE
from alertd.times.duration import parse_duration, parse_lead

_T = TypeVar("_T")

_ID = re.compile(r"[a-z0-9-]+")
_NOT_ID = re.compile(r"[^a-z0-9]+")
_LONGEST_PROPOSAL = 40
_DURATION = re.compile(
    r"[0-9.]+ ?(?:w|d|h|m|s|weeks?|days?|hours?|hrs?|minutes?|mins?|seconds?|secs?)\b", re.IGNORECASE
)
_WHEN = "when "
_END = "`lasts`, `ends`, `open` or `until_condition`"


def add(  # noqa: PLR0913  a truce, and how to go about it
    context: Context, new: NewTruce, file: Path | None, *, recorded_by: str | None, yes: bool, json: bool
) -> int:
    """Put a new truce into the register; returns the exit code."""
    require_answer(yes=yes)
    context.settings.subscriptions()  # nobody should answer ten questions and then be told that they are broken
    register = context.read_register(context.now)
    asks = not yes and sys.stdin.isatty()
    fields = _Interview(context, register, new, _Questions() if asks else None).fields()
    zone = str(fields["zone"])
    fields |= recorded(Hand(context.zones.find(zone), zone, context.zones.find), context.now, recorded_by)
    truce = str(fields["id"])
    place = open_file(context, truce_file(context, file or Path(f"{truce}.toml")))
    edited = add_truce(place.text, fields)
    drafts = [Draft(place, edited.text)]
    if truce in register.listed:
        withdrawn = open_file(context, WITHDRAWN_FILE)
        drafts.append(Draft(withdrawn, drop_withdrawn(withdrawn.text, WITHDRAWN_FILE, truce)))
    before = read_with(context, register, *(draft.of for draft in drafts))
    edit = Edit(truce, place.file, edited.line, tuple(drafts), before, context.now)
    return record(context, edit, yes=yes, json=json)


class _Questions:
    """Asks a person, again until the answer can be read."""

    def __init__(self) -> None:
        self._console = screen(stderr=True)

    def ask(self, question: str, read: Callable[[str], _T], default: str | None = None) -> _T:
        """An answer that can be read; a number chooses one of the readings of the answer before."""
        readings: tuple[str, ...] = ()
        while True:
            answer: str = typer.prompt(question, default=default or "", show_default=bool(default), err=True)
            if answer.isdecimal() and 0 < int(answer) <= len(readings):
                answer = readings[int(answer) - 1]
            try:
                return read(answer)
            except TimeRefused as refused:
                self._console.print(f"  {refused.message}", markup=False)
                readings = tuple(reading.write for reading in refused.readings)
                if readings:
                    self._console.print("  Write one of these, or its number:", markup=False)
                for number, reading in enumerate(refused.readings, start=1):
                    self._console.print(f"  {number}) {reading.write} is {reading.local}", markup=False)

    def say(self, text: str) -> None:
        """Something to read before the next question."""
        self._console.print(text, markup=False)


class _Interview:
    """The fields of a new truce: from the options, and from answers where a person can be asked."""

    def __init__(self, context: Context, register: Register, new: NewTruce, questions: _Questions | None) -> None:
        self._context = context
        self._register = register
        self._new = new
        self._questions = questions

    def fields(self) -> dict[str, Value]:
        """Every key with its value, in the order of the samples."""
        new = self._new
        self._require()
        if self._questions is not None and not new.title:
            self._questions.say("A new truce. Ctrl-C leaves without writing anything.")
        title = self._get("--title", new.title, "Title, as people will read it", self._title)
        truce = self._get("--id", new.id, "Its id, in short", self._id, default=self._proposal(title))
        zone = self._get("--zone", new.zone, 'Zone of its hours, such as "Asia/Damascus" or "+03:00"', self._zone)
        hand = Hand(self._context.zones.find(zone), zone, self._context.zones.find)
        announced = self._moment(hand, "--announced", new.announced) or hand.now(
            self._context.now.replace(second=0)  # nobody announces seconds, and a window may count from here
        )
        window = self._days() if new.daily else self._window(hand, announced)
        fields: dict[str, Value | None] = {
            "id": truce,
            "title": title,
            "name": new.name,
            "area": new.area,
            "zone": zone,
            "parties": new.parties,
            "tags": self._tags(),
            "announced": announced.value,
            **window,
            "daily": new.daily,
            "days": new.days,
            "except": exceptions(new.except_ or ()),
            "stated_duration": new.stated_duration and read_duration(new.stated_duration, "--stated-duration"),
            **listed("source", self._sources()),
            "lead_times": self._leads("--lead-time", new.lead_times),
            "date_lead_times": self._leads("--date-lead-time", new.date_lead_times),
            "daily_lead_times": self._leads("--daily-lead-time", new.daily_lead_times),
            "start_lead_times": self._leads("--start-lead-time", new.start_lead_times, zero=True),
            "milestone_lead_times": self._leads("--milestone-lead-time", new.milestone_lead_times, zero=True),
            "after": self._leads("--after", new.after),
            "unresolved_every": new.unresolved_every and read_duration(new.unresolved_every, "--unresolved-every"),
            "unresolved_for": new.unresolved_for and read_duration(new.unresolved_for, "--unresolved-for"),
            "note": new.note,
        }
        return {name: value for name, value in fields.items() if value is not None and (value or name in window)}

    def _require(self) -> None:
        """Everything that is needed has to be there if nobody can be asked; all that is missing is told at once."""
        new = self._new
        given = [value for value in (new.ends, new.lasts, new.until_condition, new.open or None) if value is not None]
        if len(given) > 1:
            message = "write exactly one of --ends, --lasts, --open and --until-condition"
            raise typer.BadParameter(message, param_hint="--ends")
        if new.starts is not None and new.starts_condition is not None:
            raise typer.BadParameter("write --starts or --starts-condition, not both", param_hint="--starts")
        if self._questions is not None:
            return
        missing = [f"--{name}" for name in ("title", "id", "zone") if not getattr(new, name)]
        missing += [] if given else ["--ends (or --lasts, --open, --until-condition)"]
        if missing:
            raise typer.BadParameter(f"a truce needs {', '.join(missing)} too", param_hint=missing[0].split()[0])

    def _get(
        self, option: str, given: str | None, question: str, read: Callable[[str], str], default: str | None = None
    ) -> str:
        if given is None and self._questions is not None:
            return self._questions.ask(question, read, default)
        try:
            return read(given or "")
        except TimeRefused as refused:
            raise BadTime(refused, option) from None

    def _title(self, text: str) -> str:
        title = " ".join(text.split())
        if not title:
            raise TimeRefused(Code.MISSING, "a truce needs a title")
        return title

    def _id(self, text: str) -> str:
        if not _ID.fullmatch(text):
            raise TimeRefused(Code.SYNTAX, "an id takes a-z, 0-9 and - alone, such as eastern-ghouta")
        if text in self._taken:
            raise TimeRefused(Code.DUPLICATE_ID, f"the id {text} is taken: `alertd extend {text}` records more of it")
        return text

    @property
    def _taken(self) -> Collection[str]:
        return {read.id for read in self._register.truces}

    def _proposal(self, title: str) -> str | None:
        """An id made of the title's letters; None where it has none that an id takes."""
        plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
        words = _NOT_ID.sub("-", plain).strip("-")
        short = words if len(words) <= _LONGEST_PROPOSAL else words[: _LONGEST_PROPOSAL + 1].rpartition("-")[0]
        name, number = short, 2
        while name in self._taken:
            name, number = f"{short}-{number}", number + 1
        return name or None

    def _zone(self, text: str) -> str:
        self._context.zones.find(text.strip())
        return text.strip()

    def _window(self, hand: Hand, announced: Written) -> dict[str, Value | None]:
        """The keys of the start and the end."""
        starts, begins = self._starts(hand)
        key, end = self._end(hand, max(announced.at, starts.at) if starts else announced.at)
        if starts is None and not begins and key == "lasts":
            starts = announced
        return {"starts": None if starts is None else starts.value, "starts_condition": begins, key: end}

    def _days(self) -> dict[str, Value | None]:
        """The same of a daily pause, as they are written: the reader of truce files says what is wrong with a day."""
        new, asks = self._new, self._questions
        first, last, is_open = new.starts, new.ends, new.open
        if asks is not None and first is None:
            first = asks.ask("Its first day, such as 2025-07-27", str.strip)
        if asks is not None and not (last or is_open or new.until_condition or new.lasts):
            last = asks.ask('Its last day, such as 2025-08-10, or "open"', str.strip)
            last, is_open = (None, True) if last.lower() == "open" else (last, False)
        return {
            "starts": first and native(first),
            "starts_condition": new.starts_condition,
            "ends": last and native(last),
            "lasts": new.lasts,
            "open": is_open or None,
            "until_condition": new.until_condition,
        }

    def _starts(self, hand: Hand) -> tuple[Written | None, str | None]:
        """The moment of its start, or the event that it waits for; neither where it starts with its announcement."""
        new = self._new
        if new.starts is not None or new.starts_condition is not None or self._questions is None:
            return self._moment(hand, "--starts", new.starts), new.starts_condition
        return self._questions.ask(
            'It starts, such as "0100 Sat 30 Apr 2016", or "when both agree" (Enter: when it was announced)',
            lambda text: _any_start(text.strip(), hand),
            default="",
        )

    def _end(self, hand: Hand, reference: datetime) -> tuple[str, Value]:
        new = self._new
        try:
            if new.open:
                return "open", True
            if new.until_condition is not None:
                return "until_condition", new.until_condition
            if new.lasts is not None:
                return "lasts", read_duration(new.lasts, "--lasts")
            if new.ends is not None:
                return "ends", hand.end(new.ends, reference)
        except TimeRefused as refused:
            raise BadTime(refused, "--ends") from None
        if self._questions is None:
            raise ConfigError(f"a truce needs an end: {_END}")
        return self._questions.ask(
            'It ends: "0100 Wed 4 May 2016", how long it lasts ("48h"), "open", or "when the talks are over"',
            lambda text: _any_end(text.strip(), hand, reference),
        )

    def _tags(self) -> list[str] | None:
        """The tags; asked for where no channel takes a truce without one."""
        subscriptions = self._context.settings.subscriptions()
        if self._new.tags or self._questions is None or not all(subscription.tags for subscription in subscriptions):
            return self._new.tags
        known = sorted({tag for subscription in subscriptions for tag in subscription.tags})
        return self._questions.ask(
            f"Tags, by which channels take it ({', '.join(known)})", lambda text: text.replace(",", " ").split()
        )

    def _sources(self) -> list[str] | None:
        if self._new.source or self._questions is None:
            return self._new.source
        source = self._questions.ask("Source: an address, or who said it when (Enter: none)", str.strip, default="")
        return [source] if source else None

    def _moment(self, hand: Hand, option: str, text: str | None) -> Written | None:
        if text is None:
            return None
        try:
            return hand.moment(text)
        except TimeRefused as refused:
            raise BadTime(refused, option) from None

    def _leads(self, option: str, texts: list[str] | None, *, zero: bool = False) -> list[str] | None:
        """Checked as they are; `zero`: `0` is one of them."""
        for text in texts or ():
            if zero and text == "0":
                continue
            try:
                parse_lead(text)
            except TimeRefused as refused:
                raise BadTime(refused, option) from None
        return texts


def _any_start(text: str, hand: Hand) -> tuple[Written | None, str | None]:
    """A start in any of its forms, likewise."""
    if text.lower().startswith(_WHEN):
        return None, text[len(_WHEN) :].strip()
    return hand.moment(text) if text else None, None


def _any_end(text: str, hand: Hand, reference: datetime) -> tuple[str, Value]:
    """An end in any of its forms, by what the text looks like."""
    if text.lower() == "open":
        return "open", True
    if text.lower().startswith(_WHEN):
        return "until_condition", text[len(_WHEN) :].strip()
    if _DURATION.match(text):
        parse_duration(text)
        return "lasts", text
    return "ends", hand.end(text, reference)
