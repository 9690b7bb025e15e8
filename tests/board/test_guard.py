"""Safety: who may read the board, and that nothing can be done but read."""

import asyncio
from itertools import product
from urllib.parse import quote, urljoin

import pytest
from aiohttp import CookieJar
from board.register import GHOUTA

from alertd.logs import redact

PATHS = ["/", "/live", "/state", "/calendar.ics", "/api/v1/truces", "/metrics", "/healthz", "/nowhere"]
TOKEN = 'token = { file = "board-token" }'
SECRET = "planted-secret-ö"


async def test_every_method_but_get_and_head_is_refused_everywhere(look):
    async with look(GHOUTA) as viewer:
        for method, path in product(("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"), PATHS):
            async with viewer.request(method, path) as answer:
                assert answer.status == 405
                assert answer.headers["Allow"] == "GET,HEAD"


async def test_head_answers_as_get_does_and_without_a_body(look):
    async with look(GHOUTA) as viewer:
        for path in PATHS:
            async with viewer.request("HEAD", path) as answer:
                assert answer.status == (404 if path == "/nowhere" else 200)
                assert await answer.read() == b""


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8642",
        "localhost.evil.example",
        "127.0.0.2",
        "[::2]",
        "",
        "[::1]evil.com",
        "[::1]:80evil",
        "[::1",
        "localhost:evil",
        "localhost:1:2",
        "localhost..",
        "localhost:",
        "evil@localhost",
    ],
)
async def test_a_wrong_host_header_is_refused(look, host):
    async with look(GHOUTA) as viewer:
        for path in set(PATHS) - {"/healthz"}:
            assert await viewer.status(path, headers={"Host": host}) in {400, 421}


@pytest.mark.parametrize("host", ["alertd-0.alertd.svc", "10.0.0.7:8642", "[fd00::1]"])
async def test_a_probe_asks_by_any_name_and_is_told_nothing_but_that(look, host):
    async with look(GHOUTA) as viewer:
        await viewer.tick("2016-05-02T12:00:05")
        for path in ("/healthz", "/readyz"):
            assert await viewer.status(path, headers={"Host": host}) == 200
            assert "ghouta" not in await viewer.get(path, headers={"Host": host})


@pytest.mark.parametrize(
    "host", ["localhost", "localhost.", "LOCALHOST.:9", "LOCALHOST:9", "127.0.0.1:1", "[::1]:80", "board.example.org"]
)
async def test_its_own_names_and_those_in_the_settings_are_answered(look, host):
    async with look(GHOUTA, board='hosts = ["board.example.org"]') as viewer:
        assert await viewer.status("/", headers={"Host": host}) == 200


async def test_every_answer_forbids_scripts_and_styles_from_elsewhere_or_inline(look):
    async with look(GHOUTA) as viewer:
        for path in PATHS[:3] + PATHS[4:]:
            async with viewer.request("GET", path) as answer:
                policy = answer.headers["Content-Security-Policy"]
                assert policy == (
                    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; "
                    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
                )
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert answer.headers["Referrer-Policy"] == "no-referrer"
                assert answer.headers["Cache-Control"] == "no-store"
                assert "aiohttp" not in answer.headers["Server"]


async def test_a_refusal_carries_the_same_headers(look):
    async with look(GHOUTA) as viewer:
        for other in ({"method": "POST"}, {"headers": {"Host": "evil.example"}}):
            async with viewer.request(**({"method": "GET", "path": "/"} | other)) as answer:
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.fixture
def guarded(look, world):
    (world.config / "board-token").write_text(f"{SECRET}\n")
    return lambda **other: look(GHOUTA, board=TOKEN, **other)


async def test_without_the_token_nothing_is_told(guarded):
    async with guarded() as viewer:
        for path in [*PATHS, "/truces/ghouta", "/static/board.js"]:
            if path != "/healthz":
                async with viewer.request("GET", path) as answer:
                    assert answer.status == 401
                    assert "ghouta" not in (await answer.text()).lower()
        for wrong in (SECRET[:-1], SECRET + "x", "x", ""):
            assert await viewer.status("/", headers={"Authorization": f"Bearer {wrong}"}) == 401
            assert await viewer.status("/", params={"token": wrong}) == 401
            assert await viewer.status("/", headers={"Cookie": f"alertd_board={wrong}"}) == 401


async def test_a_browser_without_the_token_gets_a_form_that_keeps_what_was_asked_for(guarded):
    async with guarded() as viewer:
        asked = {"headers": {"Accept": "text/html,*/*"}}
        async with viewer.request("GET", "/", params={"q": '"><b>'}, **asked) as answer:
            page = await answer.text()
            assert answer.status == 401
            assert answer.content_type == "text/html"
            assert '<form method="get"><input type="hidden" name="q" value="&#34;&gt;&lt;b&gt;">' in page
            assert "not its token" not in page
        async with viewer.request("GET", "/", params={"token": "wrong"}, **asked) as answer:
            assert "That is not its token." in await answer.text()
            assert "wrong" not in await answer.text()
        async with viewer.request("GET", "/state", headers={"Accept": "*/*"}) as answer:
            assert answer.content_type == "text/plain"


