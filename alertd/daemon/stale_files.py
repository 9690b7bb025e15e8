"""Stale files: a node has an earlier form of a truce file than another node has read.

Files come to each node in a way of their own, and a node that takes over may have been left behind. An earlier form
must not undo what the later one said: it counts for nothing until the later one is there. Nobody can tell it from a new
one but by what the file held before; so a content that no node has read is an edit, and so is one that goes back to an
earlier content where this very node had read the newest. The order is that of reading: a node that was left behind may
have a form that is older than all that was read, and be the first to read it. So people are told both ways out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from alertd.daemon.register_reading import Loaded
from alertd.errors import Code, Level, Problem
from alertd.ledger import ALONE, FileContents, Ledger, LedgerThread, NewerContent, file_contents
from alertd.register import RegisterCache, RegisterProblems
from alertd.times.formats import show_utc


class StaleFiles:
    """The stale files of a node, as last found."""

    def __init__(self, ledger: LedgerThread, cache: RegisterCache, node: str) -> None:
        self._ledger = ledger
        self._cache = cache
        self._node = node
        self._found: dict[str, NewerContent] = {}

    async def leave_out(self, loaded: Loaded) -> Loaded:
        """The files that were loaded, without the truces of stale files; raises `LedgerError`."""
        contents = self._cache.opened
        found = await self._ledger.run(file_contents.behind, FileContents(node=self._node, of=contents))
        self._found |= found
        self._cache.take_for_stale(found)
        return replace(
            loaded,
            parsed_files=[parsed for parsed in loaded.parsed_files if parsed.file not in found],
            contents={name: content for name, content in contents.items() if name not in found},
            is_judged=True,
        )

    def problems(self) -> Iterator[Problem]:
        """A problem for each."""
        return stale_problems({name: self._found[name] for name in self._cache.stale}, self._node)


def with_stale_files(found: RegisterProblems, ledger: Ledger, contents: FileContents) -> RegisterProblems:
    """The problems of the register, and a problem for each stale file; raises `LedgerError`."""
    stale = ledger.run(file_contents.behind, contents)
    return replace(found, problems=(*found.problems, *stale_problems(stale, contents.node)))


def stale_problems(found: Mapping[str, NewerContent], node: str) -> Iterator[Problem]:
    """The problem of each stale file of a node."""
    for file, newer in sorted(found.items()):
        other = "another node" if newer.node == ALONE else f"node {newer.node}"
        words = (_of_deleted if newer.is_gone else _of_earlier)(node, other, show_utc(newer.seen_at, year=True))
        yield Problem(file, 1, None, Level.ERROR, Code.STALE_FILE, words)


def _of_earlier(node: str, other: str, at: str) -> str:
    return (
        f"node {node} has a form of this file that is not the one read last: {other} read that one at {at}. What is "
        "here counts for nothing; its truces stay as they are in the ledger. If the form read last is right, bring it "
        f"to node {node}. If the form here is right, change a comment in it, so that it counts as an edit, and bring "
        "it to the other nodes too"
    )


def _of_deleted(node: str, other: str, at: str) -> str:
    return (
        f"node {node} has this file, which {other} found deleted at {at}, with truces of it taken out on purpose; they "
        f"stay as they are in the ledger. If that is right, delete it on node {node}. If the file is right, change a "
        "comment in it, so that it counts as an edit, and bring it to the other nodes too"
    )
