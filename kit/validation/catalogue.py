"""The types of one tree and where their records stand: what a path is taken for."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from kit.config import FILE as CONFIG

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.record_type import RecordType

SCHEMAS, TEMPLATES = "schemas", "templates"
PAGES = frozenset(("readme.md", "index.md", "log.md"))  # the last two: Open Knowledge Format v0.2, reserved names
_ASSETS = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".ico", ".pdf", ".zip", ".gz", ".mp4", ".webm", ".woff2")
_PLANES = frozenset(("tasks", "memory", "agents", "artifacts", "sessions", "context", "archive"))


@dataclass(frozen=True)
class Catalogue:
    """`root` is the knowledge folder, "" for the repository's top; `types` are all that can be used, by name.

    `config` is where `kit.toml` stands. Paths are relative to the repository's top.
    """

    root: str
    types: Mapping[str, RecordType]
    config: str = CONFIG

    @cached_property
    def reviewed(self) -> dict[str, list[RecordType]]:
        """The types of reviewed records, by their folder."""
        found: dict[str, list[RecordType]] = {}
        for declared in self.types.values():
            if declared.is_reviewed:
                found.setdefault(declared.folder, []).append(declared)
        return {name: sorted(some, key=lambda each: bool(each.beside)) for name, some in found.items()}

    @cached_property
    def planes(self) -> frozenset[str]:
        """The first segments of paths in the live plane, which is not looked at here."""
        return _PLANES | {declared.folder for declared in self.types.values() if not declared.is_reviewed}

    @property
    def folders(self) -> list[str]:
        """What is looked at, relative to the repository's top; pages beside the folders only in a folder of its own."""
        pages = ("README.md", "index.md", "log.md") if self.root else ()
        return [self.config, *(self.join(name) for name in (*sorted(self.reviewed), SCHEMAS, TEMPLATES, *pages))]

    def join(self, path: str) -> str:
        """Returns a path below the knowledge folder as one below the repository's top."""
        return posixpath.join(self.root, path)

    def within(self, path: str) -> str:
        """Returns a path relative to the knowledge folder, "" when it is not below it."""
        if not self.root:
            return path
        return path[len(self.root) + 1 :] if path.startswith(self.root + "/") else ""

    def kind_of(self, path: str) -> tuple[str, RecordType | None]:
        """Returns record, page, schema, template, asset or other, and the type of a record."""
        if path == self.config:
            return "config", None
        inner = self.within(path)
        folder, _, rest = inner.partition("/")
        name = inner.rpartition("/")[2]
        if name.lower() in PAGES:
            return "page", None
        if folder in (SCHEMAS, TEMPLATES) and folder not in self.reviewed:
            of = "schema" if folder == SCHEMAS and rest.endswith(".schema.json") and "/" not in rest else ""
            of = of or ("template" if folder == TEMPLATES and rest.endswith((".md", ".json")) else "")
            return of or "other", None
        for declared in self.reviewed.get(folder, ()):
            if declared.match(inner) is not None:
                return "record", declared
        if name.lower().endswith(_ASSETS) or name in (".gitkeep", ".gitignore", ".gitattributes"):
            return "asset", None
        return "other", None
