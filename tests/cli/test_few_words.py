"""Commands for a tired person: few words are enough, and a wrong id is answered with the one that may be meant."""

import json
import tomllib
from datetime import UTC, datetime

import pytest
from cli.commands import read_as_a_person, tree
from process import in_seconds, toml_utc, truce_text, write_truces

from alertd.times.duration import is_meant_as_duration

AT_HALF_PAST_NINE = ("--announced", "2016-05-03 2130")
GHOUTA = "eastern-ghouta"


def records(config, kind, file="truces/eastern-ghouta.toml"):
    (truce,) = [table for table in tomllib.loads((config / file).read_text())["truce"] if table["id"] == GHOUTA]
    return truce[kind]


@pytest.fixture
def ghouta(tmp_path):
    text = (
        '[[truce]]\nid = "eastern-ghouta"\ntitle = "Regime of calm, Eastern Ghouta"\nzone = "Asia/Damascus"\n'
        "announced = 2016-04-29T18:00:00\nstarts = 2016-04-30T01:00:00\nends = 2016-05-04T01:00:00\n"
    )
    write_truces(tmp_path, text, name="eastern-ghouta.toml")
    return tmp_path


@pytest.mark.parametrize("kind", ["extension", "claim"])
@pytest.mark.parametrize(
    ("words", "stored"),
    [
        (("6h",), {"by": "6h"}),
        (("0100 Fri",), {"until": "0100 Fri 6 May 2016"}),
        (("0100", "Fri"), {"until": "0100 Fri 6 May 2016"}),
        (("0135",), {"until": "0135 Wed 4 May 2016"}),
        (("0100H",), {"until": "0100 Wed 4 May 2016"}),
        (("2016-05-06T01:00:00",), {"until": datetime(2016, 5, 6, 1)}),  # noqa: DTZ001  wall time, as in the file
    ],
)
def test_an_end_needs_no_option(command, ghouta, kind, words, stored):
    verb = {"extension": "extend", "claim": "claim"}[kind]
    done = command(ghouta, verb, GHOUTA, *words, *AT_HALF_PAST_NINE, "--yes")
    assert done.returncode == 0, done.stderr
    (record,) = records(ghouta, kind)
    assert stored.items() <= record.items()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("48",), "Invalid value for --by: "),
        (("2 days",), "write 2d"),
        (("2", "days"), "write 2d"),
        (("soon",), "Invalid value for --until: "),
        (("6h", "--by", "6h"), "write exactly one end"),
        (("6h", "--open"), "write exactly one end"),
        ((), "write exactly one end"),
    ],
)
def test_what_is_no_end_or_two_is_a_usage_error(command, ghouta, words, says):
    before = tree(ghouta)
    done = command(ghouta, "extend", GHOUTA, *words, *AT_HALF_PAST_NINE, "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert says in read_as_a_person(done)
    assert tree(ghouta) == before


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("6h", True), ("48", True), ("2 days", True), ("+6h", True), ("1.5h", True), ("PT48H", True), ("48H", True),
        ("0100", False), ("0100H", False), ("6 Mar", False), ("0100 Fri", False), ("soon", False),
    ],
)  # fmt: skip
def test_four_digits_are_an_hour_and_other_numbers_a_duration(text, is_one):
    assert is_meant_as_duration(text) is is_one


