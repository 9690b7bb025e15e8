"""`alertd record-helper`: writes truce files for the board, which has no right to.

systemd starts it when the board asks, with the socket on which it asks. The board is not trusted: who records is
judged here, by the personal token, and what follows is judged by the code of the commands.
"""

import os
import socket
import struct
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from stat import S_ISSOCK

import typer
from pydantic import ValidationError

from alertd.board.record_protocol import (
    ANSWER,
    LONGEST_REQUEST,
    REQUEST,
    Act,
    RecordAnswer,
    RecordChoice,
    RecordRequest,
    Status,
    TimeReading,
)
from alertd.cli.board_acts import Given, edit_of
from alertd.cli.context import BadTime, Context
from alertd.cli.log import configure_log
from alertd.cli.preview import EditRefused, Preview, preview
from alertd.cli.recording import Subject, subject
from alertd.cli.records import records_of
from alertd.cli.tokens import holder
from alertd.domain.known import as_known
from alertd.domain.truce import TruceStatus
from alertd.errors import AlertdError, ConfigError, Problem, Reading
from alertd.logs.lines import get_logger
from alertd.message.moments import moment_of_reading, reading_in_words
from alertd.message.wording import end_in_words, named_with_id
from alertd.settings import BoardSettings

log = get_logger(__name__)

GOOD_FOR = timedelta(minutes=10)
"""A preview that is older is shown anew."""

_IDLE_SECONDS = 900.0
"""Longer than a preview is good for: until then a form that is sent twice finds that it is written."""
_REQUEST_SECONDS = 5.0
_FIRST_DESCRIPTOR = 3
_PEER = struct.Struct("3i")
_MOST_RECORDS = 100


def record_helper(context: Context) -> None:
    """Answer until nobody has asked for a while; raises ConfigError where systemd has handed over no socket."""
    configure_log(context)
    try:
        daemon = context.settings.state_dir.stat().st_uid
    except OSError as error:
        raise ConfigError(f"nobody knows who the daemon is: {context.settings.state_dir}: {error.strerror}") from error
    serve(_handed_over(), RecordHelper(context), {0, os.geteuid(), daemon})


def _handed_over() -> socket.socket:
    """The socket that systemd has opened, by sd_listen_fds(3)."""
    handed = os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1"
    if not handed or not S_ISSOCK(os.fstat(_FIRST_DESCRIPTOR).st_mode):
        raise ConfigError("systemd starts this when it is needed: systemctl enable --now alertd-record.socket")
    return socket.socket(fileno=_FIRST_DESCRIPTOR)


def serve(listener: socket.socket, helper: "RecordHelper", allowed: Collection[int]) -> None:
    """Answer each that asks, one at a time; only processes of these users may."""
    listener.settimeout(_IDLE_SECONDS)
    while True:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            return
        with connection:
            connection.settimeout(_REQUEST_SECONDS)
            try:
                _serve_one(connection, helper, allowed)
            except OSError as error:
                log.warning("record.broken_off", error=str(error))


def _serve_one(connection: socket.socket, helper: "RecordHelper", allowed: Collection[int]) -> None:
    _, user, _ = _PEER.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))
    if user not in allowed:
        log.warning("record.stranger", uid=user)
        return
    data = connection.recv(LONGEST_REQUEST + 1)
    if data:
        connection.send(ANSWER.dump_json(helper.answer(data)))


