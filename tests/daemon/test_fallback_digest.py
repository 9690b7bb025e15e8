"""What comes to a fallback in the place of a dead channel: one message a tick, which names the truces in its title."""

import pytest
from factories import moment
from world import GHOUTA

from alertd.channels import Outcome
from alertd.domain.agenda import Verdict

ACCEPTED, REFUSED = Outcome(Verdict.ACCEPTED), Outcome(Verdict.REFUSED, "410 Gone")

DESK = '[[channel]]\nname = "desk"\nkind = "console"\nfallback = "mail"\n'
MAIL = '[[channel]]\nname = "mail"\nkind = "console"\n'
TAKES_NOTHING = MAIL + 'tags = ["sudan"]\n'

NAMES = ("Ghouta", "Homs", "Latakia")


def truces(*names):
    return "".join(
        GHOUTA.replace('"ghouta"', f'"{name.lower()}"').replace("Calm in Ghouta", f"Calm in {name}") for name in names
    )


async def refused(world, settings, *names):
    """The last day of some truces, on which the desk refuses the reminders of 6 h."""
    world.settings(settings)
    world.write(truces(*names))
    await world.start("2016-05-03T15:59")
    await world.tick("2016-05-03T15:59:30")
    world.sent.clear()
    world.answers["desk"] = [REFUSED]
    await world.live_until("2016-05-03T16:01")
    told = [sent for sent in world.sent if sent.target == "mail"]
    return [sent for sent in told if "alertd: Channel" not in sent.message.title]


@pytest.mark.parametrize("digest", ["", "digest = false\n"])
async def test_copies_come_as_one_digest_that_names_the_truces_whatever_the_fallback_has_set(world, digest):
    (sent,) = await refused(world, DESK + TAKES_NOTHING + digest, *NAMES)
    in_place = "In the place of channel desk, which fails"
    assert sent.message.title == f"{in_place}: 3 alerts: Calm in Ghouta, Calm in Homs and Calm in Latakia"
    assert sent.kinds == ["reminder 6h"] * 3
    ends = "ends in 6 h, 0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    assert sent.message.text.splitlines()[:10] == [
        "3 alerts:",
        f"1. Calm in Ghouta: {ends}",
        f"2. Calm in Homs: {ends}",
        f"3. Calm in Latakia: {ends}",
        "",
        "----",
        "",
        f"1. Calm in Ghouta: {ends}",
        "",
        f"{in_place}: 410 Gone",
    ]


async def test_a_fallback_that_has_them_anyway_gets_one_line_an_alert_and_no_more(world):
    first, second = await refused(world, DESK + MAIL, *NAMES)
    assert first.kinds == ["reminder 6h"] * 3
    assert first.message.title.startswith("3 alerts: Calm in Ghouta: ends in 6 h, ")
    ids = [item.delivery.short_id for item in first.message.items]
    assert second.message.title == (
        "3 alerts did not reach channel desk, which fails: Calm in Ghouta, Calm in Homs and Calm in Latakia"
    )
    anyway = "did not reach channel desk, which fails; it comes here anyway."
    assert second.message.text.splitlines() == [
        "3 alerts:",
        *(
            f"{number}. Calm in {name}: reminder 6h (alert {short_id}) {anyway}"
            for number, name, short_id in zip((1, 2, 3), NAMES, ids, strict=True)
        ),
    ]
    assert second.message.markdown.splitlines()[-1] == f"3. Calm in Latakia: reminder 6h (alert {ids[2]}) {anyway}"
    assert second.at < moment("2016-05-03T16:01")


async def test_many_truces_are_named_as_far_as_the_title_has_room(world):
    (sent,) = await refused(world, DESK + TAKES_NOTHING, *(f"Town-{number}" for number in range(9)))
    assert sent.message.title == (
        "In the place of channel desk, which fails: 9 alerts: Calm in Town-0, Calm in Town-1, Calm in Town-2 and 6 more"
    )


async def test_one_copy_alone_keeps_the_title_of_its_alert(world):
    (sent,) = await refused(world, DESK + TAKES_NOTHING, "Ghouta")
    assert sent.message.title == "Calm in Ghouta: ends in 6 h, 0100 Wed 4 May Damascus (2200Z Tue 3 May)"
    assert sent.message.text.startswith("In the place of channel desk, which fails: 410 Gone\n")


async def test_one_line_alone_names_its_truce(world):
    first, second = await refused(world, DESK + MAIL, "Ghouta")
    (item,) = first.message.items
    assert second.message.title == (
        f"Calm in Ghouta: reminder 6h (alert {item.delivery.short_id}) did not reach channel desk, which fails; "
        "it comes here anyway."
    )


async def test_two_dead_channels_are_both_named(world):
    """Each alert comes once: what both cannot be told stands in for the first, and one line tells of the other."""
    field = DESK.replace('"desk"', '"field"')
    world.answers["field"] = [ACCEPTED, REFUSED]
    (sent,) = await refused(world, DESK + field + TAKES_NOTHING, "Ghouta", "Homs")
    assert sent.message.title == (
        "In the place of channels desk and field, which fail: 4 alerts: Calm in Ghouta and Calm in Homs"
    )