@pytest.mark.parametrize("prefix", ["", "/alertd"])
async def test_the_token_leads_to_the_same_page_below_the_prefix_of_the_proxy(look, world, prefix):
    (world.config / "board-token").write_text(SECRET)
    async with look(GHOUTA, board=f'{TOKEN}\nprefix = "/alertd"') as viewer:
        address = f"http://127.0.0.1:{viewer.port}{prefix}/timeline"
        asked = {"params": {"tag": "syria", "token": SECRET}, "allow_redirects": False}
        async with viewer.session.get(address, **asked) as answer:
            assert answer.headers["Location"] == "/alertd/timeline?tag=syria"
            assert "Path=/alertd" in answer.headers["Set-Cookie"]


async def test_a_sign_of_life_needs_no_token(guarded):
    async with guarded() as viewer:
        assert await viewer.status("/healthz") == 200
        assert await viewer.status("/readyz") == 200


async def test_programs_send_the_token_each_time(guarded):
    async with guarded() as viewer:
        assert await viewer.status("/metrics", headers={"Authorization": f"Bearer {SECRET}"}) == 200
        assert await viewer.status("/calendar.ics", params={"token": SECRET}) == 200


async def test_a_browser_opens_the_page_once_with_the_token_and_keeps_a_proof_that_is_not_the_token(guarded):
    async with guarded() as viewer:
        viewer.session._cookie_jar = CookieJar(unsafe=True)  # for an address of numbers
        async with viewer.request("GET", "/", params={"token": SECRET, "by": "area"}, allow_redirects=False) as answer:
            assert answer.status == 303
            assert answer.headers["Location"] == "/?by=area"
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie
            assert "SameSite=Lax" in cookie
            assert "Secure" not in cookie
            assert "planted" not in cookie
        assert "Calm in Ghouta" in await viewer.get("/")


async def test_the_token_is_shown_nowhere(guarded):
    async with guarded() as viewer:
        for path in ("/", "/truces/ghouta", "/api/v1/truces", "/metrics"):
            assert "planted" not in await viewer.get(path, headers={"Authorization": f"Bearer {SECRET}"})


@pytest.mark.parametrize(("said", "secure"), [("https", True), ("HTTPS, http", True), ("http", False), ("", False)])
async def test_behind_https_the_cookie_goes_over_https_alone(guarded, said, secure):
    async with guarded() as viewer:
        asked = {"params": {"token": SECRET}, "headers": {"X-Forwarded-Proto": said}, "allow_redirects": False}
        async with viewer.request("GET", "/", **asked) as answer:
            assert ("; Secure" in answer.headers["Set-Cookie"]) is secure


async def ask(viewer, *lines: str) -> str:
    """The whole answer to lines that no client would send."""
    reader, writer = await asyncio.open_connection("127.0.0.1", viewer.port)
    writer.write("\r\n".join([*lines, "Host: localhost", "Connection: close", "", ""]).encode())
    answer = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    return answer.decode()


@pytest.mark.parametrize("path", ["//evil/", "////evil/", "/\\evil/", "/%2Fevil", "/%5Cevil"])
async def test_the_board_leads_to_no_other_site(guarded, path):
    async with guarded() as viewer:
        answer = await ask(viewer, f"GET {path}?token={quote(SECRET)} HTTP/1.1")
        (place,) = [line for line in answer.split("\r\n") if line.startswith("Location: ")]
        assert urljoin("http://board/", place.removeprefix("Location: ")).startswith("http://board/")
        assert not place.startswith(("Location: //", "Location: /\\"))


async def test_an_address_of_another_site_is_refused_as_its_name_is(guarded):
    async with guarded() as viewer:
        assert (await ask(viewer, f"GET http://evil/?token={quote(SECRET)} HTTP/1.1")).startswith("HTTP/1.1 421")


async def test_what_is_no_request_is_told_nothing_of_the_server(look):
    async with look(GHOUTA) as viewer:
        for wrong in ("GET / HTTP/9", "GET / HTTP/1.1\r\nX-Token : planted", "\0\1\2", "GET / HTTP/1.1\r\nno colon"):
            answer = await ask(viewer, wrong)
            assert answer.startswith("HTTP/1.0 400")
            assert "Server: alertd\r\n" in answer
            assert "default-src 'none'" in answer
            assert "planted" not in answer


async def test_the_token_and_its_proof_are_hidden_in_every_line_of_the_log(guarded):
    async with guarded() as viewer:
        asked = {"params": {"token": SECRET}, "allow_redirects": False}
        async with viewer.request("GET", "/", **asked) as answer:
            proof = answer.cookies["alertd_board"].value
        assert redact(f"{SECRET} {proof}") == "*** ***"
