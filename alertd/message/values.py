"""The facts of a message and the message itself, as values: what a template reads, and what a channel is handed."""

from dataclasses import dataclass
from datetime import tzinfo
from enum import StrEnum

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Delivery
from alertd.message.follows import Follows


class Mark(StrEnum):
    """A mark that sets a message apart from one that goes out once and on time."""

    TEST = "TEST"
    LATE = "LATE"
    POSSIBLE_REPEAT = "POSSIBLE REPEAT"
    CLOCK_IN_DOUBT = "CLOCK NOT SYNCHRONISED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One of the deliveries that a message carries."""

    delivery: Delivery
    title: str
    """Its own title, with the marks."""
    marked: frozenset[Mark] = frozenset()
    acknowledgement: Acknowledgement | None = None
    follows: tuple[Follows, ...] = ()
    """What its text claims to follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message as a channel sends it: one text in the forms that channels understand."""

    title: str
    text: str
    markdown: str
    html: str = ""
    """A document that stands alone; empty: there is none, and a mail is the text."""
    message_id: str | None = None
    """Its id in the ledger; None for one that stands in no ledger."""
    items: tuple[Item, ...] = ()
    is_sms: bool = False
    """Its text says all, in an SMS for each alert: no title goes with it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """The zone of the people who read a channel."""

    zone_name: str
    zone: tzinfo


@dataclass(frozen=True, slots=True, kw_only=True)
class EndFacts:
    """One end in every zone that matters."""

    heading: str
    """Whose or which end, and how far off: `New end, in 1 d 13 h`."""
    lines: tuple[str, ...]
    """The moment in the truce's zone and UTC, then in the reader's if that is a third; empty without a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A source: the address or name at which something can be read again."""

    of: str
    """`Source`, or whose source it is where that is not the end that the alert is about."""
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementFacts:
    """The statement of somebody else about the end."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the templates print about one alert; empty where there is nothing to say."""

    delivery: Delivery
    title: str
    """One line, with the marks."""
    alert_id: str
    marks: tuple[str, ...]
    """TEST, LATE and the others, each with what it means here."""
    marked: frozenset[Mark] = frozenset()
    """The same, for machines."""
    lines: tuple[str, ...]
    """Lines that do not come from the truce and stand first: an ops alert's text, whose place a fallback takes."""
    truce_id: str | None = None
    name: str = ""
    """The truce's title in full; titles call it by its short name."""
    zone_name: str = ""
    area: str = ""
    parties: str = ""
    ends: tuple[EndFacts, ...] = ()
    sentences: tuple[str, ...] = ()
    """Sentences that explain the ends, or say what follows from them."""
    follows: tuple[Follows, ...] = ()
    """The latter among them, with what they claim."""
    starts: str = ""
    stated: tuple[str, ...] = ()
    """Those who stated the end that the alert is about, and when."""
    sources: tuple[SourceFacts, ...] = ()
    statements: tuple[StatementFacts, ...] = ()
    lineage: str = ""
    earlier: tuple[str, ...] = ()
    """Changes that this reader was never told of."""
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    page: str = ""
    """The address of the truce's page on the board."""
    answer: str = ""
    """The address at which this alert is acknowledged."""
    called: str = ""
    """The name by which a digest calls the truce that this is about; empty without one."""
    in_place_of: str = ""
    """The channel that fails, in whose place this is told."""
    acknowledgement: Acknowledgement | None = None
    sms: str = ""
    """The alert as one SMS; empty where none is asked for."""
    is_line: bool = False
    """The title says it all: the reader has the alert that it speaks of anyway."""
