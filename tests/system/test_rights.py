"""Who may do what: the daemon inside its cage, an operator of its group, and anybody else."""

import json
import re
import signal

import pytest
from process import in_seconds, lasting, toml_utc, until
from system.box import CLONE
from system.conftest import SECRET

pytestmark = pytest.mark.system

EXPOSURE_AT_MOST = 1.2

PROBE = """
import json, os, stat, sys
writable = []
for folder, names, files in os.walk("/"):
    if folder == "/":
        names[:] = [name for name in names if name not in ("proc", "sys")]
    for path in (folder, *(os.path.join(folder, name) for name in files)):
        kind = stat.S_IFMT(os.lstat(path).st_mode)
        if kind in (stat.S_IFDIR, stat.S_IFREG, stat.S_IFCHR, stat.S_IFBLK) and os.access(path, os.W_OK):
            writable.append(path)
readable = {}
for path in sys.argv[1:]:
    try:
        readable[path] = open(path).read()
    except OSError as error:
        readable[path] = None
print("PROBED " + json.dumps([writable, readable]))
"""


def cage(unit):
    """The lines of a unit that lock it up."""
    text = (CLONE / "systemd" / unit).read_text()
    return {line for line in text[text.index("NoNewPrivileges") :].splitlines() if line and line[0] not in "#["} - {
        "WantedBy=multi-user.target"
    }


@pytest.mark.parametrize("unit", ["alertd.service", "alertd-down.service", "alertd-record.service"])
def test_the_units_are_sound_and_locked_up(box, unit):
    told = box.run("systemd-analyze", "security", "--offline=true", f"/etc/systemd/system/{unit}")

    assert float(re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)[1]) <= EXPOSURE_AT_MOST
    said = box.try_run("systemd-analyze", "verify", f"/etc/systemd/system/{unit}").stderr.splitlines()
    assert not [line for line in said if "RestartMode" not in line], said  # 252 does not know it


def test_the_messenger_is_locked_up_as_the_daemon_is():
    assert cage("alertd.service") - cage("alertd-down.service") == {"SystemCallFilter=setpriority"}  # of its board
    assert cage("alertd-down.service") <= cage("alertd.service")


def test_the_helper_that_records_is_locked_up_as_the_daemon_is_but_for_what_it_needs():
    theirs, its = cage("alertd.service"), cage("alertd-record.service")

    assert theirs - its == {"PrivateUsers=yes", "InaccessiblePaths=/dev/shm /dev/mqueue"} | {
        "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX",
        "SystemCallFilter=setpriority",
    }
    assert its - theirs == {
        "ReadWritePaths=/etc/alertd/truces",
        "InaccessiblePaths=/dev/shm /dev/mqueue -/etc/alertd/credentials",
        "RestrictAddressFamilies=AF_UNIX",
        "PrivateNetwork=yes",
        "SystemCallFilter=@chown",
    }


