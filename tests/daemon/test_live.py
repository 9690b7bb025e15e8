"""The real process while somebody edits its files: what the system itself has a say in."""

import os
import time
from contextlib import contextmanager

from process import Process, alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces

END = in_seconds(3 * 24 * 3600)


def ghouta(end=END) -> str:
    return truce_text("ghouta", f"starts = {toml_utc(in_seconds(-3600))}", f"ends = {toml_utc(end)}")


def known(config) -> dict[str, str]:
    return {truce["id"]: truce["ends_at"] for truce in alertd_json(config, "status")["truces"]}


def test_a_hundred_quick_edits_end_in_the_last(tmp_path):
    """In place and by rename in turn, of one size, as fast as the file system takes them."""
    path = write_truces(tmp_path, ghouta())
    with running(tmp_path) as process:
        until(lambda: process.logged().count("register.read") == 2, "files that have stood still")
        for number in range(1, 101):
            text = ghouta(END.replace(second=0, minute=number % 60, hour=number // 60))
            if number % 2:
                path.write_text(text)
            else:
                new = path.with_name(".new")
                new.write_text(text)
                new.replace(path)
            time.sleep(0.02)
        last = toml_utc(END.replace(second=0, minute=40, hour=1))
        until(lambda: known(tmp_path)["ghouta"] == last, "the last edit")

        def last_news():
            return [row for row in alertd_json(tmp_path, "history") if row["kind"] == "corrected"][-1]

        until(lambda: last_news()["state"] == "delivered", "the last alert")
        assert last_news()["ends_at"] == last
        assert process.stop() == 0


@contextmanager
def without_the_rights_of_root(config):
    """A daemon to which permissions apply, whoever runs the tests."""
    within = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    process = Process(config, within=within).start()
    try:
        yield process
    finally:
        if process.alive:
            process.kill()


def test_a_file_and_a_folder_that_may_not_be_read_cost_nothing_and_are_mended_when_they_may(tmp_path):
    path = write_truces(tmp_path, ghouta())
    with without_the_rights_of_root(tmp_path) as process:
        until(lambda: "ghouta" in process.said(), "the truce")
        for locked in (path, path.parent):
            mode = locked.stat().st_mode
            before = process.said().count("mended")
            locked.chmod(0)
            try:
                name = str(locked.relative_to(tmp_path))
                until(lambda name=name: f"{name}:1: error: cannot be" in process.said(), f"ops told of {name}")
            finally:
                locked.chmod(mode)
            until(lambda before=before: process.said().count("mended") > before, "ops told that it is mended")
        assert "Permission denied" in process.said()
        assert "stays in force in its last good form: Calm in ghouta [ghouta]" in process.said()
        assert "withdrawn" not in process.said()
        assert "tick.failed" not in process.logged()
        assert known(tmp_path) == {"ghouta": toml_utc(END)}
        assert process.stop() == 0


def test_an_accepted_edit_leaves_one_line_of_what_follows_from_it(tmp_path):
    path = write_truces(tmp_path, ghouta())
    with running(tmp_path) as process:
        until(lambda: "ghouta" in process.said(), "the truce")
        later = END.replace(year=END.year + 1)
        with path.open("a") as file:
            file.write(f"[[truce.extension]]\nuntil = {toml_utc(later)}\n")
        until(lambda: "truce.changed" in process.logged(), "the line")
        (line,) = [line for line in process.logged().splitlines() if "truce.changed" in line and "extended" in line]
        assert "; cancels 4 reminders and 2 notices of expiry; next: 24h at " in line
        assert "; plans 4 reminders and 2 notices of expiry" in line
        assert process.stop() == 0
