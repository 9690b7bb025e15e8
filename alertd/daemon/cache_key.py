"""On what the readings and plans in a ledger rest, as digests: where one differs, a start makes them anew."""

from hashlib import sha256

from alertd import __version__
from alertd.daemon.reconcile import Reconciler
from alertd.ledger import CacheKey
from alertd.times.zones import UNKNOWN_VERSION, Zones


def cache_key(zones: Zones, reconciler: Reconciler) -> CacheKey:
    """The cache key of today; zone data that does not tell its version is taken for new each time."""
    channels = sorted(
        (one.channel, one.targets, sorted(one.tags), sorted(one.alerts), one.ops) for one in reconciler.subscriptions
    )
    return CacheKey(
        reading=None if zones.version == UNKNOWN_VERSION else _digest(zones.version, zones.source),
        planning=_digest(reconciler.policy, channels),
    )


def _digest(*parts: object) -> str:
    return sha256(repr((__version__, *parts)).encode()).hexdigest()
