"""Entries that are not written yet: what someone says, before it has an id and a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import entry
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.entry import Entry

_ID = "000000000000-00000000"
_AT = "1970-01-01T00:00:00Z"
_OWN = ("type", "id", "at", "agent", "instance", "edits", "text", "content", "tokens")


def draft(role: str, text: str, *, kind: str = "", priority: str = "") -> Entry:
    """Returns an entry that is not written yet: what its role and its kind imply is filled in.

    What a kind of the project's own implies is filled in when it is added (`kit.context.kind`).
    """
    kind = kind or entry.kind_of(role)
    implied = entry.priority_of(kind) if kind in entry.KINDS else ""
    return entry.Entry("", 0.0, role, kind, text, priority or implied)


def of_record(record: Mapping[str, Any], where: str) -> Entry:
    """Returns the draft in a JSON object: `role`, `text` (or `content`), and whatever other field an entry has.

    Raises InvalidInput, and says `where`, when it can be none.
    """
    text, role, kind = record.get("text", record.get("content", "")), record.get("role", "user"), record.get("kind")
    if not isinstance(text, str) or not isinstance(role, str):
        raise InvalidInput(f"{where}: role and text must be texts", hint='write {"role": "user", "text": "..."}')
    made = draft(role, "", kind=str(kind or ""), priority=str(record.get("priority") or ""))
    fixed = {"type": "entry", "id": _ID, "at": _AT, "role": role, "kind": made.kind,
             "priority": made.priority or "normal"}  # fmt: skip
    rest = {name: value for name, value in record.items() if name not in _OWN}
    try:
        return entry.of_record({**rest, **fixed, "text": text})._replace(priority=made.priority)
    except InvalidInput as error:
        raise InvalidInput(f"{where}: {error.message}", hint=error.hint, code=error.code) from None
