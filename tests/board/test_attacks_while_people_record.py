"""Every attack on the board again, where people may record on it: none does more for that."""

import pytest
from board.test_guard import *  # noqa: F403


@pytest.fixture
def look(look):
    def start(truces, settings="", board="", **more):
        return look(truces, settings, f"{board}\nwrite = true", **more)

    return start
