"""The command line itself: names, options and help. What a command does stands in a module of its own."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from alertd.cli.completion import complete_channel, complete_truce
from alertd.cli.csv_columns import IMPORT_HELP, ExportFormat
from alertd.cli.ledger_app import ledger_app
from alertd.cli.options import (
    At,
    ChannelOption,
    InFile,
    Json,
    NewTruce,
    RecordedBy,
    TruceArg,
    TruceId,
    Yes,
    spread,
)
from alertd.cli.recording_app import recording_app
from alertd.cli.run_app import begin_app, run

app = begin_app()


@app.command()
def init(
    context: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR", help="Made where it is missing (default: what --config names, else the folder you are in)."
        ),
    ] = None,
) -> None:
    """Begin a config folder: settings with comments, and an example truce that ends in twenty minutes."""
    from alertd.cli.init import init as command  # noqa: PLC0415  a command loads what it needs, when it runs

    told = context.find_root().get_parameter_source("config")
    if folder is None and (told is None or told.name == "DEFAULT"):
        folder = Path()
    command(context.obj if folder is None else replace(context.obj, config=folder))


app.command()(run)


@app.command()
def board(
    context: typer.Context,
    *,
    with_daemon: Annotated[bool, typer.Option("--with-daemon", hidden=True, help="As `run` starts it.")] = False,
) -> None:
    """Show the status board; a daemon whose settings have a [board] does so by itself."""
    from alertd.cli.board import board as command  # noqa: PLC0415  likewise

    command(context.obj, with_daemon=with_daemon)


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
def rehearse(  # noqa: PLR0913  its options
    context: typer.Context,
    *,
    start: Annotated[str, typer.Option("--from", metavar="T", help="Begin at this time.")],
    until: Annotated[str, typer.Option("--to", metavar="T", help="End at this time.")],
    speed: Annotated[
        str, typer.Option("--speed", metavar="N|max", help="Virtual seconds in a second, or max to jump.")
    ] = "max",
    ack: Annotated[
        list[str], typer.Option("--ack", metavar='"CHANNEL N%"', help="This share of what it is asked is acknowledged.")
    ] = [],  # noqa: B006  Typer copies it
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Draw with --ack from this number.")] = 0,
    report: Annotated[
        bool, typer.Option("--report", help="A table a truce at the end: what was known when, who was told when.")
    ] = False,
    json: Json = False,
) -> None:
    """Run the same daemon on a virtual clock: what would be sent, each record known from its announcement on."""
    from alertd.cli.rehearse import rehearse as command  # noqa: PLC0415  likewise

    command(context.obj, start=start, until=until, speed=speed, ack=ack, seed=seed, report=report, json=json)


@app.command()
def status(context: typer.Context, *, json: Json = False) -> None:
    """Show what is not watched, what runs now, what comes next, and how the channels fare."""
    from alertd.cli.status import status as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, json=json))


@app.command()
def history(
    context: typer.Context,
    *,
    truce: TruceId = None,
    channel: ChannelOption = None,
    since: Annotated[str | None, typer.Option("--since", metavar="T", help="What was due from this time on.")] = None,
    json: Json = False,
) -> None:
    """Show every delivery that was ever planned, and what became of it."""
    from alertd.cli.history import history as command  # noqa: PLC0415  likewise

    command(context.obj, truce=truce, channel=channel, since=since, json=json)


@app.command()
def show(context: typer.Context, truce: TruceArg, *, json: Json = False) -> None:
    """Show a truce's lineage: what was known when, from which source, and which alerts went where."""
    from alertd.cli.show import show as command  # noqa: PLC0415  likewise

    command(context.obj, truce, json=json)


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
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The channel to test.", autocompletion=complete_channel)
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Test every channel.")] = False,
    truce: Annotated[
        str | None,
        typer.Option("--truce", metavar="ID", help="Send this truce's next reminder.", autocompletion=complete_truce),
    ] = None,
    json: Json = False,
) -> None:
    """Send a real message, marked TEST, and show each target's answer."""
    from alertd.cli.test_send import test_channel as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, name=name, every=every, truce=truce, json=json))


app.registered_commands += recording_app.registered_commands
app.add_typer(ledger_app, name="ledger")


@app.command()
@spread
def add(  # noqa: PLR0913  an option each
    context: typer.Context,
    new: NewTruce,
    *,
    file: InFile = None,
    recorded_by: RecordedBy = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Add a truce: asks step by step on a terminal, for what no option says."""
    from alertd.cli.add import add as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, new, file, recorded_by=recorded_by, yes=yes, json=json))


@app.command()
def export(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="Where to (default: standard output).")] = None,
    *,
    form: Annotated[ExportFormat, typer.Option("--format", help="A sheet, JSON, or a calendar.")],
) -> None:
    """Write every truce to a file: a row each (CSV), with all records (JSON), or as events with alarms (ICS)."""
    from alertd.cli.export import export as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, form, file))


@app.command("import", help=IMPORT_HELP)
def take_in(  # noqa: PLR0913  an option each
    context: typer.Context,
    sheet: Annotated[Path, typer.Argument(metavar="FILE.csv", help="A truce a row, its first line the columns.")],
    *,
    file: InFile = None,
    recorded_by: RecordedBy = None,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Add the truces of a sheet."""
    from alertd.cli.import_csv import take_in as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, sheet, file, recorded_by=recorded_by, yes=yes, json=json))


@app.command("tell-down")
def tell_down(context: typer.Context) -> None:
    """Tell ops that alertd is down, unless it runs; systemd does this when it gives up starting it."""
    from alertd.cli.tell_down import tell_down as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj))


@app.command()
def token(
    context: typer.Context,
    *,
    name: Annotated[
        str | None, typer.Argument(metavar="NAME", help="The person; what the token records bears this name.")
    ] = None,
    revoke: Annotated[bool, typer.Option("--revoke", help="Take the token away.")] = False,
    show: Annotated[bool, typer.Option("--list", help="Name all who have one.")] = False,
) -> None:
    """Give a person a token to record on the board, shown once; a new one takes the place of the one before."""
    from alertd.cli.tokens import token as command  # noqa: PLC0415  likewise

    command(context.obj, name, show=show, revoke=revoke)


@app.command("record-helper")
def record_helper(context: typer.Context) -> None:
    """Write truce files for the board; systemd starts this when somebody records there."""
    from alertd.cli.record_helper import record_helper as command  # noqa: PLC0415  likewise

    command(context.obj)
