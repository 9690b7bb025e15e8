"""Whatever way a file is saved, what counts is the state in which it comes to rest, and each real change is told once.

The saves are the system calls that editors and tools make, as seen with strace; the tools themselves are run by
test_tools.py. A tick between any two of the calls is the worst that can happen.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from alertd.errors import LedgerError
from alertd.ledger import DeliveryState, planning, queries

GHOUTA = """
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
ends = 2016-05-04T01:00:00
"""

EXTENSION = """
[[truce.extension]]
announced = 2016-05-02T14:00:00
until = 2016-05-06T01:00:00
"""

DOUBT = 'stated_by = ["Russian centre"]\nconfirmed = false\n'


STAYS = "What stood here stays in force in its last good form: "


def other(truce_id: str) -> str:
    return GHOUTA.replace('"ghouta"', f'"{truce_id}"')


@pytest.fixture
async def watching(world):
    """A daemon that watches Ghouta and Homs and has said so."""
    world.write(GHOUTA + other("homs"))
    await world.start()
    await world.live_until("2016-05-02T12:10")
    world.sent.clear()
    return world


EXTENDED = GHOUTA + EXTENSION + other("homs")


def target(world) -> Path:
    return world.config / "truces" / "truces.toml"


async def settle(world):
    """Let the files stand still, and a while pass in which nothing is due."""
    world.clock.set(world.clock.now().replace(microsecond=0))
    now = world.clock.now()
    await world.live_until(now.replace(minute=now.minute + 1).strftime("%Y-%m-%dT%H:%M:%S"))


def by_rename(world):
    """vim with a backup: what stood there is moved away, and the new file is written in its place."""
    path = target(world)
    path.rename(path.with_name("truces.toml~"))
    yield
    path.write_text("")
    yield
    path.write_text(EXTENDED)
    yield
    path.with_name("truces.toml~").unlink()


def by_replacing(world):
    """sed -i, rsync, most editors: a new file beside it takes its place."""
    path = target(world)
    new = path.with_name(".truces.toml.x7Gh2k")
    new.write_text(EXTENDED)
    yield
    new.replace(path)


def in_place(world):
    """nano, shells: the file is emptied, then written."""
    with target(world).open("w") as file:
        yield
        file.write(EXTENDED)


def in_two_halves(world, at=None):
    half = len(EXTENDED) // 2 if at is None else at
    with target(world).open("w") as file:
        yield
        file.write(EXTENDED[:half])
        file.flush()
        yield
        file.write(EXTENDED[half:])


def by_hard_link(world):
    """The new file is linked to the old name, as lock files and some backup tools do."""
    path = target(world)
    new = path.with_name("new")
    new.write_text(EXTENDED)
    path.unlink()
    yield
    os.link(new, path)
    yield
    new.unlink()


SAVES = [by_rename, by_replacing, in_place, in_two_halves, by_hard_link]


@pytest.mark.parametrize("save", SAVES, ids=lambda save: save.__name__)
async def test_each_way_to_save_is_told_once_and_nothing_of_what_lies_between(watching, save):
    for _ in save(watching):
        await watching.tick()
        watching.clock.set(watching.clock.now().replace(second=watching.clock.now().second + 1))
        await watching.tick()
    await settle(watching)
    assert watching.kinds() == ["extended"]
    assert {known.truce.id for known in watching.ledger.run(queries.truces).values()} == {"ghouta", "homs"}


FULL = f"""
[[truce]]
id = "ghouta"
title = "Calm in Ghouta"
zone = "Asia/Damascus"
ends = 2016-05-04T01:00:00
announced = 2016-05-02T09:00:00
starts = 2016-05-02T10:00:00
parties = ["A"]
{EXTENSION.replace("01:00:00", "01:00:00+03:00")}{DOUBT}"""
"""What means something else where it is cut: a day, another start, no offset, no doubt."""


OFFSET_LAST = GHOUTA + EXTENSION.replace("06T01:00:00", "06T01:00:00+03:00")
STARTS_LAST = GHOUTA.replace("starts = 2016-05-02T10:00:00\n", "") + "starts = 2016-05-02T10:00:00\n"


@pytest.mark.parametrize("text", [FULL, OFFSET_LAST, STARTS_LAST, GHOUTA], ids=["doubt", "offset", "starts", "ends"])
async def test_a_file_cut_anywhere_while_it_is_saved_is_told_as_if_written_at_once(world, text):
    """Ends of lines are places to cut at too: half a file may read as a whole one."""
    world.write(text)
    await world.start()
    await settle(world)
    world.sent.clear()
    for at in likely_cuts(text):
        world.write(text[:at])
        await world.tick()
        assert world.kinds() == [], text[:at]
        world.write(text)
        await world.tick()
    await settle(world)
    assert world.kinds() == []


def likely_cuts(text: str) -> list[int]:
    """Where what is left can be read: at the end of a line and within a time; and some other places."""
    return [
        at for at in range(text.index("zone"), len(text)) if at % 10 == 0 or text[at - 1] == "\n" or text[at] in "T+"
    ]


async def test_a_new_file_cut_within_a_line_is_told_once_it_is_whole(world):
    world.write(other("homs"), name="homs.toml")
    await world.start()
    await settle(world)
    for at in likely_cuts(FULL):
        if FULL[at - 1] == "\n":
            continue
        world.sent.clear()
        new = FULL.replace('"ghouta"', f'"g{at}"')
        world.write(new[: at + len(new) - len(FULL)])
        await world.tick()
        assert world.kinds() == [], FULL[:at]
        world.write(new)
        await world.tick()
        assert world.kinds() == ["recorded"]


async def test_a_file_replaced_by_one_of_the_same_size_and_time_is_read(watching):
    path = target(watching)
    moved = path.read_text().replace("2016-05-04T01", "2016-05-04T02", 1)
    new = path.with_name("new")
    new.write_text(moved)
    shutil.copystat(path, new)
    before = path.stat()
    new.replace(path)
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    await settle(watching)
    assert watching.kinds() == ["corrected"]


async def test_a_copy_onto_it_that_keeps_its_time_is_read(watching):
    path = target(watching)
    before = path.stat()
    path.write_text(path.read_text().replace("2016-05-04T01", "2016-05-04T02", 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    await settle(watching)
    assert watching.kinds() == ["corrected"]


async def test_a_file_system_that_counts_in_whole_seconds_hides_no_second_save(watching, monkeypatch):
    real = Path.stat

    def coarse(path, **options):
        found = real(path, **options)
        if path.suffix != ".toml":
            return found
        whole = [*found]  # without the parts of seconds
        return os.stat_result(
            [*whole, *map(float, whole[7:10]), *(second * 1_000_000_000 // 10**12 * 10**12 for second in whole[7:10])]
        )

    monkeypatch.setattr(Path, "stat", coarse)
    path = target(watching)
    first = path.read_text()
    path.write_text(first.replace("2016-05-04T01", "2016-05-04T02", 1))
    await watching.tick()
    path.write_text(first.replace("2016-05-04T01", "2016-05-04T03", 1))
    await settle(watching)
    assert watching.kinds() == ["corrected", "corrected"]
    assert "0300 Wed 4 May" in watching.titles()[-1]


async def test_what_editors_leave_behind_is_no_truce_file(watching):
    for name in (".truces.toml.swp", "truces.toml~", "#truces.toml#", "._truces.toml"):
        target(watching).with_name(name).write_text(other("ghost"))
    target(watching).with_name(".#truces.toml").symlink_to("somebody@desk.4711:1462190400")
    await settle(watching)
    assert watching.kinds() == []


async def test_what_is_left_for_all_to_see_is_no_truce_file_and_ops_is_told(watching):
    """Vim's `4913` is gone before anybody is told; a copy that stays may hold truces under a misspelt name."""
    vims, copy = (target(watching).with_name(name) for name in ("4913", "truces.toml.orig"))
    for path in (vims, copy):
        path.write_text(other("ghost"))
    await watching.tick("2016-05-02T12:10:01")
    vims.unlink()
    await settle(watching)
    assert watching.kinds() == ["ops"]
    assert "truces.toml.orig:1: warning: is not read" in watching.titles()[-1]


