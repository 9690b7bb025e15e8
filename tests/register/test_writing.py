"""Writing a truce file: whole or not at all, as its owner left it, and never over somebody else's edit."""

import os
import stat
import threading

import pytest

from alertd.errors import ConfigError
from alertd.register.writing import read_exactly, write

FILE = "truces/a.toml"


@pytest.fixture
def config(tmp_path):
    (tmp_path / "truces").mkdir()
    (tmp_path / FILE).write_text("old\n")
    return tmp_path


def names(config):
    return sorted(path.name for path in (config / "truces").iterdir())


def test_a_file_is_replaced_in_one_step_and_keeps_its_mode(config):
    (config / FILE).chmod(0o640)
    inode = (config / FILE).stat().st_ino
    write(config, FILE, "new\n", expected="old\n")
    assert read_exactly(config, FILE) == "new\n"
    assert stat.S_IMODE((config / FILE).stat().st_mode) == 0o640
    assert (config / FILE).stat().st_ino != inode
    assert names(config) == ["a.toml"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_file_keeps_its_owner(config):
    os.chown(config / FILE, 1234, 4321)
    write(config, FILE, "new\n", expected="old\n")
    traits = (config / FILE).stat()
    assert (traits.st_uid, traits.st_gid) == (1234, 4321)


def test_a_new_file_in_a_folder_that_a_group_shares_is_the_groups(config):
    def mode_of(name):
        write(config, f"truces/{name}", "new\n", expected=None)
        return stat.S_IMODE((config / "truces" / name).stat().st_mode)

    before = os.umask(0o022)
    try:
        assert mode_of("own.toml") == 0o644
        (config / "truces").chmod(0o2770)
        assert mode_of("shared.toml") == 0o664
    finally:
        os.umask(before)


def test_a_link_is_followed_and_stays_a_link(config, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (config / FILE).rename(tmp_path / "elsewhere" / "real.toml")
    (config / FILE).symlink_to(tmp_path / "elsewhere" / "real.toml")
    write(config, FILE, "new\n", expected="old\n")
    assert (config / FILE).is_symlink()
    assert (tmp_path / "elsewhere" / "real.toml").read_text() == "new\n"


def test_what_somebody_else_has_written_meanwhile_is_never_lost(config):
    (config / FILE).write_text("theirs\n")
    with pytest.raises(ConfigError, match="has changed meanwhile, and nothing was written"):
        write(config, FILE, "new\n", expected="old\n")
    with pytest.raises(ConfigError, match="has changed meanwhile"):
        write(config, FILE, "new\n", expected=None)
    assert (config / FILE).read_text() == "theirs\n"
    assert names(config) == ["a.toml"]


def test_of_many_who_write_at_once_one_wins_and_every_other_is_told(config):
    refused = []

    def add(name):
        try:
            write(config, FILE, name, expected="old\n")
        except ConfigError:
            refused.append(name)

    threads = [threading.Thread(target=add, args=(f"{number}\n",)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 11
    assert (config / FILE).read_text() not in refused


def test_a_crash_leaves_the_old_file_and_nothing_beside_it(config, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _handle: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(ConfigError, match="No space left on device; nothing has changed"):
        write(config, FILE, "new\n", expected="old\n")
    assert (config / FILE).read_text() == "old\n"
    assert names(config) == ["a.toml"]


def test_a_new_file_and_its_folder_are_made(tmp_path):
    write(tmp_path, FILE, "new\n", expected=None)
    assert (tmp_path / FILE).read_text() == "new\n"


def test_what_is_no_text_is_not_edited(config):
    (config / FILE).write_bytes(b"\xff\n")
    with pytest.raises(ConfigError, match="save it as UTF-8"):
        read_exactly(config, FILE)
