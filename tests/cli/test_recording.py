"""The commands that record: what they write, what they show before, and what they refuse."""

import json
import tomllib
from datetime import UTC, datetime

import pytest
from cli.commands import DELIVERY_KEYS, read_as_a_person, tree
from process import alertd, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

from alertd.register import loading

KEYS = ["file", "line", "record", "old_ends_at", "new_ends_at", "cancelled", "planned"]
FILE = "truces/truces.toml"


@pytest.fixture
def config(tmp_path):
    """One truce that ends in two days, in UTC."""
    return watched(tmp_path)


def watched(config, *lines, hours=48):
    end = in_seconds(hours * 3600)
    write_truces(config, truce_text("calm", "starts = 2016-05-01T00:00:00Z", f"ends = {toml_utc(end)}", *lines))
    return config


def tables(config, file=FILE):
    return tomllib.loads((config / file).read_text())["truce"]


def recorded(done):
    assert (done.returncode, read_as_a_person(done).count("error")) == (0, 0)
    view = json.loads(done.stdout)
    assert list(view) == KEYS
    assert all(list(delivery) == DELIVERY_KEYS for delivery in (*view["cancelled"], *view["planned"]))
    return view


def refused(done, code, *says):
    assert (done.returncode, done.stdout) == (code, "")
    for text in says:
        assert text in read_as_a_person(done)


def test_an_extension_is_written_and_its_consequence_is_what_plan_says(command, config):
    before = json.loads(command(config, "plan", "--json").stdout)
    view = recorded(command(config, "extend", "calm", "--by", "24h", "--source", "by radio", "--yes", "--json"))
    after = json.loads(command(config, "plan", "--json").stdout)
    (extension,) = tables(config)[0]["extension"]
    assert (extension["by"], extension["source"]) == ("24h", "by radio")
    by_time = {"reminder", "lapsed", "review"}  # of the reviews, the ledger and its consequences know the next one
    assert view["cancelled"] == [delivery for delivery in before if delivery["kind"] in by_time][:7]
    assert view["planned"] == [delivery for delivery in after if delivery["kind"] in by_time][:7]
    assert view["old_ends_at"] < view["new_ends_at"] == view["planned"][0]["ends_at"]
    assert (config / FILE).read_text().split("\n")[view["line"] - 1].strip() == 'by = "24h"'
    assert view["file"] == FILE


def test_a_record_reads_its_own_file_before_and_after_and_every_other_once(command, config, monkeypatch):
    """Ten thousand truces take a second and a half to read."""
    write_truces(config, truce_text("other", "starts = 2016-05-01T00:00:00Z", "open = true"), name="other.toml")
    read = []
    documents = loading.documents
    monkeypatch.setattr(loading, "documents", lambda file, text: (read.append(file), documents(file, text))[1])
    recorded(command(config, "extend", "calm", "--by", "24h", "--yes", "--json"))
    assert sorted(read) == ["truces/other.toml", "truces/truces.toml", "truces/truces.toml"]
    assert tables(config)[0]["extension"][0]["by"] == "24h"


def test_what_follows_is_shown_in_words_before_it_is_written(command, sample):
    done = command(sample, "extend", "eastern-ghouta", "--until", "0100 Fri", "--announced", "2016-05-03 2130", "--yes")
    assert done.returncode == 0
    first, *rest = done.stdout.splitlines()
    name = "Regime of calm, Damascus and Eastern… [eastern-ghouta]"
    assert first == f"{name}: 0100 Wed 4 May -> 0100 Fri 6 May; nothing is ahead"
    assert "  ends 0100 Fri 6 May 2016 Asia/Damascus (+03:00) = 2200Z Thu 5 May" in rest
    assert "  tells at once: extended" in rest


