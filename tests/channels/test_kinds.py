"""Kinds of channel from another package: one is really installed, and really delivers."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from factories import opening
from process import alertd, in_seconds, toml_utc, truce_text, until, write_truces

from alertd.channels import open_targets
from alertd.errors import ChannelError

PACKAGE = Path(__file__).parent / "package"
PLANTED = "planted-token"


@pytest.fixture(scope="session")
def installed(tmp_path_factory) -> Path:
    """The folder into which pip has installed the package."""
    folder = tmp_path_factory.mktemp("installed")
    source = shutil.copytree(PACKAGE, tmp_path_factory.mktemp("source") / "package")
    options = "--quiet --no-deps --no-build-isolation --no-index --disable-pip-version-check --target"
    subprocess.run(
        [sys.executable, "-m", "pip", "install", *options.split(), str(folder), str(source)],
        check=True,
        capture_output=True,
    )
    return folder


@pytest.fixture
def run(installed, tmp_path):
    """Run a command in a process that finds the package, with channels of these kinds and a truce ahead."""
    write_truces(
        tmp_path, truce_text("calm", "starts = 2016-05-01T00:00:00", f"ends = {toml_utc(in_seconds(5 * 3600))}")
    )

    def run_with(*arguments, channels):
        tables = (f'[[channel]]\nname = "{name}"\n{rest}\n' for name, rest in channels.items())
        (tmp_path / "alertd.toml").write_text("".join(tables))
        return alertd(tmp_path, *arguments, env={"PYTHONPATH": str(installed), "NOTEBOOK": str(tmp_path / PLANTED)})

    return run_with


URL = "url = { env = 'NOTEBOOK' }"


def test_a_kind_of_another_package_delivers_an_alert(run, tmp_path):
    done = run("test-channel", "book", "--truce", "calm", "--json", channels={"book": f"kind = 'notebook'\n{URL}"})

    assert done.returncode == 0, done.stderr
    assert [(result["target"], result["outcome"]) for result in json.loads(done.stdout)] == [("book", "accepted")]
    assert (tmp_path / PLANTED).read_text().startswith("[TEST] Calm in calm: ends in 1 h")


def test_the_daemon_delivers_through_a_kind_of_another_package(run, installed, tmp_path):
    assert run("check", channels={"book": f"kind = 'notebook'\n{URL}"}).returncode == 0
    environ = os.environ | {"PYTHONPATH": str(installed), "NOTEBOOK": str(tmp_path / PLANTED)}
    with (tmp_path / "log.txt").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "alertd", "--config", str(tmp_path), "run"], env=environ, stderr=log
        )
    try:
        notebook = tmp_path / PLANTED
        until(lambda: notebook.exists() and "Calm in calm" in notebook.read_text(), "the alert in the notebook")
    finally:
        process.terminate()
        assert process.wait(30) == 0
    assert PLANTED not in (tmp_path / "log.txt").read_text()


def test_a_kind_of_another_package_may_need_no_url(run):
    done = run("test-channel", "book", channels={"book": "kind = 'notebook'"})

    assert done.returncode == 0, done.stderr
    assert "[TEST]" in done.stderr


def test_an_unknown_kind_is_told_with_its_line_and_the_kinds_that_there_are(run):
    for kind, line in (("notbook", 3), ("notebook", None)):
        done = run("check", "--json", channels={"book": f"kind = '{kind}'"})
        problems = [problem for problem in json.loads(done.stdout)["problems"] if problem["file"] == "alertd.toml"]
        assert [(problem["line"], problem["code"]) for problem in problems] == (
            [] if line is None else [(line, "channel")]
        )
        if line is not None:
            assert "takes one of apprise, console, notebook, " in problems[0]["message"]


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("notebook-that-stumbles", "cannot be used: KeyError at broken.py:"),
        ("notebook-without-targets", "opened other targets than it was asked for"),
        ("notebook-of-another-age", "cannot be used: ImportError at outdated.py:"),
    ],
)
def test_a_broken_kind_is_told_with_its_package_and_channel_and_without_a_traceback(kind, why, run):
    done = run("test-channel", "book", channels={"book": f"kind = '{kind}'\n{URL}"})

    assert done.returncode == 1
    assert done.stderr.startswith(f"alertd: channel book: the kind {kind} of package alertd-example-notebook {why}")
    assert "Traceback" not in done.stderr
    assert PLANTED not in done.stdout + done.stderr


def test_a_kind_that_two_packages_bring_is_not_guessed_at(run):
    done = run("test-channel", "hook", channels={"hook": f"kind = 'webhook'\n{URL}"})

    assert done.returncode == 1
    assert "several packages bring the kind webhook: " in done.stderr
    assert "package alertd-example-notebook" in done.stderr


def test_a_broken_package_that_is_not_used_disturbs_nothing(run):
    done = run("test-channel", "out", channels={"out": "kind = 'console'"})

    assert done.returncode == 0, done.stderr


def test_opening_an_unknown_kind_names_those_there_are():
    with pytest.raises(ChannelError, match="desk: there is no kind pager; there are: apprise, console, webhook"):
        open_targets("pager", opening())


def test_the_kinds_of_alertd_itself_are_entry_points_too():
    assert {entry.name for entry in entry_points(group="alertd.channels") if entry.dist.name == "alertd"} == {
        "apprise",
        "console",
        "webhook",
    }


@pytest.mark.parametrize(("kind", "others"), [("console", {"apprise", "aiohttp"}), ("webhook", {"apprise"})])
def test_only_the_kinds_in_use_are_loaded(kind, others):
    code = f"""
import sys
sys.path.insert(0, "tests")
from factories import opening
from alertd.channels import open_targets
open_targets("{kind}", opening(*["https://example.org/hook"][: "{kind}" != "console"]))
print(*sorted(sys.modules))
"""
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True)
    assert others.isdisjoint(done.stdout.split())
