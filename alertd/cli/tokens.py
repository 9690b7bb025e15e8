"""Personal tokens: with one of them a person records on the board. A file of the config folder keeps what proves them.

A token is 192 random bits, so that its plain SHA-256 gives nothing away and no guess can be right.
"""

import hmac
import json
from collections.abc import Mapping
from hashlib import sha256
from os import close
from pathlib import Path
from secrets import token_urlsafe

import typer

from alertd.cli.context import Context
from alertd.cli.screen import screen
from alertd.errors import ConfigError
from alertd.files.private import ALONE, open_private
from alertd.message.wording import NAME_LENGTH, clean
from alertd.register.writing import read_exactly, write

FILE = "record-tokens.json"

_BYTES = 24


def token(context: Context, name: str | None, *, show: bool, revoke: bool) -> None:
    """Give a person a token, take it away, or name all who have one."""
    if show:
        for each in _digests(context.config):
            print(each)  # noqa: T201  the command's output
        return
    person = clean(name or "", NAME_LENGTH)
    if not person:
        raise typer.BadParameter("write the name of the person", param_hint="NAME")
    if revoke:
        _revoke(context, person)
    else:
        _give(context, person)


def holder(config: Path, given: str) -> str | None:
    """The name of the person who has this token; None if nobody has it. Takes as long whoever has it."""
    digest, found = _digest(given), None
    for name, known in _digests(config).items():
        if hmac.compare_digest(known.encode(), digest.encode()):
            found = name
    return found


def _give(context: Context, person: str) -> None:
    fresh = token_urlsafe(_BYTES)
    digests = _digests(context.config)
    again = " The one before is no longer good." if person in digests else ""
    _keep(context.config, {**digests, person: _digest(fresh)})
    print(fresh)  # noqa: T201  the command's output
    said = f"This is the token of {person}, and is shown only now.{again} What it records bears that name."
    screen(stderr=True).print(said, markup=False)


def _revoke(context: Context, person: str) -> None:
    digests = dict(_digests(context.config))
    if digests.pop(person, None) is None:
        known = ", ".join(digests) or "nobody"
        raise typer.BadParameter(f"{person} has no token; these have one: {known}", param_hint="NAME")
    _keep(context.config, digests)
    screen(stderr=True).print(f"The token of {person} is no longer good.", markup=False)


def _digest(given: str) -> str:
    return sha256(given.encode(errors="replace")).hexdigest()


def _digests(config: Path) -> Mapping[str, str]:
    """The digest of each person's token, by name; raises ConfigError for a file that cannot be read."""
    text = read_exactly(config, FILE)
    if not text:
        return {}
    try:
        return {str(name): str(digest) for name, digest in json.loads(text).items()}
    except (ValueError, AttributeError) as error:
        raise ConfigError(f"{FILE} cannot be read: delete it, and give every person a new token") from error


def _keep(config: Path, digests: Mapping[str, str]) -> None:
    """Write them; the file stays that of its owner, who alone may read it."""
    before = read_exactly(config, FILE)
    if before is None:
        try:
            close(open_private(config / FILE, ALONE))
        except OSError as error:
            raise ConfigError(f"{FILE} cannot be written: {error.strerror}") from error
    write(
        config,
        FILE,
        json.dumps(dict(sorted(digests.items())), indent=1, ensure_ascii=False) + "\n",
        expected=before or "",
    )
