"""`[[duty]]`: what it comes to, and what is refused."""

import pytest

from alertd.errors import Code, Level
from alertd.settings import Secrets, check_settings
from alertd.times.zones import load_zones

HEAD = """\
[[channel]]
name = "desk"
kind = "console"
[[channel]]
name = "lena-phone"
kind = "console"
[[escalation]]
name = "end"
alerts = ["lapsed"]
"""
LINE = HEAD.count("\n")

STEPS = 'steps = [{ channel = "desk" }, { duty = "field" }]\n'
DUTY = '[[duty]]\nname = "field"\nsource = "duty.ics"\npeople = { "Lena" = "lena-phone" }\nzone = "Asia/Damascus"\n'


@pytest.fixture
def checked(tmp_path):
    def check(text):
        (tmp_path / "alertd.toml").write_text(HEAD + text)
        return check_settings(tmp_path, {}, zone_for=load_zones({}).find, secrets=Secrets.NEEDED)

    return check


def told(checked, text):
    return [(each.line - LINE, each.code, each.message) for each in checked(text)[1]]


def test_a_step_to_a_duty_list_goes_to_all_of_its_channels(checked):
    settings, problems = checked(STEPS + DUTY)
    assert problems == ()
    (chain,) = settings.escalations()
    assert [(step.duty, [each.channel for each in step.channels]) for step in chain.steps[:2]] == [
        (None, ["desk"]),
        ("field", ["lena-phone"]),
    ]
    found = settings.duties({}).lists["field"]
    assert (found.people, found.zone) == ({"Lena": "lena-phone"}, "Asia/Damascus")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (STEPS, (1, Code.CHANNEL, "no duty list has the name that `duty` gives; write one as [[duty]]")),
        (
            STEPS.replace("field", "feild") + DUTY,
            (1, Code.CHANNEL, "no duty list has the name that `duty` gives; known are field"),
        ),
        (
            'steps = [{ duty = "field" }]\n' + DUTY,
            (
                1,
                Code.CHANNEL,
                "the first step is the alert itself: begin with the `channel` that gets it, and write this after it",
            ),
        ),
        (
            'steps = [{ channel = "desk" }, { channel = "desk", duty = "field" }]\n' + DUTY,
            (1, Code.CHANNEL, "a step names a `channel` or a `duty`, not both"),
        ),
        (
            'steps = [{ channel = "desk" }, { wait = "5m" }]\n',
            (1, Code.MISSING, "a step needs a `channel` or a `duty`"),
        ),
        (
            STEPS + DUTY.replace('"lena-phone"', '"lena-fone"'),
            (5, Code.CHANNEL, "no channel has the name that `people` gives for Lena"),
        ),
        (
            STEPS + DUTY.replace('people = { "Lena" = "lena-phone" }\n', ""),
            (2, Code.MISSING, 'a duty list needs `people`, such as `{ "Lena" = "lena-phone" }`'),
        ),
        (
            STEPS + DUTY.replace('source = "duty.ics"\n', ""),
            (2, Code.MISSING, 'a duty list needs a `source`, such as `"duty.ics"`'),
        ),
        (
            STEPS + DUTY.replace("Asia/Damascus", "Damascus"),
            (6, Code.UNKNOWN_ZONE, "not a name of the zone database: write one such as `Europe/Zurich`"),
        ),
        (
            STEPS + DUTY.replace("duty.ics", "http://cal.example.org/duty.ics"),
            (4, Code.CHANNEL, "takes the name of a file, or an address with https://"),
        ),
        (STEPS + DUTY + DUTY, (8, Code.CHANNEL, f"the duty list at line {LINE + 2} has this name already")),
    ],
)
def test_a_mistake_is_told_with_its_line(checked, text, expected):
    assert expected in told(checked, text)
    assert checked(text)[0] is None


def test_an_address_in_plain_text_works_with_a_warning_and_is_told_nowhere(checked):
    settings, problems = checked(STEPS + DUTY.replace("duty.ics", "https://cal.example.org/private-5e2a/duty.ics"))
    assert [(each.line - LINE, each.level, each.code) for each in problems] == [(4, Level.WARNING, Code.SECRET)]
    assert "5e2a" not in f"{problems} {settings!r}"
    assert settings.duty[0].source.get_secret_value().endswith("/private-5e2a/duty.ics")


def test_an_address_is_taken_from_where_secrets_are_kept(checked, tmp_path):
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials" / "duty-url").write_text("https://cal.example.org/private-5e2a/duty.ics\n")
    settings, problems = checked(STEPS + DUTY.replace('"duty.ics"', '{ credential = "duty-url" }'))
    assert problems == ()
    assert settings.duty[0].source.get_secret_value() == "https://cal.example.org/private-5e2a/duty.ics"
