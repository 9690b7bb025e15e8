"""What people read, kept in `golden/` as it is sent: a change of wording shows as a change of these files.

`GOLDEN=write pytest tests/message/test_render.py` writes them anew; read each line of the difference before keeping it.
"""

import os
import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from factories import claim, day, delivery, end, extended_truce, moment, record, step_of, termination, truce
from hypothesis import given
from hypothesis.strategies import text
from jinja2 import DictLoader, PackageLoader
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.alert import Change, Kind
from alertd.domain.milestone import Milestone, MilestoneMove
from alertd.domain.notice import Notice, Sent
from alertd.domain.plan import plan
from alertd.domain.policy import Policy, Subscription
from alertd.domain.statement import DeskAct
from alertd.message.facts import facts
from alertd.message.links import Links
from alertd.message.render import FORMS, Renderer, Template, TemplateRefused, escape_markdown
from alertd.message.shift import Shift, glance, shift_text
from alertd.message.specimens import specimens
from alertd.message.values import Reader
from alertd.message.wording import clean
from alertd.times.end import End

GOLDEN = Path(__file__).parent / "golden"
RELEASE = Milestone(
    id="release",
    what="release of all who are held",
    by="Hamas",
    at=moment("2025-10-13T09:00"),
    announced=moment("2025-10-09T05:00"),
    sources=("https://example.org/terms",),
)
GAZA = truce(
    id="gaza-2025",
    title="Ceasefire, Gaza",
    zone="Asia/Gaza",
    announced=moment("2025-10-09T05:00"),
    starts=moment("2025-10-10T09:00"),
    first_end=End.open(),
    milestones=(RELEASE,),
)
ZURICH = Reader(zone_name="Europe/Zurich", zone=ZoneInfo("Europe/Zurich"))
DESK = Subscription(channel="desk", targets=("desk",))
LATE_AFTER = timedelta(seconds=60)


def told(notice, *, late=timedelta(seconds=1), **other):
    """The facts of an alert that goes out `late` after it is due."""
    return facts(
        notice,
        reader=ZURICH,
        truce_zone=ZoneInfo(notice.truce.zone) if notice.truce else None,
        now=notice.delivery.due_at + late,
        late_after=LATE_AFTER,
        **other,
    )


def milestone(stage):
    """An alert of the release that the truce in Gaza of October 2025 asked for within 72 h of noon."""
    return ladder(GAZA, Kind.MILESTONE, stage=stage, ends_at=None, at="2025-10-13T09:00", milestone="release")


def milestone_moved(**other):
    old, new = replace(RELEASE, at=moment("2025-10-13T06:00")), RELEASE
    change = Change(
        kind=Kind.CORRECTED, old=GAZA.first_end, new=GAZA.first_end, moved=(MilestoneMove(old=old, new=new),), **other
    )
    due_at = moment("2025-10-11T06:00")
    return Notice(delivery=delivery(Kind.CORRECTED, ends_at=None, due_at=due_at), truce=GAZA, change=change)


def ladder(
    watched, kind=Kind.REMINDER, *, stage, ends_at="2016-05-03T22:00", text=None, possible_repeat=False, **other
):
    return Notice(
        delivery=delivery(kind, stage=stage, ends_at=ends_at, truce=watched.id, **other),
        truce=watched,
        change=None,
        text=text,
        possible_repeat=possible_repeat,
    )


def changed(truce, kind, old, new, *, earlier=(), at="2016-05-02T09:00", **other):
    change = Change(kind=kind, old=old, new=new, **other)
    alert = delivery(kind, ends_at=None, due_at=moment(at), revision=2)
    agenda = () if kind is Kind.WITHDRAWN else plan(truce, [DESK], Policy(), reviews_until=moment(at), now=moment(at))
    return Notice(delivery=alert, truce=truce, change=change, earlier=earlier, ahead=agenda)