def test_what_is_cancelled_is_counted_in_alerts_and_what_comes_next_is_told(command, config):
    (config / "alertd.toml").write_text(
        '[[channel]]\nname = "a"\nkind = "console"\n[[channel]]\nname = "b"\nkind = "console"\n'
    )
    done = command(config, "extend", "calm", "--by", "24h", "--yes")
    assert "; cancels 4 reminders and 2 notices of expiry; next: 24h at " in done.stdout


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("0100 Fri", '"0100 Fri 6 May 2016"'),
        ("0100", '"0100 Wed 4 May 2016"'),
        ("0100 Fri 6 May 2016", '"0100 Fri 6 May 2016"'),
        ("052200ZMAY16", '"052200ZMAY16"'),
        ("2016-05-06T01:00:00", "2016-05-06T01:00:00"),
        ("2016-05-06", "2016-05-06"),
        ("2016-05-06 0100 Asia/Baghdad", '"2016-05-06 0100 Asia/Baghdad"'),
    ],
)
def test_what_says_one_thing_by_itself_is_stored_as_written_and_the_rest_in_full(command, sample, given, stored):
    announced = ("--announced", "2016-05-03 2130 Asia/Damascus", "--yes")
    view = recorded(command(sample, "extend", "eastern-ghouta", "--until", given, *announced, "--json"))
    line = (sample / view["file"]).read_text().split("\n")[view["line"] - 1]
    assert line.strip() == f"until = {stored}"


@pytest.mark.parametrize(
    ("option", "text", "write"),
    [
        ("--until", "0100 Tue", '"0100 Tue 10 May 2016"'),
        ("--until", "midnight Fri", '"2400 Fri 6 May 2016"'),
        ("--until", "0100 IST", "Asia/Kolkata"),
        ("--until", "soon", "write the hour and the date"),
        ("--by", "48", "write 48h"),
        ("--by", "2 days", "write 2d"),
    ],
)
def test_a_time_that_cannot_be_read_is_a_usage_error_with_its_readings(command, sample, option, text, write):
    before = tree(sample)
    done = command(sample, "extend", "eastern-ghouta", option, text, "--announced", "2016-05-03 2130", "--yes")
    refused(done, 2, f"Invalid value for {option}", write)
    assert tree(sample) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("extend", "calm"),
        ("extend", "calm", "--by", "1h", "--open"),
        ("extend", "nobody", "--by", "1h"),
        ("extend", "calm", "--by", "1h", "--announced", "0100"),
        ("claim", "calm"),
        ("confirm", "calm"),
        ("deny", "calm", "--record", "7"),
        ("end", "calm", "--at", "soon"),
        ("withdraw", "nobody"),
        ("add",),
        ("add", "--title", "A"),
        ("add", "--title", "A", "--id", "a", "--zone", "Asia/Damascas", "--lasts", "48h"),
        ("add", "--title", "A", "--id", "calm", "--zone", "UTC", "--lasts", "48h"),
        ("add", "--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h", "--open"),
        ("add", "--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h", "--file", "../alertd.toml"),
        ("add", "--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h", "--file", "withdrawn.toml"),
    ],
)
def test_what_is_not_enough_or_too_much_is_a_usage_error_and_writes_nothing(command, config, arguments):
    before = tree(config)
    refused(command(config, *arguments, "--yes"), 2, "Usage: alertd")
    assert tree(config) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ("extend", "calm", "--by", "1h"),
        ("claim", "calm", "--by", "1h"),
        ("confirm", "calm"),
        ("deny", "calm"),
        ("end", "calm", "--at", "2030-01-01 0000"),
        ("undo", "calm"),
        ("withdraw", "calm"),
        ("add", "--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h"),
        ("import", "nothing.csv"),
    ],
)
def test_without_a_terminal_and_without_yes_nothing_is_written(config, arguments):
    before = tree(config)
    refused(alertd(config, *arguments), 2, "write --yes")
    assert tree(config) == before


def test_what_check_would_refuse_is_not_written(command, config):
    before = tree(config)
    done = command(config, "extend", "calm", "--until", "2015-01-01 0000", "--yes")
    refused(done, 1, "nothing was written", "not after `starts`")
    assert tree(config) == before


def test_a_second_extension_asks_for_the_date_of_the_first(command, tmp_path):
    watched(tmp_path, "\n[[truce.extension]]", 'by = "1h"')
    before = tree(tmp_path)
    done = command(tmp_path, "extend", "calm", "--by", "1h", "--yes")
    refused(done, 1, "truces/truces.toml:8: error: each of several extensions needs `announced`")
    assert tree(tmp_path) == before


def test_a_mistake_that_was_there_before_keeps_nobody_from_recording(command, tmp_path):
    watched(tmp_path, 'colour = "red"')
    write_truces(tmp_path, truce_text("other", "ends = ", "starts = 2016-05-01T00:00:00Z"), name="other.toml")
    recorded(command(tmp_path, "extend", "calm", "--by", "1h", "--yes", "--json"))


