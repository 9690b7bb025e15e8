"""What the documents name is there, what they show as an example works, and their tables are those of the code.

`make docs`, or `DOCS=write pytest tests/test_docs.py`, writes the tables anew.
"""

import json
import os
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import reference
from example_messages import CLOSING, DIGEST, example_messages
from jsonschema import Draft202012Validator
from process import alertd
from standardwebhooks import Webhook

from alertd.channels.apprise import open_target
from alertd.domain.alert import Kind
from alertd.errors import TimeRefused
from alertd.register import read_register
from alertd.settings import Secrets, check_settings
from alertd.times.clock import SystemClock
from alertd.times.formats import iso_end
from alertd.times.instant import parse_time
from alertd.times.zones import package_zones

CLONE = Path(__file__).parents[1]
DOCS = CLONE / "docs"
PAGES = sorted(path.name for path in DOCS.glob("*.md"))
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]*))?\)")
FIND_ZONE = package_zones().find
LATER = datetime(2030, 1, 1, tzinfo=UTC)
"""After every example."""


def missing(text):
    """The tests that a text names as `path::name` and the tree does not have."""
    return [f"{path}::{name}" for path, name in NAMED.findall(text) if not has_test(CLONE / path, name)]


def has_test(path, name):
    return path.is_file() and re.search(rf"^(?:async )?def {name}\(", path.read_text(), re.MULTILINE) is not None


def test_each_test_that_the_page_on_security_names_is_there():
    text = (DOCS / "security.md").read_text()

    assert len(NAMED.findall(text)) == text.count(".py::") > 0, "each is written as `path::name`"
    assert missing(text) == []


@pytest.mark.parametrize("name", ["tests/test_docs.py::test_nothing", "tests/test_nowhere.py::test_nothing"])
def test_a_test_that_is_not_there_is_found_missing(name):
    assert missing(f"| an attack | an end | `{name}` |") == [name]


@pytest.mark.parametrize(
    "page", [*(f"docs/{name}" for name in PAGES), "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"]
)
def test_the_readme_leads_to_each_page(page):
    assert f"({page})" in (CLONE / "README.md").read_text()


def test_what_the_guide_to_changes_names_is_in_the_code():
    words = set(re.findall(r"\w+", "\n".join(path.read_text() for path in (CLONE / "alertd").rglob("*.py"))))
    names = re.findall(r"`(_?[A-Z]\w+|[a-z]+_[a-z_]+)`", (CLONE / "CONTRIBUTING.md").read_text())
    outside = {"HYPOTHESIS_PROFILE", "CASES"}
    assert [name for name in names if name not in words] == [name for name in names if name in outside]
    assert len(names) > 15


