"""The addresses of the board that messages give: the page of a truce, and the page by which an alert is acknowledged.

The latter has a token: the key of a delivery, so one alert at one target, and a proof that alertd made it. It opens
that page and nothing else, and is worth nothing once nobody waits for an answer, which is for the ledger to say.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from urllib.parse import quote

ANSWERS = "/ack/"
"""The path on the board below which the tokens stand."""

_PURPOSE = b"alertd: acknowledge\n"
"""Nothing else that is signed with the same key can be taken for a token."""

_PROOF_BYTES = 16
"""Half of the digest, by RFC 2104, section 5: addresses are short, and 128 bits are not guessed."""


@dataclass(frozen=True, slots=True)
class Links:
    """Makes the addresses, and recognises the tokens in them."""

    url: str
    """The address of the board as its readers know it, without a slash at its end."""
    key: bytes = field(repr=False)
    """The key of the tokens; empty where nothing is to be acknowledged by link."""

    def page(self, truce_id: str) -> str:
        """The address of the page of a truce."""
        return f"{self.url}/truces/{quote(truce_id, safe='')}"

    def answer(self, delivery_key: str) -> str:
        """The address at which the alert of a delivery is acknowledged; empty without a key."""
        return f"{self.url}{ANSWERS}{self._token(delivery_key)}" if self.key else ""

    def opened(self, token: str) -> str | None:
        """The key of the delivery for which a token was made; None for any that was not made here. In constant time."""
        try:
            delivery_key = _decoded(token.partition(".")[0])
        except ValueError:
            delivery_key = ""
        is_made_here = hmac.compare_digest(token.encode(), self._token(delivery_key).encode())
        return delivery_key if self.key and is_made_here else None

    def _token(self, delivery_key: str) -> str:
        proof = hmac.new(self.key, _PURPOSE + delivery_key.encode(), sha256).digest()[:_PROOF_BYTES]
        return f"{_encoded(delivery_key.encode())}.{_encoded(proof)}"


def _encoded(value: bytes) -> str:
    return urlsafe_b64encode(value).decode().rstrip("=")


def _decoded(text: str) -> str:
    """Raises ValueError for what is no text in base64."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
