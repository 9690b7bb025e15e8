"""The grammar of times: from the text that people write, or a value that TOML has read, to its parts.

The scanner is strict and knows whole forms only: what it does not recognise is refused, never skipped. Nothing here
knows a zone's rules or a reference: `0100 Wed` stays that.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache

from alertd.errors import Code, TimeRefused
from alertd.times.expression import FORMS, LONGEST_TEXT, DatePart, Expression, quote
from alertd.times.parts import CENTURY, MONTHS_A_YEAR, WHOLE_DAY, Parts, time_of
from alertd.times.vocabulary import ABBREVIATIONS, ADVICE, MONTHS, RELATIVE_DAYS, WEEKDAYS
from alertd.times.wall import FIRST_YEAR, LAST_YEAR, offset_text
from alertd.times.zone_forms import (
    letter_offset,
    take_abbreviation,
    take_bracketed_offset,
    take_glued_offset,
    take_letter,
    take_lone_letter,
    take_offset_from_utc,
    take_zone,
)

_NOON = timedelta(hours=12)

_SHORTEST_NAME = 3

_SHORT_YEAR_DIGITS = 2


def _form(pattern: str) -> re.Pattern[str]:
    """A form stands alone between spaces."""
    return re.compile(rf"(?:{pattern})(?!\S)", re.IGNORECASE | re.ASCII)


def _names(names: tuple[str, ...]) -> str:
    """Long and short names as a pattern; `Sept`, `Tues` and `Thurs` are common enough."""
    longer = {"September": "Sept", "Tuesday": "Tues", "Thursday": "Thurs"}
    alternatives = [form for name in names for form in (name, longer.get(name, name), name[:_SHORTEST_NAME])]
    return "|".join(alternatives)


def _numbers(names: tuple[str, ...]) -> dict[str, int]:
    """The place of each name, from 0, by the small letters of its short form."""
    return {name[:_SHORTEST_NAME].lower(): number for number, name in enumerate(names)}


_MONTH_NUMBERS, _WEEKDAY_NUMBERS = _numbers(MONTHS), _numbers(WEEKDAYS)


def _number_of(name: str, numbers: dict[str, int]) -> int:
    """The place of a name, long or short, from 0."""
    return numbers[name[:_SHORTEST_NAME].lower()]


_MONTH = f"(?P<month>{_names(MONTHS)})"

_OFFSET = r"[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?"

_DATE_TIME_GROUP = re.compile(
    rf"(?P<day>[0-9]{{2}}) ?(?P<hour>[0-9]{{2}})(?P<minute>[0-9]{{2}})(?P<second>[0-9]{{2}})? ?(?P<letter>[A-Z])?"
    rf" ?{_MONTH} ?(?P<year>[0-9]{{2}}(?:[0-9]{{2}})?)?",
    re.IGNORECASE | re.ASCII,
)

_CITY = re.compile(r"[A-Z][A-Za-z_-]+")
"""At the end of a text: not a zone's name, but whoever finds zones can say which was meant."""

_DIGITS_ASIDE = str.maketrans({"\N{MINUS SIGN}": "-", "\N{EN DASH}": "-", "\N{RIGHT SINGLE QUOTATION MARK}": "'"})


