"""What may reach a terminal, over the whole of Unicode."""

from __future__ import annotations

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.safety.text import hidden, printable

EVERY_CHARACTER = list(map(chr, range(sys.maxunicode + 1)))
# Format characters that are drawn: number and end-of-verse signs, and the layout of hieroglyphs.
DRAWN = {
    *"\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd",
    *map(chr, range(0x13430, 0x13440)),
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "tab\tand\nlines\r\nof text",
        "déjà vu, 中文, עברית, عربى, हिन्दी",
        "👍🏽 ✔️ 👩‍💻 👨‍👩‍👧‍👦",
        "می‌خواهم क्‍ष",
        "\ufffd \\x1b",
    ],
)
def test_text_that_people_write_is_returned_as_it_is(text: str) -> None:
    assert printable(text) is text
    assert hidden(text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J\x1b]0;owned\x07", r"\x1b[2J\x1b]0;owned\x07"),
        ("done\rfailed", r"done\rfailed"),
        ("a\x9b31mb", r"a\x9b31mb"),
        ("user\u202etxt.exe", r"user\u202etxt.exe"),
        ("pass\u200bword", r"pass\u200bword"),
        ("a\u200db", r"a\u200db"),
        ("👩‍‍💻", r"👩\u200d\u200d💻"),
        ("\U000e0041\U000e007f", r"\U000e0041\U000e007f"),
        ("x\ufe01\U000e0101", r"x\ufe01\U000e0101"),
        ("\ud800", r"\ud800"),
        ("\ufeffx\0", r"\ufeffx\x00"),
        ("one\u2028two\x85three", r"one\u2028two\x85three"),
    ],
    ids=ascii,
)
def test_what_a_terminal_would_obey_or_hide_is_shown_as_an_escape(text: str, shown: str) -> None:
    assert printable(text) == shown
    assert hidden(text)


def test_a_value_for_one_line_stays_on_one_line() -> None:
    assert printable("a\nb\r\nc\td", keep_newlines=False) == "a\\nb\\r\\nc\td"


def test_hidden_gives_offset_and_escape_of_each_character() -> None:
    assert hidden("a\x1bb\u202e\n") == [(1, r"\x1b"), (3, r"\u202e")]


def test_no_control_format_or_surrogate_character_without_ink_passes() -> None:
    unseen = [c for c in EVERY_CHARACTER if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    passing = {c for c in unseen if printable(c) == c}
    assert passing == {"\t", "\n"} | (DRAWN & set(unseen))


def test_no_letter_digit_sign_or_symbol_is_escaped_but_the_blank_ones() -> None:
    drawn = "".join(c for c in EVERY_CHARACTER if unicodedata.category(c)[0] in "LNPS")
    assert [escape for _, escape in hidden(drawn)] == [r"\u115f", r"\u1160", r"\u3164", r"\uffa0"]


@given(st.text(st.sampled_from("a\x1b\r\n\u200c\u200d\u202e👩💻क\ufe0f\ud800")), st.booleans())
def test_a_second_pass_changes_nothing_and_finds_nothing(text: str, keep_newlines: bool) -> None:
    once = printable(text, keep_newlines=keep_newlines)
    assert printable(once, keep_newlines=keep_newlines) == once
    assert hidden(once) == []
