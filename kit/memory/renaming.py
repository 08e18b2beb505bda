"""What the renaming of one record means for every link to it, and for the links in the record itself."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kit.records import front_matter, relink
from kit.records.record import decode
from kit.records.strict_json import Malformed

if TYPE_CHECKING:
    from kit.records.record import Record
    from kit.store.knowledge import Place

#: Fields that hold ids of records of the same type.
ID_FIELDS = ("supersedes", "superseded_by", "needs")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//")
_IN_VALUE = re.compile(r"(?P<kit>(?<![\w:/.-])kit:)(?P<path>[\w./-]*\w)|\[\[(?P<wiki>[^\[\]\n|#]+)")


@dataclass(frozen=True)
class Renaming:
    """`root` is the knowledge root; the paths of the places count from there, all others from the repository's top."""

    root: str
    old: Place
    new: Place

    def in_record(self, read: Record, type_name: str) -> Record:
        """Returns the record with its links renamed; of the renamed one with its new path and id.

        Raises InvalidInput for a link that cannot be rewritten safely.
        """
        is_moved = read.path == self.old.path
        path = self.new.path if is_moved else read.path
        meta = {name: self._value(value, name, type_name) for name, value in read.meta.items()}
        if is_moved and "id" in meta:
            meta["id"] = self.new.id
        changes = {name: value for name, value in meta.items() if value != read.meta[name]}
        written = read.with_fields(changes) if changes else read
        if read.is_markdown:
            written = written.with_body(self._body(read.body, self._full(read.path), self._full(path)))
        return written

    def in_readme(self, path: str, data: bytes) -> bytes:
        """Returns a README with its links renamed; front matter stays. Raises Malformed when it is not UTF-8."""
        text = decode(data)
        try:
            parts = front_matter.split(text)
        except Malformed:
            parts = None
        *head, body = parts or ("", text)
        return "".join([*head, self._body(body, path, path)]).encode()

    def _body(self, body: str, before: str, after: str) -> str:
        return relink.relink(body, lambda kind, target: self._target(kind, target, before, after))

    def _target(self, kind: str, target: str, before: str, after: str) -> str | None:
        """Returns the new target of a link that stands in the file `before`, which becomes `after`."""
        if kind == "kit":
            return self._of_kit(target)
        if kind == "wikilink":
            return self.new.id if target == self.old.id else self._name(target)
        if not target or _SCHEME.match(target):
            return None
        if target.startswith("/"):
            new = self._name(posixpath.normpath(target[1:]))
            return None if new is None else f"/{new}"
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(before), target))
        renamed = self._name(meant.removeprefix(f"{self.root}/") if self.root else meant)
        becomes = meant if renamed is None else self._full(renamed)
        shortest = posixpath.relpath(becomes, posixpath.dirname(after) or ".")
        if shortest == posixpath.normpath(target):
            return None
        return shortest + "/" * target.endswith("/")

    def _of_kit(self, target: str) -> str | None:
        """Returns what `kit:` is followed by now: `<folder>/<id>`, whatever folders are between, or the whole path."""
        folder = self.old.declared.folder
        return f"{folder}/{self.new.id}" if target == f"{folder}/{self.old.id}" else self._name(target)

    def _name(self, path: str) -> str | None:
        """Returns the record's new path when `path` is its old one, with or without the ending."""
        if path == self.old.path:
            return self.new.path
        return self.new.path.rsplit(".", 1)[0] if path == self.old.path.rsplit(".", 1)[0] else None

    def _value(self, value: Any, field: str, type_name: str) -> Any:
        if isinstance(value, dict):
            return {name: self._value(each, name, type_name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._value(each, field, type_name) for each in value]
        if not isinstance(value, str):
            return value
        if field in ID_FIELDS and type_name == self.old.declared.name and value == self.old.id:
            return self.new.id
        path, rest = relink.split(value)
        paths = {self.old.path: self.new.path, self._full(self.old.path): self._full(self.new.path)}
        return paths[path] + rest if path in paths else _IN_VALUE.sub(self._reference, value)

    def _reference(self, found: re.Match[str]) -> str:
        if found["kit"]:
            return found["kit"] + (self._of_kit(found["path"]) or found["path"])
        name = found["wiki"]
        return "[[" + (self._target("wikilink", name.strip(), "", "") or name)

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}" if self.root else path
