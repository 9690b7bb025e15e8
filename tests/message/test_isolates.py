"""Names and times keep their order beside letters that are written from the other side."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest
from factories import delivery, moment, record, truce
from hypothesis import given
from hypothesis.strategies import booleans, lists, text
from jinja2 import DictLoader

from alertd.domain.alert import Kind
from alertd.domain.notice import Notice
from alertd.message.facts import facts
from alertd.message.isolates import is_right_to_left, isolated
from alertd.message.render import Renderer
from alertd.message.values import Message, Reader

NAME = "هدنة Ghouta الشرقية (2016)"
PARTY = "جيش الإسلام"


def shown(text: str) -> str:
    """A text with its isolates as brackets that a person sees."""
    return text.replace("\u2068", "⟦").replace("\u2069", "⟧")


def message(renderer: Renderer | None = None) -> Message:
    watched = truce(
        title=NAME,
        parties=("SAA", PARTY),
        sources=("https://example.org/هدنة",),
        records=(record("2016-05-03T22:00", announced="2016-05-01T09:00", stated_by=(PARTY,)),),
    )
    notice = Notice(delivery=delivery(Kind.REMINDER, stage="24h"), truce=watched, change=None)
    facts_of_it = facts(
        notice,
        reader=Reader(zone_name="UTC", zone=UTC),
        truce_zone=ZoneInfo(watched.zone),
        now=moment("2016-05-02T22:00"),
        late_after=timedelta(minutes=1),
    )
    return (renderer or Renderer()).render([facts_of_it])


def test_a_name_stands_in_an_isolate_wherever_a_message_has_it():
    made = message()

    assert shown(made.title).startswith(f"⟦{NAME}⟧: ends in 24 h, 0100 Wed 4 May Damascus")
    assert f"Truce: ⟦{NAME}⟧ [eastern-ghouta]" in shown(made.text)
    assert f"Parties: SAA and ⟦{PARTY}⟧" in shown(made.text)
    assert f"⟦{PARTY}⟧" in shown(made.markdown)
    assert f"Truce: ⟦{NAME}⟧ [eastern-ghouta]<br>" in shown(made.html)
    for form in (made.text, made.markdown, made.html):
        assert "https://example.org/هدنة" in form
        assert f"{PARTY}⟧⟧" not in shown(form)


def test_a_time_stands_in_an_isolate_in_a_text_that_is_written_from_the_right():
    before, after = "تنتهي الهدنة المتفق عليها بين أطراف النزاع في المنطقة، كما أعلنت الأطراف، عند ", "، بلا تمديد."
    arabic = f"{before}{{{{ alerts[0].ends[0].lines[0] }}}}{after}"
    forms = ("title.jinja", "text.jinja", "markdown.jinja", "html.jinja")
    made = message(Renderer(DictLoader(dict.fromkeys(forms, arabic))))

    assert "عند ⟦0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May⟧، بلا" in shown(made.text)
    assert "⟦0100 Wed 4 May 2016 Asia/Damascus (+03:00) = 2200Z Tue 3 May⟧" in shown(made.title)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Calm in حمص: ends 0100 Wed", "Calm in ⟦حمص⟧: ends 0100 Wed"),
        ("حمص، دوما and جوبر", "⟦حمص، دوما⟧ and ⟦جوبر⟧"),
        ("Lull (جوبر (دوما))", "Lull (⟦جوبر (دوما)⟧)"),
        ("חלון 2: שלום", "⟦חלון 2: שלום⟧"),
        ("حمص\nدوما", "⟦حمص⟧\n⟦دوما⟧"),  # noqa: RUF001  that letter is Arabic
        ("كَلِمَةٌ: one", "⟦كَلِمَةٌ⟧: one"),
        ("at \u2068حمص\u2069 now", "at ⟦حمص⟧ now"),
        ("see https://example.org/حمص/x", "see https://example.org/حمص/x"),
    ],
)
def test_each_run_from_the_right_stands_in_an_isolate_and_a_link_stays(written, expected):
    assert shown(isolated(written, right_to_left=False)) == expected


@given(text(), lists(text(min_size=1), max_size=3), booleans(), booleans())
def test_nothing_but_isolates_is_added_and_each_is_closed_on_its_line(written, names, right_to_left, has_tags):
    plain = written.translate(dict.fromkeys(range(0x2066, 0x206A)))
    names = [" ".join(name.translate(dict.fromkeys(range(0x2066, 0x206A))).split()) for name in names]

    made = isolated(plain, filter(None, names), right_to_left=right_to_left, has_tags=has_tags)

    assert made.translate(dict.fromkeys(range(0x2066, 0x206A))) == plain
    for line in made.split("\n"):
        assert line.count("\u2068") == line.count("\u2069")


def test_the_direction_of_a_text_is_that_of_most_of_its_letters():
    assert is_right_to_left("تنتهي الهدنة 0100 Wed")
    assert not is_right_to_left("حمص: ends in 1 h, 0100 Wed")
