"""`alertd check`: where every truce stands, and every mistake with its file, its line and what to write instead."""

import json
import re

import pytest
from cli.commands import AFTER_ALL, PROBLEM_KEYS, SAMPLE, TRUCE_KEYS, tree
from process import truce_text, write_truces

AT = ("--at", "2016-05-02 1800 Asia/Damascus")
WINDOW = ("starts = 2016-04-30T01:00:00", "ends = 2016-05-04T01:00:00")


def checked(done, *, code):
    assert (done.returncode, done.stderr) == (code, "")
    found = json.loads(done.stdout)
    assert list(found) == ["truces", "problems"]
    assert all(list(problem) == PROBLEM_KEYS for problem in found["problems"])
    return found["truces"], found["problems"]


def test_each_kind_of_end_is_told_with_every_key(command, five_kinds):
    write_truces(five_kinds, truce_text("refused", "starts = 2016-04-30T01:00:00", "ends = true"), name="more.toml")
    before = tree(five_kinds)
    truces, _ = checked(command(five_kinds, "check", *AT, "--json"), code=1)
    damascus = "Asia/Damascus"
    rows = [
        ("called-off", "terminated", "instant", "2016-05-02T09:30:00Z", "2016-05-02T12:30:00+03:00", damascus, []),
        ("condition", "announced", "conditional", None, None, damascus, []),
        ("day", "running", "date", "2016-05-03T21:00:00Z", "2016-05-04", damascus, []),
        ("open", "running", "open", None, None, damascus, []),
        ("refused", "refused", None, None, None, None, [0]),
        ("running", "running", "instant", "2016-05-03T22:00:00Z", "2016-05-04T01:00:00+03:00", damascus, []),
    ]
    old = ["id", "state", "end_kind", "ends_at", "ends_local", "zone", "problems"]
    assert [tuple(truce[key] for key in old) for truce in truces] == rows
    assert all(list(truce) == TRUCE_KEYS for truce in truces)
    assert tree(five_kinds) == before


@pytest.mark.parametrize(
    ("more", "at", "expected"),
    [
        ("", "2016-05-01T00:59:00Z", ("running", ("2016-05-01T01:00:00Z", [], True), None)),
        ("", "2016-05-01T01:00:00Z", ("lapsed", None, "2016-05-01T01:00:00Z")),
        (
            '[[truce.claim]]\nannounced = 2016-05-01T00:30:00Z\nuntil = 2016-05-02T01:00:00Z\nstated_by = ["RSF"]\n',
            "2016-05-01T02:00:00Z",
            ("lapsed", ("2016-05-02T01:00:00Z", ["RSF"], False), "2016-05-01T01:00:00Z"),
        ),
        ("closed = 2016-05-01T02:00:00Z\n", "2016-05-01T02:00:00Z", ("closed", None, None)),
    ],
)
def test_the_next_end_is_told_whoever_states_it_and_a_lapse_until_it_is_closed(command, tmp_path, more, at, expected):
    window = ("announced = 2016-04-30T00:00:00Z", "starts = 2016-04-30T01:00:00Z", "ends = 2016-05-01T01:00:00Z")
    write_truces(tmp_path, truce_text("calm", *window) + more)
    ((truce,), _) = checked(command(tmp_path, "check", "--at", at, "--json"), code=0)
    assert truce["next_end"] is None or list(truce["next_end"]) == ["at", "stated_by", "confirmed"]
    next_end = truce["next_end"] and tuple(truce["next_end"].values())
    assert (truce["state"], next_end, truce["unresolved_since"]) == expected


@pytest.mark.parametrize(
    ("at", "state"),
    [
        ("2016-04-30 0059 Asia/Damascus", "announced"),
        ("2016-04-30 0100 Asia/Damascus", "running"),
        ("2016-05-04T00:59:59+03:00", "running"),
        ("032200Z MAY 16", "lapsed"),
    ],
)
def test_a_truce_stands_as_it_did_at_the_moment_asked_for(command, five_kinds, at, state):
    truces, _ = checked(command(five_kinds, "check", "--at", at, "--json"), code=0)
    assert {truce["id"]: truce["state"] for truce in truces}["running"] == state


