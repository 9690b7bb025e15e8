"""A duty list from an address: real HTTPS on loopback, with answers that are late, wrong, cut short and endless."""

import socket

import pytest
import trustme
from calendar_server import calendar_server, ok
from pydantic import SecretStr

from alertd.duty import ListRefused, fetching
from alertd.duty.fetching import fetch
from alertd.duty.reading import CALENDAR_BYTES_AT_MOST

TEXT = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


async def refused(url):
    with pytest.raises(ListRefused) as error:
        await fetch(SecretStr(url))
    assert "5e2a9c" not in str(error.value), "the address is a secret"
    return str(error.value)


async def test_the_calendar_is_what_the_address_answers(server):
    server.answer = ok(TEXT, "Content-Type: text/calendar")
    assert await fetch(SecretStr(f" {server.url}\n")) == TEXT
    (asked,) = server.asked
    assert asked.startswith(b"GET /private-5e2a9c/duty.ics HTTP/1.1\r\n")


async def test_a_calendar_larger_than_one_packet_comes_whole_and_also_in_chunks(server):
    large = TEXT * 10_000
    server.answer = ok(large)
    assert await fetch(SecretStr(server.url)) == large
    chunk = f"{len(large):x}\r\n".encode() + large + b"\r\n0\r\n\r\n"
    server.answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk
    assert await fetch(SecretStr(server.url)) == large


async def test_an_answer_that_ends_with_its_connection_is_whole(server):
    server.answer = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + TEXT
    assert await fetch(SecretStr(server.url)) == TEXT


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", "the server answered HTTP 503"),
        (
            b"HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1/5e2a9c\r\nContent-Length: 0\r\n\r\n",
            "the server answered HTTP 302; write the address that it leads to",
        ),
        (ok(TEXT)[:-5], "the answer was cut short, or is larger than 1 MB"),
        (ok(b"x" * (CALENDAR_BYTES_AT_MOST * 2)), "the answer was cut short, or is larger than 1 MB"),
        (b"", "the server gave no answer"),
        (b"hello\r\n\r\n", "the server gave no answer"),
    ],
)
async def test_what_is_no_calendar_is_told_without_the_address(server, answer, why):
    server.answer = answer
    assert await refused(server.url) == why


async def test_a_server_that_never_ends_is_waited_for_no_longer_than_the_limit(server, monkeypatch):
    monkeypatch.setattr(fetching, "SECONDS_AT_MOST", 0.5)
    server.hangs = True
    assert await refused(server.url) == "no answer within 0.5 s"
    server.answer = ok(TEXT)[:-5]
    assert await refused(server.url) == "the answer was cut short, or is larger than 1 MB"


async def test_a_server_that_nobody_vouches_for_is_told_nothing(trusted):
    async with calendar_server(trustme.CA()) as strange:
        strange.answer = ok(TEXT)
        assert await refused(strange.url) == "the certificate of the server is not trusted"
        assert strange.asked == []


async def test_no_server_is_told_as_that(trusted):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    assert "no connection could be made" in await refused(f"https://127.0.0.1:{port}/5e2a9c")
