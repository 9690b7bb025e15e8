"""Texts that other people wrote, made fit for a terminal, a subject line or the ledger."""

import re
import traceback
from pathlib import PurePath

from alertd.logs import CONTROLS

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # OSC and its kin: window titles, links, up to their end
    r"|\x1b[ -/]*[0-~]"  # the short ones
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one character
)


def without_controls(text: str) -> str:
    """The text without escape sequences and control characters; its lines and tabs stay."""
    return CONTROLS.sub(lambda match: match[0] if match[0] in "\n\t" else "", _ESCAPE_SEQUENCES.sub("", text))


def one_line(text: str, *, longest: int | None = None) -> str:
    """The text on a single line without control characters, cut to `longest` characters with an ellipsis."""
    line = without_controls(" ".join(text.split()))
    return line if longest is None or len(line) <= longest else line[: longest - 1] + "…"


def where(error: BaseException) -> str:
    """The type of an error and the line that raised it; not its text, which may hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