def test_records_made_within_a_second_count_in_their_order(command, config):
    for until_time in ("2040-05-06 0100", "2040-05-04 0100", "2040-05-05 0100"):
        view = recorded(command(config, "extend", "calm", "--until", until_time, "--yes", "--json"))
    assert view["new_ends_at"] == "2040-05-05T01:00:00Z"


def test_a_claim_is_confirmed_and_denied_as_a_time(command, config):
    view = recorded(command(config, "claim", "calm", "--by", "24h", "--stated-by", "Centre", "--yes", "--json"))
    assert view["old_ends_at"] == view["new_ends_at"]
    assert view["cancelled"] == []
    confirmed = recorded(command(config, "confirm", "calm", "--yes", "--json"))
    assert confirmed["new_ends_at"] > confirmed["old_ends_at"]
    assert tables(config)[0]["claim"][0]["confirmed"].year > 2016
    denied = recorded(command(config, "deny", "calm", "--record", "1", "--yes", "--json"))
    assert denied["new_ends_at"] == confirmed["old_ends_at"]
    assert tables(config)[0]["claim"][0]["denied"].year > 2016


RIVALS = (
    *("[[truce.claim]]", "announced = 2016-05-02T00:00:00Z", 'by = "1h"', 'stated_by = "Centre"'),
    *("[[truce.claim]]", "announced = 2016-05-02T00:00:00Z", 'by = "2h"', 'stated_by = "Envoy"'),
    *("[[truce.claim]]", "announced = 2016-05-01T00:00:00Z", 'by = "3h"', 'stated_by = "Envoy"'),
)


@pytest.mark.parametrize("option", ["--of", "--by"])
def test_which_claim_is_meant_is_never_guessed(command, tmp_path, option):
    watched(tmp_path, *RIVALS)
    refused(
        command(tmp_path, "confirm", "calm", "--yes"),
        2,
        "several records were announced last",
        "2: claim, by 2h, Envoy",
    )
    recorded(command(tmp_path, "confirm", "calm", option, "envoy", "--yes", "--json"))
    assert ["confirmed" in claim for claim in tables(tmp_path)[0]["claim"]] == [False, True, False]
    recorded(command(tmp_path, "deny", "calm", "--yes", "--json"))
    assert ["denied" in claim for claim in tables(tmp_path)[0]["claim"]] == [True, False, False]


def test_a_denial_says_who_denies_what_whom_states(command, tmp_path):
    watched(tmp_path, *RIVALS)
    who = ("--by", "Foreign Ministry", "--by", "Embassy", "--source", "https://example.org/denial")
    recorded(command(tmp_path, "deny", "calm", "--of", "envoy", *who, "--yes", "--json"))
    _, denied, _ = tables(tmp_path)[0]["claim"]
    assert (denied["denied_by"], denied["denied_source"]) == (["Foreign Ministry", "Embassy"], who[-1])
    exported = json.loads(command(tmp_path, "export", "--format", "json").stdout)
    (record,) = [record for record in exported[0]["records"] if record["denied_by"]]
    assert (record["stated_by"], record["denied_by"], record["denied_source"]) == (
        ["Envoy"],
        ["Foreign Ministry", "Embassy"],
        ["https://example.org/denial"],
    )


def test_a_party_is_not_taken_for_one_that_denies_what_it_states_itself(command, tmp_path):
    watched(tmp_path, *RIVALS[:4])
    refused(
        command(tmp_path, "deny", "calm", "--by", "centre", "--yes"), 2, "--by names who denies it", '--of "centre"'
    )
    assert "denied" not in tables(tmp_path)[0]["claim"][0]
    recorded(command(tmp_path, "deny", "calm", "--of", "Centre", "--by", "Centre", "--yes", "--json"))
    assert tables(tmp_path)[0]["claim"][0]["denied_by"] == "Centre"


def test_an_unconfirmed_end_can_be_confirmed(command, config):
    recorded(command(config, "end", "calm", "--at", "2030-01-01 0000", "--unconfirmed", "--yes", "--json"))
    recorded(command(config, "confirm", "calm", "--yes", "--json"))
    assert tables(config)[0]["termination"][0]["confirmed"].year > 2016