def step(notice, *, due_at, number=2, people=1, is_last=False, **other):
    """The step of an escalation that follows an alert which the desk was sent."""
    to_duty = {"due_at": moment(due_at), "channel": "duty", "target": "duty"}
    made = step_of(notice.delivery, number=number, people=people, is_last=is_last, **to_duty)
    return replace(notice, delivery=made, **other)


def truceless(kind, text):
    alert = delivery(kind, ends_at=None, truce=None, about=None if kind is Kind.SHIFT else "truces/syria.toml")
    return Notice(delivery=alert, truce=None, change=None, text=text)


CENTRE = claim("2016-05-03T21:00", announced="2016-05-02T10:00")
EXTENDED = extended_truce(CENTRE)
FIRST_EXTENSION, LAST_EXTENSION, _ = EXTENDED.records
DENIED = claim(
    "2016-05-10T22:00",
    announced="2016-05-03T08:00",
    denied="2016-05-03T12:00",
    denied_by=("Foreign Ministry",),
    denied_sources=("https://example.org/denial",),
    stated_by=("A local council",),
    sources=("https://example.org/council",),
)
IN_DOUBT = extended_truce(CENTRE, DENIED)
COUNCIL = claim("2016-05-10T22:00", announced="2016-05-02T08:00", stated_by=("A local council",))
STATED = claim("2016-04-30T21:00", announced="2016-04-30T08:00")
BEIRUT = truce(
    id="south-lebanon",
    title="Cessation of hostilities, South Lebanon",
    zone="Asia/Beirut",
    announced=moment("2025-01-26T20:00"),
    starts=moment("2024-11-27T02:00"),
    first_end=day("2025-02-17T22:00"),
)
TALKS = End.conditional("the talks in Geneva are concluded")
CONDITIONAL = truce(first_end=TALKS, area="Eastern Ghouta", parties=("Syrian army", "Jaish al-Islam"))
TWICE = truce(
    id="gaza-pause",
    title="Humanitarian pause, Gaza",
    zone="Asia/Gaza",
    announced=moment("2023-10-27T09:00"),
    starts=moment("2023-10-27T10:00"),
    first_end=End.instant(moment("2023-10-27T22:30"), second=moment("2023-10-27T23:30")),
)
DOUBTED_END = truce(records=(claim("2016-05-01T09:00", announced="2016-04-30T12:00"),))
STOPS = termination(
    "2016-05-03T09:00", announced="2016-05-02T18:00", stated_by=("Jaish al-Islam",), reason="shelling of Douma"
)
DOUBTED_STOP = termination(
    "2016-05-03T09:00", announced="2016-05-02T18:00", confirmed=False, stated_by=("Radio Damascus",)
)
STOPPING = extended_truce(termination=STOPS)
RIVALS = extended_truce(record("2016-05-03T21:00", announced="2016-05-02T09:00", stated_by=("Russian centre",)))
HALF_READ = truce(
    left_out=("truces/syria.toml:14: extension left out: `until` names a weekday twice",),
    note="Access team calls the UN desk before each convoy.",
)
RENUMBERED = truce(first_end=end("2016-04-30T21:00"))


def digest(*, sent):
    """A shift digest of a truce that is claimed to end earlier, of one that expired yesterday, and of an open one."""
    since, now = moment("2016-05-02T17:00"), moment("2016-05-03T05:00")
    lapsed = truce(id="latakia", title="Calm in Latakia", first_end=end("2016-05-02T16:00"))
    unended = truce(id="aleppo", title="Calm in Aleppo", first_end=End.open())
    shift = Shift(
        since=since,
        truces=tuple(glance(about, since, now, zone_for=ZoneInfo) for about in (EXTENDED, lapsed, unended)),
        changes=(),
        sent=sent,
        not_watched=(),
        held=(),
        failing=(),
    )
    return shift_text(shift, now, zone_for=ZoneInfo)


SHORTENED_AT_SIX = changed(
    extended_truce(record("2016-05-03T10:00", announced="2016-05-02T18:00")),
    Kind.SHORTENED,
    end("2016-05-03T22:00"),
    end("2016-05-03T10:00"),
    statement=record("2016-05-03T10:00", announced="2016-05-02T18:00"),
    at="2016-05-02T18:00",
)

