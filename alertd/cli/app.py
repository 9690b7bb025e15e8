"""The command line itself: names, options and help. What a command does stands in a module of its own."""

import signal
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from alertd.cli.context import Context
from alertd.settings import Secrets

app = typer.Typer(
    help="alertd tells people before a ceasefire expires.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


SENDING = ("run", "test-channel", "tell-down")
"""Commands that talk to servers; every other only prints, and ends quietly with whoever reads it, such as `head`."""

_SECRETS = {**dict.fromkeys(SENDING, Secrets.NEEDED), "check": Secrets.TRIED}
"""Every other command leaves them unread, so that an operator who may not read them has it all the same."""


class LogLevel(StrEnum):
    """How much is logged."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help='As of this time: a full date with a zone, "2016-05-02 1800 Asia/Damascus".'
    ),
]
TruceId = Annotated[str | None, typer.Option("--truce", metavar="ID", help="This truce alone.")]


@app.callback()
def common(
    context: typer.Context,
    config: Annotated[
        Path,
        typer.Option(
            "--config", metavar="DIR", envvar="ALERTD_CONFIG", help="The folder with alertd.toml and truces/."
        ),
    ] = Path("/etc/alertd"),
    log_level: Annotated[
        LogLevel | None, typer.Option("--log-level", help="How much is logged (default: info).")
    ] = None,
) -> None:
    """Options that stand before every command."""
    if context.invoked_subcommand not in SENDING:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    context.obj = Context(config, log_level, _SECRETS.get(context.invoked_subcommand or "", Secrets.UNREAD))


@app.command()
def run(context: typer.Context) -> None:
    """Run the daemon."""
    from alertd.cli.run import run as command  # noqa: PLC0415  a command loads what it needs, when it runs

    command(context.obj)


@app.command()
def check(
    context: typer.Context,
    *,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 on a warning too.")] = False,
    at: At = None,
    json: Json = False,
) -> None:
    """Check settings and truce files: every problem with file and line, and each truce's expiry."""
    from alertd.cli.check import check as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, at=at, strict=strict, json=json))


@app.command()
def plan(
    context: typer.Context,
    *,
    at: At = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="T", help="Up to this time (default: 30 days on).")
    ] = None,
    truce: TruceId = None,
    json: Json = False,
) -> None:
    """Show what will be sent, as known at a time (default: now)."""
    from alertd.cli.plan import plan as command  # noqa: PLC0415  likewise

    command(context.obj, at=at, until=until, truce=truce, json=json)


@app.command()
def rehearse(
    context: typer.Context,
    *,
    start: Annotated[str, typer.Option("--from", metavar="T", help="Begin at this time.")],
    until: Annotated[str, typer.Option("--to", metavar="T", help="End at this time.")],
    speed: Annotated[
        str, typer.Option("--speed", metavar="N|max", help="Virtual seconds in a second, or max to jump.")
    ] = "max",
    json: Json = False,
) -> None:
    """Run the same daemon on a virtual clock: what would be sent, each record known from its announcement on."""
    from alertd.cli.rehearse import rehearse as command  # noqa: PLC0415  likewise

    command(context.obj, start=start, until=until, speed=speed, json=json)


@app.command()
def status(context: typer.Context, *, json: Json = False) -> None:
    """Show what is not watched, what runs now, what comes next, and how the channels fare."""
    from alertd.cli.status import status as command  # noqa: PLC0415  likewise

    command(context.obj, json=json)


@app.command()
def history(
    context: typer.Context,
    *,
    truce: TruceId = None,
    channel: Annotated[str | None, typer.Option("--channel", metavar="NAME", help="This channel alone.")] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="What was due from this time on.")] = None,
    json: Json = False,
) -> None:
    """Show every delivery that was ever planned, and what became of it."""
    from alertd.cli.history import history as command  # noqa: PLC0415  likewise

    command(context.obj, truce=truce, channel=channel, since=since, json=json)


@app.command()
def backup(
    context: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="A file that is not there yet.")]
) -> None:
    """Copy the ledger to a file, while the daemon runs or not."""
    from alertd.cli.backup import backup as command  # noqa: PLC0415  likewise

    command(context.obj, file)


@app.command("test-channel")
def send_test(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="The channel to test.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Test every channel.")] = False,
    truce: Annotated[str | None, typer.Option("--truce", metavar="ID", help="Send this truce's next reminder.")] = None,
    json: Json = False,
) -> None:
    """Send a real message, marked TEST, and show each target's answer."""
    from alertd.cli.trial import test_channel as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, name=name, every=every, truce=truce, json=json))


@app.command("tell-down")
def tell_down(context: typer.Context) -> None:
    """Tell ops that alertd is down, unless it runs; systemd does this when it gives up starting it."""
    from alertd.cli.down import tell_down as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj))
