"""Rewrites the links of a Markdown text where they are written, and touches nothing else.

The parser says which lines hold text and which code; within a text the links are found by their signs, and the
parser has the last word: what does not read as the same text with the wanted links is refused.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from kit.errors import InvalidInput
from kit.records import markdown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    #: Given the kind (link, image, wikilink or kit) and the decoded target without its `#...`, returns the new
    #: target, or None to leave it.
    Rename = Callable[[str, str], str | None]

_BACKTICKS = re.compile(r"(\\*)(`+)")
_LINK = re.compile(
    r"\\."
    r"|\]\(\s*(?:<(?P<angle>[^<>\n]*)>|(?P<plain>(?:[^\s()<>\\]|\\.)*+(?:\([^\s()]*+\)[^\s()]*+)*+))"
    r"|\[\[(?P<wiki>[^\[\]\n|]+)(?:\|[^\[\]\n]*)?\]\]"
    r"|(?<![\w:/.-])kit:(?P<kit>[\w./-]*\w)",
    re.DOTALL,
)
_DEFINITION = re.compile(r"\[(?:[^\[\]\\]|\\.)++\]:\s*(?:<(?P<angle>[^<>\n]*)>|(?P<plain>[^\s<]\S*))", re.DOTALL)
_KINDS = {"angle": "link", "plain": "link", "wiki": "wikilink", "kit": "kit"}


def relink(body: str, rename: Rename) -> str:
    """Returns the text with its links renamed; code stays as it is.

    A link is `[...](target)`, an image, a definition (`[label]: target`), `[[target]]` or `kit:target`.
    Raises InvalidInput when a link stands where it cannot be rewritten safely.
    """
    lines = body.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    edits: list[tuple[int, int, str]] = []  # in the order of the text: blocks do not overlap
    for first, last, is_definition in markdown.text_blocks(body):
        block = "\n".join(lines[first:last])
        found = _definition(block) if is_definition else _links(block)
        for kind, start, end in found:
            new = _renamed(kind, block[start:end], rename)
            if new is not None:
                edits.append((starts[first] + start, starts[first] + end, new))
    parts, end = [], 0
    for start, stop, new in edits:
        parts += [body[end:start], new]
        end = stop
    written = "".join([*parts, body[end:]])
    _check(body, written, rename)
    return written


def split(target: str) -> tuple[str, str]:
    """Returns a link's target in two: the path, and `?...` or `#...` with all after it."""
    cut = next((at for at, character in enumerate(target) if character in "#?"), len(target))
    return target[:cut], target[cut:]


def _links(block: str) -> Iterator[tuple[str, int, int]]:
    code = _code(block)
    starts = [start for start, _ in code]
    for found in _LINK.finditer(block):
        before = bisect_right(starts, found.start()) - 1
        if found.lastgroup and (before < 0 or code[before][1] <= found.start()):
            yield found.lastgroup, *found.span(found.lastgroup)


def _definition(block: str) -> Iterator[tuple[str, int, int]]:
    if found := _DEFINITION.search(block):
        yield str(found.lastgroup), *found.span(str(found.lastgroup))


def _code(block: str) -> list[tuple[int, int]]:
    """Returns where the code spans stand: from a run of backticks to the next one of the same length."""
    runs = [(*found.span(2), len(found[1]) % 2 == 1) for found in _BACKTICKS.finditer(block)]
    later: dict[int, list[int]] = {}
    for at in range(len(runs) - 1, -1, -1):
        later.setdefault(runs[at][1] - runs[at][0], []).append(at)
    spans: list[tuple[int, int]] = []
    at = 0
    while at < len(runs):
        start, end, is_escaped = runs[at]
        same = later[end - start]
        while same and same[-1] <= at:
            same.pop()
        if same and not is_escaped:
            at = same[-1]
            spans.append((start, runs[at][1]))
        at += 1
    return spans


def _renamed(kind: str, written: str, rename: Rename) -> str | None:
    path, rest = split(written)
    is_encoded = kind in ("angle", "plain")
    if is_encoded and path.startswith("kit:"):
        new = rename("kit", path.removeprefix("kit:"))
        return None if new is None else f"kit:{new}{rest}"
    new = rename(_KINDS[kind], unquote(path) if is_encoded else path.strip())
    if new is None:
        return None
    if kind == "plain":
        new = quote(new, safe="/!$&'*+,;=:@~._-")
    return re.sub(r"[<>\n]", lambda found: quote(found[0]), new) + rest


def _check(before: str, after: str, rename: Rename) -> None:
    """Raises InvalidInput unless `after` holds the links of `before`, renamed, and the same headings."""
    old, new = markdown.outline(before), markdown.outline(after)
    wanted = [(link.kind, _target(link.kind, link.href, rename)) for link in old.links]
    found = [(link.kind, _target(link.kind, link.href, lambda *_: None)) for link in new.links]
    if wanted != found or len(old.headings) != len(new.headings):
        line = next((link.line for link, a, b in zip(old.links, wanted, found, strict=False) if a != b), 1)
        raise InvalidInput(
            f"a link in line {line} of the text is written in a way that cannot be changed safely",
            hint="write it as [text](path), then run the same command again",
            code="link",
            line=line,
        )


def _target(kind: str, href: str, rename: Rename) -> str:
    path, rest = split(href)
    if kind == "wikilink":
        return (rename(kind, path.strip()) or path.strip()) + rest
    if path.startswith("kit:"):
        return "kit:" + (rename("kit", path.removeprefix("kit:")) or path.removeprefix("kit:")) + rest
    return (rename("link", unquote(path)) or unquote(path)) + rest
