"""Prints alertd(1), made from the commands' own help, so that it says what they do."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import typer
from typer.core import TyperCommand, TyperGroup

from alertd import __version__
from alertd.cli.app import app

FILES = {
    "/etc/alertd/alertd.toml": "Settings, with comments: channels, the ladder of reminders, the board.",
    "/etc/alertd/truces/*.toml": "The truces. The group alertd writes them; an edit is seen within a second.",
    "/etc/alertd/credentials/": "Secrets, a file each, which root alone reads.",
    "/var/lib/alertd/ledger.db": "The ledger: what was and will be sent.",
    "/usr/share/doc/alertd/": "Pages on settings, truce files, channels and operation; licence and changes.",
}


def manual() -> Iterator[str]:
    """The lines of the page."""
    program = typer.main.get_command(app)
    assert isinstance(program, TyperGroup)  # noqa: S101  it has commands
    context = typer.Context(program, info_name="alertd", **program.context_settings)
    day = datetime.fromtimestamp(int(os.environ["SOURCE_DATE_EPOCH"]), UTC)
    yield f'.TH ALERTD 1 "{day:%Y-%m-%d}" "alertd {__version__}" "User Commands"'
    yield from (".SH NAME", r"alertd \- tells people before a ceasefire expires")
    yield from (".SH SYNOPSIS", r".B alertd", r"[\fIOPTIONS\fR] \fICOMMAND\fR [\fIARGUMENTS\fR]")
    yield from (".SH OPTIONS", *options(program, context))
    yield ".SH COMMANDS"
    for name, command in program.commands.items():
        yield from subsection(name, command, typer.Context(command, info_name=name, parent=context))
    yield ".SH FILES"
    for path, text in FILES.items():
        yield from (".TP", rf"\fI{plain(path)}\fR", plain(text))
    yield from (".SH SEE ALSO", r".BR systemctl (1),", r".BR journalctl (1)")


def subsection(name: str, command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    """What one command does, and its options."""
    yield f'.SS "{plain(name)}"'
    yield rf"\fBalertd {plain(name)}\fR {plain(' '.join(command.collect_usage_pieces(context)))}"
    for paragraph in (command.help or "").split("\n\n"):
        yield from (".PP", plain(" ".join(paragraph.split())))
    yield from options(command, context)


def options(command: TyperCommand | TyperGroup, context: typer.Context) -> Iterator[str]:
    """Arguments and options, each with its help."""
    for parameter in command.get_params(context):
        if (record := parameter.get_help_record(context)) is not None:
            yield from (".TP", rf"\fB{plain(record[0])}\fR", plain(record[1]) or r"\&")


def plain(text: str) -> str:
    """The text as roff prints it."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return rf"\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    print("\n".join(manual()))  # noqa: T201  a page on standard output
