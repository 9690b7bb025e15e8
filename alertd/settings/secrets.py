"""Secrets: a URL, a key or a token from the credential, the variable or the file in which it is kept.

A message names the place and never quotes what stands there.
"""

import errno
import re
from collections.abc import Mapping
from pathlib import Path
from stat import S_ISREG
from string import whitespace

from pydantic import SecretStr

from alertd.errors import Code, Level
from alertd.files.beneath import CREDENTIALS
from alertd.settings.model import APPRISE, CONSOLE, WEBHOOK, Secrets, SecretTable
from alertd.settings.report import Report
from alertd.toml.load import TomlTable
from alertd.toml.positions import KeyPath
from alertd.toml.validation import validate_partial

_LOADED_AS = "alertd"
"""The name that LoadCredential= gives to that folder; systemd puts it before the name of each file."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_FILE_NAME = re.compile(r"[^:@?]+")
"""The name of a variable, credential or file may be quoted; a URL in its place may not."""


_AROUND = f"{whitespace}\ufeff"
"""Characters that editors leave around a secret: the end of its line, and the byte order mark of Windows."""

_NOT_HAD = SecretStr("")

_LEDGER_URL: KeyPath = ("ledger", "url")
"""The one secret that commands read which send nothing: whoever asks for the ledger has to find it."""

SCHEMES = ("postgresql", "postgres")
"""The schemes of the URLs of a ledger."""


class SecretReader:
    """Reads the secrets of one loading of the settings; one that cannot be had is reported, and stands as empty."""

    def __init__(self, config_dir: Path, environ: Mapping[str, str], secrets: Secrets, report: Report) -> None:
        self._config_dir = config_dir
        self._environ = environ
        self._secrets = secrets
        self._report = report
        self.variables: set[str] = set()
        """The environment variables that secrets are kept in."""

    def fill(self, tables: TomlTable) -> Mapping[str, object]:
        """The tables with each secret itself instead of the place where it is kept."""
        filled: dict[str, object] = dict(tables)
        if isinstance(channels := tables.get("channel"), list):
            filled["channel"] = [
                self._channel(("channel", index), channel) if isinstance(channel, dict) else channel
                for index, channel in enumerate(channels)
            ]
        if isinstance(duties := tables.get("duty"), list):
            filled["duty"] = [
                self._duty(("duty", index), duty) if isinstance(duty, dict) else duty
                for index, duty in enumerate(duties)
            ]
        if isinstance(ops := tables.get("ops"), dict) and isinstance(heartbeat := ops.get("heartbeat"), dict):
            if "url" not in heartbeat:
                self._report.add(("ops", "heartbeat"), Code.MISSING, "a heartbeat needs a `url`")
            filled["ops"] = {**ops, "heartbeat": self._filled(heartbeat, ("ops", "heartbeat"), "url", "the URL")}
        if isinstance(ledger := tables.get("ledger"), dict) and "url" in ledger:
            filled["ledger"] = {**ledger, "url": self._ledger_url(ledger["url"])}
        if isinstance(board := tables.get("board"), dict):
            named = (("token", "the token"), ("link_key", "the key"), ("ack_token", "the token"))
            secrets = {key: self._read(("board", key), board[key], name) for key, name in named if key in board}
            filled["board"] = {**board, **secrets}
        return filled

    def _channel(self, path: KeyPath, table: TomlTable) -> Mapping[str, object]:
        channel: dict[str, object] = dict(table)
        kind = table.get("kind")
        if "url" in table and kind == CONSOLE:
            self._report.add((*path, "url"), Code.CHANNEL, "a console has no `url`")
            channel["url"] = ()
        elif "url" in table:
            channel["url"] = self._urls((*path, "url"), table["url"])
        elif kind in (APPRISE, WEBHOOK):  # a kind of another package knows by itself whether it needs one
            self._report.add(path, Code.MISSING, "a channel of this kind needs a `url`")
        if "proxy" in table and kind == CONSOLE:
            self._report.add((*path, "proxy"), Code.CHANNEL, "a console has no `proxy`")
            channel["proxy"] = None
        elif "proxy" in table:
            channel["proxy"] = self._proxy((*path, "proxy"), table["proxy"])
        if "secret" in table and kind in (CONSOLE, APPRISE):
            message = "a channel of this kind has no `secret`: what it needs stands in `url`"
            self._report.add((*path, "secret"), Code.CHANNEL, message)
            return {**channel, "secret": None}
        return self._filled(channel, path, "secret", "the secret")

    def _duty(self, path: KeyPath, table: TomlTable) -> Mapping[str, object]:
        """A duty list, whose source is the name of a file, or else an address, which may let whoever has it read it."""
        source = table.get("source", "")
        if isinstance(source, str) and not _ADDRESS.match(source):
            return table
        url = self._read((*path, "source"), source, "the address")
        if url.get_secret_value() and not url.get_secret_value().startswith("https://"):
            self._report.add((*path, "source"), Code.CHANNEL, "takes the name of a file, or an address with https://")
        return {**table, "source": url}

    def _filled(self, table: Mapping[str, object], path: KeyPath, key: str, name: str) -> Mapping[str, object]:
        return {**table, key: self._read((*path, key), table[key], name)} if key in table else table

    def _urls(self, path: KeyPath, value: object) -> tuple[SecretStr, ...]:
        """The URLs of a channel: one, or a list of them."""
        if not isinstance(value, list):
            return (self._read(path, value, "the URL"),)
        if not value:
            self._report.add(path, Code.MISSING, "`url` is an empty list")
        return tuple(self._read((*path, index), item, "the URL") for index, item in enumerate(value))

    def _proxy(self, path: KeyPath, value: object) -> SecretStr:
        """The address of a proxy, which is no secret as long as no password stands in it."""
        if isinstance(value, str) and "@" not in value:
            return self._secret(path, value, "the proxy")
        return self._read(path, value, "the proxy")

    def _ledger_url(self, value: object) -> SecretStr:
        """The URL of the ledger; without it no other ledger takes its place."""
        if isinstance(value, str):
            message = "the URL stands here for all to see: write { credential }, { env } or { file } instead"
            self._report.add(_LEDGER_URL, Code.SECRET, message)
            return _NOT_HAD
        url = self._read(_LEDGER_URL, value, "the URL")
        scheme = url.get_secret_value().partition("://")[0]
        if scheme and scheme not in SCHEMES:
            return self._lost(_LEDGER_URL, Code.CHANNEL, "the URL is postgresql://USER:PASSWORD@HOST/DATABASE")
        return url

    def _read(self, path: KeyPath, value: object, name: str) -> SecretStr:
        """A URL or a secret from where it is kept."""
        if isinstance(value, str):
            message = f"{name} stands here for all to see: write {{ credential }}, {{ env }} or {{ file }} instead"
            self._report.add(path, Code.SECRET, message, Level.WARNING)
            self._report.plain.append(path)
            return self._secret(path, value, name)
        if not isinstance(value, dict):
            self._report.add(
                path, Code.SYNTAX, f"{name} is {{ credential = … }}, {{ env = … }}, {{ file = … }} or a text"
            )
            return _NOT_HAD
        table, field_errors = validate_partial(SecretTable, value)
        for field_error in field_errors:
            self._report.add((*path, *field_error.path), field_error.code, field_error.message)
        if table.env is not None:
            self.variables.add(table.env)
        kept = [(place, key) for place, key in table if key is not None]
        if len(kept) == 1:
            return self._found(path, *kept[0])
        if not field_errors:
            self._report.add(path, Code.CHANNEL, f"{name} is kept in one place: `credential`, `env` or `file`")
        return _NOT_HAD

    def _found(self, path: KeyPath, place: str, name: str) -> SecretStr:
        if self._secrets is Secrets.UNREAD and path != _LEDGER_URL:
            return _NOT_HAD
        shown = f" `{name}`" if (_FILE_NAME if place == "file" else _NAME).fullmatch(name) else ""
        if place == "env":
            what = f"the environment variable{shown}"
            if name not in self._environ:
                return self._lost(path, Code.MISSING, f"{what} is not set")
            return self._secret(path, self._environ[name], what)
        what = f"the {place}{shown}"
        if place == "file":
            self._report.files.append(self._config_dir / name)
        try:
            file = self._credential(name) if place == "credential" else self._config_dir / name
            text = _text_of(file)
        except (OSError, ValueError) as error:
            if isinstance(error, PermissionError) and self._secrets is Secrets.TRIED:
                self._report.add(path, Code.MISSING, f"{what} is not checked: {error.strerror}", Level.WARNING)
                return _NOT_HAD
            why = error.strerror if isinstance(error, OSError) else "it is not text in UTF-8"
            hint = f"; it belongs into {CREDENTIALS}/ of the config folder" if place == "credential" else ""
            return self._lost(path, Code.MISSING, f"{what} cannot be read: {why}{hint}")
        return self._secret(path, text, what)

    def _credential(self, name: str) -> Path:
        """The path of a credential: its own or a file of the unit's folder with systemd, else in `credentials/`."""
        given = self._environ.get("CREDENTIALS_DIRECTORY")
        if given is None:
            return self._config_dir / CREDENTIALS / name
        own = Path(given) / name
        return own if own.exists() else Path(given) / f"{_LOADED_AS}_{name}"

    def _secret(self, path: KeyPath, text: str, what: str) -> SecretStr:
        text = text.strip(_AROUND)
        if not text:
            return self._lost(path, Code.MISSING, f"{what} is empty")
        if "\n" in text:
            return self._lost(path, Code.CHANNEL, f"{what} has several lines: keep one alone in each place")
        return SecretStr(text)

    def _lost(self, path: KeyPath, code: Code, message: str) -> SecretStr:
        if self._secrets is not Secrets.UNREAD:  # then it is missed where it is needed
            self._report.closes(path, code, message)
        return _NOT_HAD


def _text_of(file: Path) -> str:
    """Raises OSError, ValueError; a pipe is refused, as it would be waited for until somebody writes into it."""
    if not S_ISREG(file.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return file.read_text(encoding="utf-8")
