"""The sentence that says which of the parties state an end, and which have not.

An end that one party states alone is another thing than one that both state. Whoever mediates is no party, and of an
end that mediators alone announce nothing is said: what each party thinks of it is not recorded.
"""

import re
from collections.abc import Iterator, Sequence

from alertd.domain.alert import LADDER, Kind
from alertd.domain.statement import Confirmation, Record
from alertd.message.case import Case
from alertd.message.headline import gone_statement
from alertd.message.wording import parties
from alertd.times.end import End, EndKind

_TELL = LADDER | {
    Kind.RECORDED,
    Kind.EXTENDED,
    Kind.SHORTENED,
    Kind.DATED,
    Kind.OPENED,
    Kind.CLAIMED,
    Kind.CORRECTED,
}
_BOTH = 2

_NAMES_LENGTH = 200
"""Characters of several parties."""

_ABBREVIATED = re.compile(r"(.*?)\s*\(([^()]+)\)")
_BETWEEN_NAMES = re.compile(r",\s*|\s+and\s+")


def who_states(case: Case) -> Iterator[str]:
    """`Stated by SAF alone, RSF has not stated it`, or `Both parties state this end`; nothing without such parties."""
    if case.delivery.kind not in _TELL or len(case.truce.parties) < _BOTH:
        return
    if case.announced.is_of_the_desk or gone_statement(case) is not None:
        return
    end = case.subjects[0].end if case.delivery.kind in LADDER else case.announced.new
    if end is None:
        return
    stating = [party for party in case.truce.parties if _states(party, end, case)]
    if len(stating) == len(case.truce.parties):
        who = "Both parties" if len(stating) == _BOTH else _shown(stating)
        yield f"{who} state {_what(end)}."
    elif stated_by := _stated_by(case, end):
        yield from _stated_by_some(case, end, stated_by, stating)


def _stated_by_some(case: Case, end: End, stated_by: Sequence[str], stating: Sequence[str]) -> Iterator[str]:
    others = [party for party in case.truce.parties if party not in stating]
    once = {party: [record for record in _records_of(party, case) if record.end.is_same(end)] for party in others}
    never = [party for party in others if not once[party]]
    denied = [party for party in others if once[party] and all(map(_is_denied, once[party]))]
    before = [party for party in others if party not in (*never, *denied)]
    who = [name for name in stated_by if not any(_names(party, (name,)) for party in others)]
    who += [party for party in stating if not _names(party, who)]
    if not who and before:
        yield f"{_shown(before)} no longer {_verb('states', before)} {_what(end)}."
    if not who or not (stating or before):
        return
    parts = [f"Stated by {_shown(who)}{' alone' if len(who) == 1 and not denied else ''}"]
    if never:
        parts.append(f"{_shown(never)} {_verb('has', never)} not stated it")
    if before:
        parts.append(f"{_shown(before)} no longer {_verb('states', before)} it")
    if denied:
        what = "the statement" if len(denied) == 1 else "the statements"
        parts.append(f"{what} of {_shown(denied)} {_verb('is', denied)} denied")
    yield f"{', '.join(parts)}."


_OF_SEVERAL = {"has": "have", "is": "are", "states": "state"}


def _verb(of_one: str, parties: Sequence[str]) -> str:
    return of_one if len(parties) == 1 else _OF_SEVERAL[of_one]


def _stated_by(case: Case, end: End) -> tuple[str, ...]:
    """Those named by what the alert is about; none where that is the first end."""
    about = (statement for statement in case.statements if isinstance(statement, Record) and statement.end.is_same(end))
    return tuple(dict.fromkeys(name for statement in about for name in statement.stated_by))


def _states(party: str, end: End, case: Case) -> bool:
    """True if this end is the last that a party has stated, as far as nobody denies it."""
    stated = [record for record in _records_of(party, case) if not _is_denied(record)]
    last = max((record.announced for record in stated), default=None)
    return any(record.announced == last and record.end.is_same(end) for record in stated)


def _is_denied(record: Record) -> bool:
    return record.confirmation is Confirmation.DENIED


def _records_of(party: str, case: Case) -> list[Record]:
    return [record for record in case.truce.records if _names(party, record.stated_by)]


def _names(party: str, stated_by: Sequence[str]) -> bool:
    """True if a party is among those who state something, be it in one text with others, or by its abbreviation."""
    return any(not _forms(party).isdisjoint(_forms(part)) for name in stated_by for part in _parts(name))


def _parts(name: str) -> tuple[str, ...]:
    return name, *_BETWEEN_NAMES.split(name)


def _forms(name: str) -> frozenset[str]:
    """A name, and for `Sudanese Armed Forces (SAF)` what stands before and within the brackets too."""
    forms = [name, *(match.groups() if (match := _ABBREVIATED.fullmatch(name.strip())) else ())]
    return frozenset(" ".join(form.split()).casefold() for form in forms)


def _shown(names: Sequence[str]) -> str:
    return parties(names, _NAMES_LENGTH)


def _what(end: End) -> str:
    if end.kind is EndKind.OPEN:
        return "that no end is agreed"
    return "this condition" if end.kind is EndKind.CONDITIONAL else "this end"