def test_a_termination_ends_a_truce_at_its_time(command, five_kinds):
    def state(at):
        truces, _ = checked(command(five_kinds, "check", "--at", at, "--json"), code=0)
        return {truce["id"]: truce["state"] for truce in truces}["called-off"]

    assert state("2016-05-02 1229 Asia/Damascus") == "running"
    assert state("2016-05-02 1230 Asia/Damascus") == "terminated"


@pytest.fixture
def mistaken(tmp_path):
    """Five mistakes in three files, with good truces between them."""
    write_truces(
        tmp_path,
        truce_text("key", *WINDOW, 'colour = "red"'),
        truce_text("zone", *WINDOW).replace('"UTC"', '"Asia/Damascas"'),
        truce_text("ends", *WINDOW, 'lasts = "96h"'),
        truce_text("twice", *WINDOW),
        truce_text("neighbour", *WINDOW),
        name="a.toml",
    )
    write_truces(
        tmp_path,
        truce_text("syntax", "starts = 2016-04-30T01:00:00", "ends = 0100 Sun"),
        truce_text("below", *WINDOW),
        name="b.toml",
    )
    write_truces(tmp_path, "\n", truce_text("twice", *WINDOW), name="c.toml")
    return tmp_path


MISTAKES = [
    ("truces/a.toml", 7, "key", "unknown_key"),
    ("truces/a.toml", 12, "zone", "unknown_zone"),
    ("truces/a.toml", 22, "ends", "two_ends"),
    ("truces/a.toml", 25, "twice", "duplicate_id"),
    ("truces/b.toml", 6, "syntax", "syntax"),
    ("truces/c.toml", 4, "twice", "duplicate_id"),
]


def test_one_look_finds_every_mistake_in_every_file(command, mistaken):
    truces, problems = checked(command(mistaken, "check", *AT, "--json"), code=1)
    assert [(problem["file"], problem["line"], problem["truce"], problem["code"]) for problem in problems] == MISTAKES
    assert {problem["level"] for problem in problems} == {"error"}
    indexes = {truce["id"]: truce["problems"] for truce in truces}
    assert indexes == {
        "below": [],
        "ends": [2],
        "key": [0],
        "neighbour": [],
        "syntax": [4],
        "twice": [3, 5],
        "zone": [1],
    }


def test_a_mistake_takes_no_neighbour_with_it_and_no_more_than_it_must(command, mistaken):
    truces, _ = checked(command(mistaken, "check", *AT, "--json"), code=1)
    running = {truce["id"]: truce["ends_at"] for truce in truces if truce["state"] == "running"}
    assert running == dict.fromkeys(("below", "key", "neighbour"), "2016-05-04T01:00:00Z")
    assert {truce["id"] for truce in truces if truce["state"] == "refused"} == {"ends", "syntax", "twice", "zone"}


def test_as_text_every_mistake_begins_with_its_file_and_line(command, mistaken):
    done = command(mistaken, "check", *AT)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    told = [line for line in lines if line.startswith("truces/")]
    assert [line.split(": ")[:2] for line in told] == [[f"{file}:{line}", "error"] for file, line, *_ in MISTAKES]
    assert any(line.split()[:2] == ["ends", "refused"] and "not watched" in line for line in lines)
    assert any(line.split()[0] == "below" and "040100ZMAY16" in line for line in lines)


def test_as_text_an_end_stands_in_its_zone_in_utc_and_as_a_date_time_group(command, five_kinds):
    (line,) = [line for line in command(five_kinds, "check", *AT).stdout.splitlines() if line.startswith("running")]
    assert "0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May" in line
    assert line.split()[-1] == "032200ZMAY16"


