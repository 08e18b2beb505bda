"""Finds one record by its id or its path."""

from __future__ import annotations

import difflib
import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, NotFound
from kit.records import record, record_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.store.knowledge import Knowledge, Place


class Shown(NamedTuple):
    """A record with its type and the bytes it was read from."""

    record: Record
    declared: RecordType
    data: bytes


def show(knowledge: Knowledge, name: str, *, type_name: str = "", here: str = "") -> Shown:
    """Returns the record that `name` means; see `find`. Raises Malformed when the file cannot be read as one."""
    place = find(knowledge, name, type_name=type_name, here=here)
    data = knowledge.tree.bytes(place.path)
    found = record.parse(place.path, data)
    return Shown(found, record_type.told(knowledge.types.values(), place.declared, found.meta), data)


def find(knowledge: Knowledge, name: str, *, type_name: str = "", here: str = "") -> Place:
    """Returns where the record stands that `name` means: an id, `kit:` and a path, or a path.

    A path counts from `here` (a folder of the repository), from the knowledge root or from the repository's top, and
    may lack its ending. Raises NotFound, or InvalidInput when the id means several.
    """
    declared_type(knowledge.types, type_name)
    named = name.removeprefix("kit:").split("#", 1)[0]
    places = list(knowledge.places(type_name))
    found = [place for place in places if place.id == named] or _at(knowledge, places, named, here)
    if len(found) > 1:
        paths = [knowledge.full(place.path) for place in found]
        raise InvalidInput(
            f"{name!r} means several records: {', '.join(paths)}",
            hint=f"name one by its path, or give --type {found[0].declared.name}",
            code="ambiguous",
            paths=paths,
        )
    if not found:
        near = difflib.get_close_matches(named, [place.id for place in places], n=3)
        hint = f"did you mean {', '.join(near)}?" if near else "kit list shows what is there"
        raise NotFound(f"no record {name!r} in the {knowledge.tree.name}", hint=hint, value=name)
    return found[0]


def declared_type(types: Mapping[str, RecordType], name: str) -> RecordType | None:
    """Returns the type of this name, None for "". Raises NotFound when there is none."""
    if not name or name in types:
        return types.get(name)
    near = difflib.get_close_matches(name, types, n=1)
    hint = f"did you mean {near[0]!r}?" if near else "kit types lists them"
    raise NotFound(f"no type {name!r}", hint=hint, code="no_type", value=name)


def _at(knowledge: Knowledge, places: list[Place], named: str, here: str) -> list[Place]:
    below = f"{knowledge.tree.root}/" if knowledge.tree.root else ""
    wanted = [posixpath.normpath(posixpath.join(here, named)).removeprefix(below), named, named.removeprefix(below)]
    for path in wanted:
        found = [place for place in places if path in (place.path, place.path.rsplit(".", 1)[0])]
        if found:
            return found
    return []
