"""Settings: what the file, the environment and the secrets around it give, and what is said of mistakes in them."""

import os
import subprocess
import sys
from datetime import time, timedelta
from pathlib import Path
from socket import gethostname

import pytest

from alertd.domain.alert import Kind
from alertd.domain.policy import Policy, RateLimit
from alertd.domain.quiet import WallHours
from alertd.errors import Code, ConfigError, Level
from alertd.logs import register_secret
from alertd.settings import Secrets, check_settings, load_settings
from alertd.settings.last import LAST, keep_settings
from alertd.settings.parts import digests
from alertd.times.zones import load_zones

SECRET = "slack://xoxb-planted-secret"

WHOLE = """\
state_dir = "/var/lib/alertd"
[policy]
lead_times = ["2d", "6h", "6h"]
after = ["15m"]
late_after = "60s"
catch_up = "24h"
review_every = "7d"
[log]
level = "debug"
[ledger]
keep = "90d"
[[channel]]
name = "desk"
kind = "apprise"
url = [{ credential = "desk-url" }, { env = "ALERTD_DESK" }, { file = "desk.url" }]
zone = "Europe/Zurich"
tags = ["syria"]
alerts = ["reminder", "lapsed"]
digest = false
fallback = "oncall"
rate_limit = "20/1m"
[[channel]]
name = "oncall"
kind = "webhook"
url = { env = "HOOK" }
secret = { env = "ALERTD_SIGNING" }
[ops]
channel = "oncall"
heartbeat = { url = { env = "PING" }, every = "30s" }
shift_digest = ["07:00", 19:00:00]
"""


@pytest.fixture(scope="session")
def zone_for():
    return load_zones({}).find


@pytest.fixture
def load(tmp_path: Path, zone_for):
    def write_and_load(text: str, **environ: str):
        (tmp_path / "alertd.toml").write_text(text)
        return load_settings(tmp_path, environ, zone_for=zone_for)

    return write_and_load


@pytest.fixture
def problems(tmp_path: Path, zone_for):
    """What `check` would list, as (line, code); no message may show the planted secret."""

    def write_and_check(text: str, **environ: str):
        (tmp_path / "alertd.toml").write_text(text)
        settings, found = check_settings(tmp_path, environ, zone_for=zone_for)
        assert (settings is None or settings.trouble is not None) == any(p.level is Level.ERROR for p in found)
        assert "planted" not in "".join(str(problem) for problem in found)
        assert {problem.file for problem in found} <= {"alertd.toml"}
        return [(problem.line, problem.code) for problem in found]

    return write_and_check


def test_every_setting_is_read(load, tmp_path):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "desk-url").write_text("slack://one\n")
    (tmp_path / "desk.url").write_text("slack://three\n")
    settings = load(
        WHOLE,
        CREDENTIALS_DIRECTORY=str(tmp_path / "credentials"),
        ALERTD_DESK="slack://two",
        HOOK="https://hook",
        ALERTD_SIGNING="whsec_planted",
        PING="https://ping",
    )
    assert settings.problems == ()
    assert settings.state_dir == Path("/var/lib/alertd")
    assert settings.policy == Policy(lead_times=(timedelta(days=2), timedelta(hours=6)))
    assert settings.log_level == "debug"
    assert settings.keep == timedelta(days=90)
    desk, oncall = settings.channels
    assert [url.get_secret_value() for url in desk.url] == ["slack://one", "slack://two", "slack://three"]
    assert desk.targets == ("desk", "desk#2", "desk#3")
    assert (desk.zone, set(desk.tags), desk.digest, desk.fallback) == ("Europe/Zurich", {"syria"}, False, "oncall")
    assert set(desk.alerts) == {Kind.REMINDER, Kind.LAPSED}
    assert (desk.rate_limit, oncall.rate_limit) == (RateLimit(20, timedelta(minutes=1)), None)
    assert desk.secret is None
    assert oncall.secret.get_secret_value() == "whsec_planted"
    assert (oncall.targets, oncall.digest, oncall.zone) == (("oncall",), False, "UTC")
    assert settings.ops.channel == "oncall"
    assert settings.ops.heartbeat.every == timedelta(seconds=30)
    assert settings.ops.shift_digest == (time(7), time(19))
    assert [each.targets for each in settings.subscriptions()] == [desk.targets, oncall.targets]
    assert "slack" not in repr(settings)
    assert "https" not in repr(settings)
    assert "planted" not in repr(settings)


