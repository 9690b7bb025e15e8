"""The JSON of a milestone."""

from dataclasses import dataclass
from datetime import datetime

from alertd.domain.milestone import Milestone, MilestoneState
from alertd.status.beginning_views import known_since, recording_keys, void_keys


@dataclass(frozen=True, kw_only=True)
class MilestoneView:
    """A milestone of a truce."""

    id: str
    what: str
    by: str | None
    at: datetime | None
    """Null as long as it hangs on a start that is open."""
    waits_for: str | None
    """Then the event from which it is counted: `72h after the start`."""
    state: MilestoneState
    met: datetime | None
    missed: datetime | None
    announced: datetime | None
    sources: tuple[str, ...]
    recorded: datetime | None
    recorded_by: str | None
    decision_recorded: datetime | None
    decision_recorded_by: str | None
    decision_void: datetime | None
    """The moment from which a recorded outcome counts as never made; then `met` and `missed` are null."""
    decision_void_reason: str | None
    decision_void_by: str | None
    decision_void_sources: tuple[str, ...]


def milestone_view(milestone: Milestone) -> MilestoneView:
    """A milestone of a truce."""
    return MilestoneView(
        id=milestone.id,
        what=milestone.what,
        by=milestone.by,
        at=milestone.at if milestone.has_moment else None,
        waits_for=milestone.waits_for,
        state=milestone.state,
        met=None if milestone.void else milestone.met,
        missed=None if milestone.void else milestone.missed,
        announced=known_since(milestone.announced),
        sources=milestone.sources,
        **recording_keys("recorded", milestone.recording),
        **recording_keys("decision_recorded", milestone.decision_recording),
        **{f"decision_{key}": value for key, value in void_keys(milestone.void).items()},
    )