def test_text_from_a_file_is_never_read_as_markup(command, tmp_path):
    condition = "the [bold]talks[/nothing] end"
    write_truces(
        tmp_path,
        truce_text("a", "starts = 2016-04-30T01:00:00", f'until_condition = "{condition}"', '"[/red]" = 1'),
    )
    shown = command(tmp_path, "check", *AT).stdout
    assert condition in shown
    assert "[/red]" in shown


def test_a_time_with_two_meanings_comes_with_what_to_write_and_that_is_taken(command, tmp_path):
    at = ("--at", "2016-05-05 0000 UTC")
    announced = ("announced = 2016-05-04T12:00:00", "starts = 2016-05-04T13:00:00")
    write_truces(tmp_path, truce_text("a", *announced, 'ends = "0100 Wed"'))
    _, (problem,) = checked(command(tmp_path, "check", *at, "--json"), code=1)
    assert (problem["code"], problem["line"]) == ("weekday", 7)
    readings = problem["readings"]
    assert [list(reading) for reading in readings] == [["local", "utc", "write"]] * 2
    assert [reading["utc"] for reading in readings] == ["2016-05-04T01:00:00Z", "2016-05-11T01:00:00Z"]
    assert readings[1]["local"] == "2016-05-11T01:00:00+00:00"
    shown = command(tmp_path, "check", *at).stdout
    assert all(f"write {reading['write']}" in shown for reading in readings)
    write_truces(tmp_path, truce_text("a", *announced, f'ends = "{readings[1]["write"]}"'))
    truces, problems = checked(command(tmp_path, "check", *at, "--json"), code=0)
    assert ([truce["ends_at"] for truce in truces], problems) == (["2016-05-11T01:00:00Z"], [])


def test_a_warning_fails_a_strict_check_alone_and_its_truce_is_watched(command, tmp_path):
    write_truces(tmp_path, truce_text("odd", *WINDOW, 'stated_duration = "48h"'))
    truces, (problem,) = checked(command(tmp_path, "check", *AT, "--json"), code=0)
    assert (problem["level"], problem["code"]) == ("warning", "mismatch")
    assert [(truce["state"], truce["problems"]) for truce in truces] == [("running", [0])]
    checked(command(tmp_path, "check", *AT, "--strict", "--json"), code=1)


def test_a_mistake_in_the_settings_hides_no_truce_and_shows_no_secret(command, sample):
    settings = sample / "alertd.toml"
    settings.write_text('[[channel]]\nname = "desk"\nkind = "apprise"\nurl = "slack://planted"\ncolour = "planted"\n')
    done = command(sample, "check", *AT, "--json")
    truces, problems = checked(done, code=1)
    at_settings = [
        (problem["line"], problem["level"], problem["code"]) for problem in problems if problem["file"] == "alertd.toml"
    ]
    assert at_settings == [(4, "warning", "secret"), (5, "error", "unknown_key")]
    assert [truce["id"] for truce in truces] == ["eastern-ghouta", "latakia"]
    assert "planted" not in done.stdout + command(sample, "check", *AT).stdout


def test_without_a_truce_file_the_mistakes_in_the_settings_are_told_as_well(command, tmp_path):
    (tmp_path / "alertd.toml").write_text("[policy]\nlead_times = nonsense\n")
    done = command(tmp_path, "check")
    assert done.returncode == 1
    assert f"no truce files in {tmp_path / 'truces'}" in done.stderr
    assert "alertd.toml:2: error: " in done.stderr


def test_a_truce_that_no_channel_takes_is_an_error_at_its_header(command, tmp_path):
    (tmp_path / "alertd.toml").write_text('[[channel]]\nname = "console"\nkind = "console"\ntags = ["syria"]\n')
    write_truces(
        tmp_path, truce_text("taken", *WINDOW, 'tags = ["syria"]'), truce_text("lost", *WINDOW, 'tags = ["sudan"]')
    )
    _, (problem,) = checked(command(tmp_path, "check", *AT, "--json"), code=1)
    assert (problem["code"], problem["truce"], problem["line"]) == ("unreachable", "lost", 9)


