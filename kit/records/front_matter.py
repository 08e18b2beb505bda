"""Reads and writes YAML front matter: a strict handler for python-frontmatter.

The rules are stricter than YAML's: no tags, anchors, aliases, merge keys or duplicate keys, bounded size and
depth, and plain scalars become numbers, booleans or null only where no reader of YAML 1.1 or 1.2 could disagree
(`no`, `0123`, `1e5`, `12:30` and dates stay strings). Measured: libyaml's events are the fastest safe way in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import frontmatter.default_handlers
import yaml

from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 64 << 10
MAX_DEPTH = 20
MAX_LINE = 110
_Parser: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_BaseDumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_PLAIN = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "false": False}
_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"-?(?:0|[1-9][0-9]*)\.[0-9]+")
_SAFE_PLAIN = re.compile(r"[A-Za-z_./][A-Za-z0-9_./+-]*(?: [A-Za-z0-9_./+-]+)*")
_AMBIGUOUS = re.compile(r"(?i)[yn~]|yes|no|on|off|true|false|null|\.(?:inf|nan)|\.[0-9].*|[-.]{3}.*|=|<<")

Position = tuple[int, int]
Pointer = tuple[str | int, ...]


class StrictHandler(frontmatter.default_handlers.BaseHandler):
    """Front matter between two `---` lines; unlike the library's own it keeps every byte of the body."""

    FM_BOUNDARY = re.compile(r"^---[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
    START_DELIMITER = END_DELIMITER = "---"

    def load(self, fm: str, **_: object) -> Any:
        return load(fm)

    def export(self, metadata: dict[str, object], **_: object) -> str:
        return dump(metadata)


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
    events = yaml.parse(text, _Parser)
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


def dump(meta: dict[str, Any]) -> str:
    """Returns canonical YAML: one key a line in the order given, flow style, quoted where a reader could err."""
    return "".join(dump_field(key, value) for key, value in meta.items())


def dump_field(key: str, value: object) -> str:
    """Returns one top-level key as canonical YAML, broken over lines only when longer than MAX_LINE."""
    line = f"{_inline(key)}: {_inline(value)}\n"
    if len(line) <= MAX_LINE or not isinstance(value, (dict, list)) or not value:
        return line
    if isinstance(value, list):
        return f"{_inline(key)}:\n" + "".join(f"  - {_inline(each)}\n" for each in value)
    return f"{_inline(key)}:\n" + "".join(f"  {_inline(name)}: {_inline(each)}\n" for name, each in value.items())


def edit(text: str, changes: Mapping[str, object]) -> str:
    """Returns the YAML with top-level keys set (None removes them); everything else keeps its bytes."""
    if text.lstrip().startswith("{"):
        meta = {**load(text), **changes}
        return dump({key: value for key, value in meta.items() if value is not None})
    newline = "\r\n" if "\r\n" in text else "\n"
    for key, value in changes.items():
        span = _field_spans(text).get(key)
        line = "" if value is None else dump_field(key, value).replace("\n", newline)
        if span is None:
            text = (text if not text or text.endswith("\n") else text + newline) + line
        elif value is None:
            text = text[: span[0]] + text[text.find("\n", span[1]) + 1 or len(text) :]
        else:
            text = text[: span[0]] + line.removesuffix(newline) + text[span[1] :]
    return text


def _field_spans(text: str) -> dict[str, tuple[int, int]]:
    """Returns where each top-level key with its value stands in `text`, as character offsets.

    A block collection ends, for libyaml, where the next key begins; so its end here is that of its last scalar.
    """
    starts = [0, *(match.end() for match in re.finditer("\n", text))]
    spans: dict[str, tuple[int, int]] = {}
    depth, key = 0, None
    for event in yaml.parse(text, _Parser):
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        is_scalar = isinstance(event, yaml.ScalarEvent)
        if is_scalar or isinstance(event, yaml.CollectionEndEvent):
            start = starts[event.start_mark.line] + event.start_mark.column
            end = starts[event.end_mark.line] + event.end_mark.column
            if key is None and depth == 1:
                key = event.value
                spans[key] = (start, end)
            elif key is not None:
                if is_scalar or text[end - 1 : end] in ("]", "}"):
                    spans[key] = (spans[key][0], spans[key][0] + len(text[spans[key][0] : end].rstrip()))
                if depth == 1:
                    key = None
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
    return spans


def _value(event: Any, events: Iterator[Any], pointer: Pointer, positions: dict[Pointer, Position] | None) -> Any:
    if isinstance(event, yaml.AliasEvent):
        raise _malformed(f"the alias *{event.anchor} is not allowed", event, hint="write the value out")
    if event.anchor is not None:
        raise _malformed(f"the anchor &{event.anchor} is not allowed", event, hint="write the value out")
    if event.tag is not None and event.tag != "!":
        raise _malformed(f"the tag {event.tag} is not allowed", event, hint="remove the tag")
    if positions is not None:
        positions.setdefault(pointer, (event.start_mark.line + 1, event.start_mark.column + 1))
    if isinstance(event, yaml.ScalarEvent):
        return _scalar(event.value) if event.implicit[0] else event.value
    if len(pointer) >= MAX_DEPTH:
        raise _malformed(f"nested deeper than {MAX_DEPTH} levels", event, hint="flatten it")
    if isinstance(event, yaml.SequenceStartEvent):
        items: list[Any] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(_value(event, events, (*pointer, len(items)), positions))
        return items
    mapping: dict[str, Any] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _key(event, mapping)
        if positions is not None:
            positions[(*pointer, key)] = (event.start_mark.line + 1, event.start_mark.column + 1)
        mapping[key] = _value(next(events), events, (*pointer, key), positions)
    return mapping


def _key(event: Any, mapping: dict[str, Any]) -> str:
    if not isinstance(event, yaml.ScalarEvent) or event.anchor is not None:
        raise _malformed("a key must be plain text", event, hint="write a simple key")
    key = str(event.value)
    if key == "<<" and event.implicit[0]:
        raise _malformed("the merge key << is not allowed", event, hint="write the values out")
    if key in mapping:
        raise _malformed(f"the key {key!r} stands twice", event, hint="keep one of them")
    return key


def _scalar(text: str) -> str | int | float | bool | None:
    if text in _PLAIN:
        return _PLAIN[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _DECIMAL.fullmatch(text) and repr(number := float(text)) == text:
        return number
    return text


def _malformed(message: str, event: Any, *, hint: str) -> Malformed:
    mark = event.start_mark
    return Malformed(message, rule="yaml", line=mark.line + 1, column=mark.column + 1, hint=hint)


class _Dumper(_BaseDumper):  # type: ignore[misc]
    def ignore_aliases(self, data: object) -> bool:
        del data
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    plain = _SAFE_PLAIN.fullmatch(text) and not _AMBIGUOUS.fullmatch(text)
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _represent_text)


def _inline(value: object) -> str:
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=True, allow_unicode=True, sort_keys=False, width=1 << 30)
    return str(text).removesuffix("\n").removesuffix("\n...").removesuffix("...\n").strip()
