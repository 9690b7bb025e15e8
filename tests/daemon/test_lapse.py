"""A lapse does not vanish: the daemon asks about it until it is extended, ended or closed."""

from process import truce_text
from world import GHOUTA

DAYS = [f"2016-05-{day:02}T22:00" for day in range(4, 11)]


def asked(world):
    """The moments of the reviews that went out."""
    return [f"{row.due_at:%Y-%m-%dT%H:%M}" for row in world.rows(kind="review") if row.state == "delivered"]


async def test_a_lapse_is_asked_about_every_day_for_a_week_over_a_restart(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-06T12:00")
    assert asked(world) == DAYS[:2]
    await world.stop()
    await world.start("2016-05-06T13:00")
    await world.live_until("2016-05-20T00:00")
    assert asked(world) == DAYS
    assert world.titles()[-1].startswith("Calm in Ghouta: expired 7 d ago, unresolved: 0100 Wed 4 May Damascus")


async def test_other_settings_count_for_a_lapse_that_is_asked_about(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-05T12:00")
    await world.stop()
    world.settings('[policy]\nunresolved_every = "12h"\n')
    await world.start("2016-05-05T13:00")
    await world.live_until("2016-05-06T12:00")
    assert asked(world) == [DAYS[0], "2016-05-05T22:00", "2016-05-06T10:00"]


async def test_a_closed_lapse_is_asked_about_no_more(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-05T12:00")
    world.write(GHOUTA + "closed = 2016-05-05T15:00:00Z\n")
    await world.live_until("2016-05-20T00:00")
    assert asked(world) == DAYS[:1]


async def test_a_check_answers_the_review_and_the_next_counts_from_it(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-05T12:00")
    world.write(GHOUTA + "checked = 2016-05-05T11:00:00Z\n")
    await world.live_until("2016-05-07T12:00")
    assert asked(world) == [DAYS[0], "2016-05-06T11:00", "2016-05-07T11:00"]


async def test_what_was_over_when_it_was_first_seen_is_not_asked_about(world):
    world.write(GHOUTA)
    await world.start("2016-05-04T12:00")
    await world.live_until("2016-05-20T00:00")
    assert world.rows() == []


async def test_what_was_over_when_it_was_first_seen_stays_silent_when_a_claim_of_it_comes_to_its_announcement(world):
    claim = (
        '[[truce.claim]]\nannounced = 2016-05-04T12:00:30Z\nuntil = "0100 Thu 5 May 2016"\nstated_by = ["Opposition"]\n'
    )
    world.write(GHOUTA + claim)
    await world.start("2016-05-04T12:00")
    await world.live_until("2016-05-20T00:00")
    assert world.rows() == []


async def test_a_lapsed_truce_that_is_taken_out_is_asked_about_no_more_and_nobody_is_told(world):
    world.write(GHOUTA + truce_text("latakia", "starts = 2016-05-01T00:00:00Z", "open = true"))
    await world.start()
    await world.live_until("2016-05-04T12:00")
    world.sent.clear()
    world.write(truce_text("latakia", "starts = 2016-05-01T00:00:00Z", "open = true"))
    await world.live_until("2016-05-07T00:00")
    assert world.sent == []


async def test_a_lapsed_truce_whose_file_vanishes_is_held_and_asked_about(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-04T12:00")
    world.remove()
    await world.live_until("2016-05-06T00:00")
    assert asked(world) == DAYS[:2]


async def test_what_remains_to_be_said_of_a_lapse_is_said_after_its_truce_was_taken_out(world):
    world.write(GHOUTA + truce_text("latakia", "starts = 2016-05-01T00:00:00Z", "open = true"))
    await world.start()
    await world.live_until("2016-05-03T22:05")
    world.sent.clear()
    world.write(truce_text("latakia", "starts = 2016-05-01T00:00:00Z", "open = true"))
    await world.live_until("2016-05-07T00:00")
    assert world.kinds() == ["lapsed +15m"]


async def test_a_lapse_that_was_taken_out_and_is_back_is_asked_about_again(world):
    world.write(GHOUTA)
    await world.start()
    await world.live_until("2016-05-05T12:00")
    world.write(GHOUTA + "withdrawn = 2016-05-05T12:00:00Z\n")
    await world.live_until("2016-05-06T12:00")
    world.write(GHOUTA + "withdrawn = [{ at = 2016-05-05T12:00:00Z, void = 2016-05-06T12:00:00Z }]\n")
    await world.live_until("2016-05-20T00:00")
    assert asked(world) == [DAYS[0], *DAYS[2:]]
