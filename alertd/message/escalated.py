"""The words of a step of an escalation, before those of the alert that it follows."""

from collections.abc import Iterator, Sequence

from alertd.domain.notice import Notice, Sent
from alertd.message.wording import joined
from alertd.times.formats import show_utc

_SHOWN = 12
"""Targets that the line of those who were told names."""


def unanswered_prefix(notice: Notice) -> str:
    """The first words of the title of a step; empty for any other alert."""
    follows = notice.delivery.follows
    if follows is None:
        return ""
    if notice.acknowledgement is not None:
        return f"Acknowledged by {len(notice.acknowledgement.people)} of {follows.people}: "
    return "Nobody answered: " if follows.is_last else "Not acknowledged: "


def unanswered_lines(notice: Notice) -> Iterator[str]:
    """Whose silence a step follows, what was sent when, and what its reader is asked for."""
    follows = notice.delivery.follows
    if follows is None:
        return
    if notice.acknowledgement is None:
        yield "Nobody has acknowledged this alert."
    if notice.sent_before:
        yield _sent_before(notice.sent_before)
    if follows.is_last:
        yield f"Nobody is told after you: the escalation {follows.escalation} is at its end."
    given = 0 if notice.acknowledgement is None else len(notice.acknowledgement.people)
    missing = follows.people - given
    who = "Whoever sees to it acknowledges it" if missing == 1 else f"{missing} people must acknowledge it"
    yield f"{who}: alertd ack {notice.delivery.short_id}"


def _sent_before(told: Sequence[Sent]) -> str:
    sent = [f"to {each.target} at {show_utc(each.at.replace(second=0, microsecond=0))}" for each in told if each.at]
    failed = dict.fromkeys(each.target for each in told if each.at is None)
    more = [f"{len(sent) - _SHOWN} more"] if len(sent) > _SHOWN else []
    parts = [f"it was sent {joined([*sent[:_SHOWN], *more])}"] if sent else []
    parts += [f"it could not be sent to {joined(list(failed))}"] if failed else []
    line = "; ".join(parts)
    return f"{line[0].upper()}{line[1:]}."
