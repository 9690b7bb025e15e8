"""On what the readings and plans in a ledger rest, as fingerprints: where one differs, a start makes them anew."""

from hashlib import sha256

from alertd import __version__
from alertd.daemon.reconcile import Reconciler
from alertd.ledger import CacheKey
from alertd.times.zones import UNKNOWN_VERSION, Zones


def cache_key(zones: Zones, reconciler: Reconciler) -> CacheKey:
    """The cache key of today; zone data that does not tell its version is taken for new each time."""
    channels = sorted(
        (
            subscription.channel,
            subscription.targets,
            sorted(subscription.tags),
            sorted(subscription.alerts),
            subscription.ops,
        )
        for subscription in reconciler.subscriptions
    )
    return CacheKey(reading=reading_key(zones), planning=_fingerprint(reconciler.policy, channels))


def reading_key(zones: Zones) -> str | None:
    """The part of the key on which readings rest."""
    return None if zones.version == UNKNOWN_VERSION else _fingerprint(zones.version, zones.source)


def _fingerprint(*parts: object) -> str:
    return sha256(repr((__version__, *parts)).encode()).hexdigest()
