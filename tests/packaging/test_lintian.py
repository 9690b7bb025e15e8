"""Debian's own judge of packages finds nothing to object to in ours."""

import shutil
import subprocess

import pytest
from rights import lacking
from system.box import build_package

pytestmark = pytest.mark.counterparts


def test_lintian_finds_neither_an_error_nor_a_warning(tmp_path):
    if shutil.which("lintian") is None:
        lacking("needs lintian: apt-get install lintian")
    package = build_package(tmp_path)

    told = subprocess.run(
        ["lintian", "--allow-root", "--fail-on", "error,warning", package], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stdout + told.stderr
