"""Reads YAML front matter: a strict handler for python-frontmatter.

The rules are stricter than YAML's: no tags, anchors, aliases, merge keys or duplicate keys, bounded size and
depth, and plain scalars become numbers, booleans or null only where no reader of YAML 1.1 or 1.2 could disagree
(`no`, `0123`, `1e5`, `12:30` and dates stay strings). Measured: libyaml's events are the fastest safe way in.
It is written by `kit.records.yaml_text`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import frontmatter.default_handlers
import yaml

from kit.records import scalar
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 64 << 10
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALIAS, _SCALAR, _SEQUENCE_END, _MAPPING_END = (
    yaml.AliasEvent,
    yaml.ScalarEvent,
    yaml.SequenceEndEvent,
    yaml.MappingEndEvent,
)

Position = tuple[int, int]
Pointer = tuple[str | int, ...]


class StrictHandler(frontmatter.default_handlers.BaseHandler):
    """Front matter between two `---` lines; unlike the library's own it keeps every byte of the body."""

    FM_BOUNDARY = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "---"

    def load(self, fm: str, **_: object) -> Any:
        return load(fm)


def split(text: str) -> tuple[str, str, str, str] | None:
    """Returns (opening line, front matter, closing line, body) of `text`, None when it does not begin with `---`.

    Put together again they are `text`. Raises Malformed when the front matter is never closed.
    """
    handler = StrictHandler()
    if not handler.detect(text):
        return None
    try:
        matter, body = handler.split(text)
    except ValueError:
        raise Malformed(
            "the front matter is not closed", rule="front-matter", hint="end it with a line that is just ---"
        ) from None
    opening = text[: text.index("\n") + 1]
    closing = text[len(opening) + len(matter) : len(text) - len(body)]
    return opening, matter, closing, body


def load(text: str, *, positions: dict[Pointer, Position] | None = None) -> Any:
    """Returns the value of the YAML in `text`; fills `positions` (line and column from 1) when given.

    Raises Malformed for all that YAML or the rules above do not allow.
    """
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise Malformed(
            f"the front matter is larger than {MAX_BYTES} bytes",
            rule="too-large",
            hint="move prose into the body",
        )
    events = yaml.parse(text, PARSER)
    try:
        next(events)  # stream start
        if isinstance(next(events), yaml.StreamEndEvent):
            return None
        value = _value(next(events), events, (), positions)
        next(events)  # document end
        extra = next(events)
        if not isinstance(extra, yaml.StreamEndEvent):
            raise _malformed("a second document begins here", extra, hint="keep one YAML document")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Malformed(
            error.problem or str(error),
            rule="yaml",
            line=mark.line + 1 if mark else 1,
            column=mark.column + 1 if mark else 1,
            hint="quote values that contain ':', '#', quotes or brackets",
        ) from None
    except yaml.YAMLError as error:
        raise Malformed(str(error).splitlines()[0], rule="yaml", hint="remove control characters") from None
    return value


def _value(event: Any, events: Iterator[Any], pointer: Pointer, positions: dict[Pointer, Position] | None) -> Any:
    kind = type(event)
    if kind is _ALIAS or event.anchor is not None:
        what = "alias *" if kind is _ALIAS else "anchor &"
        raise _malformed(f"the {what}{event.anchor} is not allowed", event, hint="write the value out")
    if event.tag is not None and event.tag != "!":
        raise _malformed(f"the tag {event.tag} is not allowed", event, hint="remove the tag")
    if positions is not None:
        positions.setdefault(pointer, (event.start_mark.line + 1, event.start_mark.column + 1))
    if kind is _SCALAR:
        return scalar.read(event.value) if event.implicit[0] else event.value
    if len(pointer) >= scalar.MAX_DEPTH:
        raise _malformed(f"nested deeper than {scalar.MAX_DEPTH} levels", event, hint="flatten it")
    if kind is yaml.SequenceStartEvent:
        items: list[Any] = []
        while type(event := next(events)) is not _SEQUENCE_END:
            items.append(_value(event, events, (*pointer, len(items)), positions))
        return items
    mapping: dict[str, Any] = {}
    while type(event := next(events)) is not _MAPPING_END:
        key = _key(event, mapping)
        if positions is not None:
            positions[(*pointer, key)] = (event.start_mark.line + 1, event.start_mark.column + 1)
        mapping[key] = _value(next(events), events, (*pointer, key), positions)
    return mapping


def _key(event: Any, mapping: dict[str, Any]) -> str:
    if type(event) is not _SCALAR or event.anchor is not None:
        raise _malformed("a key must be plain text", event, hint="write a simple key")
    key = str(event.value)
    if key == "<<" and event.implicit[0]:
        raise _malformed("the merge key << is not allowed", event, hint="write the values out")
    if key in mapping:
        raise _malformed(f"the key {key!r} stands twice", event, hint="keep one of them")
    return key


def _malformed(message: str, event: Any, *, hint: str) -> Malformed:
    mark = event.start_mark
    return Malformed(message, rule="yaml", line=mark.line + 1, column=mark.column + 1, hint=hint)
