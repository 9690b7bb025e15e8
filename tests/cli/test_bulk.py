"""`alertd export` and `alertd import`: whole registers out and in, and nothing passed over in silence."""

import csv
import io
import json
import subprocess
import sys
import tomllib
from dataclasses import fields

import pytest
from cli.commands import FIVE_KINDS, SAMPLE, read_as_a_person, tree
from icalendar import Calendar
from process import truce_text, write_truces

from alertd.cli.csv_columns import LISTS, READ_BACK
from alertd.cli.options import NewTruce
from alertd.register.shape import TruceTable

HEAD = "id,title,zone,starts,ends,lasts,open,tags,source\n"


@pytest.fixture
def sheet(tmp_path):
    """Write a sheet, and give its path."""

    def write(text, name="Truces of May.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def config(tmp_path):
    (tmp_path / "config").mkdir()
    return tmp_path / "config"


def exported(command, config, form):
    done = command(config, "export", "--format", form)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_what_is_exported_as_a_sheet_is_imported_as_it_stood(command, five_kinds, config, sheet):
    text = exported(command, five_kinds, "csv")
    done = command(config, "import", str(sheet(text)), "--yes")
    assert done.returncode == 0
    before = json.loads(command(five_kinds, "check", "--json").stdout)["truces"]
    after = json.loads(command(config, "check", "--json").stdout)["truces"]
    names = [[truce["name"] for truce in json.loads(exported(command, each, "json"))] for each in (five_kinds, config)]
    assert names[0] == names[1]
    assert "By name" in names[0]
    known = ("id", "ends_at", "zone")
    assert [[truce[key] for key in known] for truce in after] == [[truce[key] for key in known] for truce in before]
    assert [path.name for path in (config / "truces").iterdir()] == ["truces-of-may.toml"]


def test_a_sheet_tells_the_end_in_force_and_how_many_records_led_to_it(command):
    rows = list(csv.DictReader(io.StringIO(exported(command, SAMPLE, "csv"))))
    ghouta = rows[0]
    assert (ghouta["id"], ghouta["ends"], ghouta["records"]) == ("eastern-ghouta", "2016-05-04T01:00:00+03:00", "2")
    assert (ghouta["lasts"], ghouta["open"]) == ("", "")


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "'=1", " =1", "\t=1"]


@pytest.mark.parametrize("written", FORMULAS)
def test_no_cell_is_a_formula_and_each_comes_back_as_it_was(command, tmp_path, config, sheet, written):
    source = tmp_path / "from"
    window = ("starts = 2016-05-01T00:00:00Z", "open = true", f"note = {json.dumps(written)}")
    write_truces(source, truce_text("a", *window).replace('"UTC"', '"-03:00"'))
    text = exported(command, source, "csv")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.strip().startswith(("=", "+", "-", "@"))]
    assert command(config, "import", str(sheet(text)), "--yes").returncode == 0
    (truce,) = tomllib.loads((config / "truces/truces-of-may.toml").read_text())["truce"]
    assert (truce["note"].strip(), truce["zone"]) == (written.strip(), "-03:00")


def test_json_has_every_record(command):
    ghouta, latakia = json.loads(exported(command, SAMPLE, "json"))
    assert [record["written"] for record in ghouta["records"]] == ["by 24h", "until 0100 Wed 4 May 2016"]
    assert latakia["tags"] == ["syria"]


def test_a_calendar_has_one_event_a_truce_that_stays_the_same_event(command, five_kinds):
    first, second = (Calendar.from_ical(exported(command, five_kinds, "ics")) for _ in range(2))
    uids = [str(event["uid"]) for event in first.walk("VEVENT")]
    assert uids == [f"{truce}@alertd" for truce in ("called-off", "condition", "day", "open", "running")]
    assert uids == [str(event["uid"]) for event in second.walk("VEVENT")]


