"""Two nodes that share a ledger, each with truce files of its own: an older form undoes nothing."""

from contextlib import closing

import pytest
from factories import moment
from world import GHOUTA, World

from alertd.daemon.rehearsal import VirtualClock
from alertd.domain.alert import Kind
from alertd.domain.truce import expiry
from alertd.ledger import FileContents, KnownTruce, Ledger, file_contents, queries

EXTENDED = GHOUTA + '\n[[truce.extension]]\nuntil = "0100 Fri 6 May 2016"\nannounced = 2016-05-03T12:00:00\n'
"""Ends 2200Z Thu 5 May."""

ALEPPO = GHOUTA.replace('"ghouta"', '"aleppo"').replace("Ghouta", "Aleppo")


@pytest.fixture
async def nodes(tmp_path):
    """Makes nodes by their names; one of them at a time may be started."""
    clock, made = VirtualClock(moment("2016-05-03T09:30")), {}

    def node(name: str) -> World:
        if name not in made:
            (tmp_path / name).mkdir()
            made[name] = World(tmp_path / name, clock, node=name, shared=tmp_path)
        return made[name]

    return node


async def active(world: World, at: str) -> None:
    """A node is active from a moment on, for as long as its files need to be taken in, and then it is no more."""
    await world.start(at, last_tick=at)
    await world.live_until(f"{at[:-2]}{int(at[-2:]) + 1:02}")
    await world.stop()


async def extend(world: World) -> None:
    """A node reads a truce, and then the same truce with an extension."""
    world.write(GHOUTA)
    await active(world, "2016-05-03T09:31")
    world.write(EXTENDED)
    await active(world, "2016-05-03T09:35")


def known(world: World, truce: str) -> KnownTruce:
    ledger = Ledger.open_reader(world.shared / "ledger.db")
    found = ledger.run(queries.truces, {truce})[truce]
    ledger.close()
    return found


def end_of(world: World, truce: str = "ghouta") -> str:
    return f"{expiry(known(world, truce).truce).at:%d %H%M}"


def told(world: World) -> list[str]:
    return [sent.message.text for sent in world.sent if Kind.OPS in {item.delivery.kind for item in sent.message.items}]


async def test_a_node_that_takes_over_with_an_older_file_does_not_undo_an_extension(nodes):
    a, b = nodes("a"), nodes("b")
    await extend(a)
    b.write(GHOUTA)
    await active(b, "2016-05-03T09:40")
    assert end_of(b) == "05 2200"
    assert b.kinds() == ["ops"]
    (notice,) = told(b)
    assert "truces/truces.toml" in notice
    assert "node b has a form of this file that is not the one read last: node a read that one at 0935Z" in notice
    assert "If the form read last is right, bring it to node b." in notice


async def test_whoever_returns_with_a_later_file_than_one_that_nobody_had_read_is_not_told_to_undo_it(nodes):
    a, b = nodes("a"), nodes("b")
    await extend(a)
    between = EXTENDED.replace("0100 Fri 6", "0100 Thu 5")
    b.write(between)
    await active(b, "2016-05-03T09:40")
    await active(a, "2016-05-03T09:45")
    assert end_of(a) == "04 2200"
    notice = told(a)[-1]
    assert "node a has a form of this file that is not the one read last: node b read that one at 0940Z" in notice
    assert "If the form here is right, change a comment in it, so that it counts as an edit" in notice
    a.write("# this is right\n" + EXTENDED)
    await active(a, "2016-05-03T09:50")
    assert end_of(a) == "05 2200"
    b.write("# this is right\n" + EXTENDED)
    await active(b, "2016-05-03T09:55")
    assert end_of(b) == "05 2200"


async def test_once_the_newest_file_is_there_ops_is_told_and_its_edits_count(nodes):
    a, b = nodes("a"), nodes("b")
    await extend(a)
    b.write(GHOUTA)
    await b.start("2016-05-03T09:40", last_tick="2016-05-03T09:39")
    await b.live_until("2016-05-03T09:41")
    b.write(EXTENDED)
    await b.live_until("2016-05-03T09:42")
    assert "truces/truces.toml: mended." in told(b)[-1]
    b.write(EXTENDED.replace("0100 Fri 6", "0100 Sat 7"))
    await b.live_until("2016-05-03T09:43")
    await b.stop()
    assert end_of(b) == "06 2200"


async def test_a_content_that_no_node_has_read_is_an_edit_and_all_of_its_file_counts(nodes):
    a, b = nodes("a"), nodes("b")
    await extend(a)
    b.write(GHOUTA)
    await b.start("2016-05-03T09:40", last_tick="2016-05-03T09:39")
    await b.live_until("2016-05-03T09:41")
    b.write("# this is meant\n" + GHOUTA)
    await b.live_until("2016-05-03T09:42")
    await b.stop()
    assert end_of(b) == "03 2200"


async def test_on_one_node_going_back_to_an_earlier_content_is_an_edit(nodes):
    a = nodes("a")
    await extend(a)
    a.write(GHOUTA)
    await active(a, "2016-05-03T09:40")
    assert end_of(a) == "03 2200"


