"""Answers in a chat: the programs of contrib/chat, between a real daemon with its board and a chat."""

import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
from daemon.homeserver import homeserver
from process import Hook, alertd_json, board_status, in_seconds, running, toml_utc, truce_text, until, write_truces

CHAT = Path(__file__).parents[2] / "contrib" / "chat"
ACK_TOKEN, SIGNING_SECRET = "planted-ack-token", "planted-signing-secret"
SETTINGS = """
[policy]
lead_times = []
after = []
[[channel]]
name = "desk"
kind = "{kind}"
url = {{ file = "desk-url" }}
digest = false
[board]
listen = {port}
ack_token = {{ file = "ack-token" }}
"""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


@contextmanager
def daemon(config: Path, kind: str, url: str):
    """A daemon with three truces, which tells each at once; gives the address of its board."""
    port = free_port()
    (config / "alertd.toml").write_text(SETTINGS.format(kind=kind, port=port))
    (config / "desk-url").write_text(url)
    (config / "ack-token").write_text(ACK_TOKEN)
    window = (f"starts = {toml_utc(in_seconds(-60))}", f"ends = {toml_utc(in_seconds(7200))}")
    write_truces(config, *(truce_text(name, *window) for name in ("one", "two", "three")))
    with running(config):
        until(lambda: board_status(port) == 200, "a ready board")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def program(name: str, log: Path, *arguments: str, **secrets: str):
    """A program of contrib/chat, with nothing but the standard library."""
    command = [sys.executable, "-S", str(CHAT / name), *arguments]
    with log.open("ab") as said:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stderr=said, env=os.environ | {"ACK_TOKEN": ACK_TOKEN} | secrets
        )
    try:
        yield process
        assert process.poll() is None, log.read_text()
    finally:
        process.terminate()
        process.wait(30)


def acknowledged(config: Path) -> dict[str, tuple[str, str, str | None]]:
    rows = [row for row in alertd_json(config, "history") if row["acknowledged_by"]]
    return {row["truce"]: (row["acknowledged_by"], row["acknowledged_way"], row["acknowledged_note"]) for row in rows}


def ids_by_truce(messages: dict[str, str]) -> dict[str, tuple[str, str]]:
    """For each truce the name of the message about it, and the id of its alert."""
    return {
        found[1]: (name, found[2])
        for name, text in messages.items()
        if (found := re.search(r"^Truce: .*\[(\w+)\]\nAlert: (\w+)$", text, re.MULTILINE))
    }


