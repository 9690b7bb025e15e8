"""Secrets: a URL, a key or a token from the credential, the variable or the file in which it is kept.

A message names the place and never quotes what stands there.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from alertd.errors import Code, Level
from alertd.files.beneath import CREDENTIALS
from alertd.settings.model import Secrets
from alertd.settings.report import Report
from alertd.settings.tables import SecretTable
from alertd.toml.positions import KeyPath
from alertd.toml.validation import validate_partial

_LOADED_AS = "alertd"
"""The name that LoadCredential= gives to that folder; systemd puts it before the name of each file."""

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_FILE_NAME = re.compile(r"[^:@?]+")
"""What looks like the name of a variable, credential or file may be named; a URL in its place may not."""


class SecretReader:
    """Reads the secrets of one loading of the settings, and reports those that cannot be read."""

    def __init__(self, config_dir: Path, environ: Mapping[str, str], secrets: Secrets, report: Report) -> None:
        self._config_dir = config_dir
        self._environ = environ
        self._secrets = secrets
        self._report = report

    def urls(self, path: KeyPath, value: object) -> tuple[SecretStr, ...]:
        """The URLs of a channel: one, or a list of them."""
        if not isinstance(value, list):
            url = self.read(path, value, "the URL")
            return () if url is None else (url,)
        if not value:
            self._report.add(path, Code.MISSING, "`url` is an empty list")
        urls = (self.read((*path, index), item, "the URL") for index, item in enumerate(value))
        return tuple(url for url in urls if url is not None)

    def read(self, path: KeyPath, value: object, told_as: str) -> SecretStr | None:
        """A URL or a secret from where it is kept; None, and reported, where it is not there."""
        if isinstance(value, str):
            message = f"{told_as} stands here for all to see: write {{ credential }}, {{ env }} or {{ file }} instead"
            self._report.add(path, Code.SECRET, message, Level.WARNING)
            self._report.plain.append(path)
            return self._secret(path, value, told_as)
        if not isinstance(value, dict):
            message = f"{told_as} is {{ credential = … }}, {{ env = … }}, {{ file = … }} or a text"
            self._report.add(path, Code.SYNTAX, message)
            return None
        table, field_errors = validate_partial(SecretTable, value)
        for field_error in field_errors:
            self._report.add((*path, *field_error.path), field_error.code, field_error.message)
        kept = [(place, name) for place, name in table if name is not None]
        if len(kept) != 1:
            if not field_errors:
                self._report.add(path, Code.CHANNEL, f"{told_as} is kept in one place: `credential`, `env` or `file`")
            return None
        place, name = kept[0]
        return self._found(path, place, name)

    def _found(self, path: KeyPath, place: str, name: str) -> SecretStr | None:
        if self._secrets is Secrets.UNREAD:
            return SecretStr("")
        shown = f" `{name}`" if (_FILE_NAME if place == "file" else _NAME).fullmatch(name) else ""
        if place == "env":
            what = f"the environment variable{shown}"
            if name not in self._environ:
                self._report.add(path, Code.MISSING, f"{what} is not set")
                return None
            return self._secret(path, self._environ[name], what)
        what = f"the {place}{shown}"
        if place == "file":
            self._report.files.append(self._config_dir / name)
        try:
            text = (self._credential(name) if place == "credential" else self._config_dir / name).read_text()
        except (OSError, ValueError) as error:
            if isinstance(error, PermissionError) and self._secrets is Secrets.TRIED:
                self._report.add(path, Code.MISSING, f"{what} is not checked: {error.strerror}", Level.WARNING)
                return SecretStr("")
            why = error.strerror if isinstance(error, OSError) else "it is not text"
            hint = f"; it belongs into {CREDENTIALS}/ of the config folder" if place == "credential" else ""
            self._report.add(path, Code.MISSING, f"{what} cannot be read: {why}{hint}")
            return None
        return self._secret(path, text, what)

    def _credential(self, name: str) -> Path:
        """Where systemd put a credential, by its own name or as a file of the unit's folder; else in that folder."""
        given = self._environ.get("CREDENTIALS_DIRECTORY")
        if given is None:
            return self._config_dir / CREDENTIALS / name
        own = Path(given) / name
        return own if own.exists() else Path(given) / f"{_LOADED_AS}_{name}"

    def _secret(self, path: KeyPath, text: str, what: str) -> SecretStr | None:
        text = text.strip()
        if not text:
            self._report.add(path, Code.MISSING, f"{what} is empty")
            return None
        if "\n" in text:
            self._report.add(path, Code.CHANNEL, f"{what} has several lines: keep one alone in each place")
            return None
        return SecretStr(text)