async def test_a_node_that_had_the_newest_content_after_the_other_may_go_back_too(nodes):
    a, b = nodes("a"), nodes("b")
    await extend(a)
    b.write(EXTENDED)
    await active(b, "2016-05-03T09:40")
    b.write(GHOUTA)
    await active(b, "2016-05-03T09:45")
    assert end_of(b) == "03 2200"


async def test_what_an_older_file_lacks_stays_on_watch(nodes):
    a, b = nodes("a"), nodes("b")
    a.write(GHOUTA)
    await active(a, "2016-05-03T09:31")
    a.write(GHOUTA + ALEPPO)
    await active(a, "2016-05-03T09:35")
    b.write(GHOUTA)
    await active(b, "2016-05-03T09:40")
    assert known(b, "aleppo").standing == "watched"
    assert "What stood here stays in force" in told(b)[0]


async def test_an_older_list_of_withdrawn_ids_does_not_take_out_what_was_taken_back_in(nodes):
    a, b = nodes("a"), nodes("b")
    a.write(GHOUTA)
    a.write('withdrawn = ["ghouta", "aleppo"]\n', "withdrawn.toml")
    await active(a, "2016-05-03T09:31")
    a.write("withdrawn = []\n", "withdrawn.toml")
    a.write(ALEPPO, "aleppo.toml")
    await active(a, "2016-05-03T09:35")
    b.write(GHOUTA)
    b.write('withdrawn = ["ghouta", "aleppo"]\n', "withdrawn.toml")
    await active(b, "2016-05-03T09:40")
    assert known(b, "aleppo").standing == "held"
    assert any("truces/withdrawn.toml" in notice for notice in told(b))


async def withdraw(world: World) -> None:
    """A node reads a truce, and then finds it taken out on purpose, with its file."""
    world.write(GHOUTA, "ghouta.toml")
    world.write(ALEPPO, "aleppo.toml")
    await active(world, "2016-05-03T09:31")
    (world.config / "truces" / "ghouta.toml").unlink()
    world.write('withdrawn = ["ghouta"]\n', "withdrawn.toml")
    await active(world, "2016-05-03T09:35")
    assert known(world, "ghouta").standing == "withdrawn"


@pytest.mark.parametrize("listed", [None, "withdrawn = []\n", 'withdrawn = ["ghouta"]\n'])
async def test_a_node_with_a_file_that_was_deleted_on_another_does_not_bring_its_truces_back(nodes, listed):
    a, b = nodes("a"), nodes("b")
    await withdraw(a)
    b.write(GHOUTA, "ghouta.toml")
    b.write(ALEPPO, "aleppo.toml")
    if listed is not None:
        b.write(listed, "withdrawn.toml")
    await active(b, "2016-05-03T09:40")
    assert known(b, "ghouta").standing == "withdrawn"
    assert set(b.kinds()) == {"ops"}
    assert "node b has this file, which node a found deleted at 09:35:03Z" in "".join(told(b))


async def test_a_deleted_file_that_comes_back_where_it_was_deleted_or_changed_is_an_edit(nodes):
    a, b = nodes("a"), nodes("b")
    await withdraw(a)
    b.write(ALEPPO, "aleppo.toml")
    b.write("# meant\n" + GHOUTA, "ghouta.toml")
    await active(b, "2016-05-03T09:40")
    assert known(b, "ghouta").standing == "watched"
    await withdraw_again(a)
    a.write(GHOUTA, "ghouta.toml")
    a.write("withdrawn = []\n", "withdrawn.toml")
    await active(a, "2016-05-03T09:50")
    assert known(a, "ghouta").standing == "watched"


async def withdraw_again(world: World) -> None:
    """The node where it was taken out is active again, and finds it as it was there."""
    await active(world, "2016-05-03T09:45")
    assert known(world, "ghouta").standing == "withdrawn"


def test_the_oldest_contents_are_forgotten():
    now = moment("2016-05-03T09:00")
    newest = file_contents.KEPT + 1
    with closing(Ledger.in_memory()) as ledger:
        for content in range(newest + 1):
            ledger.run(file_contents.keep, FileContents(node="a", of={"truces/x.toml": str(content)}), now)

        def is_stale(content: str) -> bool:
            of = FileContents(node="b", of={"truces/x.toml": content})
            return "truces/x.toml" in ledger.run(file_contents.behind, of)

        assert not is_stale(str(newest))
        assert is_stale(str(newest - 1))
        assert is_stale("2")
        assert not is_stale("1")


async def test_a_file_that_holds_no_truce_any_more_is_the_same_on_the_node_that_takes_over(nodes):
    a, b = nodes("a"), nodes("b")
    emptied = "# nothing is left here\n"
    a.write(GHOUTA)
    await active(a, "2016-05-03T09:31")
    a.write(emptied)
    a.write('withdrawn = ["ghouta"]\n', "withdrawn.toml")
    await active(a, "2016-05-03T09:35")
    b.write(emptied)
    b.write('withdrawn = ["ghouta"]\n', "withdrawn.toml")
    await active(b, "2016-05-03T09:40")
    assert known(b, "ghouta").standing == "withdrawn"
    assert told(b) == []
