"""What a person or an agent gives for a new record: fields and sections as words, and a file or a text."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kit.errors import InvalidInput, UsageError
from kit.records import front_matter, markdown, strict_json
from kit.records.record import decode
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kit.records.form import Text
    from kit.records.record_type import RecordType

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Given:
    """The fields, sections and body that are known of a record to be."""

    meta: dict[str, Any] = field(default_factory=dict)
    sections: dict[str, Text] = field(default_factory=dict)
    body: str = ""


def read(data: bytes, declared: RecordType) -> Given:
    """Returns what a file gives: Markdown with or without front matter, or a JSON object of the fields.

    The object may hold the sections of a Markdown type under `sections`, and other text under `body`.
    Raises Malformed when it is neither.
    """
    data = data.removeprefix(_BOM)
    if data.lstrip().startswith(b"{"):
        try:
            return _of_object(strict_json.load(data), declared)
        except Malformed:
            if not declared.is_markdown:
                raise
    elif not declared.is_markdown:
        raise InvalidInput(f"a {declared.name} is a JSON object", hint=f"kit schema {declared.name} shows it")
    text = decode(data).replace("\r\n", "\n")
    parts = front_matter.split(text)
    if parts is None:
        return Given(body=text)
    meta = front_matter.load(parts[1]) or {}
    if not isinstance(meta, dict):
        raise Malformed("the front matter is not a mapping", rule="front-matter", hint="write key: value lines")
    return Given(meta, body=parts[3])


def add(given: Given, words: Iterable[str], declared: RecordType) -> None:
    """Adds `name=value` words, which count more than what is there.

    A name is a field, a dotted path of fields, or a section. A list is given by commas (sections: by lines), as JSON
    or by repeating its word. Raises UsageError for a word without `=`, InvalidInput for a value that cannot be read.
    """
    sections = {section.name.casefold(): section for section in declared.sections}
    properties = declared.schema["properties"]["meta"].get("properties", {})
    seen: set[str] = set()
    for word in words:
        name, is_one, value = word.partition("=")
        if not is_one or not name.strip():
            raise UsageError(f"--set {word!r} is not name=value", hint='write it like --set "title=One claim"')
        section = sections.get(name.strip().casefold())
        if section is not None:
            new: Any = _items(value) if section.is_list else value
            _put(given.sections, [section.name], new, word, is_repeated=section.name in seen)
            seen.add(section.name)
        else:
            names = name.strip().split(".")
            if names[0] not in declared.fields and (
                near := difflib.get_close_matches(names[0], declared.fields, 1, 0.8)
            ):
                raise UsageError(f"--set {word!r}: {names[0]} is not known", hint=f"did you mean {near[0]}?")
            rule = _rule(properties, names)
            _put(given.meta, names, _typed(value, rule, word), word, is_repeated=name in seen)
            seen.add(name)


def _of_object(value: Any, declared: RecordType) -> Given:
    taken = {name for name in ("sections", "body") if declared.is_markdown and name not in declared.fields}
    meta = {name: each for name, each in value.items() if name not in taken}
    sections = value.get("sections", {}) if "sections" in taken else {}
    body = value.get("body", "") if "body" in taken else ""
    texts = sections.values() if isinstance(sections, dict) else [None]
    if not isinstance(body, str) or not all(isinstance(text, (str, list)) for text in texts):
        raise InvalidInput("`sections` maps names to texts or lists, `body` is a text", hint="write them so")
    return Given(meta, {name: [str(each) for each in text] if isinstance(text, list) else text
                        for name, text in sections.items()}, body)  # fmt: skip


def _put(target: dict[str, Any], names: list[str], value: Any, word: str, *, is_repeated: bool) -> None:
    *above, last = names
    for name in above:
        target = target.setdefault(name, {})
        if not isinstance(target, dict):
            raise InvalidInput(f"--set {word!r}: {name} is not a mapping", hint="set the whole field")
    if not is_repeated:
        target[last] = value
    elif isinstance(value, list) and isinstance(target.get(last), list):
        target[last] = [*target[last], *value]
    else:
        raise UsageError(f"--set {'.'.join(names)} stands twice", hint="only lists may be given in parts")


def _rule(properties: Any, names: list[str]) -> dict[str, Any]:
    """Returns the schema of a field, {} where none is declared."""
    rule: Any = {"properties": properties}
    for name in names:
        rule = rule.get("properties", {}).get(name, {}) if isinstance(rule, dict) else {}
    return rule if isinstance(rule, dict) else {}


def _typed(text: str, rule: dict[str, Any], word: str) -> Any:
    """Returns the value that `text` stands for in a field of this schema; what cannot be one stays text."""
    kind = rule.get("type")
    if text[:1] in ("[", "{") and kind != "string":
        try:
            return strict_json.load(strict_json.encode(text))
        except Malformed as error:
            raise InvalidInput(f"--set {word!r}: {error.message}", hint="write JSON, or a plain value") from None
    items = rule.get("items")
    if kind == "array":
        parts = [part.strip() for part in text.split(",")]
        return [_typed(part, items if isinstance(items, dict) else {}, word) for part in parts if part]
    needed = rule.get("required")
    if kind == "object" and isinstance(needed, list) and len(needed) == 1:
        return {needed[0]: text}
    if kind in ("integer", "number", "boolean"):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text


def _items(text: str) -> list[str]:
    if text.startswith("["):
        try:
            value = strict_json.load(strict_json.encode(text))
        except Malformed:
            value = None
        if isinstance(value, list):
            return [str(each) for each in value]
    bulleted = "\n".join(line if line[:2] in ("- ", "  ") else f"- {line}" for line in text.split("\n") if line.strip())
    return markdown.outline(f"## x\n\n{bulleted}").items.get("x", [])