class RecordHelper:
    """Answers requests with the code of the commands."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._written: dict[tuple[str, str], RecordAnswer] = {}
        """The answers to what was written, by person and preview: a form that is sent again is written once."""

    def answer(self, data: bytes) -> RecordAnswer:
        """The answer to one request; whatever cannot be done is said in it."""
        try:
            return self._answer(REQUEST.validate_json(data))
        except ValidationError:
            return _refused("that is no request of the board")
        except BadTime as error:
            readings = tuple(map(_reading, error.refused.readings))
            return _refused(error.refused.message, field=_hint(error), readings=readings)
        except typer.BadParameter as error:
            return _refused(error.message, field=_hint(error))
        except EditRefused as error:
            return replace(_refused(str(error)), warnings=tuple(_told(error.problems)))
        except AlertdError as error:
            problems = error.problems if isinstance(error, ConfigError) else ()
            return replace(_refused(str(error)), warnings=tuple(_told(problems)))

    def _answer(self, request: RecordRequest) -> RecordAnswer:
        context = replace(self._context)  # what is kept there may have changed since
        by = holder(context.config, request.token)
        if by is None:
            return RecordAnswer(status=Status.NO_TOKEN)
        settings = context.settings.board
        if settings is None or not settings.write:
            return _refused("nothing is recorded on the board: set `write = true` in [board]")
        if request.act is None:
            about = subject(context, request.truce)
            lines, records = tuple(_known(about)), tuple(_choices(about))
            return RecordAnswer(status=Status.RECORDS, by=by, lines=lines, records=records)
        if request.seen:
            return self._write(context, settings, request, by)
        return _shown(_previewed(context, settings, request, by), by)

    def _write(self, context: Context, settings: BoardSettings, request: RecordRequest, by: str) -> RecordAnswer:
        """Write what the person has seen, once; show it anew where it would be something else by now."""
        if done := self._written.get((by, request.seen)):
            return done
        at = _moment(request.seen)
        if at is None or not timedelta() <= context.now - at <= GOOD_FOR:
            why = "Some time has passed since you looked. Nothing was written yet: look again."
            return replace(_shown(_previewed(context, settings, request, by), by), message=why)
        seen = _previewed(replace(context, asked_at=at), settings, request, by)
        if _seen(seen, by) != request.seen:
            why = "Something has changed since you looked. Nothing was written yet: look again."
            return replace(_shown(_previewed(context, settings, request, by), by), message=why)
        seen.write()
        edit = seen.edit
        log.info("record.written", act=request.act, truce=edit.truce, by=by, file=edit.file, line=edit.line)
        done = RecordAnswer(status=Status.WRITTEN, by=by, lines=tuple(seen.lines()))
        self._written[by, request.seen] = done
        return done


def _refused(message: str, *, field: str = "", readings: tuple[TimeReading, ...] = ()) -> RecordAnswer:
    return RecordAnswer(status=Status.REFUSED, message=message, field=field, readings=readings)


def _hint(error: typer.BadParameter) -> str:
    return str(error.param_hint or "").removeprefix("--")


def _reading(reading: Reading) -> TimeReading:
    return TimeReading(write=reading.write, words=moment_of_reading(reading))


def _told(problems: Collection[Problem]) -> Iterator[str]:
    for problem in problems:
        yield "; ".join((problem.message, *map(reading_in_words, problem.readings)))


def _known(about: Subject) -> Iterator[str]:
    """The truce as it is known now."""
    truce = about.read.truce and as_known(about.read.truce, about.now, future_counts=True)
    if truce is not None:
        end = end_in_words(TruceStatus(truce, about.now).end, zone=about.hand.zone, zone_name=about.hand.zone_name)
        yield f"{named_with_id(truce)}; its end: {end}"


def _choices(about: Subject) -> Iterator[RecordChoice]:
    options = [option for option in records_of(about) if option.is_statement and not option.void]
    for option in options[-_MOST_RECORDS:]:
        yield RecordChoice(number=option.number, text=str(option))


def _shown(seen: Preview, by: str) -> RecordAnswer:
    return RecordAnswer(
        status=Status.PREVIEW,
        by=by,
        lines=tuple(seen.lines()),
        warnings=tuple(_told(seen.warnings)),
        question=seen.question,
        seen=_seen(seen, by),
    )


def _seen(seen: Preview, by: str) -> str:
    """The moment of a preview, and a digest of all that a person agrees to with it."""
    parts = [by, *seen.lines(), *_told(seen.warnings)]
    for draft in seen.edit.drafts:
        parts += [draft.of.file, repr(draft.of.raw), draft.written]
    digest = sha256("\0".join(parts).encode()).hexdigest()
    return f"{int(seen.context.now.timestamp())}.{digest}"


def _moment(seen: str) -> datetime | None:
    seconds = seen.partition(".")[0]
    is_number = seconds.isascii() and seconds.isdigit() and len(seconds) < len("99999999999")
    return datetime.fromtimestamp(int(seconds), UTC) if is_number else None


def _previewed(context: Context, settings: BoardSettings, request: RecordRequest, by: str) -> Preview:
    given = Given(request.given, by, two_persons=settings.two_persons)
    return preview(context, edit_of(context, request.truce, request.act or Act.EXTEND, given))
