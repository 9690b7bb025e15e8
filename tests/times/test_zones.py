"""Which zone database is used, and what is refused instead of guessed."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

import alertd.times.zones
from alertd.errors import Code, ConfigError, TimeRefused
from alertd.times.instant import parse_with_zone
from alertd.times.places import TOWNS
from alertd.times.vocabulary import ABBREVIATIONS
from alertd.times.wall import parse_offset
from alertd.times.zones import PATH_VARIABLE, Zones, ZoneWatch, load_zones, package_zones, zones_in

PACKAGE = package_zones().directories[0]


def database(folder: Path, version: str, **zones: str) -> Path:
    """A zone database of a few zones: each argument names the package's zone whose rules it takes."""
    for name, rules in zones.items():
        file = folder / name.replace("__", "/")
        file.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / rules, file)
    (folder / "tzdata.zi").write_text(f"# version {version}\n# rest\n")
    return folder


def refusal(zones: Zones, name: str) -> TimeRefused:
    with pytest.raises(TimeRefused) as caught:
        zones.find(name)
    return caught.value


def test_the_package_tells_its_iana_release():
    zones = package_zones()
    assert zones.version >= "2026f"
    assert zones.source == "tzdata package"


def test_an_explicit_path_wins_even_when_it_is_older(tmp_path):
    old = database(tmp_path, "2016a", Asia__Damascus="Asia/Damascus")
    zones = load_zones({"PYTHONTZPATH": str(old)})
    assert (zones.version, zones.source) == ("2016a", str(old))


def test_an_empty_explicit_path_means_the_package():
    assert load_zones({"PYTHONTZPATH": ""}) == package_zones()


@pytest.mark.parametrize("path", ["/nowhere/at/all", "relative/zoneinfo"])
def test_an_explicit_path_without_zone_data_is_an_error_and_not_passed_over(path):
    with pytest.raises(ConfigError, match="PYTHONTZPATH"):
        load_zones({"PYTHONTZPATH": path})


@pytest.mark.parametrize(("system", "chosen"), [("2025b", "package"), ("2099a", "system"), ("strange", "package")])
def test_the_newer_of_package_and_system_is_used(tmp_path, monkeypatch, system, chosen):
    folder = database(tmp_path, system, Asia__Damascus="Asia/Damascus")
    monkeypatch.setattr(alertd.times.zones, "_SYSTEM_DIRECTORIES", (tmp_path / "absent", folder))
    zones = load_zones({})
    assert zones.source == (str(folder) if chosen == "system" else "tzdata package")


def test_the_version_file_of_bsd_is_read_too(tmp_path):
    (tmp_path / "+VERSION").write_text("2024a\n")
    assert zones_in(tmp_path).version == "2024a"


def test_data_without_a_version_says_so(tmp_path):
    assert zones_in(tmp_path).version == "unknown"


def test_two_databases_in_one_process_answer_differently(tmp_path):
    """A change of zone data moves an end: both answers are needed to tell it."""
    stale = zones_in(database(tmp_path, "2022a", Asia__Damascus="Asia/Beirut"))
    text = "2000 Sat 24 Jan 2026 Asia/Damascus"
    assert parse_with_zone(text, zone_for=stale.find) == datetime(2026, 1, 24, 18, tzinfo=UTC)
    assert parse_with_zone(text, zone_for=package_zones().find) == datetime(2026, 1, 24, 17, tzinfo=UTC)


def test_old_and_new_names_of_a_zone_both_load():
    zones = package_zones()
    summer = datetime(2025, 4, 21)  # noqa: DTZ001
    assert zones.find("Europe/Kiev").utcoffset(summer) == zones.find("Europe/Kyiv").utcoffset(summer)


def test_a_zone_is_loaded_once():
    zones = package_zones()
    assert zones.find("Asia/Gaza") is zones.find("Asia/Gaza")


