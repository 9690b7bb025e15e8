"""The people at the desk: they save truce files, mostly well, sometimes badly, at moments that the seed chooses.

Whatever they save, the state that goes with it says plainly what stands there then. Their own clock is right: a time
that they write is the true one, whatever the daemon's clock shows.
"""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from shutil import rmtree

from simulation.events import FileState
from simulation.expected import NEW_OFFSET, Hour, StatedEnd, StatedTermination, Truth, standing
from simulation.timeline import Timeline

PARTIES = ("Army", "Opposition")
TAGS = ("syria", "north")
FILES = ("a.toml", "b.toml")
WITHDRAWN = "withdrawn.toml"
MANY = 3


class Editor:
    """Holds what ought to stand in the files, and saves it."""

    def __init__(self, folder: Path, timeline: Timeline, random: Random) -> None:
        self._folder = folder
        self._timeline = timeline
        self._random = random
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

    def extend(self) -> tuple[str, FileState] | None:
        """Record that the end moves: later mostly, sometimes earlier, by so much or until an hour, or to no end."""
        truth = self._any()
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
            new = replace(said, by=timedelta(hours=self._random.choice((1, 3, 6))))
        elif how == "shorten":
            new = replace(said, until=self._hour(now + timedelta(minutes=self._random.choice((20, 70, 400)))))
        else:
            later = max(end or now, now) + timedelta(minutes=self._random.choice((10, 60, 240)))
            new = replace(said, until=self._hour(later))
        return f"extend {truth.id} {how}", self._put(replace(truth, said=(*truth.said, new)))

    def claim(self) -> tuple[str, FileState] | None:
        """Record what one party alone says of the end."""
        truth = self._any()
        if truth is None:
            return None
        now = self._now()
        end = standing(truth, now, old_zones=False).expiry or now + timedelta(hours=8)
        until = max(now + timedelta(minutes=15), end + timedelta(minutes=self._random.choice((-200, -65, -20, 90))))
        new = StatedEnd(
            number=self._next(),
            announced=now,
            until=self._hour(until),
            confirmed=None,
            party=self._random.choice(PARTIES),
        )
        return f"claim {truth.id}", self._put(replace(truth, said=(*truth.said, new)))

    def judge(self) -> tuple[str, FileState] | None:
        """Confirm or deny something that was said."""
        now = self._now()

        def may_be_judged(said: StatedEnd) -> bool:
            return said.denied is None and said.announced < now

        truth = self._any(lambda one: any(map(may_be_judged, one.said)))
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
        truth = self._any()
        if truth is None:
            return None
        by = timedelta(minutes=self._random.choice((-60, -15, 30, 120)))
        moved = replace(truth.first_end, wall=truth.first_end.wall + by)
        if moved.at(old_zones=False) <= truth.starts + timedelta(hours=2):
            return None
        return f"move {truth.id}", self._put(replace(truth, first_end=moved))

    def terminate(self) -> tuple[str, FileState] | None:
        """Record that a party ended it early, confirmed or not."""
        truth = self._any(lambda one: one.ended is None)
        if truth is None:
            return None
        now = self._now()
        at = now + timedelta(minutes=self._random.choice((0, 30, 100)))
        end = standing(truth, now, old_zones=False).expiry
        if at <= truth.starts or (end is not None and at >= end):
            return None
        ended = StatedTermination(announced=now, at=at, confirmed=self._random.random() < 0.6)
        return f"terminate {truth.id}", self._put(replace(truth, ended=ended))

    def take_away(self) -> tuple[str, FileState] | None:
        """Take out the last thing that was said of a truce, or its termination."""
        truth = self._any(lambda one: bool(one.said) or one.ended is not None)
        if truth is None:
            return None
        less = replace(truth, ended=None) if truth.ended is not None else replace(truth, said=truth.said[:-1])
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

    # What goes wrong at the desk, one thing at a time; each is mended by the next `save`.

    def half_written(self) -> tuple[str, FileState] | None:
        """A file is cut off in the middle of a line."""
        truth = self._any()
        if truth is None:
            return None
        of_file = self._of(truth.file)
        text = "".join(map(_text, of_file))
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
        text = "".join(map(_text, self._of(truth.file)))
        good = _text(truth)
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
        self._write(truth.file, "".join(map(_text, [*self._of(truth.file), truth])))
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
            text = "".join(map(_text, of_file))
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
        return FileState(
            number=self._saves,
            truths=tuple(truth for truth in self._truths.values() if truth.id not in broken | missing),
            broken=broken,
            broken_files=frozenset(self._truths[one].file for one in broken),
            withdrawn=frozenset(self._withdrawn if (self._folder / WITHDRAWN).exists() else ()),
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

    def _any(self, fits=lambda _truth: True) -> Truth | None:
        """One of the truces that are worth an edit, the younger the likelier."""
        found = [truth for truth in self._truths.values() if fits(truth)][-4:]
        return self._random.choice(found) if found else None

    def _next(self) -> int:
        self._counted += 1
        return self._counted

    def _now(self) -> datetime:
        """The true time, in whole seconds."""
        return self._timeline.true().replace(microsecond=0)

    def _hour(self, moment: datetime) -> Hour:
        wall = (moment.replace(tzinfo=None) + NEW_OFFSET).replace(second=0, microsecond=0)
        return Hour(wall, fixed=self._random.random() < 0.3)


def _text(truth: Truth) -> str:
    """A truce as TOML."""
    lines = [
        "[[truce]]",
        f'id = "{truth.id}"',
        f'title = "Calm of {truth.id}"',
        'zone = "Asia/Damascus"',
        f"tags = {list(truth.tags)}".replace("'", '"'),
        f"announced = {_moment(truth.announced)}",
        f"starts = {_moment(truth.starts)}",
        f"ends = {_hour_text(truth.first_end)}",
    ]
    for one in truth.said:
        lines += ["[[truce.claim]]" if one.party is not None else "[[truce.extension]]", f'note = "{one.number}"']
        lines.append(f"announced = {_moment(one.announced)}")
        if one.until is not None:
            lines.append(f"until = {_hour_text(one.until)}")
        elif one.by is not None:
            lines.append(f'by = "{one.by // timedelta(hours=1)}h"')
        else:
            lines.append("open = true")
        if one.party is not None:
            lines.append(f'stated_by = ["{one.party}"]')
        if one.confirmed is not None and one.confirmed != one.announced:
            lines.append(f"confirmed = {_moment(one.confirmed)}")
        if one.denied is not None:
            lines.append(f"denied = {_moment(one.denied)}")
    if truth.ended is not None:
        lines += ["[truce.termination]", f"announced = {_moment(truth.ended.announced)}"]
        lines.append(f"at = {_moment(truth.ended.at)}")
        if not truth.ended.confirmed:
            lines.append("confirmed = false")
    return "\n".join(lines) + "\n\n"


def _moment(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _hour_text(hour: Hour) -> str:
    return hour.wall.strftime("%Y-%m-%dT%H:%M:%S") + ("+03:00" if hour.fixed else "")
