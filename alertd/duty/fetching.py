"""A duty list from an address: one request, no redirect, and nothing of the address in what is said of it."""

from http import HTTPStatus

from pydantic import SecretStr
from yarl import URL

from alertd import __version__
from alertd.channels.http_client import Exchange, HttpClient, why_not_connected
from alertd.channels.http_proxies import known_proxies
from alertd.duty.reading import CALENDAR_BYTES_AT_MOST, ListRefused
from alertd.errors import ChannelError

SECONDS_AT_MOST = 30.0
"""From the beginning to the end of the answer."""

_HEADERS = {"User-Agent": f"alertd/{__version__}", "Accept": "text/calendar"}

_LENGTHS = frozenset({"content-length", "transfer-encoding"})
"""The headers of an answer that say where it ends; without them it ends with its connection."""


async def fetch(url: SecretStr) -> bytes:
    """The calendar at an address; raises `ListRefused`."""
    exchange = Exchange(keeps_body=True)
    try:
        address = URL(url.get_secret_value().strip())
        client = HttpClient(address, known_proxies().of(address, about="its address"))
    except (ChannelError, ValueError) as error:
        why = str(error) if isinstance(error, ChannelError) else "its address is none"
        raise ListRefused(why) from None
    try:
        await client.exchange(exchange, "GET", _HEADERS, seconds=SECONDS_AT_MOST)
    except TimeoutError:
        raise ListRefused(f"no answer within {SECONDS_AT_MOST:g} s") from None
    except OSError as error:
        raise ListRefused(why_not_connected(error)) from None
    finally:
        await client.aclose()
    return _calendar(exchange)


def _calendar(exchange: Exchange) -> bytes:
    if exchange.status is None:
        raise ListRefused("the server gave no answer")
    if exchange.status != HTTPStatus.OK:
        moved = "; write the address that it leads to" if exchange.status // 100 == 3 else ""  # noqa: PLR2004  3xx
        raise ListRefused(f"the server answered HTTP {exchange.status}{moved}")
    if not exchange.is_complete and not _LENGTHS.isdisjoint(exchange.headers):
        raise ListRefused(f"the answer was cut short, or is larger than {CALENDAR_BYTES_AT_MOST // 1_000_000} MB")
    return bytes(exchange.body or b"")