def test_a_zone_that_newer_data_lack_stays_as_it_was_found(tmp_path):
    environ = {PATH_VARIABLE: str(database(tmp_path / "old", "2025a", Asia__Damascus="Asia/Damascus"))}
    watch = ZoneWatch(environ)
    before = watch.find("Asia/Damascus")
    environ[PATH_VARIABLE] = str(database(tmp_path / "new", "2026a", Asia__Gaza="Asia/Gaza"))
    assert watch.renew()
    assert watch.find("Asia/Damascus") is before
    with pytest.raises(TimeRefused):
        watch.find("Asia/Hebron")


@pytest.mark.parametrize(("name", "hours"), [("+03:00", 3), ("+0300", 3), ("-05", -5), ("Z", 0), ("+05:30", 5.5)])
def test_a_fixed_offset_is_a_zone(name, hours):
    assert package_zones().find(name).utcoffset(None) == timedelta(hours=hours)


def test_utc_is_the_one_name_without_a_slash():
    assert package_zones().find("UTC") is UTC


@pytest.mark.parametrize("name", ["EST", "IST", "BST", "MSK", "EDT", "GMT", "Egypt", "Israel", "CET", "XQT"])
def test_a_name_without_a_slash_counts_as_an_abbreviation(name):
    assert refusal(package_zones(), name).code is Code.ABBREVIATION


def test_every_slashless_name_of_the_database_comes_with_the_zones_it_may_stand_for():
    zones = package_zones()
    names = {file.name for file in PACKAGE.iterdir() if file.is_file() and file.read_bytes()[:4] == b"TZif"}
    assert names - {"UTC", "Factory"} <= {name for name in names if name.upper() in ABBREVIATIONS}
    for meanings in ABBREVIATIONS.values():
        assert all(zones.find(meaning) is not None for meaning in meanings)


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../../etc/passwd",
        "Asia/../Asia/Damascus",
        "Asia",
        "Asia/",
        "",
        ".",
        "Asia/Damascus\0",
        "right/Asia/Damascus",
        "posix/Asia/Damascus",
        "Asia/Damaskus",
        "Mars/Olympus",
        "tzdata.zi",
        "+25:00",
        "+03:99",
        "a" * 5000,
        "a/" * 2500 + "a",
        "Дамаск/Сирия",
    ],
)
def test_what_is_no_zone_is_refused_and_never_read_as_utc(name):
    assert refusal(package_zones(), name).code is Code.UNKNOWN_ZONE


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Asia/Damaskus", "Asia/Damascus"),
        ("asia/damascus", "Asia/Damascus"),
        ("Kyiv", "Europe/Kyiv"),
        ("gaza", "Asia/Gaza"),
        ("Yemen", "did you mean Asia/Aden?"),
        ("sudan", "did you mean Africa/Khartoum?"),
        ("Palestine", "did you mean Asia/Gaza or Asia/Hebron?"),
        ("Aleppo", "did you mean Asia/Damascus?"),
        ("Sana'a", "did you mean Asia/Aden?"),
        ("khan yunis", "did you mean Asia/Gaza?"),
        ("+3", "write +03:00"),
        ("UTC+3", "write +03:00"),
        ("gmt -3:30", "write -03:30"),
    ],
)
def test_a_refusal_offers_the_names_that_are_near(name, meant):
    assert meant in refusal(package_zones(), name).message


def test_every_town_is_offered_a_zone_that_there_is():
    assert set(TOWNS) <= package_zones().names()


def test_a_country_is_not_known_where_the_database_has_no_table_of_them(tmp_path):
    zones = zones_in(database(tmp_path, "2026f", Asia__Aden="Asia/Aden"))
    assert "write it as Area/City" in refusal(zones, "Yemen").message


def test_a_damaged_zone_file_is_refused_by_name(tmp_path):
    folder = database(tmp_path, "2026f", Asia__Damascus="Asia/Damascus")
    (folder / "Asia/Damascus").write_bytes(b"not zone data")
    assert "Asia/Damascus" in refusal(zones_in(folder), "Asia/Damascus").message


def test_every_name_of_the_database_loads():
    zones = package_zones()
    assert len(zones.names()) > 500
    assert all(zones.find(name) is not None and parse_offset(name) is None for name in zones.names())
