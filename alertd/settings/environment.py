"""The settings as environment variables: which there are, and their values over those of the file."""

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import get_args, get_origin

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict

from alertd.settings.tables import SettingsTable
from alertd.toml.positions import KeyPath

PREFIX = "ALERTD_"

ELSEWHERE = frozenset({"ALERTD_CONFIG"})
"""Variables that the command line reads."""


class _EnvironmentTable(SettingsTable, BaseSettings):
    """The same keys as environment variables; it describes them and is never filled."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", enable_decoding=False)


class Environment(EnvSettingsSource):
    """The variables that were handed over, instead of the process's own."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = {name.lower(): value for name, value in environ.items()}
        super().__init__(_EnvironmentTable)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return dict(self._environ)


def _scalars(model: type[BaseModel], table: KeyPath = ()) -> Iterator[KeyPath]:
    """The paths of the single values in a model's tables, which alone can come from the environment."""
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if get_origin(annotation) not in (tuple, list):
            alternatives = [one for one in get_args(annotation) or (annotation,) if one is not NoneType]
            kind = alternatives[0]
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _scalars(kind, (*table, name))
            elif kind is not object:
                yield (*table, name)


VARIABLES = {PREFIX + "__".join(map(str, path)).upper(): path for path in _scalars(SettingsTable)}
"""Every variable that is a setting, and the key that it stands for."""
