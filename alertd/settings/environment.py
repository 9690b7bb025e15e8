"""The settings as environment variables: which there are, and what they give."""

from collections.abc import Iterator
from types import NoneType
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr

from alertd.settings.model import SettingsTable
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

PREFIX = "ALERTD_"

ELSEWHERE = frozenset({"ALERTD_CONFIG"})
"""Variables that the command line reads."""


def as_table(name: str, value: str) -> TomlTable:
    """The tables that one of VARIABLES gives, as if they stood in the file."""
    *outer, key = map(str, VARIABLES[name])
    table: TomlTable = {key: value}
    for around in reversed(outer):
        table = {around: table}
    return table


def _scalars(model: type[BaseModel], table: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of the single values in a model's tables, which alone can come from the environment."""
    for name, field in model.model_fields.items():
        kind = next((kind for kind in get_args(field.annotation) if kind is not NoneType), field.annotation)
        if get_origin(field.annotation) in (tuple, list) or kind is SecretStr:
            continue
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _scalars(kind, (*table, name))
        else:
            yield (*table, name)


VARIABLES = {PREFIX + "__".join(map(str, path)).upper(): path for path in _scalars(SettingsTable)}
"""Every variable that is a setting, and the key that it stands for."""
