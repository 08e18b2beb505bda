"""Joins two histories of a ref by what each has changed since they parted: nothing that one side added is lost.

A file that only one side has changed is as that side has it. Where both have changed one, the later side's stands, by
the time of its last commit, then by its id, so that every clone joins alike; of JSON objects that is decided key by
key. What one side removed and the other changed stays. Both sides stay reachable as parents of the join.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput
from kit.records import strict_json
from kit.store.editing import Blob

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.objects import Objects

MAX_FILES = 200_000
_ABSENT: Any = object()


class Joined(NamedTuple):
    """The edit that makes one side the join of both, and the paths that both had changed in different ways."""

    edit: dict[str, bytes | Blob | None]
    conflicts: list[str]


def join(objects: Objects, base: str, ours: str, theirs: str) -> Joined:
    """Returns how the tree of `theirs` becomes the join with `ours`; `base` is where they parted, "" for nowhere.

    Raises InvalidInput when a side cannot be read.
    """
    before, here, there = (objects.entries(oid, limit=MAX_FILES) if oid else {} for oid in (base, ours, theirs))
    is_ours_later = moment(objects, ours) > moment(objects, theirs)
    found = Joined({}, [])
    for path in {**here, **there}:
        was, mine, other = before.get(path), here.get(path), there.get(path)
        if mine in (other, was):
            continue
        if other == was:
            found.edit[path] = Blob(mine) if mine else None
        elif mine is None or other is None:
            found.edit[path] = Blob(mine or other or "")
        else:
            found.conflicts.append(path)
            found.edit[path] = _both(objects, path, was, mine, other, is_mine=is_ours_later)
    return found


def _both(objects: Objects, path: str, was: str | None, mine: str, other: str, *, is_mine: bool) -> Blob | bytes:
    later = Blob(mine if is_mine else other)
    if not path.endswith(".json"):
        return later
    try:
        old, new, changed = (
            strict_json.load(objects.blob(each, limit=strict_json.MAX_BYTES)) if each else {}
            for each in (was, *((other, mine) if is_mine else (mine, other)))
        )
    except InvalidInput:
        return later
    if not all(isinstance(each, dict) for each in (old, new, changed)):
        return later
    return strict_json.dump(merged(old, new, changed))


def merged(old: Mapping[str, Any], first: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an object with what either side changed in `old`, key by key, in objects within it too."""
    found: dict[str, Any] = {}
    for key in {**old, **first, **later}:
        was, one, two = (each.get(key, _ABSENT) for each in (old, first, later))
        if one == was:
            value = two
        elif two in (was, one, _ABSENT):
            value = one
        elif isinstance(one, dict) and isinstance(two, dict):
            value = merged(was if isinstance(was, dict) else {}, one, two)
        else:
            value = two if two is not _ABSENT else one
        if value is not _ABSENT:
            found[key] = value
    return found


def moment(objects: Objects, oid: str) -> tuple[int, str]:
    """Returns what decides which of two sides is the later, alike in every clone."""
    return objects.commit(oid).when, oid