def anchors(text):
    """The names by which the headings of a page can be linked."""
    titles = re.findall(r"^#+ (.+)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", [*(f"docs/{name}" for name in PAGES), "README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_each_link_leads_to_a_file_and_a_heading_that_are_there(page):
    path = CLONE / page
    for file, heading in LINK.findall(path.read_text()):
        goal = path.parent / file if file else path
        assert goal.exists(), file
        assert not heading or heading in anchors(goal.read_text()), f"{file}#{heading}"


@pytest.mark.parametrize("name", PAGES)
def test_the_tables_of_a_page_are_those_of_the_code(name):
    path = DOCS / name
    page = path.read_text()
    if os.environ.get("DOCS") == "write":
        path.write_text(reference.renewed(page))
    assert path.read_text() == reference.renewed(page)


def test_each_table_that_the_code_gives_stands_in_one_page():
    standing = [table for name in PAGES for table in reference.marked((DOCS / name).read_text())]
    assert sorted(standing) == sorted(reference.TABLES)


def test_whatever_a_table_lists_is_described():
    for name, table in reference.TABLES.items():
        assert "|  |\n" not in table() or name == "commands", name


def test_the_page_of_messages_shows_each_kind_a_window_and_a_digest():
    assert [*example_messages()] == [*Kind, CLOSING, DIGEST]


# Examples.


def blocks(page, language):
    """The examples of a page in a language, each with the comment before it, such as `refused: weekday`."""
    text = (DOCS / page).read_text()
    found = re.findall(rf"(?:<!-- ([\w: ,]+) -->\n)?```{language}\n(.*?)```", text, re.DOTALL)
    assert found
    return [pytest.param(*example, id=example[1].splitlines()[0]) for example in found]


def cells(page, table):
    """The rows of a table that stands between two comments, without its head."""
    (found,) = re.findall(rf"<!-- {table} -->\n[^\n]*\n[^\n]*\n(.+?)<!-- end -->", (DOCS / page).read_text(), re.DOTALL)
    return [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in found.splitlines()]


@pytest.mark.parametrize(("about", "text"), [*blocks("truce-files.md", "toml"), *blocks("../README.md", "toml")])
def test_the_examples_of_truces_are_read_as_the_page_says(tmp_path, about, text):
    (tmp_path / "truces").mkdir()
    name = "withdrawn" if text.startswith("withdrawn") else "example"
    (tmp_path / "truces" / f"{name}.toml").write_text(text)

    register = read_register(tmp_path, zone_for=FIND_ZONE, now=LATER)

    assert [problem.code for problem in register.problems] == about.removeprefix("refused: ").split()
    assert len((*register.truces, *register.taken_out)) == text.count("[[truce]]")
    assert all(read.truce is not None for read in register.truces) is not about.startswith("refused")


DAMASCUS = ZoneInfo("Asia/Damascus")
NOON_OF_2_MAY = datetime(2016, 5, 2, 9, tzinfo=UTC)


def read(text):
    return parse_time(text, zone=DAMASCUS, zone_name="Asia/Damascus", zone_for=FIND_ZONE, reference=NOON_OF_2_MAY).end


@pytest.mark.parametrize(("text", "means"), cells("truce-files.md", "times read"))
def test_a_time_means_what_the_page_says(text, means):
    end = read(text)
    shown = iso_end(end, zone=DAMASCUS)
    assert shown == means


@pytest.mark.parametrize(("text", "code"), [(row[0], row[-1]) for row in cells("truce-files.md", "times refused")])
def test_a_time_is_refused_with_the_code_that_the_page_names(text, code):
    with pytest.raises(TimeRefused) as refused:
        read(text)
    assert refused.value.code == code


@pytest.mark.parametrize(("about", "text"), [*blocks("settings.md", "toml"), *blocks("channels.md", "toml")])
def test_the_examples_of_settings_are_accepted(tmp_path, about, text):
    (tmp_path / "alertd.toml").write_text(text)

    settings, problems = check_settings(tmp_path, {}, zone_for=FIND_ZONE, secrets=Secrets.UNREAD)

    assert problems == ()
    assert settings is not None


@pytest.mark.parametrize(("about", "text"), blocks("channels.md", "text"))
def test_each_url_of_the_page_on_channels_is_one_that_apprise_loads(about, text):
    for url in text.splitlines():
        assert open_target(url, "example", SystemClock(), about="example").name == "example"


@pytest.mark.parametrize(("about", "text"), blocks("channels.md", "json"))
def test_the_document_that_the_page_shows_is_one_of_the_schema(about, text):
    schema = json.loads((CLONE / "alertd" / "channels" / "webhook.schema.json").read_text())
    Draft202012Validator(schema).validate(json.loads(text))


@pytest.mark.parametrize(("about", "text"), blocks("channels.md", "python"))
def test_the_receiver_that_the_page_shows_takes_what_is_signed_and_nothing_else(about, text):
    key, body = "C2FVsBQIhrscChlQIMV+b5sSYspob7oD", b'{"version": 1}'
    defined: dict = {}
    exec(text, defined)  # noqa: S102  the page's own example

    def headers(at):
        signature = Webhook(key).sign("msg_1", at, body.decode())
        return {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        }

    now = datetime.now(UTC)
    assert defined["is_from_alertd"](headers(now), body, key)
    assert not defined["is_from_alertd"](headers(now), b'{"version": 2}', key)
    assert not defined["is_from_alertd"](headers(now - timedelta(hours=1)), body, key), "it may be a copy of an old one"


def quoted():
    """The messages that the page quotes, without what differs each time."""
    page = (DOCS / "operations.md").read_text().partition("## What to do when")[2]
    items = re.findall(r"^- \*\*(.*?)\*\*", page, re.MULTILINE)
    texts = (text for item in items for text in re.findall("`(.+?)`", item))
    return sorted({piece.strip(" .:") for text in texts for piece in text.split("…")})


def test_what_the_page_on_operations_quotes_is_what_alertd_says():
    """A person at night looks for the words that stand in the message."""
    source = "".join(path.read_text() for path in (CLONE / "alertd").rglob("*.py"))
    said = re.sub(r"\"\n\s*f?\"", "", source).replace("{FILE}", "alertd.toml")
    assert [piece for piece in quoted() if piece not in said] == []
    assert len(quoted()) > 30


def test_the_readme_shows_what_its_first_command_prints():
    text = (CLONE / "README.md").read_text()
    command = text.partition("<!-- rehearsal -->\n```sh\n")[2].partition("```")[0]
    shown = text.partition("<!-- output -->\n```text\n")[2].partition("```")[0]
    asked = shlex.split(command.rpartition("alertd --config config ")[2])
    printed = alertd(CLONE / "config", *asked).stdout.split("\n--- ")
    alerts = shown.removeprefix("--- ").strip().split("\n\n--- ")
    assert set(alerts) <= {text.strip() for text in printed}