def test_the_daemon_can_write_its_state_alone_and_reads_no_secret_of_others(service):
    box = service.box
    box.write("/etc/other-secret", "of others", 0o600)
    box.write(
        "/etc/systemd/system/other.service", "[Service]\nExecStart=sleep 600\nLoadCredential=its:/etc/other-secret\n"
    )
    box.write("/srv/probe.py", PROBE)
    (box.path / "srv/anybody").mkdir()
    box.run("mount", "-t", "tmpfs", "-o", "mode=1777", "tmpfs", "/srv/anybody")
    unit = (box.path / "etc/systemd/system/alertd.service").read_text()
    others = (
        "/run/credentials/other.service/its",
        "/etc/alertd/credentials/mail-url",
        "/etc/shadow",
        "/etc/other-secret",
    )
    own = "/run/credentials/probe.service/alertd_mail-url"
    for name, value in (("Type", "oneshot"), ("ExecStart", f"/usr/bin/python3 /srv/probe.py {own} {' '.join(others)}")):
        unit = re.sub(rf"^{name}=.*$", f"{name}={value}", unit, flags=re.MULTILINE)
    unit = re.sub(r"^(ExecReload|WatchdogSec|NotifyAccess|Restart|OnFailure)=.*$", "", unit, flags=re.MULTILINE)
    box.write("/etc/systemd/system/probe.service", unit)
    box.run("systemctl", "daemon-reload")
    box.run("systemctl", "start", "other.service", "probe.service")

    (told,) = [line["MESSAGE"] for line in box.journal("probe.service") if line["MESSAGE"].startswith("PROBED")]

    box.run("systemctl", "stop", "other.service")
    writable, readable = json.loads(told.removeprefix("PROBED "))
    assert readable == {own: service.post.url, **dict.fromkeys(others)}
    # Its /tmp is seen by nobody else; the devices lead nowhere.
    private = {"/tmp", "/var/tmp", *(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom", "tty"))}  # noqa: S108
    elsewhere = [path for path in writable if not path.startswith(("/var/lib/alertd", "/dev/pts"))]
    assert sorted(set(elsewhere) - private) == []
    assert "/var/lib/alertd" in writable


def test_an_operator_reads_the_status_whether_it_runs_was_stopped_or_was_killed(service, people):
    service.truces(lasting("ghouta"))
    pid = service.start()
    until(lambda: service.post.heard("ghouta"), "the first alert")

    def read():
        done = service.alertd("status", "--json", user="op")
        assert done.returncode == 0, done.stderr
        status = json.loads(done.stdout)
        assert [truce["id"] for truce in status["truces"]] == ["ghouta"]
        assert status["next"]
        assert status["problems"] == []
        return status["pid"]

    assert read() == pid
    service.drop_in("[Service]\nRestart=no\n[Unit]\nOnFailure=\n")
    service.box.signal(signal.SIGKILL, pid)
    until(lambda: not service.box.pid, "a dead daemon")
    assert (service.box.path / "var/lib/alertd/ledger.db-wal").exists()
    assert read() is None
    service.start()
    service.box.run("systemctl", "stop", "alertd.service")
    assert not (service.box.path / "var/lib/alertd/ledger.db-wal").exists()
    assert read() is None


def test_an_operator_records_an_extension_and_can_have_it_checked(service, people):
    service.truces(lasting("ghouta"))
    service.start()
    until(lambda: service.post.heard("ghouta"), "the first alert")
    service.box.run("chgrp", "alertd", "/etc/alertd/truces/truces.toml")
    service.box.run("chmod", "660", "/etc/alertd/truces/truces.toml")
    extension = (
        f"\n[[truce.extension]]\nannounced = {toml_utc(in_seconds(-60))}\nuntil = {toml_utc(in_seconds(9000))}\n"
    )

    service.box.run("tee", "-a", "/etc/alertd/truces/truces.toml", user="op", text=extension)

    until(lambda: service.post.heard("ghouta", "extended"), "the extension")
    checked = service.alertd("check", "--json", user="op")
    assert checked.returncode == 0
    (problem,) = json.loads(checked.stdout)["problems"]
    assert (problem["level"], "`mail-url` is not checked" in problem["message"]) == ("warning", True)
    for times, who in enumerate(("op", "other"), start=2):
        done = service.alertd("extend", "ghouta", "--by", "24h", "--yes", user=who)
        assert done.returncode == 0, done.stderr
        until(lambda times=times: len(service.post.heard("ghouta", "extended")) == times, "another extension")
    file = service.box.run("tee", "/etc/alertd/truces/more.toml", user="op", text=lasting("latakia"))
    assert "latakia" in file
    until(lambda: service.post.heard("latakia"), "a truce in a file of the operator's")
    assert SECRET not in service.box.try_run("cat", "/etc/alertd/credentials/mail-url", user="op").stdout


def test_anybody_else_is_refused_with_advice(service, people):
    service.truces(lasting("ghouta"))
    service.start()

    for command in ("status", "history", "check"):
        done = service.alertd(command, user="guest")
        assert done.returncode == 2
        assert "is not readable" in " ".join(done.stderr.split())
    service.box.run("chmod", "o+rx", "/etc/alertd")
    try:
        told = [service.alertd(command, user="guest") for command in ("status", "history")]
    finally:
        service.box.run("chmod", "o-rx", "/etc/alertd")
    for done in told:
        assert done.returncode == 1
        assert "check the owner and the rights" in done.stderr
        assert "Traceback" not in done.stderr
        assert "ghouta" not in done.stdout + done.stderr


KEYS = "sleep 2; printf '\\017'; sleep 1; printf '\\r'; sleep 1; printf '\\030'; sleep 1"
"""Ctrl-O, Enter and Ctrl-X, each once nano is ready for it."""
NANO = f"({KEYS}) | TERM=xterm timeout 20 script -qec 'nano /etc/alertd/truces/nano.toml' /dev/null"
EDITORS = {
    "vim": "vim.tiny -es -c '0read /tmp/text' -c 'wq' /etc/alertd/truces/vim.toml",
    "nano": f"cp /tmp/text /etc/alertd/truces/nano.toml && {NANO}",
    "cp": "cp /tmp/text /etc/alertd/truces/cp.toml",
    "mv": "cp /tmp/text /tmp/moved && chmod 644 /tmp/moved && mv /tmp/moved /etc/alertd/truces/mv.toml",
}


@pytest.mark.parametrize("editor", EDITORS)
def test_a_file_that_an_operator_made_is_extended_by_a_colleague(service, people, editor):
    service.start()
    service.box.run("tee", "/tmp/text", user="op", text=lasting(editor))  # noqa: S108  in the box
    service.box.run("sh", "-c", f"umask 022; {EDITORS[editor]}; rm /tmp/text", user="op")
    until(lambda: service.post.heard(f"Calm in {editor}"), "the truce of the operator")

    for who in ("other", "op", "other"):
        done = service.alertd("extend", editor, "--by", "24h", "--yes", user=who)
        assert done.returncode == 0, done.stderr
    if editor != "mv":
        service.box.run("sh", "-c", f"echo '# looked at' >> /etc/alertd/truces/{editor}.toml", user="op")
    until(lambda: service.post.heard(f"Calm in {editor}", "extended"), "the extension")


def test_root_judges_files_as_the_daemon_sees_them(service):
    service.truces(lasting("ghouta"))
    service.start()
    service.box.write("/etc/alertd/truces/private.toml", lasting("latakia"), 0o600)

    checked = service.alertd("check", "--json")

    problems = [
        (problem["file"], problem["level"], problem["message"]) for problem in json.loads(checked.stdout)["problems"]
    ]
    assert checked.returncode == 1
    assert ("truces/private.toml", "error", "cannot be read: Permission denied") in problems
    status = json.loads(service.alertd("status", "--json").stdout)
    assert "truces/private.toml" in {problem["file"] for problem in status["problems"]}


def test_root_is_told_that_the_daemon_may_not_read_the_settings(service):
    service.truces(lasting("ghouta"))
    service.start()
    service.box.run("chmod", "600", "/etc/alertd/alertd.toml")
    service.box.run("chgrp", "root", "/etc/alertd/alertd.toml")

    checked = service.alertd("check", "--json")

    assert checked.returncode == 1
    assert "the daemon's user may not read alertd.toml" in checked.stdout
