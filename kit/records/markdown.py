"""The outline of a Markdown body: headings with their anchors, sections, and links with their lines.

markdown-it reads the blocks; the inline text of a block is read only where it can hold a link, because that
is three quarters of the cost and most blocks hold none.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cache, lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

from kit.records import plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WIKILINK = re.compile(r"!?\[\[([^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]\]")
_NEWLINE = re.compile(r"\r\n?")
_MAY_LINK = re.compile(r"\]\(|\[\[|<[A-Za-z][^ <>]*[:@]")
_MAY_BE_REFERENCE = re.compile(r"[\[<]")
_REACH = 4096
_MARKUP = re.compile(r"[*`_\[]")
_LINKED = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_STYLE = re.compile(r"[*`]|(?<!\w)_|_(?!\w)")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")
_MARKER = re.compile(r"(?:[-*+]|\d+[.)])\s*")


class Heading(NamedTuple):
    level: int
    text: str
    anchor: str
    line: int


class Link(NamedTuple):
    """`kind` is link, image or wikilink; `target` is percent-decoded, `href` is not: there `%23` is no anchor.

    `line` and `column` (from 1, in the body) are where the target is written, or the link begins.
    """

    kind: str
    target: str
    line: int
    href: str = ""
    column: int = 1


class Piece(NamedTuple):
    """A part of a body: the lines of its heading ("" before the first one) and all text below it."""

    name: str
    heading: str
    text: str


class Outline(NamedTuple):
    """`sections` are the texts below second-level headings, `items` those of the lists in them."""

    headings: tuple[Heading, ...]
    sections: dict[str, str]
    links: tuple[Link, ...]
    items: dict[str, list[str]]


def outline(body: str) -> Outline:
    """Returns the outline of `body`; a section is the text below a second-level heading up to the next one."""
    if not body.strip():
        return Outline((), {}, (), {})
    body = _NEWLINE.sub("\n", body)
    lines = body.split("\n")
    environment: dict[str, Any] = {}
    blocks = plain.blocks(lines)
    is_plain = blocks is not None
    headings: list[Heading] = []
    links: list[Link] = []
    cuts: list[tuple[str, int, int]] = []
    bullets: list[tuple[int, int]] = []
    anchors: dict[str, int] = {}
    for kind, start, end, text, level in _blocks(body, environment) if blocks is None else blocks:
        if kind == "heading":
            name = _plain(text)
            headings.append(Heading(abs(level), name, _anchor(name, anchors), start + 1))
            if level in (1, 2):
                cuts.append((name if level == 2 else "", start, end))
        elif kind == "item":
            bullets.append((start, end))
        elif (_MAY_BE_REFERENCE if environment.get("references") else _MAY_LINK).search(text):
            found = plain.links(text) if is_plain else None
            if found is None:
                links += _links(text, start, lines[start:end], environment)
            else:
                links += _placed(found, text, start)
    ends = [start for _, start, _ in cuts[1:]] + [len(lines)]
    sections: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    for (name, _, start), end in zip(cuts, ends, strict=False):
        if name and name not in sections:
            sections[name] = "\n".join(lines[start:end]).strip()
            within = bullets[bisect_left(bullets, (start,)) : bisect_left(bullets, (end,))]
            items[name] = [_item(lines, *span) for span in within]
    return Outline(tuple(headings), sections, tuple(links), items)


def pieces(body: str) -> list[Piece]:
    """Returns the body cut before its first- and second-level headings; the first piece has none.

    With LF line ends, headings and texts put together are the body. Only second-level headings give a name.
    """
    body = _NEWLINE.sub("\n", body)
    lines = [line + "\n" for line in body.split("\n")]
    lines[-1] = lines[-1][:-1]
    tokens = _reader().parse(body)
    cuts = [("", 0, 0)]
    for token, content in pairwise(tokens):
        if token.map and _is_cut(token):
            cuts.append((_plain(content.content) if token.tag == "h2" else "", token.map[0], token.map[1]))
    ends = [start for _, start, _ in cuts[1:]] + [len(lines)]
    return [
        Piece(name, "".join(lines[start:text]), "".join(lines[text:end]))
        for (name, start, text), end in zip(cuts, ends, strict=True)
    ]


def text_blocks(body: str) -> list[tuple[int, int, bool]]:
    """Returns the lines (from 0, up to) of each block that is read for links, and whether it defines a reference.

    Code and HTML blocks are none.
    """
    return [
        (token.map[0], token.map[1], token.type == "definition")
        for token in _reader().parse(body)
        if token.map and token.type in ("inline", "definition")
    ]


def _is_cut(token: Token) -> bool:
    return token.type == "heading_open" and token.tag in ("h1", "h2") and token.level == 0


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    unused = ["inline", "text_join", "emphasis", "balance_pairs", "entity"]
    reader = MarkdownIt("commonmark", {"inline_definitions": True}).disable(unused, ignoreInvalid=True)
    setattr(reader, "validateLink", lambda _: True)  # noqa: B010 - nothing is rendered here
    return reader


def _item(lines: list[str], start: int, end: int) -> str:
    return _MARKER.sub("", "\n".join(lines[start:end]).strip(), count=1)


def _blocks(body: str, environment: dict[str, Any]) -> list[plain.Block]:
    """Returns the blocks that markdown-it finds; a heading within another block has a negative level."""
    tokens = _reader().parse(body, environment)
    found: list[plain.Block] = []
    for index, token in enumerate(tokens):
        if not token.map:
            continue
        start, end = token.map
        if token.type == "heading_open":
            level = int(token.tag[1:])
            text = tokens[index + 1].content
            found.append(plain.Block("heading", start, end, text, -level if token.level else level))
        elif token.type == "list_item_open" and token.level == 1:
            found.append(plain.Block("item", start, end))
        elif token.type == "inline":
            found.append(plain.Block("text", start, end, token.content))
    return found


def _links(text: str, first: int, lines: list[str], environment: dict[str, Any]) -> list[Link]:
    """Returns the links that markdown-it finds in the text of a block that stands in `lines`."""
    block, at = "\n".join(lines), 0
    found: list[tuple[str, str, int]] = []
    children: list[Token] = []
    reader = _reader()
    reader.inline.parse(text, reader, environment, children)
    for child in children:
        if child.type == "link_open":
            written = [("link", str(child.attrs["href"]))]
        elif child.type == "image":
            written = [("image", str(child.attrs["src"]))]
        elif child.type == "text" and "[[" in child.content:
            written = [("wikilink", name.strip()) for name in _WIKILINK.findall(child.content)]
        else:
            continue
        for kind, href in written:
            at = _place(block, href, at)
            found.append((kind, href, at))
    return _placed(found, block, first)


def _placed(found: list[tuple[str, str, int]], block: str, first: int) -> list[Link]:
    """Returns links with their line and column in the body; `block` begins with the line `first` (from 0)."""
    placed: list[Link] = []
    last, begin, line = 0, 0, first + 1
    for kind, href, at in found:
        if passed := block.count("\n", last, at):
            line, begin = line + passed, block.rindex("\n", last, at) + 1
        last = at
        placed.append(Link(kind, href if kind == "wikilink" else unquote(href), line, href, at - begin + 1))
    return placed


def _place(block: str, href: str, start: int) -> int:
    """Returns where in a block a target is written; that of a reference stands elsewhere: where its link begins."""
    decoded = unquote(href)
    for before, target in (("](", href), ("](", decoded), ("](<", decoded), ("[[", href), ("<", href)):
        place = block.find(before + target, start, start + _REACH)
        if place >= 0:
            return place + len(before)
    return max(block.find("[", start, start + _REACH), start)


def _plain(heading: str) -> str:
    if not _MARKUP.search(heading):
        return heading.strip()
    text = _LINKED.sub(r"\1", heading)
    return _STYLE.sub("", text).strip()


def _anchor(text: str, seen: dict[str, int]) -> str:
    base = anchor(text)
    number = seen.get(base, -1) + 1
    seen[base] = number
    return f"{base}-{number}" if number else base


@lru_cache(maxsize=1024)
def anchor(text: str) -> str:
    """Returns GitHub's anchor: lower case, spaces to hyphens, other punctuation dropped; repeats are numbered later."""
    return _NOT_IN_ANCHOR.sub("", text.lower()).replace(" ", "-")
