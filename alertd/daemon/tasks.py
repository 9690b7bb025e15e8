"""The end of what goes on beside the rest."""

import asyncio
from typing import Any


async def end(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks and wait until they have ended, however they do; None, where none was begun, counts for nothing."""
    begun = [task for task in tasks if task is not None]
    for task in begun:
        task.cancel()
    if begun:  # of nothing, it would make an event loop where none runs any more
        await asyncio.gather(*begun, return_exceptions=True)
