"""The URL of a mail server in a form that Apprise reads right.

Apprise drops a letter beyond ASCII, and what follows a second colon before the @. Names of hosts go out in the form of
IDNA, as no mail server needs to know another.
"""

import re
from urllib.parse import quote, unquote

from yarl import URL

_MAIL = re.compile(
    r"(?P<scheme>\s*mailtos?://)(?:(?P<login>[^/?#]*)@)?(?P<host>[^/?#:@]*)(?P<port>:[0-9]+)?(?P<rest>.*)",
    re.IGNORECASE | re.DOTALL,
)
_DOMAIN = re.compile(r"(?<=@)[^\s,;<>@/&?#=]+")


def for_apprise(url: str) -> str:
    """A mail URL that means the same to Apprise; any other as it is."""
    matched = _MAIL.fullmatch(url)
    if matched is None:
        return url
    user, colon, password = (matched["login"] or "").partition(":")
    login = "" if matched["login"] is None else f"{user}{colon}{password.replace(':', '%3A')}@"
    path, mark, options = matched["rest"].partition("?")
    rest = f"{_with_plain_domains(path)}{mark}{'&'.join(map(_with_plain_domains, options.split('&')))}"
    return f"{matched['scheme']}{login}{_plain(unquote(matched['host']))}{matched['port'] or ''}{rest}"


def _with_plain_domains(text: str) -> str:
    """A part of a URL whose addresses have domains in ASCII; as it is where they have that already."""
    written = unquote(text)
    plain = _DOMAIN.sub(lambda domain: _plain(domain[0]), written)
    return text if plain == written else quote(plain, safe="/=@,<> ")


def _plain(host: str) -> str:
    """A name of a host in ASCII; what is no such name stays, for Apprise to refuse."""
    if host.isascii():
        return host
    try:
        return URL.build(scheme="http", host=host).raw_host or host
    except ValueError:
        return host
