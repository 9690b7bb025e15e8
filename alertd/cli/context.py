"""The things that every command begins with: the config folder, the zones, the settings and the register."""

import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from alertd.errors import ConfigError, LedgerError, Problem, TimeRefused
from alertd.files.beneath import SETTINGS, read_beneath
from alertd.register import Register, read_register, with_texts
from alertd.settings import FILE, Secrets, Settings, load_settings, no_folder
from alertd.times.clock import SystemClock
from alertd.times.instant import parse_with_zone
from alertd.times.zones import Zones, ZoneWatch
from alertd.toml.positions import Positions

if TYPE_CHECKING:
    from alertd.ledger import Address
    from alertd.message.render import Renderer

LEDGER_NAME = "ledger.db"
"""The ledger in its state folder."""


@dataclass(frozen=True)
class Context:
    """A command's surroundings, each read when it is first asked for."""

    config: Path
    log_level: str | None
    secrets: Secrets = Secrets.UNREAD
    """The use that this command makes of them."""
    or_last: bool = False
    """The settings that worked last will do if those of the file cannot be used."""
    asked_at: datetime | None = None
    """The moment at which somebody asked for it, where that was not now."""

    @cached_property
    def now(self) -> datetime:
        """The moment at which the command began, in whole seconds."""
        return self.asked_at or SystemClock().now().replace(microsecond=0)

    @cached_property
    def zone_watch(self) -> ZoneWatch:
        """The zone data, which a daemon looks at again."""
        return ZoneWatch(os.environ)

    @property
    def zones(self) -> Zones:
        """The zone data in use."""
        return self.zone_watch.zones

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises ConfigError with every problem where they cannot be used."""
        if self.or_last:
            from alertd.settings.last import settings_or_last as load  # noqa: PLC0415  what watches nothing needs no log
        else:
            load = load_settings
        return load(self.config, os.environ, zone_for=self.zones.find, secrets=self.secrets)

    @property
    def ledger_address(self) -> "Address":
        """The place of the ledger; raises ConfigError without settings, LedgerError without its URL."""
        url = self.settings.ledger_url
        if url is None:
            return self.settings.state_dir / LEDGER_NAME
        from alertd.ledger.address import ServerUrl  # noqa: PLC0415  `check` starts without a ledger

        if not url.get_secret_value():
            raise LedgerError(
                "the URL of the ledger is not known: `sudo alertd check` says why; mend it, then restart alertd",
                passing=True,
            )
        return ServerUrl(url.get_secret_value(), self.settings.state_dir / "server.attempts")

    @property
    def node(self) -> str:
        """The name by which the ledger knows this machine: it is the only one that can have a file."""
        from alertd.ledger import ALONE  # noqa: PLC0415  `check` starts without a ledger

        return ALONE if self.settings.ledger_url is None else self.settings.node

    def settings_positions(self) -> Positions:
        """The lines of the settings' keys, in the file as it stands now."""
        return Positions(read_beneath(self.config, SETTINGS).decode("utf-8-sig", errors="replace"))

    @cached_property
    def renderer(self) -> "tuple[Renderer, tuple[Problem, ...]]":
        """The renderer of messages, and the problems of the templates that are to override the built-in ones."""
        from alertd.message.render import load_renderer  # noqa: PLC0415  what writes no message starts without Jinja

        return load_renderer(self.config)

    @property
    def template_problems(self) -> tuple[Problem, ...]:
        """The problems of the templates of the config folder; cheap where it has none."""
        return self.renderer[1] if (self.config / "templates").is_dir() else ()

    def read_register(self, now: datetime) -> Register:
        """The truce files as they stand."""
        return read_register(self.config, zone_for=self.zone_watch.find, now=now)

    def with_texts(self, register: Register, texts: Mapping[str, str], now: datetime) -> Register:
        """The register as it would be with other texts, by file."""
        return with_texts(register, self.config, texts, zone_for=self.zone_watch.find, now=now)

    def require_truces(self) -> Register:
        """The truce files as they stand; raises ConfigError where there is none."""
        register = self.read_register(self.now)
        if not register.files:
            raise self.no_truces(register.problems)
        return register

    def no_truces(self, problems: Iterable[Problem] = ()) -> ConfigError:
        """The error of a folder in which there is nothing to watch, with what else is wrong."""
        if not self.config.is_dir():
            return no_folder(self.config)
        example = f", or `alertd init {shlex.quote(str(self.config))}` for an example"
        return ConfigError(
            f"no truce files in {self.config / 'truces'}: put one there, such as truces/syria.toml, or use "
            f"`alertd add`{'' if (self.config / FILE).exists() else example}",
            tuple(problems),
        )

    def moment(self, text: str, option: str) -> datetime:
        """A time given on the command line; raises `BadParameter` for one that cannot be read."""
        try:
            return parse_with_zone(text, zone_for=self.zones.find)
        except TimeRefused as refused:
            raise BadTime(refused, option) from None


class BadTime(typer.BadParameter):
    """A usage error that says why a time is refused, and every reading with the text to write instead."""

    def __init__(self, refused: TimeRefused, option: str) -> None:
        readings = "".join(f'\n  "{reading.write}" is {reading.local}' for reading in refused.readings)
        super().__init__(f"{refused.message}{readings}", param_hint=option)
        self.refused = refused
