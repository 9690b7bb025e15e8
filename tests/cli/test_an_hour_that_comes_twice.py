"""Recording in the hour that the clocks show twice: what is written down means the hour in which it was recorded."""

import sys
from datetime import UTC, datetime

import pytest
from freezegun import freeze_time
from process import truce_text, write_truces

from alertd.cli import main
from alertd.register import read_register
from alertd.times.zones import load_zones

FIRST, SECOND = datetime(2023, 10, 27, 22, 30, tzinfo=UTC), datetime(2023, 10, 27, 23, 30, tzinfo=UTC)
"""0130 Sat 28 Oct 2023 in Gaza, where the clocks went back from 0200 to 0100."""


def extend(config, monkeypatch, now):
    monkeypatch.setattr(sys, "argv", ["alertd", "--config", str(config), "extend", "gaza", "--by", "1h", "--yes"])
    with freeze_time(now, real_asyncio=True), pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code


@pytest.mark.parametrize("now", [FIRST, SECOND])
def test_an_extension_is_known_from_the_very_moment_at_which_it_was_recorded(tmp_path, monkeypatch, now):
    write_truces(
        tmp_path,
        truce_text("gaza", "starts = 2023-10-27T13:00:00", "ends = 2023-10-28T05:00:00").replace(
            '"UTC"', '"Asia/Gaza"'
        ),
    )
    extend(tmp_path, monkeypatch, now)
    zone_for = load_zones({}).find

    (read,) = read_register(tmp_path, zone_for=zone_for, now=now).truces

    (extension,) = read.truce.records
    assert extension.confirmed_at == now
