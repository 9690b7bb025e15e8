"""The editors and tools that people save with, each run for real against a running process.

Each adds an extension to the second truce of a file and is done; alertd has to tell it once, and nothing besides.
"""

import os
import pty
import select
import subprocess
import time
from pathlib import Path

import pytest
from process import alertd_json, in_seconds, running, toml_utc, truce_text, until, write_truces
from terminal import needs_terminals

pytestmark = pytest.mark.counterparts

START, END, LATER = in_seconds(-3600), in_seconds(3 * 24 * 3600), in_seconds(5 * 24 * 3600)
EXTENSION = f"[[truce.extension]]\nuntil = {toml_utc(LATER)}\n"


def truces() -> tuple[str, str]:
    window = (f"starts = {toml_utc(START)}", f"ends = {toml_utc(END)}")
    return truce_text("homs", *window), truce_text("ghouta", *window)


def extended() -> str:
    return "\n".join(truces()) + EXTENSION


def run(*command: str, cwd: Path) -> None:
    subprocess.run(
        command, check=True, capture_output=True, timeout=60, cwd=cwd, stdin=subprocess.DEVNULL, env=quiet_home(cwd)
    )


def quiet_home(folder: Path) -> dict[str, str]:
    """An environment in which no settings of whoever runs the tests count."""
    return os.environ | {
        "HOME": str(folder),
        "TERM": "xterm",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }


def vim(*options: str):
    def save(path: Path, aside: Path) -> None:
        (aside / "extension").write_text(EXTENSION)
        sets = [argument for option in options for argument in ("-c", f"set {option}")]
        run("vim", "-N", "-u", "NONE", "-es", *sets, "-c", f"$read {aside}/extension", "-c", "wq", str(path), cwd=aside)

    return save


def nano(path: Path, aside: Path) -> None:
    """Typed at its keyboard: to the end, the lines, save under the same name, leave."""
    needs_terminals()
    leader, follower = pty.openpty()
    environment = quiet_home(aside)
    editor = subprocess.Popen(
        ["nano", "--ignorercfiles", "--backup", str(path)],
        stdin=follower,
        stdout=follower,
        stderr=follower,
        env=environment,
        start_new_session=True,
    )
    os.close(follower)
    try:
        for keys in ("", "\x1b/", EXTENSION.replace("\n", "\r"), "\x0f", "\r", "\x18"):
            os.write(leader, keys.encode())
            shown(leader)
        until(lambda: editor.poll() is not None, "nano gone", patience=10)
        assert editor.returncode == 0
    finally:
        if editor.poll() is None:
            editor.kill()
            editor.wait()
        os.close(leader)


def shown(leader: int) -> None:
    """Take what the editor draws until it draws no more."""
    end = time.monotonic() + 5
    while time.monotonic() < end and select.select([leader], [], [], 0.5)[0]:
        try:
            os.read(leader, 65536)
        except OSError:  # it is gone
            return


def sed(path: Path, aside: Path) -> None:
    lines = EXTENSION.strip().replace("\n", "\\n")
    run("sed", "-i", f"$a {lines}", str(path), cwd=aside)


def rsync(*options: str):
    def save(path: Path, aside: Path) -> None:
        (aside / "truces").mkdir()
        (aside / "truces" / path.name).write_text(extended())
        run("rsync", "-a", "--delete", *options, f"{aside}/truces/", f"{path.parent}/", cwd=aside)

    return save


def copy(path: Path, aside: Path) -> None:
    (aside / "new").write_text(extended())
    run("cp", "-p", str(aside / "new"), str(path), cwd=aside)


SAVES = {
    "vim": vim("backupcopy=no", "writebackup"),
    "vim in place with a backup": vim("backupcopy=yes", "backup", "writebackup"),
    "nano": nano,
    "sed": sed,
    "rsync": rsync(),
    "rsync in place": rsync("--inplace"),
    "cp": copy,
}


@pytest.mark.parametrize("save", SAVES.values(), ids=list(SAVES))
def test_each_saves_as_one_change(tmp_path, tmp_path_factory, save):
    path = write_truces(tmp_path, *truces())
    with running(tmp_path) as process:
        until(lambda: "ghouta" in process.said(), "the truces")
        save(path, tmp_path_factory.mktemp("aside"))
        assert path.read_text().rstrip().endswith(EXTENSION.rstrip())
        until(lambda: [row for row in told(tmp_path) if row == ("ghouta", "extended")], "the extension")
        until(lambda: in_seconds(-5).timestamp() > path.stat().st_mtime, "files that stand still", patience=10)
        assert told(tmp_path) == [("ghouta", "recorded"), ("homs", "recorded"), ("ghouta", "extended")]
        assert process.stop() == 0


def told(config: Path) -> list[tuple[str, str]]:
    """The alerts of changes, and of alertd about itself; those that an end leads to are left out."""
    rows = [row for row in alertd_json(config, "history") if row["kind"] not in {"reminder", "lapsed", "review"}]
    news = [(row["truce"], row["kind"]) for row in rows]
    return [*sorted(news[:2]), *news[2:]]
