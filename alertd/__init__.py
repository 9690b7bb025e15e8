"""alertd tells people before a ceasefire expires."""

from importlib.metadata import version

__version__ = version("alertd")
