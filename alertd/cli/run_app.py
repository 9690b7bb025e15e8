"""The command line of the daemon: the options that stand before every command, and `run`.

It stands alone, so that a daemon does not carry the names, options and helps of all other commands.
"""

import signal
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

SENDING = ("run", "board", "record-helper", "test-channel", "tell-down")
"""Commands that last or send; every other only prints, and ends quietly with whoever reads it, such as `head`."""

_SECRETS = {**dict.fromkeys(SENDING, "NEEDED"), "record-helper": "UNREAD", "check": "TRIED"}
"""Every other command leaves them unread, so that an operator who may not read them has it all the same."""

_OR_LAST = frozenset({"run", "board", "status", "tell-down"})
"""Commands that watch, or tell whether somebody does: these go on with the settings that worked last."""

_BEFORE = ("--config", "--log-level")
"""The options that stand before every command."""


class LogLevelChoice(StrEnum):
    """The levels of the log."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


def begin_app() -> typer.Typer:
    """A command line with the common options, and no command yet."""
    app = typer.Typer(
        help="alertd tells people before a ceasefire expires.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(common)
    return app


def run_app() -> typer.Typer:
    """The command line of which `run` is the only command."""
    app = begin_app()
    app.command()(run)
    return app


def is_run(arguments: Sequence[str]) -> bool:
    """True if these arguments start the daemon, and ask for nothing else."""
    rest = list(arguments)
    while rest and rest[0].partition("=")[0] in _BEFORE:
        del rest[: 1 if "=" in rest[0] else 2]
    return rest == ["run"]


def common(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", metavar="DIR", envvar="ALERTD_CONFIG", help="The folder with alertd.toml and truces/."
        ),
    ] = Path("/etc/alertd"),
    log_level: Annotated[
        LogLevelChoice | None, typer.Option("--log-level", help="How much is logged (default: info).")
    ] = None,
) -> None:
    """Options that stand before every command."""
    from alertd.cli.context import Context  # noqa: PLC0415  completion asks for names alone, and must be quick
    from alertd.settings import Secrets  # noqa: PLC0415  likewise

    if context.invoked_subcommand not in SENDING:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    command = context.invoked_subcommand or ""
    context.obj = Context(config, log_level, Secrets[_SECRETS.get(command, "UNREAD")], or_last=command in _OR_LAST)


def run(context: typer.Context) -> None:
    """Run the daemon."""
    from alertd.cli.run import run as command  # noqa: PLC0415  likewise

    command(context.obj)
