"""The checks that channels, escalations and duty lists have in common: what is needed, names and zones."""

from collections.abc import Iterable

from alertd.errors import Code, TimeRefused
from alertd.settings.report import Report
from alertd.times.instant import ZoneLookup
from alertd.toml.positions import KeyPath


def require(path: KeyPath, is_there: object, message: str, report: Report) -> None:
    """Report a key that is needed and not there, unless what stands there is refused already."""
    if not is_there and not report.has_within(path):
        report.add(path[:-1], Code.MISSING, message)


def check_names(key: str, noun: str, names: Iterable[str], report: Report) -> None:
    """Report each name that an earlier table of the same key has already."""
    first: dict[str, int] = {}
    for index, name in enumerate(names):
        same = first.setdefault(name, index)
        if same != index and name:
            message = f"the {noun} at line {report.line((key, same))} has this name already"
            report.add((key, index, "name"), Code.CHANNEL, message)


def check_zone(path: KeyPath, zone: str, zone_for: ZoneLookup, report: Report) -> None:
    """Report a zone that there is not."""
    try:
        zone_for(zone)
    except TimeRefused as refused:
        report.add(path, refused.code, "not a name of the zone database: write one such as `Europe/Zurich`")