def test_a_calendar_ends_its_lines_as_its_format_has_it(five_kinds):
    done = subprocess.run(
        [sys.executable, "-m", "alertd", "--config", str(five_kinds), "export", "--format", "ics"],
        capture_output=True,
        check=True,
    )
    assert done.stdout.count(b"\r\n") == done.stdout.count(b"\n") > len(FIVE_KINDS.split("[[truce]]"))


def test_an_export_can_go_to_a_file(command, tmp_path):
    file = tmp_path / "out.csv"
    assert command(SAMPLE, "export", "--format", "csv", str(file)).returncode == 0
    assert file.read_text() == exported(command, SAMPLE, "csv").replace("\r\n", "\n")
    done = command(SAMPLE, "export", "--format", "csv", str(tmp_path / "no" / "out.csv"))
    assert (done.returncode, "cannot be written" in done.stderr) == (1, True)


def test_what_cannot_be_exported_is_told(command, five_kinds):
    write_truces(five_kinds, truce_text("refused", "starts = 2016-04-30T01:00:00", "ends = true"), name="more.toml")
    done = command(five_kinds, "export", "--format", "json")
    assert (done.returncode, "refused" in done.stderr) == (1, True)
    assert len(json.loads(done.stdout)) == 5


BAD = (
    HEAD + 'a,"Calm, in A",Asia/Damascus,2026-11-24T01:00:00,0100 Fri 27 Nov 2026,,,syria;north,"one\ntwo"\n'
    "b,B,Asia/Damascas,2026-11-24T01:00:00,,48h,,,\n"
    "c,C,UTC,2026-11-24T01:00:00,midnight 27 Nov 2026,,,,\n"
    "a,Again,UTC,2026-11-24T01:00:00,,48h,,,\n"
    "\n"
    ",No id,UTC,2026-11-24T01:00:00,,48h,,,\n"
    "d,D,UTC,2026-11-24T01:00:00,,48h,true,,\n"
    "e,E,UTC,2026-11-24T01:00:00,,,,,\n"
    "f,F,UTC,2026-11-24T01:00:00,,,maybe,,\n"
    "g,G,UTC,2026-11-24T01:00:00,,48h,,,,surplus\n"
    "h,H,UTC,2026-11-24T01:00:00,,,true,,\n"
)


def test_each_row_that_is_refused_is_told_with_its_line_and_costs_no_other(command, config, sheet):
    path = sheet(BAD)
    done = command(config, "import", str(path), "--yes", "--json")
    assert done.returncode == 1
    view = json.loads(done.stdout)
    assert list(view) == ["file", "added", "refused"]
    assert view["added"] == ["a", "h"]
    told = [(row["line"], row["truce"]) for row in view["refused"]]
    assert told == [(4, "b"), (5, "c"), (6, "a"), (8, None), (9, "d"), (10, "e"), (11, "f"), (12, "g")]
    assert all(row["reasons"] for row in view["refused"])
    assert [reading["write"] for reading in view["refused"][1]["readings"]] == [
        "0000 Fri 27 Nov 2026",
        "2400 Fri 27 Nov 2026",
    ]
    assert "did you mean Asia/Damascus" in read_as_a_person(done)
    (first, _) = tomllib.loads((config / view["file"]).read_text())["truce"]
    assert (first["title"], first["tags"], first["source"]) == ("Calm, in A", ["syria", "north"], ["one", "two"])
    assert command(config, "check").returncode == 0


@pytest.mark.parametrize("text", [HEAD.replace(",", ";") + "a;A;UTC;2026-11-24T01:00:00;;48h;;;\n", b"\xef\xbb\xbf"])
def test_sheets_are_read_as_spreadsheets_write_them(command, config, sheet, text):
    if isinstance(text, bytes):
        text += (HEAD + "a,A,UTC,2026-11-24T01:00:00,,48h,,,\n").replace("\n", "\r\n").encode()
    assert command(config, "import", str(sheet(text)), "--yes").returncode == 0


ROW = "a,A,UTC,2026-11-24T01:00:00,,48h,,,\n"