CASES = {
    "recorded": lambda: told(changed(truce(), Kind.RECORDED, None, end("2016-04-30T22:00"), at="2016-04-29T15:00")),
    "recorded-conditional": lambda: told(changed(CONDITIONAL, Kind.RECORDED, None, TALKS, at="2016-04-29T15:00")),
    "recorded-date": lambda: told(changed(BEIRUT, Kind.RECORDED, None, BEIRUT.first_end, at="2025-01-26T20:00")),
    "recorded-half-read": lambda: told(
        changed(HALF_READ, Kind.RECORDED, None, end("2016-04-30T22:00"), at="2016-04-29T15:00")
    ),
    "reminder": lambda: told(ladder(EXTENDED, stage="6h"), others=("board", "oncall")),
    "reminder-24h": lambda: told(ladder(extended_truce(), stage="24h")),
    "reminder-doubt": lambda: told(ladder(IN_DOUBT, stage="1h")),
    "reminder-rivals": lambda: told(ladder(RIVALS, stage="1h", ends_at="2016-05-03T21:00")),
    "reminder-one-party": lambda: told(ladder(extended_truce(parties=("Syrian army", "Jaish al-Islam")), stage="1h")),
    "reminder-claim": lambda: told(ladder(EXTENDED, stage="6h", ends_at="2016-05-03T21:00")),
    "reminder-claim-now": lambda: told(ladder(EXTENDED, stage="0", ends_at="2016-05-03T21:00")),
    "reminder-date": lambda: told(ladder(BEIRUT, stage="24h", ends_at="2025-02-17T22:00")),
    "reminder-date-last": lambda: told(ladder(BEIRUT, stage="6h", ends_at="2025-02-17T22:00", at="2025-02-18T22:00")),
    "reminder-date-now": lambda: told(ladder(BEIRUT, stage="0", ends_at="2025-02-17T22:00")),
    "reminder-termination": lambda: told(ladder(STOPPING, stage="6h", ends_at="2016-05-03T09:00")),
    "reminder-termination-now": lambda: told(ladder(STOPPING, stage="0", ends_at="2016-05-03T09:00")),
    "reminder-termination-unconfirmed": lambda: told(
        ladder(extended_truce(termination=DOUBTED_STOP), stage="6h", ends_at="2016-05-03T09:00")
    ),
    "reminder-overlap": lambda: told(ladder(TWICE, stage="1h", ends_at="2023-10-27T22:30")),
    "reminder-late": lambda: told(
        ladder(EXTENDED, stage="6h"),
        late=timedelta(hours=2, minutes=10, seconds=5),
        others=("board", "oncall"),
        links=Links("https://board.example.org", b"a key of the tests alone, 32 long"),
    ),
    "reminder-possible-repeat": lambda: told(ladder(EXTENDED, stage="6h", possible_repeat=True)),
    "reminder-test": lambda: told(ladder(EXTENDED, stage="6h"), late=timedelta(hours=-9), test=True),
    "reminder-fallback": lambda: told(
        ladder(EXTENDED, stage="6h", text="Sent in place of channel desk, which could not be reached.")
    ),
    "lapsed": lambda: told(ladder(EXTENDED, Kind.LAPSED, stage="0")),
    "lapsed-after": lambda: told(ladder(EXTENDED, Kind.LAPSED, stage="+15m")),
    "lapsed-date": lambda: told(
        ladder(
            BEIRUT,
            Kind.LAPSED,
            stage="0",
            ends_at="2025-02-17T22:00",
            at="2025-02-18T22:00",
        )
    ),
    "lapsed-overlap": lambda: told(ladder(TWICE, Kind.LAPSED, stage="0", ends_at="2023-10-27T22:30")),
    "lapsed-overlap-again": lambda: told(
        ladder(TWICE, Kind.LAPSED, stage="0", ends_at="2023-10-27T22:30", at="2023-10-27T23:30")
    ),
    "reminder-later-claim": lambda: told(ladder(DOUBTED_END, stage="6h", ends_at="2016-05-01T09:00")),
    "extended": lambda: told(
        changed(
            truce(records=(record("2016-05-01T22:00", announced="2016-04-30T20:00"),)),
            Kind.EXTENDED,
            end("2016-04-30T22:00"),
            end("2016-05-01T22:00"),
            statement=record("2016-05-01T22:00", announced="2016-04-30T20:00"),
            at="2016-04-30T20:00",
        )
    ),
    "extended-after-lapse": lambda: told(
        changed(EXTENDED, Kind.EXTENDED, end("2016-05-01T22:00"), end("2016-05-03T22:00"), statement=LAST_EXTENSION)
    ),
    "extended-earlier-untold": lambda: told(
        changed(
            EXTENDED,
            Kind.EXTENDED,
            end("2016-05-01T22:00"),
            end("2016-05-03T22:00"),
            statement=LAST_EXTENSION,
            earlier=(
                Change(
                    kind=Kind.EXTENDED,
                    old=end("2016-04-30T22:00"),
                    new=end("2016-05-01T22:00"),
                    statement=FIRST_EXTENSION,
                ),
            ),
        )
    ),
    "shortened": lambda: told(
        changed(
            extended_truce(record("2016-05-03T10:00", announced="2016-05-02T18:00")),
            Kind.SHORTENED,
            end("2016-05-03T22:00"),
            end("2016-05-03T10:00"),
            statement=record("2016-05-03T10:00", announced="2016-05-02T18:00"),
            at="2016-05-02T18:00",
        )
    ),
    "dated": lambda: told(
        changed(
            truce(
                first_end=TALKS, records=(COUNCIL, dated := record("2016-05-03T22:00", announced="2016-05-02T18:00"))
            ),
            Kind.DATED,
            TALKS,
            end("2016-05-03T22:00"),
            statement=dated,
            fallen=(COUNCIL,),
            at="2016-05-02T18:00",
        )
    ),
    "corrected": lambda: told(
        changed(RENUMBERED, Kind.CORRECTED, end("2016-04-30T22:00"), end("2016-04-30T21:00"), at="2016-04-30T12:00")
    ),
    "corrected-zone-data": lambda: told(
        changed(
            RENUMBERED,
            Kind.CORRECTED,
            end("2016-04-30T22:00"),
            end("2016-04-30T21:00"),
            reason="zone data changed from 2016c to 2016d",
            at="2016-04-30T12:00",
        )
    ),
    "corrected-start": lambda: told(
        changed(
            truce(),
            Kind.CORRECTED,
            end("2016-04-30T22:00"),
            end("2016-04-30T22:00"),
            reason="the start moved from 2100Z Fri 29 Apr to 2200Z Fri 29 Apr; the end stays",
            starts=(moment("2016-04-29T21:00"), moment("2016-04-29T22:00")),
            at="2016-04-29T16:00",
        )
    ),
    "corrected-claim": lambda: told(
        changed(EXTENDED, Kind.CORRECTED, end("2016-05-03T20:00"), end("2016-05-03T21:00"), statement=CENTRE)
    ),
    "corrected-claim-denied": lambda: told(
        changed(IN_DOUBT, Kind.CORRECTED, DENIED.end, None, statement=DENIED, at="2016-05-03T12:00")
    ),
    "corrected-extension-denied": lambda: told(
        changed(
            extended_truce(
                withdrawn := record(
                    "2016-05-05T22:00",
                    announced="2016-05-03T08:00",
                    denied="2016-05-03T12:00",
                    denied_by=("Foreign Ministry", "Embassy"),
                )
            ),
            Kind.CORRECTED,
            end("2016-05-05T22:00"),
            end("2016-05-03T22:00"),
            statement=withdrawn,
            at="2016-05-03T12:00",
        )
    ),
    "corrected-claim-gone": lambda: told(
        changed(
            extended_truce(),
            Kind.CORRECTED,
            CENTRE.end,
            None,
            statement=CENTRE,
            reason="the claim was taken out of the register",
        )
    ),
    "corrected-termination-denied": lambda: told(
        changed(
            extended_truce(
                termination=(
                    denied_stop := termination(
                        "2016-05-03T09:00",
                        announced="2016-05-02T18:00",
                        confirmed=False,
                        denied_at=moment("2016-05-02T19:00"),
                    )
                )
            ),
            Kind.CORRECTED,
            end("2016-05-03T09:00"),
            end("2016-05-03T22:00"),
            statement=denied_stop,
            at="2016-05-02T19:00",
        )
    ),
    "corrected-termination-gone": lambda: told(
        changed(
            extended_truce(),
            Kind.CORRECTED,
            end("2016-05-03T09:00"),
            end("2016-05-03T22:00"),
            reason="the termination was taken out of the register",
            at="2016-05-02T19:00",
        )
    ),
    "corrected-termination-moved": lambda: told(
        changed(STOPPING, Kind.CORRECTED, end("2016-05-03T07:00"), end("2016-05-03T09:00"), statement=STOPS)
    ),
    "opened": lambda: told(
        changed(
            truce(records=(STATED, opening := record(End.open(), announced="2016-04-30T20:00"))),
            Kind.OPENED,
            end("2016-04-30T22:00"),
            End.open(),
            statement=opening,
            fallen=(STATED,),
            at="2016-04-30T20:00",
        )
    ),
    "opened-conditional": lambda: told(
        changed(
            truce(records=(until_talks := record(TALKS, announced="2016-04-30T20:00"),)),
            Kind.OPENED,
            end("2016-04-30T22:00"),
            TALKS,
            statement=until_talks,
            at="2016-04-30T20:00",
        )
    ),
    "claimed": lambda: told(changed(EXTENDED, Kind.CLAIMED, None, CENTRE.end, statement=CENTRE, at="2016-05-02T10:00")),
    "claimed-termination": lambda: told(
        changed(
            extended_truce(termination=DOUBTED_STOP),
            Kind.CLAIMED,
            None,
            end("2016-05-03T09:00"),
            statement=DOUBTED_STOP,
            at="2016-05-02T18:00",
        )
    ),
    "claimed-denied": lambda: told(
        changed(IN_DOUBT, Kind.CLAIMED, None, DENIED.end, statement=DENIED, at="2016-05-03T12:00")
    ),
    "terminated": lambda: told(
        changed(
            STOPPING,
            Kind.TERMINATED,
            end("2016-05-03T22:00"),
            end("2016-05-03T09:00"),
            statement=STOPS,
            at="2016-05-02T18:00",
        )
    ),
    "milestone": lambda: told(milestone("24h")),
    "milestone-due": lambda: told(milestone("0")),
    "milestone-after": lambda: told(milestone("+15m")),
    "recorded-milestones": lambda: told(changed(GAZA, Kind.RECORDED, None, GAZA.first_end, at="2025-10-09T05:00")),
    "corrected-milestone": lambda: told(milestone_moved()),
    "corrected-start-milestone": lambda: told(
        milestone_moved(reason="the start moved from 0900Z Fri 10 Oct to 1200Z Fri 10 Oct; the end stays")
    ),
    "withdrawn": lambda: told(changed(EXTENDED, Kind.WITHDRAWN, end("2016-05-03T22:00"), None)),
    "review-open": lambda: told(
        Notice(
            delivery=delivery(Kind.REVIEW, ends_at=None, due_at=moment("2016-05-06T22:00")),
            truce=truce(first_end=End.open()),
            change=None,
        )
    ),
    "review-conditional": lambda: told(
        Notice(
            delivery=delivery(Kind.REVIEW, ends_at=None, due_at=moment("2016-05-06T22:00")),
            truce=CONDITIONAL,
            change=None,
        )
    ),
    "review-lapse": lambda: told(
        Notice(
            delivery=delivery(Kind.REVIEW, due_at=moment("2016-05-05T22:00")),
            truce=extended_truce(
                claim("2016-05-07T22:00", announced="2016-05-03T12:00"),
                checked=(DeskAct(at=moment("2016-05-04T22:00"), by="Ana"),),
            ),
            change=None,
        )
    ),
    "review-lapse-date": lambda: told(
        Notice(
            delivery=delivery(Kind.REVIEW, ends_at="2025-02-17T22:00", due_at=moment("2025-02-19T22:00")),
            truce=BEIRUT,
            change=None,
        )
    ),
    "escalated": lambda: told(
        step(
            ladder(EXTENDED, stage="1h"),
            due_at="2016-05-03T21:10",
            sent_before=(Sent("desk", moment("2016-05-03T21:00:02")), Sent("desk#2", None)),
        )
    ),
    "escalated-by-one-of-two": lambda: told(
        step(
            ladder(EXTENDED, stage="1h"),
            due_at="2016-05-03T21:10",
            people=2,
            sent_before=(Sent("desk", moment("2016-05-03T21:00:02")),),
            acknowledgement=Acknowledgement(at=moment("2016-05-03T21:04"), by="Lena", way="command", note=None),
        )
    ),
    "escalated-change": lambda: told(
        step(SHORTENED_AT_SIX, due_at="2016-05-02T18:10", sent_before=(Sent("desk", moment("2016-05-02T18:00:01")),))
    ),
    "escalated-last": lambda: told(
        step(
            ladder(EXTENDED, Kind.LAPSED, stage="0"),
            due_at="2016-05-03T22:25",
            number=5,
            is_last=True,
            sent_before=tuple(
                Sent(target, moment(f"2016-05-03T22:{minute}"))
                for target, minute in (("desk", "00"), ("duty", "10"), ("desk", "15"), ("duty", "20"))
            ),
        )
    ),
    "ops": lambda: told(
        truceless(
            Kind.OPS,
            "truces/syria.toml cannot be read, its last good form is kept\n"
            "truces/syria.toml:12: error: `ends` names a weekday equal to its reference [weekday]\n"
            "Truces concerned: eastern-ghouta, latakia",
        )
    ),
    "shift": lambda: told(truceless(Kind.SHIFT, digest(sent={Kind.REMINDER: 2}))),
    "shift-quiet": lambda: told(truceless(Kind.SHIFT, digest(sent={}))),
    "missed": lambda: told(
        truceless(
            Kind.MISSED,
            "eastern-ghouta reminder 24h, end 0100 Wed 4 May Damascus (2200Z Tue 3 May), was due 0100 Tue 3 May "
            "Damascus (2200Z Mon 2 May)\n"
            "latakia lapsed 0, end 0100 Tue 3 May Damascus (2200Z Mon 2 May), was due 0100 Tue 3 May Damascus "
            "(2200Z Mon 2 May)",
        )
    ),
}


