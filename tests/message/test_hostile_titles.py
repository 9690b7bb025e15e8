"""What anybody may have written as a title: whatever it is, each kind in each form stays one bounded message."""

import re
from html.parser import HTMLParser
from unicodedata import category

import pytest
from factories import claim, end, extended_truce, moment
from markdown_it import MarkdownIt
from message.test_render import changed, told
from message.test_render import ladder as reminder

from alertd.domain.alert import CHANGES, LADDER, TRUCELESS, Kind
from alertd.domain.milestone import Milestone
from alertd.domain.notice import Notice
from alertd.message.render import Renderer
from alertd.times.end import End

TITLES = {
    "markup": "</title><script>alert(1)</script><img src=x onerror=alert(1)> &lt; **b** [a](javascript:alert(1))",
    "header": "Calm\r\nBcc: everybody@example.org\r\n\r\nA body of its own",
    "control": "Calm \x1b[2J\x1b[31mred\x07\x00 \x9b31m",
    "right to left": "Calm \u202egnp.exe\u2066 \u200f\u200b",
    "separators": "Calm\u2028in\u2029Homs\x85now\x0b\x0c",
    "log line": 'Calm"\n2016-05-04T00:00:00Z [error] level=error event="ledger.lost" truce=a',
    "long": "Calm in the countryside " * 500,
    "long word": "x" * 10_000,
    "wide": "\N{GRINNING FACE}" * 10_000,
    "nothing": "\u202e\n\x00",
    "template": "{{ 7 * 7 }} {% for a in range(9) %}x{% endfor %}",
}
KINDS = sorted(set(Kind) - TRUCELESS)
LAST = "2016-05-03T22:00"
HARMFUL = {"Cc", "Cs", "Zl", "Zp"}
TURNING = set("\u202e\u2066\u200f\u200b")
RENDERER = Renderer()


def facts_of(kind, title):
    statement = claim(LAST, announced="2016-05-02T10:00", stated_by=(title,), sources=(title,))
    owed = Milestone(id="withdrawal", what=title, by=title, at=moment(LAST), sources=(title,))
    about = extended_truce(
        title=title, area=title, parties=(title, title), note=title, left_out=(title,), milestones=(owed,)
    )
    if kind in LADDER:
        return told(reminder(about, kind, stage="6h" if kind is Kind.REMINDER else "0", ends_at=LAST))
    if kind is Kind.MILESTONE:
        due_at = moment("2016-05-03T16:00")
        return told(reminder(about, kind, stage="6h", ends_at=None, due_at=due_at, milestone=owed.id))
    if kind in CHANGES:
        new = None if kind is Kind.WITHDRAWN else End.open() if kind is Kind.OPENED else end(LAST)
        old = None if kind in (Kind.RECORDED, Kind.CLAIMED) else end("2016-05-02T22:00")
        return told(changed(about, kind, old, new, statement=statement, reason=title))
    notice = reminder(about, kind, stage=None, ends_at=None, due_at=moment("2016-05-02T09:00"))
    return told(Notice(delivery=notice.delivery, truce=about, change=None))


class TagCollector(HTMLParser):
    """The tags of a document with their attributes, and its text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


PLAIN = TagCollector(RENDERER.render([facts_of(kind, "Calm") for kind in KINDS]).html)


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("kind", KINDS)
def test_no_title_breaks_a_message_of_any_kind_in_any_form(kind, name):
    facts = facts_of(kind, TITLES[name])
    for message in (RENDERER.render([facts]), RENDERER.render([facts, facts])):
        assert "\n" not in message.title
        assert len(message.title) <= 300
        for form in (message.title, message.text, message.markdown, message.html):
            assert len(form) <= 60_000
            assert not [char for char in set(form) - {"\n"} if category(char) in HARMFUL or char in TURNING]
        assert not [line for line in message.text.split("\n") if re.match(r"(Bcc|2016-05-04T)", line)]
        tags = TagCollector(message.html)
        assert tags.tags <= PLAIN.tags
        assert tags.attributes <= PLAIN.attributes | {"href"}
        assert "javascript:" not in re.sub(r">[^<]*<", "><", message.html)
        shown = MarkdownIt("commonmark").render(message.markdown)
        assert TagCollector(shown).tags <= {"p", "strong", "ul", "ol", "li", "hr", "a"}
        assert "49" not in re.sub(r"[0-9]{6,}", "", message.title) or name != "template"


@pytest.mark.parametrize("name", TITLES)
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {Kind.WITHDRAWN, Kind.OPENED, Kind.REVIEW, Kind.START}))
def test_the_first_120_characters_still_say_what_ends_when(kind, name):
    title = RENDERER.render([facts_of(kind, TITLES[name])]).title
    assert "0100 Wed 4 May Damascus" in title[:120]


@pytest.mark.parametrize("name", TITLES)
def test_a_review_an_opening_a_withdrawal_and_a_start_still_say_which_truce_and_what(name):
    told_of = {
        Kind.WITHDRAWN: "no longer watched",
        Kind.OPENED: "no agreed end",
        Kind.REVIEW: "",
        Kind.START: "in force since 0100 Sat 30 Apr",
    }
    for kind, says in told_of.items():
        title = RENDERER.render([facts_of(kind, TITLES[name])]).title[:120]
        assert says in title
        assert title.split(":")[0].strip()
