"""Config folders as a user would have them, and the command line inside this process where a new one says no more."""

import shutil
import signal
import subprocess
import sys

import pytest
from cli.commands import FIVE_KINDS, SAMPLE
from process import write_truces

from alertd.cli import main


@pytest.fixture
def sample(tmp_path):
    """The sample that the project comes with, in a place of its own."""
    return shutil.copytree(SAMPLE, tmp_path / "config")


@pytest.fixture
def five_kinds(tmp_path):
    """One truce for each way in which a truce ends."""
    write_truces(tmp_path, FIVE_KINDS)
    return tmp_path


@pytest.fixture
def command(capsys, monkeypatch):
    """Run a command that only prints, as `process.alertd` does, without the half second of a start."""
    before = signal.getsignal(signal.SIGPIPE)

    def run(config, *arguments):
        """The folder may be None: the command line names none then."""
        named = () if config is None else ("--config", str(config))
        monkeypatch.setattr(sys, "argv", ["alertd", *named, *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        return subprocess.CompletedProcess(arguments, ended.value.code or 0, printed.out, printed.err)

    yield run
    signal.signal(signal.SIGPIPE, before)
