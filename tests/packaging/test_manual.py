"""The manual page says what the commands can do, as it is made of them."""

import os
import subprocess
import sys
from pathlib import Path

import typer

from alertd.cli.app import app

MANUAL = Path(__file__).parents[2] / "packaging/deb/manual.py"


def page():
    env = os.environ | {"SOURCE_DATE_EPOCH": "1462320000"}
    return subprocess.run([sys.executable, MANUAL], capture_output=True, text=True, check=True, env=env).stdout


def test_the_page_has_each_command_with_each_of_its_options_and_what_it_does():
    text = page().replace("\\-", "-")

    sections = text.split('\n.SS "')
    commands = typer.main.get_command(app).commands
    assert [section.split('"')[0] for section in sections[1:]] == list(commands)
    for section, command in zip(sections[1:], commands.values(), strict=True):
        assert " ".join(command.help.split("\n\n")[0].split()) in section
        for parameter in (each for each in command.params if not getattr(each, "hidden", False)):
            assert all(name in section for name in parameter.opts if name.startswith("-"))
            assert (parameter.help or "") in section


def test_the_page_names_its_day_and_no_line_of_it_is_taken_for_a_request_of_roff():
    lines = page().splitlines()

    assert lines[0].startswith('.TH ALERTD 1 "2016-05-04" ')
    known = (".TH ", ".SH ", ".SS ", ".TP", ".PP", ".B ", ".BR ")
    assert [line for line in lines if line.startswith((".", "'")) and not line.startswith(known)] == []