# Folders.


def versions(world, link: str) -> tuple[Path, Path]:
    """Two versions of the truces, of which the link shows the first."""
    old, new = world.config / ".v1", world.config / ".v2"
    for folder, text in ((old, GHOUTA + other("homs")), (new, EXTENDED)):
        folder.mkdir()
        (folder / "truces.toml").write_text(text)
    (world.config / link).symlink_to(old)
    return old, new


def flip(link: Path, to: Path) -> None:
    spare = link.with_name("..spare")
    spare.symlink_to(to)
    spare.replace(link)


async def test_a_flip_of_the_link_that_the_folder_is_counts_as_one_save(world):
    old, new = versions(world, "truces")
    await world.start()
    await settle(world)
    world.sent.clear()
    flip(world.config / "truces", new)
    shutil.rmtree(old)
    await settle(world)
    assert world.kinds() == ["extended"]


async def test_a_flip_of_the_data_folder_that_each_file_links_through_counts_as_one_save(world):
    """As Kubernetes mounts a ConfigMap."""
    folder = world.config / "truces"
    folder.mkdir()
    old, new = versions(world, "truces/..data")
    (folder / "truces.toml").symlink_to("..data/truces.toml")
    await world.start()
    await settle(world)
    world.sent.clear()
    flip(folder / "..data", new)
    shutil.rmtree(old)
    await settle(world)
    assert world.kinds() == ["extended"]
    shutil.rmtree(new)
    await settle(world)
    assert world.kinds() == ["extended", "ops"]
    assert f"{STAYS}Calm in Ghouta [ghouta], Calm in Ghouta [homs]." in world.sent[-1].message.text


