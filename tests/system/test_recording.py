"""Recording on the board of the installed service: the helper writes, and nobody else can make it."""

import html
import re
import socket
from http import HTTPStatus
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

import pytest
from process import board_status, lasting, until

pytestmark = pytest.mark.system

UNITS = ("alertd-record.socket", "alertd-record.service")
ASK = """
import sys
from alertd.board.record_protocol import RecordRequest, ask
try:
    print(ask("/run/alertd-record.sock", RecordRequest(token=sys.argv[1], truce="ghouta")).status)
except OSError as error:
    print(type(error).__name__)
"""


def ask(box, token, user):
    """The answer of the helper to a process of a user."""
    return box.run("/opt/alertd/current/bin/python", "-c", ASK, token, user=user).strip()


@pytest.fixture
def board(service):
    """The address of a board on which people record, and the token of one."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = service.box.path / "etc/alertd/alertd.toml"
    service.box.write("/etc/alertd/alertd.toml", f"{settings.read_text()}[board]\nlisten = {port}\nwrite = true\n")
    service.truces(lasting("ghouta"))
    service.box.run("systemctl", "start", UNITS[0])
    service.start()
    until(lambda: board_status(port) == HTTPStatus.OK, "a ready board")
    yield f"http://127.0.0.1:{port}/record/ghouta/extend", service.box.run("alertd", "token", "Lena").strip()
    service.box.run("systemctl", "stop", *UNITS)
    service.box.run("alertd", "token", "--revoke", "Lena")


def test_the_helper_is_off_until_somebody_enables_it(service):
    assert service.box.try_run("systemctl", "is-enabled", UNITS[0]).stdout.strip() == "disabled"
    assert not (service.box.path / "run/alertd-record.sock").exists()


def test_an_extension_by_phone_is_written_and_told_though_the_daemon_cannot_write_it(service, board, people):
    address, token = board
    browser = build_opener(HTTPCookieProcessor())

    def send(fields):
        page = browser.open(address, urlencode(fields).encode()).read().decode()
        form = re.findall(r"<form.*?</form>", page, re.DOTALL)[0]
        found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', form)
        return page, {name: html.unescape(value) for name, value in found}

    _, hidden = send({"personal": token})
    _, hidden = send({**hidden, "end": "24h"})
    page, _ = send(hidden)

    assert "<h1>Written</h1>" in page
    until(lambda: service.post.heard("ghouta", "extended"), "the extension")
    file = "/etc/alertd/truces/truces.toml"
    assert service.box.run("stat", "-c", "%G %a", file).strip() == "alertd 664"
    assert 'recorded_by = "Lena"' in service.box.run("cat", file, user="op")
    done = service.alertd("extend", "ghouta", "24h", "--yes", user="op")  # who edits files goes on as before
    assert done.returncode == 0, done.stderr


def test_the_helper_answers_the_daemons_user_and_root_alone(service, board, people):
    _, token = board
    assert ask(service.box, token, "alertd") == "records"
    assert ask(service.box, token, None) == "records"
    assert ask(service.box, token, "op") == "PermissionError"
    assert ask(service.box, token, "guest") == "PermissionError"
    service.box.run("chmod", "666", "/run/alertd-record.sock")
    assert ask(service.box, token, "guest") in {"ConnectionError", "ConnectionResetError", "BrokenPipeError"}
    said = [line["MESSAGE"] for line in service.box.journal(UNITS[1])]
    assert any("record.stranger" in message for message in said), said
    assert not any(token in message for message in said)


def test_the_digests_of_the_tokens_are_read_by_root_and_the_helper_alone(service, board, people):
    file = "/etc/alertd/record-tokens.json"
    assert service.box.run("stat", "-c", "%U %a", file).strip() == "alertd-record 600"
    for user in ("alertd", "op", "guest"):
        assert service.box.try_run("cat", file, user=user).returncode != 0
