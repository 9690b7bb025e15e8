"""The part of the truces that a viewer asks for, by a tag and by words: pages, calendar and JSON take the same."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from alertd.board.body import Handler
from alertd.board.rows import Row, Rows
from alertd.board.snapshot import Snapshot
from alertd.domain.truce import Truce
from alertd.status.views import StatusView

PARAMETERS = ("tag", "q")


@dataclass(frozen=True, slots=True)
class Selection:
    """The selection in words; empty where all are asked for."""

    tag: str = ""
    words: str = ""
    """Each of them stands somewhere in the id, the name, the title, the area or the parties."""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> "Selection":
        """Read the parameters of a request."""
        return cls(query.get("tag", ""), " ".join(query.get("q", "").split()))

    def __bool__(self) -> bool:
        """True if it leaves some out, it may be."""
        return bool(self.tag or self.words)

    def takes(self, truce: Truce) -> bool:
        """True if a truce is asked for."""
        said = "\n".join((truce.id, truce.name or "", truce.title, truce.area or "", *truce.parties)).casefold()
        return self.tag in ("", *truce.tags) and all(word in said for word in self.words.casefold().split())

    def ids(self, snapshot: Snapshot) -> Collection[str]:
        """The truces that are asked for, of all that the ledger knows."""
        return {id_ for id_, known in snapshot.overview.content.known.items() if self.takes(known.truce)}

    def query(self, **more: str) -> str:
        """The end of an address that asks for the same, with other parameters that are not empty."""
        given = {"tag": self.tag, "q": self.words} | more
        query = urlencode({name: value for name, value in given.items() if value})
        return f"?{query}" if query else ""

    def narrowed(self, snapshot: Snapshot) -> Snapshot:
        """A snapshot with no other truce in its lines and its alerts; what is wrong stays whole."""
        if not self:
            return snapshot
        ids = self.ids(snapshot)
        return replace(
            snapshot,
            rows=_narrowed(snapshot.rows, self),
            coming=tuple(delivery for delivery in snapshot.coming if delivery.truce in ids),
            lately=tuple(alert for alert in snapshot.lately if alert.delivery.truce in ids),
        )

    def narrowed_view(self, view: StatusView, snapshot: Snapshot) -> StatusView:
        """The same for JSON; a truce of which nothing can be read stays."""
        if not self:
            return view
        left_out = snapshot.overview.content.known.keys() - self.ids(snapshot)
        return replace(
            view,
            truces=tuple(truce for truce in view.truces if truce.id not in left_out),
            next=tuple(delivery for delivery in view.next if delivery.truce not in left_out),
        )


def _narrowed(rows: Rows, selection: Selection) -> Rows:
    def taken(some: Iterable[Row]) -> tuple[Row, ...]:
        return tuple(row for row in some if selection.takes(row.status.truce))

    return replace(rows, ahead=taken(rows.ahead), expired=taken(rows.expired), ended=taken(rows.ended))


def knowing(handler: Handler, *names: str) -> Handler:
    """The same handler, which says what it knows where it is asked with anything else."""

    async def answer(request: web.Request) -> web.StreamResponse:
        unknown = sorted(set(request.query) - {*names, "token"})
        if unknown:
            known = f"it knows {', '.join(names)}" if names else "it knows none"
            raise web.HTTPBadRequest(text=f"This address does not know the parameter {unknown[0]}: {known}.\n")
        return await handler(request)

    return answer