@pytest.mark.parametrize(
    ("written", "begins", "ends"),
    [
        ("2200-0600", time(22), time(6)),
        ("22:30 - 06:15", time(22, 30), time(6, 15)),
        ("1200-1400", time(12), time(14)),
        ("2200-2400", time(22), time(0)),
    ],
)
def test_quiet_hours_are_read_in_the_zone_of_their_channel(load, written, begins, ends):
    settings = load(channel('zone = "Asia/Damascus"', f'quiet = {{ hours = "{written}" }}'), HOOK="slack://one")
    quiet = settings.quiet_hours(lambda name: name)["desk"]
    assert (quiet.hours, quiet.zone) == (WallHours(begins, ends), "Asia/Damascus")


def test_what_passes_in_quiet_hours_is_kinds_and_stages(load):
    passing = 'pass = ["1h", "0", "+15m", "2d", "lapsed"]'
    settings = load(channel(f'quiet = {{ hours = "2200-0600", {passing} }}'), HOOK="slack://one")
    quiet = settings.quiet_hours(lambda name: name)["desk"]
    assert quiet.kinds == {Kind.LAPSED}
    assert {str(stage) for stage in quiet.stages} == {"1h", "0", "+15m", "48h"}


@pytest.mark.parametrize("text", ["", "[log]\nlevel = 'info'\n"])
def test_without_channels_there_is_a_console(load, tmp_path, text):
    settings = load(text)
    assert [(channel.name, channel.kind, channel.targets) for channel in settings.channels] == [
        ("console", "console", ("console",))
    ]
    assert settings.policy == Policy()
    assert settings.state_dir == tmp_path / "state"
    assert settings.ops is None


def test_without_a_file_the_defaults_hold(tmp_path, zone_for):
    settings = load_settings(tmp_path, {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}, zone_for=zone_for)
    assert settings.state_dir == Path("/var/lib/a")
    assert settings.channels[0].name == "console"
    assert settings.log_level == "info"


def test_a_missing_folder_is_one_clear_sentence(tmp_path, zone_for):
    with pytest.raises(ConfigError, match=r"there is no config folder .*nowhere"):
        load_settings(tmp_path / "nowhere", {}, zone_for=zone_for)


def test_relative_paths_count_from_the_config_folder(load, tmp_path):
    assert load('state_dir = "here"').state_dir == tmp_path / "here"


def test_the_environment_wins_over_the_file(load):
    settings = load(
        '[policy]\ncatch_up = "24h"\nlate_after = "90s"\n',
        ALERTD_POLICY__CATCH_UP="12h",
        ALERTD_STATE_DIR="/elsewhere",
        ALERTD_LOG__LEVEL="error",
        ALERTD_OPS__CHANNEL="console",
        ALERTD_CONFIG="/etc/alertd",
    )
    assert settings.policy.catch_up == timedelta(hours=12)
    assert settings.policy.late_after == timedelta(seconds=90)
    assert settings.state_dir == Path("/elsewhere")
    assert settings.log_level == "error"
    assert settings.ops.channel == "console"
    assert settings.problems == ()


def test_a_mistake_in_the_environment_names_the_variable(tmp_path, zone_for):
    _, (problem,) = check_settings(tmp_path, {"ALERTD_POLICY__CATCH_UP": "planted"}, zone_for=zone_for)
    assert problem.code is Code.BAD_DURATION
    assert problem.message.startswith("ALERTD_POLICY__CATCH_UP: ")
    assert "planted" not in problem.message


@pytest.mark.parametrize("name", ["ALERTD_POLICY__CATCHUP", "ALERTD_TYPO", "ALERTD_CHANNEL", "ALERTD_POLICY"])
def test_an_unknown_variable_is_a_warning(load, name):
    (problem,) = load("", **{name: SECRET}).problems
    assert (problem.level, problem.code) == (Level.WARNING, Code.UNKNOWN_KEY)
    assert name in problem.message
    assert SECRET not in problem.message