async def test_a_folder_that_vanishes_for_a_moment_changes_nothing(watching):
    folder = watching.config / "truces"
    folder.rename(watching.config / "away")
    await watching.tick("2016-05-02T12:20:00")
    await watching.tick("2016-05-02T12:20:02")
    (watching.config / "away").rename(folder)
    await settle(watching)
    assert watching.kinds() == []


async def test_each_save_begins_the_quiet_seconds_anew(watching):
    whole = target(watching).read_text()
    watching.write("")
    await watching.tick("2016-05-02T12:20:00")
    watching.write(other("idlib"), name="idlib.toml")
    await watching.tick("2016-05-02T12:20:02")
    await watching.tick("2016-05-02T12:20:04")
    watching.write(whole)
    await settle(watching)
    assert watching.kinds() == ["recorded"]


async def test_a_folder_that_stays_away_holds_all_its_truces_in_one_alert_and_frees_them_when_it_is_back(world):
    for number in range(30):
        world.write(other(f"truce-{number:02}"), name=f"{number}.toml")
    await world.start()
    await settle(world)
    world.sent.clear()
    folder = world.config / "truces"
    folder.rename(world.config / "away")
    await settle(world)
    assert world.kinds() == ["ops"]
    text = world.sent[-1].message.text
    assert "30 running truces are gone from their files. They are held" in text
    assert "Calm in Ghouta [truce-00] (truces/0.toml)" in text
    assert "alertd withdraw ID" in text
    (world.config / "away").rename(folder)
    await settle(world)
    assert world.kinds() == ["ops", "ops"]
    assert "No truce is held any more." in world.sent[-1].message.text
    world.sent.clear()
    await world.live_until("2016-05-02T22:00")
    assert world.kinds() == ["reminder 24h"] * 30


async def test_a_folder_that_cannot_be_listed_holds_nothing_and_is_told_as_what_it_is(watching):
    folder = watching.config / "truces"
    folder.rename(watching.config / "away")
    folder.symlink_to(folder)  # the one error that root meets too
    await settle(watching)
    assert watching.kinds() == ["ops"]
    text = watching.sent[-1].message.text
    assert "truces:1: error: cannot be listed: Too many levels of symbolic links" in text
    assert "stays in force in its last good form: Calm in Ghouta [ghouta], Calm in Ghouta [homs]" in text
    folder.unlink()
    (watching.config / "away").rename(folder)
    await settle(watching)
    assert "truces: mended." in watching.titles()[-1]


@pytest.mark.parametrize("name", [b"\xff.toml", b"a\nb.toml", "\N{RIGHT-TO-LEFT OVERRIDE}.toml".encode()])
async def test_a_name_that_cannot_be_written_down_harms_no_other_file(watching, name):
    target(watching).with_name(os.fsdecode(name)).write_text(other("idlib"))
    watching.write(EXTENDED)
    await settle(watching)
    assert watching.kinds() == ["extended", "ops"]
    assert "cannot be shown: rename the file" in watching.sent[-1].message.text


