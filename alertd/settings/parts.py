"""The settings in parts, each as a digest: what the nodes of one ledger should have alike.

No secret goes into a digest, as whoever reads the ledger could try out a short one; where a secret is kept does.
"""

import json
from collections.abc import Iterator
from hashlib import sha256

from alertd.settings.model import Settings
from alertd.toml.load import tables_at

_OF_ONE_NODE = frozenset({"node", "state_dir", "ledger", "log", "board", "channel"})
"""The tables that may differ from node to node, and that of channels, which is taken apart."""


def digests(settings: Settings) -> dict[str, str]:
    """The digest of each part, by its name."""
    return {name: sha256(_as_text(part).encode()).hexdigest() for name, part in _parts(settings)}


def _parts(settings: Settings) -> Iterator[tuple[str, object]]:
    for channel in tables_at(settings.tables, "channel"):
        yield f"channel {channel.get('name')}", channel
    yield "`keep` in [ledger]", settings.keep
    for key, value in settings.tables.items():
        if key not in _OF_ONE_NODE:
            yield f"[[{key}]]" if isinstance(value, list) else f"[{key}]", value


def _as_text(part: object) -> str:
    return json.dumps(part, sort_keys=True, default=str)
