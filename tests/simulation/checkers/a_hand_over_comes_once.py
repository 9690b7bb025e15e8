"""Each change of duty is told once, to whoever comes and whoever goes: over crashes, downtimes and edits too."""

from collections.abc import Iterator

from simulation.evidence import LAST_WORD, Evidence
from simulation.rosters import FROM_DOUBT, read_hand_over


def check(evidence: Evidence) -> Iterator[str]:
    """Nobody comes or goes twice, nobody is left out, and each of the messages goes out."""
    rosters = evidence.rosters
    yield from (*rosters.twice, *rosters.untimely)
    lists = {one.name: one for one in evidence.run.rules.duties}
    for said in rosters.hand_overs.values():
        about, due_at = said[0].about, said[0].due_at
        name, goes, comes = read_hand_over(about)
        told, wanted = {one.target for one in said}, lists[name].targets(frozenset((*goes, *comes)))
        if told != wanted:
            yield f"{about} at {due_at:%d %H:%M:%S} is for {', '.join(sorted(told))}, not {', '.join(sorted(wanted))}"
        for row in (evidence.rows[one.key] for one in said if one.at <= LAST_WORD):
            is_excused = evidence.was_refused(row) or evidence.given_up(row)
            if row.state not in {"delivered", "missed"} and not is_excused:
                yield f"{row.key} is {row.state} in the end ({row.reason})"
    for found in rosters.settled:
        if found.seconds > FROM_DOUBT and found.is_on.gap != "unread":
            for name, is_present in found.present.items():
                if is_present is not (name in found.is_on.names):
                    yield (
                        f"{name} {'went from' if is_present else 'came on'} duty ({found.duty.name}) by "
                        f"{found.at.moment:%d %H:%M:%S}, and nobody was told"
                    )
