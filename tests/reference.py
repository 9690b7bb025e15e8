"""The tables in docs/ that are made from the code: what is described where it is defined is not described twice.

A page holds each table between two comments, `<!-- table NAME -->` and `<!-- end -->`; `make docs` writes them anew.
"""

import ast
import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from datetime import time, timedelta
from enum import StrEnum
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from types import NoneType
from typing import Annotated, get_args, get_origin

import typer
from example_messages import CLOSING, DIGEST, example_messages
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined
from typer.core import TyperOption

from alertd.channels.dialects import SERVICES
from alertd.cli.app import app
from alertd.domain.alert import FILTERED, Kind, Stage, short_duration
from alertd.domain.escalation import AlertPattern
from alertd.domain.policy import Policy, RateLimit
from alertd.domain.quiet import WallHours
from alertd.errors import Code
from alertd.register import shape
from alertd.settings import model
from alertd.settings.duty_tables import DutyTable
from alertd.settings.environment import VARIABLES
from alertd.settings.escalation_tables import EscalationTable, StepTable

DOCS = Path(__file__).parents[1] / "docs"
_MARKED = re.compile(r"<!-- table (?P<name>[\w ]+) -->\n(?P<table>.*?)<!-- end -->\n", re.DOTALL)


@cache
def described(defined: type) -> dict[str, str]:
    """The docstring under each name of a class, those of the classes that it is made from first."""
    found = {}
    for base in reversed(defined.__mro__):
        if base.__module__.partition(".")[0] == "alertd":
            body = ast.parse(textwrap.dedent(inspect.getsource(base))).body[0].body
            for statement, following in pairwise(body):
                if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                    for target in getattr(statement, "targets", [getattr(statement, "target", None)]):
                        if isinstance(target, ast.Name):
                            found[target.id] = inspect.cleandoc(following.value.value)
    return found


def _table(*rows: tuple[str, ...]) -> str:
    head, *rest = rows
    lines = [head, tuple("---" for _ in head), *rest]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def _fields(model: type[BaseModel]) -> str:
    """The keys of a table of a truce file, with what each means."""
    meanings = described(model)
    return _table(
        ("key", "meaning"),
        *((f"`{field.alias or name}`", meanings.get(name, "")) for name, field in model.model_fields.items()),
    )


def _settings(table: type[BaseModel], source: type | None = None) -> str:
    """The keys of a table of the settings, as their source describes them: the table itself, or what it is made from.

    What is a table of its own, and not described here, is another's.
    """
    rows = [("key", "takes", "default", "meaning")]
    for name, field in table.model_fields.items():
        meaning, takes = described(source or table).get(name, ""), _takes(field.annotation)
        if meaning or takes != "table":
            rows.append((f"`{field.alias or name}`", takes, _default(field), meaning))
    return _table(*rows)


_TAKES = {
    timedelta: "duration",
    time: "time of day",
    Kind: "kind of alert",
    Kind | Stage: "kind of alert or stage",
    AlertPattern: "alert",
    StepTable: "step",
    RateLimit: "messages in a time",
    WallHours: "hours",
    str: "text",
    bool: "true or false",
    int: "number",
    SecretStr: "secret",
    str | SecretStr: "file, or secret",
}


def _takes(annotation: object) -> str:
    """The sort of value that a field of the settings takes."""
    if get_origin(annotation) is list and get_args(annotation)[0] in _TAKES:
        return f"list of {_takes(get_args(annotation)[0])}s"
    if get_origin(annotation) is tuple:
        return f"{_takes(get_args(annotation)[0])}, or a list"
    if get_origin(annotation) is Annotated or NoneType in get_args(annotation):
        return _takes(get_args(annotation)[0])
    return _TAKES.get(annotation, "table")


def _default(field: FieldInfo) -> str:
    return (
        "" if field.default in (None, (), "", [], SecretStr(""), PydanticUndefined) else f"`{_written(field.default)}`"
    )


def _written(value: object) -> str:
    """A value as it stands in a TOML file."""
    match value:
        case timedelta():
            return f'"{_duration(value)}"'
        case tuple():
            return f"[{', '.join(map(_written, value))}]"
        case bool():
            return str(value).lower()
        case str() | Stage():
            return f'"{value}"'
        case _:
            return str(value)