@pytest.fixture(scope="module")
def renderer():
    return Renderer()


HTML = {"digest", "extended-earlier-untold", "ops", "recorded-conditional", "recorded-half-read", "reminder-late"}
"""The six whose HTML is kept: together they show every part that the template has."""


def check_golden(name, message):
    forms = {"txt": f"{message.title}\n\n{message.text}", "md": f"{message.title}\n\n{message.markdown}"}
    if name in HTML:
        forms["html"] = message.html
    for ending, written in forms.items():
        path = GOLDEN / f"{name}.{ending}"
        if os.environ.get("GOLDEN") == "write":
            path.write_text(written, encoding="utf-8")
        assert written == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CASES)
def test_every_kind_reads_as_agreed(name, renderer):
    check_golden(name, renderer.render([CASES[name]()]))


def test_a_digest_tells_each_alert_in_full_under_its_own_title(renderer):
    each = [CASES[name]() for name in ("lapsed-after", "reminder-claim", "reminder-date")]
    message = renderer.render(each, message_id="0123456789ab")
    check_golden("digest", message)
    assert message.title.startswith("3 alerts: ")
    assert message.message_id == "0123456789ab"
    for alert in each:
        assert alert.title in message.text
        assert renderer.render([alert]).text in message.text
    assert [item.title for item in message.items] == [alert.title for alert in each]


