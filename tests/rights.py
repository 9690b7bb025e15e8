"""What a test needs of the machine, and what becomes of it where the machine forbids that."""

import os
from typing import NoReturn

import pytest


def lacking(what: str) -> NoReturn:
    """Skip a test with the reason; where `.ci/run` has found that the machine allows it all, that is a failure."""
    if os.environ.get("TESTS_SKIP_NOTHING"):
        pytest.fail(f"this machine allows it, and yet: {what}")
    pytest.skip(what)
