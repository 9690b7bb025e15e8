"""A proxy for what Apprise sends on one thread, by the library requests.

Apprise hands no proxy to requests, which then asks the environment, one for the whole process. The function that
requests asks is replaced, once, by one that knows the proxy of this thread's channel.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from requests import sessions
from requests.utils import get_environ_proxies
from yarl import URL

_thread = threading.local()


@contextmanager
def through(proxy: URL | None) -> Iterator[None]:
    """Have what this thread sends meanwhile go through a proxy; None: through the one of the environment, if any."""
    _thread.proxy = proxy
    try:
        yield
    finally:
        _thread.proxy = None


def _proxies(url: str, no_proxy: str | None = None) -> dict[str, str]:
    """The proxies by scheme, as requests asks for them."""
    proxy: URL | None = getattr(_thread, "proxy", None)
    found: dict[str, str] = get_environ_proxies(url, no_proxy) if proxy is None else {"all": str(proxy)}
    return found


vars(sessions)["get_environ_proxies"] = _proxies
