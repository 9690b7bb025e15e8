"""The people at the desk: they save truce files, mostly well, sometimes badly, at moments that the seed chooses.

Whatever they save, the state that goes with it says plainly what stands there then. Their own clock is right: a time
that they write is the true one, whatever the daemon's clock shows.
"""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from shutil import rmtree

from simulation.ends import (
    A_DAY,
    CLOCKS_BACK,
    MANILA,
    MANILA_OFFSET,
    NEW_OFFSET,
    OLD_OFFSET,
    OPEN,
    TWICE,
    Day,
    Hour,
)
from simulation.events import FileState
from simulation.expected import StatedEnd, StatedTermination, Truth, standing
from simulation.obligations import START, StatedMilestone
from simulation.pause_acts import draw_last_day, draw_other_hours, draw_pause
from simulation.pauses import Daily, HoursFrom
from simulation.timeline import Timeline
from simulation.truce_text import truce_text

PARTIES = ("Army", "Opposition")
TAGS = ("syria", "north")
FILES = ("a.toml", "b.toml")
WITHDRAWN = "withdrawn.toml"
MANY = 3


class Editor:
    """Holds what ought to stand in the files, and saves it."""

    def __init__(self, folder: Path, timeline: Timeline, random: Random, of_records: Random) -> None:
        """Records of the desk about its own work are drawn from a source of their own."""
        self._folder = folder
        self._timeline = timeline
        self._random = random
        self._of_records = of_records
        self._truths: dict[str, Truth] = {}
        self._withdrawn: list[str] = []
        self._saves = 0
        self._counted = 0
        folder.mkdir(parents=True)

    # What people do.

    def add(self) -> tuple[str, FileState]:
        """Write down a new truce."""
        self._counted += 1
        announced = self._now()
        ends = announced + timedelta(minutes=self._random.choice((40, 90, 200, 420)))
        truth = Truth(
            id=f"truce-{self._counted}",
            file=self._random.choice(FILES),
            tags=self._random.choice(((TAGS[0],), (TAGS[1],), TAGS)),
            announced=announced,
            starts=announced + timedelta(minutes=self._random.choice((0, 10))),
            first_end=self._hour(ends),
        )
        return f"add {truth.id}", self._put(truth)

    def add_ahead(self) -> tuple[str, FileState]:
        """Write down a new truce that begins a while later."""
        self._counted += 1
        announced = self._now()
        starts = announced + timedelta(minutes=self._of_records.choice((20, 50, 90, 150, 250)))
        ends = starts + timedelta(minutes=self._of_records.choice((40, 90, 200, 420)))
        truth = Truth(
            id=f"truce-{self._counted}",
            file=self._of_records.choice(FILES),
            tags=self._of_records.choice(((TAGS[0],), TAGS)),
            announced=announced,
            starts=starts,
            first_end=Hour((ends.replace(tzinfo=None) + NEW_OFFSET).replace(second=0)),
        )
        return f"add {truth.id}", self._put(truth)

    def slip(self) -> tuple[str, FileState] | None:
        """Record that a start that lies ahead, or has just come, is another: later mostly, sometimes earlier."""
        now = self._now()
        late = now - timedelta(minutes=30)
        truth = self._any(lambda one: _is_no_pause(one) and one.announced < now and one.starts > late, self._of_records)
        if truth is None:
            return None
        starts = truth.starts + timedelta(minutes=self._of_records.choice((-45, -20, 5, 30, 75, 165)))
        moved = replace(truth, starts=max(starts, truth.announced + timedelta(minutes=1)))
        return (f"slip {truth.id}", self._put(moved)) if _begins_before_each_end(moved) else None

    def end_before(self) -> tuple[str, FileState] | None:
        """Record that a party ends a truce before it begins."""
        now = self._now()
        truth = self._any(
            lambda one: one.starts > now + timedelta(minutes=1) and len(one.ended) < MANY, self._of_records
        )
        if truth is None:
            return None
        ended = StatedTermination(
            number=self._next(),
            announced=now,
            at=(now + self._of_records.choice((0.1, 0.5, 0.9)) * (truth.starts - now)).replace(microsecond=0),
            confirmed=self._of_records.random() < 0.8,
            party=self._of_records.choice(PARTIES),
        )
        return f"end-before {truth.id}", self._put(replace(truth, ended=(*truth.ended, ended)))

    def add_pause(self) -> tuple[str, FileState] | None:
        """Write down a new daily pause."""
        announced = self._now()
        pause = draw_pause(self._of_records, announced)
        if pause is None:
            return None
        self._counted += 1
        truth = Truth(
            id=f"truce-{self._counted}",
            file=self._of_records.choice(FILES),
            tags=self._of_records.choice(((TAGS[0],), TAGS)),
            zone=pause.zone,
            announced=announced,
            starts=pause.windows(old_zones=False)[0].opens,
            first_end=pause,
        )
        return f"add {truth.id}", self._put(truth)

    def move_last_day(self) -> tuple[str, FileState] | None:
        """Record that a daily pause has another last day: a later one mostly, sometimes today."""
        return self._say_of_pause("last-day", lambda pause, now: {"until": draw_last_day(self._of_records, pause, now)})

    def change_hours(self) -> tuple[str, FileState] | None:
        """Record that a daily pause has other hours from a day on."""
        return self._say_of_pause("hours", lambda pause, now: {"hours": draw_other_hours(self._of_records, pause, now)})

    def _say_of_pause(
        self, act: str, draw: Callable[[Daily, datetime], dict[str, Daily | HoursFrom | None]]
    ) -> tuple[str, FileState] | None:
        now = self._now()
        truth = self._any(lambda one: one.is_pause and one.announced < now, self._of_records)
        if truth is None or any(said.announced == now for said in truth.said):
            return None
        known = standing(truth, now, old_zones=False)
        said = draw(known.pause, now)
        if None in said.values() or known.end <= now:
            return None
        new = StatedEnd(number=self._next(), announced=now, confirmed=now, **said)
        return f"{act} {truth.id}", self._put(replace(truth, said=(*truth.said, new)))

    def add_day(self) -> tuple[str, FileState]:
        """Write down a new truce of whose end only the day is known."""
        self._counted += 1
        announced = self._now()
        truth = Truth(
            id=f"truce-{self._counted}",
            file=self._of_records.choice(FILES),
            tags=self._of_records.choice(((TAGS[0],), TAGS)),
            zone=MANILA,
            announced=announced,
            starts=announced,
            first_end=_day(announced + self._of_records.choice((0, 0, 1, 2)) * A_DAY),
        )
        return f"add {truth.id}", self._put(truth)

    def add_twice(self) -> tuple[str, FileState] | None:
        """Write down a new truce that ends in the hour that happens twice."""
        announced = self._now()
        ends = CLOCKS_BACK - timedelta(minutes=self._of_records.choice((1, 25, 60)))
        if announced > ends - timedelta(minutes=20):
            return None
        self._counted += 1
        truth = Truth(
            id=f"truce-{self._counted}",
            file=self._of_records.choice(FILES),
            tags=self._of_records.choice(((TAGS[0],), TAGS)),
            zone=TWICE,
            announced=announced,
            starts=announced,
            first_end=Hour(ends.replace(tzinfo=None) + NEW_OFFSET, zone=TWICE),
        )
        return f"add {truth.id}", self._put(truth)

    def extend(self) -> tuple[str, FileState] | None:
        """Record that the end moves: later mostly, sometimes earlier, by so much or until an hour, or to no end."""
        truth = self._any(_is_no_pause)
        if truth is None:
            return None
        how = self._random.choice(("by", "until", "until", "shorten", "open"))
        now = self._now()
        if any(said.announced == now for said in truth.said):
            return None  # nobody is as fast as that, and a `by` would not count from it
        end = standing(truth, now, old_zones=False).expiry
        said = StatedEnd(number=self._next(), announced=now, confirmed=now)
        if how == "open" or (how == "by" and end is None):
            new = said
        elif how == "by":
            hours = self._random.choice((1, 3, 6))
            new = replace(said, by=A_DAY if truth.zone == MANILA else timedelta(hours=hours))
        elif how == "shorten":
            earlier = now + timedelta(minutes=self._random.choice((20, 70, 400)))
            new = replace(said, until=self._hour_or_day(earlier, truth))
        else:
            later = max(end.over if end else now, now) + timedelta(minutes=self._random.choice((10, 60, 240)))
            new = replace(said, until=self._hour_or_day(later, truth))
        extended = replace(truth, said=(*truth.said, new))
        return (f"extend {truth.id} {how}", self._put(extended)) if _begins_before_each_end(extended) else None

    def claim(self) -> tuple[str, FileState] | None:
        """Record what one party alone says of the end."""
        truth = self._any(_is_no_pause)
        if truth is None:
            return None
        now = self._now()
        end = (standing(truth, now, old_zones=False).expiry or OPEN).over
        end = now + timedelta(hours=8) if end == OPEN.over else end
        until = max(now + timedelta(minutes=15), end + timedelta(minutes=self._random.choice((-200, -65, -20, 90))))
        new = StatedEnd(
            number=self._next(),
            announced=now,
            until=self._hour_or_day(until, truth),
            confirmed=None,
            party=self._random.choice(PARTIES),
        )
        claimed = replace(truth, said=(*truth.said, new))
        return (f"claim {truth.id}", self._put(claimed)) if _begins_before_each_end(claimed) else None

    def judge(self) -> tuple[str, FileState] | None:
        """Confirm or deny something that was said."""
        now = self._now()

        def may_be_judged(said: StatedEnd) -> bool:
            return said.denied is None and said.announced < now and said.void is None

        truth = self._any(lambda one: _is_no_pause(one) and any(map(may_be_judged, one.said)))
        if truth is None:
            return None
        place = self._random.choice([place for place, said in enumerate(truth.said) if may_be_judged(said)])
        before = truth.said[place]
        if before.confirmed is None and self._random.random() < 0.6:
            act, after = "confirm", replace(before, confirmed=now)
        else:
            act, after = "deny", replace(before, denied=now)
        said = (*truth.said[:place], after, *truth.said[place + 1 :])
        return f"{act} {truth.id}", self._put(replace(truth, said=said))

    def move(self) -> tuple[str, FileState] | None:
        """Correct the first end."""
        truth = self._any(_is_no_pause)
        if truth is None:
            return None
        by = timedelta(minutes=self._random.choice((-60, -15, 30, 120)))
        if isinstance(truth.first_end, Day):
            by = A_DAY
        moved = replace(truth.first_end, wall=truth.first_end.wall + by)
        if moved.ending(old_zones=False).at <= truth.starts + timedelta(hours=2):
            return None
        return f"move {truth.id}", self._put(replace(truth, first_end=moved))

    def terminate(self) -> tuple[str, FileState] | None:
        """Record that a party ends it early, confirmed or not, beside what was recorded of that before."""
        truth = self._any(lambda one: len(one.ended) < MANY)
        if truth is None:
            return None
        now = self._now()
        at = now + timedelta(minutes=self._random.choice((0, 30, 100)))
        end = standing(truth, now, old_zones=False).expiry
        if at <= truth.starts or (end is not None and at >= end.over):
            return None
        ended = StatedTermination(
            number=self._next(),
            announced=now,
            at=at,
            confirmed=self._random.random() < 0.6,
            party=self._random.choice(PARTIES),
        )
        return f"terminate {truth.id}", self._put(replace(truth, ended=(*truth.ended, ended)))

    def take_away(self) -> tuple[str, FileState] | None:
        """Take out the last thing that was said of a truce, or its last termination."""
        truth = self._any(lambda one: any(said.void is None for said in (one.ended or one.said)[-1:]))
        if truth is None:
            return None
        less = replace(truth, ended=truth.ended[:-1]) if truth.ended else replace(truth, said=truth.said[:-1])
        return f"take-away {truth.id}", self._put(less)

    def withdraw(self) -> tuple[str, FileState] | None:
        """Take a truce out of its file, with or without a word in the list of what was withdrawn."""
        truth = self._any()
        if truth is None:
            return None
        del self._truths[truth.id]
        if self._random.random() < 0.5:
            self._withdrawn.append(truth.id)
        return f"withdraw {truth.id}", self.save()

    def withdraw_many(self) -> tuple[str, FileState] | None:
        """Take several truces out of files that stay, without a word in the list."""
        if len(self._truths) < MANY:
            return None
        for truce in self._random.sample(sorted(self._truths), self._random.randint(MANY, len(self._truths))):
            del self._truths[truce]
        return "withdraw many", self.save()

    # What the desk records about its own work.

    def check(self) -> tuple[str, FileState] | None:
        """Record that a truce was found to hold still."""
        truth = self._lapsed_or_any()
        if truth is None:
            return None
        return f"check {truth.id}", self._put(replace(truth, checked=(*truth.checked, self._now())))

    def close(self) -> tuple[str, FileState] | None:
        """Record that the desk is done with a truce, though it may not have lapsed."""
        truth = self._lapsed_or_any()
        if truth is None:
            return None
        return f"close {truth.id}", self._put(replace(truth, closed=(*truth.closed, self._now())))

    def void(self) -> tuple[str, FileState] | None:
        """Mark something that was said, or a termination, as a mistake of recording; or take such a mark away."""
        truth = self._any(lambda one: _is_no_pause(one) and bool(one.said or one.ended), self._of_records)
        if truth is None:
            return None
        one = self._of_records.choice((*truth.said, *truth.ended))
        marked = replace(one, void=self._now() if one.void is None else None)
        changed = replace(
            truth,
            said=tuple(marked if each is one else each for each in truth.said),
            ended=tuple(marked if each is one else each for each in truth.ended),
        )
        try:
            standing(changed, self._now(), old_zones=False)
        except OverflowError:  # a `by` would count from no end at all
            return None
        return f"void {truth.id} {one.number}", self._put(changed)

    def owe(self) -> tuple[str, FileState] | None:
        """Write down a milestone of a truce, or another moment for the one that it has."""
        truth = self._any(lambda one: not any(each.is_answered for each in one.milestones), self._of_records)
        if truth is None:
            return None
        owed = max(self._now(), _latest_start(truth)) + timedelta(minutes=self._of_records.choice((10, 70, 200, 1500)))
        return f"owe {truth.id}", self._put(replace(truth, milestones=(StatedMilestone(id="owed", at=owed),)))

    def answer(self) -> tuple[str, FileState] | None:
        """Record that the milestone of a truce was met."""
        truth = self._any(
            lambda one: bool(one.milestones) and not any(each.is_answered for each in one.milestones), self._of_records
        )
        if truth is None:
            return None
        (one, *rest) = truth.milestones
        return f"answer {truth.id}", self._put(replace(truth, milestones=(replace(one, met=self._now()), *rest)))

    def oblige(self) -> tuple[str, FileState] | None:
        """Write down a milestone of a truce, or another moment for one that it has."""
        truth = self._any(random=self._of_records)
        if truth is None:
            return None
        there = {one.id: one for one in truth.milestones}
        again = [one for one in truth.milestones if not one.is_answered]
        if again and (self._of_records.random() < 0.4 or len(there) == MANY):
            known = self._of_records.choice(again)
            new = self._milestone(known.id, (known.base,), truth)
        else:
            new = self._milestone(f"owed-{self._next()}", (START, *there), truth)
        owed = replace(truth, milestones=tuple({**there, new.id: new}.values()))
        return f"oblige {truth.id} {new.id}", self._put(owed)

    def _milestone(self, name: str, bases: tuple[str, ...], truth: Truth) -> StatedMilestone:
        """A milestone at a moment, or so long after one of the bases."""
        soon = timedelta(minutes=self._of_records.choice((10, 70, 200, 1500)))
        if self._of_records.random() < 0.4:
            return StatedMilestone(id=name, at=max(self._now(), _latest_start(truth)) + soon)
        return StatedMilestone(id=name, after=soon, base=self._of_records.choice(bases))

    def judge_obligation(self) -> tuple[str, FileState] | None:
        """Record what became of a milestone: that it was met, or missed."""
        truth = self._any(lambda one: not all(each.is_answered for each in one.milestones), self._of_records)
        if truth is None:
            return None
        one = self._of_records.choice([each for each in truth.milestones if not each.is_answered])
        outcome = self._of_records.choice(("met", "met", "missed"))
        answered = replace(one, **{outcome: self._now()})
        milestones = tuple(answered if each is one else each for each in truth.milestones)
        return f"judge {truth.id} {one.id} {outcome}", self._put(replace(truth, milestones=milestones))

    def take_out(self) -> tuple[str, FileState] | None:
        """Take a truce out of the register and keep its text."""
        truth = self._lapsed_or_any(share=0.2)
        if truth is None:
            return None
        return f"take-out {truth.id}", self._put(replace(truth, taken_out=(*truth.taken_out, (self._now(), None))))

    def restore(self) -> tuple[str, FileState] | None:
        """Bring back what was taken out."""
        found = [truth for truth in self._truths.values() if truth.is_taken_out]
        if not found:
            return None
        truth = self._of_records.choice(found)
        *before, (at, _) = truth.taken_out
        return f"restore {truth.id}", self._put(replace(truth, taken_out=(*before, (at, self._now()))))

    # What goes wrong at the desk, one thing at a time; each is mended by the next `save`.

    def half_written(self) -> tuple[str, FileState] | None:
        """A file is cut off in the middle of a line."""
        truth = self._any()
        if truth is None:
            return None
        of_file = self._of(truth.file)
        text = "".join(map(truce_text, of_file))
        cut = text.index('title = "', text.index(f'id = "{truth.id}"')) + len('title = "Ca')
        if truth.said and self._random.random() < 0.5:
            cut = text.index("announced = ", text.index(f'note = "{truth.said[-1].number}"')) + len("announced = 2026-")
        place = of_file.index(truth)
        self._mend()
        self._write(truth.file, text[:cut])
        broken = frozenset(one.id for one in of_file[place:])
        return f"half-written {truth.file}", self._state(broken=broken, cut=frozenset({truth.file}))

    def bad_value(self) -> tuple[str, FileState] | None:
        """Somebody writes an hour that nobody can know for certain."""
        truth = self._any()
        if truth is None:
            return None
        text = "".join(map(truce_text, self._of(truth.file)))
        good = truce_text(truth)
        if self._random.random() < 0.5:
            bad = good + '\n[[truce.claim]]\nannounced = 2026-01-20T10:00:00Z\nuntil = "midnight Wed 21 Jan 2026"\n'
        else:
            bad = good.replace("zone =", "zome =", 1)
        self._mend()
        self._write(truth.file, text.replace(good, bad))
        return f"bad-value {truth.id}", self._state(broken=frozenset({truth.id}))

    def duplicate(self) -> tuple[str, FileState] | None:
        """The same truce stands in a file twice."""
        truth = self._any()
        if truth is None:
            return None
        self._mend()
        self._write(truth.file, "".join(map(truce_text, [*self._of(truth.file), truth])))
        return f"duplicate {truth.id}", self._state(broken=frozenset({truth.id}))

    def lose_file(self) -> tuple[str, FileState] | None:
        """A file is emptied or deleted, with all that stands in it."""
        truth = self._any()
        if truth is None:
            return None
        self._mend()
        act = self._random.choice(("emptied", "deleted"))
        if act == "deleted":
            (self._folder / truth.file).unlink()
            self._saves += 1
        else:
            self._write(truth.file, "")
        return f"{act} {truth.file}", self._state(missing=frozenset(one.id for one in self._of(truth.file)))

    def lose_all(self) -> tuple[str, FileState] | None:
        """Everything is deleted, sometimes the folder too."""
        if not self._truths:
            return None
        self._mend()
        self._saves += 1
        act = self._random.choice(("every file", "the folder"))
        if act == "the folder":
            rmtree(self._folder)
        else:
            for path in self._folder.iterdir():
                path.unlink()
        return f"deleted {act}", self._state(missing=frozenset(self._truths))

    def save(self) -> FileState:
        """Save everything as it ought to stand."""
        self._mend()
        return self._state()

    # How it is written.

    def _mend(self) -> None:
        for file in FILES:
            of_file = self._of(file)
            text = "".join(map(truce_text, of_file))
            path = self._folder / file
            if text or path.exists():
                self._write(file, text)
        if self._withdrawn:
            self._write(WITHDRAWN, f"withdrawn = {self._withdrawn}\n".replace("'", '"'))

    def _put(self, truth: Truth) -> FileState:
        self._truths[truth.id] = truth
        return self.save()

    def _state(
        self,
        *,
        broken: frozenset[str] = frozenset(),
        missing: frozenset[str] = frozenset(),
        cut: frozenset[str] = frozenset(),
    ) -> FileState:
        there = {truth.id: truth for truth in self._truths.values() if truth.id not in broken | missing}
        return FileState(
            number=self._saves,
            truths=tuple(truth for truth in there.values() if not truth.is_taken_out),
            broken=frozenset(one for one in broken if not self._truths[one].is_taken_out),
            broken_files=frozenset(self._truths[one].file for one in broken),
            withdrawn=frozenset(
                [
                    *(self._withdrawn if (self._folder / WITHDRAWN).exists() else ()),
                    *(truth.id for truth in there.values() if truth.is_taken_out),
                ]
            ),
            missing=missing,
            cut_files=cut,
            texts=tuple((path.name, path.read_text()) for path in sorted(self._folder.glob("*.toml"))),
        )

    def _write(self, file: str, text: str) -> None:
        """Save a file as an editor does, with a time of its own for each save, however fast they follow each other."""
        self._saves += 1
        self._folder.mkdir(exist_ok=True)
        path = self._folder / file
        if path.exists() and path.read_text() == text:
            return
        path.write_text(text)
        stamp = (1_700_000_000 + self._saves) * 1_000_000_000
        os.utime(path, ns=(stamp, stamp))

    def _of(self, file: str) -> list[Truth]:
        return [truth for truth in self._truths.values() if truth.file == file]

    def _any(self, fits=lambda _truth: True, random: Random | None = None) -> Truth | None:
        """One of the truces that are worth an edit, the younger the likelier."""
        found = [truth for truth in self._truths.values() if not truth.is_taken_out and fits(truth)][-4:]
        return (random or self._random).choice(found) if found else None

    def _lapsed_or_any(self, share: float = 0.8) -> Truth | None:
        """A truce that has lapsed, in such a share of cases and where there is one; else any."""
        now = self._now()

        def has_lapsed(truth: Truth) -> bool:
            expiry = standing(truth, now, old_zones=False).expiry
            return expiry is not None and expiry.over <= now

        wants_lapsed = self._of_records.random() < share
        lapsed = self._any(has_lapsed, self._of_records) if wants_lapsed else None
        return lapsed or self._any(random=self._of_records)

    def _next(self) -> int:
        self._counted += 1
        return self._counted

    def _now(self) -> datetime:
        """The true time, in whole seconds."""
        return self._timeline.true().replace(microsecond=0)

    def _hour(self, moment: datetime) -> Hour:
        wall = (moment.replace(tzinfo=None) + NEW_OFFSET).replace(second=0, microsecond=0)
        return Hour(wall, fixed=self._random.random() < 0.3)

    def _hour_or_day(self, moment: datetime, truth: Truth) -> Hour | Day:
        """An hour as the clocks of the truce's zone show it then; in Manila also a day."""
        hour = self._hour(moment)
        if truth.zone == MANILA and self._of_records.random() < 0.5:
            return _day(moment)
        if truth.zone == MANILA and not hour.fixed:
            return replace(hour, wall=hour.wall - NEW_OFFSET + MANILA_OFFSET, zone=MANILA)
        if truth.zone == TWICE and not hour.fixed:
            offset = NEW_OFFSET if moment < CLOCKS_BACK else OLD_OFFSET
            return replace(hour, wall=hour.wall - NEW_OFFSET + offset, zone=TWICE)
        return hour


def _is_no_pause(truth: Truth) -> bool:
    return not truth.is_pause


def _latest_start(truth: Truth) -> datetime:
    """The start by the old rules of its zone or by the new ones, whichever is later: no milestone may come before."""
    if isinstance(truth.first_end, Daily):
        return max(truth.first_end.windows(old_zones=is_old)[0].opens for is_old in (True, False))
    return truth.starts


def _begins_before_each_end(truth: Truth) -> bool:
    """True if no end or milestone that is written down comes before the start, as that is refused."""
    ends = [truth.first_end, *(said.until for said in truth.said if said.until is not None)]
    owed = [one.at for one in truth.milestones if one.at is not None]
    return all(truth.starts < end.ending(old_zones=False).over for end in ends) and truth.starts <= min(
        owed, default=truth.starts
    )


def _day(moment: datetime) -> Day:
    wall = moment.replace(tzinfo=None) + MANILA_OFFSET
    return Day(wall.replace(hour=0, minute=0, second=0, microsecond=0))
