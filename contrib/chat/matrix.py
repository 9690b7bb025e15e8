"""Lets the people of a Matrix room acknowledge what alertd tells there.

    reaction 👍 or ✅      on the message of one alert
    !ack on it             as a reply to the message of one alert; what follows is the note
    !ack x7sbvv on it      anywhere in the room

Each of them is acknowledged in the name of the sender's Matrix id, and the room is told what came of it. Whoever may
write in the room may acknowledge. An encrypted room cannot be read. MATRIX_TOKEN is the access token of a user.
"""

import argparse
import json
import os
import sys
import time
import uuid
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import Request, urlopen

from acks import acknowledge, chosen, ids_in

_YES = "👍✅✔"
_WAIT = 30.0
_AGAIN = 5.0


class Room:
    """A room of a homeserver, seen by the user of MATRIX_TOKEN, who joins it."""

    def __init__(self, server: str, name: str) -> None:
        self._server = server.rstrip("/")
        self._id = self._call("POST", f"/join/{quote(name, safe='')}", {})["room_id"]
        self._path = f"/rooms/{quote(self._id, safe='')}"
        nothing: dict = {"types": []}
        seen = {"types": ["m.room.message", "m.reaction"], "limit": 100}
        room = {"rooms": [self._id], "state": nothing, "ephemeral": nothing, "account_data": nothing, "timeline": seen}
        self._filter = json.dumps({"room": room, "presence": nothing, "account_data": nothing})

    def events(self, since: str) -> tuple[list[dict], str]:
        """The events since then, as soon as there is one, and the next `since`; without it, from now on."""
        asked = {"filter": self._filter, "timeout": int(1000 * _WAIT)} | ({"since": since} if since else {})
        answer = self._call("GET", f"/sync?{urlencode(asked)}")
        joined = answer.get("rooms", {}).get("join", {}).get(self._id, {})
        return joined["timeline"]["events"] if since and joined else [], answer["next_batch"]

    def text_of(self, event_id: str) -> str:
        """The text of an event; empty where it is none that can be read."""
        try:
            return str(self._call("GET", f"{self._path}/event/{quote(event_id, safe='')}")["content"].get("body", ""))
        except HTTPError as error:
            if error.code in {403, 404}:
                return ""
            raise

    def tell(self, text: str, event_id: str) -> None:
        """Answer an event."""
        reply = {"m.in_reply_to": {"event_id": event_id}}
        notice = {"msgtype": "m.notice", "body": text, "m.relates_to": reply, "m.mentions": {}}
        self._call("PUT", f"{self._path}/send/m.room.message/{uuid.uuid4()}", notice)

    def _call(self, method: str, path: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {os.environ['MATRIX_TOKEN']}", "Content-Type": "application/json"}
        request = Request(f"{self._server}/_matrix/client/v3{path}", data, headers, method=method)
        with urlopen(request, timeout=2 * _WAIT) as answer:
            return json.load(answer)


def answer_to(event: dict, room: Room, board: str) -> str:
    """What the room is told of an event; empty where nobody acknowledged."""
    content = event["content"]
    relation = content.get("m.relates_to", {})
    if event["type"] == "m.reaction":
        if relation["key"][:1] not in _YES:
            return ""
        ids = ids_in(room.text_of(relation["event_id"]))
        if len(ids) > 1:
            return f"NOT acknowledged: that message tells {len(ids)} alerts. Write !ack and one of {', '.join(ids)}."
        return acknowledge(board, ids[0], event["sender"]) if ids else ""
    written = " ".join(line for line in content["body"].splitlines() if not line.startswith(">")).strip()
    command, _, words = written.partition(" ")
    if command != "!ack" or content["msgtype"] != "m.text":
        return ""
    to = relation.get("m.in_reply_to", {}).get("event_id")
    alert, note = chosen(words, ids_in(room.text_of(to)) if to else [])
    return acknowledge(board, alert, event["sender"], note)


def listen(room: Room, board: str, state: Path) -> None:
    """Answer what is new in the room, then wait for more; `state` keeps how far that was."""
    events, since = room.events(state.read_text() if state.exists() else "")
    for event in events:
        try:
            answer = answer_to(event, room, board)
        except (LookupError, TypeError, AttributeError) as error:  # anybody may send an event without its parts
            print(f"an event that cannot be read: {error!r}", file=sys.stderr)
            continue
        if answer:
            room.tell(answer, event["event_id"])
    state.write_text(since)


def main() -> None:
    """Listen for ever."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", required=True, help="such as https://board.example.org; its word is ACK_TOKEN")
    parser.add_argument("--server", required=True, help="the homeserver, such as https://matrix.example.org")
    parser.add_argument("--room", required=True, help="such as '#desk:example.org'")
    parser.add_argument("--state", required=True, type=Path, help="a file that keeps how far the room was read")
    given = parser.parse_args()
    room = None
    while True:
        try:
            room = room or Room(given.server, given.room)
            listen(room, given.board, given.state)
        except OSError as error:
            print(f"the homeserver does not answer: {error}; again in {_AGAIN:.0f} s", file=sys.stderr)
            time.sleep(_AGAIN)


if __name__ == "__main__":
    main()