# A register kept in git.


def git(folder, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=desk", "-c", "user.email=desk@example.org", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env=os.environ | {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
    )


async def test_a_pull_that_edits_moves_adds_and_deletes_tells_each_truce_what_became_of_it(world, tmp_path_factory):
    desk = tmp_path_factory.mktemp("desk")
    git(desk, "init", "-q", "-b", "main")
    (desk / "truces").mkdir()
    files = {"a": GHOUTA, "b": other("homs") + other("idlib"), "c": other("hama"), "d": other("aleppo")}
    for name, text in files.items():
        (desk / "truces" / f"{name}.toml").write_text(text)
    git(desk, "add", ".")
    git(desk, "commit", "-qm", "one")
    world.config.rmdir()
    git(desk, "clone", "-q", str(desk), str(world.config))
    await world.start()
    await settle(world)
    world.sent.clear()
    (desk / "truces" / "a.toml").rename(desk / "truces" / "z.toml")
    (desk / "truces" / "b.toml").write_text(other("homs"))
    (desk / "truces" / "c.toml").unlink()
    (desk / "truces" / "d.toml").write_text(other("aleppo") + EXTENSION + other("hama"))
    (desk / "truces" / "e.toml").write_text(other("raqqa"))
    git(desk, "add", "-A")
    git(desk, "commit", "-qm", "two")
    git(world.config, "pull", "-q")
    await settle(world)
    told = [(item.delivery.truce, item.delivery.kind) for sent in world.sent for item in sent.message.items]
    assert sorted(told) == [("aleppo", "extended"), ("idlib", "withdrawn"), ("raqqa", "recorded")]


# Moves.


async def ladder(world, truce_id="ghouta"):
    return {row.key for row in world.rows(truce=truce_id, kind="reminder") if row.state is DeliveryState.PLANNED}


async def test_a_file_renamed_and_a_truce_moved_change_nothing(watching):
    before = await ladder(watching)
    target(watching).rename(target(watching).with_name("syria.toml"))
    await settle(watching)
    watching.write(GHOUTA, name="ghouta.toml")
    watching.write(other("homs"), name="syria.toml")
    await settle(watching)
    assert watching.kinds() == []
    assert await ladder(watching) == before
    assert watching.ledger.run(queries.truces)["ghouta"].file == "truces/ghouta.toml"


async def test_a_truce_taken_out_here_and_put_in_there_two_seconds_later_changes_nothing(watching):
    before = await ladder(watching)
    watching.write(other("homs"))
    await watching.tick("2016-05-02T12:20:00")
    await watching.tick("2016-05-02T12:20:02")
    watching.write(GHOUTA, name="ghouta.toml")
    await settle(watching)
    assert watching.kinds() == []
    assert await ladder(watching) == before


async def test_a_truce_put_in_there_and_taken_out_here_two_seconds_later_changes_nothing(watching):
    before = await ladder(watching)
    watching.write(GHOUTA, name="ghouta.toml")
    await watching.tick("2016-05-02T12:20:00")
    await watching.tick("2016-05-02T12:20:02")
    watching.write(other("homs"))
    await settle(watching)
    assert watching.kinds() == []
    assert await ladder(watching) == before


async def test_a_truce_that_stands_twice_stays_in_force_and_is_told_only_once_the_files_have_stood_still(watching):
    before = await ladder(watching)
    watching.write(GHOUTA + EXTENSION, name="ghouta.toml")
    await watching.tick("2016-05-02T12:20:00")
    await watching.tick("2016-05-02T12:20:02")
    assert watching.kinds() == []
    await watching.tick("2016-05-02T12:20:03")
    assert watching.kinds() == ["ops", "ops"], "one for each file"
    stays = "Calm in Ghouta [ghouta] stays in force in its last good form."
    assert all(stays in sent.message.text for sent in watching.sent)
    assert await ladder(watching) == before
    watching.write(other("homs"))
    await settle(watching)
    assert watching.kinds()[2] == "extended"


# What is gone.