def test_a_plain_url_works_and_is_warned_of(load):
    settings = load(f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "{SECRET}"\n')
    (problem,) = settings.problems
    assert (problem.line, problem.level, problem.code) == (4, Level.WARNING, Code.SECRET)
    assert settings.channels[0].url[0].get_secret_value() == SECRET
    assert "planted" not in repr(settings)


def channel(*lines: str) -> str:
    return "\n".join(["[[channel]]", 'name = "desk"', 'kind = "apprise"', 'url = { env = "HOOK" }', *lines])


def webhook(*lines: str) -> str:
    return channel(*lines).replace("apprise", "webhook")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f'state_dri = "{SECRET}"', (1, Code.UNKNOWN_KEY)),
        (f'\n[policy]\ncatch_upp = "{SECRET}"', (3, Code.UNKNOWN_KEY)),
        (f'[policy]\ncatch_up = "{SECRET}"', (2, Code.BAD_DURATION)),
        ('[policy]\nlead_times = [\n"24h",\n"xy"]', (4, Code.BAD_DURATION)),
        ('[policy]\nlead_times = ["5000d"]', (2, Code.BAD_DURATION)),
        ('[policy]\nreview_every = "0s"', (2, Code.BAD_DURATION)),
        ("policy = 3", (1, Code.SYNTAX)),
        (f'[log]\nlevel = "{SECRET}"', (2, Code.SYNTAX)),
        (f'state_dir = {SECRET}\n[policy]\ncatch_up = "1"', (1, Code.SYNTAX)),
        (f'state_dir = "{SECRET}\n', (1, Code.SYNTAX)),
        ('state_dir = "a"\nstate_dir = "b"', (2, Code.SYNTAX)),
        (channel(f'fallback = "{SECRET}"'), (5, Code.CHANNEL)),
        (channel('fallback = "desk"'), (5, Code.CHANNEL)),
        (channel(f'zone = "{SECRET}"'), (5, Code.UNKNOWN_ZONE)),
        (channel('zone = "EST"'), (5, Code.ABBREVIATION)),
        (channel(f'alerts = ["reminder", "{SECRET}"]'), (5, Code.CHANNEL)),
        (channel('alerts = ["ops"]'), (5, Code.CHANNEL)),
        (channel(f'foo = "{SECRET}"'), (5, Code.UNKNOWN_KEY)),
        (channel(f'digest = "{SECRET}"'), (5, Code.SYNTAX)),
        (channel(f'rate_limit = "{SECRET}"'), (5, Code.BAD_DURATION)),
        (channel('rate_limit = "0/1m"'), (5, Code.BAD_DURATION)),
        (channel('rate_limit = "1/0s"'), (5, Code.BAD_DURATION)),
        (channel("rate_limit = 5"), (5, Code.BAD_DURATION)),
        ('[ledger]\nkeep = "forever"', (2, Code.BAD_DURATION)),
        (channel('quiet = "2200-0600"'), (5, Code.SYNTAX)),
        (channel("quiet = {}"), (5, Code.MISSING)),
        (channel('quiet = { pass = ["1h"] }'), (5, Code.MISSING)),
        (channel(f'quiet = {{ hours = "{SECRET}" }}'), (5, Code.BAD_TIME)),
        (channel("quiet = { hours = 2200 }"), (5, Code.BAD_TIME)),
        (channel('quiet = { hours = "2200-2500" }'), (5, Code.BAD_TIME)),
        (channel('quiet = { hours = "2200-2200" }'), (5, Code.ORDER)),
        (channel('quiet = { hours = "0000-2400" }'), (5, Code.ORDER)),
        (channel(f'quiet = {{ hours = "2200-0600", pass = ["{SECRET}"] }}'), (5, Code.CHANNEL)),
        (channel('quiet = { hours = "2200-0600", pass = ["ops"] }'), (5, Code.CHANNEL)),
        (channel('quiet = { hours = "2200-0600", pass = 3 }'), (5, Code.SYNTAX)),
        (channel('quiet = { hours = "2200-0600", until = "0600" }'), (5, Code.UNKNOWN_KEY)),
        (channel(f'[ops]\nchannel = "{SECRET}"'), (6, Code.CHANNEL)),
        (channel('[ops]\nshift_digest = ["07:00"]'), (5, Code.MISSING)),
        (channel(f'[ops]\nchannel = "desk"\nshift_digest = ["{SECRET}"]'), (7, Code.BAD_TIME)),
        (channel('[ops]\nchannel = "desk"\nheartbeat = { every = "60s" }'), (7, Code.MISSING)),
        (channel('[ops]\nchannel = "desk"\n[ops.heartbeat]\nurl = { env = "NOT_SET" }'), (8, Code.MISSING)),
        ('[[channel]]\nkind = "console"', (1, Code.MISSING)),
        ('[[channel]]\nname = "desk"', (1, Code.MISSING)),
        (f'[[channel]]\nname = "desk"\nkind = "{SECRET}"', (3, Code.CHANNEL)),
        ('[[channel]]\nname = "de#k"\nkind = "console"', (2, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"', (1, Code.MISSING)),
        ('[[channel]]\nname = "desk"\nkind = "console"\nurl = "x"', (4, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = []', (4, Code.MISSING)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = 3', (4, Code.SYNTAX)),
        (
            '[[channel]]\nname = "desk"\nkind = "apprise"\nurl = [\n{ env = "HOOK" },\n{ env = "NO" }]',
            (6, Code.MISSING),
        ),
        (f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ env = "{SECRET}" }}', (4, Code.MISSING)),
        (f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ file = "{SECRET}" }}', (4, Code.MISSING)),
        (f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ credential = "{SECRET}" }}', (4, Code.MISSING)),
        (f'[[channel]]\nname = "desk"\nkind = "apprise"\nurl = {{ plain = "{SECRET}" }}', (4, Code.UNKNOWN_KEY)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = { env = "A", file = "B" }', (4, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = { env = "TWO_LINES" }', (4, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = { env = "EMPTY" }', (4, Code.MISSING)),
        (webhook(f'secret = {{ env = "{SECRET}" }}'), (5, Code.MISSING)),
        (webhook(f'secret = {{ plain = "{SECRET}" }}'), (5, Code.UNKNOWN_KEY)),
        (webhook(f'secret = "{SECRET}"'), (5, Code.SECRET)),
        (webhook("secret = 3"), (5, Code.SYNTAX)),
        (webhook('secret = [{ env = "HOOK" }]'), (5, Code.SYNTAX)),
        (channel('secret = { env = "HOOK" }'), (5, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "console"\nsecret = { env = "HOOK" }', (4, Code.CHANNEL)),
        ('[[channel]]\nname = "desk"\nkind = "webhook"', (1, Code.MISSING)),
        (channel() + "\n" + channel(), (6, Code.CHANNEL)),
    ],
)
def test_each_mistake_is_told_with_its_line_and_without_its_value(problems, text, expected):
    environ = {"HOOK": SECRET, "TWO_LINES": f"{SECRET}\n{SECRET}", "EMPTY": " "}
    assert problems(text, **environ) == [expected]


def test_a_missing_credential_is_named(tmp_path, zone_for):
    (tmp_path / "alertd.toml").write_text(
        '[[channel]]\nname = "a"\nkind = "apprise"\nurl = { credential = "desk-url" }'
    )
    for environ in ({}, {"CREDENTIALS_DIRECTORY": str(tmp_path)}):
        _, (problem,) = check_settings(tmp_path, environ, zone_for=zone_for)
        assert problem.code is Code.MISSING
        assert "`desk-url`" in problem.message


def test_a_secret_in_a_pipe_is_refused_and_never_waited_for(tmp_path, zone_for):
    os.mkfifo(tmp_path / "desk.url")
    (tmp_path / "alertd.toml").write_text('[[channel]]\nname = "a"\nkind = "apprise"\nurl = { file = "desk.url" }')

    _, (problem,) = check_settings(tmp_path, {}, zone_for=zone_for)

    assert problem.message == "the file `desk.url` cannot be read: it is not a regular file"


CREDENTIAL = '[[channel]]\nname = "a"\nkind = "apprise"\nurl = { credential = "desk-url" }'


def test_a_credential_is_found_by_its_name_as_a_file_of_the_units_folder_or_beside_the_settings(load, tmp_path):
    given = tmp_path / "given"
    for folder, name in ((tmp_path / "credentials", "desk-url"), (given, "alertd_desk-url"), (given, "desk-url")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"slack://{folder.name}/{name}")

    def url(**environ):
        return load(CREDENTIAL, **environ).channels[0].url[0].get_secret_value()

    assert url() == "slack://credentials/desk-url"
    assert url(CREDENTIALS_DIRECTORY=str(given)) == "slack://given/desk-url"
    (given / "desk-url").unlink()
    assert url(CREDENTIALS_DIRECTORY=str(given)) == "slack://given/alertd_desk-url"


def test_a_command_that_sends_nothing_needs_no_secret(tmp_path, zone_for):
    (tmp_path / "alertd.toml").write_text(
        '[[channel]]\nname = "a"\nkind = "apprise"\n'
        'url = [{ credential = "a" }, { env = "NOT_SET" }, { file = "missing" }]'
    )

    settings = load_settings(tmp_path, {}, zone_for=zone_for, secrets=Secrets.UNREAD)

    assert settings.channels[0].targets == ("a", "a#2", "a#3")
    assert settings.problems == ()


@pytest.mark.parametrize("around", ["\ufeff{}", "{}\r\n", " \ufeff{} \n", "{}\ufeff"])
def test_what_an_editor_leaves_around_a_secret_is_dropped(load, around):
    channel = '[[channel]]\nname = "hook"\nkind = "webhook"\nurl = { env = "HOOK" }'
    settings = load(channel, HOOK=around.format("https://example.org/hook"))
    assert settings.channels[0].url[0].get_secret_value() == "https://example.org/hook"


def test_a_credential_with_a_byte_order_mark_is_read_without_it(tmp_path, zone_for):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/token").write_bytes(b"\xef\xbb\xbf0123456789abcdef\r\n")
    (tmp_path / "alertd.toml").write_text('[board]\nlisten = 8642\ntoken = { credential = "token" }')
    settings = load_settings(tmp_path, {}, zone_for=zone_for)
    assert settings.board.token.get_secret_value() == "0123456789abcdef"


def test_a_proxy_is_told_of_as_a_secret_only_where_a_password_stands_in_it(load):
    channel = '[[channel]]\nname = "hook"\nkind = "webhook"\nurl = { env = "HOOK" }\nproxy = "http://%sproxy.example.org:3128"'
    assert load(channel % "", HOOK="https://example.org/").problems == ()
    (problem,) = load(channel % "user:word@", HOOK="https://example.org/").problems
    assert (problem.line, problem.code, problem.level) == (5, Code.SECRET, Level.WARNING)
    with pytest.raises(ConfigError) as refused:
        load('[[channel]]\nname = "a"\nkind = "console"\nproxy = "http://proxy:1"')
    assert [problem.message for problem in refused.value.problems] == ["a console has no `proxy`"]


def test_a_secret_that_this_user_may_not_read_is_a_warning_where_it_is_only_tried(tmp_path, zone_for, monkeypatch):
    read = Path.read_text

    def refuse(path, *args, **kwargs):
        if path.name == "desk-url":
            raise PermissionError(13, "Permission denied")
        return read(path, *args, **kwargs)

    (tmp_path / "alertd.toml").write_text(CREDENTIAL)
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "desk-url").touch()
    monkeypatch.setattr(Path, "read_text", refuse)

    levels = {}
    for secrets in (Secrets.NEEDED, Secrets.TRIED):
        _, (problem,) = check_settings(tmp_path, {}, zone_for=zone_for, secrets=secrets)
        assert "`desk-url`" in problem.message
        levels[secrets] = problem.level
    assert levels == {Secrets.NEEDED: Level.ERROR, Secrets.TRIED: Level.WARNING}


def test_a_cycle_of_fallbacks_is_told_at_each_of_its_channels(problems):
    text = "".join(
        f'[[channel]]\nname = "{name}"\nkind = "console"\nfallback = "{to}"\n'
        for name, to in (("a", "b"), ("b", "c"), ("c", "b"))
    )
    assert problems(text) == [(8, Code.CHANNEL), (12, Code.CHANNEL)]


def test_what_is_known_to_be_secret_is_in_no_problem(tmp_path, zone_for):
    register_secret("gurkensalat-3")
    (tmp_path / "alertd.toml").write_text("gurkensalat-3 = 1")
    _, (problem,) = check_settings(tmp_path, {}, zone_for=zone_for)
    assert "***" in problem.message
    assert "gurken" not in problem.message


def test_one_run_lists_every_mistake(problems):
    text = """\
nonsense = 1
[policy]
catch_up = 24
after = ["15"]
[[channel]]
name = "a"
kind = "consle"
zone = "Europe/Zurch"
[[channel]]
name = "b"
kind = "apprise"
fallback = "c"
"""
    assert problems(text) == [
        (1, Code.UNKNOWN_KEY),
        (3, Code.BAD_DURATION),
        (4, Code.BAD_DURATION),
        (7, Code.CHANNEL),
        (8, Code.UNKNOWN_ZONE),
        (9, Code.MISSING),
        (12, Code.CHANNEL),
    ]


def test_an_error_is_raised_with_every_problem(load):
    with pytest.raises(ConfigError, match="cannot be used") as caught:
        load("a = 1\nb = 2\n")
    assert [problem.line for problem in caught.value.problems] == [1, 2]


def test_settings_start_without_the_libraries_of_channels_and_ledger():
    code = "import sys, alertd.settings, alertd.register; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"sqlalchemy", "apprise", "aiohttp", "apscheduler", "tree_sitter", "tomlkit"}.isdisjoint(loaded)


@pytest.mark.parametrize("spoilt", [None, "[[channel]", '[[channel]]\nname = "another"\n'])
def test_settings_are_kept_anew_where_others_or_none_can_be_read(load, tmp_path, spoilt):
    settings = load(f'state_dir = "{tmp_path}"\n[[channel]]\nname = "desk"\nkind = "console"\n')
    keep_settings(settings, tmp_path)
    kept = tmp_path / LAST
    written, file = kept.read_text(), kept.stat().st_ino
    if spoilt is not None:
        kept.write_text(spoilt)
    keep_settings(settings, tmp_path)
    assert kept.read_text() == written
    assert (kept.stat().st_ino == file) is (spoilt is None)


def test_there_is_no_board_unless_it_is_told_where_to_listen(load):
    assert load("").board is None
    assert load('[board]\nprefix = "/alertd"').board is None


@pytest.mark.parametrize(
    ("listen", "host", "port"),
    [
        ('"127.0.0.1:8642"', "127.0.0.1", 8642),
        ('"8642"', "127.0.0.1", 8642),
        ("8642", "127.0.0.1", 8642),
        ('"localhost:0"', "localhost", 0),
        ('"[::1]:8642"', "[::1]", 8642),
    ],
)
def test_a_board_listens_where_it_is_told_and_a_port_alone_is_of_this_machine(load, listen, host, port):
    settings = load(f"[board]\nlisten = {listen}")
    assert (settings.board.host, settings.board.port) == (host, port)
    assert settings.problems == ()


def test_every_setting_of_the_board_is_read(load):
    board = load(
        '[board]\nlisten = 8642\ntoken = { env = "ALERTD_TOKEN" }\nprefix = "/a/b"\n'
        'hosts = ["Board.example.org"]\nconnections = 8',
        ALERTD_TOKEN=SECRET,
    ).board
    assert board.token.get_secret_value() == SECRET
    assert (board.prefix, board.hosts, board.connections) == ("/a/b", ("board.example.org",), 8)
    assert "planted" not in repr(board)


def test_a_token_in_plain_text_is_warned_of_and_asked_for(load):
    settings = load(f'[board]\nlisten = 8642\ntoken = "{SECRET}"')
    (problem,) = settings.problems
    assert (problem.level, problem.code) == (Level.WARNING, Code.SECRET)
    assert settings.board.token.get_secret_value() == SECRET


def test_a_board_that_others_can_reach_without_a_token_is_warned_of(load):
    (problem,) = load('[board]\nlisten = "192.0.2.1:8642"').problems
    assert (problem.line, problem.level, problem.code) == (2, Level.WARNING, Code.SECRET)
    assert load('[board]\nlisten = "192.0.2.1:8642"\ntoken = { env = "TOKEN" }', TOKEN="x" * 16).problems == ()


@pytest.mark.parametrize("host", ["0.0.0.0", "[::]"])
def test_a_board_that_listens_to_all_and_answers_to_no_name_of_theirs_is_warned_of(load, host):
    board = f'[board]\nlisten = "{host}:8642"\ntoken = {{ env = "TOKEN" }}\n'
    (problem,) = load(board, TOKEN="x" * 16).problems
    assert (problem.line, problem.level, problem.code) == (2, Level.WARNING, Code.MISSING)
    assert "list in `hosts`" in problem.message
    assert load(board + 'hosts = ["board.example.org"]', TOKEN="x" * 16).problems == ()


def test_a_token_that_can_be_guessed_is_refused_with_a_better_one(load):
    with pytest.raises(ConfigError) as refused:
        load('[board]\nlisten = 1\ntoken = { env = "TOKEN" }', TOKEN="fifteen-letters")
    (problem,) = refused.value.problems
    assert (problem.line, problem.level, problem.code) == (3, Level.ERROR, Code.SECRET)
    assert "`openssl rand -hex 16`" in problem.message
    assert "fifteen" not in problem.message


def test_a_token_that_is_not_read_is_not_judged(tmp_path, load):
    (tmp_path / "alertd.toml").write_text('[board]\nlisten = 1\ntoken = { env = "TOKEN" }')
    found, problems = check_settings(tmp_path, {"TOKEN": "x"}, zone_for=zone_for, secrets=Secrets.UNREAD)
    assert (found.board.port, problems) == (1, ())


def links(*lines):
    return "\n".join(["[board]", "listen = 8642", *lines])


def test_the_links_of_the_board_are_made_with_its_address_and_its_key(load):
    lines = ('url = "https://Board.example.org/"', 'link_key = { env = "LINK" }')
    board = load(links(*lines), LINK=32 * "k").board
    assert board.links.page("ghouta") == "https://Board.example.org/truces/ghouta"
    assert board.links.key == 32 * b"k"
    assert board.public_host == "board.example.org"
    assert load(links()).board.links is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (('url = "board.example.org"',), (3, Code.SYNTAX)),
        (('url = "https://board.example.org/?a=1"',), (3, Code.SYNTAX)),
        (('url = "https://me:secret@board.example.org"',), (3, Code.SYNTAX)),
        (('url = "https://board.example.org/other"',), (3, Code.CHANNEL)),
        (('prefix = "/alertd"', 'url = "https://board.example.org"'), (4, Code.CHANNEL)),
        (('link_key = { env = "LINK" }',), (3, Code.MISSING)),
        (('url = "https://board.example.org"', 'link_key = { env = "SHORT" }'), (4, Code.SECRET)),
        (('url = "https://board.example.org"', 'link_key = { env = "NOT_SET" }'), (4, Code.MISSING)),
        (('url = "http://board.example.org"', 'link_key = { env = "LINK" }'), (3, Code.SECRET)),
        (('ack_token = { env = "SHORT" }',), (3, Code.SECRET)),
        (('ack_token = { env = "NOT_SET" }',), (3, Code.MISSING)),
        (("ack_token = 3",), (3, Code.SYNTAX)),
    ],
)
def test_each_mistake_about_the_links_is_told_with_its_line(problems, lines, expected):
    assert problems(links(*lines), LINK=32 * "k", SHORT="short") == [expected]


