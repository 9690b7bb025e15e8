"""Debian's own judge of packages finds nothing to object to in ours."""

import shutil
import subprocess
from pathlib import Path

import pytest
from rights import lacking
from system.box import PYTHONS, build_package

PAGES = [path.name for path in (Path(__file__).parents[2] / "docs").glob("*.md")]

pytestmark = pytest.mark.counterparts


def test_lintian_finds_neither_an_error_nor_a_warning(tmp_path):
    if shutil.which("lintian") is None:
        lacking("needs lintian: apt-get install lintian")
    package = build_package(tmp_path)

    told = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr
    held = subprocess.run(["dpkg-deb", "-c", package], capture_output=True, text=True, check=True).stdout
    assert [page for page in PAGES if f"./usr/share/doc/alertd/{page}\n" not in held] == []
    assert len(PAGES) > 5
    assert all(f"/python{python}/site-packages/psycopg_binary/" in held for python in PYTHONS.values())