def test_alerts_that_are_sent_are_never_called_a_collapse():
    assert not any("collaps" in path.read_text(encoding="utf-8").lower() for path in GOLDEN.iterdir())


def test_no_golden_file_is_left_over():
    assert {path.stem for path in GOLDEN.iterdir()} == {*CASES, "digest"}
    assert {path.stem for path in GOLDEN.glob("*.html")} == HTML


def test_the_html_that_is_kept_shows_every_part_of_the_template(renderer):
    """Each condition of the template, such as `alert.area`, is true in one of the six at least."""
    template = (files("alertd.message") / "templates" / "html.jinja").read_text()
    asked = set(re.findall(r"{% (?:if|elif|for \w+ in) (alert\.\w+)", template))
    shown = [CASES[name]() for name in HTML - {"digest"}]

    assert {name for name in asked if not any(getattr(facts, name.removeprefix("alert.")) for facts in shown)} == set()
    assert len(asked) > 10


@given(text())
def test_whatever_somebody_wrote_shows_in_markdown_as_it_stands(written):
    line = clean(written, 500)
    shown = MarkdownIt("commonmark").render(f"- {escape_markdown(line)}")
    assert shown == (f"<ul>\n<li>{escapeHtml(line)}</li>\n</ul>\n" if line else "<ul>\n<li></li>\n</ul>\n")


