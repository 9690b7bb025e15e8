"""What the tests of secrets plant, and how they look for it."""

from base64 import b64encode
from urllib.parse import unquote

PLANTED = "pl4nted"
"""Stands in every secret, so that a part of one is found as well."""


def leaks(text):
    """Every line in which a planted secret shows, as it is or as a URL or base64 would spell it."""
    spelt = (PLANTED, b64encode(f"{PLANTED}-".encode()).decode()[:8])
    return [
        line[:300] for line in text.splitlines() if any(spelling.lower() in unquote(line).lower() for spelling in spelt)
    ]
