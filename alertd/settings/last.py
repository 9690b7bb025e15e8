"""The settings that worked last: kept in the state folder, and taken where those of the file cannot be used.

A mistake in `alertd.toml` must not silence what ran well until the next restart. Only references to secrets are kept;
what stood in plain text is taken from `alertd.toml`, as far as TOML can still read it. What cannot be used any more is
left out alone: a channel, or a table; never a token of the board, which would open it.
"""

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from alertd.errors import Code, ConfigError, Level, Problem
from alertd.files.beneath import read_beneath
from alertd.files.private import GROUP, open_private
from alertd.logs.lines import get_logger
from alertd.settings.load import load_settings, read_tables, resolve_tables
from alertd.settings.model import FILE, Secrets, Settings
from alertd.times.formats import show_utc
from alertd.times.instant import ZoneLookup
from alertd.toml.load import TomlTable, load_toml, tables_at
from alertd.toml.positions import KeyPath
from alertd.toml.validation import without_each

log = get_logger(__name__)

LAST = "last-settings.toml"
"""Their file in the state folder."""

_HEADER = f"# The settings on which alertd last started: it starts on them again while {FILE} cannot be used.\n"
_STATE_DIR = re.compile(r'^\s*state_dir\s*=\s*"([^"\\]+)"', re.MULTILINE)


def keep_settings(settings: Settings, config_dir: Path) -> None:
    """Keep settings that have just worked; where there is no file of them, the defaults always work."""
    path = settings.state_dir / LAST
    try:
        if not (config_dir / FILE).exists():
            path.unlink(missing_ok=True)
            return
        if not _is_kept(path, settings):
            import tomlkit  # noqa: PLC0415  half a MiB that a start on other settings than the last alone needs

            _write(path, _HEADER + tomlkit.dumps(settings.tables))
    except OSError as error:
        log.warning("settings.not_kept", error=error.strerror)


def _is_kept(path: Path, settings: Settings) -> bool:
    try:
        return load_toml(path.read_text()) == settings.tables
    except (FileNotFoundError, ValueError):
        return False


def _write(path: Path, text: str) -> None:
    new = path.with_name(f"{LAST}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(open_private(new, GROUP, new=True), "w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    new.replace(path)


def settings_or_last(
    config_dir: Path, environ: Mapping[str, str], *, zone_for: ZoneLookup, secrets: Secrets = Secrets.NEEDED
) -> Settings:
    """The settings of a config folder, or else those that worked last, with every problem of the folder's.

    Raises ConfigError where neither can be used.
    """
    try:
        settings = load_settings(config_dir, environ, zone_for=zone_for, secrets=secrets)
        require_file(settings, config_dir)
    except ConfigError as error:
        for state_dir in _state_dirs(config_dir, environ):
            last = _load_last(state_dir, config_dir, environ, zone_for, secrets)
            if last is not None:
                return _in_place_of(*last, state_dir, error)
        raise
    else:
        return settings


def require_file(settings: Settings, config_dir: Path) -> None:
    """Refuse the defaults where a file was there before: whoever lost it did not ask for them; raises `ConfigError`."""
    if not (config_dir / FILE).exists() and (settings.state_dir / LAST).exists():
        raise ConfigError(f"{FILE} is gone: put it back, or write an empty one to go on with the defaults")


def _state_dirs(config_dir: Path, environ: Mapping[str, str]) -> Iterable[Path]:
    """The state folders that a daemon may have used, the likeliest first."""
    with suppress(OSError):
        found = _STATE_DIR.search(read_beneath(config_dir, FILE).decode(errors="replace"))
        if found:
            yield config_dir / found[1]
    given = environ.get("STATE_DIRECTORY", "").split(":")[0]
    yield config_dir / (given or "state")


def _load_last(
    state_dir: Path, config_dir: Path, environ: Mapping[str, str], zone_for: ZoneLookup, secrets: Secrets
) -> tuple[Settings, tuple[str, ...]] | None:
    """The settings kept in a state folder, and what had to be left out of them; None where no channel is left."""
    try:
        kept = load_toml((state_dir / LAST).read_text())
    except (OSError, ValueError):
        return None
    kept = {**_with_plain_secrets(kept, read_tables(config_dir)), "state_dir": str(state_dir.absolute())}
    tables = kept
    while True:
        settings, refused = resolve_tables(tables, config_dir, environ, zone_for=zone_for, secrets=secrets)
        if ("ledger", "url") in refused:  # never another ledger in its place
            return None
        if not refused:
            return (settings, _left_out(kept, tables)) if tables.get("channel") else None
        tables = _without_unusable(tables, refused)


def _left_out(kept: TomlTable, tables: TomlTable) -> tuple[str, ...]:
    """The names of what one has and the other has not."""
    used = {channel.get("name") for channel in tables_at(tables, "channel")}
    channels = (channel.get("name") for channel in tables_at(kept, "channel") if channel.get("name") not in used)
    gone = (f"[{key}]" for key in kept if key not in tables)
    return (*(f"channel {name}" for name in channels), *gone)


def _with_plain_secrets(tables: TomlTable, current: TomlTable) -> TomlTable:
    """The tables with what stands in plain text in the channels of the same names today."""
    plain = {
        channel.get("name"): {
            key: channel[key] for key in ("url", "secret", "proxy") if isinstance(channel.get(key), str | list)
        }
        for channel in tables_at(current, "channel")
    }
    return {
        **tables,
        "channel": [{**plain.get(channel.get("name"), {}), **channel} for channel in tables_at(tables, "channel")],
    }


def _without_unusable(tables: TomlTable, refused: Sequence[KeyPath]) -> TomlTable:
    """The tables without what is refused: a reference or a key of the ledger alone, else a whole channel or table."""
    channels = {path[1] for path in refused if path[0] == "channel" and path[2:] != ("fallback",)}
    references = [
        path for path in refused if path[2:] == ("fallback",) or path[:2] == ("ops", "heartbeat") or path[0] == "ledger"
    ]
    others = [path[:1] for path in refused if path[0] != "channel" and path not in references]
    rest = without_each(tables, [*(path[:3] if path[0] == "channel" else path[:2] for path in references), *others])
    return {
        **rest,
        "channel": [channel for index, channel in enumerate(tables_at(rest, "channel")) if index not in channels],
    }


def _in_place_of(last: Settings, left_out: Sequence[str], state_dir: Path, error: ConfigError) -> Settings:
    """Settings that stand in, with what is wrong with those of the file."""
    kept_at = datetime.fromtimestamp((state_dir / LAST).stat().st_mtime, UTC)
    wrong = error.problems or (Problem(FILE, 1, None, Level.ERROR, Code.MISSING, str(error)),)
    stands_in = (
        f"{FILE} cannot be used: alertd runs on the settings that worked last, kept at "
        f"{show_utc(kept_at, year=True)}, until it is mended and alertd is restarted."
        + (f" Not in use meanwhile: {', '.join(left_out)}." if left_out else "")
        + "".join(f"\n{problem}" for problem in wrong)
    )
    return replace(last, problems=wrong, stands_in=stands_in)