def test_end_without_a_time_means_now(command, tmp_path):
    ends = toml_utc(in_seconds(86400))
    write_truces(tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00Z", f"ends = {ends}"))
    before = datetime.now(UTC).replace(microsecond=0)
    done = command(tmp_path, "end", "calm", "--yes")
    assert done.returncode == 0, done.stderr
    (termination,) = tomllib.loads((tmp_path / "truces/truces.toml").read_text())["truce"][0]["termination"]
    at = termination["at"].replace(tzinfo=UTC)
    assert before <= at <= datetime.now(UTC)
    assert termination["announced"] == termination["at"]


@pytest.mark.parametrize(
    ("at", "stored"),
    [
        ("2330", "2330 Tue 3 May 2016"),
        ("0030", "0030 Wed 4 May 2016"),
        ("0030 Wed", "0030 Wed 4 May 2016"),
        ("0030 4 May", "0030 Wed 4 May 2016"),
        ("2016-05-03 2330", "2016-05-03 2330"),
    ],
)
def test_the_hour_of_an_early_end_is_read_as_that_of_an_extension(command, ghouta, at, stored):
    done = command(ghouta, "end", GHOUTA, "--at", at, *AT_HALF_PAST_NINE, "--yes")
    assert done.returncode == 0, done.stderr
    (termination,) = records(ghouta, "termination")
    assert termination["at"] == stored


CRISES = (
    ("eastern-ghouta", "Regime of calm, Eastern Ghouta"),
    ("gaza-pause", "Humanitarian pause, Gaza"),
    ("yemen-2022", "Two-month truce, Yemen"),
)


@pytest.fixture
def crises(tmp_path):
    for truce_id, title in CRISES:
        what = f'id = "{truce_id}"\ntitle = "{title}"\nzone = "UTC"'
        text = f"[[truce]]\n{what}\nstarts = 2016-05-01T00:00:00Z\nopen = true\n"
        write_truces(tmp_path, text, name=f"{truce_id}.toml")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "offered"),
    [
        ("ghouta", "did you mean eastern-ghouta (Regime of calm, Eastern Ghouta)?"),
        ("gouta", "did you mean eastern-ghouta (Regime of calm, Eastern Ghouta)?"),
        ("eastern-gouta", "did you mean eastern-ghouta (Regime of calm, Eastern Ghouta)?"),
        ("Humanitarian pause, Gaza", "did you mean gaza-pause (Humanitarian pause, Gaza)?"),
        ("humanitarian", "did you mean gaza-pause (Humanitarian pause, Gaza)?"),
        ("Yemen", "did you mean yemen-2022 (Two-month truce, Yemen)?"),
        ("passe gaza", "did you mean gaza-pause (Humanitarian pause, Gaza)?"),
        ("caws", "; there are: eastern-ghouta, gaza-pause, yemen-2022"),
        ("kivu", "; there are: eastern-ghouta, gaza-pause, yemen-2022"),
    ],
)
def test_a_wrong_id_is_answered_with_the_one_that_may_be_meant_and_nothing_is_written(command, crises, wanted, offered):
    before = tree(crises)
    done = command(crises, "extend", wanted, "6h", "--yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert offered in read_as_a_person(done)
    assert tree(crises) == before


@pytest.mark.parametrize(
    "arguments",
    [("end", "ghouta", "--yes"), ("withdraw", "ghouta", "--yes"), ("plan", "--truce", "ghouta")],
    ids=lambda arguments: arguments[0],
)
def test_every_command_that_takes_an_id_answers_so(command, crises, arguments):
    done = command(crises, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean eastern-ghouta (Regime of calm, Eastern Ghouta)?" in read_as_a_person(done)


def test_a_truce_is_found_by_its_short_name(command, tmp_path):
    write_truces(tmp_path, truce_text("t-1", 'name = "Douma"', "starts = 2016-05-01T00:00:00Z", "open = true"))
    said = read_as_a_person(command(tmp_path, "end", "douma", "--yes"))
    assert "did you mean t-1 (Calm in t-1, Douma)?" in said


def test_many_ids_are_not_all_listed(command, tmp_path):
    text = "".join(truce_text(f"t-{number}", "starts = 2016-05-01T00:00:00Z", "open = true") for number in range(30))
    write_truces(tmp_path, text)
    said = read_as_a_person(command(tmp_path, "extend", "kivu", "6h", "--yes"))
    assert said.count("t-") == 20
    assert "and 10 more" in said


CENTRE = ("--stated-by", "Centre")
HEARD = '[[truce.claim]]\nannounced = 2016-05-02T12:00:00\nby = "24h"\nstated_by = "Centre"\n'
CLAIMED_END = "its end: 0100 Thu 5 May 2016 Asia/Damascus (+03:00) = 2200Z Wed 4 May"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("claim", "24h", *CENTRE), f"claim, by 24h, Centre, unconfirmed; {CLAIMED_END}"),
        (("extend", "0100", "Thu"), f"extension, until 0100 Thu 5 May 2016, confirmed; {CLAIMED_END}"),
        (
            ("end", "--at", "0030"),
            "termination, confirmed; its end: 0030 Wed 4 May 2016 Asia/Damascus (+03:00) = 2130Z Tue 3 May",
        ),
    ],
)
def test_a_new_record_is_told_with_its_end_before_and_after_it_is_written(command, ghouta, arguments, told):
    verb, *rest = arguments
    done = command(ghouta, verb, GHOUTA, *rest, *AT_HALF_PAST_NINE, "--yes")
    lines = done.stdout.splitlines()
    (written,) = [line for line in lines if line.startswith("Written: truces/eastern-ghouta.toml:")]
    assert lines.index(f"  records {told}") < lines.index(written)
    assert written.endswith(f" ({told})")


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("confirm",), "confirmed"),
        (("deny",), "denied"),
        (("deny", "--by", "Foreign Ministry"), "denied by Foreign Ministry"),
    ],
)
def test_a_decision_tells_which_record_it_means_before_and_after(command, ghouta, arguments, what):
    file = ghouta / "truces/eastern-ghouta.toml"
    file.write_text(file.read_text() + HEARD)
    verb, *rest = arguments
    done = command(ghouta, verb, GHOUTA, *rest, "--yes")
    told = f"{what}: record 1: claim, by 24h, Centre; {CLAIMED_END}"
    assert done.stdout.splitlines()[0] == f"{GHOUTA}: {told}"
    assert f" ({told})" in done.stdout
    assert json.loads(command(ghouta, "confirm", GHOUTA, "--record", "1", "--yes", "--json").stdout)["record"] == (
        f"confirmed: record 1: claim, by 24h, Centre; {CLAIMED_END}"
    )


def test_the_choices_of_records_have_their_ends(command, ghouta):
    file = ghouta / "truces/eastern-ghouta.toml"
    file.write_text(file.read_text() + HEARD + HEARD.replace("24h", "0h"))
    said = read_as_a_person(command(ghouta, "confirm", GHOUTA, "--record", "7", "--yes"))
    assert f"1: claim, by 24h, Centre, unconfirmed; {CLAIMED_END} 2: claim, by 0h, Centre, unconfirmed" in said


def test_an_early_end_that_does_not_count_says_so(command, ghouta):
    for at, told in (("0030", "2130Z Tue 3 May"), ("0045", "2145Z Tue 3 May; another termination counts")):
        done = command(ghouta, "end", GHOUTA, "--at", at, *AT_HALF_PAST_NINE, "--yes")
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("  records termination")]
        assert told in line
