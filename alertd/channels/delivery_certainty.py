"""The meaning of an error for a message: that it surely was not sent, or that it may have arrived all the same.

Read from how far the connection got, never from the wording of an error: only before it stood is anything sure.
"""

from collections.abc import Iterator
from types import TracebackType

_BEFORE_ANYTHING_IS_SENT = frozenset({"create_connection", "do_handshake"})
"""Functions of `socket`, `ssl` and urllib3 that find a name, connect, and agree on a cipher."""


def definitely_not_sent(error: BaseException) -> bool:
    """True if it was raised while the connection was being made."""
    return any(
        name in _BEFORE_ANYTHING_IS_SENT for cause in _chain(error) for name in _raised_through(cause.__traceback__)
    )


def first_cause(error: BaseException) -> str:
    """The type of the error that began it; not its text, which may hold a secret."""
    *_, first = _chain(error)
    return type(first).__name__


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it was raised from or behind, back to the first."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__context__ or error.__cause__


def _raised_through(frames: TracebackType | None) -> Iterator[str]:
    while frames is not None:
        yield frames.tb_frame.f_code.co_name
        frames = frames.tb_next
