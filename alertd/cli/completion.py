"""The offers of the shell when Tab is pressed: truce ids and channels, read as fast as can be.

A key press must not wait for the whole program, so nothing of it is imported here: what looks like an id in a truce
file is offered, and what the file really says is for the command to find out.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import typer

_HEADER = re.compile(r"^[ \t]*\[\[", re.MULTILINE)
_ID = re.compile(r"""^[ \t]*id[ \t]*=[ \t]*["']([a-z0-9-]+)["']""", re.MULTILINE)
_TITLE = re.compile(r"""^[ \t]*title[ \t]*=[ \t]*"([^"\\\n]*)\"""", re.MULTILINE)


def complete_truce(context: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The ids in the truce files that begin so, each with its title."""
    return [(truce, title) for truce, title in sorted(_truces(_config(context))) if truce.startswith(incomplete)]


def complete_channel(context: typer.Context, incomplete: str) -> list[str]:
    """The channels of the settings that begin so."""
    return [name for name in _channels(_config(context)) if name.startswith(incomplete)]


def complete_file(context: typer.Context, incomplete: str) -> list[str]:
    """The truce files that begin so, as `--file` takes them."""
    files = (f"truces/{path.name}" for path in _files(_config(context)))
    return [file for file in files if file.startswith(incomplete)]


def _config(context: typer.Context) -> Path:
    config: Path = context.find_root().params["config"]
    return config


def _truces(config: Path) -> Iterator[tuple[str, str]]:
    for path in _files(config):
        with suppress(OSError):
            for table in _HEADER.split(path.read_text(encoding="utf-8", errors="replace")):
                if (truce := _ID.search(table)) is not None:
                    title = _TITLE.search(table)
                    yield truce[1], title[1] if title else ""


def _files(config: Path) -> list[Path]:
    return sorted(path for path in (config / "truces").glob("[!.]*.[tT][oO][mM][lL]") if path.is_file())


def _channels(config: Path) -> Iterable[str]:
    try:
        tables = tomllib.loads((config / "alertd.toml").read_text(encoding="utf-8"))
        names = [channel["name"] for channel in tables.get("channel", [])]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):  # what is wrong with it, `check` says
        names = []
    return [name for name in names if isinstance(name, str)] or ["console"]
