"""Lists records by type, fields and tags."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput, UsageError
from kit.memory.show import declared_type
from kit.records import record, record_type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.knowledge import Knowledge


class Listing(NamedTuple):
    """The records that match, in the order of their paths, and the files that could not be read, with the reason."""

    records: list[Record]
    unread: dict[str, str]


def list_records(
    knowledge: Knowledge, *, type_name: str = "", where: Sequence[str] = (), tags: Sequence[str] = ()
) -> Listing:
    """Returns the records for which every `where` (`field=value`) and every tag holds.

    A field may be dotted; of a list, one item must be the value; an empty value means that the field is absent.
    What kit itself writes (verdicts, responses) is listed only where its type is named.
    """
    declared_type(knowledge.types, type_name)
    wanted = [*(_condition(each) for each in where), *(("tags", tag) for tag in tags)]
    found, unread = [], {}
    places = (each for each in knowledge.places(type_name) if type_name or not each.declared.made_by)
    for file in knowledge.tree.read(place.path for place in places):
        try:
            if file.data is None:
                raise InvalidInput(file.problem)
            read = record.parse(file.path, file.data)
        except InvalidInput as error:
            unread[file.path] = error.message
            continue
        if type_name and _is_of_another(read, knowledge.types, type_name):
            continue
        if all(_holds(read.meta, *each) for each in wanted):
            found.append(read)
    return Listing(found, unread)


def _is_of_another(read: Record, types: Mapping[str, RecordType], name: str) -> bool:
    """Whether a record at a place that several types share is of another of them than the one named."""
    first = types[types[name].beside or name]
    return record_type.told(types.values(), first, read.meta).name != name


def _condition(text: str) -> tuple[str, str]:
    name, is_one, value = text.partition("=")
    if not is_one or not name:
        raise UsageError(f"--where {text!r} is not field=value", hint="write it like status=draft")
    return name, value


def _holds(meta: dict[str, Any], name: str, wanted: str) -> bool:
    values = [each if isinstance(each, str) else json.dumps(each) for each in _values(meta, name.split("."))]
    return wanted in values or (not wanted and not values)


def _values(value: Any, names: list[str]) -> list[Any]:
    """Returns what stands below these names, of lists each item."""
    if isinstance(value, list):
        return [found for each in value for found in _values(each, names)]
    if not names:
        return [value]
    return _values(value[names[0]], names[1:]) if isinstance(value, dict) and names[0] in value else []