@pytest.mark.counterparts
def test_people_of_a_matrix_room_acknowledge_by_a_reaction_a_reply_and_a_message(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    with homeserver(tmp_path / "synapse") as server:
        bot, lena, omar = (server.register(name, "pass-word") for name in ("alertd", "lena", "omar"))
        room = lena.ask("POST", "/createRoom", {"preset": "public_chat", "room_alias_name": "desk"})["room_id"]
        omar.ask("POST", "/join/%23desk:localhost", {})

        def texts(newest_first) -> dict[str, str]:
            return {event["event_id"]: event["content"]["body"] for event in newest_first}

        def told(event_id: str) -> str:
            """What the bot answered to an event."""

            def answers() -> list[str]:
                return [
                    event["content"]["body"]
                    for event in lena.messages(room)
                    if event["content"].get("m.relates_to", {}).get("m.in_reply_to", {}).get("event_id") == event_id
                    and event["content"]["msgtype"] == "m.notice"
                ]

            (answer,) = until(answers, "an answer of the bot")
            return answer

        with daemon(config, "apprise", f"matrix://alertd:pass-word@127.0.0.1:{server.port}/#desk:localhost") as board:
            alerts = until(
                lambda: (found := ids_by_truce(texts(lena.messages(room)))).keys() == {"one", "two", "three"} and found,
                "three alerts in the room",
            )
            state = tmp_path / "state"
            listening = ("--board", board, "--server", server.url, "--room", "#desk:localhost", "--state", str(state))
            log = tmp_path / "log.txt"
            with program("matrix.py", log, *listening, MATRIX_TOKEN=bot.token):
                until(state.exists, "a bot that listens")
                lena.send(room, "m.room.message", {"msgtype": "m.text", "body": "is anybody there?"})
                lena.send(room, "m.reaction", {})
                on_one = {"rel_type": "m.annotation", "event_id": alerts["one"][0]}
                lena.send(room, "m.reaction", {"m.relates_to": on_one | {"key": "😱"}})
                yes = lena.send(room, "m.reaction", {"m.relates_to": on_one | {"key": "👍🏽"}})
                assert told(yes) == f"{alerts['one'][1]} (one, recorded) is acknowledged by @lena:localhost."
                again = omar.send(room, "m.reaction", {"m.relates_to": on_one | {"key": "✅"}})
                assert "is acknowledged by @lena:localhost" in told(again)
                assert told(again).startswith("NOT acknowledged: alert ")
            to_two = {"m.in_reply_to": {"event_id": alerts["two"][0]}}
            written = "> <@alertd:localhost> Calm in two\n\n!ack on my way"
            reply = omar.send(room, "m.room.message", {"msgtype": "m.text", "body": written, "m.relates_to": to_two})
            with program("matrix.py", log, *listening, MATRIX_TOKEN=bot.token):
                assert told(reply).endswith("is acknowledged by @omar:localhost.")
                unknown = lena.send(room, "m.room.message", {"msgtype": "m.text", "body": "!ack zzzzzz"})
                assert told(unknown).startswith("NOT acknowledged: no alert zzzzzz is known")
                plain = lena.send(
                    room, "m.room.message", {"msgtype": "m.text", "body": f"!ack #{alerts['three'][1].upper()} on it"}
                )
                assert told(plain).endswith("is acknowledged by @lena:localhost.")
            assert acknowledged(config) == {
                "one": ("@lena:localhost", "api", None),
                "two": ("@omar:localhost", "api", "on my way"),
                "three": ("@lena:localhost", "api", "on it"),
            }
            assert len([event for event in lena.messages(room) if event["content"].get("msgtype") == "m.notice"]) == 5
        assert "an event that cannot be read" in log.read_text()


class Slack:
    """Slack as its documents have it: https://docs.slack.dev/authentication/verifying-requests-from-slack."""

    def __init__(self, port: int, answers: Hook) -> None:
        self._url = f"http://127.0.0.1:{port}/"
        self._answers = answers
        self.response_url = f"http://127.0.0.1:{answers.port}/commands/T1/2/3"

    def send(self, form: dict[str, str], *, secret: str = SIGNING_SECRET, age: float = 0, forge: bytes = b"") -> int:
        """Send a request to the app; gives the status."""
        body = urlencode(form | {"token": "old", "team_id": "T1"}).encode()
        moment = str(int(time.time() - age))
        signature = "v0=" + hmac.new(secret.encode(), f"v0:{moment}:".encode() + body, hashlib.sha256).hexdigest()
        headers = {"X-Slack-Request-Timestamp": moment, "X-Slack-Signature": signature}
        begun = time.monotonic()
        try:
            with urlopen(Request(self._url, body + forge, headers), timeout=30) as answer:  # noqa: S310  loopback
                assert answer.read() == b""
                return answer.status
        except HTTPError as error:
            return error.code
        finally:
            assert time.monotonic() - begun < 3, "Slack waits no longer"

    def told(self, form: dict[str, str]) -> str:
        """What the app tells the channel after a request."""
        before = len(self._answers.posts)
        assert self.send(form) == 200
        answer = until(lambda: self._answers.posts[before:], "an answer in the channel")[0]
        assert answer["response_type"] == "in_channel"
        assert not answer["replace_original"]
        return answer["text"]

    def command(self, user: str, text: str) -> dict[str, str]:
        """https://docs.slack.dev/interactivity/implementing-slash-commands."""
        return {
            "command": "/ack",
            "text": text,
            "user_id": "U1",
            "user_name": user,
            "channel_id": "C1",
            "response_url": self.response_url,
        }

    def shortcut(self, user: str, *attachments: dict[str, str]) -> dict[str, str]:
        """https://docs.slack.dev/reference/interaction-payloads/shortcuts-interaction-payload, a message action."""
        payload = {
            "type": "message_action",
            "callback_id": "ack",
            "user": {"id": "U1", "name": user, "team_id": "T1"},
            "channel": {"id": "C1", "name": "desk"},
            "message": {"type": "message", "bot_id": "B1", "text": "", "ts": "1.2", "attachments": list(attachments)},
            "response_url": self.response_url,
        }
        return {"payload": json.dumps(payload)}


def test_people_of_a_slack_channel_acknowledge_by_the_menu_of_a_message_and_by_a_command(tmp_path):
    config = tmp_path / "config"
    config.mkdir()
    with Hook() as hook, daemon(config, "webhook", f"http://127.0.0.1:{hook.port}/") as board:
        texts = until(lambda: len(hook.posts) == 3 and [post["text"] for post in hook.posts], "three alerts")
        alerts = ids_by_truce({text: text for text in texts})
        port = free_port()
        with (
            Hook() as answers,
            program(
                "slack.py",
                tmp_path / "log.txt",
                *("--board", board, "--port", str(port)),
                SLACK_SIGNING_SECRET=SIGNING_SECRET,
            ),
        ):
            slack = Slack(port, answers)
            until(lambda: listens(port), "a program that listens")
            one, two = ({"title": "Calm", "text": alerts[truce][0]} for truce in ("one", "two"))
            assert slack.send(slack.shortcut("eve", one), secret="another") == 401
            assert slack.send(slack.shortcut("eve", one), age=301) == 401
            assert slack.send(slack.command("eve", alerts["one"][1]), forge=b"&text=x") == 401
            assert (answers.posts, acknowledged(config)) == ([], {})

            one_id, two_id = alerts["one"][1], alerts["two"][1]
            assert slack.told(slack.shortcut("lena", one)) == f"{one_id} (one, recorded) is acknowledged by lena."
            assert slack.told(slack.command("omar", f"{two_id} on it")).endswith("is acknowledged by omar.")
            assert "is acknowledged by lena" in slack.told(slack.shortcut("omar", one))
            assert slack.told(slack.shortcut("omar", one, two)) == (
                f"NOT acknowledged: that message tells 2 alerts. Write /ack and one of {one_id}, {two_id}."
            )
            assert "no alert &lt;!channel&gt; is known" in slack.told(slack.command("omar", "<!channel>"))
        assert acknowledged(config) == {"one": ("lena", "api", None), "two": ("omar", "api", "on it")}


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
