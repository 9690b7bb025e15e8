"""Acknowledging at alertd's board, with ACK_TOKEN of the environment, for a program that listens in a chat."""

import json
import os
import re
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_ID = re.compile(r"Alert: ([a-z0-9]{6})\b")


def ids_in(message: str) -> list[str]:
    """The ids of the alerts that a message of alertd tells, in their order."""
    return list(dict.fromkeys(_ID.findall(message)))


def chosen(words: str, ids: list[str]) -> tuple[str, str]:
    """The alert and the note that somebody wrote, in answer to a message with these alerts, if to any."""
    first, _, rest = words.strip().partition(" ")
    if len(ids) == 1 and first.lower().removeprefix("#") != ids[0]:
        return ids[0], words.strip()
    return first, rest.strip()


def acknowledge(board: str, alert: str, by: str, note: str = "") -> str:
    """Acknowledge an alert in somebody's name; gives what to tell the room."""
    request = Request(
        f"{board.rstrip('/')}/api/v1/acks",
        json.dumps({"alert": alert, "by": by, "note": note}).encode(),
        {"Authorization": f"Bearer {os.environ['ACK_TOKEN']}", "Content-Type": "application/json"},
    )
    try:
        with urlopen(request, timeout=30) as answer:
            told = json.load(answer)
    except HTTPError as error:
        return f"NOT acknowledged: {_why(error)}"
    except OSError as error:
        return f"NOT acknowledged, as alertd's board does not answer ({error}). Try again, or use: alertd ack {alert}"
    missing = told["people_missing"]
    more = f" Still to acknowledge before the escalation stops: {missing}." if missing else ""
    return f"{told['alert_id']} ({told['truce']}, {told['kind']}) is acknowledged by {told['acknowledged_by']}.{more}"


def _why(error: HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, LookupError, TypeError):
        return f"alertd's board answered {error.code}"
