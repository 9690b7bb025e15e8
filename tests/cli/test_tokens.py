"""Personal tokens: given once, kept as digests for their owner alone, taken away."""

import json
from stat import S_IMODE

import pytest

from alertd.cli.tokens import FILE, holder


@pytest.fixture
def give(command, tmp_path):
    def given(*arguments):
        done = command(tmp_path, "token", *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return given


def test_a_token_is_shown_once_and_its_digest_alone_is_kept_for_its_owner_alone(give, tmp_path):
    token = give("Lena")
    kept = (tmp_path / FILE).read_text()
    assert len(token) >= 32
    assert token not in kept
    assert list(json.loads(kept)) == ["Lena"]
    assert S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert holder(tmp_path, token) == "Lena"


def test_a_second_token_of_a_person_takes_the_place_of_the_first(give, tmp_path):
    first, other, second = give("Lena"), give("Oleh"), give("Lena")
    assert [holder(tmp_path, each) for each in (first, other, second)] == [None, "Oleh", "Lena"]
    assert S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_all_who_have_one_are_named_and_no_digest_is_shown(give):
    give("Żółta Łódź")
    give("Lena")
    assert give("--list") == "Lena\nŻółta Łódź"


def test_a_token_that_is_taken_away_is_nobodys(command, give, tmp_path):
    token = give("Lena")
    give("--revoke", "Lena")
    assert holder(tmp_path, token) is None
    assert give("--list") == ""
    refused = command(tmp_path, "token", "--revoke", "Lena")
    assert refused.returncode == 2
    assert "Lena has no token" in refused.stderr


@pytest.mark.parametrize("cut", [slice(1, None), slice(None, -1), slice(0, 0)])
def test_a_part_of_a_token_is_nobodys(give, tmp_path, cut):
    assert holder(tmp_path, give("Lena")[cut]) is None


def test_without_a_name_it_asks_for_one(command, tmp_path):
    assert command(tmp_path, "token").returncode == 2
    assert command(tmp_path, "token", "  ").returncode == 2


@pytest.mark.parametrize("text", ["{", "[]", "1"])
def test_a_file_that_was_spoiled_is_told_and_nobody_may_record(command, tmp_path, text):
    (tmp_path / FILE).write_text(text)
    done = command(tmp_path, "token", "--list")
    assert done.returncode == 1
    assert f"{FILE} cannot be read: delete it" in done.stderr
