"""Aware UTC moments, and every way in which people write them. (Skeleton: signatures first, bodies follow.)"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from alertd.domain.truce import End
from alertd.errors import TimeRefused

FindZone = Callable[[str], tzinfo]


@dataclass(frozen=True, slots=True)
class Parsed:
    end: End
    doubt: TimeRefused | None = None


@dataclass(frozen=True, slots=True)
class Duration:
    days: int
    elapsed: timedelta


def parse_time(value: object, *, zone: tzinfo, zone_name: str, find_zone: FindZone, reference: datetime | None) -> Parsed:
    raise NotImplementedError


def parse_moment(value: object, *, zone: tzinfo, zone_name: str, find_zone: FindZone) -> Parsed:
    raise NotImplementedError


def parse_with_zone(text: str, *, find_zone: FindZone) -> datetime:
    raise NotImplementedError


def parse_offset(text: str) -> tzinfo | None:
    raise NotImplementedError


def parse_duration(text: object) -> Duration:
    raise NotImplementedError


def parse_lead(text: object) -> timedelta:
    raise NotImplementedError


def add(moment: datetime, duration: Duration, *, zone: tzinfo, zone_name: str) -> Parsed:
    raise NotImplementedError


def add_to_date(end: End, duration: Duration, *, zone: tzinfo, zone_name: str) -> End:
    raise NotImplementedError


def show(moment: datetime, *, zone: tzinfo, zone_name: str) -> str:
    raise NotImplementedError


def show_local(moment: datetime, *, zone: tzinfo, zone_name: str) -> str:
    raise NotImplementedError


def show_utc(moment: datetime, *, year: bool = False) -> str:
    raise NotImplementedError


def show_day(end: End, *, zone: tzinfo, zone_name: str) -> str:
    raise NotImplementedError


def short_local(moment: datetime, *, zone: tzinfo) -> str:
    raise NotImplementedError


def iso_local(moment: datetime, *, zone: tzinfo) -> str:
    raise NotImplementedError


def iso_day(end: End, *, zone: tzinfo) -> str:
    raise NotImplementedError


def dtg(moment: datetime) -> str:
    raise NotImplementedError


def words(duration: timedelta) -> str:
    raise NotImplementedError
