"""Links are renamed where they are written; code and all other text keep their bytes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.errors import InvalidInput
from kit.records import markdown, relink

NEW = {
    "link": {"old.md": "sub dir/new(1).md", "a b.md": "c.md"},
    "wikilink": {"old": "new"},
    "kit": {"facts/old": "facts/new"},
}


def rename(kind: str, target: str) -> str | None:
    return NEW[kind].get(target)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("[x](old.md)", "[x](sub%20dir/new%281%29.md)"),
        ("[x](old.md#A%20b)", "[x](sub%20dir/new%281%29.md#A%20b)"),
        ('[x]( old.md "a title" )', '[x]( sub%20dir/new%281%29.md "a title" )'),
        ("[x](<old.md>)", "[x](<sub dir/new(1).md>)"),
        ("[x](old%2Emd)", "[x](sub%20dir/new%281%29.md)"),
        ("[x](a%20b.md) [y](<a b.md>)", "[x](c.md) [y](<c.md>)"),
        ("![x](old.md)", "![x](sub%20dir/new%281%29.md)"),
        ("[![x](old.md)](old.md)", "[![x](sub%20dir/new%281%29.md)](sub%20dir/new%281%29.md)"),
        ("[x][a]\n\n[a]: old.md 'title'", "[x][a]\n\n[a]: sub%20dir/new%281%29.md 'title'"),
        ("[a]\n\n[a]:\n  <old.md#x>", "[a]\n\n[a]:\n  <sub dir/new(1).md#x>"),
        ("> - [a]: old.md\n> - [a]", "> - [a]: sub%20dir/new%281%29.md\n> - [a]"),
        ("[[old]] [[ old ]] [[old|an alias]] [[old#Head ing]] ![[old]]",
         "[[new]] [[new]] [[new|an alias]] [[new#Head ing]] ![[new]]"),
        ("kit:facts/old, (kit:facts/old#L1-L2) <kit:facts/old> [x](kit:facts/old#a).",
         "kit:facts/new, (kit:facts/new#L1-L2) <kit:facts/new> [x](kit:facts/new#a)."),
        ("kit:facts/older xkit:facts/old kit:facts/old-2", "kit:facts/older xkit:facts/old kit:facts/old-2"),
        ("## A [x](old.md)\n\nSetext [[old]]\n---\n", "## A [x](sub%20dir/new%281%29.md)\n\nSetext [[new]]\n---\n"),
        ("a\r\n[x](old.md)\r\n\r\n- [[old]]\r\n", "a\r\n[x](sub%20dir/new%281%29.md)\r\n\r\n- [[new]]\r\n"),
        ("[x](other.md) [y](older.md) [[other]] https://x.y/old.md", "[x](other.md) [y](older.md) [[other]] https://x.y/old.md"),
        ("", ""),
    ],
)  # fmt: skip
def test_each_way_to_write_a_link_is_renamed(before: str, after: str) -> None:
    assert relink.relink(before, rename) == after


@pytest.mark.parametrize(
    "code",
    [
        "`[x](old.md)`",
        "``a ` [[old]]``",
        "`a\n[x](old.md)`",
        "```\n[x](old.md) [[old]] kit:facts/old\n```",
        "~~~md\n[a]: old.md\n~~~",
        "    [x](old.md)",
        "- a\n\n      [[old]]",
        "<div>\n[x](old.md)\n</div>",
        "<!-- [[old]] -->",
        "\\[[old]](x)",
    ],
)
def test_code_and_html_stay_as_they_are(code: str) -> None:
    text = f"[x](a.md)\n\n{code}\n\n[[b]]\n"
    assert relink.relink(text, rename) == text


def test_an_unclosed_or_escaped_backtick_makes_no_code() -> None:
    assert relink.relink("` [[old]] `` [[old]]", rename) == "` [[new]] `` [[new]]"
    assert relink.relink("\\`[[old]]`", rename) == "\\`[[new]]`"


def test_what_the_parser_does_not_read_as_renamed_is_refused() -> None:
    # The name of the character stands for itself: the target is written in a way that is not looked for.
    with pytest.raises(InvalidInput, match="line 3"):
        relink.relink("a\n\n[x](old&period;md)\n", rename)


def test_a_hostile_text_takes_no_longer_than_reading_it() -> None:
    for text in ("`a``b" * 4_000, "[[" * 10_000, "](" * 10_000, "\\`" * 10_000, "[a" * 10_000, "kit:a/" * 4_000):
        begin = time.perf_counter()
        markdown.outline(text)
        read = time.perf_counter() - begin
        relink.relink(text, rename)
        assert time.perf_counter() - begin < 20 * read + 2.0, text[:10]


pieces = st.one_of(
    st.sampled_from(
        ["[x](old.md)", "[[old]]", "](old.md)", "kit:facts/old", "[a]: old.md\n", "![x](<old.md>)", "[[old|b]]"]
    ),
    st.sampled_from(["`", "``", "\\", "\n", "\n\n", "    ", "> ", "- ", "```\n", "#", "<!-- ", "-->", *"[]()<>*| a"]),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces, max_size=25).map("".join))
def test_any_text_has_its_links_renamed_or_is_refused(text: str) -> None:
    try:
        written = relink.relink(text, rename)
    except InvalidInput:
        return
    wanted = {"old.md": "sub dir/new(1).md", "old": "new", "kit:facts/old": "kit:facts/new"}
    before, after = markdown.outline(text), markdown.outline(written)
    assert [link.target for link in after.links] == [wanted.get(link.target, link.target) for link in before.links]
    assert relink.relink(text, lambda *_: None) == text
