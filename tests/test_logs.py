"""Log lines: one form for all, no secret in any, and none that can be forged."""

import io
import json
import logging
import os
from datetime import UTC, datetime

import pytest
import structlog
from structlog.testing import capture_logs

from alertd import logs
from alertd.errors import ConfigError
from alertd.logs.lines import at_once, configure

pytestmark = pytest.mark.usefixtures("forgetful", "quiet_afterwards")


def configured(level: str = "info", *, tty: bool = False) -> io.StringIO:
    stream = io.StringIO()
    configure(level, stream=stream, tty=tty)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def own() -> structlog.stdlib.BoundLogger:
    return structlog.get_logger("alertd.somewhere")


def test_a_line_is_one_json_object_with_event_level_logger_and_utc_time():
    stream = configured()

    own().info("tick.done", sent=3)

    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {"event": "tick.done", "sent": 3, "level": "info", "logger": "alertd.somewhere"}


@pytest.mark.parametrize("library", ["apscheduler.scheduler", "apprise", "asyncio"])
def test_libraries_speak_in_the_same_form_and_from_warnings_on(library):
    stream = configured("debug")

    logging.getLogger(library).debug("a detail")
    logging.getLogger(library).info("added job")
    logging.getLogger(library).warning("Run time of job %s was missed", "x")

    (line,) = lines(stream)
    assert line["event"] == "Run time of job x was missed"
    assert line["logger"] == library
    assert set(line) == {"event", "level", "logger", "timestamp"}


def test_the_level_is_that_of_our_own_lines():
    stream = configured("debug")
    own().debug("shown")
    assert [line["event"] for line in lines(stream)] == ["shown"]

    stream = configured("error")
    own().warning("hidden")
    logging.getLogger("apprise").warning("hidden")
    assert lines(stream) == []


def test_an_unknown_level_is_refused_without_quoting_it():
    with pytest.raises(ConfigError, match="must be one of debug, info") as caught:
        configured("loud")
    assert "loud" not in str(caught.value)


def test_a_second_configure_replaces_the_first():
    first, second = configured(), configured()

    own().info("once")

    assert first.getvalue() == ""
    assert len(lines(second)) == 1


def test_a_second_configure_counts_for_a_logger_that_was_used_before():
    configured("warning")
    log = own().bind()
    log.info("dropped")

    stream = configured("info")
    log.info("shown")

    assert [line["event"] for line in lines(stream)] == ["shown"]


def test_context_stands_in_every_line_of_the_library_too():
    stream = configured()

    with structlog.contextvars.bound_contextvars(channel="desk"):
        own().info("ours")
        logging.getLogger("apprise").warning("theirs")

    assert [line["channel"] for line in lines(stream)] == ["desk", "desk"]


@pytest.mark.parametrize("tty", [False, True])
def test_a_registered_secret_is_taken_out_wherever_it_stands(tty):
    secret = 'tok/én "sekrit"'
    stream = configured(tty=tty)
    logs.register_secret(secret)

    own().info(f"event {secret}", value=secret, nested={"deep": [secret]}, **{secret: 1})
    logging.getLogger("apprise").warning("could not load %s", secret)
    logging.getLogger("apprise").warning("GET /tok%2F%C3%A9n%20%22sekrit%22?x=1")
    own().error("failed", exc_info=ValueError(secret))

    assert "sekrit" not in stream.getvalue()
    assert stream.getvalue().count("***") >= 6


def test_a_short_secret_hides_no_longer_word():
    logs.register_secret("desk")

    assert logs.redact("desk, desktop, the-desk: DESK") == "***, desktop, the-***: ***"


def test_what_would_hide_the_log_itself_is_not_registered():
    logs.register_secret("")
    logs.register_secret("  ")
    logs.register_secret("to")

    assert logs.redact("to be sent to desk") == "to be sent to desk"


