"""A machine without rights: what a test cannot do there is skipped with the reason, and in CI is a failure."""

import os
import pty

import pytest
from disk import small_disk
from terminal import needs_terminals

skipped, failed = pytest.skip.Exception, pytest.fail.Exception


@pytest.fixture
def forbidden(tmp_path, monkeypatch):
    """A machine that lets nobody have mounts of his own, nor a pseudo-terminal, as a plain container can be."""
    unshare = tmp_path / "bin/unshare"
    unshare.parent.mkdir()
    unshare.write_text("#!/bin/sh\nexit 1\n")
    unshare.chmod(0o755)

    def none() -> None:
        raise OSError("out of pty devices")

    monkeypatch.setenv("PATH", f"{unshare.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(pty, "openpty", none)


@pytest.mark.parametrize(("all_is_allowed", "ends"), [("", skipped), ("1", failed)])
def test_what_is_forbidden_is_skipped_with_the_reason_but_fails_where_all_is_allowed(
    tmp_path, forbidden, monkeypatch, all_is_allowed, ends
):
    monkeypatch.setenv("TESTS_SKIP_NOTHING", all_is_allowed)

    with pytest.raises((skipped, failed), match="unshare --mount") as disk:
        small_disk(tmp_path / "state").__enter__()
    with pytest.raises(
        (skipped, failed), match=r"needs a pseudo-terminal, and there is none [(]out of pty"
    ) as terminal:
        needs_terminals()
    assert (disk.type, terminal.type) == (ends, ends)
