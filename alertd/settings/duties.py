"""The mistakes in duty lists that show only beside the channels."""

from collections.abc import Container, Sequence

from alertd.errors import Code, TimeRefused
from alertd.settings.duty_tables import DutyTable
from alertd.settings.report import Report
from alertd.times.instant import ZoneLookup
from alertd.toml.positions import KeyPath


def check_duties(duties: Sequence[DutyTable], channels: Container[str], zone_for: ZoneLookup, report: Report) -> None:
    """Report what is needed and not there, names that stand twice, and channels that there are not."""
    first: dict[str, int] = {}
    for index, duty in enumerate(duties):
        path = ("duty", index)
        same = first.setdefault(duty.name, index)
        if same != index and duty.name:
            message = f"the duty list at line {report.line(('duty', same))} has this name already"
            report.add((*path, "name"), Code.CHANNEL, message)
        _check_needed(path, duty, report)
        for person, channel in duty.people.items():
            if channel not in channels:
                message = f"no channel has the name that `people` gives for {person}"
                report.add((*path, "people", person), Code.CHANNEL, message)
        try:
            zone_for(duty.zone)
        except TimeRefused as refused:
            message = "not a name of the zone database: write one such as `Europe/Zurich`"
            report.add((*path, "zone"), refused.code, message)


def _check_needed(path: KeyPath, duty: DutyTable, report: Report) -> None:
    needed = (
        ("name", bool(duty.name), "a duty list needs a `name`"),
        ("source", duty.source != "", 'a duty list needs a `source`, such as `"duty.ics"`'),
        ("people", bool(duty.people), 'a duty list needs `people`, such as `{ "Lena" = "lena-phone" }`'),
    )
    for key, is_there, message in needed:
        if not is_there and not report.has_within((*path, key)):
            report.add(path, Code.MISSING, message)