def test_a_url_is_hidden_in_each_of_its_parts_but_for_its_host():
    logs.register_url("https://user-one:pw-7x@hooks.example.org/path-two/x?token-three=value-four#fragment-five")

    assert logs.redact("hooks.example.org x") == "hooks.example.org x"
    for part in ("user-one", "pw-7x", "path-two", "value-four", "fragment-five"):
        assert logs.redact(f"it says {part}") == "it says ***", part


def test_an_address_within_a_url_leaves_the_rest_of_it_hidden():
    logs.register_url("https://hooks.example.org/path-eight/x?next=https://other.example.org/back&token=value-nine")

    for part in ("path-eight", "value-nine"):
        assert logs.redact(f"it says {part}") == "it says ***", part


def test_a_room_of_a_chat_is_a_word_that_the_log_needs():
    logs.register_url("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/#newsroom-alerts")

    assert logs.redact("Channel newsroom-alerts fails") == "Channel newsroom-alerts fails"
    assert logs.redact("TIiajkdnlazkcOXrIdevi7FQ") == "***"


def test_of_two_secrets_the_longer_is_hidden_whole():
    logs.register_secret("sekrit-one")
    logs.register_secret("sekrit-one-and-two")

    assert logs.redact("sekrit-one-and-two") == "***"


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("mailto://user:pw@example.org/x", "mailto://***@example.org/x"),
        ("failed: https://tok3n@host, again", "failed: https://***@host, again"),
        ("postgresql+psycopg://a:b@c@db/x", "postgresql+psycopg://***@db/x"),
        ("https://host/p?api_key=abc&x=1", "https://host/p?api_key=***&x=1"),
        ("https://example.org/statement?id=7", "https://example.org/statement?id=7"),
        ("mail desk@example.org about https://example.org", "mail desk@example.org about https://example.org"),
    ],
)
def test_credentials_of_a_url_are_hidden_even_where_nobody_registered_them(text, redacted):
    assert logs.redact(text) == redacted


@pytest.mark.parametrize("tty", [False, True])
def test_no_line_can_be_forged(tty):
    forged = 'x\n{"event": "forged"}\r\x1b[2K\x9b2K\u2028forged\u202e'
    stream = configured(tty=tty)

    own().info(forged, value=forged, nested=[forged])
    logging.getLogger("apprise").warning(forged)

    text = stream.getvalue()
    assert len(text.splitlines()) == 2
    assert not any(mark in text for mark in ("\r", "\x1b[2K", "\x9b", "\u2028", "\u202e"))


def test_on_a_terminal_no_line_of_a_traceback_begins_like_a_line_of_the_log():
    stream = configured(tty=True)

    def fails() -> None:
        raise ValueError("bad\n2026-05-03T22:00:00Z [info] all is well\x1b[2K")

    try:
        fails()
    except ValueError:
        own().exception("failed")

    first, *rest = stream.getvalue().splitlines()
    assert "failed" in first
    assert all(line.startswith("    ") for line in rest)
    assert any("all is well" in line for line in rest)
    assert "\x1b[2K" not in stream.getvalue()
    assert "test_logs.py" in stream.getvalue()


@pytest.mark.parametrize("tty", [False, True])
def test_a_traceback_shows_no_local_variable(tty):
    stream = configured(tty=tty)

    def fails(password: str) -> None:
        raise ValueError(len(password))

    password = "hunter" + str(2)
    try:
        fails(password)
    except ValueError:
        own().exception("failed")
        logging.getLogger("apprise").exception("failed as well")

    assert "hunter2" not in stream.getvalue()
    assert stream.getvalue().count("ValueError") >= 2


def test_a_line_that_cannot_be_written_is_told_and_its_arguments_are_not(capsys, monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "handlers", [])  # those of pytest would raise
    stream = configured()

    logging.getLogger("apprise").warning("%d", "sekrit-argument")

    assert lines(stream) == [{"event": "log.line_lost", "level": "error", "logger": "apprise"}]
    assert "sekrit" not in stream.getvalue() + capsys.readouterr().err


