"""APScheduler without its pools of threads and processes, for which it would load half a MB of multiprocessing.

The daemon's jobs only set an event. Everything of APScheduler comes from here, so that nothing loads the pools earlier.
"""

import sys
from types import ModuleType

_POOLS = "apscheduler.executors.pool"
_none = ModuleType(_POOLS)
_none.ThreadPoolExecutor = None  # type: ignore[attr-defined]  # the name that the scheduler asks for
sys.modules[_POOLS] = _none
try:
    from apscheduler.schedulers.asyncio import AsyncIOScheduler
    from apscheduler.triggers.date import DateTrigger
finally:
    del sys.modules[_POOLS]

__all__ = ["AsyncIOScheduler", "DateTrigger"]
