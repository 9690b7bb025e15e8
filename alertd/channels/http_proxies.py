"""The proxy through which a server is reached: the one of a channel, else the one that the environment names.

The variables are those that curl, requests and so Apprise read: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and
`NO_PROXY`, in capitals or small. `NO_PROXY` lists names, and with each what ends in it, addresses, and networks such as
`10.0.0.0/8`.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from pydantic import SecretStr
from yarl import URL

from alertd.errors import ChannelError
from alertd.logs import register_url

_VARIABLES = ("http_proxy", "https_proxy", "all_proxy")
_SCHEMES = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are known when a channel is opened."""

    environ: Mapping[str, str]
    own: str | None = None
    """The proxy of the channel itself, which counts for every server."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def of(self, url: URL, *, about: str) -> URL | None:
        """The proxy for an address; raises a permanent ChannelError for one that alertd cannot use."""
        found = self.own or self._of_environment(url)
        if found is None:
            return None
        with suppress(ValueError):
            proxy = URL(found if "://" in found else f"http://{found}")
            if proxy.scheme in _SCHEMES and proxy.host and proxy.port:
                return proxy
        whose = "its `proxy`" if self.own else "the proxy of the environment"
        raise ChannelError(
            f"{about}: {whose} cannot be used; write one such as http://proxy.example.org:3128", permanent=True
        )

    def _of_environment(self, url: URL) -> str | None:
        found = self._variable(f"{url.scheme}_proxy") or self._variable("all_proxy")
        return None if not found or self._is_direct(url) else found

    def _variable(self, name: str) -> str:
        return (self.environ.get(name) or self.environ.get(name.upper()) or "").strip()

    def _is_direct(self, url: URL) -> bool:
        """True if `NO_PROXY` lists the host."""
        host = (url.host or "").lower().rstrip(".")
        listed = (part.strip().lower() for part in self._variable("no_proxy").split(","))
        return any(_covers(part, host, url.port) for part in listed if part)


def known_proxies(own: SecretStr | None = None) -> Proxies:
    """The proxies of the environment, whose passwords are kept out of the log, and that of a channel."""
    for name in _VARIABLES:
        for proxy in (os.environ.get(name), os.environ.get(name.upper())):
            if proxy and "@" in proxy:
                register_url(proxy)
    return Proxies(os.environ, None if own is None else own.get_secret_value().strip())


def _covers(listed: str, host: str, port: int | None) -> bool:
    """True if one entry of `NO_PROXY` speaks of a host."""
    if listed == "*":
        return True
    with suppress(ValueError):
        return ip_address(host) in ip_network(listed.strip("[]"), strict=False)
    name, colon, only_port = listed.rpartition(":")
    if colon and only_port.isdigit():
        return int(only_port) == (port or 0) and _covers(name, host, port)
    name = listed.removeprefix("*").strip(".")
    return host == name or host.endswith(f".{name}")
