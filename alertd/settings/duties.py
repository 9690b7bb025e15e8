"""The mistakes in duty lists that show only beside the channels."""

from collections.abc import Container, Sequence

from alertd.errors import Code
from alertd.settings.duty_tables import DutyTable
from alertd.settings.named_tables import check_names, check_zone, require
from alertd.settings.report import Report
from alertd.times.instant import ZoneLookup
from alertd.toml.positions import KeyPath


def check_duties(duties: Sequence[DutyTable], channels: Container[str], zone_for: ZoneLookup, report: Report) -> None:
    """Report what is needed and not there, names that stand twice, and channels that there are not."""
    check_names("duty", "duty list", (duty.name for duty in duties), report)
    for index, duty in enumerate(duties):
        path = ("duty", index)
        _check_needed(path, duty, report)
        for person, channel in duty.people.items():
            if channel not in channels:
                message = f"no channel has the name that `people` gives for {person}"
                report.add((*path, "people", person), Code.CHANNEL, message)
        check_zone((*path, "zone"), duty.zone, zone_for, report)


def _check_needed(path: KeyPath, duty: DutyTable, report: Report) -> None:
    needed = (
        ("name", bool(duty.name), "a duty list needs a `name`"),
        ("source", duty.source != "", 'a duty list needs a `source`, such as `"duty.ics"`'),
        ("people", bool(duty.people), 'a duty list needs `people`, such as `{ "Lena" = "lena-phone" }`'),
    )
    for key, is_there, message in needed:
        require((*path, key), is_there, message, report)