@pytest.mark.parametrize(
    "text",
    [
        "sep=,\r\n" + HEAD + ROW,
        ("sep=;\n" + HEAD + ROW).replace(",", ";"),
        ('"sep=;"\n' + HEAD + ROW).replace(",", ";"),
        ("SEP=|\n" + HEAD + ROW).replace(",", "|"),
        ",,,,,,,,\r\n\r\n" + HEAD + ROW,
        HEAD.replace("\n", ",\n") + ROW.replace("\n", ",\n"),
        HEAD.replace("\n", ",,,\n") + ROW.replace("\n", ",,,\n"),
        HEAD + ROW.replace("\n", ",,,\n"),
        HEAD.replace(",", ",,", 1) + ROW.replace(",", ",,", 1),
        "," + HEAD + "," + ROW + ",,,\n",
    ],
)
def test_what_a_spreadsheet_adds_is_passed_over(command, config, sheet, text):
    assert command(config, "import", str(sheet(text)), "--yes").returncode == 0
    (truce,) = tomllib.loads((config / "truces/truces-of-may.toml").read_text())["truce"]
    assert (truce["id"], truce["title"], truce["lasts"]) == ("a", "A", "48h")


def test_a_cell_without_a_name_is_told_with_its_column(command, config, sheet):
    text = "sep=,\n" + HEAD.replace("\n", ",\n") + ROW.replace("\n", ",of May\n")
    done = command(config, "import", str(sheet(text)), "--yes")
    assert (done.returncode, tree(config)) == (1, {})
    assert ":3: refused: a cell stands under no name: column 10 (of May)." in read_as_a_person(done)


def test_columns_that_nobody_knows_are_told_each_once_and_without_a_list(command, config, sheet):
    done = command(config, "import", str(sheet("id,colour,depth\na,red,9\n")), "--yes")
    assert read_as_a_person(done).count("until_condition") == 0
    said = "column 2 is `colour`, which is no key of a truce; column 3 is `depth`, which is no key of a truce."
    assert said in read_as_a_person(done)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,titel\na,A\n", "did you mean `title`?"),
        ("id,id\na,A\n", "stands twice"),
        ("title\nA\n", "`id` among them"),
        ("", "`id` among them"),
        (b"\xff\xfe", "save it as CSV in UTF-8"),
        (HEAD + 'a,"A\n', "this is no CSV"),
    ],
)
def test_a_sheet_that_is_wrong_as_a_whole_is_refused_as_a_whole(command, config, sheet, text, says):
    done = command(config, "import", str(sheet(text)), "--yes")
    assert (done.returncode, done.stdout) == (1, "")
    assert says in read_as_a_person(done)
    assert tree(config) == {}


def test_what_stands_in_the_register_already_is_not_imported_again(command, sample, sheet):
    before = tree(sample)
    done = command(sample, "import", str(sheet(exported(command, sample, "csv"))), "--yes")
    assert done.returncode == 1
    assert done.stderr.count("stands in the register") == 2
    assert tree(sample) == before


def test_the_help_documents_every_column(command):
    said = command(SAMPLE, "import", "--help").stdout
    assert all(f" {column}: " in said for column in ("id", "title", "zone", "until_condition", "lead_times"))


RECORDS = {
    *("extension", "claim", "termination", "milestone", "checked", "closed", "withdrawn", "recorded", "recorded_by"),
    "begun",
}
"""The keys of what comes later: a sheet has the truce as it was agreed."""


def test_each_key_of_a_truce_but_its_records_is_an_option_of_add_and_a_column_of_import():
    keys = [key for key in TruceTable.model_fields if key not in RECORDS]
    assert [field.name for field in fields(NewTruce)] == keys
    assert [key.removesuffix("_") for key in keys] == list(READ_BACK)
    leads = {
        "daily",
        "days",
        "except",
        "daily_lead_times",
        "lead_times",
        "date_lead_times",
        "start_lead_times",
        "milestone_lead_times",
        "after",
    }
    assert {"parties", "tags", "source", "daily", "days", "except", "after", *leads} == LISTS