@pytest.mark.parametrize("header", ["[truce.termination]", "[[truce.termination]]"])
def test_a_second_early_end_stands_beside_the_first_and_each_is_confirmed_for_itself(command, tmp_path, header):
    first = ("announced = 2016-05-02T00:00:00Z", "at = 2030-01-03T00:00:00Z", 'stated_by = "A"', "confirmed = false")
    watched(tmp_path, header, *first, hours=24 * 365 * 20)
    sooner = ("end", "calm", "--at", "2030-01-01 0000", "--stated-by", "B", "--yes", "--json")
    assert recorded(command(tmp_path, *sooner))["new_ends_at"] == "2030-01-01T00:00:00Z"
    of_a, of_b = tables(tmp_path)[0]["termination"]
    assert (of_a["stated_by"], of_b["stated_by"]) == ("A", "B")
    recorded(command(tmp_path, "deny", "calm", "--record", "2", "--yes", "--json"))
    view = recorded(command(tmp_path, "confirm", "calm", "--by", "A", "--yes", "--json"))
    assert view["new_ends_at"] == "2030-01-03T00:00:00Z"
    of_a, of_b = tables(tmp_path)[0]["termination"]
    assert ("confirmed" in of_a, "denied" in of_b) == (True, True)


def test_an_early_end_is_written_with_all_that_is_said_of_it(command, config):
    said = ("--reason", "shelling", "--stated-by", "A", "--stated-by", "B", "--source", "radio")
    view = recorded(command(config, "end", "calm", "--at", "2020-01-01 0000", *said, "--yes", "--json"))
    assert (view["new_ends_at"], view["planned"]) == ("2020-01-01T00:00:00Z", [])
    (termination,) = tables(config)[0]["termination"]
    assert [termination[key] for key in ("reason", "stated_by", "source")] == ["shelling", ["A", "B"], "radio"]


def test_a_withdrawn_truce_keeps_its_text_which_says_when_and_why_and_comes_back(command, config):
    before = (config / FILE).read_text()
    why = ("--reason", "it never began", "--announced", "2016-05-02 1200", "--as", "Anna", "--source", "a call")
    view = recorded(command(config, "withdraw", "calm", *why, "--yes", "--json"))
    assert (view["file"], view["new_ends_at"], view["planned"]) == (FILE, None, [])
    assert [delivery["kind"] for delivery in view["cancelled"]] == ["reminder"] * 4 + ["lapsed"] * 2 + ["review"]
    assert (config / FILE).read_text().startswith(before)
    (entry,) = tables(config)[0]["withdrawn"]
    assert (entry["at"], entry["reason"]) == ("2016-05-02 1200", "it never began")
    assert (entry["recorded_by"], entry["source"]) == ("Anna", "a call")
    assert json.loads(command(config, "check", "--json").stdout)["truces"] == []
    assert not (config / "truces/withdrawn.toml").exists()

    back = command(config, "restore", "calm", "--as", "Bert", "--reason", "the wrong truce", "--yes")
    assert (back.returncode, "tells at once: corrected" in back.stdout) == (0, True)
    (entry,) = tables(config)[0]["withdrawn"]
    assert (entry["reason"], entry["void_by"], entry["void_reason"]) == ("it never began", "Bert", "the wrong truce")
    assert [truce["id"] for truce in json.loads(command(config, "check", "--json").stdout)["truces"]] == ["calm"]
    recorded(command(config, "withdraw", "calm", "--yes", "--json"))
    recorded(command(config, "restore", "calm", "--yes", "--json"))
    assert ["void" in withdrawal for withdrawal in tables(config)[0]["withdrawn"]] == [True, True]


@pytest.mark.parametrize("written", ["2016-05-02T12:00:00Z", "true", '{at = 2016-05-02T12:00:00Z, reason = "x"}'])
def test_a_truce_that_was_taken_out_by_hand_comes_back(command, tmp_path, written):
    config = watched(tmp_path, f"withdrawn = {written}")
    write_truces(config, truce_text("other", "starts = 2016-05-01T00:00:00Z", "open = true"), name="other.toml")
    assert [truce["id"] for truce in json.loads(command(config, "check", "--json").stdout)["truces"]] == ["other"]
    recorded(command(config, "restore", "calm", "--yes", "--json"))
    assert [truce["id"] for truce in json.loads(command(config, "check", "--json").stdout)["truces"]] == [
        "calm",
        "other",
    ]


