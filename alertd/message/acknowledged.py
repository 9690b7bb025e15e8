"""An acknowledgement in words."""

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery, kind_and_stage
from alertd.domain.truce import Truce
from alertd.message.wording import PARTY_LENGTH, SENTENCE_LENGTH, clean, named
from alertd.times.formats import show_utc


def acknowledged(given: Acknowledgement) -> str:
    """An acknowledgement in words: its author, moment, way and note, who else gave one, and if it no longer counts."""
    note = f" ({clean(given.note, SENTENCE_LENGTH)})" if given.note else ""
    by = clean(given.by, PARTY_LENGTH)
    others = "".join(f", and by {clean(other, PARTY_LENGTH)}" for other in given.with_others)
    at = show_utc(given.at, year=True)
    return f"acknowledged by {by} at {at}, by {given.way}{note}{others}{void_in_words(given)}"


def void_in_words(given: Acknowledgement) -> str:
    """The end of a sentence about an acknowledgement that no longer counts; empty for one that does."""
    return f"; void, as the {given.subject} has moved since" if given.is_void else ""


def answered(alert: Delivery, truce: Truce | None, given: Acknowledgement) -> str:
    """The words for those whom an escalation has told of an alert that is acknowledged now."""
    of = "" if truce is None else f"{named(truce)}: "
    what = kind_and_stage(alert.kind, alert.stage)
    return f"{of}{what} (alert {alert.short_id}) is {acknowledged(given)}. It is escalated no further."
