"""The sources of an alert: of what it is about, of the agreed end, and of the truce."""

from collections.abc import Iterable, Iterator

from alertd.domain.alert import Kind
from alertd.message.case import Case
from alertd.message.values import SourceFacts
from alertd.message.wording import clean

_SOURCE_LENGTH = 1000


def source_facts(case: Case) -> Iterator[SourceFacts]:
    """The sources of what the alert is about, of the agreed end, and of the truce, each once."""
    agreed = case.chain[-1].statement
    of_milestone = case.milestone.sources if case.delivery.kind is Kind.MILESTONE else ()
    by_name = {
        "Source of the milestone": of_milestone,
        "Source of the start": case.beginning.sources if case.beginning else (),
        "Source": [source for statement in case.statements for source in statement.sources],
        "Source of the denial": [source for statement in case.statements for source in statement.denied_sources],
        "Source of the agreed end": agreed.sources if agreed else (),
        "First statement" if case.statements else "Source": case.truce.sources,
    }
    seen: set[str] = set()
    for name, sources in by_name.items():
        for source in sources_of(sources) if sources else ():
            if source not in seen:
                seen.add(source)
                yield SourceFacts(of=name, source=source)


def sources_of(sources: Iterable[str]) -> tuple[str, ...]:
    """Sources as a message shows them, each once."""
    return tuple(dict.fromkeys(clean(source, _SOURCE_LENGTH) for source in sources))
