"""`alertd plan`: what will be sent, as it was known at a moment; no ledger is read and nothing is written."""

import json

from cli.commands import DELIVERY_KEYS, SAMPLE, read_as_a_person, tree
from process import in_seconds, toml_utc, truce_text, write_truces

AT = ("--at", "2016-05-02 1800 Asia/Damascus")


def planned(done):
    assert (done.returncode, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert all(list(delivery) == DELIVERY_KEYS for delivery in found)
    return found


def told(found):
    return [
        (delivery["due_at"], delivery["truce"], delivery["kind"], delivery["stage"], delivery["ends_at"])
        for delivery in found
    ]


def test_the_whole_plan_of_each_kind_of_end_in_order(command, five_kinds):
    before = tree(five_kinds)
    found = planned(command(five_kinds, "plan", *AT, "--json"))
    day, end = "2016-05-03T21:00:00Z", "2016-05-03T22:00:00Z"
    reviews = [
        (f"2016-05-{first + count:02}T{hour}:00:00Z", truce, "review", None, ends_at)
        for truce, first, hour, ends_at in (("running", 4, 22, end), ("day", 5, 21, day))
        for count in range(7)
    ]
    agenda = [
        ("2016-05-02T22:00:00Z", "running", "reminder", "24h", end),
        ("2016-05-03T16:00:00Z", "running", "reminder", "6h", end),
        ("2016-05-03T21:00:00Z", "day", "reminder", "0", day),
        ("2016-05-03T21:00:00Z", "running", "reminder", "1h", end),
        ("2016-05-03T21:45:00Z", "running", "reminder", "15m", end),
        ("2016-05-03T22:00:00Z", "running", "lapsed", "0", end),
        ("2016-05-03T22:15:00Z", "running", "lapsed", "+15m", end),
        ("2016-05-04T19:30:00Z", "day", "reminder", "90m", day),
        ("2016-05-04T20:59:45Z", "day", "reminder", "15s", day),
        ("2016-05-04T21:00:00Z", "day", "lapsed", "0", day),
        ("2016-05-04T21:00:30Z", "day", "lapsed", "+30s", day),
        ("2016-05-06T22:00:00Z", "open", "review", None, None),
        ("2016-05-09T21:00:00Z", "condition", "start", "1h", None),
        ("2016-05-09T22:00:00Z", "condition", "start", "0", None),
        ("2016-05-13T22:00:00Z", "open", "review", None, None),
        ("2016-05-16T22:00:00Z", "condition", "review", None, None),
        ("2016-05-20T22:00:00Z", "open", "review", None, None),
        ("2016-05-23T22:00:00Z", "condition", "review", None, None),
        ("2016-05-27T22:00:00Z", "open", "review", None, None),
        ("2016-05-30T22:00:00Z", "condition", "review", None, None),
    ]  # to 30 days on: 1500Z 1 June
    assert told(found) == sorted([*agenda, *reviews], key=lambda row: (row[0], row[4] or "", row[1]))
    ladder = [delivery for delivery in found if delivery["kind"] not in ("review", "start")]
    assert {delivery["at"] for delivery in ladder if delivery["truce"] == "running"} == {end}
    assert [delivery["at"] for delivery in ladder if delivery["truce"] == "day"] == [day, *["2016-05-04T21:00:00Z"] * 4]
    assert {delivery["at"] for delivery in found if delivery["kind"] == "review"} == {None}
    begins = [delivery["at"] for delivery in found if delivery["kind"] == "start"]
    assert begins == ["2016-05-09T22:00:00Z"] * 2
    assert {delivery["milestone"] for delivery in found} == {None}
    assert {(delivery["channel"], delivery["target"]) for delivery in found} == {("console", "console")}
    assert tree(five_kinds) == before


def test_a_lead_time_of_whole_hours_is_told_in_hours(command, five_kinds):
    found = planned(command(five_kinds, "plan", "--at", "2016-05-01 0000 Asia/Damascus", "--truce", "day", "--json"))
    found = [delivery for delivery in found if delivery["kind"] != "review"]
    assert [delivery["stage"] for delivery in found] == ["48h", "36h", "0", "90m", "15s", "0", "+30s"]


def test_both_ends_of_the_time_asked_for_belong_to_it(command, five_kinds):
    span = ("--at", "2016-05-03T21:00:00Z", "--until", "2016-05-03T22:00:00Z")
    found = planned(command(five_kinds, "plan", *span, "--truce", "running", "--json"))
    assert [delivery["stage"] for delivery in found] == ["1h", "15m", "0"]


def test_what_was_not_known_yet_is_not_planned(command):
    def ghouta(at):
        done = command(SAMPLE, "plan", "--at", f"{at} Asia/Damascus", "--truce", "eastern-ghouta", "--json")
        return [(delivery["kind"], delivery["ends_at"]) for delivery in planned(done)]

    assert ghouta("2016-04-28 2359") == []
    assert ghouta("2016-04-29 0000")[0] == ("recorded", "2016-04-30T22:00:00Z")
    assert {end for _, end in ghouta("2016-04-30 2359")} == {"2016-04-30T22:00:00Z"}
    assert ghouta("2016-05-01 0000")[0] == ("extended", "2016-05-01T22:00:00Z")
    assert {end for _, end in ghouta("2016-05-01 0000")} == {"2016-05-01T22:00:00Z"}
    assert {end for _, end in ghouta("2016-05-02 0001")} == {"2016-05-03T22:00:00Z"}


def test_each_target_of_each_channel_is_planned_for_in_order(command, sample):
    (sample / "alertd.toml").write_text(
        '[[channel]]\nname = "room"\nkind = "apprise"\nurl = ["json://127.0.0.1:9/a", "json://127.0.0.1:9/b"]\n'
        '[[channel]]\nname = "desk"\nkind = "console"\nalerts = ["lapsed"]\n'
    )
    span = ("--at", "2016-05-03T21:45:00Z", "--until", "2016-05-03T22:00:00Z")
    found = planned(command(sample, "plan", *span, "--truce", "eastern-ghouta", "--json"))
    assert [(delivery["kind"], delivery["channel"], delivery["target"]) for delivery in found] == [
        ("reminder", "room", "room"),
        ("reminder", "room", "room#2"),
        ("lapsed", "desk", "desk"),
        ("lapsed", "room", "room"),
        ("lapsed", "room", "room#2"),
    ]


def test_without_a_time_the_plan_begins_now(command, tmp_path):
    end = in_seconds(7200)
    write_truces(tmp_path, truce_text("ahead", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(end)}"))
    found = planned(command(tmp_path, "plan", "--json"))
    assert [(delivery["stage"], delivery["ends_at"]) for delivery in found] == [
        (stage, toml_utc(end)) for stage in ("1h", "15m", "0", "+15m", *[None] * 7)
    ]


def test_an_empty_plan_is_an_empty_list_and_a_sentence(command, sample):
    assert planned(command(sample, "plan", "--at", "2020-01-01 0000 UTC", "--json")) == []
    assert command(sample, "plan", "--at", "2020-01-01 0000 UTC").stdout == "Nothing will be sent in that time.\n"


def test_a_truce_that_is_not_in_the_register_is_a_usage_error(command, sample):
    done = command(sample, "plan", *AT, "--truce", "aleppo")
    assert (done.returncode, done.stdout) == (2, "")
    assert "there is no truce aleppo" in read_as_a_person(done)


def test_a_neighbour_that_cannot_be_read_is_no_reason_to_plan_nothing(command, five_kinds):
    whole = planned(command(five_kinds, "plan", *AT, "--json"))
    write_truces(five_kinds, "[[truce]\n", name="broken.toml")
    assert planned(command(five_kinds, "plan", *AT, "--json")) == whole


def test_the_plan_as_text_has_a_line_a_delivery(command, five_kinds):
    head, *lines = command(five_kinds, "plan", *AT, "--truce", "running").stdout.splitlines()
    assert head.split() == ["DUE", "TRUCE", "KIND", "STAGE", "CHANNEL", "TITLE"]
    assert [line.split()[6] for line in lines] == ["reminder"] * 4 + ["lapsed"] * 2 + ["review"] * 7
    assert lines[0].split()[:8] == ["2200Z", "Mon", "2", "May", "2016", "running", "reminder", "24h"]
    assert "ends in 24 h, 0100 Wed 4 May Damascus (2200Z Tue 3 May)" in lines[0]


def test_a_ledger_changes_no_plan(command, sample):
    whole = planned(command(sample, "plan", *AT, "--json"))
    (sample.parent / "state").mkdir()
    (sample.parent / "state" / "ledger.db").write_text("no ledger at all")
    assert planned(command(sample, "plan", *AT, "--json")) == whole
