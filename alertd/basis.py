"""On what the readings and plans in a ledger rest, as digests: where one differs, a start makes them anew."""

from hashlib import sha256

from alertd import __version__
from alertd.judgement import Judge
from alertd.ledger import Basis
from alertd.zones import UNKNOWN_VERSION, Zones


def basis(zones: Zones, judge: Judge) -> Basis:
    """The basis of today; zone data that does not tell its version is taken for new each time."""
    channels = sorted(
        (one.channel, one.targets, sorted(one.tags), sorted(one.alerts), one.ops) for one in judge.subscriptions
    )
    return Basis(
        reading=None if zones.version == UNKNOWN_VERSION else _digest(zones.version, zones.source),
        planning=_digest(judge.policy, channels),
    )


def _digest(*parts: object) -> str:
    return sha256(repr((__version__, *parts)).encode()).hexdigest()