def _duration(value: timedelta) -> str:
    return f"{value.days}d" if value.days > 1 and value % timedelta(days=1) == timedelta() else short_duration(value)


def _members(enum: type[StrEnum], head: str) -> str:
    return _table((head, "meaning"), *((f"`{member}`", described(enum)[member.name]) for member in enum))


def _kinds() -> str:
    return _table(
        ("kind", "sent when", "a channel can leave it out"),
        *((f"`{kind}`", described(Kind)[kind.name], "yes" if kind in FILTERED else "no") for kind in Kind),
    )


def _variables() -> str:
    return _table(
        ("variable", "setting"),
        *((f"`{name}`", f"`{'.'.join(map(str, path))}`") for name, path in VARIABLES.items()),
    )


def _commands() -> str:
    program = typer.main.get_command(app)
    context = typer.Context(program, info_name="alertd")
    rows = [("command", "does", "options")]
    given = [
        (f"{name} {of_group}".strip(), command)
        for name, single in program.commands.items()
        for of_group, command in (
            single.commands.items() if isinstance(single, typer.core.TyperGroup) else [("", single)]
        )
    ]
    for name, command in given:
        inside = typer.Context(command, info_name=name, parent=context)
        arguments = [part.strip("{}") for part in command.collect_usage_pieces(inside) if part != "[OPTIONS]"]
        options = [param for param in command.params if param.param_type_name == "option" and not param.hidden]
        does = " ".join((command.help or "").partition("\n\n")[0].split())
        rows.append((f"`{' '.join([name, *arguments])}`", does, " ".join(map(_option, options))))
    return _table(*rows)


def _option(option: TyperOption) -> str:
    return f"`{option.opts[0]}`" if option.metavar is None else f"`{option.opts[0]} {option.metavar}`"


def _services() -> str:
    return _table(
        ("service", "form", "why"),
        *((service.name, service.dialect.name, service.why) for service in SERVICES.values()),
    )


def _messages() -> str:
    """A message of each kind, each under what the kind is for."""
    meanings = {kind.value: described(Kind)[kind.name] for kind in Kind} | {
        CLOSING: "A window of a daily pause closes, and opens again later: a reminder too.",
        DIGEST: "Alerts that are due together are one message, with the title of the first; each stands in it whole.",
    }
    return "\n".join(
        f"## {name.capitalize()}\n\n{meanings[name]}\n\n```text\n{message.title}\n\n{message.text.rstrip()}\n```\n"
        for name, message in example_messages().items()
    )


TABLES: dict[str, Callable[[], str]] = {
    "truce": partial(_fields, shape.TruceTable),
    "record": partial(_fields, shape.RecordTable),
    "termination": partial(_fields, shape.TerminationTable),
    "beginning": partial(_fields, shape.BeginningTable),
    "milestone": partial(_fields, shape.MilestoneTable),
    "act": partial(_fields, shape.ActTable),
    "codes": partial(_members, Code, "code"),
    "kinds": _kinds,
    "messages": _messages,
    "services": _services,
    "settings": partial(_settings, model.SettingsTable),
    "policy": partial(_settings, model.PolicyTable, Policy),
    "ledger": partial(_settings, model.LedgerTable),
    "log": partial(_settings, model.LogTable),
    "channel": partial(_settings, model.ChannelSettings),
    "quiet": partial(_settings, model.QuietSettings),
    "escalation": partial(_settings, EscalationTable),
    "step": partial(_settings, StepTable),
    "duty": partial(_settings, DutyTable),
    "ops": partial(_settings, model.OpsSettings),
    "heartbeat": partial(_settings, model.HeartbeatSettings),
    "board": partial(_settings, model.BoardSettings),
    "secret": partial(_fields, model.SecretTable),
    "variables": _variables,
    "commands": _commands,
}


def marked(page: str) -> Iterator[str]:
    """The names of the tables that a page holds."""
    return (found["name"] for found in _MARKED.finditer(page))


def renewed(page: str) -> str:
    """A page with its tables as the code has them now."""
    return _MARKED.sub(lambda found: f"<!-- table {found['name']} -->\n{TABLES[found['name']]()}<!-- end -->\n", page)
