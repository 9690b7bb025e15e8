"""The letters of an SMS: the default alphabet of 3GPP TS 23.038 and its extension table, and what fits into one SMS."""

import unicodedata

ALPHABET = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""Each of these takes one of the 160 places of an SMS."""

EXTENSION = frozenset("\f^{}\\[~]|€")
"""Each of these takes two: an escape goes before it."""

_KNOWN = ALPHABET | EXTENSION

_SEPTETS = 160
_UCS2_UNITS = 70

_ALIKE = str.maketrans(
    "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}`\N{ACUTE ACCENT}"
    "\N{LEFT DOUBLE QUOTATION MARK}\N{RIGHT DOUBLE QUOTATION MARK}\N{DOUBLE LOW-9 QUOTATION MARK}«»"
    "\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}"
    "\N{GREEK CAPITAL LETTER ALPHA}\N{GREEK CAPITAL LETTER BETA}\N{GREEK CAPITAL LETTER EPSILON}"
    "\N{GREEK CAPITAL LETTER ZETA}\N{GREEK CAPITAL LETTER ETA}\N{GREEK CAPITAL LETTER IOTA}"
    "\N{GREEK CAPITAL LETTER KAPPA}\N{GREEK CAPITAL LETTER MU}\N{GREEK CAPITAL LETTER NU}"
    "\N{GREEK CAPITAL LETTER OMICRON}\N{GREEK CAPITAL LETTER RHO}\N{GREEK CAPITAL LETTER TAU}"
    "\N{GREEK CAPITAL LETTER UPSILON}\N{GREEK CAPITAL LETTER CHI}",
    '\'\'\'\'"""""-----ABEZHIKMNOPTYX',
)
"""Signs and letters that look like one of the alphabet. Of the Greek capitals it has those alone that Latin lacks."""


def transliterated(text: str) -> str:
    """The text with each letter that the alphabet lacks as the one that it has for it; others stay as they are."""
    if _is_known(text):
        return text
    return "".join(char if _is_known(char) else _known_form(char) for char in text)


def is_gsm(text: str) -> bool:
    """True if a text can be spelled in the alphabet."""
    return _is_known(transliterated(text))


def fits_one_sms(text: str) -> bool:
    """True if one SMS holds a text as it stands: 160 places, or 70 units of UCS-2 where a letter is of no table."""
    if _is_known(text):
        return len(text) + sum(map(text.count, EXTENSION)) <= _SEPTETS
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 <= _UCS2_UNITS


def _is_known(text: str) -> bool:
    return _KNOWN.issuperset(text)


def _known_form(char: str) -> str:
    """The letter without its accents, or the sign that looks like it; the letter itself where no table has either."""
    bare = [part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part)]
    form = "".join(bare).translate(_ALIKE)
    return form if _is_known(form) else char
