"""The author of a record and its moment: the keys that every command that records adds to what it writes."""

import getpass
import os
from datetime import datetime

from alertd.cli.times import Hand
from alertd.message.wording import NAME_LENGTH, clean
from alertd.register.editing import Value


def recorded(hand: Hand, now: datetime, name: str | None, *, of: str = "") -> dict[str, Value]:
    """The keys `recorded` and `recorded_by`, or of a decision `decision_recorded` and `decision_recorded_by`.

    Without a name it is the login.
    """
    key = f"{of}_recorded" if of else "recorded"
    return {key: hand.now(now).value, f"{key}_by": author(name)}


def author(name: str | None) -> str:
    """The person who records: the name that was given, else the login, also behind `sudo`."""
    return clean(name or os.environ.get("SUDO_USER") or _login(), NAME_LENGTH)


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # the user has no entry; Python 3.13 raises the latter
        return f"user {os.getuid()}"