def test_a_withdrawal_that_cannot_be_read_takes_nothing_out(command, tmp_path):
    config = watched(tmp_path, 'withdrawn = "soon"')
    view = json.loads(command(config, "check", "--json").stdout)
    assert [truce["id"] for truce in view["truces"]] == ["calm"]
    assert [(problem["line"], problem["code"]) for problem in view["problems"]] == [(7, "bad_time")]


def test_what_was_not_taken_out_or_has_no_text_is_not_brought_back(command, config):
    before = tree(config)
    refused(command(config, "restore", "calm", "--yes"), 1, "there is nothing to bring back")
    refused(command(config, "restore", "nobody", "--yes"), 1, "no truce nobody was taken out")
    assert tree(config) == before
    (config / "truces/withdrawn.toml").write_text('withdrawn = ["gone"]\n')
    refused(command(config, "restore", "gone", "--yes"), 1, "stands nowhere any more")


def test_a_truce_added_again_is_another_one_and_leaves_the_list(command, config):
    recorded(command(config, "withdraw", "calm", "--yes", "--json"))
    (config / "truces/withdrawn.toml").write_text('withdrawn = ["calm"]\n')
    again = ("--title", "Again", "--id", "calm", "--zone", "UTC", "--lasts", "48h", "--yes", "--json")
    recorded(command(config, "add", *again))
    assert tomllib.loads((config / "truces/withdrawn.toml").read_text()) == {"withdrawn": []}
    (truce,) = json.loads(command(config, "check", "--json").stdout)["truces"]
    assert (truce["id"], (config / "truces/calm.toml").exists()) == ("calm", True)


def test_an_id_that_stands_twice_is_not_edited(command, config):
    write_truces(config, (config / FILE).read_text(), name="copy.toml")
    for name in (("extend", "calm", "--by", "1h"), ("withdraw", "calm")):
        refused(command(config, *name, "--yes"), 1, "stands twice")


def test_an_added_truce_has_everything_that_was_said(command, config):
    view = recorded(
        command(
            config, "add", "--title", "Pause [bold]", "--id", "pause", "--name", "Gaza", "--zone", "Asia/Gaza",
            "--area", "Gaza", "--party", "A", "--party", "B", "--tag", "gaza", "--announced", "2023-11-22 0500",
            "--starts", "2023-11-24 0700", "--lasts", "4d", "--stated-duration", "96h", "--source", "x",
            "--lead-time", "12h", "--after", "1h", "--unresolved-every", "12h",
            "--unresolved-for", "3d", "--note", "n", "--file", "truces.toml", "--yes", "--json",
        )
    )  # fmt: skip
    assert view["old_ends_at"] is None
    assert view["new_ends_at"] == "2023-11-28T05:00:00Z"
    (_, added) = tables(config)
    assert "recorded" in added
    assert {key: value for key, value in added.items() if not key.startswith("recorded")} == {
        "id": "pause",
        "title": "Pause [bold]",
        "name": "Gaza",
        "area": "Gaza",
        "zone": "Asia/Gaza",
        "parties": ["A", "B"],
        "tags": ["gaza"],
        "announced": "2023-11-22 0500",
        "starts": "2023-11-24 0700",
        "lasts": "4d",
        "stated_duration": "96h",
        "source": "x",
        "lead_times": ["12h"],
        "after": ["1h"],
        "unresolved_every": "12h",
        "unresolved_for": "3d",
        "note": "n",
    }


def test_a_name_that_is_too_long_is_refused_and_says_how_long_it_may_be(command, config):
    before = tree(config)
    name = "Eastern Ghouta and Douma."
    said = ("--title", "A", "--id", "a", "--name", name, "--zone", "UTC", "--lasts", "1h", "--yes")
    done = command(config, "add", *said)
    refused(done, 1, "`name` takes at most 24 characters, and this has 25: the rest belongs into `title`")
    assert tree(config) == before


def test_a_truce_that_no_channel_takes_is_not_added(command, config):
    (config / "alertd.toml").write_text('[[channel]]\nname = "a"\nkind = "console"\ntags = ["syria"]\n')
    before = tree(config)
    done = command(config, "add", "--title", "A", "--id", "a", "--zone", "UTC", "--lasts", "48h", "--yes")
    refused(done, 1, "no channel takes truce a")
    assert tree(config) == before


