"""Who may write truces cannot have the daemon read, wait for or quote what lies elsewhere."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hostile import GOOD
from mutations import no_longer_than
from rights import lacking

from alertd.errors import Code, ConfigError, Level
from alertd.files.beneath import MOST_BYTES, is_trusted, read_beneath
from alertd.logs import register_secret
from alertd.message.render import load_renderer
from alertd.register import read_register
from alertd.register.writing import read_exactly, write
from alertd.settings import check_settings

NOW = datetime(2016, 5, 2, 12, tzinfo=UTC)
TOKEN = "ghp-9fK2mQx7Vb4Rt1Zc8Ls3"

LINKS = {
    "outside": "../../outside/token.toml",
    "outside, by another link": "outside.toml",
    "a credential": "../credentials/token",
    "a credential called like a truce file": "../credentials/token.toml",
    "a secret of another name": "../secret.txt",
    "the settings": "../alertd.toml",
}


@pytest.fixture
def config(tmp_path: Path) -> Path:
    config = tmp_path / "config"
    for folder in ("truces", "credentials", "templates", "../outside"):
        (config / folder).mkdir(parents=True)
    for name in ("credentials/token", "credentials/token.toml", "secret.txt", "alertd.toml", "../outside/token.toml"):
        (config / name).write_text(f"{TOKEN}\n")
    (config / "truces" / "outside.toml").symlink_to("../../outside/token.toml")
    (config / "truces" / "good.toml").write_text(GOOD.format("good"))
    return config


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_a_link_to_what_is_no_truce_file_is_refused_and_not_quoted(config, zone_for, link):
    (config / "truces" / "x.toml").symlink_to(link)
    register = read_register(config, zone_for=zone_for, now=NOW)
    told = [problem.message for problem in register.problems if problem.file == "truces/x.toml"]
    assert [message.partition(": ")[0] for message in told] == ["cannot be read"]
    assert "put the file itself there" in told[0]
    assert TOKEN not in str(register.problems)
    assert [truce.id for truce in register.truces] == ["good"]


def test_a_command_does_not_edit_through_such_a_link(config):
    (config / "truces" / "x.toml").symlink_to("../../outside/token.toml")
    with pytest.raises(Exception, match="leads out of the config folder"):
        read_exactly(config, "truces/x.toml")


def test_a_command_makes_no_file_through_a_link_that_leads_out(config):
    (config / "truces" / "x.toml").symlink_to("../../outside/new.toml")
    with pytest.raises(ConfigError, match="leads out of the config folder"):
        write(config, "truces/x.toml", GOOD.format("x"), expected=None)
    assert not (config.parent / "outside" / "new.toml").exists()


@pytest.mark.parametrize("file", ["alertd.toml", "templates/text.jinja"])
def test_settings_and_templates_lead_nowhere_else_either(config, zone_for, file):
    (config / file).unlink(missing_ok=True)
    (config / file).symlink_to("../outside/token.toml" if file == "alertd.toml" else "../secret.txt")
    problems = check_settings(config, {}, zone_for=zone_for)[1] if file == "alertd.toml" else load_renderer(config)[1]
    assert [problem.file for problem in problems] == [file]
    assert "it is a link" in problems[0].message
    assert TOKEN not in problems[0].message


@pytest.mark.parametrize("name", ["x.toml", "..data", "whole"])
def test_links_that_stay_inside_are_followed(config, zone_for, name):
    """A file by another name, a ConfigMap of Kubernetes, and a folder that git keeps."""
    folder = config / "truces"
    if name == "x.toml":
        (config / "2016.toml").write_text(GOOD.format("x"))
        (folder / "x.toml").symlink_to(config / "2016.toml")
    elif name == "..data":
        (folder / "..2016").mkdir()
        (folder / "..2016" / "x.toml").write_text(GOOD.format("x"))
        (folder / "..data").symlink_to("..2016")
        (folder / "x.toml").symlink_to("..data/x.toml")
    else:
        folder.rename(config / "checkout")
        folder.symlink_to("checkout")
        (folder / "x.toml").write_text(GOOD.format("x"))
    register = read_register(config, zone_for=zone_for, now=NOW)
    assert [truce.id for truce in register.truces] == ["good", "x"]


def test_the_config_folder_itself_may_be_a_link(config, zone_for):
    link = config.with_name("link")
    link.symlink_to(config)
    assert [truce.id for truce in read_register(link, zone_for=zone_for, now=NOW).truces] == ["good"]


def test_what_is_no_file_keeps_nobody_waiting(config, zone_for):
    (config / "alertd.toml").unlink()
    os.mkfifo(config / "alertd.toml")
    os.mkfifo(config / "truces" / "pipe.toml")
    with no_longer_than(20):
        _, problems = check_settings(config, {}, zone_for=zone_for)
        register = read_register(config, zone_for=zone_for, now=NOW)
    assert "not a regular file" in problems[0].message
    assert [truce.id for truce in register.truces] == ["good"]


def test_a_file_of_more_than_16_mb_is_refused_by_its_name(config, zone_for):
    with (config / "truces" / "x.toml").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    register = read_register(config, zone_for=zone_for, now=NOW)
    assert [problem.message for problem in register.problems if problem.file == "truces/x.toml"] == [
        "cannot be read: larger than 16 MB: split it into several files"
    ]


def test_a_file_is_read_of_root_the_daemon_its_groups_and_their_members():
    reader, group, nobody = 12345, 12346, 54321
    groups = {group}
    assert is_trusted(0, nobody, reader=reader, groups=groups)
    assert is_trusted(reader, nobody, reader=reader, groups=groups)
    assert is_trusted(nobody, group, reader=reader, groups=groups)
    assert is_trusted(nobody, nobody, reader=0, groups=groups)
    assert is_trusted(1, nobody, reader=reader, groups=os.getgrouplist("daemon", 1))
    assert not is_trusted(nobody, nobody, reader=reader, groups=groups)
    assert not is_trusted(1, nobody, reader=reader, groups=groups)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_file_of_a_stranger_is_not_read(config, monkeypatch):
    os.chown(config / "truces" / "good.toml", 54321, 54321)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(PermissionError, match="its owner is neither root nor alertd"):
        read_beneath(config, "truces/good.toml")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
@pytest.mark.parametrize(("mode", "is_read"), [(0o770, True), (0o777, False)])
def test_where_owners_are_hidden_those_who_may_write_the_folder_are_trusted(config, mode, is_read):
    """A unit with PrivateUsers= sees an operator's file as nobody's."""
    os.chown(config / "truces" / "good.toml", 54321, 54321)
    (config / "truces").chmod(mode)
    asked = (
        "import sys, pathlib, alertd.files.beneath as b; b.read_beneath(pathlib.Path(sys.argv[1]), 'truces/good.toml')"
    )
    hidden = ("unshare", "--user", "--map-user=12345", "--map-group=12345")
    if subprocess.run([*hidden, "true"], check=False, capture_output=True).returncode:
        lacking("needs user namespaces")
    done = subprocess.run([*hidden, sys.executable, "-c", asked, config], check=False, capture_output=True, text=True)
    assert (done.returncode == 0) is is_read, done.stderr
    assert ("its owner is neither root nor alertd" in done.stderr) is not is_read


@pytest.mark.parametrize(
    "line", [TOKEN, f"token = {TOKEN}", f"x = {TOKEN}", "password = hunter2", f"[{TOKEN}", f"{TOKEN} = x"]
)
def test_a_line_that_may_hold_a_secret_is_not_quoted(config, zone_for, line):
    (config / "truces" / "x.toml").write_text(f"{GOOD.format('x')}{line}\n")
    register = read_register(config, zone_for=zone_for, now=NOW)
    told = str([problem for problem in register.problems if problem.file == "truces/x.toml"])
    assert "line=7" in told
    left_out = str([truce.truce.left_out for truce in register.truces if truce.truce is not None])
    for secret in (TOKEN, "hunter2"):
        assert secret not in told
        assert secret not in left_out


def test_what_is_known_to_be_secret_is_in_no_problem(config, zone_for):
    register_secret("gurkensalat")
    (config / "truces" / "x.toml").write_text(f"{GOOD.format('x')}note = gurkensalat\n")
    register = read_register(config, zone_for=zone_for, now=NOW)
    (problem,) = (found for found in register.problems if found.file == "truces/x.toml")
    assert problem.message == 'a text needs quotes: write note = "***"'


@pytest.mark.parametrize("file", ["truces", "truces/good.toml"])
def test_what_anybody_can_change_is_a_warning(config, zone_for, file):
    (config / file).chmod(0o777)
    register = read_register(config, zone_for=zone_for, now=NOW)
    (problem,) = (found for found in register.problems if found.code is Code.SECRET)
    assert (problem.file, problem.level) == (file, Level.WARNING)
    assert "chmod o-w" in problem.message
    assert [truce.id for truce in register.truces] == ["good"]
