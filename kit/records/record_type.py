"""A record type is a schema file read as data: plane, path, sections, template and indexing stand in its `x-kit`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from kit import resources
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SUFFIX = ".schema.json"


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
    def is_markdown(self) -> bool:
        return self.path.endswith(".md")

    @property
    def path(self) -> str:
        """The path pattern, `blocks/{id}.md`; a reviewed record may also stand in folders below the first.

        `{+id}` fills more than one segment (RFC 6570, reserved expansion).
        """
        return str(self.kit["path"])

    @property
    def folder(self) -> str:
        """The first segment of the path pattern."""
        return self.path.split("/", 1)[0]

    @property
    def made_by(self) -> str:
        """The command that writes records of a live type, "" for reviewed ones."""
        return str(self.kit.get("made_by", ""))

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
        """Returns the placeholders of the path pattern as `path` fills them, None when it does not match."""
        found = self._pattern.fullmatch(path)
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
        schema = json.loads(data)
        declared = RecordType(name, schema)
        complete = (
            isinstance(declared.kit["plane"], str)
            and re.search(r"\{\+?\w+\}", declared.path) is not None
            and isinstance(schema["properties"]["meta"], dict)
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        complete, reason = False, f"{type(error).__name__}: {error}"
    else:
        reason = "x-kit needs plane and a path with a placeholder, properties needs meta"
    if not complete:
        raise InvalidInput(
            f"schemas/{name}{SUFFIX} does not declare a record type ({reason})",
            hint="see docs/records.md, 'A type of your own'",
            code="invalid_schema",
        )
    return declared


def shipped() -> dict[str, RecordType]:
    """Returns the types that ship with kit, by name."""
    return from_folder(resources.folder("schemas"))


def from_folder(folder: Path) -> dict[str, RecordType]:
    """Returns the types whose schemas stand in `folder`, by name."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    return {name: parse(name, file.read_bytes()) for file in files for name in [file.name.removesuffix(SUFFIX)]}


def of_path(types: Mapping[str, RecordType], path: str) -> RecordType | None:
    """Returns the type whose path pattern `path` matches, None when it is no record's path."""
    return next((each for each in types.values() if each.match(path) is not None), None)