GOOD_CHANNEL = '[[channel]]\nname = "desk"\nkind = "console"\n'


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("apprise", "slck://planted/planted/planted"),
        ("apprise", '"slack://T00000000/B00000000/planted"'),
        ("apprise", "mailto://user:planted@"),
        ("apprise", "mailtos://mail.example.org:99999?to=planted@example.org"),
        ("apprise", "ntfy://"),
        ("webhook", "htps://planted.example.org/hook"),
        ("webhook", '"https://planted.example.org/hook"'),
        ("webhook", "https://planted.example.org:99999/hook"),
        ("webhook", "planted.example.org/hook"),
    ],
)
def test_a_channel_that_run_could_not_open_is_an_error_at_its_url(command, tmp_path, kind, url):
    write_truces(tmp_path, truce_text("calm", *WINDOW))
    (tmp_path / "url").write_text(url)
    channel = f'[[channel]]\nname = "other"\nkind = "{kind}"\nurl = {{ file = "url" }}\n'
    (tmp_path / "alertd.toml").write_text(GOOD_CHANNEL + channel)
    done = command(tmp_path, "check", *AT, "--json")
    _, (problem,) = checked(done, code=1)
    assert (problem["file"], problem["line"], problem["level"], problem["code"]) == (
        "alertd.toml",
        7,
        "error",
        "channel",
    )
    assert problem["message"].startswith("channel other, URL 1: ")
    assert "planted" not in done.stdout


@pytest.mark.parametrize("around", ["{}", "\ufeff{}\r\n"])
def test_a_url_that_run_opens_passes(command, tmp_path, around):
    write_truces(tmp_path, truce_text("calm", *WINDOW))
    (tmp_path / "url").write_text(around.format("https://hooks.example.org/hook"))
    channel = '[[channel]]\nname = "other"\nkind = "webhook"\nurl = { file = "url" }\n'
    (tmp_path / "alertd.toml").write_text(GOOD_CHANNEL + channel)
    assert checked(command(tmp_path, "check", *AT, "--json"), code=0)[1] == []


@pytest.mark.parametrize("url", ["ping.example.org", "htps://ping.example.org", "https://ping.example.org:99999"])
def test_a_heartbeat_that_cannot_be_called_is_an_error(command, tmp_path, url):
    write_truces(tmp_path, truce_text("calm", *WINDOW))
    (tmp_path / "url").write_text(url)
    (tmp_path / "alertd.toml").write_text(
        GOOD_CHANNEL + '[ops]\nchannel = "desk"\nheartbeat = { url = { file = "url" }, every = "60s" }\n'
    )
    _, (problem,) = checked(command(tmp_path, "check", *AT, "--json"), code=1)
    assert (problem["line"], problem["code"]) == (6, "channel")
    assert problem["message"].startswith("the heartbeat cannot be called: ")


def test_two_truces_that_titles_would_call_the_same_are_asked_for_names(command, tmp_path):
    titles = ("northern and eastern Aleppo", "northern and eastern Idlib", "northern and eastern Idlib")
    texts = [
        truce_text(truce, *WINDOW).replace(f"Calm in {truce}", f"Humanitarian pause, {title}")
        for truce, title in zip("abc", titles, strict=True)
    ]
    write_truces(tmp_path, *texts)
    _, problems = checked(command(tmp_path, "check", *AT, "--json"), code=0)
    called = "titles of alerts call it “Humanitarian pause, northern and…”"
    assert [(problem["truce"], problem["level"], problem["code"], problem["message"]) for problem in problems] == [
        ("a", "warning", "missing", f"{called}, as b too: give it a `name` of its own"),
        ("b", "warning", "missing", f"{called}, as a too: give it a `name` of its own"),
        ("c", "warning", "missing", f"{called}, as a too: give it a `name` of its own"),
    ]
    named = [text.replace('id = "', f'name = "Pause {number}"\nid = "') for number, text in enumerate(texts)]
    write_truces(tmp_path, *named)
    assert checked(command(tmp_path, "check", *AT, "--json"), code=0)[1] == []


