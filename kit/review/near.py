"""Finds the records that say much the same as a candidate, among thousands, without an index.

Fingerprints and titles are compared with all of them, whole sentences too; the few that share most are read.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from kit.records import record
from kit.records.strict_json import Malformed
from kit.review.gate import Near

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.records.record import Record

_WORD = re.compile(rb"[a-z0-9_]{3,40}")
_TITLE = re.compile(rb"^title:[ \t]*(.{1,300})$", re.MULTILINE)
_ABOUT = re.compile(rb"^(?:title|description):[ \t]*(.{1,600})$", re.MULTILINE)
_SITUATION = re.compile(rb"^## Situation\s*\n(.{1,4000}?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_HEAD = 6000  # bytes in which the front matter is looked for
_SHOWN = 16_000  # bytes in which the situation is looked for
_LOOKED_AT = 30  # records that are compared word by word
_MOST = 10
_COMMON = frozenset(b"the and for when with not that from are use this its does has can was but you your".split())


def find(candidate: Record, others: Iterable[tuple[str, bytes]]) -> list[Near]:
    """Returns the records that are near to `candidate`, nearest first; the file at its own path is passed over.

    `others` are all records of its type, with their paths.
    """
    data = candidate.dump()
    print_ = candidate.meta.get("fingerprint")
    fingerprint = str(print_).encode() if isinstance(print_, str) and len(print_) > 20 else b""
    title = _plain(str(candidate.meta.get("title", "")).encode())
    about = _about(data)
    sentences = _sentences(candidate.body)
    exact: list[Near] = []
    scored: list[tuple[float, str, bytes]] = []
    for path, other in others:
        if path == candidate.path:
            continue
        found = _TITLE.search(other, 0, _HEAD)
        name = _text(found[1] if found else b"")
        if fingerprint and fingerprint in other[:_HEAD]:
            exact.append(Near(path, name, 1.0, "the same fingerprint"))
        elif title and found and _plain(found[1]) == title:
            exact.append(Near(path, name, 1.0, "the same title"))
        else:
            shared = sum(each in other for each in sentences) / max(len(sentences), 4)
            score = max(_jaccard(about, _about(other)), shared)
            if score > 0.15:
                scored.append((score, path, other))
    scored.sort(reverse=True, key=lambda each: each[0])
    words = _words(_body(data))
    near = [each for _, path, other in scored[:_LOOKED_AT] if (each := _compared(path, other, words, about))]
    return sorted([*exact, *near], key=lambda each: (-each.likeness, each.path))[:_MOST]


def _compared(path: str, other: bytes, words: frozenset[bytes], about: frozenset[bytes]) -> Near | None:
    try:
        parsed = record.parse(path, other)
    except Malformed:
        return None
    likeness = max(_jaccard(words, _words(_body(other))), _jaccard(about, _about(other)) * 0.9)
    title = str(parsed.meta.get("title", ""))
    return Near(path, title, round(likeness, 2), f"{likeness:.0%} of its words") if likeness >= 0.3 else None


def _sentences(body: str) -> list[bytes]:
    """Returns the longest lines of a text: who copies a record copies these."""
    lines = {line.strip() for line in body.split("\n") if len(line.strip()) >= 40}
    return [line.encode() for line in sorted(lines, key=lambda line: (-len(line), line))[:12]]


def _body(data: bytes) -> bytes:
    return data.partition(b"\n---")[2]


def _about(data: bytes) -> frozenset[bytes]:
    """Returns the words of the title, the description and the situation: what a record is about."""
    return _words(b" ".join([*_ABOUT.findall(data[:_HEAD]), *_SITUATION.findall(data[:_SHOWN])]))


def _words(data: bytes) -> frozenset[bytes]:
    return frozenset(_WORD.findall(data.lower())) - _COMMON


def _plain(title: bytes) -> bytes:
    return b" ".join(_WORD.findall(title.lower()))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace").strip().strip("\"'")


def _jaccard(a: frozenset[bytes], b: frozenset[bytes]) -> float:
    return len(a & b) / len(a | b) if a and b else 0.0
