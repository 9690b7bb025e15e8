"""The helper that writes for the board: who may ask, what it shows, and that it writes once and only what was seen."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import ExitStack

import pytest
from freezegun import freeze_time
from process import in_seconds, until, write_truces
from recording import Desk, calm

from alertd.board.record_protocol import ANSWER, LONGEST_REQUEST, REQUEST, Act, RecordRequest
from alertd.cli import record_helper
from alertd.cli.record_helper import GOOD_FOR


@pytest.fixture
def desk(tmp_path, capsys):
    with Desk(tmp_path, capsys).begin().helped() as desk:
        yield desk


def test_a_preview_is_that_of_the_command_and_writes_nothing(command, desk):
    before, token = desk.text, desk.token("Lena")
    shown = desk.ask(token, Act.EXTEND, end="24h", source="by radio")
    assert desk.text == before
    done = command(desk.config, "extend", "calm", "24h", "--source", "by radio", "--as", "Lena", "--yes")
    assert done.stdout.startswith("\n".join(shown.lines))
    assert shown.question == "Write it?"
    assert shown.by == "Lena"


def test_what_is_agreed_to_is_written_once_with_the_name_of_who_records(desk):
    token = desk.token("Lena")
    shown = desk.ask(token, Act.EXTEND, end="24h", source="by radio", note="in the call")
    for _ in range(3):  # a form that is sent again
        done = desk.ask(token, Act.EXTEND, shown.seen, end="24h", source="by radio", note="in the call")
        assert (done.status, done.lines) == ("written", shown.lines)
    assert desk.text.count("[[truce.extension]]") == 1
    assert desk.log.getvalue().count("record.written") == 1
    assert token not in desk.log.getvalue()
    for line in ('by = "24h"', 'source = "by radio"', 'note = "in the call"', 'recorded_by = "Lena"'):
        assert line in desk.text


def test_a_preview_that_is_no_longer_true_is_said_and_nothing_is_written(desk):
    token = desk.token("Lena")
    shown = desk.ask(token, Act.EXTEND, end="24h")
    write_truces(desk.config, calm(hours=72))
    again = desk.ask(token, Act.EXTEND, shown.seen, end="24h")
    assert again.status == "preview"
    assert again.message == "Something has changed since you looked. Nothing was written yet: look again."
    assert "extension" not in desk.text
    assert desk.ask(token, Act.EXTEND, again.seen, end="24h").status == "written"


def test_the_agreement_to_one_form_writes_no_other(desk):
    lena, oleh = desk.token("Lena"), desk.token("Oleh")
    shown = desk.ask(lena, Act.EXTEND, end="24h")
    others = (
        desk.ask(lena, Act.EXTEND, shown.seen, end="48h"),
        desk.ask(lena, Act.CLAIM, shown.seen, end="24h"),
        desk.ask(oleh, Act.EXTEND, shown.seen, end="24h"),
        desk.ask(lena, Act.EXTEND, shown.seen[:-1], end="24h"),
        desk.ask(lena, Act.EXTEND, "9" * 60, end="24h"),
        desk.ask(lena, Act.EXTEND, "²." + shown.seen, end="24h"),
        desk.ask(lena, Act.EXTEND, ".", end="24h"),
    )
    assert [each.status for each in others] == ["preview"] * len(others)
    assert "recorded_by" not in desk.text


@pytest.mark.parametrize("seconds", [GOOD_FOR.total_seconds() + 2, -60])
def test_an_old_preview_or_one_of_the_future_is_shown_anew(desk, seconds):
    token = desk.token("Lena")
    with freeze_time(in_seconds(-seconds), tick=True):
        shown = desk.ask(token, Act.EXTEND, end="24h")
    again = desk.ask(token, Act.EXTEND, shown.seen, end="24h")
    assert (again.status, again.seen == shown.seen) == ("preview", False)
    assert "extension" not in desk.text


def test_a_forged_a_cut_a_revoked_and_no_token_are_told_nothing_and_write_nothing(command, desk):
    before, token = desk.text, desk.token("Lena")
    revoked = desk.token("Oleh")
    command(desk.config, "token", "--revoke", "Oleh")
    seen = desk.ask(token, Act.EXTEND, end="24h").seen
    for wrong in (
        "",
        token[:-1],
        token + "A",
        token.swapcase(),
        revoked,
        "Lena",
        "é\ud800".encode(errors="replace").decode(),
    ):
        for step in ("", seen):
            answer = desk.ask(wrong, Act.EXTEND, step, end="24h")
            assert ANSWER.dump_python(answer, exclude_defaults=True) == {"status": "no_token"}
        assert desk.ask(wrong).status == "no_token"
    assert desk.text == before


def test_nothing_is_recorded_unless_the_settings_allow_it(desk):
    token = desk.token("Lena")
    path = desk.config / "alertd.toml"
    path.write_text(path.read_text().replace("write = true", "write = false"))
    assert desk.ask(token, Act.EXTEND, end="24h").message.startswith("nothing is recorded on the board")
    path.write_text("= broken")
    assert desk.ask(token, Act.EXTEND, end="24h").status == "refused"


def test_an_hour_that_comes_twice_is_refused_with_its_readings_and_each_can_be_chosen(desk):
    write_truces(desk.config, calm().replace('zone = "UTC"', 'zone = "Europe/Zurich"'))
    token = desk.token("Lena")
    refused = desk.ask(token, Act.EXTEND, end="0230 25 Oct 2065")
    assert (refused.status, refused.field) == ("refused", "until")
    assert len(refused.readings) == 2
    assert [desk.ask(token, Act.EXTEND, end=each.write).status for each in refused.readings] == ["preview"] * 2


def test_an_hour_that_the_clocks_jump_over_is_refused_with_its_readings(desk):
    write_truces(desk.config, calm().replace('zone = "UTC"', 'zone = "Europe/Zurich"'))
    refused = desk.ask(desk.token("Lena"), Act.EXTEND, end="0230 29 Mar 2065")
    assert refused.status == "refused"
    assert refused.readings


def test_what_check_would_refuse_is_refused_with_its_reason(desk):
    refused = desk.ask(desk.token("Lena"), Act.EXTEND, end="0100 1 Jan 2016")
    assert refused.status == "refused"
    assert refused.warnings


@pytest.mark.parametrize(
    "truce", ["../alertd", "truces/truces", "/etc/passwd", "calm\0", "calm\n", "CALM", "", "." * 999]
)
def test_an_id_that_is_none_leads_to_no_file(desk, truce):
    before = sorted(desk.config.rglob("*"))
    refused = desk.ask(desk.token("Lena"), Act.EXTEND, end="24h", truce=truce)
    assert refused.status == "refused"
    assert {path.name for path in desk.config.rglob("*")} - {path.name for path in before} <= {"record-tokens.json"}


def test_no_character_of_a_form_steers_a_screen_or_makes_a_line_of_its_own(desk):
    hostile = 'x"\n[[truce]]\nid = "evil"\x1b[2J\u202e\x00'
    desk.written(desk.token("Lena"), Act.EXTEND, end="24h", source=hostile, note=hostile)
    assert '\nid = "evil"' not in desk.text
    assert not re.search("[\x00\x1b\u202e]|u202e|u001b", desk.text, re.IGNORECASE)


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"[]",
        b'{"token": 1, "truce": "calm"}',
        b'{"token": "a", "truce": "calm", "act": "withdraw"}',
        b'{"token": "' + b"a" * LONGEST_REQUEST + b'"}',
        b"\xff" * 100,
        b"[" * LONGEST_REQUEST,
    ],
)
def test_what_is_no_request_is_told_so_and_the_helper_goes_on(desk, data):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as connection:
        connection.connect(str(desk.socket))
        connection.send(data)
        assert ANSWER.validate_json(connection.recv(9999)).status == "refused"
    assert desk.ask(desk.token("Lena"), Act.EXTEND, end="24h").status == "preview"


def test_whoever_goes_at_once_asks_nothing_or_takes_no_answer_stops_no_other(desk, monkeypatch):
    monkeypatch.setattr(record_helper, "_REQUEST_SECONDS", 0.1)
    token = desk.token("Lena")
    request = REQUEST.dump_json(RecordRequest(token=token, truce="calm"))
    with ExitStack() as opened:
        for sent, stays in ((b"", False), (b"", True), (request, False), (request, True)):
            connection = opened.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET))
            connection.connect(str(desk.socket))
            if sent:
                connection.send(sent)
            if not stays:
                connection.close()
        assert desk.ask(token, Act.EXTEND, end="24h").status == "preview"
    assert "record.broken_off" in desk.log.getvalue()


def test_a_process_of_another_user_is_not_answered(tmp_path, capsys):
    desk = Desk(tmp_path, capsys).begin()
    token = desk.token("Lena")
    with desk.helped(os.geteuid() + 1), pytest.raises(ConnectionError):
        desk.ask(token, Act.EXTEND, end="24h")
    with desk.helped():
        assert desk.ask(token, Act.EXTEND, end="24h").status == "preview"


LIKE_SYSTEMD = """
import os, sys
os.dup2(int(sys.argv[1]), 3)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS="1")
os.execv(sys.executable, [sys.executable, "-m", "alertd", *sys.argv[2:]])
"""


def test_a_real_helper_that_systemd_starts_writes(tmp_path, capsys):
    desk = Desk(tmp_path, capsys).begin()
    token = desk.token("Lena")
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(str(desk.socket))
        listener.listen()
        number = str(listener.fileno())
        command = [sys.executable, "-c", LIKE_SYSTEMD, number, "--config", str(tmp_path), "record-helper"]
        with subprocess.Popen(command, pass_fds=[listener.fileno()], stderr=subprocess.PIPE, text=True) as helper:
            try:
                assert desk.written(token, Act.EXTEND, end="24h").status == "written"
            finally:
                helper.send_signal(signal.SIGTERM)
            log = helper.stderr.read()
    assert 'recorded_by = "Lena"' in desk.text
    assert "record.written" in log
    assert token not in log


def test_without_the_socket_of_systemd_it_says_what_to_do(command, tmp_path, capsys):
    Desk(tmp_path, capsys).begin()
    done = command(tmp_path, "record-helper")
    assert done.returncode == 1
    assert "systemctl enable --now alertd-record.socket" in done.stderr


CLAIM = """
  [[truce.claim]]
  announced = 2016-05-02T14:00:00Z
  by = "24h"
  stated_by = ["One party"]
  recorded_by = "oleh"
