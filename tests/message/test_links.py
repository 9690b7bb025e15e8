"""The addresses of the board in messages, and the tokens in them."""

from zoneinfo import ZoneInfo

import pytest
from factories import delivery, truce
from hypothesis import given
from hypothesis import strategies as st

from alertd.domain.acknowledgement import Acknowledgement
from alertd.domain.notice import Notice
from alertd.domain.policy import Policy
from alertd.message.facts import facts
from alertd.message.links import Links
from alertd.message.render import Renderer
from alertd.message.values import Reader

LINKS = Links("https://board.example.org/alertd", b"0123456789abcdef0123456789abcdef")
DELIVERY = delivery(stage="1h")


def token(links, key):
    return links.answer(key).rpartition("/")[2]


@given(st.text(), st.text(), st.binary(min_size=1), st.binary(min_size=1))
def test_a_token_opens_its_own_delivery_alone_and_with_its_own_key_alone(first, second, key, other_key):
    links, other = Links("https://x", key), Links("https://x", other_key)
    assert links.opened(token(links, first)) == first
    alert, _, proof = token(links, first).partition(".")
    other_alert = token(links, second).partition(".")[0]
    if first != second:
        assert links.opened(f"{other_alert}.{proof}") is None
    if key != other_key and key.rstrip(b"\0") != other_key.rstrip(b"\0"):  # HMAC fills a short key with zeros
        assert other.opened(f"{alert}.{proof}") is None


@given(st.text())
def test_no_text_opens_anything_by_chance(text):
    assert LINKS.opened(text) is None


def test_without_a_key_nothing_opens_not_even_what_an_empty_key_would_sign():
    links = Links("https://x", b"")
    assert links.answer("a") == ""
    assert links.opened(links._token("a")) is None


def told(notice, links=LINKS):
    zone = ZoneInfo("Asia/Damascus")
    about = facts(
        notice,
        reader=Reader(zone_name="UTC", zone=ZoneInfo("UTC")),
        truce_zone=zone,
        now=notice.delivery.due_at,
        late_after=Policy().late_after,
        links=links,
    )
    return Renderer().render([about])


def notice(of=DELIVERY, **other):
    return Notice(delivery=of, truce=truce(), change=None, **other)


@pytest.mark.parametrize("form", ["text", "markdown", "html"])
def test_each_form_of_a_message_has_the_page_of_the_truce_and_the_link(form):
    shown = getattr(told(notice()), form)
    assert "https://board.example.org/alertd/truces/eastern-ghouta" in shown
    assert LINKS.answer(DELIVERY.key) in shown
    assert "https://" not in getattr(told(notice(), None), form).replace("https://example.org", "")


def test_an_alert_that_somebody_has_acknowledged_asks_nobody_again_unless_that_is_void():
    given = Acknowledgement(at=DELIVERY.due_at, by="Lena", way="link", note=None)
    assert "Acknowledge:" not in told(notice(acknowledgement=given)).text
    void = Acknowledgement(at=DELIVERY.due_at, by="Lena", way="link", note=None, is_void=True)
    assert "Acknowledge:" in told(notice(acknowledgement=void)).text
