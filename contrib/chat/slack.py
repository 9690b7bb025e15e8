"""Lets the people of a Slack workspace acknowledge what alertd tells there.

    Acknowledge            in the menu of the message of one alert (a message shortcut with the callback id `ack`)
    /ack x7sbvv on it      a slash command, with the id at the foot of the message and a note

Both are set up in the app's settings at api.slack.com, with the address of this program as the request URL. It listens
on loopback; a web server with https stands before it. SLACK_SIGNING_SECRET is the app's signing secret.
"""

import argparse
import hashlib
import hmac
import json
import os
import sys
import time
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl
from urllib.request import Request, urlopen

from acks import acknowledge, chosen, ids_in

_LONGEST = 1024 * 1024
_FRESH = 300
"""Seconds for which a signature counts, as Slack's documents have it."""


def is_from_slack(timestamp: str, signature: str, body: bytes) -> bool:
    """True for a body that Slack signed a short while ago."""
    if not timestamp.isascii() or not timestamp.isdigit() or abs(time.time() - int(timestamp)) > _FRESH:
        return False
    signed = b"v0:" + timestamp.encode() + b":" + body
    own = "v0=" + hmac.new(os.environ["SLACK_SIGNING_SECRET"].encode(), signed, hashlib.sha256).hexdigest()
    return hmac.compare_digest(own.encode(), signature.encode(errors="replace"))


def answer_to(form: dict[str, str], board: str) -> tuple[str, str]:
    """What the channel is told, and the address that takes it."""
    if "payload" not in form:
        alert, note = chosen(form["text"], [])
        return acknowledge(board, alert, form["user_name"], note), form["response_url"]
    asked = json.loads(form["payload"])
    ids = ids_in(json.dumps(asked["message"]))
    if len(ids) == 1:
        return acknowledge(board, ids[0], asked["user"]["name"]), asked["response_url"]
    those = f"one of {', '.join(ids)}" if ids else "the id at the foot of a message of alertd"
    return f"NOT acknowledged: that message tells {len(ids)} alerts. Write /ack and {those}.", asked["response_url"]


class Handler(BaseHTTPRequestHandler):
    """Takes what Slack sends: says yes at once, as Slack waits for three seconds, then acknowledges."""

    board = ""
    timeout = 30

    def do_POST(self) -> None:
        """Take one command or shortcut."""
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdigit() and int(length) <= _LONGEST else b""
        signed = (self.headers.get(f"X-Slack-{name}", "") for name in ("Request-Timestamp", "Signature"))
        if not is_from_slack(*signed, body):
            return self._say(HTTPStatus.UNAUTHORIZED)
        self._say(HTTPStatus.OK)
        try:
            text, address = answer_to(dict(parse_qsl(body.decode(), keep_blank_values=True)), self.board)
            told = {"response_type": "in_channel", "replace_original": False, "text": escape(text, quote=False)}
            urlopen(Request(address, json.dumps(told).encode(), {"Content-Type": "application/json"}), timeout=30)
        except (LookupError, TypeError, ValueError, OSError) as error:
            print(f"not answered: {error!r}", file=sys.stderr)

    def _say(self, status: HTTPStatus) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()


def main() -> None:
    """Listen for ever."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--board", required=True, help="such as https://board.example.org; its word is ACK_TOKEN")
    parser.add_argument("--port", required=True, type=int, help="of loopback, to listen on")
    given = parser.parse_args()
    Handler.board = given.board
    ThreadingHTTPServer(("127.0.0.1", given.port), Handler).serve_forever()


if __name__ == "__main__":
    main()
