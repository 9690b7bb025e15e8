"""Where keys stand in a TOML text."""

import pytest

from alertd.toml.positions import Positions, parsed

TEXT = """\
# a comment
state_dir = "é"
[[truce]] # first
id = "a"
"quoted key" = 1
a.b = [1, { x = 2 },
  # between
  3]
  [[truce.extension]]
  by = "1h"
  [[truce.extension]]

  until = '''
  long'''
  note = 1
[truce.termination]
at = 1
[[truce]]
  [[truce.extension]]
  by = "2h"
extension = [
  { by = 1 },
]
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("state_dir",), 2),
        (("truce", 0), 3),
        (("truce", 0, "id"), 4),
        (("truce", 0, "quoted key"), 5),
        (("truce", 0, "a", "b", 1, "x"), 6),
        (("truce", 0, "a", "b", 2), 8),
        (("truce", 0, "extension", 0, "by"), 10),
        (("truce", 0, "extension", 1, "until"), 13),
        (("truce", 0, "extension", 1, "note"), 15),
        (("truce", 0, "termination", "at"), 17),
        (("truce", 1), 18),
        (("truce", 1, "extension", 0, "by"), 20),
    ],
)
def test_every_key_has_its_line(path, line):
    assert Positions(TEXT).line(path) == line


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("truce", 0, "starts"), 3),
        (("truce", 0, "extension", 1, "by"), 11),
        (("truce", 0, "claim", 3, "by"), 3),
        (("truce", 0, "id", 0), 4),
        (("nothing",), 1),
        ((), 1),
    ],
)
def test_a_key_that_is_absent_is_placed_at_the_table_around_it(path, line):
    assert Positions(TEXT).line(path) == line


@pytest.mark.parametrize("text", ["", "a =", "= 1", "[[", "[[truce]\na = [[[", "\0", "'", '"""', "[]", "a.=1"])
def test_what_is_no_toml_has_no_positions_and_does_no_harm(text):
    assert Positions(text).line(("a", 0, "b")) >= 1


def test_windows_line_ends_count_once():
    assert Positions("a = 1\r\nb = 2\r\nc = 3\r\n").line(("c",)) == 3


@pytest.mark.parametrize("padding", range(3))
def test_letters_of_several_bytes_harm_no_line_of_a_long_text(padding):
    text = "x" * padding + " = 0\n" if padding else ""
    text += "".join(f'a{number} = "{chr(0x6BD4) * 20}"\n' for number in range(3000))
    assert Positions(text).line(("a2999",)) == 3000 + bool(padding)


def test_a_long_text_is_parsed_in_pieces_between_which_other_threads_have_their_turn():
    """The daemon's loop is one of them, and alerts are due."""
    asked = []

    class Source(bytes):
        def __getitem__(self, piece):
            asked.append(piece)
            return super().__getitem__(piece)

    parsed(Source(b'a = "xxxxxxxxxxxxxxxx"\n' * 10_000))
    assert len(asked) > 10
    assert all(piece.stop - piece.start <= 16_384 for piece in asked)
