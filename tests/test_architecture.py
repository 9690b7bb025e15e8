"""The page on architecture says what the code says: its rooms, its states, its names."""

import ast
import re
from functools import cache
from pathlib import Path
from string import ascii_uppercase

from alertd.ledger import LEGAL

CLONE = Path(__file__).parents[1]
PACKAGE = CLONE / "alertd"
ARCHITECTURE = CLONE / "docs" / "architecture.md"


def rows_after(header):
    """The cells of the table with this header in the page on architecture, without its head."""
    _, _, rest = ARCHITECTURE.read_text().partition(f"{header}\n|---")
    assert rest, f"no table {header}"
    lines = rest.splitlines()[1:]
    end = next(index for index, line in enumerate(lines) if not line.startswith("|"))
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[:end]]


STEPS = [
    [letter, source.value, goal.value, why]
    for letter, (source, goal, why) in zip(
        ascii_uppercase,
        [(source, goal, why) for source, goals in LEGAL.items() for goal, why in goals.items()],
        strict=False,
    )
]
"""Every way from one state of a delivery to the next, lettered in the order of the table in the code."""


def test_the_table_of_states_is_that_of_the_code():
    assert rows_after("| step | from | to | why |") == STEPS


def test_the_diagram_of_states_draws_each_step_of_the_table_and_no_other():
    drawn = re.findall(r"^    (\w+) --> (\w+) : ([A-Z])$", ARCHITECTURE.read_text(), re.MULTILINE)

    assert [[letter, source, goal] for source, goal, letter in drawn] == [step[:3] for step in STEPS]


def test_each_step_of_the_diagram_is_explained_once():
    explained = re.findall(r"^- \*\*([A-Z, ]+)\.\*\*", ARCHITECTURE.read_text(), re.MULTILINE)

    assert ", ".join(explained).split(", ") == [letter for letter, *_ in STEPS]


def room_of(module):
    return module.removeprefix("alertd.").partition(".")[0]


def imported(path):
    """The modules of alertd that a file imports."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] == "alertd":
            yield from [f"alertd.{alias.name}" for alias in node.names] if node.module == "alertd" else [node.module]
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.startswith("alertd."))


@cache
def rooms():
    """Each room of the code, and the rooms that it uses."""
    places = [place for place in PACKAGE.iterdir() if not place.name.startswith("_") and place.suffix in {"", ".py"}]
    found = {}
    for place in places:
        files = [place] if place.is_file() else place.rglob("*.py")
        used = {room_of(module) for file in files for module in imported(file)}
        found[place.stem] = used - {place.stem, "__version__"}
    return found


def test_the_map_names_each_room_and_what_it_uses():
    told = rows_after("| room | what lives there | uses |")

    assert {name.strip("`"): {room for room in used.split(", ") if room} for name, _, used in told} == rooms()


def test_what_the_page_on_architecture_names_is_there():
    text = ARCHITECTURE.read_text()
    modules = set(re.findall(rf"(?<![\w/.])((?:{'|'.join(rooms())})/[a-z_]+)(?![\w/.])", text))
    assert {module for module in modules if not (PACKAGE / f"{module}.py").is_file()} == set()

    code = "\n".join(path.read_text() for path in PACKAGE.rglob("*.py"))
    for owner, method in re.findall(r"`([A-Z]\w+)\.(\w+)[`(]", text):
        assert f"class {owner}" in code, owner
        assert f"def {method}(" in code, method
    for name in re.findall(r"`([A-Z][a-z]+[A-Z]\w+)`", text):
        assert f"class {name}" in code, name
    for room, names in (
        (name.strip("`"), re.findall(r"`(\w+)`", what))
        for name, what, _ in rows_after("| room | what lives there | uses |")
    ):
        there = {path.stem for path in (PACKAGE / room).iterdir()} if (PACKAGE / room).is_dir() else set()
        assert set(names) <= there, room