def test_links_to_a_board_that_is_not_there_are_refused(problems):
    assert problems('[board]\nurl = "https://board.example.org"') == [(2, Code.MISSING)]


def test_a_key_that_cannot_be_read_costs_the_links_alone(tmp_path, zone_for):
    lines = ('url = "https://board.example.org"', 'link_key = { env = "NOT_SET" }')
    (tmp_path / "alertd.toml").write_text(links(*lines))
    settings, _ = check_settings(tmp_path, {}, zone_for=zone_for)
    assert settings.board.links.key == b""


def test_the_connections_of_the_board_come_from_the_environment_too(load):
    assert load("[board]\nlisten = 1", ALERTD_BOARD__CONNECTIONS="12").board.connections == 12


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("listen = 70000", (2, Code.SYNTAX)),
        ("listen = -1", (2, Code.SYNTAX)),
        ("listen = true", (2, Code.SYNTAX)),
        (f'listen = "{SECRET}"', (2, Code.SYNTAX)),
        ('listen = 1\nprefix = "alertd"', (3, Code.SYNTAX)),
        ('listen = 1\nprefix = "/alertd/"', (3, Code.SYNTAX)),
        ('listen = 1\nhosts = ["https://board.example.org"]', (3, Code.SYNTAX)),
        ('listen = 1\nhosts = ["board.example.org:80"]', (3, Code.SYNTAX)),
        ('listen = 1\ntoken = { env = "NOT_SET" }', (3, Code.MISSING)),
        ("listen = 1\nconnections = 7", (3, Code.SYNTAX)),
        ("listen = 1\nconnections = true", (3, Code.SYNTAX)),
        ('listen = 1\nconnections = "many"', (3, Code.SYNTAX)),
        (f'listen = 1\ntokn = "{SECRET}"', (3, Code.UNKNOWN_KEY)),
        (f'listen = 1\ntoken = "{SECRET}"', (3, Code.SECRET)),
    ],
)
def test_each_mistake_about_the_board_is_told_with_its_line(problems, lines, expected):
    assert problems(f"[board]\n{lines}") == [expected]


