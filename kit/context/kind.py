"""The project's own types of entry: what a schema of its own says of them is held against every entry of that type.

Such a schema stands where all types of the project stand, `schemas/<type>.schema.json`, and declares the place of
entries as its own; `x-kit` may name the priority that such entries have unless told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import entry, place
from kit.errors import InvalidInput
from kit.records import check, record
from kit.store import knowledge

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.entry import Entry
    from kit.records.record_type import RecordType
    from kit.store.repository import Repository

_ID = "000000000000-00000000"


def settled(repository: Repository, drafts: Sequence[Entry]) -> list[Entry]:
    """Returns drafts that are what their types say, with the priority of their type where none was told.

    Raises InvalidInput for a type that neither kit nor the project has, and for an entry that its schema refuses.
    """
    known = knowledge.in_work_tree(repository)
    for each in drafts:
        if broken := known.problems.get(f"schemas/{each.kind}.schema.json"):
            raise broken
    return [each if each.kind in entry.KINDS else _settled(each, known.types) for each in drafts]


def _settled(draft: Entry, types: Mapping[str, RecordType]) -> Entry:
    own = {name: each for name, each in types.items() if each.path == types["entry"].path and name != "entry"}
    declared = own.get(draft.kind)
    if declared is None:
        raise _unknown(draft.kind, [*entry.KINDS, *own])
    made = draft._replace(priority=draft.priority or str(declared.kit.get("priority", "normal")))
    subject = made._replace(id=_ID)
    found = check.check(record.parse(f"{place.FOLDER}/x/{place.path_of(0, _ID)}", subject.dump()), declared)
    wrong = [each for each in found if each.severity == "error"]
    if wrong:
        more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
        raise InvalidInput(
            f"the {draft.kind} is not as its schema wants it: {wrong[0].message}{more}",
            hint=wrong[0].fix, code="invalid_entry", findings=[each.message for each in wrong[:20]],
        )  # fmt: skip
    return made


def _unknown(kind: str, known: Sequence[str]) -> InvalidInput:
    import difflib

    near = difflib.get_close_matches(kind, known, n=1)
    hint = (
        f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}; schemas/{kind}.schema.json declares it"
    )
    return InvalidInput(f"there is no type of entry {kind!r}", hint=hint, code="no_entry_type", value=kind)
