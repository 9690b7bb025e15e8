"""What the documents name is there: a table of proofs is worth nothing once a test of it was renamed."""

import re
from pathlib import Path

import pytest

CLONE = Path(__file__).parents[1]
SECURITY = CLONE / "docs" / "security.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def missing(text):
    """The tests that a text names as `path::name` and the tree does not have."""
    return [f"{path}::{name}" for path, name in NAMED.findall(text) if not has_test(CLONE / path, name)]


def has_test(path, name):
    return path.is_file() and re.search(rf"^(?:async )?def {name}\(", path.read_text(), re.MULTILINE) is not None


def test_each_test_that_the_page_on_security_names_is_there():
    text = SECURITY.read_text()

    assert len(NAMED.findall(text)) == text.count(".py::") > 0, "each is written as `path::name`"
    assert missing(text) == []


@pytest.mark.parametrize("name", ["tests/test_docs.py::test_nothing", "tests/test_nowhere.py::test_nothing"])
def test_a_test_that_is_not_there_is_found_missing(name):
    assert missing(f"| an attack | an end | `{name}` |") == [name]


@pytest.mark.parametrize("page", ["docs/security.md", "SECURITY.md"])
def test_the_readme_leads_to_each_page_on_security(page):
    assert f"({page})" in (CLONE / "README.md").read_text()
    assert (CLONE / page).is_file()
