"""Links of one file: each is read into what it refers to, so that a later check is a look-up.

Addresses on the web are left alone and never fetched; what leaves the repository, names an absolute path or could
run code is a finding at once. Whether the target exists is asked later, of the whole tree.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote

from kit.records.complaint import shown
from kit.records.finding import ERROR, Finding

if TYPE_CHECKING:
    from kit.records.markdown import Link
    from kit.records.record import Record

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_LEFT_ALONE = frozenset(("http", "https", "mailto"))


class Reference(NamedTuple):
    """`kind` is path, absolute, name, record or source; `anchor` is the heading wanted, "" for none.

    `target` is a path relative to the repository's top (path, absolute, source), what stands in the brackets of a
    wikilink (name), or what follows `kit:` (record).
    """

    kind: str
    target: str
    anchor: str
    line: int
    column: int


@dataclass(frozen=True)
class _Refused:
    rule: str
    message: str
    fix: str


def references(record: Record, planes: frozenset[str]) -> tuple[list[Reference], list[Finding]]:
    """Returns what a record (or a page) refers to within the repository, and the links that are refused.

    `planes` are the folders of the live plane: what `kit:` names there is no file of the tree.
    """
    below = record.body_line - 1
    links = record.outline.links if record.is_markdown else ()
    read = [(_read(link, record.path, planes), link.line + below, link.column) for link in links]
    sources = record.meta.get("sources")
    for at, source in enumerate(sources if isinstance(sources, list) else ()):
        resource = source.get("resource") if isinstance(source, dict) else None
        if isinstance(resource, str) and (told := _read_source(resource, planes)):
            read.append((told, *record.positions().get(("sources", at, "resource"), (1, 1))))
    found = [Reference(*each, line, column) for each, line, column in read if isinstance(each, tuple)]
    refused = [
        Finding(record.path, line, column, each.rule, ERROR, each.message, each.fix)
        for each, line, column in read
        if isinstance(each, _Refused)
    ]
    return found, refused


def _read(link: Link, path: str, planes: frozenset[str]) -> tuple[str, str, str] | _Refused | None:
    """Returns (kind, target, anchor) of a link in the file `path`, why it is refused, or None for the web."""
    if link.kind == "wikilink":
        name, _, anchor = link.href.partition("#")
        return ("name", name.strip(), anchor.strip()) if name.strip() else ("path", path, anchor.strip())
    href = link.href
    scheme = _SCHEME.match(href)
    if scheme:
        return _read_scheme(scheme[1].lower(), href, planes)
    location, _, anchor = href.partition("#")
    location, _, query = location.partition("?")
    location, anchor = unquote(location), "" if query else unquote(anchor)
    if not href:
        return _Refused("link.missing", "the link leads nowhere: its target is empty", "write a target or no link")
    if location.startswith(("//", "\\")):
        return _outside(href)
    if location.startswith("/"):
        return "absolute", posixpath.normpath(location).lstrip("/"), anchor
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), location)) if location else path
    return _outside(href) if target.startswith("../") or target == ".." else ("path", target, anchor)


def _read_scheme(scheme: str, href: str, planes: frozenset[str]) -> tuple[str, str, str] | _Refused | None:
    if scheme in _LEFT_ALONE:
        return None
    if scheme == "kit":
        target, _, anchor = unquote(href[len("kit:") :]).partition("#")
        return None if target.partition("/")[0] in planes else ("record", target, anchor)
    if scheme == "file" or len(scheme) == 1:
        return _outside(href)
    fix = "use https:, mailto:, kit: or a relative path"
    return _Refused("link.scheme", f"the link {shown(href)} has a scheme that is not followed", fix)


def _read_source(resource: str, planes: frozenset[str]) -> tuple[str, str, str] | _Refused | None:
    """Reads the resource of a source: an address, `kit:...` or a path from the repository's top."""
    if resource.startswith("kit:"):
        return _read_scheme("kit", resource, planes)
    if _SCHEME.match(resource) or " " in resource or "/" not in resource:
        return None
    target = posixpath.normpath(resource.partition("#")[0])
    if target.startswith(("/", "../")) or target == "..":
        return _outside(resource)
    return "source", target, ""


def _outside(href: str) -> _Refused:
    fix = "link to a file of the repository, or to an https: address"
    return _Refused("link.outside", f"the link {shown(href)} leaves the repository", fix)
