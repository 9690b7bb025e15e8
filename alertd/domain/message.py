"""An alert's facts in the reader's zone, ready for a template."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a channel sends: one text in the forms that channels understand."""

    title: str
    text: str
    markdown: str
