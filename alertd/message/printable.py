"""Texts that other people wrote, made fit for a terminal, a subject line or the ledger."""

import re
import traceback
import unicodedata
from pathlib import PurePath

_ESCAPE_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movements
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"  # OSC and its kin: window titles, links, up to their end
    r"|\x1b[ -/]*[0-~]"  # the short ones
    r"|\x9b[0-?]*[ -/]*[@-~]"  # CSI as one character
)


_KEPT = "\n\t\N{ZERO WIDTH NON-JOINER}\N{ZERO WIDTH JOINER}"
"""Persian and other scripts need the joiners in order to be spelled."""

_ISOLATES = "\u2066\u2067\u2068\u2069"


def without_controls(text: str, *, isolates: bool = False) -> str:
    """The text without what steers a screen or turns the direction of reading; its lines and tabs stay.

    With `isolates` those stay too: in a message they are alertd's own.
    """
    if text.isprintable():
        return text
    plain = _ESCAPE_SEQUENCES.sub("", text)
    kept = _KEPT + _ISOLATES if isolates else _KEPT
    controls = [char for char in set(plain) if char not in kept and unicodedata.category(char).startswith("C")]
    return plain.translate(str.maketrans("", "", "".join(controls))) if controls else plain


def where(error: BaseException) -> str:
    """The type of an error and the line that raised it; not its text, which may hold a secret."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}"
