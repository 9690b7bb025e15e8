"""Duty lists: read from a calendar by a process of its own, and kept for a start without network."""

from alertd.duty.kept import Kept, KeptList
from alertd.duty.reading import CalendarReader, ListRefused
from alertd.duty.source import FileTraits, Source, digest_of, file_of, traits_of

__all__ = [
    "CalendarReader",
    "FileTraits",
    "Kept",
    "KeptList",
    "ListRefused",
    "Source",
    "digest_of",
    "file_of",
    "traits_of",
]
