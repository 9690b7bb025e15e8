"""Who is on duty, on the board: as the daemon read the list last, with hostile names as text."""

import re
from datetime import timedelta

from board.register import GHOUTA
from factories import moment

from alertd.domain.duty import Roster, Turn
from alertd.duty import Kept, KeptList

SETTINGS = """
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "lena-phone"
kind = "console"
[[duty]]
name = "field"
source = "duty.ics"
people = { "Lena" = "lena-phone", "<b>Noor</b>" = "desk" }
zone = "Asia/Damascus"
"""

NOW = moment("2016-05-02T12:00")


def keep(viewer, *turns):
    """Keep a list as a daemon does."""
    roster = Roster(turns=turns, until=NOW + timedelta(days=62), read_at=NOW)
    state_dir = viewer.world.config / "state"
    state_dir.mkdir(exist_ok=True)
    Kept(state_dir).save({"field": KeptList(roster, "")})


async def shown(viewer):
    page = await viewer.get("/")
    _, _, table = page.partition("<h3>On duty</h3>")
    return " ".join(re.sub(r"</?t[a-z]+[^>]*>", " ", table.partition("</table>")[0]).split())


async def test_the_board_says_who_is_on_duty_until_when(look):
    async with look(GHOUTA, SETTINGS) as viewer:
        keep(viewer, Turn(NOW, ("Lena",)), Turn(NOW + timedelta(hours=8), ("<b>Noor</b>",)))
        viewer.wait(20)
        assert await shown(viewer) == "list on duty until field Lena 2300 Mon 2 May Damascus (2000Z Mon 2 May)"
        (duty,) = (await viewer.get_json("/api/v1/truces"))["duty"]
        assert duty == {
            "name": "field",
            "on_duty": ["Lena"],
            "channels": ["lena-phone"],
            "until": "2016-05-02T20:00:00Z",
            "gap": None,
            "read_at": "2016-05-02T12:00:00Z",
        }
        viewer.wait(8 * 3600)
        assert "field &lt;b&gt;Noor&lt;/b&gt; -" in await shown(viewer)


async def test_the_board_says_where_a_step_would_go_to_everyone(look):
    async with look(GHOUTA, SETTINGS) as viewer:
        assert "field not known: everyone is told -" in await shown(viewer)
        keep(viewer, Turn(NOW, ()), Turn(NOW + timedelta(hours=1), ("Mina",)))
        viewer.wait(20)
        assert "field nobody: everyone is told 1600 Mon 2 May Damascus (1300Z Mon 2 May)" in await shown(viewer)
        viewer.wait(3600)
        assert "field Mina, not all in people: everyone is told -" in await shown(viewer)


async def test_without_duty_lists_the_board_says_nothing_of_them(look):
    async with look(GHOUTA) as viewer:
        assert "On duty" not in await viewer.get("/")
        assert (await viewer.get_json("/api/v1/truces"))["duty"] == []