def test_a_misspelt_variable_is_a_warning(command, sample, monkeypatch):
    monkeypatch.setenv("ALERTD_STATEDIR", "planted")
    done = command(sample, "check", *AT, "--json")
    _, problems = checked(done, code=0)
    (found,) = [problem for problem in problems if "ALERTD_STATEDIR" in problem["message"]]
    assert found["level"] == "warning"
    assert "planted" not in done.stdout


def test_zone_data_over_a_year_old_is_doubted_at_every_truce(command):
    done = command(SAMPLE, "check", "--json", "--at", "2100-01-01 0000 UTC")
    assert [
        (problem["truce"], problem["code"], problem["level"]) for problem in json.loads(done.stdout)["problems"]
    ] == [
        ("eastern-ghouta", "stale_zone", "warning"),
        ("latakia", "stale_zone", "warning"),
    ]
    assert done.returncode == 0


SMS = '[[channel]]\nname = "phone"\nkind = "console"\nform = "sms"\ntags = ["syria"]\n'


def test_a_name_that_no_sms_can_spell_is_told_where_a_channel_of_sms_takes_the_truce(command, tmp_path):
    (tmp_path / "alertd.toml").write_text(f'{SMS}[[channel]]\nname = "desk"\nkind = "console"\n')
    lines = ("starts = 2016-05-01T00:00:00", "open = true")
    for truce_id, name, tag in (("a", "غوطة", "syria"), ("b", "Ghoûta", "syria"), ("c", "Хомс", "sudan")):
        write_truces(
            tmp_path, truce_text(truce_id, *lines, f'name = "{name}"', f'tags = ["{tag}"]'), name=f"{truce_id}.toml"
        )
    problems = json.loads(command(tmp_path, "check", "--json").stdout)["problems"]
    assert [(found["truce"], found["code"], found["level"]) for found in problems] == [("a", "channel", "warning")]
    assert "holds 70 characters, not 160" in problems[0]["message"]


def test_a_form_that_nobody_knows_is_refused_with_those_there_are(command, tmp_path):
    (tmp_path / "alertd.toml").write_text(SMS.replace("sms", "fax"))
    write_truces(tmp_path, truce_text("a", "starts = 2016-05-01T00:00:00", "open = true", 'tags = ["syria"]'))
    assert "takes one of full, sms" in command(tmp_path, "check").stdout


def test_a_rehearsal_shows_the_sms(command, sample):
    settings = (sample / "alertd.toml").read_text()
    (sample / "alertd.toml").write_text(settings.replace('kind = "console"', 'kind = "console"\nform = "sms"', 1))
    done = command(sample, "rehearse", "--from", "2016-05-03 2000 Asia/Damascus", "--to", AFTER_ALL, "--json")
    bodies = [json.loads(line)["body"] for line in done.stdout.splitlines()]
    assert any(re.fullmatch(r"[A-Z ,.]+ ENDS 1H 0100 WED \(2200Z\) #[a-z2-7]{6}\n?", body) for body in bodies), bodies


def test_each_truce_has_the_address_of_its_page_where_the_board_has_one(command, five_kinds):
    settings = five_kinds / "alertd.toml"
    before = settings.read_text() if settings.exists() else ""
    settings.write_text(before + '[board]\nlisten = "127.0.0.1:0"\nurl = "https://board.example.org"\n')
    truces, _ = checked(command(five_kinds, "check", *AT, "--json"), code=0)
    assert {truce["link"] for truce in truces} >= {"https://board.example.org/truces/open"}
