"""A truce that somebody names wrongly: which ones may be meant, by id and by title. They are offered, never taken."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

import typer

from alertd.domain.truce import Truce
from alertd.message.wording import clean
from alertd.register import ReadTruce

_OFFERED = 3
"""Truces that are offered at once."""

_LISTED = 20
"""Ids that are listed where none is like the one that was written."""

_ALIKE = 0.75
"""The part of their letters, in their order, that two words share at least; with less, `nobody` is like `bold`."""

_SHOWN = 60
"""Characters of a title."""


def titles_of(truces: Iterable[ReadTruce]) -> dict[str, str]:
    """The title of each truce of the register, by its id; empty where it cannot be read."""
    return {read.id: called(read.truce) if read.truce is not None else "" for read in truces}


def called(truce: Truce) -> str:
    """Its title, and its short name where it has one."""
    return truce.title if truce.name is None else f"{truce.title}, {truce.name}"


def unknown_truce(
    wanted: str, titles: Mapping[str, str], there_is_none: str, *, param_hint: str = "ID"
) -> typer.BadParameter:
    """The usage error for an id that stands nowhere; `titles` are those of all truces, by their ids."""
    if near := near_ids(wanted, titles):
        offered = " or ".join(
            f"{truce_id} ({clean(titles[truce_id], _SHOWN)})" if titles[truce_id] else truce_id for truce_id in near
        )
        return typer.BadParameter(f"{there_is_none}: did you mean {offered}?", param_hint=param_hint)
    more = f" and {len(titles) - _LISTED} more" if len(titles) > _LISTED else ""
    ids = ", ".join(sorted(titles)[:_LISTED]) or "none"
    return typer.BadParameter(f"{there_is_none}; there are: {ids}{more}", param_hint=param_hint)


def near_ids(wanted: str, titles: Mapping[str, str]) -> list[str]:
    """The ids of the truces that can be meant: those that hold all the words first, then those with words like them."""
    words = _words(wanted)
    if not words:
        return []
    own_words = {truce_id: _words(f"{truce_id} {title}") for truce_id, title in titles.items() if truce_id != wanted}
    holding = [
        truce_id for truce_id, own in own_words.items() if all(any(word in each for each in own) for word in words)
    ]
    whole = get_close_matches(wanted.casefold(), own_words, n=_OFFERED, cutoff=_ALIKE)
    alike = [
        truce_id
        for truce_id, own in own_words.items()
        if all(get_close_matches(word, own, n=1, cutoff=_ALIKE) for word in words)
    ]
    return list(dict.fromkeys([*holding, *whole, *alike]))[:_OFFERED]


def _words(text: str) -> list[str]:
    """Its words and numbers, in small letters."""
    return "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
