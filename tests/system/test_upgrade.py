"""Installing: the first time, again, over an older ledger, and when the new version is not fit; and taking it away."""

import json
import re
import shutil

import pytest
from process import lasting, truce_text, until
from system.box import CLONE

pytestmark = pytest.mark.system

MIGRATION = '''
"""A step that only this test knows."""
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = "{to}", "{since}", None, None

def upgrade() -> None:
    """Leave a trace."""
    {does}
'''


def next_version(box, name, does):
    """A clone of a version to come, whose ledger has one more step."""
    clone = shutil.copytree(box.path / "srv/alertd", box.path / "srv" / name)
    schema = clone / "alertd/ledger/schema.py"
    since = re.search(r'^VERSION = "(\d+)"', schema.read_text(), re.MULTILINE)[1]
    to = f"{int(since) + 1:04d}"
    schema.write_text(schema.read_text().replace(f'VERSION = "{since}"', f'VERSION = "{to}"'))
    step = clone / f"alertd/ledger/migrations/versions/r{to}_test.py"
    step.write_text(MIGRATION.format(since=since, to=to, does=does))
    return f"/srv/{name}"


def current(box):
    return box.run("readlink", "-f", "/opt/alertd/current").strip()


@pytest.mark.each_debian
def test_the_readmes_first_command_rehearses_on_a_fresh_machine(bare_box):
    command = (CLONE / "README.md").read_text().partition("<!-- rehearsal -->\n```sh\n")[2].partition("```")[0]
    bare_box.run("cp", "-r", "/srv/alertd", "/srv/try")

    registry = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/srv/wheels"}
    told = bare_box.run("sh", "-euc", f"cd /srv/try; {command}", env=registry)

    assert "Regime of calm, Damascus and Eastern…: ends in 1 h, 0100 Wed 4 May Damascus" in told


@pytest.mark.each_debian
def test_one_command_makes_a_running_service_out_of_a_clone_and_wheels_without_a_network(bare_box, first_install):
    assert first_install.returncode == 0, first_install.stdout + first_install.stderr
    assert "runs: systemctl status alertd" in first_install.stdout
    assert bare_box.run("systemctl", "is-enabled", "alertd.service").strip() == "enabled"


def test_a_first_install_that_fails_says_so_and_the_next_one_works(failed_install, box):
    assert failed_install.returncode == 1
    assert "alertd does not start: systemctl status alertd" in failed_install.stderr
    assert box.run("readlink", "-e", "/opt/alertd/current").strip() not in ("", "/opt/alertd/current")


@pytest.mark.long
def test_a_version_that_check_finds_unfit_for_what_there_is_leaves_the_old_one_running(service):
    service.truces(lasting("ghouta"))
    pid, before = service.start(), current(service.box)
    service.truces(lasting("ghouta"), truce_text("broken", 'ends = "0100"'))

    done = service.box.install()

    assert done.returncode == 1
    assert "truces.toml" in done.stdout
    assert "nothing was changed" in done.stderr
    assert service.box.serves_as(pid)
    assert current(service.box) == before
    assert len(list((service.box.path / "opt/alertd").iterdir())) == 2


@pytest.mark.long
def test_a_version_that_does_not_start_gives_way_to_the_one_before(service):
    service.truces(lasting("ghouta"))
    pid, before = service.start(), current(service.box)
    unfit = next_version(service.box, "unfit", 'raise RuntimeError("no")')

    done = service.box.install(unfit)

    assert done.returncode == 1
    assert "the one before runs again" in done.stderr
    service.again(pid)
    assert current(service.box) == before
    assert json.loads(service.alertd("status", "--json").stdout)["truces"]
    assert len(list((service.box.path / "opt/alertd").iterdir())) == 2


@pytest.mark.long
def test_an_upgrade_brings_an_older_ledger_up_to_date_and_keeps_all_that_people_wrote(service):
    service.truces(lasting("ghouta"))
    pid = service.start()
    until(lambda: service.post.heard("ghouta"), "the first alert")
    config = service.box.run("sh", "-c", "cd /etc/alertd; find . -type f | sort | xargs md5sum; ls -lR")
    newer = next_version(service.box, "newer", 'op.create_table("trace", sa.Column("id", sa.Integer))')

    done = service.box.install(newer)

    assert done.returncode == 0, done.stdout + done.stderr
    service.again(pid)
    look = (
        "import sqlite3; print(sqlite3.connect('/var/lib/alertd/ledger.db').execute('select * from trace').fetchall())"
    )
    assert service.box.run("python3", "-c", look).strip() == "[]"
    rows = json.loads(service.alertd("history", "--json").stdout)
    assert [row["state"] for row in rows if row["kind"] == "recorded"] == ["delivered"]
    assert len(service.post.heard("ghouta")) == 1
    assert service.box.run("sh", "-c", "cd /etc/alertd; find . -type f | sort | xargs md5sum; ls -lR") == config
    assert len(list((service.box.path / "opt/alertd").iterdir())) == 2


def test_uninstalling_leaves_what_people_wrote_and_what_alertd_knows(
    service,
):  # the last: nothing is installed after it
    service.truces(lasting("ghouta"))
    service.start()

    service.box.run("/srv/alertd/systemd/uninstall")

    left = [service.box.path / path for path in ("etc/alertd/alertd.toml", "etc/alertd/credentials/mail-url")]
    left += [service.box.path / path for path in ("etc/alertd/truces/truces.toml", "var/lib/alertd/ledger.db")]
    assert all(path.exists() for path in left)
    assert not (service.box.path / "opt/alertd").exists()
    assert service.box.try_run("systemctl", "cat", "alertd.service").returncode == 1
    assert "alertd" not in service.box.run("sh", "-c", "cat /proc/[0-9]*/comm")
