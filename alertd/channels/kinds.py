"""Which kinds of channel there are: each is an entry point, so that another package can bring one.

Only their names are looked at here. A kind is loaded where a channel of that kind is opened, and not before.
"""

from functools import cache
from importlib.metadata import EntryPoints, entry_points

GROUP = "alertd.channels"


@cache
def kinds() -> EntryPoints:
    """The kinds that are installed, alertd's own among them, as entry points that are not loaded yet.

    They are looked for once: each look goes through every package that is installed.
    """
    return entry_points(group=GROUP)
