"""Looks at a project's own schema as `kit validate` does before a new record is held against it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.memory import new
from kit.store.knowledge import SCHEMAS
from kit.validation import schemas
from kit.validation.catalogue import Catalogue

if TYPE_CHECKING:
    from kit.records.record_type import RecordType
    from kit.store.knowledge import Knowledge


def reviewed_type(knowledge: Knowledge, name: str) -> RecordType:
    """Returns the type that a new record is of.

    Raises UsageError for one that only kit's commands write, InvalidInput for one whose schema is not safe to use:
    a pattern in it could take for ever.
    """
    declared = new.reviewed_type(knowledge.types, name)
    path = f"{SCHEMAS}/{name}.schema.json"
    if path in knowledge.own.entries:
        catalogue = Catalogue(knowledge.tree.root, knowledge.types)
        for flaw in schemas.look(knowledge.full(path), knowledge.own.bytes(path), catalogue):
            message = f"{flaw.path}:{flaw.line}: {flaw.message}"
            raise InvalidInput(message, hint=flaw.fix, code="invalid_schema", finding=flaw.to_json())
    return declared
