"""The duty lists as they were last known, in the state folder: for a start without network, and for other programs."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from alertd.domain.duty import Present, Roster, Turn
from alertd.files.private import GROUP, open_private
from alertd.times.formats import iso_utc

FILE = "duty.json"


@dataclass(frozen=True, slots=True)
class KeptList:
    """A duty list as it was last read, and what ops was told to be wrong with it."""

    roster: Roster | None
    source: str
    """The digest of where it was read."""
    told: str | None = None
    """None where ops knows of nothing wrong."""
    present: Present | None = None
    """Those who were told last that they are on duty."""
    changing: Present | None = None
    """Those who are being told so; None once they were."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The file in which duty lists are kept."""

    state_dir: Path

    def load(self) -> Mapping[str, KeptList]:
        """The lists by their names; empty where there are none, or the file cannot be read."""
        try:
            found = orjson.loads((self.state_dir / FILE).read_bytes())
            return {name: _from_view(view) for name, view in found.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):  # a torn file is read anew, as the lists are
            return {}

    def rosters(self) -> Mapping[str, Roster | None]:
        """The lists as they were read last; None for one that could not be read."""
        return {name: kept.roster for name, kept in self.load().items()}

    def save(self, lists: Mapping[str, KeptList]) -> None:
        """Keep the lists; raises OSError."""
        new = self.state_dir / f"{FILE}.new"
        new.unlink(missing_ok=True)
        with os.fdopen(open_private(new, GROUP, new=True), "wb") as stream:
            stream.write(orjson.dumps({name: _view(kept) for name, kept in lists.items()}))
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(self.state_dir / FILE)


def _view(kept: KeptList) -> Mapping[str, object]:
    return {
        "source": kept.source,
        "told": kept.told,
        "present": _present_view(kept.present),
        "changing": _present_view(kept.changing),
        "roster": None if kept.roster is None else _roster_view(kept.roster),
    }


def _present_view(present: Present | None) -> Mapping[str, object] | None:
    return (
        None
        if present is None
        else {
            "names": present.names,
            "since": iso_utc(present.since),
            "number": present.number,
        }
    )


def _roster_view(roster: Roster) -> Mapping[str, object]:
    return {
        "read_at": iso_utc(roster.read_at),
        "until": iso_utc(roster.until),
        "turns": [[iso_utc(turn.at), turn.names] for turn in roster.turns],
    }


def _from_view(view: Mapping[str, Any]) -> KeptList:
    found = view["roster"]
    return KeptList(
        None if found is None else _roster(found),
        view["source"],
        view["told"],
        _present(view["present"]),
        _present(view.get("changing")),  # an older one has none
    )


def _present(found: Mapping[str, Any] | None) -> Present | None:
    return (
        None
        if found is None
        else Present(
            tuple(found["names"]),
            _moment(found["since"]),
            found.get("number", 0),  # an older one has none
        )
    )


def _roster(found: Mapping[str, Any]) -> Roster:
    turns = tuple(Turn(_moment(at), tuple(names)) for at, names in found["turns"])
    return Roster(turns=turns, until=_moment(found["until"]), read_at=_moment(found["read_at"]))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