def _ascii_form(text: str) -> str:
    """The text with digits and dashes of other scripts replaced by the plain ones."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(character)) if character.isdecimal() else character
        for character in text.translate(_DIGITS_ASIDE)
    )


_SHORT = 3
"""Letters of the short form of a weekday or a month."""


@lru_cache(maxsize=1_024)
def _near(word: str, names: tuple[str, ...]) -> str | None:
    """The weekday or month that a misspelt word is most like: begun and not finished, or a letter wrong."""
    wanted = word.capitalize()
    if len(wanted) > _SHORT and (begun := next((name for name in names if name.startswith(wanted)), None)):
        return begun
    near = get_close_matches(wanted, names, n=1, cutoff=0.75)
    if not near and len(wanted) == _SHORT:
        short = {name[:_SHORT]: name for name in names}
        near = [short[found] for found in get_close_matches(wanted, short, n=1, cutoff=0.6)]
    return near[0] if near else None


@dataclass(slots=True)
class _Scanner(Parts):
    """Takes one text apart, from left to right."""

    joined: bool = False
    """True if the T of ISO 8601 ties the time to the date."""

    def scan(self) -> None:
        """Read the whole text, form by form; raises `TimeRefused`."""
        rest = self._plain()
        group = _DATE_TIME_GROUP.fullmatch(rest)
        if group is not None:
            self.take_group(group)
            return
        while rest:
            rest = self._next(rest)
        if not self.text.strip():
            raise self.refused(f"the time is empty: write it as {FORMS}")
        if not (self.days or self.times or self.weekday is not None):
            raise self.refused(f"names no time: write it as {FORMS}")
        if self.offset is not None and not self.times:
            raise self.refused("an offset in brackets belongs to a time of day")

    def _plain(self) -> str:
        """The text in ASCII with single spaces; a doubt says what had to be replaced."""
        ascii_form = _ascii_form(self.text)
        if ascii_form != self.text:
            self.ambiguity(f"write digits and signs as on an English keyboard: {quote(ascii_form)}")
        if not ascii_form.isascii():
            raise self.refused(f"write it with the letters a-z and the digits 0-9, as {FORMS}")
        without_commas = ascii_form.replace(",", " ")
        if without_commas != ascii_form:
            self.ambiguity("write it without a comma")
        before, equals, _ = without_commas.partition("=")
        if equals:
            self.ambiguity("leave out what follows the equals sign")
        return " ".join(before.split())

    def _next(self, rest: str) -> str:
        """Take the form that stands first, and return what follows it."""
        for form, take in _FORMS:
            match = form.match(rest)
            if match is not None:
                take(self, match)
                return rest[match.end() :].lstrip()
        return self._unknown(rest)

    def _unknown(self, rest: str) -> str:
        """Refuse a word that is in no form, with the advice that helps most; a city may stand for its zone."""
        words = set(self.text.lower().split())
        known = next((word for word in ADVICE if word in words), None)
        if known is not None:
            raise self.refused(f'"{known}" {ADVICE[known]}')
        word, *others = rest.split()
        near = _near(word, (*WEEKDAYS, *MONTHS))
        if word.isdigit() and others and others[0].isalpha() and (month := _near(others[0], MONTHS)):
            word, near = others[0], month
        if _CITY.fullmatch(rest) and (self.times or self.days) and not (near or self.zones):
            self.zones.append(rest)
            return ""
        hint = f"did you mean {near}? Otherwise write" if near else "write"
        raise self.refused(f"{quote(word)} is not understood: {hint} it as {FORMS}, with a zone such as Asia/Damascus")

    # The parts: what a form says, taken or doubted.

    def take_iso(self, match: re.Match[str]) -> None:
        self.take_date(int(match["year"]), int(match["month"]), int(match["day"]))

    def take_joined(self, match: re.Match[str]) -> None:
        self.joined = True
        if match["week"] is None:
            self.take_iso(match)
        else:
            self.take_iso_week(match)

    def take_iso_week(self, match: re.Match[str]) -> None:
        """Take a day of a numbered week; raises `TimeRefused` for one that does not exist."""
        try:
            day = date.fromisocalendar(int(match["weekyear"]), int(match["week"]), int(match["weekday"]))
        except ValueError:
            message = "that week or day does not exist: weeks are W01 to W52 or W53, days 1 (Monday) to 7"
            raise self.refused(message) from None
        self.take_date(day.year, day.month, day.day)

    def take_numbers(self, match: re.Match[str]) -> None:
        """Digits in an order that people read differently; raises `TimeRefused` for what is no date."""
        first, second, third = match["first"], match["second"], match["third"]
        if self.days:
            raise self.refused("names two dates: write one")
        self.ambiguity("write the month as a word, such as 4 May 2016, or the date as 2016-05-04")
        if len(first) == len("2016"):
            orders = {(first, second, third)}
        else:
            year = third if len(third) > _SHORT_YEAR_DIGITS else f"20{third:0>2}"
            orders = {(year, second, first), (year, first, second)}
        for year, month, day in sorted(orders):
            if 1 <= int(month) <= MONTHS_A_YEAR and FIRST_YEAR <= int(year) <= LAST_YEAR:
                self.days.extend(self.dates_of(int(year), int(month), int(day)))
        if not self.days:
            raise self.refused("is no date: write day, month and year, such as 4 May 2016")

    def take_day_month(self, match: re.Match[str]) -> None:
        month, day = _number_of(match["month"], _MONTH_NUMBERS) + 1, int(match["day"])
        year = self._year(match["year"])
        if match["ordinal"]:
            self.ambiguity(f"write the day as a plain number: {day}")
        time = time_of(*divmod(year, 100)) if year is not None and year < FIRST_YEAR and not self.times else None
        if time is not None:
            self.ambiguity("the time of day stands before the date, such as 0100 4 May")
            self.take_time(time)
            year = None
        self.take_date(year, month, day)

    def take_month_day(self, match: re.Match[str]) -> None:
        self.ambiguity("write the day before the month, such as 4 May 2016")
        self.take_day_month(match)

    def _year(self, digits: str | None) -> int | None:
        if digits is None:
            return None
        if len(digits) > _SHORT_YEAR_DIGITS:
            return int(digits)
        self.ambiguity(f"write the year with four digits: 20{digits}")
        return CENTURY + int(digits)

    def take_weekday(self, match: re.Match[str]) -> None:
        """Take a weekday; raises `TimeRefused` for a second one."""
        if self.weekday is not None:
            raise self.refused("names two weekdays: write one")
        self.weekday = _number_of(match[0], _WEEKDAY_NUMBERS)

    def take_relative_day(self, match: re.Match[str]) -> None:
        """Take today or tomorrow; raises `TimeRefused` for a second day."""
        if self.days:
            raise self.refused("names two dates: write one")
        self.ambiguity(f'"{match[0].lower()}" moves with the day on which it is read: write the date')
        self.days.append(DatePart(days_ahead=RELATIVE_DAYS[match[0].lower()]))

    def take_clock(self, match: re.Match[str]) -> None:
        """A time of day with what is glued to it: H for hours, an offset, or a letter."""
        seconds, fraction = (match.groupdict().get(name) for name in ("second", "fraction"))
        self.take_time(*self.times_of(int(match["hour"]), int(match["minute"]), int(seconds or 0)))
        if int(fraction or 0):
            self.ambiguity("a fraction of a second is not counted: write whole seconds")
            self.times.extend([time + timedelta(seconds=1) for time in self.times if time < WHOLE_DAY])
        if len(match["hour"]) == 1:
            self.ambiguity("write the hour with two digits, from 00 to 24")
            self.times.extend([time + _NOON for time in self.times if time < _NOON])
        if match["offset"]:
            take_glued_offset(self, match["offset"], is_plain=not (self.joined or seconds is not None))
        elif match["letter"]:
            take_letter(self, match["letter"])

    def take_three_digits(self, match: re.Match[str]) -> None:
        self.ambiguity(f"write the time of day with four digits: 0{match[0]}")
        self.take_time(*self.times_of(int(match[0][0]), int(match[0][1:]), 0))

    def take_meridiem(self, match: re.Match[str]) -> None:
        hour, minute, second = int(match["hour"]), int(match["minute"] or 0), int(match["second"] or 0)
        self.ambiguity("write the time of day in 24 h form, from 0000 to 2400")
        if hour == 12 and not (minute or second):  # noqa: PLR2004  noon and midnight are confused under both names
            self.take_time(timedelta(), _NOON)
            return
        half = _NOON if match["half"].lower() == "p" and hour < 12 else timedelta()  # noqa: PLR2004
        if match["half"].lower() == "a" and hour == 12:  # noqa: PLR2004
            hour = 0
        self.take_time(*(time + half for time in self.times_of(hour, minute, second)))

    def take_midnight(self, _: re.Match[str]) -> None:
        self.ambiguity("midnight begins a day for some and ends it for others: write 0000 or 2400", Code.MIDNIGHT)
        self.take_time(timedelta(), WHOLE_DAY)

    def take_noon(self, _: re.Match[str]) -> None:
        self.ambiguity("write noon as 1200")
        self.take_time(_NOON)

    def take_group(self, group: re.Match[str]) -> None:
        """A military date-time group: day, hour, minute, zone letter, month, year."""
        times = self.times_of(int(group["hour"]), int(group["minute"]), int(group["second"] or 0))
        self.take_time(*times)
        letter = (group["letter"] or "").upper()
        if letter in {"", "J"}:
            self.ambiguity(
                "a date-time group needs its zone letter (J is the observer's own time): write zone or offset"
            )
        else:
            self.zones.append(letter_offset(letter))
        year = None if group["year"] is None else int(group["year"])
        if year is not None and len(group["year"]) == _SHORT_YEAR_DIGITS:
            year += CENTURY
        self.take_date(year, _number_of(group["month"], _MONTH_NUMBERS) + 1, int(group["day"]))

    def take_filler(self, match: re.Match[str]) -> None:
        self.ambiguity(f'leave out "{match[0]}"')


_ISO_DATE = r"(?P<year>[0-9]{4})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})"

_ISO_WEEK = r"(?P<weekyear>[0-9]{4})-W(?P<week>[0-9]{2})-(?P<weekday>[0-9])"

_DAY = r"(?P<day>[0-9]{1,2})(?P<ordinal>st|nd|rd|th)?"

_YEAR = r"(?: (?P<year>[0-9]{4}|[0-9]{2}))?"

_GLUED = rf"(?:(?P<offset>{_OFFSET})|(?P<letter>[A-GI-Z]))?"

_ABBREVIATION = "|".join(re.escape(name) for name in sorted(ABBREVIATIONS, key=len, reverse=True))

_FORMS: tuple[tuple[re.Pattern[str], Callable[[_Scanner, re.Match[str]], None]], ...] = (
    (re.compile(rf"(?:{_ISO_DATE}|{_ISO_WEEK})T(?=[0-9])", re.IGNORECASE | re.ASCII), _Scanner.take_joined),
    (_form(_ISO_DATE), _Scanner.take_iso),
    (_form(_ISO_WEEK), _Scanner.take_iso_week),
    (
        _form(
            r"(?P<first>[0-9]{4}|[0-9]{1,2})(?P<mark>[/.-])(?P<second>[0-9]{1,2})(?P=mark)(?P<third>[0-9]{4}|[0-9]{1,2})"
        ),
        _Scanner.take_numbers,
    ),
    (_form(rf"{_DAY} {_MONTH}{_YEAR}"), _Scanner.take_day_month),
    (_form(rf"{_MONTH} {_DAY}{_YEAR}"), _Scanner.take_month_day),
    (_form(_names(WEEKDAYS)), _Scanner.take_weekday),
    (
        _form(
            r"(?P<hour>[0-9]{1,2})(?:[:.]?(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?)? ?(?P<half>[ap])\.?m\.?",
        ),
        _Scanner.take_meridiem,
    ),
    (
        _form(
            r"(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.(?P<fraction>[0-9]{1,9}))?)?H?"
            + _GLUED
        ),
        _Scanner.take_clock,
    ),
    (
        _form(r"(?P<hour>[0-9]{2})(?P<minute>[0-9]{2})H?" + _GLUED),
        _Scanner.take_clock,
    ),
    (_form("[0-9]{3}"), _Scanner.take_three_digits),
    (_form("(?:12 )?midnight"), _Scanner.take_midnight),
    (_form("(?:12 )?noon"), _Scanner.take_noon),
    (_form("|".join(RELATIVE_DAYS)), _Scanner.take_relative_day),
    (_form(_ABBREVIATION), take_abbreviation),
    (_form(rf"UTC|{_OFFSET}|[A-Z][A-Z0-9_+-]*(?:/[A-Z0-9_+-]+)+"), take_zone),
    (_form(rf"\((?P<offset>{_OFFSET})\)"), take_bracketed_offset),
    (
        _form(r"(?:UTC|GMT|Z)(?P<sign>[+-])(?P<hours>[0-9]{1,2})(?::?(?P<minutes>[0-9]{2}))?"),
        take_offset_from_utc,
    ),
    (_form("[A-Z]"), take_lone_letter),
    (_form(r"\(?local\)?|time|hours?|hrs|h|at|on|of|the"), _Scanner.take_filler),
)
"""Tried from first to last at each place of the text."""


def read_text(text: str) -> Expression:
    """Take a text apart; raises `TimeRefused` (bad_time) for what is no time in this grammar."""
    if len(text) > LONGEST_TEXT:
        raise TimeRefused(Code.BAD_TIME, f"a time is at most {LONGEST_TEXT} characters long: write it as {FORMS}")
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.expression()


def read_wall_time(moment: datetime, offset: timedelta | None) -> Expression:
    """Take apart a date-time that TOML has read already, with its offset where it has one."""
    parts = Parts("")
    parts.take_date(moment.year, moment.month, moment.day)
    since_midnight = timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
    parts.take_time(since_midnight)
    if moment.microsecond:
        parts.ambiguity("a fraction of a second is not counted: write whole seconds")
        parts.times.append(since_midnight + timedelta(seconds=1))
    if offset is not None:
        parts.zones.append(offset_text(offset))
    return parts.expression()


def read_date(day: date) -> Expression:
    """Take apart a date that TOML has read already."""
    parts = Parts("")
    parts.take_date(day.year, day.month, day.day)
    return parts.expression()
