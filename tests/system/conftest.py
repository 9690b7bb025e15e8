"""One box of each Debian, in which alertd is installed once; each test finds it stopped, with nothing known."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from process import Mailbox, until
from system.box import CLONE, PYTHONS, Box, build_package, wheels, why_not

SECRET = "planted-password"

SETTINGS = """\
state_dir = "/var/lib/alertd"
[policy]
lead_times = ["6s"]
after = []
late_after = "3s"
[[channel]]
name = "mail"
kind = "apprise"
url = { credential = "mail-url" }
digest = false
"""


class Post(Mailbox):
    """A mail server that wants a password and can take its time."""

    def __init__(self) -> None:
        super().__init__(
            auth_require_tls=False,
            authenticator=lambda *login: AuthResult(success=login[-1].password == SECRET.encode()),
        )
        self.seconds = 0.0
        self.begun = 0

    async def handle_DATA(self, server, session, envelope) -> str:  # noqa: N802  aiosmtpd's name
        self.begun += 1
        await asyncio.sleep(self.seconds)
        return await super().handle_DATA(server, session, envelope)

    @property
    def url(self) -> str:
        return super().url.replace("://", f"://desk:{SECRET}@")

    def heard(self, *words: str) -> list[str]:
        """The subjects that hold all of these words."""
        return [subject for subject in self.subjects if all(word in subject for word in words)]


@dataclass
class Service:
    """alertd as it is installed in the box, and the mail server that it speaks to."""

    box: Box
    post: Post

    def clean(self) -> None:
        """Stop it and take away all that a test may have left."""
        self.box.run("systemctl", "stop", "alertd.service", "alertd-down.service")
        self.box.run("sh", "-c", "rm -rf /var/lib/alertd/* /etc/alertd/truces/* /etc/systemd/system/alertd*.service.d")
        self.box.run(
            "sh", "-c", "systemctl daemon-reload; systemctl reset-failed; journalctl -q --rotate --vacuum-time=1us"
        )
        self.box.write("/etc/alertd/alertd.toml", SETTINGS)
        self.box.write("/etc/alertd/credentials/mail-url", self.post.url, 0o600)

    def truces(self, *truces: str) -> None:
        self.box.write("/etc/alertd/truces/truces.toml", "\n".join(truces))

    def drop_in(self, text: str) -> None:
        """Change the unit for this test."""
        self.box.write("/etc/systemd/system/alertd.service.d/test.conf", text)
        self.box.run("systemctl", "daemon-reload")

    def start(self) -> int:
        """Start it, and give its process."""
        self.box.run("systemctl", "start", "alertd.service")
        return self.box.pid

    def again(self, before: int, patience: float = 30) -> int:
        """Wait until another process runs in the place of one, and give it."""
        until(lambda: self.box.ready and self.box.pid not in (0, before), "the daemon, back again", patience)
        return self.box.pid

    def alertd(self, *arguments: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        return self.box.try_run("alertd", *arguments, user=user)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """On a Debian but the first, only what tells most of it is not long."""
    for item in items:
        suite = item.callspec.params.get("suite") if hasattr(item, "callspec") else None
        if suite not in (None, next(iter(PYTHONS))) and not item.get_closest_marker("each_debian"):
            item.add_marker(pytest.mark.long)


@pytest.fixture(scope="session", params=PYTHONS)
def suite(request) -> str:
    """Each Debian in turn: all tests that need a box of it run before those of the next."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return request.param


@pytest.fixture(scope="session")
def bare_box(suite, tmp_path_factory) -> Iterator[Box]:
    """A machine with the clone and a folder of wheels, and nothing else."""
    box = Box(tmp_path_factory.mktemp("box"), suite)
    try:
        ignored = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "state")
        shutil.copytree(CLONE, box.path / "srv" / "alertd", ignore=ignored)
        wheels(box.path / "srv" / "wheels", suite)
        yield box
    finally:
        box.close()


@pytest.fixture(scope="session")
def package(tmp_path_factory) -> Path:
    """The package of this clone, the same for each Debian."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    return build_package(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="session")
def failed_install(bare_box) -> subprocess.CompletedProcess[str]:
    """A first install of a daemon that does not start, and the reason taken away after it."""
    broken = "/etc/systemd/system/alertd.service.d/broken.conf"
    bare_box.write(broken, "[Service]\nExecStart=\nExecStart=/bin/false\n")
    done = bare_box.install()
    bare_box.run("rm", broken)
    bare_box.run("systemctl", "stop", "alertd.service")
    return done


@pytest.fixture(scope="session")
def first_install(bare_box, failed_install) -> subprocess.CompletedProcess[str]:
    """What the install says, in a namespace where there is no network at all."""
    return bare_box.try_run("unshare", "--net", "/srv/alertd/systemd/install", "--wheels", "/srv/wheels")


@pytest.fixture(scope="session")
def box(bare_box, first_install) -> Box:
    assert first_install.returncode == 0, first_install.stdout + first_install.stderr + bare_box.log()
    return bare_box


@pytest.fixture(scope="session")
def people(box):
    """`op` and `other`, who are in the group, and `guest`, who is not."""
    box.run("useradd", "--create-home", "--groups", "alertd", "op")
    box.run("useradd", "--create-home", "--groups", "alertd", "other")
    box.run("useradd", "--create-home", "guest")


@pytest.fixture
def service(box) -> Iterator[Service]:
    with Post() as post:
        made = Service(box, post)
        made.clean()
        yield made
        made.box.try_run("systemctl", "stop", "alertd.service", "alertd-down.service")
