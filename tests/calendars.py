"""Calendars as people's programs write them."""


def event(uid, name, *lines):
    """An event, its times as lines of the calendar."""
    return "\r\n".join(
        ("BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, f"SUMMARY:{name}", "END:VEVENT", "")
    )


def calendar(*events, zones=""):
    """The bytes of a calendar."""
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{zones}{''.join(events)}END:VCALENDAR\r\n".encode()