"""
ACTS = [
    ("extend", {"end": "24h", "stated_by": "Both"}, ["24h", "--stated-by", "Both"]),
    (
        "claim",
        {"end": "24h", "stated_by": "Both", "note": "by radio"},
        ["24h", "--stated-by", "Both", "--note", "by radio"],
    ),
    ("confirm", {"record": "1"}, ["--record", "1"]),
    ("deny", {"record": "1", "by": "Both", "source": "radio"}, ["--record", "1", "--by", "Both", "--source", "radio"]),
    ("end", {"reason": "shelling", "unconfirmed": "yes"}, ["--reason", "shelling", "--unconfirmed"]),
]


@pytest.mark.parametrize(("act", "fields", "options"), ACTS)
def test_each_act_shows_and_writes_what_its_command_does(command, desk, act, fields, options):
    truce, token = calm(CLAIM), desk.token("Lena")
    with freeze_time(tick=False):
        write_truces(desk.config, truce)
        done = desk.written(token, act, **fields)
        by_board = desk.text
        write_truces(desk.config, truce)
        by_command = command(desk.config, act, "calm", *options, "--as", "Lena", "--yes")
    assert (done.status, by_command.returncode) == ("written", 0)
    assert by_command.stdout.startswith("\n".join(done.lines))
    assert by_board == desk.text != truce


def test_a_truce_that_has_lapsed_is_closed_and_one_that_runs_is_not(desk):
    token = desk.token("Lena")
    refused = desk.ask(token, Act.CLOSE)
    assert "has not lapsed, so there is nothing to close" in refused.message
    write_truces(desk.config, calm(hours=-1))
    assert desk.written(token, Act.CLOSE).status == "written"
    assert "[[truce.closed]]" in desk.text
    assert 'by = "Lena"' in desk.text


def test_the_records_to_choose_from_are_those_of_the_commands_without_mistakes(desk):
    void = CLAIM.replace("One party", "Nobody") + "  void = true\n"
    write_truces(desk.config, calm(CLAIM, void))
    known = desk.ask(desk.token("Lena"))
    assert known.lines[0].startswith("Calm in calm [calm]; its end: ")
    (only,) = known.records
    assert only.number == 1
    assert "claim, by 24h, One party, unconfirmed, recorded by oleh; its end: " in only.text


@pytest.mark.parametrize("number", ["", "0", "7", "-1", "1.0", "²", "9" * 30])
def test_a_record_that_is_none_is_refused(desk, number):
    write_truces(desk.config, calm(CLAIM))
    token = desk.token("Lena")
    assert desk.ask(token, Act.CONFIRM, record=number).status == "refused"
    assert desk.ask(token, Act.DENY, record=number).status == "refused"


# Two persons.


@pytest.fixture
def two(desk):
    desk.begin("two_persons = true")
    return desk


def test_what_one_person_records_is_a_claim_until_another_confirms_it(command, two):
    lena, oleh = two.token("Lena"), two.token("Oleh")

    def end():
        return json.loads(command(two.config, "check", "--json").stdout)["truces"][0]["ends_at"]

    before = end()
    done = two.written(lena, Act.EXTEND, end="24h")
    assert "  tells at once: claimed" in done.lines
    assert end() == before
    own = two.ask(lena, Act.CONFIRM, record="1")
    assert own.message == "you recorded this yourself: another person must confirm it"
    assert two.written(oleh, Act.CONFIRM, record="1").status == "written"
    until(lambda: end() > before, "the extension to count")  # a second after it was recorded


def test_an_early_end_is_unconfirmed_until_another_confirms_it(command, two):
    lena, oleh = two.token("Lena"), two.token("Oleh")

    def state():
        return json.loads(command(two.config, "check", "--json").stdout)["truces"][0]["state"]

    two.written(lena, Act.END)
    assert state() == "running"
    assert two.ask(lena, Act.CONFIRM, record="1").status == "refused"
    two.written(oleh, Act.CONFIRM, record="1")
    until(lambda: state() == "terminated", "the early end to count")  # a second after what it confirms


@pytest.mark.parametrize("name", ["lena", "LENA", "  Lena "])
def test_a_second_token_under_the_same_name_is_the_same_person(two, name):
    write_truces(two.config, calm(CLAIM.replace("oleh", "Lena")))
    assert two.ask(two.token(name), Act.CONFIRM, record="1").status == "refused"


def test_one_person_alone_denies_nothing_that_is_confirmed_and_closes_nothing(two):
    write_truces(two.config, calm(CLAIM, CLAIM + "  confirmed = true\n"))
    token = two.token("Lena")
    assert two.ask(token, Act.DENY, record="2").message.startswith(
        "what is confirmed is not denied by one person alone"
    )
    assert two.ask(token, Act.DENY, record="1").status == "preview"
    write_truces(two.config, calm(hours=-1))
    assert two.ask(token, Act.CLOSE).message.startswith("nobody can confirm a close")


def test_whoever_agreed_to_a_form_before_two_persons_were_needed_is_asked_anew(desk):
    token = desk.token("Lena")
    shown = desk.ask(token, Act.EXTEND, end="24h")
    path = desk.config / "alertd.toml"
    path.write_text(path.read_text() + "two_persons = true\n")
    assert desk.ask(token, Act.EXTEND, shown.seen, end="24h").status == "preview"
