"""A record: a typed Markdown or JSON file as a frozen value, and back to bytes without loss."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kit.records import strict_json
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.front_matter import Pointer, Position
    from kit.records.markdown import Outline
    from kit.records.record_type import RecordType

MAX_BYTES = 1 << 20
MAX_MARKDOWN = 1 << 18  # the costliest Markdown takes some 8 us a byte
# Not the ======= between the two: it may as well underline a heading.
_CONFLICT = re.compile(rb"^(?:<{7}|\|{7}|>{7}) ", re.MULTILINE)


@dataclass(frozen=True)
class Record:
    """One record as it was read: `meta` is the front matter or the JSON object, `body` the Markdown after it.

    `body_line` is the line of the file on which the body begins (from 1); `matter` the front matter's own text
    (of a JSON record the file's), `fences` the two lines around it.
    """

    path: str
    meta: dict[str, Any]
    body: str = ""
    body_line: int = 1
    matter: str = ""
    fences: tuple[str, str] = field(default=("---\n", "---\n"), repr=False)

    @property
    def id(self) -> str:
        return str(self.meta.get("id", ""))

    @property
    def type(self) -> str:
        return str(self.meta.get("type", ""))

    @property
    def is_markdown(self) -> bool:
        return self.path.endswith(".md")

    @cached_property
    def outline(self) -> Outline:
        from kit.records import markdown

        return markdown.outline(self.body)

    def projection(self, declared: RecordType) -> dict[str, Any]:
        """Returns what the schema validates: {meta, sections, headings, links, body}."""
        if not self.is_markdown:
            return {"meta": self.meta, "sections": {}, "headings": [], "links": [], "body": ""}
        lists = {section.name for section in declared.sections if section.is_list}
        sections = {
            name: self.outline.items[name] if name in lists else text for name, text in self.outline.sections.items()
        }
        return {
            "meta": self.meta,
            "sections": sections,
            "headings": [
                {"level": each.level, "text": each.text, "anchor": each.anchor} for each in self.outline.headings
            ],
            "links": [{"kind": each.kind, "target": each.target} for each in self.outline.links],
            "body": self.body.strip(),
        }

    def dump(self) -> bytes:
        """Returns the file's bytes; of Markdown that was parsed and not edited, exactly those that were read.

        Raises InvalidInput for text that no file can hold (see `strict_json.encode`).
        """
        if not self.is_markdown:
            return strict_json.dump(self.meta)
        return strict_json.encode(f"{self.fences[0]}{self.matter}{self.fences[1]}{self.body}")

    def positions(self) -> dict[Pointer, Position]:
        """Returns line and column (from 1, in the file) of every key and item of the front matter or the object."""
        if not self.is_markdown:
            return strict_json.positions(self.matter)
        from kit.records import front_matter

        found: dict[Pointer, Position] = {}
        front_matter.load(self.matter, positions=found)
        return {pointer: (line + 1, column) for pointer, (line, column) in found.items()}

    def canonical(self, declared: RecordType) -> Record:
        """Returns the record in canonical form: keys in the schema's order, canonical values, LF, one final newline.

        Comments in front matter stay, and with them the order of its keys. The lines of the body stay as they are:
        trailing blanks can be a line break, or part of a code block.
        """
        known = [name for name in declared.fields if name in self.meta]
        meta = {name: self.meta[name] for name in [*known, *(name for name in self.meta if name not in known)]}
        if not self.is_markdown:
            return Record(self.path, meta)
        from kit.records import yaml_text

        body = _lf(self.body).strip("\n") + "\n" if self.body.strip() else ""
        return _markdown(self.path, meta, body, yaml_text.canonical(self.matter, meta))

    def with_fields(self, changes: Mapping[str, Any]) -> Record:
        """Returns the record with top-level fields set (None removes); every other byte of the file stays as it is."""
        meta = {**self.meta, **changes}
        meta = {name: value for name, value in meta.items() if name not in changes or value is not None}
        if not self.is_markdown:
            return Record(self.path, meta)
        from kit.records import yaml_text

        return _markdown(self.path, meta, self.body, yaml_text.edit(self.matter, changes), self.fences)

    def with_body(self, body: str) -> Record:
        """Returns the record with another body; the front matter keeps its bytes."""
        return _markdown(self.path, self.meta, body, self.matter, self.fences)

    def digest(self, *, without: tuple[str, ...] = ("verified",)) -> str:
        """Returns `sha256:<hex>` of the content: fields but those in `without`, sorted, and the body's text.

        The form of the file (key order, quoting, line ends) does not change it.
        """
        import json

        content = {
            "meta": {name: value for name, value in self.meta.items() if name not in without},
            "body": _lf(self.body).strip(),
        }
        text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def make(path: str, meta: dict[str, Any], body: str = "") -> Record:
    """Returns a new record with these fields and this body. Raises InvalidInput for what front matter cannot hold."""
    if path.endswith(".json"):
        return Record(path, meta)
    from kit.records import yaml_text

    return _markdown(path, meta, body, yaml_text.dump(meta))


def parse(path: str, data: bytes) -> Record:
    """Returns the record in `data`, the bytes of the file `path`.

    Raises Malformed (with rule, line and column) for what the format does not allow; the schema is not looked at.
    """
    if len(data) > MAX_BYTES:
        raise Malformed(f"the file has {len(data)} bytes, the limit is {MAX_BYTES}", rule="too-large", hint="split it")
    if data.startswith(b"\xef\xbb\xbf"):
        raise Malformed("the file begins with a byte-order mark", rule="encoding", hint="save it as UTF-8 without BOM")
    if data.startswith(b"version https://git-lfs.github.com/spec/"):
        raise Malformed("the file is a Git LFS pointer, not the record", rule="lfs-pointer", hint="run git lfs pull")
    if conflict := _CONFLICT.search(data):
        raise Malformed(
            "a merge conflict was left in the file",
            rule="conflict-marker",
            line=data.count(b"\n", 0, conflict.start()) + 1,
            hint="resolve it and remove the <<<<<<<, ======= and >>>>>>> lines",
        )
    if path.endswith(".json"):
        meta = strict_json.load(data)
        if not isinstance(meta, dict):
            raise Malformed("the file is not a JSON object", rule="json", hint="wrap it in { }")
        return Record(path, meta, matter=data.decode())
    if len(data) > MAX_MARKDOWN:
        message = f"the file has {len(data)} bytes, the limit for Markdown is {MAX_MARKDOWN}"
        raise Malformed(message, rule="too-large", hint="split it")
    return _parse_markdown(path, decode(data))


def decode(data: bytes) -> str:
    """Returns the text in `data`. Raises Malformed (with the line) when it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Malformed(
            f"byte {error.start} is not UTF-8", rule="encoding", line=line, hint="save it as UTF-8"
        ) from None


def _parse_markdown(path: str, text: str) -> Record:
    from kit.records import front_matter

    parts = front_matter.split(text)
    if parts is None:
        raise Malformed(
            "the file has no front matter", rule="front-matter", hint="begin it with a line that is just ---"
        )
    opening, matter, closing, body = parts
    try:
        meta = front_matter.load(matter)
    except Malformed as error:
        raise Malformed(
            error.message, rule=error.rule, line=error.line + 1, column=error.column, hint=error.hint
        ) from None
    if not isinstance(meta, dict):
        raise Malformed("the front matter is not a mapping", rule="front-matter", line=2, hint="write key: value lines")
    return _markdown(path, meta, body, matter, (opening, closing))


def _markdown(
    path: str, meta: dict[str, Any], body: str, matter: str, fences: tuple[str, str] = ("---\n", "---\n")
) -> Record:
    return Record(path, meta, body, matter.count("\n") + 3, matter, fences)


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n")
