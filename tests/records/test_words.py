"""Words of prose: counted without code and labels, cut at the end of a sentence."""

from __future__ import annotations

import pytest

from kit.records import words


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0), ("one two", 2), ("It is so.[^s1][^s2]", 3), ("one [^a] two", 2), ("`a b` c", 3),
        ("one\n\n```sh\nmany words in here\n```\n\ntwo", 2), ("one\n~~~~\n```\nx y\n~~~~\ntwo", 2),
        ("one\n```\nnever closed at all", 1), ("- item one", 3),
    ],
)  # fmt: skip
def test_words_of_prose_are_counted(text: str, count: int) -> None:
    assert words.count(text) == count
    assert words.is_within(text, count)
    assert count == 0 or not words.is_within(text, count - 1)


@pytest.mark.parametrize(
    ("text", "limit", "left"),
    [
        ("One two. Three four.", 4, "One two. Three four."), ("One two. Three four.", 3, "One two."),
        ("One two three four", 3, ""), ("So it is.[^s1] And more words.", 4, "So it is.[^s1]"),
    ],
)  # fmt: skip
def test_a_text_is_cut_between_sentences_only(text: str, limit: int, left: str) -> None:
    assert words.cut(text, limit) == left
