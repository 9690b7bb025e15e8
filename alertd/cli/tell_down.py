"""`alertd tell-down`: what a service manager runs once it has given up on the daemon.

It needs neither the ledger nor the truce files, as either may be what the daemon failed of: the settings and a
channel that works are enough.
"""

import asyncio
import os
import socket
import sys
from functools import partial

from alertd.cli.assembly import routes
from alertd.cli.context import Context
from alertd.cli.opening import open_or_close
from alertd.cli.test_send import send_all
from alertd.daemon.instance import running
from alertd.daemon.route import about_itself
from alertd.domain.agenda import Verdict
from alertd.logs import is_journal
from alertd.logs.lines import configure
from alertd.times.clock import SystemClock
from alertd.times.formats import show_utc


def tell_down(context: Context) -> int:
    """Tell the ops channel, and where that fails every other, that nothing watches; returns 1 where nobody took it."""
    configure(
        context.log_level or "warning",
        stream=sys.stderr,
        tty=sys.stderr.isatty(),
        journal=is_journal(sys.stderr, os.environ),
    )
    pid, last_tick = running(context.settings.state_dir)
    if pid is not None:
        _say(f"alertd runs as process {pid}: nobody is told")
        return 0
    last = f" since {show_utc(last_tick, year=True)}" if last_tick else ""
    text = (
        f"alertd is DOWN on {socket.gethostname()}{last}, and is not started again by itself. "
        "Nobody is told of any end until it runs. "
        "See `systemctl status alertd` and `journalctl -u alertd`; then `systemctl restart alertd`."
    )
    ops = context.settings.ops.channel if context.settings.ops else None
    all_routes = routes(context, partial(open_or_close, clock=SystemClock(), closed={}))
    first = [route for route in all_routes if route.channel == ops]
    for chosen in (first, [route for route in all_routes if route not in first]):
        posts = [(route, about_itself(route, text, context.now)) for route in chosen]
        outcomes = asyncio.run(send_all(context, posts, test=False))
        for route, outcome in zip(chosen, outcomes, strict=True):
            _say(f"{route.target.name}: {outcome.verdict} {outcome.detail}".rstrip())
        if any(outcome.verdict is Verdict.ACCEPTED for outcome in outcomes):
            return 0
    return 1


def _say(line: str) -> None:
    print(line, file=sys.stderr)  # noqa: T201  the command's output; a console channel has standard output
