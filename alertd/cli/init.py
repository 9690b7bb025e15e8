"""`alertd init`: a config folder to begin with, and a truce in it that ends in twenty minutes.

Every file is created anew and none is replaced; where one of them cannot be written, those before it are taken away.
"""

import re
import shlex
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

from alertd.cli.context import Context
from alertd.cli.screen import screen
from alertd.errors import ConfigError
from alertd.register.files import FOLDER, WITHDRAWN_FILE, has_withdrawn, truce_files
from alertd.settings import FILE
from alertd.times.formats import show_utc

LASTS = timedelta(minutes=20)
"""The length of the example, from now on."""

_MINUTE = timedelta(minutes=1)

_EXAMPLE = """\
# A truce to try alertd with: it ends twenty minutes after `alertd init`. Change it while alertd runs, and see what is
# told. Truces of your own go into files like this one; `alertd add` writes them too.

[[truce]]
id = "example"                           # unique over all files: a-z, 0-9 and -
title = "Twenty minutes of calm"
zone = "UTC"                             # in which its hours are announced, such as "Asia/Damascus"
starts = {starts}
ends = {ends}               # or "0100 Wed 4 May 2016", lasts = "24h", open = true, until_condition = "…"
lead_times = ["15m", "5m"]               # its own reminders; without this line those of alertd.toml
source = "alertd init"                   # an address, or who said it when

# An extension, once one is announced: take the # away and save, or type `alertd extend example --by 20m`.
#
#   [[truce.extension]]
#   by = "20m"                           # or until = "0100 Fri 6 May 2016"
#   source = "alertd init"
"""

_OF_A_NEW_FOLDER = {"state_dir": "state", "zone": "UTC"}
"""The settings that differ from the sample."""


def init(context: Context) -> None:
    """Write settings and an example truce into a folder that has neither, and say how to go on.

    Raises `ConfigError` where it has one of them, or cannot be written.
    """
    folder = context.config
    starts = context.now.replace(second=0)
    ends = starts + LASTS + (_MINUTE if context.now > starts else timedelta())
    texts = {FILE: _settings_text(), f"{FOLDER}/example.toml": _example_text(starts, ends)}
    in_use = tuple(_files_in_use(folder))
    if in_use:
        raise ConfigError(
            f"{folder} has {', '.join(in_use)} already, and nothing was written: `alertd init` begins a new folder; "
            "`alertd add` adds a truce to one that is in use"
        )
    try:
        _create(folder, texts)
    except OSError as error:
        raise ConfigError(f"{error.filename or folder}: {error.strerror}; nothing was written") from error
    config = shlex.quote(str(folder))
    console = screen()
    console.print(f"Wrote {' and '.join(str(folder / file) for file in texts)}.", markup=False)
    console.print(f"The truce in it ends in twenty minutes: {show_utc(ends, year=True)}.", markup=False)
    console.print("Go on with:", markup=False)
    for command in ("check", "run"):
        console.print(f"  alertd --config {config} {command}", markup=False)


def _settings_text() -> str:
    """The sample settings, as they suit a folder of its own."""
    text = (files("alertd.cli") / FILE).read_text(encoding="utf-8")
    for key, value in _OF_A_NEW_FOLDER.items():
        text = re.sub(rf'^({key} = )"[^"]*"', rf'\1"{value}"', text, flags=re.MULTILINE)
    return text


def _example_text(starts: datetime, ends: datetime) -> str:
    wall = {"starts": starts, "ends": ends}
    return _EXAMPLE.format(**{name: at.strftime("%Y-%m-%dT%H:%M:%S") for name, at in wall.items()})


def _files_in_use(folder: Path) -> Iterator[str]:
    """The files of a config folder that is in use."""
    if (folder / FILE).exists():
        yield FILE
    yield from truce_files(folder)
    if has_withdrawn(folder):
        yield WITHDRAWN_FILE


def _create(folder: Path, texts: dict[str, str]) -> None:
    """Create files with the folders that they need; raises OSError, and leaves nothing new behind, where one fails."""
    with ExitStack() as undo:
        for file, text in texts.items():
            path = folder / file
            for parent in reversed([folder for folder in path.parents if not folder.exists()]):
                parent.mkdir()
                undo.callback(parent.rmdir)
            with path.open("x", encoding="utf-8") as new:  # never over what somebody else has written meanwhile
                undo.callback(path.unlink)
                new.write(text)
        undo.pop_all()