def test_a_log_that_is_gone_takes_nothing_down(capsys):
    configured().close()

    own().info("into the void")

    assert capsys.readouterr().err == ""


class Writes(io.StringIO):
    """A stream that counts what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def write(self, text: str) -> int:
        self.count += 1
        return super().write(text)


def test_lines_that_are_logged_at_once_are_written_at_once_and_in_their_order():
    stream = Writes()
    configure("info", stream=stream, tty=False)

    with at_once():
        own().info("first")
        logging.getLogger("apprise").warning("second")
        assert stream.count == 0

    assert stream.count == 1
    own().info("third")
    assert [line["event"] for line in lines(stream)] == ["first", "second", "third"]


def test_a_log_that_is_gone_meanwhile_takes_nothing_down(capsys):
    stream = configured()

    with at_once():
        own().info("into the void")
        stream.close()

    assert capsys.readouterr().err == ""


def test_an_own_line_that_cannot_be_written_takes_nothing_down_and_its_values_are_not_shown(capsys):
    class Unspeakable:
        def __repr__(self) -> str:
            raise ValueError("sekrit-value")

    stream = configured()

    own().info("delivery.settled", value=Unspeakable())

    assert lines(stream) == [{"event": "log.line_lost", "level": "error", "logger": "alertd.somewhere"}]
    assert "sekrit" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("secret", "text"),
    [("Sekrit-Value", "the sEKRIT-vALUE here"), ("Straße-sekrit", "the STRASSE, straße-SEKRIT here")],
)
def test_a_secret_is_found_in_letters_of_either_size(secret, text):
    logs.register_secret(secret)
    assert "ekrit" not in logs.redact(text).lower()


def test_letters_that_are_the_same_as_others_are_found_where_a_secret_has_them():
    logs.register_secret("\N{LATIN SMALL LETTER LONG S}ekrit-key")
    assert logs.redact("it is sekrit-key") == "it is ***"


def test_a_moment_is_written_as_machines_read_it():
    stream = io.StringIO()
    configure("info", stream=stream, tty=False)
    structlog.get_logger("alertd.test").info("agenda.ahead", due_at=datetime(2016, 5, 3, 22, tzinfo=UTC))
    assert json.loads(stream.getvalue())["due_at"] == "2016-05-03T22:00:00+00:00"


def test_the_journal_gets_the_priority_of_each_line_and_nothing_else_changes():
    stream = io.StringIO()
    configure("debug", stream=stream, tty=False, journal=True)

    for level in ("debug", "info", "warning", "error", "critical"):
        own().log(logging.getLevelNamesMapping()[level.upper()], "an event")

    told = stream.getvalue().splitlines()
    assert [line[:3] for line in told] == ["<7>", "<6>", "<4>", "<3>", "<2>"]
    assert {json.loads(line[3:])["event"] for line in told} == {"an event"}


def test_a_stream_leads_to_the_journal_only_where_the_environment_names_that_very_stream(tmp_path):
    with (tmp_path / "one").open("w") as named, (tmp_path / "two").open("w") as two:
        traits = os.fstat(named.fileno())
        environ = {"JOURNAL_STREAM": f"{traits.st_dev}:{traits.st_ino}"}

        assert logs.is_journal(named, environ)
        assert not logs.is_journal(two, environ)
        assert not logs.is_journal(named, {})
        assert not logs.is_journal(io.StringIO(), environ)


def test_every_line_of_a_text_has_its_priority():
    assert logs.with_priority("alertd: no\n  settings: none") == "<3>alertd: no\n<3>  settings: none"


def test_a_logger_that_one_test_has_used_is_heard_by_the_next():
    log = structlog.get_logger("alertd.used_twice")
    configure("info", stream=io.StringIO(), tty=False)
    log.info("first")
    structlog.reset_defaults()
    with capture_logs() as lines:
        log.info("second")
    assert [line["event"] for line in lines] == ["second"]
