"""structlog without rich, which it would load to draw tracebacks: a tenth of a second and 8 MB that nobody needs here.

Everything of structlog comes from here, so that nothing loads it earlier.
"""

import sys

_RICH = "rich"
_drawing = sys.modules.get(_RICH)
sys.modules[_RICH] = None  # type: ignore[assignment]  # it is Python's word for "there is none"
try:
    import structlog
    from structlog.stdlib import ProcessorFormatter
    from structlog.tracebacks import ExceptionDictTransformer
    from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor, WrappedLogger
finally:
    del sys.modules[_RICH]
    if _drawing is not None:
        sys.modules[_RICH] = _drawing

__all__ = [
    "EventDict",
    "ExcInfo",
    "ExceptionDictTransformer",
    "FilteringBoundLogger",
    "Processor",
    "ProcessorFormatter",
    "WrappedLogger",
    "structlog",
]
