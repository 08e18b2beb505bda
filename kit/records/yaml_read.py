"""Reads canonical front matter, the form that `yaml_dump` writes, some ten times as fast as libyaml and without it.

Whatever is written in any other way gives None, and `front_matter.load` reads it; a test holds the two against each
other on random values and random text.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from kit.records import scalar
from kit.records.yaml_dump import AMBIGUOUS, BARE, PLAIN

_QUOTED = re.compile(r'"(?:[^"\\]|\\["\\bfnrtu/])*"')
_BARE_WORD = re.compile(r"-?[0-9][0-9.e+-]*|[a-z]+(?![A-Za-z0-9_./+ -])")
_PLAIN_LINE = re.compile(f"({PLAIN.pattern}): ({PLAIN.pattern})")
_KEYWORDS = frozenset({"null", "true", "false"})


class _OtherError(ValueError):
    """The text is not in canonical form."""


def load(text: str) -> dict[str, Any] | None:
    """Returns the mapping in canonical front matter, None where the text is anything else."""
    try:
        return _load(text)
    except (_OtherError, RecursionError):
        return None


def _load(text: str) -> dict[str, Any]:
    lines = text.split("\n")
    if lines.pop():
        raise _OtherError
    found: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if plain := _plain(line):
            if plain[0] in found:
                raise _OtherError
            found[plain[0]] = plain[1]
            continue
        key, end = _key(line, 0)
        if key in found:
            raise _OtherError
        if end < len(line):
            found[key] = _whole(line, _after(line, end, " "))
            continue
        inner: list[str] = []
        while at < len(lines) and lines[at].startswith("  "):
            inner.append(lines[at])
            at += 1
        if not inner:
            raise _OtherError
        found[key] = _items(inner) if inner[0].startswith("  - ") else _pairs(inner)
    return found


@lru_cache(maxsize=1000)
def _plain(line: str) -> tuple[str, str] | None:
    """Returns key and value of a line that is `word: words`; of ten thousand records most have the same ones."""
    found = _PLAIN_LINE.fullmatch(line)
    if not found or AMBIGUOUS.fullmatch(found[1]) or AMBIGUOUS.fullmatch(found[2]):
        return None
    return found[1], found[2]


def _items(lines: list[str]) -> list[Any]:
    return [_whole(line, _after(line, 0, "  - ")) for line in lines]


def _pairs(lines: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for line in lines:
        key, end = _key(line, 2)
        if key in found:
            raise _OtherError
        found[key] = _whole(line, _after(line, end, " "))
    return found


def _whole(line: str, at: int) -> Any:
    value, end = _value(line, at, 1)
    if end != len(line):
        raise _OtherError
    return value


def _after(line: str, at: int, mark: str) -> int:
    if not line.startswith(mark, at):
        raise _OtherError
    return at + len(mark)


def _key(line: str, at: int) -> tuple[str, int]:
    """Returns the key that begins at `at`, and the place behind its colon."""
    key, end = _text(line, at)
    return key, _after(line, end, ":")


def _text(line: str, at: int) -> tuple[str, int]:
    if line.startswith('"', at):
        quoted = _QUOTED.match(line, at)
        if not quoted or BARE.search(quoted[0]) or "\\ud" in quoted[0] or "\\uD" in quoted[0]:
            raise _OtherError
        try:
            return (quoted[0][1:-1] if "\\" not in quoted[0] else json.loads(quoted[0])), quoted.end()
        except ValueError:
            raise _OtherError from None
    plain = PLAIN.match(line, at)
    if not plain or AMBIGUOUS.fullmatch(plain[0]):
        raise _OtherError
    return plain[0], plain.end()


def _value(line: str, at: int, depth: int) -> tuple[Any, int]:
    first = line[at : at + 1]
    if first in ("[", "{"):
        if depth >= scalar.MAX_DEPTH:
            raise _OtherError
        return _sequence(line, at + 1, depth) if first == "[" else _mapping(line, at + 1, depth)
    word = _BARE_WORD.match(line, at)
    if word and (first == "-" or first.isdigit()):
        number = scalar.read(word[0])
        if isinstance(number, str):
            raise _OtherError
        return number, word.end()
    if word and word[0] in _KEYWORDS:
        return scalar.read(word[0]), word.end()
    return _text(line, at)


def _sequence(line: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []
    if line.startswith("]", at):
        return found, at + 1
    while True:
        value, at = _value(line, at, depth + 1)
        found.append(value)
        if line.startswith("]", at):
            return found, at + 1
        at = _after(line, at, ", ")


def _mapping(line: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}
    if line.startswith("}", at):
        return found, at + 1
    while True:
        key, at = _key(line, at)
        if key in found:
            raise _OtherError
        found[key], at = _value(line, _after(line, at, " "), depth + 1)
        if line.startswith("}", at):
            return found, at + 1
        at = _after(line, at, ", ")
