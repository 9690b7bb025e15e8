"""Acknowledging by a program: `POST /api/v1/acks`."""

import json

import pytest
from board.register import EXTENSION, GHOUTA

from alertd.board.acknowledger import WRONG_A_MINUTE
from alertd.ledger import queries
from alertd.settings import Secrets

TOKEN = "planted-ack-token"
ACKS = "/api/v1/acks"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
BOARD = """
token = { file = "board-token" }
ack_token = { file = "ack-token" }
"""


@pytest.fixture
def sent(look, world):
    (world.config / "ack-token").write_text(TOKEN)
    (world.config / "board-token").write_text("planted-board-token")
    world.secrets = Secrets.NEEDED
    return lambda truces=GHOUTA: look(truces, "", BOARD)


def alert(viewer) -> str:
    return viewer.world.sent[0].message.items[0].delivery.short_id


def acknowledged(viewer) -> list[tuple[str, str, str | None]]:
    rows = viewer.world.ledger.run(queries.history)
    return [(each.by, each.way, each.note) for row in rows if (each := row.acknowledgement) is not None]


async def post(viewer, asked, headers=BEARER):
    body = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    async with viewer.request("POST", ACKS, data=body, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_program_acknowledges_by_the_id_at_the_foot_of_the_message(sent):
    async with sent() as viewer:
        status, answer = await post(viewer, {"alert": f"#{alert(viewer).upper()}", "by": "Lena", "note": "on it"})
        assert status == 200
        assert answer == {
            "alert_id": alert(viewer),
            "truce": "ghouta",
            "kind": "recorded",
            "stage": None,
            "ends_at": "2016-05-03T22:00:00Z",
            "targets": ["console"],
            "acknowledged_at": "2016-05-02T12:00:00Z",
            "acknowledged_by": "Lena",
            "acknowledged_way": "api",
            "acknowledged_note": "on it",
            "called_off": [],
            "people_missing": 0,
        }
        assert acknowledged(viewer) == [("Lena", "api", "on it")]


async def test_a_second_acknowledgement_says_who_was_first_and_changes_nothing(sent):
    async with sent() as viewer:
        await post(viewer, {"alert": alert(viewer), "by": "Lena"})
        status, answer = await post(viewer, {"alert": alert(viewer), "by": "Omar"})
        assert status == 409
        assert "it is acknowledged by Lena" in answer["error"]
        assert acknowledged(viewer) == [("Lena", "api", None)]


async def test_an_alert_whose_end_has_moved_or_that_nobody_knows_is_not_acknowledged(sent):
    async with sent() as viewer:
        known = alert(viewer)
        viewer.world.write(GHOUTA + EXTENSION)
        await viewer.tick("2016-05-02T13:00")
        status, answer = await post(viewer, {"alert": known, "by": "Lena"})
        assert status == 409
        assert "in force no more" in answer["error"]
        status, answer = await post(viewer, {"alert": "aaaaaa", "by": "Lena"})
        assert (status, answer["error"][:26]) == (404, "no alert aaaaaa is known: ")
        assert acknowledged(viewer) == []


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer planted-board-token"},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": f"Bearer {TOKEN[:-1]}"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer é"},
        {"Cookie": f"alertd_board={TOKEN}"},
    ],
)
async def test_without_its_token_nothing_is_acknowledged_and_nothing_told(sent, headers):
    async with sent() as viewer:
        status, answer = await post(viewer, {"alert": alert(viewer), "by": "Lena"}, headers)
        assert status == 401
        assert set(answer) == {"error"}
        assert acknowledged(viewer) == []


async def test_its_token_reads_nothing_and_no_other_method_exists_there(sent):
    async with sent() as viewer:
        assert await viewer.status("/api/v1/truces", headers=BEARER) == 401
        for method in ("GET", "HEAD", "PUT", "DELETE"):
            assert await viewer.status(ACKS, method, headers=BEARER) == 405
        assert await viewer.status(ACKS, "POST", headers={**BEARER, "Host": "evil.example"}) == 421


async def test_a_thousand_guesses_are_turned_away_and_the_true_token_still_counts(sent):
    async with sent() as viewer:
        wrong = [{"Authorization": f"Bearer guess-{guess}"} for guess in range(1000)]
        found = [await viewer.status(ACKS, "POST", data=b"{}", headers=each) for each in wrong]
        assert found == [401] * WRONG_A_MINUTE + [429] * (1000 - WRONG_A_MINUTE)
        assert (await post(viewer, {"alert": alert(viewer), "by": "Lena"}))[0] == 200


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[" * 2000, "no JSON"),
        (b"\xff", "no JSON"),
        (b"[]", "object of texts"),
        (b'{"alert": 3, "by": "Lena"}', "object of texts"),
        (b'{"alert": "x7sbvv"}', "`alert` and `by` are needed"),
        (b'{"by": "Lena"}', "`alert` and `by` are needed"),
        (b'{"alert": "x7sbvv", "by": " "}', "`alert` and `by` are needed"),
        (b'{"alert": "x7sbvv", "name": "Lena"}', "unknown key `name`"),
        (b'{"alert": "' + b"a" * 5000 + b'"}', "at most 4096 bytes"),
    ],
)
async def test_a_body_that_cannot_be_read_is_answered_with_what_to_write(sent, body, says):
    async with sent() as viewer:
        status, answer = await post(viewer, body)
        assert status == 400
        assert says in answer["error"]
        assert acknowledged(viewer) == []


async def test_without_a_token_in_the_settings_there_is_no_such_address(look):
    async with look(GHOUTA) as viewer:
        assert await viewer.status(ACKS, "POST", data=b"{}") == 405