MARKDOWN = [
    "**bold** _x_ `code`",
    "[click](https://evil.example)",
    "<script>alert(1)</script>",
    "<https://evil.example>",
    "![i](u)",
    "# head",
    "1. one",
    "2) two",
    "- x",
    "+ x",
    "> q",
    "---",
    "===",
    "~~~",
    "***",
    "a&lt;b",
    "\\\\*",
    "~~gone~~",
]


@pytest.mark.parametrize("written", [*MARKDOWN, "| a | b |"])
def test_markdown_that_somebody_wrote_has_no_effect(written):
    assert MarkdownIt("commonmark").render(escape_markdown(written)) == f"<p>{escapeHtml(written)}</p>\n"


def test_a_source_becomes_a_link_only_where_it_is_an_address(renderer):
    sources = ("https://example.org/a_b?c=d&e=f", "javascript:alert(1)", "Radio *Damascus*, 0900", "https://x/> <b>")
    alert = ladder(truce(sources=sources), stage="6h", ends_at="2016-04-30T22:00")
    markdown = renderer.render([told(alert)]).markdown
    assert "<https://example.org/a_b?c=d&e=f>" in markdown
    assert "<javascript" not in markdown
    assert r"Radio \*Damascus\*, 0900" in markdown
    assert "<b>" not in markdown


