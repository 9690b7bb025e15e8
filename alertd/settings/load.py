"""Loading: the file with the environment over it, checked and resolved.

Every problem is found in one pass, with its line. A message names keys, variables, credentials and files, and never
quotes what else stands there: a URL in the wrong place is still a secret. Channels are described here, not built, so
that `check` starts without their libraries.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from itertools import starmap
from pathlib import Path

from alertd.errors import Code, ConfigError, Level, Problem
from alertd.files.beneath import read_beneath
from alertd.logs import redact_problems
from alertd.settings.environment import VARIABLES, as_table
from alertd.settings.model import FILE, Secrets, Settings, SettingsTable
from alertd.settings.report import Report
from alertd.settings.resolve import Resolver
from alertd.settings.secrets import SecretReader
from alertd.times.instant import ZoneLookup
from alertd.toml.load import OutOfBounds, TomlTable, load_toml
from alertd.toml.positions import KeyPath
from alertd.toml.validation import validate_partial, without_each


def load_settings(
    config_dir: Path, environ: Mapping[str, str], *, zone_for: ZoneLookup, secrets: Secrets = Secrets.NEEDED
) -> Settings:
    """The settings of a config folder; raises a `ConfigError` with every problem where they cannot be used."""
    settings, problems = check_settings(config_dir, environ, zone_for=zone_for, secrets=secrets)
    if settings is None:
        raise ConfigError(f"the settings in {config_dir / FILE} cannot be used", problems)
    return settings


def no_folder(config_dir: Path) -> ConfigError:
    """The error of a config folder that is not there."""
    return ConfigError(
        f"there is no config folder {config_dir}: name it with --config or ALERTD_CONFIG, "
        "or make one with `alertd init`"
    )


def check_settings(
    config_dir: Path, environ: Mapping[str, str], *, zone_for: ZoneLookup, secrets: Secrets = Secrets.NEEDED
) -> tuple[Settings | None, tuple[Problem, ...]]:
    """The settings, and every problem; raises `ConfigError` where there is no folder.

    None where an error leaves no settings to run on; a secret that cannot be had closes its channel alone.
    """
    if not config_dir.is_dir():
        raise no_folder(config_dir)
    text, tables, unreadable = _read_file(config_dir)
    if unreadable is not None:
        return None, tuple(redact_problems((unreadable,)))
    variables = {name: value for name, value in environ.items() if name in VARIABLES and value}
    report = Report(text, {VARIABLES[name]: name for name in variables})
    settings = _resolved(
        reduce(_merged, starmap(as_table, variables.items()), tables),
        SecretReader(config_dir, environ, secrets, report),
        Resolver(config_dir, environ, zone_for, report),
    )
    return None if report.refused else settings, settings.problems


def resolve_tables(
    tables: TomlTable,
    config_dir: Path,
    environ: Mapping[str, str],
    *,
    zone_for: ZoneLookup,
    secrets: Secrets = Secrets.NEEDED,
) -> tuple[Settings, tuple[KeyPath, ...]]:
    """The settings that tables give by themselves, and where something in them cannot be used."""
    report = Report("", {})
    settings = _resolved(
        tables,
        SecretReader(config_dir, environ, secrets, report),
        Resolver(config_dir, environ, zone_for, report),
    )
    return settings, tuple(report.refused)


def read_tables(config_dir: Path) -> TomlTable:
    """The tables of the file as TOML has them; empty where it cannot be read."""
    return _read_file(config_dir)[1]


def _resolved(raw: TomlTable, reader: SecretReader, resolver: Resolver) -> Settings:
    """The settings as far as they can be resolved, with every problem in the order of lines."""
    report = resolver.report
    table, field_errors = validate_partial(SettingsTable, reader.fill(raw))
    for field_error in field_errors:
        report.add(field_error.path, field_error.code, field_error.message)
    settings = resolver.resolve(table, reader.variables)
    return replace(
        settings,
        problems=tuple(sorted(redact_problems(report.problems), key=lambda problem: problem.line)),
        tables=without_each(raw, report.plain),
        secret_files=tuple(report.files),
    )


def _read_file(config_dir: Path) -> tuple[str, TomlTable, Problem | None]:
    """The text and tables of the file, both empty where there is none, or why it cannot be read."""
    try:
        text = read_beneath(config_dir, FILE).decode("utf-8-sig")
        return text, load_toml(text), None
    except FileNotFoundError:
        return "", {}, None
    except OSError as error:
        return "", {}, _syntax(1, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        return "", {}, _syntax(1, "not UTF-8 text: save it as UTF-8")
    except ValueError as error:
        # tomllib's own text may quote a character of a value.
        place = re.search(r"\(at line ([0-9]+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        twice = "overwrite" in str(error) or "twice" in str(error)
        why = "this key or table stands twice" if twice else "check quotes and brackets, here and on the line before"
        if isinstance(error, OutOfBounds):
            why = str(error).partition(" (at")[0]
        return "", {}, _syntax(line, f"TOML cannot read this line: {why}")


def _syntax(line: int, message: str) -> Problem:
    return Problem(FILE, line, None, Level.ERROR, Code.SYNTAX, message)


def _merged(below: TomlTable, above: TomlTable) -> TomlTable:
    """Both tables as one, nested tables too; where both have a key the second wins."""
    merged = dict(below)
    for key, value in above.items():
        nested = merged.get(key)
        merged[key] = _merged(nested, value) if isinstance(nested, dict) and isinstance(value, dict) else value
    return merged