def test_a_running_daemon_hears_of_each_record_once(config):
    with running(config) as process:
        until(lambda: "Calm in calm" in process.said(), "the first message")
        alertd_json(config, "extend", "calm", "--by", "24h", "--yes")
        until(lambda: "extended" in process.said(), "the extension")
        alertd_json(config, "withdraw", "calm", "--yes")
        until(lambda: "no longer watched" in process.said(), "the withdrawal")
        shown = alertd_json(config, "show", "calm")
    assert [change["kind"] for revision in shown["revisions"] for change in revision["changes"]] == [
        "recorded",
        "extended",
        "withdrawn",
    ]
    assert shown["standing"] == "withdrawn"


def test_the_shell_is_offered_ids_channels_and_files(config):
    def offered(words):
        done = alertd(config, env={"_ALERTD_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": "4"})
        return done.stdout.split()

    base = f"alertd --config {config}"
    assert offered(f"{base} extend c") == ["calm"]
    assert offered(f"{base} extend x") == []
    (config / "alertd.toml").write_text('[[channel]]\nname = "desk"\nkind = "console"\n')
    assert offered(f"{base} test-channel d") == ["desk"]


def seconds_since(written):
    """From a wall time of a file, in UTC, until now."""
    return (datetime.now(UTC) - written.replace(tzinfo=UTC)).total_seconds()


@pytest.mark.parametrize(
    ("arguments", "kind"),
    [
        (("extend", "calm", "--by", "1h"), "extension"),
        (("claim", "calm", "--by", "1h"), "claim"),
        (("end", "calm", "--at", "2040-01-01 0000"), "termination"),
    ],
)
def test_who_records_and_when_is_written_beside_the_announcement(command, tmp_path, arguments, kind):
    config = watched(tmp_path)
    announced = ("--announced", "2016-05-02 1800", "--yes", "--json")
    recorded(command(config, *arguments, "--as", "Anna  K.", *announced))
    made = tables(config)[0][kind]
    made = made[0] if isinstance(made, list) else made
    assert (made["announced"], made["recorded_by"]) == ("2016-05-02 1800", "Anna K.")
    assert 0 <= seconds_since(made["recorded"]) < 100


def test_without_a_name_the_login_records_also_behind_sudo(command, config, monkeypatch):
    monkeypatch.setenv("SUDO_USER", "anna")
    recorded(command(config, "extend", "calm", "--by", "1h", "--yes", "--json"))
    monkeypatch.delenv("SUDO_USER")
    monkeypatch.setenv("LOGNAME", "bert")
    recorded(command(config, "extend", "calm", "--by", "1h", "--yes", "--json"))
    assert [extension["recorded_by"] for extension in tables(config)[0]["extension"]] == ["anna", "bert"]


def test_what_is_announced_now_is_recorded_at_that_very_moment(command, config):
    """Also where it is the second in a hurry, which counts a second later: typing is never told as announcing."""
    for _ in range(2):
        recorded(command(config, "extend", "calm", "--by", "1h", "--yes", "--json"))
    assert [extension["announced"] == extension["recorded"] for extension in tables(config)[0]["extension"]] == [
        True,
        True,
    ]


@pytest.mark.parametrize("verdict", ["confirm", "deny"])
def test_who_records_a_decision_stands_beside_who_recorded_the_claim(command, config, verdict):
    recorded(command(config, "claim", "calm", "--by", "24h", "--as", "Anna", "--yes", "--json"))
    recorded(command(config, verdict, "calm", "--as", "Bert", "--yes", "--json"))
    (made,) = tables(config)[0]["claim"]
    assert (made["recorded_by"], made["decision_recorded_by"]) == ("Anna", "Bert")
    assert made["decision_recorded"] >= made["recorded"]


def test_who_adds_or_imports_a_truce_is_written_down(command, config, tmp_path):
    new = ("--title", "A", "--id", "a", "--zone", "Asia/Damascus", "--lasts", "48h", "--file", "truces.toml")
    recorded(command(config, "add", *new, "--as", "Anna", "--yes", "--json"))
    sheet = tmp_path / "more.csv"
    sheet.write_text("id,title,zone,starts,ends\nb,B,UTC,2016-05-01T00:00:00,2016-05-04T00:00:00\n")
    assert command(config, "import", str(sheet), "--as", "Bert", "--yes").returncode == 0
    (_, added), (imported,) = tables(config), tables(config, "truces/more.toml")
    assert (added["recorded_by"], imported["recorded_by"]) == ("Anna", "Bert")
    assert 0 <= seconds_since(imported["recorded"]) < 100