@pytest.mark.parametrize(
    "written", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a &amp; b", "{{ 7 * 7 }}"]
)
def test_markup_that_somebody_wrote_is_text_in_html(written, renderer):
    watched = truce(title=written, area=written, note=written, sources=('https://example.org/"onclick=x',))
    html = renderer.render([told(ladder(watched, stage="6h", ends_at="2016-04-30T22:00"))]).html
    read = PageText()
    read.feed(html)
    assert read.tags <= TAGS
    assert {key for key, _ in read.attributes} <= ATTRIBUTES
    assert f"Area: {written}" in " ".join(read.said.split())


def test_html_is_one_document_that_asks_no_host_for_anything(renderer):
    for case in CASES.values():
        read = PageText()
        read.feed(renderer.render([case()]).html)
        assert read.tags <= TAGS
        assert {key for key, _ in read.attributes} <= ATTRIBUTES
        assert not any("url(" in value or "@import" in value for key, value in read.attributes if key == "style")


def test_html_tells_the_end_first_in_big_type_and_all_that_the_text_tells(renderer):
    for case in CASES.values():
        alert = case()
        read = PageText()
        read.feed(renderer.render([alert]).html)
        said = "".join(read.said.split())
        text = renderer.render([alert]).text.replace("Also stated:", "Also stated")
        assert [line for line in text.splitlines() if "".join(line.removeprefix("- ").split()) not in said] == []
        assert [heading for heading, _ in read.headings] == [end.heading for end in alert.ends[:1]]


