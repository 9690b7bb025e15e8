"""The options that several commands share, each with its help and its completion."""

from pathlib import Path
from typing import Annotated

import typer

from alertd.cli.completion import complete_channel, complete_file, complete_truce

Json = Annotated[bool, typer.Option("--json", help="Print JSON alone on standard output.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at", metavar="T", help='As of this time: a full date with a zone, "2016-05-02 1800 Asia/Damascus".'
    ),
]
TruceId = Annotated[
    str | None, typer.Option("--truce", metavar="ID", help="This truce alone.", autocompletion=complete_truce)
]
ChannelName = Annotated[
    str | None, typer.Option("--channel", metavar="NAME", help="This channel alone.", autocompletion=complete_channel)
]

# What the commands that record have in common.

Truce = Annotated[str, typer.Argument(metavar="ID", help="The truce.", autocompletion=complete_truce)]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="T", help='The new end in the truce\'s zone: "0100 Fri", "0100 Fri 6 May 2016".'),
]
Lasting = Annotated[str | None, typer.Option("--by", metavar="D", help="How much longer: 24h, 90m, 2d.")]
Open = Annotated[bool, typer.Option("--open", help="No end was agreed.")]
Condition = Annotated[
    str | None, typer.Option("--until-condition", metavar="TEXT", help="It ends when something happens.")
]
Announced = Annotated[
    str | None,
    typer.Option("--announced", metavar="T", help="When it became known: a full date (default: now)."),
]
StatedBy = Annotated[list[str] | None, typer.Option("--stated-by", metavar="PARTY", help="Who states it; repeatable.")]
Source = Annotated[list[str] | None, typer.Option("--source", metavar="TEXT", help="Where it stands; repeatable.")]
Note = Annotated[str | None, typer.Option("--note", metavar="TEXT", help="For whoever reads the alert.")]
Since = Annotated[str | None, typer.Option("--at", metavar="T", help="Since when: a full date (default: now).")]
RecordNumber = Annotated[
    int | None, typer.Option("--record", metavar="N", help="This record, by its number in the list of choices.")
]
ByParty = Annotated[str | None, typer.Option("--by", metavar="PARTY", help="The last one that this party states.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Write without asking.")]
InFile = Annotated[
    Path | None,
    typer.Option(
        "--file",
        metavar="FILE",
        help="A truce file, new or not (default: truces/ID.toml).",
        autocompletion=complete_file,
    ),
]
