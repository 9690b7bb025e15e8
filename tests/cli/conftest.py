"""Config folders, as a user would have them."""

import shutil

import pytest
from cli.commands import SAMPLE


@pytest.fixture
def sample(tmp_path):
    """The sample that the project comes with, in a place of its own."""
    return shutil.copytree(SAMPLE, tmp_path / "config")