def test_a_digest_of_forty_is_short_enough_for_a_mail_program_that_clips_and_lists_all_of_them_first(renderer):
    """Gmail shows the first 102 kB of a mail's HTML and hides the rest behind a link."""
    each = [told(ladder(extended_truce(id=f"truce-{number}"), stage="0")) for number in range(40)]
    message = renderer.render(each)
    assert len(message.html.encode()) < 102_000
    for form in (message.text, message.markdown):
        listed = form.split("----" if form is message.text else "---")[0]
        assert [line.split(". ")[0] for line in listed.splitlines() if ". " in line] == [str(n) for n in range(1, 41)]
    assert message.html.index("</ol>") < message.html.index("<h2")
    assert message.html.split("</ol>")[0].count("<li") == 40


class PageText(HTMLParser):
    """What a document holds: its elements, their attributes and what it says."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.said, self.headings = set(), [], "", []

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.attributes += attributes
        if tag == "h2":
            self.headings.append(["", attributes])

    def handle_data(self, text):
        self.said += text
        if self.headings and not self.headings[-1][0]:
            self.headings[-1][0] = text


TAGS = {"a", "b", "body", "br", "div", "h2", "head", "html", "li", "meta", "p", "title", "ul"}
ATTRIBUTES = {"charset", "content", "href", "lang", "name", "style"}

TEMPLATES = {
    "title.jinja": "{{ alerts[0].title }}",
    "text.jinja": "text",
    "markdown.jinja": "markdown",
    "html.jinja": "html",
}


def rendered_with(**templates):
    changed_ones = {f"{name}.jinja": source for name, source in templates.items()}
    return Renderer(DictLoader(TEMPLATES | changed_ones)).render([CASES["reminder"]()])


def test_a_template_that_names_what_does_not_exist_fails_and_sends_no_empty_word():
    with pytest.raises(TemplateRefused, match="names what does not exist"):
        rendered_with(text="{{ alerts[0].ends_at }}")


@pytest.mark.parametrize("form", FORMS)
def test_the_templates_of_alertd_say_what_jinja_by_itself_makes_of_them(form):
    loader = PackageLoader("alertd.message")
    ours, plain = (Template(loader, form, sandboxed=sandboxed) for sandboxed in (False, True))
    alerts = [*specimens(), *(case() for case in CASES.values())]
    for together in (*([alert] for alert in alerts), alerts[:7], alerts):
        assert ours.render(together) == plain.render(together)


def test_a_title_is_one_line_whatever_its_template_does():
    assert rendered_with(title="one\n\n two\n").title == "one two"


def test_a_window_in_which_the_clocks_change_says_how_long_it_is_and_how_long_it_looks():
    gaza = truce(zone="Asia/Gaza", starts=moment("2023-10-27T04:00"), first_end=end("2023-10-29T05:00"))
    notice = Notice(delivery=delivery(stage="24h", ends_at="2023-10-29T05:00"), truce=gaza, change=None)
    reader = Reader(zone_name="UTC", zone=ZoneInfo("UTC"))
    told = facts(
        notice,
        reader=reader,
        truce_zone=ZoneInfo("Asia/Gaza"),
        now=notice.delivery.due_at,
        late_after=timedelta(minutes=1),
    )
    assert "The clocks of Asia/Gaza change in this window: it lasts 49 h, by the clock 48 h." in told.sentences


def test_what_a_template_sets_is_gone_with_its_message():
    sets = "{{ known is defined }}{% if alerts %}{% set known = 1 %}{% endif %}"
    renderer = Renderer(DictLoader(TEMPLATES | {"title.jinja": sets}))
    assert [renderer.render([CASES["reminder"]()]).title for _ in range(2)] == ["False", "False"]
