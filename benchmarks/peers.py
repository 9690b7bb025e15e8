#!/usr/bin/env python3
"""The program one would write instead of alertd: `peers.py apscheduler|step|apprise|idle PORT COUNT DUE`."""

import asyncio
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from apprise import Apprise
from apprise.plugins.custom_json import NotifyJSON
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.schedulers.background import BackgroundScheduler

THREADS = 20
SLOW_URLS = 20


def to_urls(port: int, count: int) -> Apprise:
    """Apprise with so many addresses of the sink."""
    service = Apprise()
    for number in range(count):
        service.add(NotifyJSON(**NotifyJSON.parse_url(f"json://127.0.0.1:{port}/{number}")))
    return service


def apscheduler(port: int, count: int, due: float) -> None:
    """A date job for each alert, and a thread pool."""
    scheduler = BackgroundScheduler(
        timezone=UTC, executors={"default": ThreadPoolExecutor(THREADS)}, job_defaults={"misfire_grace_time": None}
    )
    scheduler.start()
    service = to_urls(port, 1)
    for number in range(count):
        scheduler.add_job(
            service.notify,
            "date",
            run_date=datetime.fromtimestamp(due, UTC),
            kwargs={"title": f"lapsed: truce-{number:05}", "body": "It has lapsed."},
        )
    time.sleep(3600)


def step(port: int, _count: int, due: float) -> None:
    """One date job of the scheduler that lives in a loop, for the benchmark that sets the clock."""

    async def live() -> None:
        scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None})
        scheduler.start()
        service = to_urls(port, 1)
        scheduler.add_job(
            service.notify,
            "date",
            run_date=datetime.fromtimestamp(due, UTC),
            kwargs={"title": "lapsed", "body": "It has lapsed."},
        )
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)

    asyncio.run(live())


def apprise(port: int, count: int, due: float) -> None:
    """Apprise alone: one call for each alert, to all addresses."""
    service = to_urls(port, SLOW_URLS)
    time.sleep(max(due - time.time(), 0))
    for number in range(count):
        service.notify(title=f"lapsed: truce-{number:05}", body="It has lapsed.")
    time.sleep(3600)


def idle(port: int, _count: int, _due: float) -> None:
    """Both libraries at rest, with a job each second that does nothing."""
    scheduler = BackgroundScheduler(timezone=UTC)
    to_urls(port, 1)
    scheduler.add_job(int, "interval", seconds=1)
    scheduler.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    time.sleep(3600)


PEERS: dict[str, Callable[[int, int, float], None]] = {
    "apscheduler": apscheduler,
    "step": step,
    "apprise": apprise,
    "idle": idle,
}

if __name__ == "__main__":
    PEERS[sys.argv[1]](int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4]))
