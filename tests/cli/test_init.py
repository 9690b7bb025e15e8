"""`alertd init`: a folder to begin with, and a truce in it that is worth watching for twenty minutes."""

import json
import re
import shlex
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli.commands import SAMPLE, tree
from process import running, truce_text, write_truces

from alertd.cli import init as command_init

README = Path(__file__).parents[2] / "README.md"
FILES = {"alertd.toml", "truces", "truces/example.toml"}


def next_commands(done):
    return [shlex.split(line)[1:] for line in done.stdout.splitlines() if line.startswith("  alertd ")]


def test_what_it_writes_passes_the_strictest_check_and_reminds_soon(command, tmp_path):
    new = tmp_path / "new" / "folder"
    done = command(new, "init")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(tree(new)) == FILES
    checked = command(new, "check", "--strict", "--json")
    assert checked.returncode == 0
    (truce,) = json.loads(checked.stdout)["truces"]
    assert (truce["id"], truce["state"]) == ("example", "running")
    planned = json.loads(command(new, "plan", "--json").stdout)
    assert [(delivery["kind"], delivery["stage"]) for delivery in planned if delivery["kind"] != "review"] == [
        ("reminder", "15m"),
        ("reminder", "5m"),
        ("lapsed", "0"),
        ("lapsed", "+15m"),
    ]
    first = datetime.fromisoformat(planned[0]["due_at"])
    assert timedelta(minutes=4) < first - datetime.now(UTC) <= timedelta(minutes=6)


def test_the_commands_that_it_names_go_on_from_there(command, tmp_path):
    new = tmp_path / "with a space"
    check, run = next_commands(command(new, "init"))
    assert (check[-1], run[-1]) == ("check", "run")
    assert command(check[1], *check[2:]).returncode == 0
    with running(Path(run[1])) as process:
        ahead = [json.loads(line) for line in process.logged().splitlines() if "agenda.ahead" in line]
        assert [(delivery["kind"], delivery["stage"]) for delivery in ahead] == [
            ("reminder", "15m"),
            ("reminder", "5m"),
            ("lapsed", "0"),
        ]
        assert "Twenty minutes of calm" in process.said()
        assert process.stop() == 0
    assert (new / "state").is_dir()


def test_the_two_commands_of_the_readme_do_what_it_says(tmp_path):
    block = README.read_text().partition("<!-- watch -->\n```sh\n")[2].partition("```")[0]
    begin, watch = (shlex.split(line) for line in block.splitlines())
    assert begin[0] == watch[0] == ".venv/bin/alertd"
    done = subprocess.run(
        [sys.executable, "-m", "alertd", *begin[1:]], cwd=tmp_path, check=True, timeout=60, capture_output=True
    )
    assert done.stderr == b""
    assert watch[1:] == ["--config", begin[2], "run"]
    with running(tmp_path / begin[2]) as process:
        assert "Twenty minutes of calm: recorded, ends" in process.said()
        assert '"stage": "15m"' in process.logged()
        assert process.stop() == 0


def test_the_settings_are_the_sample_kept_in_the_folder_itself_and_read_in_utc(command, tmp_path):
    command(tmp_path, "init")
    sample, new = ((folder / "alertd.toml").read_text().splitlines() for folder in (SAMPLE, tmp_path))
    different = [line.partition(" #")[0].rstrip() for line, old in zip(new, sample, strict=True) if line != old]
    assert different == ['state_dir = "state"', 'zone = "UTC"']


def test_the_extension_in_its_comments_counts_once_they_are_taken_away(command, tmp_path):
    command(tmp_path, "init")
    path = tmp_path / "truces" / "example.toml"
    before = json.loads(command(tmp_path, "check", "--json").stdout)["truces"][0]["ends_at"]
    path.write_text(re.sub(r"^#  ", "", path.read_text(), flags=re.MULTILINE))
    done = command(tmp_path, "check", "--strict", "--json")
    assert done.returncode == 0
    after = json.loads(done.stdout)["truces"][0]["ends_at"]
    assert datetime.fromisoformat(after) - datetime.fromisoformat(before) == timedelta(minutes=20)


SETTINGS = "# mine\n"
TRUCE = truce_text("mine", "starts = 2016-05-01T00:00:00", 'lasts = "24h"')


@pytest.mark.parametrize(
    "prepare",
    [
        lambda config: (config / "alertd.toml").write_text(SETTINGS),
        lambda config: (config / "alertd.toml").symlink_to("nowhere"),
        lambda config: write_truces(config, TRUCE),
        lambda config: write_truces(config, "", name="example.toml"),
        lambda config: write_truces(config, 'withdrawn = ["gone"]\n', name="withdrawn.toml"),
    ],
    ids=["settings", "a link to nowhere", "a truce", "its own truce", "withdrawals"],
)
def test_it_writes_nothing_where_anything_stands(command, tmp_path, prepare):
    prepare(tmp_path)
    before = tree(tmp_path)
    done = command(tmp_path, "init")
    assert (done.returncode, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert str(tmp_path) in line
    assert "nothing was written" in line
    assert tree(tmp_path) == before


def test_a_second_time_it_writes_nothing(command, tmp_path):
    command(tmp_path, "init")
    before = tree(tmp_path)
    done = command(tmp_path, "init")
    assert done.returncode == 1
    assert "alertd.toml, truces/example.toml already, and nothing was written" in done.stderr
    assert tree(tmp_path) == before


def test_what_cannot_be_written_leaves_nothing_behind(command, tmp_path):
    """The second of two files fails, as the name of its folder is taken."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "truces").write_text("a file where the folder should be")
    before = tree(tmp_path)
    done = command(config, "init")
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was written" in done.stderr
    assert tree(tmp_path) == before
    assert command(config / "truces" / "below", "init").returncode == 1
    assert tree(tmp_path) == before


def test_folders_that_were_made_for_what_cannot_be_written_go_with_it(tmp_path):
    texts = {"alertd.toml": "", f"truces/{'x' * 300}.toml": ""}
    with pytest.raises(OSError, match="name too long"):
        command_init._create(tmp_path / "new" / "folder", texts)
    assert tree(tmp_path) == {}


def test_of_several_at_once_one_writes_and_the_others_leave_it_alone(tmp_path):
    """They meet between the look and the writing, where only the making of each file can tell them apart."""
    meet = threading.Barrier(4)
    texts = [{"alertd.toml": f"# {number}\n", "truces/example.toml": f"# {number}\n"} for number in range(4)]
    refused = []

    def make(text):
        meet.wait()
        try:
            command_init._create(tmp_path, text)
        except OSError as error:
            refused.append(error)

    threads = [threading.Thread(target=make, args=(text,)) for text in texts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 3
    left = tree(tmp_path)
    assert set(left) == FILES
    assert left["alertd.toml"] == left["truces/example.toml"]


def test_the_folder_is_the_one_that_is_named_nearest(command, tmp_path, monkeypatch):
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert command(tmp_path / "option", "init", str(tmp_path / "argument")).returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"here", "argument"}
    monkeypatch.setenv("ALERTD_CONFIG", str(tmp_path / "environment"))
    assert command(None, "init").returncode == 0
    monkeypatch.delenv("ALERTD_CONFIG")
    assert command(None, "init").returncode == 0
    assert {path.name for path in tmp_path.iterdir()} == {"here", "argument", "environment"}
    assert set(tree(here)) == FILES
