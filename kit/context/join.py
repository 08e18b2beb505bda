"""Joins a thread that two clones have written apart: entry by entry, and alike in every clone.

`kit.store.joining` does it file by file; this adds what only entries tell: tags and patterns of both, an entry that one
side removed and the other edited, and the conflicts, which stand in the thread until someone settles them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import fork as forks
from kit.context import kept, place, settle, threeway
from kit.context.thread import State
from kit.errors import InvalidInput
from kit.store import history, joining
from kit.store.editing import Blob
from kit.store.joining import Joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.store.store import Store

    Edit = dict[str, bytes | Blob | None]


def join(store: Store, ref: str, fork: str, ours: str, theirs: str) -> Joined:
    """Returns how the tree of `theirs` becomes the join with `ours`; `fork` is where they parted, "" for nowhere."""
    found = joining.join(store.objects, fork, ours, theirs)
    thread = ref.removeprefix(f"{place.FOLDER}/")
    try:
        folder = State(store, thread, theirs).folder
        files = [State(store, thread, oid).files if oid else {} for oid in (fork, ours, theirs)]
    except InvalidInput:
        return found  # one side holds no thread: its files are joined as files
    twice = _twice(*files[1:])
    if len(history.forks(store.objects, ours, theirs)) < 2 and _is_plain(store, *files):
        return Joined(_once(found.edit, folder, twice), found.conflicts)
    base, mine, others, disputed = forks.sides(store, thread, ours, theirs)
    is_ours_later = joining.moment(store.objects, ours) > joining.moment(store.objects, theirs)
    later, earlier = (mine, others) if is_ours_later else (others, mine)
    compared = threeway.compare(base, later, earlier, disputed)
    conflicts = settle.decided(compared.conflicts, "auto")
    made = settle.settle(compared.entries, conflicts, later, earlier)
    edit = dict(found.edit)
    for name, each in made.entries.items():
        stands = others.get(name)
        path = f"{folder}/{stands.path if stands else each.path}"
        if not stands or not each.oid or stands.oid != each.oid:
            edit[path] = Blob(each.oid) if each.oid else each.dump()
        else:
            edit.pop(path, None)
    edit |= {f"{folder}/{each.path}": None for name, each in others.items() if name not in made.entries}
    edit |= {f"{folder}/{kept.FOLDER}/{each.root}.json": kept.record(each) for each in conflicts}
    torn = [path for path in found.conflicts if not place.id_at(path.removeprefix(f"{folder}/"))]
    return Joined(_once(edit, folder, twice), [*torn, *(each.root for each in conflicts)])


def _twice(ours: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Returns the entries that both sides have in different places, by those two: a proposal that both accepted."""
    places = {place.id_at(path): path for path in theirs if place.id_at(path)}
    found = {path: places.get(place.id_at(path), path) for path in ours if place.id_at(path) and path not in theirs}
    return {path: (other, theirs[other]) for path, other in found.items() if path != other}


def _once(edit: Edit, folder: str, twice: Mapping[str, tuple[str, str]]) -> Edit:
    """Returns an edit that leaves each of those entries in one place, the first of both."""
    for path, (other, oid) in twice.items():
        mine, theirs = f"{folder}/{path}", f"{folder}/{other}"
        if other < path:
            edit.pop(mine, None)
        else:
            edit |= {mine: edit.get(theirs) or Blob(oid), theirs: None}
    return edit


def _is_plain(store: Store, base: Mapping[str, str], ours: Mapping[str, str], theirs: Mapping[str, str]) -> bool:
    """Whether neither side did anything but add entries that edit nothing: then no two can be in conflict."""
    return not any(_has_changed(base, side) or _has_edited(store, base, side) for side in (ours, theirs))


def _has_changed(base: Mapping[str, str], side: Mapping[str, str]) -> bool:
    return any(place.id_at(path) and side.get(path) != oid for path, oid in base.items())


def _has_edited(store: Store, base: Mapping[str, str], side: Mapping[str, str]) -> bool:
    new = {path: oid for path, oid in side.items() if place.id_at(path) and base.get(path) != oid}
    (entries,) = threeway.read(store.repository.git, new)
    return any(each.edits for each in entries.values())
