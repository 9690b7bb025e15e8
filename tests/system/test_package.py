"""The Debian package: installed by apt, it is the service that systemd/install makes; upgraded, removed and purged."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from process import lasting, truce_text, until
from system.box import QUICKLY, Box, run
from system.conftest import Post, Service

pytestmark = pytest.mark.system


@pytest.fixture(scope="session")
def package_box(suite, package, tmp_path_factory) -> Iterator[Box]:
    """A machine on which apt has installed the package."""
    box = Box(tmp_path_factory.mktemp("package-box"), suite)
    try:
        done = box.install_package(package)
        assert done.returncode == 0, done.stdout + done.stderr + box.log()
        yield box
    finally:
        box.close()


@pytest.fixture
def packaged(package_box) -> Iterator[Service]:
    with Post() as post:
        made = Service(package_box, post)
        made.clean()
        yield made
        made.box.try_run("systemctl", "stop", "alertd.service", "alertd-down.service")


def version_to_come(package: Path, into: Path, change: Callable[[Path], None]) -> Path:
    """The package of a later version, in which something is changed."""
    run("dpkg-deb", "-R", package, into / "tree")
    control = into / "tree/DEBIAN/control"
    control.write_text(re.sub(r"^Version: .*$", "Version: 99-1", control.read_text(), flags=re.MULTILINE))
    for program in (into / "tree/usr/lib/alertd/program/lib").glob("python3.*/site-packages/alertd"):
        change(program)
    made = into / "alertd_99-1.deb"
    run("dpkg-deb", "--root-owner-group", "-b", into / "tree", made, env=QUICKLY)
    return made


def rewrite(path: Path, text: str) -> None:
    """Write a file anew, beside those that a hard link makes the same."""
    path.unlink()
    path.write_text(text)


def current(box: Box) -> str:
    return box.run("readlink", "-f", "/opt/alertd/current").strip()


UNITS = (".service", "-down.service", "-record.service", "-record.socket")


def what_the_installer_leaves(box: Box, units: str) -> tuple[str, ...]:
    acl = "import os; print(os.getxattr('/etc/alertd/truces', 'system.posix_acl_default'))"
    return (
        box.run(
            "stat",
            "-c",
            "%n %A %U %G",
            "/etc/alertd",
            *(f"/etc/alertd/{folder}" for folder in ("truces", "credentials")),
        ),
        box.run("stat", "-c", "%n %A %U %G", "/var/lib/alertd", "/etc/alertd/alertd.toml"),
        box.run("python3", "-c", acl),
        box.run("stat", "-c", "%n %A %U %G", "/etc/alertd/record-tokens.json"),
        box.run("cat", *(f"{units}/alertd{unit}" for unit in UNITS)),
        box.run("systemctl", "is-enabled", "alertd.service"),
        re.sub(r"\d+", "N", box.run("getent", "passwd", "alertd", "alertd-record")),
    )


@pytest.mark.each_debian
def test_apt_makes_the_same_service_as_systemd_install(package_box, package):
    box = package_box
    until(lambda: box.ready, "the service, started")
    fresh = box.run("stat", "-c", "%A %G", "/etc/alertd/truces/syria-2016.toml", "/etc/alertd/alertd.toml").split("\n")

    assert fresh[:2] == ["-rw-rw---- alertd", "-rw-r----- alertd"]
    assert box.run("which", "alertd").strip() == "/usr/bin/alertd"
    assert "eastern-ghouta" in box.run("alertd", "status")
    assert "COMPREPLY" in box.run("cat", "/usr/share/bash-completion/completions/alertd")
    assert not box.run("dpkg", "--verify", "alertd")


def test_a_service_of_the_package_is_as_one_of_systemd_install(packaged, service):
    assert what_the_installer_leaves(packaged.box, "/usr/lib/systemd/system") == what_the_installer_leaves(
        service.box, "/etc/systemd/system"
    )


@pytest.mark.long
def test_a_version_that_check_finds_unfit_leaves_the_old_one_running_and_apt_says_why(packaged, package, tmp_path):
    packaged.truces(lasting("ghouta"))
    pid, before = packaged.start(), current(packaged.box)
    packaged.truces(lasting("ghouta"), truce_text("broken", 'ends = "0100"'))

    done = packaged.box.install_package(version_to_come(package, tmp_path, lambda program: None))

    assert done.returncode == 100
    assert "truces.toml" in done.stdout
    assert "nothing was changed" in done.stderr + done.stdout
    assert packaged.box.serves_as(pid)
    assert current(packaged.box) == before

    packaged.truces(lasting("ghouta"))
    packaged.box.run("dpkg", "--configure", "alertd")
    packaged.again(pid)
    assert current(packaged.box) != before
    assert packaged.box.install_package(package).returncode != 0  # apt takes nobody back unasked
    packaged.box.run("dpkg", "-i", f"/srv/{package.name}")


@pytest.mark.long
def test_a_version_that_does_not_start_gives_way_to_the_one_before(packaged, package, tmp_path):
    packaged.truces(lasting("ghouta"))
    pid, before = packaged.start(), current(packaged.box)
    until(lambda: packaged.post.heard("ghouta"), "the first alert")

    def spoil(program: Path) -> None:
        rewrite(program / "cli/run.py", "raise RuntimeError('no')\n")

    done = packaged.box.install_package(version_to_come(package, tmp_path, spoil))

    assert done.returncode == 100
    assert "the one before runs again" in done.stderr + done.stdout
    packaged.again(pid)
    assert current(packaged.box) == before
    packaged.box.run("dpkg", "-i", f"/srv/{package.name}")
    assert len(packaged.post.heard("ghouta")) == 1


@pytest.mark.long
def test_it_takes_over_from_systemd_install(service, package):
    service.truces(lasting("ghouta"))
    pid = service.start()
    until(lambda: service.post.heard("ghouta"), "the first alert")

    done = service.box.install_package(package)

    assert done.returncode == 0, done.stdout + done.stderr
    service.again(pid)
    assert service.box.show("FragmentPath").endswith("/lib/systemd/system/alertd.service")
    assert len(service.post.heard("ghouta")) == 1
    refused = service.box.install()
    assert "installed as a Debian package" in refused.stderr
    service.box.run("apt-get", "remove", "-y", "alertd")
    assert service.box.install().returncode == 0


def test_remove_leaves_config_and_ledger_and_purge_leaves_nothing_and_asks_nothing(packaged):
    """The last here: nothing is installed after it."""
    packaged.truces(lasting("ghouta"))
    packaged.start()
    written = [packaged.box.path / path for path in ("etc/alertd/alertd.toml", "etc/alertd/credentials/mail-url")]
    written += [packaged.box.path / path for path in ("etc/alertd/truces/truces.toml", "var/lib/alertd/ledger.db")]

    packaged.box.run("apt-get", "remove", "-y", "alertd")

    assert all(path.exists() for path in written)
    assert not (packaged.box.path / "opt/alertd").exists()
    assert packaged.box.try_run("systemctl", "cat", "alertd.service").returncode == 1

    packaged.box.run("apt-get", "purge", "-y", "alertd")

    places = ("/etc", "/opt", "/usr", "/var/lib", "/run/systemd/units")
    left = packaged.box.run("find", *places, "-name", "*alertd*").split()
    assert [path for path in left if not path.startswith("/var/lib/systemd")] == []
    assert packaged.box.try_run("getent", "passwd", "alertd").returncode == 2
    assert packaged.box.try_run("getent", "group", "alertd").returncode == 2
