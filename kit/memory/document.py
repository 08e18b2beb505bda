"""What is indexed of a record: its text by field as the schema says, and the keywords recall filters by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.store.index import Document, Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kit.records.record import Record
    from kit.records.record_type import RecordType

#: Keyword fields and where a record says them; a record that says nothing of one fits every question.
SCOPES = {"languages": "languages", "frameworks": "frameworks", "errors": "errors"}
KEYWORDS = ("type", "id", "status", "tags", "supersedes", *SCOPES)


def fields(types: Iterable[RecordType]) -> list[Field]:
    """Returns the fields of the index over these types; a text field named twice has its highest boost."""
    boosts: dict[str, float] = {}
    for declared in types:
        for each in declared.indexed:
            if each.kind == "text":
                boosts[f"text_{each.name}"] = max(each.boost, boosts.get(f"text_{each.name}", 0.0))
    texts = [Field(name, "text", boost) for name, boost in boosts.items()]
    return texts + [Field(name, "keyword") for name in KEYWORDS]


def document(record: Record, declared: RecordType) -> Document:
    """Returns what is indexed of a record."""
    projection = record.projection(declared)
    found: dict[str, str | Sequence[str]] = {
        f"text_{each.name}": text for each in declared.indexed if (text := _text(_at(projection, each.pointer)))
    }
    scope = record.meta.get("applies_to")
    scope = scope if isinstance(scope, dict) else {}
    found |= {"type": [declared.name], "id": [record.id], "status": [str(record.meta.get("status", "stable"))]}
    found |= {"tags": _words(record.meta.get("tags")), "supersedes": _words(record.meta.get("supersedes"))}
    found |= {name: _words(scope.get(key)) for name, key in SCOPES.items()}
    return Document(record.path, found)


def _at(value: Any, pointer: Sequence[str]) -> Any:
    for part in pointer:
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    return "\n".join(_words(value)) if isinstance(value, list) else value if isinstance(value, str) else ""


def _words(value: Any) -> list[str]:
    return [str(each) for each in value if isinstance(each, str | int | float)] if isinstance(value, list) else []
