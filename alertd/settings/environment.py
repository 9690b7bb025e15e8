"""The settings as environment variables: which there are, and their values over those of the file."""

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import get_args, get_origin

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from alertd.settings.model import SettingsTable
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath

PREFIX = "ALERTD_"

ELSEWHERE = frozenset({"ALERTD_CONFIG"})
"""Variables that the command line reads."""


class _EnvironmentTable(SettingsTable, BaseSettings):
    """The same keys as environment variables; it describes them and is never filled."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", enable_decoding=False)


def environment_tables(variables: Mapping[str, str]) -> TomlTable:
    """The tables that variables give, as if they stood in the file."""
    source = EnvSettingsSource(_EnvironmentTable)
    source.env_vars = {name.lower(): value for name, value in variables.items()}
    return source()


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