# -- the URL of a ledger on a server -------------------------------------------------------------------------------

URL = "postgresql://alertd:planted-password@db.example.org/alertd"


def test_the_url_of_the_ledger_is_a_secret_that_no_setting_shows(tmp_path, load):
    (tmp_path / "ledger-url").write_text(f"{URL}\n")
    settings = load('[ledger]\nurl = { file = "ledger-url" }')
    assert settings.ledger_url.get_secret_value() == URL
    assert "planted" not in f"{settings!r}{settings.tables}"
    assert load("").ledger_url is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (f'[ledger]\nurl = "{URL}"', Code.SECRET),
        ('[ledger]\nurl = { file = "nowhere" }', Code.MISSING),
        ('[ledger]\nurl = { env = "LEDGER_URL" }', Code.CHANNEL),
    ],
)
def test_a_url_of_the_ledger_that_cannot_be_used_is_told_and_stands_for_no_other_ledger(
    problems, tmp_path, zone_for, text, code
):
    assert problems(text, LEDGER_URL="mysql://planted@db/alertd") == [(2, code)]
    settings, _ = check_settings(tmp_path, {"LEDGER_URL": "mysql://planted@db/alertd"}, zone_for=zone_for)
    assert settings is None or settings.ledger_url.get_secret_value() == ""


