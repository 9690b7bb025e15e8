"""Acknowledging by a program, such as the bot of a chat: `POST /api/v1/acks` with a word of its own."""

import asyncio
import hmac
from http import HTTPStatus

from aiohttp import web

from alertd.board.acknowledger import STATUS, Acknowledger, GuessLimit
from alertd.board.guard import bearer
from alertd.board.snapshot import SnapshotReader, Sources
from alertd.domain.alert import Delivery
from alertd.ledger.acknowledging import Judged
from alertd.message.wording import NAME_LENGTH, SENTENCE_LENGTH, clean
from alertd.status.answers import ack_view, subject, why_not
from alertd.status.views import dump
from alertd.toml.validation import unknown_key

_LONGEST = 4096
_SECONDS = 10.0
_KEYS = ("alert", "by", "note")
_EXAMPLE = 'write {"alert": "x7sbvv", "by": "Lena", "note": "on it"}; a note may be left out'


class Acks:
    """Takes acknowledgements of programs."""

    def __init__(self, sources: Sources, reader: SnapshotReader, token: str) -> None:
        self._acknowledger = Acknowledger(sources, reader, "api")
        self._zone_for = sources.zone_for
        self._token = token.encode()
        self._limit = GuessLimit(sources.clock)

    async def post(self, request: web.Request) -> web.StreamResponse:
        """Acknowledge one alert; what cannot be is told as `error`."""
        if not hmac.compare_digest(bearer(request).encode(errors="replace"), self._token):
            self._limit.note()
            answer = _refused(HTTPStatus.UNAUTHORIZED, "send Authorization: Bearer … with the `ack_token` of [board]")
            answer.headers["WWW-Authenticate"] = "Bearer"
            return answer
        try:
            alert, by, note = await _asked(request)
        except ValueError as error:
            return _refused(HTTPStatus.BAD_REQUEST, str(error))
        found = await self._acknowledger.find(alert)
        if len(found) != 1:
            return _not_one(alert, found)
        given = self._acknowledger.given(by, note)
        judged = await self._acknowledger.judge(found[0].key, given)
        if judged is not None and judged.refusal is None:
            judged = await self._acknowledger.write(judged, given)
        if judged is None:
            return _not_one(alert, ())
        if judged.refusal is None:
            return web.json_response(ack_view(judged, given), dumps=dump)
        return self._why_not(judged)

    def _why_not(self, judged: Judged) -> web.Response:
        assert judged.refusal is not None  # noqa: S101  tells mypy so
        why = f"{subject(judged, self._zone_for)}: {why_not(judged.refusal, judged)}"
        status = STATUS[judged.refusal]
        return _refused(HTTPStatus.CONFLICT if status is HTTPStatus.OK else status, why)


async def _asked(request: web.Request) -> tuple[str, str, str | None]:
    """The alert, the person and the note; raises ValueError with what to write instead."""
    if request.content_length is None or request.content_length > _LONGEST:
        raise ValueError(f"the body is JSON of at most {_LONGEST} bytes, with its Content-Length")
    try:
        async with asyncio.timeout(_SECONDS):
            asked = await request.json()
    except (ValueError, TimeoutError, RecursionError):
        raise ValueError(f"the body is no JSON: {_EXAMPLE}") from None
    if not isinstance(asked, dict) or not all(isinstance(value, str) for value in asked.values()):
        raise ValueError(f"the body is an object of texts: {_EXAMPLE}")
    for key in asked:
        if key not in _KEYS:
            raise ValueError(unknown_key(clean(key, NAME_LENGTH), _KEYS))
    alert, by = asked.get("alert", "").strip().removeprefix("#"), clean(asked.get("by", ""), NAME_LENGTH)
    if not alert or not by:
        raise ValueError(f"`alert` and `by` are needed: {_EXAMPLE}")
    return alert if "|" in alert else alert.lower(), by, clean(asked.get("note", ""), SENTENCE_LENGTH) or None


def _not_one(alert: str, found: tuple[Delivery, ...]) -> web.Response:
    if not found:
        text = f"no alert {clean(alert, NAME_LENGTH)} is known: send the six characters after `Alert:` in the message"
        return _refused(HTTPStatus.NOT_FOUND, text)
    keys = ", ".join(delivery.key for delivery in found)
    return _refused(HTTPStatus.CONFLICT, f"{alert} is the id of {len(found)} alerts: send one of these keys: {keys}")


def _refused(status: HTTPStatus, error: str) -> web.Response:
    return web.json_response({"error": error}, status=status, dumps=dump)
