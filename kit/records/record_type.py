"""A record type is a schema file read as data: plane, path, sections, template and indexing stand in its `x-kit`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kit import resources
from kit.errors import InvalidInput
from kit.records import strict_json
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUFFIX = ".schema.json"
_PATH = re.compile(r"[a-z0-9][a-z0-9_-]*(?:/(?:[a-z0-9_-]|\{\+?\w+\})+)+\.(?:md|json)")
_PAGE = re.compile(r"(?i)/(?:readme|index|log)\.md$")
_TEMPLATE = re.compile(r"(?:[a-z0-9][a-z0-9._-]*\.(?:md|json))?")


@dataclass(frozen=True)
class Section:
    """A second-level heading that a Markdown body has; its text, or its items where it is a list."""

    name: str
    is_list: bool = False
    is_required: bool = False


@dataclass(frozen=True)
class IndexedField:
    """How a field is searched: as text with a boost, or as a keyword to filter by."""

    name: str
    pointer: tuple[str, ...]
    kind: str
    boost: float = 1.0


@dataclass(frozen=True)
class RecordType:
    """One declared type; everything that depends on the type is read from here."""

    name: str
    schema: dict[str, Any] = field(repr=False)

    @property
    def title(self) -> str:
        return str(self.schema.get("title", self.name))

    @property
    def description(self) -> str:
        return str(self.schema.get("description", ""))

    @property
    def kit(self) -> dict[str, Any]:
        return dict(self.schema["x-kit"])

    @property
    def is_reviewed(self) -> bool:
        return bool(self.kit["plane"] == "reviewed")

    @property
    def is_recalled(self) -> bool:
        """Whether records of this type are searched as knowledge."""
        return bool(self.kit.get("recall", False))

    @property
    def is_approved(self) -> bool:
        """Whether a stable record of this type needs an approval of its content."""
        return bool(self.kit.get("approved", False))

    @property
    def is_markdown(self) -> bool:
        return self.path.endswith(".md")

    @property
    def path(self) -> str:
        """The path pattern, `blocks/{id}.md`; a reviewed record may also stand in folders below the first.

        `{+id}` fills more than one segment (RFC 6570, reserved expansion).
        """
        return str(self.kit["path"])

    @property
    def placeholders(self) -> list[str]:
        """The names that fill the path pattern."""
        return [name.lstrip("+") for name in re.findall(r"\{(\+?\w+)\}", self.path)]

    @property
    def beside(self) -> str:
        """The type whose folder and file names it shares, told apart by the `type` of each record; "" for none."""
        return str(self.kit.get("beside", ""))

    @property
    def template(self) -> str:
        """The file in `templates/` that a new record is made from, "" where there is none."""
        return str(self.kit.get("template", ""))

    @property
    def folder(self) -> str:
        """The first segment of the path pattern."""
        return self.path.split("/", 1)[0]

    @property
    def made_by(self) -> str:
        """The command that writes records of a live type, "" for reviewed ones; a project's own are types of entry."""
        return str(self.kit.get("made_by", "" if self.is_reviewed else f"kit context add --type {self.name}"))

    @property
    def fields(self) -> list[str]:
        """The fields in canonical order."""
        return list(self.schema["properties"]["meta"].get("properties", {}))

    @property
    def sections(self) -> list[Section]:
        return [
            Section(name, bool(rule.get("list")), bool(rule.get("required")))
            for name, rule in self.kit.get("sections", {}).items()
        ]

    @property
    def indexed(self) -> list[IndexedField]:
        return [
            IndexedField(name, tuple(rule["from"].split(".")), rule["kind"], float(rule.get("boost", 1.0)))
            for name, rule in self.kit.get("index", {}).items()
        ]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        below = "(?:[^/]+/)*" if self.is_reviewed else ""
        parts = re.split(r"(\{\+?\w+\})", self.path)
        pattern = "".join(_placeholder(part) if part.startswith("{") else re.escape(part) for part in parts)
        return re.compile(pattern.replace("/", f"/{below}", 1) if below else pattern)

    def match(self, path: str) -> dict[str, str] | None:
        """Returns the placeholders of the path pattern as `path` fills them, None when it does not match.

        README.md, and index.md and log.md (which the Open Knowledge Format reserves), are pages, not records.
        """
        found = None if _PAGE.search(path) else self._pattern.fullmatch(path)
        return found.groupdict() if found else None

    def place(self, **names: str) -> str:
        """Returns the path of a record with these placeholders, e.g. `place(id="x")` is `blocks/x.md`."""
        return self.path.replace("{+", "{").format(**names)


def _placeholder(part: str) -> str:
    name = part[1:-1]
    return f"(?P<{name[1:]}>.+)" if name.startswith("+") else f"(?P<{name}>[^/]+)"


def parse(name: str, data: bytes) -> RecordType:
    """Returns the type declared by the schema file `name`. Raises InvalidInput when it declares none."""
    try:
        schema = strict_json.load(data)
        declared = RecordType(name, schema)
        complete = (
            declared.kit["plane"] in ("reviewed", "live")
            and _PATH.fullmatch(declared.path) is not None
            and declared.placeholders
            and _TEMPLATE.fullmatch(declared.template) is not None
            and all(map(str, [*declared.fields, *declared.sections, *declared.indexed]))
        )
        reason = "x-kit needs plane, and a path such as notes/{id}.md"
    except (AttributeError, KeyError, TypeError, ValueError, Malformed) as error:
        complete, reason = False, f"{type(error).__name__}: {error}"
    if not complete:
        raise InvalidInput(
            f"schemas/{name}{SUFFIX} does not declare a record type ({reason})",
            hint="see docs/records.md, 'A type of your own'",
            code="invalid_schema",
        )
    return declared


def shipped() -> dict[str, RecordType]:
    """Returns the types that ship with kit, by name; their schemas are trusted (and tested), which saves 3 ms."""
    files = sorted(resources.folder("schemas").glob(f"*{SUFFIX}"))
    names = [file.name.removesuffix(SUFFIX) for file in files]
    return {name: RecordType(name, json.loads(file.read_bytes())) for name, file in zip(names, files, strict=True)}


def of_path(types: Iterable[RecordType], path: str) -> RecordType | None:
    """Returns the type whose path pattern `path` matches, None when it is no record's path.

    Of types that share their places it is the one that the others stand beside (`told` tells them apart).
    """
    found = [each for each in types if each.match(path) is not None]
    return min(found, key=lambda each: bool(each.beside), default=None)


def told(types: Iterable[RecordType], declared: RecordType, meta: Mapping[str, Any]) -> RecordType:
    """Returns the type that a record says it is, where that one stands beside `declared`, its place's; else this."""
    return next((each for each in types if each.beside == declared.name and each.name == meta.get("type")), declared)
