"""An acknowledgement in words."""

from alertd.domain.acknowledgement import Acknowledgement
from alertd.message.wording import PARTY_LENGTH, SENTENCE_LENGTH, clean
from alertd.times.formats import show_utc


def acknowledged(given: Acknowledgement) -> str:
    """An acknowledgement in words: its author, moment, way and note, and if it no longer counts."""
    note = f" ({clean(given.note, SENTENCE_LENGTH)})" if given.note else ""
    by = clean(given.by, PARTY_LENGTH)
    return f"acknowledged by {by} at {show_utc(given.at, year=True)}, by {given.way}{note}{void_in_words(given)}"


def void_in_words(given: Acknowledgement) -> str:
    """The end of a sentence about an acknowledgement that no longer counts; empty for one that does."""
    return "; void, as the end has moved since" if given.is_void else ""
