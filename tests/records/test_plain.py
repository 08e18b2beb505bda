from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.records import markdown, plain

PIECES = [
    *("a", "word ", "[t](x.md)", "[t](../a/b.md#c)", "![i](p.png)", "[[w]]", "[[w|T]]", "![[w.png]]", "`c`", "`", "*"),
    *("**", "_", "[", "]", "(", ")", "](", "!", "<", "<b>", "&amp;", "\\", "https://e.org/x", "[x](https://e.org/a)"),
    *("[k](kit:blocks/x)", "[e]()", "[a b](c d)", '[t](x "y")', "- ", "* ", "+ ", "1. ", "2) ", "10. ", "#", "# "),
    *("## ", "###### ", " ", "  ", "    ", "\t", "\n", "\n\n", "\n- ", "\n  ", "```", "~~~", "\n```\n", "---", "==="),
    *("***", "> ", "[r]: x", "[r]", "[r][]", "|", "=", "-", "\x0b", "\u00a0", "\u00e9", "[t](\u00e9)", "[t](%41)"),
    *("`` ` ``", "[ ] ", "1.", "-x", "#x", "\n\n  ", "[a\nb](c)"),
]
LINES = [
    *("", "text", "more text [t](x.md)", "- item", "- item `code` [[w]]", "  below it", "    deep", "1. one", "2. two"),
    *("# One", "## Two", "## Two", "### [t](x.md) *so*", "```", "```py", "~~~~", "---", "===", "> quoted", "<div>"),
    *("[r]: x", "* star", "+ plus", " indented", "- - nested", "- # heading", "10) ten", "\ttab", "[r] and [t][r]"),
    *("-", "#"),
]


def by_markdown_it(body: str) -> markdown.Outline:
    with mock.patch.object(plain, "blocks", return_value=None):
        return markdown.outline(body)


def check(body: str) -> None:
    quick, slow = markdown.outline(body), by_markdown_it(body)
    if "`" in body:  # markdown-it tells no columns: what stands in code too is taken for the link itself
        quick, slow = (each._replace(links=[link[:2] for link in each.links]) for each in (quick, slow))  # type: ignore[arg-type]
    assert quick == slow


@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join))
def test_markdown_it_reads_the_same_in_any_text(body: str) -> None:
    check(body)


@given(st.lists(st.sampled_from(LINES), max_size=10).map("\n".join))
def test_markdown_it_reads_the_same_in_any_lines(body: str) -> None:
    check(body)


@pytest.mark.parametrize("body", [
    "## A\n\ntext [t](x.md#y) and [[w]]\nmore\n\n- one\n- two `c`\n  on\n\n```py\n# not\n```\n\n### B\n",
    "1. one\n2. two\n\ntext\n\n* a\n* b\n",
])  # fmt: skip
def test_what_most_records_hold_is_read_the_quick_way(body: str) -> None:
    assert plain.blocks(body.split("\n")) is not None
    check(body)


def test_links_have_their_line_and_column() -> None:
    body = "see x.md [a\nb](x.md) and ![i](p%20q.png) `[c](x.md)` [r][ref]\n[[one|T]]\n\n[ref]: z.md#h\n"
    assert [each[1:] for each in markdown.outline(body).links] == [
        ("x.md", 2, "x.md", 4),
        ("p q.png", 2, "p%20q.png", 19),
        ("z.md#h", 2, "z.md#h", 31),
        ("one", 3, "one", 3),
    ]
