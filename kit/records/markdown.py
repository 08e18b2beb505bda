"""The outline of a Markdown body: headings with their anchors, sections, and links with their lines.

markdown-it reads the blocks; the inline text of a block is read only where it can hold a link, because that
is three quarters of the cost and most blocks hold none.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_WIKILINK = re.compile(r"!?\[\[([^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]\]")
_MAY_LINK = re.compile(r"[\[<]")


class Heading(NamedTuple):
    level: int
    text: str
    anchor: str
    line: int


class Link(NamedTuple):
    """`kind` is link, image or wikilink; `target` is percent-decoded; `line` counts from 1 in the body."""

    kind: str
    target: str
    line: int


class Outline(NamedTuple):
    headings: tuple[Heading, ...]
    sections: dict[str, str]
    links: tuple[Link, ...]


def outline(body: str) -> Outline:
    """Returns the outline of `body`; a section is the text below a second-level heading up to the next one."""
    if not body.strip():
        return Outline((), {}, ())
    lines = body.split("\n")
    headings: list[Heading] = []
    links: list[Link] = []
    cuts: list[tuple[str, int, int]] = []
    environment: dict[str, object] = {}
    reader = _reader()
    tokens = reader.parse(body, environment)
    anchors: dict[str, int] = {}
    for index, token in enumerate(tokens):
        if token.type == "heading_open" and token.map:
            text = _plain(tokens[index + 1].content)
            headings.append(Heading(int(token.tag[1:]), text, _anchor(text, anchors), token.map[0] + 1))
            if token.tag in ("h1", "h2") and token.level == 0:
                cuts.append((text if token.tag == "h2" else "", token.map[0], token.map[1]))
        elif token.type == "inline" and token.map and _MAY_LINK.search(token.content):
            links += _links(token, reader, environment)
    ends = [start for _, start, _ in cuts[1:]] + [len(lines)]
    sections: dict[str, str] = {}
    for (name, _, start), end in zip(cuts, ends, strict=True):
        if name and name not in sections:
            sections[name] = "\n".join(lines[start:end]).strip()
    return Outline(tuple(headings), sections, tuple(links))


def items(section: str) -> list[str]:
    """Returns the items of a section that is a list (each with its continuation lines), [] when it has none."""
    found: list[str] = []
    tokens = _reader().parse(section)
    lines = section.split("\n")
    for token in tokens:
        if token.type == "list_item_open" and token.level == 1 and token.map:
            text = "\n".join(lines[token.map[0] : token.map[1]]).strip()
            found.append(re.sub(r"^(?:[-*+]|\d+[.)])\s*", "", text))
    return found


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").disable(["inline", "text_join"], ignoreInvalid=True)


def _links(token: Token, reader: MarkdownIt, environment: dict[str, object]) -> list[Link]:
    line = token.map[0] + 1 if token.map else 1
    found: list[Link] = []
    children: list[Token] = []
    reader.inline.parse(token.content, reader, environment, children)
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
        elif child.type == "link_open":
            found.append(Link("link", unquote(str(child.attrs["href"])), line))
        elif child.type == "image":
            found.append(Link("image", unquote(str(child.attrs["src"])), line))
        elif child.type == "text":
            found += (Link("wikilink", name.strip(), line) for name in _WIKILINK.findall(child.content))
    return found


def _plain(heading: str) -> str:
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).strip()


def _anchor(text: str, seen: dict[str, int]) -> str:
    """Returns GitHub's anchor: lower case, spaces to hyphens, other punctuation dropped, repeats numbered."""
    base = re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
    number = seen.get(base, -1) + 1
    seen[base] = number
    return f"{base}-{number}" if number else base
