"""The log and its secrets: nothing secret or forged stands in any line.

What must never be shown is registered here by whoever learns it, and `lines` takes it out. A redactor can only know
what it was told; so nobody should log a secret in the first place. Most commands log nothing, and need no more.
"""

import json
import logging
import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TextIO
from urllib.parse import quote, unquote

from alertd.errors import Problem

CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""Characters that end a line, move a cursor or turn the direction of reading: with them a line can be forged."""

_MASK = "***"
_SHORTEST = 4
"""Characters; to hide every occurrence of a shorter text would hide the log."""
_FREE_STANDING = 8
"""Characters; a secret shorter than this is hidden only where no letter or digit touches it."""

_BORDERS = re.compile(r"[/:,\s]+")
_CREDENTIALS = re.compile(r"(?P<before>\b[a-z][a-z0-9+.-]*://)[^\s/?#\"'<>]*@", re.IGNORECASE)
_QUERY_SECRETS = re.compile(
    r"(?P<before>[?&][^\s=&\"'<>]*(?:token|key|pass|pwd|secret|auth|sig)[^\s=&\"'<>]*=)[^\s&\"'<>\\]+", re.IGNORECASE
)


_LINKS = re.compile(r"(?P<before>/ack/)[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
"""By such a link of the board an alert is acknowledged."""


class Redactor:
    """Takes a set of secrets, and whatever a URL shows of its own, out of texts."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._forms: frozenset[str] = frozenset()
        self._found: _Search | None = None
        self.add(secrets)

    def add(self, secrets: Iterable[str]) -> None:
        """Hide these from now on as well, in each form in which a line may spell them."""
        forms = {form for secret in secrets if secret.strip() for form in _spellings(secret)}
        if not forms <= self._forms:
            self._forms |= forms

    def __call__(self, text: str) -> str:
        """The text without the secrets."""
        if self._forms:
            text = self._search()(text)
        if "://" in text:  # the pattern tries every word
            text = _CREDENTIALS.sub(rf"\g<before>{_MASK}@", text)
        text = without_links(text)
        if "?" in text or "&" in text:  # likewise
            text = _QUERY_SECRETS.sub(rf"\g<before>{_MASK}", text)
        return text

    def _search(self) -> "_Search":
        """The search for all forms, made anew only where some were added: secrets come by the dozen, lines between."""
        forms, found = self._forms, self._found
        if found is None or found.forms is not forms:
            longest_first = sorted(forms, key=lambda form: (-len(form), form))
            pattern = re.compile("|".join(map(_matching, longest_first)), re.IGNORECASE)
            small = tuple({form.lower() for form in forms}) if all(map(str.isascii, forms)) else None
            self._found = found = _Search(forms, pattern, small)  # as one: another thread may be adding
        return found


@dataclass(frozen=True, slots=True)
class _Search:
    forms: frozenset[str]
    pattern: re.Pattern[str]
    small: tuple[str, ...] | None
    """The forms in small letters; None where one is not in ASCII, as then other letters may be the same."""

    def __call__(self, text: str) -> str:
        if self.small is not None and text.isascii():  # to look for each by itself is many times as fast
            lower = text.lower()
            if not any(form in lower for form in self.small):
                return text
        return self.pattern.sub(_MASK, text)


def _spellings(secret: str) -> set[str]:
    """A secret as it is, as part of a URL, and as inside the quotes of JSON or Python."""
    plain = {secret, secret.strip(), unquote(secret)}
    return {
        form
        for text in plain
        for form in (text, quote(text), quote(text, safe=""), json.dumps(text)[1:-1], repr(text)[1:-1])
    }


def _matching(form: str) -> str:
    pattern = re.escape(form)
    return pattern if len(form) >= _FREE_STANDING else rf"(?<!\w){pattern}(?!\w)"


_registered = Redactor()


def register_secret(value: str) -> None:
    """Hide a value in every line from now on; one of fewer than four characters is left, as it is in most lines."""
    if len(value.strip()) >= _SHORTEST:
        _registered.add((value,))


def register_url(url: str) -> None:
    """Hide a URL from now on, whole and in what it says beyond its host, as far as that leaves the log readable."""
    register_secret(url)
    register_parts(secret_parts(url))
    user_info, *_ = _split(url.strip())
    register_secret(user_info.partition(":")[2])


def register_parts(parts: Iterable[str]) -> None:
    """Hide parts of a URL from now on; short ones, such as the name of a room, are words that the log needs."""
    for part in parts:
        if len(part) >= _FREE_STANDING:
            register_secret(part)


def secret_parts(url: str, *, host: bool = False, spoken: Container[str] = ()) -> frozenset[str]:
    """All that a URL says beyond its schema, whole and in pieces: any of it may be a secret.

    Its host is left out unless asked for, as are the values of options that are `spoken` of.
    """
    url = url.strip()
    user_info, host_and_path, query, fragment = _split(url)
    path = host_and_path.partition("/")[2]
    options = (option.partition("=") for option in query.split("&"))
    values = [value for key, _, value in options if key.lower() not in spoken]
    pieces = [piece for text in (user_info, host_and_path if host else path, *values) for piece in _BORDERS.split(text)]
    rest, password = url.partition("://")[2], user_info.partition(":")[2]
    return frozenset(filter(None, (url, rest, user_info, password, path, query, fragment, *values, *pieces)))


def _split(url: str) -> tuple[str, str, str, str]:
    """The user, what follows it before the query, the query, and the fragment, which is one of http URLs alone.

    In the URLs of chats a # begins the name of a room: a word that the log needs.
    """
    schema, _, rest = url.partition("://") if "://" in url else ("", "", url)
    address, _, fragment = rest.partition("#") if schema.lower() in ("http", "https") else (rest, "", "")
    place, _, query = address.partition("?")
    user_info, _, host_and_path = place.rpartition("@")
    return user_info, host_and_path, query, fragment


def without_links(text: str) -> str:
    """The text with each link by which an alert is acknowledged cut short."""
    return _LINKS.sub(rf"\g<before>{_MASK}", text) if "/ack/" in text else text


def redact(text: str) -> str:
    """The text without any registered secret, and without the credentials of URLs."""
    return _registered(text)


def redact_problems(problems: Iterable[Problem]) -> Iterator[Problem]:
    """The problems without any registered secret: a file may hold one where it does not belong."""
    return (replace(problem, message=redact(problem.message)) for problem in problems)


def escape_controls(text: str) -> str:
    r"""The text with each control character spelled out, such as `\n` or `\u202e`."""
    return CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """True if a stream leads to the journal of systemd, which says so in `$JOURNAL_STREAM`."""
    try:
        traits = os.fstat(stream.fileno())
    except (OSError, ValueError):  # closed, or no file at all
        return False
    return environ.get("JOURNAL_STREAM") == f"{traits.st_dev}:{traits.st_ino}"


def with_priority(text: str, level: int = logging.ERROR) -> str:
    """The text with its priority before each line, as the journal reads it."""
    priority = next((number for above, number in _PRIORITIES if level >= above), 7)
    return "\n".join(f"<{priority}>{line}" for line in text.split("\n"))


_PRIORITIES = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
"""From a level on, its number in the journal."""
