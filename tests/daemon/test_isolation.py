"""One dead target delays no other: in a real process, what is due arrives while the dead one still hangs."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from process import Hook, Mailbox, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces


@contextmanager
def silent(greeting: bytes = b""):
    """A server that takes every connection, greets where that is its trade, and says nothing more."""
    taken = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                taken.append(connection)
                connection.sendall(greeting)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], taken
        server.shutdown(socket.SHUT_RDWR)
    for connection in taken:
        connection.close()


class Stamped(Hook):
    """A server that notes when each post arrives."""

    def __init__(self) -> None:
        self.at: list[datetime] = []
        super().__init__(self._note)

    def _note(self) -> float:
        self.at.append(datetime.now(UTC))
        return 0.0


def channel(name, kind, url, *more):
    lines = ("[[channel]]", f'name = "{name}"', f'kind = "{kind}"', f'url = {{ file = "{name}-url" }}', *more, "")
    return "\n".join(lines), url


def settings(config, *channels):
    text = '[policy]\nlead_times = []\nafter = []\nlate_after = "30s"\n'
    for table, url in channels:
        name = table.splitlines()[1].split('"')[1]
        (config / f"{name}-url").write_text(url)
        text += table
    (config / "alertd.toml").write_text(text)


def lapsing(truce_id, end):
    return truce_text(truce_id, "starts = 2016-01-01T00:00:00Z", f"ends = {toml_utc(end)}")


def test_targets_that_hang_or_turn_everything_away_delay_no_other(tmp_path):
    with ExitStack() as stack:
        web, taken = stack.enter_context(silent())
        mail, mailed = stack.enter_context(silent(b"220 silent ESMTP\r\n"))
        turning_away = stack.enter_context(Hook())
        turning_away.status = 503
        good, mailbox = stack.enter_context(Stamped()), stack.enter_context(Mailbox())
        settings(
            tmp_path,
            channel("hung-hook", "webhook", f"http://127.0.0.1:{web}/"),
            channel("hung-json", "apprise", f"json://127.0.0.1:{web}/"),
            channel("hung-mail", "apprise", f"mailto://127.0.0.1:{mail}?from=a@example.org&to=b@example.org"),
            channel("away", "webhook", f"http://127.0.0.1:{turning_away.port}/"),
            channel("good", "webhook", f"http://127.0.0.1:{good.port}/"),
            channel("letters", "apprise", mailbox.url),
        )
        write_truces(tmp_path, lapsing("later", in_seconds(86400)), name="later.toml")
        process = stack.enter_context(running(tmp_path))
        until(lambda: len(taken) >= 2 and mailed and turning_away.posts, "every bad target in its misery")
        ends = [in_seconds(8 + number) for number in range(5)]
        write_truces(tmp_path, *(lapsing(f"t-{number}", end) for number, end in enumerate(ends)))
        until(lambda: sum("expired" in title for title in mailbox.subjects) == 5, "the last lapse")
        until(lambda: sum("expired" in title for title in good.titles) == 5, "the last lapse")
        assert not any("LATE" in title for title in [*mailbox.subjects, *good.titles])
        waiting = [row for row in alertd_json(tmp_path, "history") if row["channel"].startswith(("hung", "away"))]
        assert not [row for row in waiting if row["state"] == "delivered"]
        tries = [row["attempts"] for row in waiting if row["channel"].startswith("hung")]
        assert max(tries) == 1, "every first send to them was still on its way"
        process.kill()


@pytest.mark.parametrize("limit", ["2/3s"])
def test_a_rate_limit_spreads_what_is_due_together_and_loses_none_of_it(tmp_path, limit):
    with Stamped() as hook:
        settings(tmp_path, channel("hook", "webhook", f"http://127.0.0.1:{hook.port}/", f'rate_limit = "{limit}"'))
        write_truces(tmp_path, *(lapsing(f"t-{number}", in_seconds(86400)) for number in range(5)))
        with running(tmp_path) as process:
            until(lambda: len(hook.posts) == 5, "every alert")
            assert process.stop() == 0
    assert len({post["alerts"][0]["truce"] for post in hook.posts}) == 5
    thirds = zip(hook.at, hook.at[2:], strict=False)
    assert all(third - first > timedelta(seconds=2.8) for first, third in thirds), "never three within three seconds"
    assert hook.at[1] - hook.at[0] < hook.at[2] - hook.at[0], "and two at once"
