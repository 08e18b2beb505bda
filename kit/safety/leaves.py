"""Finds the strings that a JSON text holds, JSON inside JSON strings too, and where each of them stands.

What is found in a decoded string is told in places of the text as it is written, so that it can be replaced there and
nothing else changes by a byte: number formats, spacing, the order of keys, repeated keys, escapes.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NAME = 100  # characters of a name that are looked at
DEPTH = 2  # so many levels of JSON in JSON strings are looked into; what lies deeper is read as text
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*+:)?', re.DOTALL)
_UNIT = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]+", re.DOTALL
)
_FIRST = re.compile(r"[ \t\r\n]*\[[ \t\r\n]*")  # between a key and the first of its texts in a list
_NEXT = re.compile(r"[ \t\r\n]*,[ \t\r\n]*")
# `{"name": "DB_PASSWORD", "value": "..."}`: the name of the value is the text before it.
_NAMING = frozenset({"name", "key", "variable", "envName", "Name", "Key", "ParameterKey"})
_NAMED = frozenset({"value", "val", "default", "Value", "ParameterValue"})


class Leaf(NamedTuple):
    """A string value: what it is called, its text, where it is written (within its quotes) and in which string."""

    name: str
    text: str
    start: int
    end: int
    source: str
    above: Leaf | None = None


def leaves(source: str, *, depth: int = DEPTH, above: Leaf | None = None) -> list[Leaf] | None:
    """Returns the string values of a JSON text in their order, None for what is no JSON."""
    try:
        # Numbers are not looked at: one of a million digits must not take its time, or fail.
        _decoder().decode(source)
    except (ValueError, RecursionError):
        return None
    found: list[Leaf] = []
    for leaf in _strings(source, above):
        below = leaves(leaf.text, depth=depth - 1, above=leaf) if depth and _may_be_json(leaf.text) else None
        if below is None:
            found.append(leaf)
        else:
            found += below
    return found


def written(leaf: Leaf, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Returns where spans of a leaf's text, in their order and apart, stand in the outermost JSON text."""
    here: Leaf | None = leaf
    while here is not None:
        places = iter(_places(here, [place for span in spans for place in span]))
        spans = list(zip(places, places, strict=True))
        here = here.above
    return list(spans)


def _strings(source: str, above: Leaf | None) -> Iterator[Leaf]:
    # A string that is written as JSON once more is still what its key calls it.
    name, end, before = above.name if above else "", 0, None
    for found in _STRING.finditer(source):
        start, stop = found.span()
        if found[1] is not None:
            name, end = source[start + 1 : found.start(1) - 1], stop
            continue
        own = name
        if (gap := source[end:start]) and not gap.isspace():
            is_next = _NEXT.fullmatch(gap) is not None
            own = name if is_next or _FIRST.fullmatch(gap) else ""
            if before is not None and is_next and before.text.startswith("--"):
                own = before.text[2:_NAME]  # ["mysql", "--password", "..."]
        elif own in _NAMED and before is not None and before.name in _NAMING:
            own = before.text[:_NAME]
        text = source[start + 1 : stop - 1]
        if "\\" in text:
            text = _decoder().decode(f'"{text}"')
        yield (before := Leaf(own, text, start + 1, stop - 1, source, above))
        name, end = own, stop


@cache
def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(strict=False, parse_int=str, parse_float=str, parse_constant=str)


def _may_be_json(text: str) -> bool:
    return len(text) > 2 and text[:64].lstrip()[:1] in ("{", "[", '"') and '"' in text[1:]


def _places(leaf: Leaf, offsets: list[int]) -> Iterator[int]:
    """Yields where characters of a text stand in the string it is written as; the offsets ascend."""
    if leaf.end - leaf.start == len(leaf.text):
        yield from (leaf.start + each for each in offsets)
        return
    wanted = iter(offsets)
    here = next(wanted, None)
    count = 0
    for unit in _UNIT.finditer(leaf.source, leaf.start, leaf.end):
        size = 1 if unit[0][0] == "\\" else len(unit[0])
        while here is not None and here < count + size:
            yield unit.start() + here - count
            here = next(wanted, None)
        count += size
    while here is not None:
        yield leaf.end
        here = next(wanted, None)