async def test_three_truces_gone_at_once_are_held_and_ops_is_told_how_to_confirm(world):
    world.write("".join(map(other, "abcde")))
    await world.start()
    await settle(world)
    world.sent.clear()
    world.write(other("d") + other("e"))
    await settle(world)
    assert world.kinds() == ["ops"]
    text = world.sent[-1].message.text
    assert ", ".join(f"Calm in Ghouta [{name}] (truces/truces.toml)" for name in "abc") in text
    assert "alertd withdraw ID" in text
    assert "truces/withdrawn.toml" in text


async def test_what_is_held_stays_held_when_others_are_confirmed_or_its_file_is_written_again(world):
    world.write("".join(map(other, "abcde")))
    await world.start()
    await settle(world)
    world.write(other("d") + other("e"))
    await settle(world)
    world.sent.clear()
    world.write('withdrawn = ["a", "b"]\n', name="withdrawn.toml")
    await settle(world)
    assert sorted(world.kinds()) == ["ops", "withdrawn", "withdrawn"]
    assert "Calm in Ghouta [c] is gone from truces/truces.toml. It is held" in world.sent[-1].message.text
    assert "alertd withdraw c" in world.sent[-1].message.text
    world.sent.clear()
    world.write(other("e"))
    await settle(world)
    assert world.kinds() == ["withdrawn"], "one more taken out is not an accident"
    assert [item.delivery.truce for item in world.sent[0].message.items] == ["d"]


async def test_an_id_once_withdrawn_and_recorded_again_is_not_withdrawn_while_it_moves(watching):
    watching.write('withdrawn = ["ghouta"]\n', name="withdrawn.toml")
    watching.write(other("homs"))
    await watching.tick("2016-05-02T12:20:00")
    await watching.tick("2016-05-02T12:20:02")
    watching.write(GHOUTA, name="ghouta.toml")
    await settle(watching)
    assert watching.kinds() == []


async def test_an_id_once_withdrawn_is_not_withdrawn_while_its_file_cannot_be_read(watching):
    watching.write('withdrawn = ["ghouta"]\n', name="withdrawn.toml")
    watching.write((GHOUTA + other("homs")).replace('id = "ghouta"', "id = "))
    await settle(watching)
    assert watching.kinds() == ["ops"]
    assert f"{STAYS}Calm in Ghouta [ghouta]." in watching.sent[-1].message.text


async def test_what_was_taken_out_counts_even_if_the_disk_is_full_when_its_time_has_come(watching, monkeypatch):
    watching.write(EXTENDED)
    await settle(watching)
    watching.write(GHOUTA + other("homs"))
    await watching.tick("2016-05-02T12:20:00")
    store, refusals = planning.store, [LedgerError("the disk is full")]

    def full_once(connection, revisions, *rest, **how):
        if revisions and refusals:
            raise refusals.pop()
        return store(connection, revisions, *rest, **how)

    monkeypatch.setattr(planning, "store", full_once)
    with pytest.raises(LedgerError):
        await watching.tick("2016-05-02T12:20:03")
    await watching.tick("2016-05-02T12:20:04")
    assert watching.kinds() == ["extended", "corrected"]


# What is broken.


async def test_a_syntax_error_costs_only_the_truce_it_stands_in(watching):
    watching.write((GHOUTA + EXTENSION + other("homs")).replace('title = "Calm', "title = Calm", 1))
    await settle(watching)
    assert watching.kinds() == ["ops"]
    watching.write(GHOUTA + EXTENSION + other("homs").replace('title = "Calm', "title = Calm"))
    await settle(watching)
    assert watching.kinds().count("extended") == 1


async def test_what_stood_below_a_line_that_is_cut_off_stays_in_force(watching):
    text = GHOUTA + other("homs")
    watching.write(text[: text.index("Calm") + 2])
    await settle(watching)
    assert watching.kinds() == ["ops"]
    assert f"{STAYS}Calm in Ghouta [homs]." in watching.sent[-1].message.text
    watching.write(text.replace(other("homs"), ""))
    await settle(watching)
    assert watching.kinds()[1:] == ["withdrawn", "ops"], "once the file can be read, what is missing was taken out"


async def test_settings_that_break_while_it_runs_hurt_nothing(watching):
    watching.settings('state_dir = "elsewhere\n[policy]\nlead_times = 7\n')
    watching.write(EXTENDED)
    await settle(watching)
    assert watching.kinds() == ["extended"]
    await watching.live_until("2016-05-04T22:30")
    assert "reminder 24h" in watching.kinds()
