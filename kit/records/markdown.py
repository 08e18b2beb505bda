"""The outline of a Markdown body: headings with their anchors, sections, and links with their lines.

markdown-it reads the blocks; the inline text of a block is read only where it can hold a link, because that
is three quarters of the cost and most blocks hold none.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WIKILINK = re.compile(r"!?\[\[([^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]\]")
_NEWLINE = re.compile(r"\r\n?")
_MAY_LINK = re.compile(r"\]\(|\[\[|<[A-Za-z][^ <>]*[:@]")
_MAY_BE_REFERENCE = re.compile(r"[\[<]")
_REACH = 4096
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
    headings: list[Heading] = []
    links: list[Link] = []
    cuts: list[tuple[str, int, int]] = []
    bullets: list[tuple[int, int]] = []
    environment: dict[str, Any] = {}
    reader = _reader()
    tokens = reader.parse(body, environment)
    anchors: dict[str, int] = {}
    may_link = _MAY_BE_REFERENCE if environment.get("references") else _MAY_LINK
    for index, token in enumerate(tokens):
        kind = token.type
        if kind == "heading_open" and token.map:
            text = _plain(tokens[index + 1].content)
            headings.append(Heading(int(token.tag[1:]), text, _anchor(text, anchors), token.map[0] + 1))
            if _is_cut(token):
                cuts.append((text if token.tag == "h2" else "", token.map[0], token.map[1]))
        elif kind == "list_item_open" and token.level == 1 and token.map:
            bullets.append((token.map[0], token.map[1]))
        elif kind == "inline" and token.map and may_link.search(token.content):
            links += _links(token, reader, environment, lines)
    ends = [start for _, start, _ in cuts[1:]] + [len(lines)]
    sections: dict[str, str] = {}
    items: dict[str, list[str]] = {}
    for (name, _, start), end in zip(cuts, ends, strict=False):
        if name and name not in sections:
            sections[name] = "\n".join(lines[start:end]).strip()
            items[name] = [_item(lines, *span) for span in bullets if start <= span[0] < end]
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

    reader = MarkdownIt("commonmark", {"inline_definitions": True}).disable(["inline", "text_join"], ignoreInvalid=True)
    setattr(reader, "validateLink", lambda _: True)  # noqa: B010 - nothing is rendered here
    return reader


def _item(lines: list[str], start: int, end: int) -> str:
    return _MARKER.sub("", "\n".join(lines[start:end]).strip(), count=1)


def _links(token: Token, reader: MarkdownIt, environment: dict[str, Any], lines: list[str]) -> list[Link]:
    first, last = token.map or (0, 0)
    block, at, begin, line = "\n".join(lines[first:last]), 0, 0, first + 1
    found: list[Link] = []
    children: list[Token] = []
    reader.inline.parse(token.content, reader, environment, children)
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
            if passed := block.count("\n", begin, at):
                line, begin = line + passed, block.rindex("\n", begin, at) + 1
            found.append(Link(kind, href if kind == "wikilink" else unquote(href), line, href, at - begin + 1))
    return found


def _place(block: str, href: str, start: int) -> int:
    """Returns where in a block a target is written; that of a reference stands elsewhere: where its link begins."""
    plain = unquote(href)
    for before, target in (("](", href), ("](", plain), ("](<", plain), ("[[", href), ("<", href)):
        place = block.find(before + target, start, start + _REACH)
        if place >= 0:
            return place + len(before)
    return max(block.find("[", start, start + _REACH), start)


def _plain(heading: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).strip()


def _anchor(text: str, seen: dict[str, int]) -> str:
    """Returns GitHub's anchor: lower case, spaces to hyphens, other punctuation dropped, repeats numbered."""
    base = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    number = seen.get(base, -1) + 1
    seen[base] = number
    return f"{base}-{number}" if number else base
