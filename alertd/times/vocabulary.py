"""The words of the grammar of times: names of days and months, and the words that are refused with advice.

Data alone. What a word does in a text is decided in `alertd.times.grammar`.
"""

from collections.abc import Mapping

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_SHORT = 3
SHORT_WEEKDAYS, SHORT_MONTHS = (tuple(name[:_SHORT] for name in names) for names in (WEEKDAYS, MONTHS))
"""The short forms, of three letters."""

ABBREVIATIONS: Mapping[str, tuple[str, ...]] = {
    "ACST": ("Australia/Darwin",),
    "ADT": ("America/Halifax",),
    "AEDT": ("Australia/Sydney",),
    "AEST": ("Australia/Brisbane",),
    "AFT": ("Asia/Kabul",),
    "AMT": ("Asia/Yerevan", "America/Manaus"),
    "ART": ("America/Argentina/Buenos_Aires",),
    "AST": ("Asia/Riyadh", "America/Halifax"),
    "AZT": ("Asia/Baku",),
    "BRT": ("America/Sao_Paulo",),
    "BST": ("Europe/London", "+01:00", "Asia/Dhaka"),
    "CAT": ("Africa/Maputo",),
    "CDT": ("America/Chicago", "-05:00", "America/Havana"),
    "CEST": ("Europe/Paris", "+02:00"),
    "CET": ("Europe/Paris", "+01:00"),
    "COT": ("America/Bogota",),
    "CST": ("America/Chicago", "-06:00", "Asia/Shanghai", "America/Havana"),
    "CST6CDT": ("America/Chicago",),
    "CUBA": ("America/Havana",),
    "EAT": ("Africa/Nairobi",),
    "EDT": ("America/New_York", "-04:00"),
    "EEST": ("Europe/Kyiv", "Europe/Kiev", "Asia/Beirut", "+03:00"),
    "EET": ("Europe/Kyiv", "Europe/Kiev", "Asia/Beirut", "+02:00"),
    "EGYPT": ("Africa/Cairo",),
    "EIRE": ("Europe/Dublin",),
    "EST": ("America/New_York", "-05:00"),
    "EST5EDT": ("America/New_York",),
    "GB": ("Europe/London",),
    "GB-EIRE": ("Europe/London",),
    "GET": ("Asia/Tbilisi",),
    "GMT": ("+00:00", "Europe/London"),
    "GMT+0": ("+00:00",),
    "GMT-0": ("+00:00",),
    "GMT0": ("+00:00",),
    "GREENWICH": ("+00:00", "Europe/London"),
    "GST": ("Asia/Dubai",),
    "HONGKONG": ("Asia/Hong_Kong",),
    "HST": ("Pacific/Honolulu",),
    "ICELAND": ("Atlantic/Reykjavik",),
    "ICT": ("Asia/Bangkok",),
    "IDT": ("Asia/Jerusalem", "+03:00"),
    "IRAN": ("Asia/Tehran",),
    "IRST": ("Asia/Tehran", "+03:30"),
    "ISRAEL": ("Asia/Jerusalem",),
    "IST": ("Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"),
    "JAMAICA": ("America/Jamaica",),
    "JAPAN": ("Asia/Tokyo",),
    "JST": ("Asia/Tokyo",),
    "KST": ("Asia/Seoul",),
    "KWAJALEIN": ("Pacific/Kwajalein",),
    "LIBYA": ("Africa/Tripoli",),
    "MDT": ("America/Denver", "-06:00"),
    "MET": ("Europe/Paris", "+01:00"),
    "MMT": ("Asia/Yangon",),
    "MSD": ("Europe/Moscow", "+04:00"),
    "MSK": ("Europe/Moscow", "+03:00"),
    "MST": ("America/Denver", "-07:00", "Asia/Yangon"),
    "MST7MDT": ("America/Denver",),
    "NAVAJO": ("America/Denver",),
    "NPT": ("Asia/Kathmandu",),
    "NZ": ("Pacific/Auckland",),
    "NZ-CHAT": ("Pacific/Chatham",),
    "NZDT": ("Pacific/Auckland", "+13:00"),
    "NZST": ("Pacific/Auckland", "+12:00"),
    "PDT": ("America/Los_Angeles", "-07:00"),
    "PHT": ("Asia/Manila",),
    "PKT": ("Asia/Karachi",),
    "POLAND": ("Europe/Warsaw",),
    "PORTUGAL": ("Europe/Lisbon",),
    "PRC": ("Asia/Shanghai",),
    "PST": ("America/Los_Angeles", "-08:00", "Asia/Manila"),
    "PST8PDT": ("America/Los_Angeles",),
    "ROC": ("Asia/Taipei",),
    "ROK": ("Asia/Seoul",),
    "SAST": ("Africa/Johannesburg",),
    "SGT": ("Asia/Singapore",),
    "SINGAPORE": ("Asia/Singapore",),
    "TRT": ("Europe/Istanbul",),
    "TURKEY": ("Europe/Istanbul",),
    "UCT": ("UTC",),
    "UNIVERSAL": ("UTC",),
    "VET": ("America/Caracas",),
    "W-SU": ("Europe/Moscow",),
    "WAT": ("Africa/Lagos",),
    "WEST": ("Europe/Lisbon", "+01:00"),
    "WET": ("Europe/Lisbon", "+00:00"),
    "WIB": ("Asia/Jakarta",),
    "ZULU": ("UTC",),
}
"""Names that are used for a zone and name none for certain, in capitals, with the zones that they may stand for."""

_DEPENDS_ON_THE_SKY = "depends on the place and the season: write the hour that was agreed, such as 1900"
_DEPENDS_ON_THE_MOON = "belongs to a calendar that alertd does not count in: write the date, such as 4 May 2016"
_NO_MOMENT = "is not a moment: write the hour and the date"
ADVICE: Mapping[str, str] = {
    **dict.fromkeys(
        ["indefinite", "indefinitely", "unlimited", "permanent", "forever", "open", "open-ended", "never", "further"],
        "is no moment: where no end is agreed, write `open = true` in the file, or --open in a command",
    ),
    **dict.fromkeys(["dawn", "dusk", "nightfall", "sundown", "sunrise", "sunset", "daybreak"], _DEPENDS_ON_THE_SKY),
    **dict.fromkeys(["fajr", "dhuhr", "asr", "maghrib", "isha", "iftar"], _DEPENDS_ON_THE_SKY),
    **dict.fromkeys(
        ["eid", "ramadan", "muharram", "safar", "rajab", "shaban", "shawwal", "hijri", "ah", "be", "sh", "buddhist"],
        _DEPENDS_ON_THE_MOON,
    ),
    **dict.fromkeys(
        ["nowruz", "farvardin", "khordad", "tir", "mordad", "shahrivar", "mehr", "aban", "azar", "bahman", "esfand"],
        _DEPENDS_ON_THE_MOON,
    ),
    **dict.fromkeys(
        ["end", "week", "weekend", "month", "morning", "afternoon", "evening", "night", "tonight", "now", "soon"],
        _NO_MOMENT,
    ),
    **dict.fromkeys(
        ["after", "before", "until", "next", "this", "last"], "is not exact: write the hour and the date alone"
    ),
    "o'clock": "is counted from 0600 in some countries: write the hour in 24 h form, such as 0100",
}
RELATIVE_DAYS = {"yesterday": -1, "today": 0, "tomorrow": 1}
