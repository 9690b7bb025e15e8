"""The command line of the commands that record: names, options and help, as in `app`, where they belong."""

from typing import Annotated

import typer

from alertd.cli.options import (
    ConfirmationChoice,
    Denial,
    Json,
    MilestoneArg,
    NewAcknowledgement,
    NewAct,
    NewBeginning,
    NewRecord,
    NewTermination,
    Removal,
    Restoration,
    TakenOut,
    TruceArg,
    Undo,
    Yes,
    spread,
)

recording_app = typer.Typer()


@recording_app.command()
@spread
def extend(context: typer.Context, truce: TruceArg, new: NewRecord, *, yes: Yes = False, json: Json = False) -> None:
    """Record an extension: a new end, confirmed since it was announced."""
    from alertd.cli.statements import extend as command  # noqa: PLC0415  a command loads what it needs, when it runs

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def claim(context: typer.Context, truce: TruceArg, new: NewRecord, *, yes: Yes = False, json: Json = False) -> None:
    """Record what a party states of the end, which nobody has confirmed."""
    from alertd.cli.statements import claim as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def confirm(
    context: typer.Context, truce: TruceArg, choice: ConfirmationChoice, *, yes: Yes = False, json: Json = False
) -> None:
    """Record that a claim holds: the last that nobody has decided on, or the one that is named."""
    from alertd.cli.confirm import confirm as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, choice, yes=yes, json=json))


@recording_app.command()
@spread
def deny(context: typer.Context, truce: TruceArg, choice: Denial, *, yes: Yes = False, json: Json = False) -> None:
    """Record that a claim does not hold: the last that nobody has decided on, or the one that is named."""
    from alertd.cli.confirm import deny as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, choice, yes=yes, json=json))


@recording_app.command()
@spread
def end(context: typer.Context, truce: TruceArg, new: NewTermination, *, yes: Yes = False, json: Json = False) -> None:
    """Record that a truce ends early."""
    from alertd.cli.end import end as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def begin(context: typer.Context, truce: TruceArg, new: NewBeginning, *, yes: Yes = False, json: Json = False) -> None:
    """Record that a truce of which the start was open has begun: what hangs on its start is counted from then."""
    from alertd.cli.begin import begin as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def undo(context: typer.Context, truce: TruceArg, choice: Undo, *, yes: Yes = False, json: Json = False) -> None:
    """Mark a record as a mistake of whoever wrote it down: the one made last, or the one that is named."""
    from alertd.cli.undo import undo as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, choice, yes=yes, json=json))


@recording_app.command()
@spread
def checked(context: typer.Context, truce: TruceArg, new: NewAct, *, yes: Yes = False, json: Json = False) -> None:
    """Record that somebody checked a truce, and it still holds: the next question counts from then."""
    from alertd.cli.acts import checked as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def met(  # noqa: PLR0913  its options
    context: typer.Context,
    truce: TruceArg,
    milestone: MilestoneArg,
    new: NewAct,
    *,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Record that a milestone of a truce was met: nobody is told of it any more."""
    from alertd.cli.milestones import answer as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, milestone, "met", new, yes=yes, json=json))


@recording_app.command()
@spread
def missed(  # noqa: PLR0913  its options
    context: typer.Context,
    truce: TruceArg,
    milestone: MilestoneArg,
    new: NewAct,
    *,
    yes: Yes = False,
    json: Json = False,
) -> None:
    """Record that a milestone of a truce was missed: nobody is told of it any more, and the end stays."""
    from alertd.cli.milestones import answer as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, milestone, "missed", new, yes=yes, json=json))


@recording_app.command()
@spread
def close(context: typer.Context, truce: TruceArg, new: NewAct, *, yes: Yes = False, json: Json = False) -> None:
    """Record that the desk is done with a truce that has lapsed: nobody is asked about it any more."""
    from alertd.cli.acts import close as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, new, yes=yes, json=json))


@recording_app.command()
@spread
def ack(
    context: typer.Context,
    alert: Annotated[
        str, typer.Argument(metavar="ALERT", help="The six characters at the foot of its message, after `Alert:`.")
    ],
    new: NewAcknowledgement,
    *,
    yes: Annotated[  # noqa: ARG001  every command that writes takes it
        bool, typer.Option("--yes", "-y", help="As the other commands take it; nothing is asked here anyway.")
    ] = False,
    json: Json = False,
) -> None:
    """Acknowledge an alert: somebody has seen it and sees to it, whichever channel it came by."""
    from alertd.cli.ack import ack as command  # noqa: PLC0415  likewise

    command(context.obj, alert, new, json=json)


@recording_app.command()
@spread
def withdraw(
    context: typer.Context, truce: TruceArg, removal: Removal, *, yes: Yes = False, json: Json = False
) -> None:
    """Take a truce out of the register on purpose: it is no longer watched, and its text stays."""
    from alertd.cli.withdraw import withdraw as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, removal, yes=yes, json=json))


@recording_app.command()
@spread
def restore(
    context: typer.Context, truce: TakenOut, back: Restoration, *, yes: Yes = False, json: Json = False
) -> None:
    """Bring back a truce that was taken out: it is watched again."""
    from alertd.cli.withdraw import restore as command  # noqa: PLC0415  likewise

    raise typer.Exit(command(context.obj, truce, back, yes=yes, json=json))
