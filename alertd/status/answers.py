"""An acknowledgement that was asked for, in words: its alert, what came of it, and why not."""

from alertd.domain.acknowledgement import Acknowledgement, subject_of
from alertd.domain.alert import kind_and_stage
from alertd.ledger.acknowledging import Judged, Refusal
from alertd.message.acknowledged import acknowledged, answered
from alertd.message.wording import joined, named_with_id, plural
from alertd.times.formats import show, show_utc
from alertd.times.instant import ZoneLookup


def subject(judged: Judged, zone_for: ZoneLookup) -> str:
    """The alert in words: its id, its truce, its kind, its stage and its end, start or milestone."""
    named = judged.named
    what = kind_and_stage(named.told.kind, named.stage)
    parts = [f"alert {named.short_id}", *([named_with_id(judged.truce)] if judged.truce else []), what]
    at = named.at if named.ends_at is None else named.ends_at
    if at is not None and judged.truce is not None:
        zone_name = judged.truce.zone
        parts.append(f"{subject_of(named.told.kind)} {show(at, zone=zone_for(zone_name), zone_name=zone_name)}")
    return ", ".join(parts)


def answered_in_words(judged: Judged) -> str:
    """The words for those who were told of an alert as nobody had acknowledged it."""
    return answered(judged.deliveries[0], judged.truce, judged.acknowledgement)


def why_not(refusal: Refusal, judged: Judged) -> str:
    """The reason for which nothing was acknowledged."""
    match refusal:
        case Refusal.UNSENT:
            due = show_utc(min(delivery.due_at for delivery in judged.deliveries), year=True)
            return f"it is not sent yet, but due at {due}; acknowledge it once it has come"
        case Refusal.SETTLED_UNSENT:
            reason = f" ({judged.reason})" if judged.reason else ""
            return f"it was never sent{reason}; acknowledge the alert that came in its place"
        case Refusal.MOVED:
            advice = "there is nothing to acknowledge; acknowledge the alert of the change"
            return f"that {subject_of(judged.named.told.kind)} is in force no more, so {advice}"
        case Refusal.OVER:
            return "it is over for more than a day, so nobody waits for an answer; nothing was written"
        case Refusal.TWICE:
            return f"it is {acknowledged(judged.acknowledgement)}; nothing was written"


def escalation_in_words(judged: Judged) -> str:
    """A sentence on the escalations that follow the alert, with a blank behind it; empty where none does."""
    off = [delivery.target for delivery in judged.called_off]
    missing = f"Before the escalation stops, {plural(judged.missing, 'more acknowledgement')} by others must come. "
    return (f"The escalation to {joined(off)} is called off. " if off else "") + (missing if judged.missing else "")


def ack_view(judged: Judged, given: Acknowledgement) -> dict[str, object]:
    """An acknowledgement that was written, as machines read it."""
    named = judged.named
    return {
        "alert_id": named.short_id,
        "truce": named.truce,
        "kind": named.told.kind,
        "stage": None if named.stage is None else str(named.stage),
        "ends_at": named.ends_at,
        "targets": [delivery.target for delivery in judged.deliveries],
        "acknowledged_at": given.at,
        "acknowledged_by": given.by,
        "acknowledged_way": given.way,
        "acknowledged_note": given.note,
        "called_off": [delivery.target for delivery in judged.called_off],
        "people_missing": judged.missing,
    }