def test_a_command_that_sends_nothing_knows_the_url_of_the_ledger_all_the_same(tmp_path, zone_for):
    (tmp_path / "ledger-url").write_text(URL)
    (tmp_path / "alertd.toml").write_text('[ledger]\nurl = { file = "ledger-url" }')
    settings = load_settings(tmp_path, {}, zone_for=zone_for, secrets=Secrets.UNREAD)
    assert settings.ledger_url.get_secret_value() == URL


def test_a_node_has_the_name_of_its_host_unless_one_is_set(load):
    assert load("").node == gethostname()[:56]
    assert load('node = "desk-a"\n').node == "desk-a"
    assert load("", ALERTD_NODE="desk-b").node == "desk-b"


@pytest.mark.parametrize("node", ["", "two words", "x" * 57, "désk"])
def test_a_node_that_a_session_cannot_be_named_after_is_refused(problems, node):
    assert [code for _, code in problems(f'node = "{node}"\n')] == ["syntax"]


def test_what_nodes_should_have_alike_is_compared_without_secrets_and_what_is_their_own(load, tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).write_text(f"https://example.org/{name}")
    channel = '[[channel]]\nname = "desk"\nkind = "webhook"\nurl = {{ file = "{}" }}\n'
    first = digests(load(channel.format("one")))
    assert {*first} == {"channel desk", "`keep` in [ledger]"}
    (tmp_path / "one").write_text("https://example.org/planted-token")
    assert digests(load('node = "b"\nstate_dir = "x"\n' + channel.format("one"))) == first
    other = digests(load("[policy]\nlate_after = '5m'\n" + channel.format("two")))
    assert {part for part in first | other if first.get(part) != other.get(part)} == {"channel desk", "[policy]"}
