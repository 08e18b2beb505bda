"""Conflicts that two clones have brought together: joined at once, and kept until someone settles them.

They stand in the thread as `conflicts/<entry>.json`, so that every clone has them: the class, which side stands
(`ours`) and which does not (`theirs`), each by the id and the object id of its entry. The bytes of both sides stay
reachable: as entries, or through the parents of the commit that joined them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import conflict, entry, fields, threeway, write
from kit.context import merge as merging
from kit.context import settle as settling
from kit.context.conflict import Conflict
from kit.context.thread import State
from kit.errors import InvalidInput, NotFound
from kit.records import strict_json
from kit.store import tree

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.context.entry import Entry
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

FOLDER = "conflicts"
#: Conflicts of one thread that are read, and the bytes that their files, and the entries of their sides, may have.
MOST = 10_000
MAX_TOTAL = 1 << 28


class Kept(NamedTuple):
    """The conflicts that wait in a thread, and the paths of those that cannot be read, or are too many to be."""

    conflicts: tuple[Conflict, ...]
    broken: tuple[str, ...]


class Settled(NamedTuple):
    """The commit that settled a conflict, and the entries that still wait."""

    commit: str
    open: tuple[str, ...]


def record(found: Conflict) -> bytes:
    """Returns the file of a conflict; `ours` is the side that stands."""
    if found.choice == conflict.THEIRS:
        found = found._replace(ours=found.theirs, theirs=found.ours)
    sides = {name: getattr(found, name) for name in conflict.SIDES}
    return strict_json.dump(
        {
            "type": "conflict",
            "id": found.root,
            "class": found.kind,
            **{name: {"id": each.id, "object": each.oid} if each else None for name, each in sides.items()},
            "answers": list(found.answers),
        }
    )


def conflicts(store: Store, state: State) -> Kept:
    """Returns the conflicts that a thread holds."""
    paths = sorted(path for path in state.files if path.startswith(f"{FOLDER}/"))
    files = _read(store, {state.files[path] for path in paths[:MOST]})
    told: dict[str, dict[str, Any]] = {}
    broken = paths[MOST:]
    for path in paths[:MOST]:
        try:
            told[path] = _checked(path, files[state.files[path]])
        except InvalidInput:
            broken.append(path)
    sides = _read(store, {each[name]["object"] for each in told.values() for name in conflict.SIDES if each[name]})
    entries: dict[str, Entry | None] = {}
    found: list[Conflict] = []
    for path, each in told.items():
        try:
            base, ours, theirs = (_side(each[name], sides, entries) for name in conflict.SIDES)
        except InvalidInput:
            broken.append(path)
        else:
            found.append(Conflict(each["id"], each["class"], base, ours, theirs, tuple(each["answers"])))
    return Kept(tuple(found), tuple(sorted(broken)))


def settle(
    store: Store, thread: str, name: str, choice: str, text: str, *, author: Author, random: Callable[[], str]
) -> Settled:
    """Settles one conflict, or all of them: `ours` is what stands, `theirs` what does not yet.

    Nothing is sent. Raises NotFound when no conflict, or more than one, has that name.
    """
    digits: list[str] = []
    left: list[str] = []
    notes: dict[str, Any] = {}

    def edit(base: Base) -> Edit:
        state = State(store, thread, base.oid)
        every = conflicts(store, state).conflicts
        meant = [each for each in every if name in ("all", each.root) or conflict.is_named(each, name)]
        if not meant or (len(meant) > 1 and name != "all"):
            raise NotFound(
                f"{len(meant) or 'no'} conflicts are about {name!r}",
                hint="kit context conflicts lists them",
                value=name,
            )
        left[:] = [each.root for each in every if each not in meant]
        notes["Settled"] = " ".join(f"{each.root}={each.kind}:{choice}" for each in meant[:10])
        (entries,) = threeway.read(store.repository.git, state.files)
        chosen = [each._replace(choice=choice, text=text) for each in meant if choice != conflict.OURS]
        others = [each.theirs for each in chosen if each.theirs]
        theirs = {each.id: each for each in others} | entries
        made = settling.settle(entries, chosen, entries, theirs)
        digits.extend(random() for _ in range(len(made.edits) - len(digits)))
        files: dict[str, Any] = {f"{FOLDER}/{each.root}.json": None for each in meant}
        return files | merging.changed(store, base, entries, made, digits=digits, author=author)

    commit = write.commit(
        store, thread, edit, event="context-resolve", subject=f"resolve {name}: {choice}", author=author, notes=notes
    )
    return Settled(commit, tuple(left))


def _read(store: Store, wanted: set[str]) -> dict[str, bytes | None]:
    """Reads each object once, however many conflicts name it; none when they have too many bytes together."""
    oids = list(wanted)
    try:
        read = list(tree.read_objects(store.repository.git, oids, limit=entry.MAX_BYTES, total=MAX_TOTAL))
    except InvalidInput:
        read = [None] * len(oids)
    return dict(zip(oids, read, strict=True))


def _checked(path: str, data: bytes | None) -> dict[str, Any]:
    found: Any = strict_json.load(data) if data is not None else None
    is_sound = (
        isinstance(found, dict)
        and found.get("type") == "conflict"
        and isinstance(found.get("id"), str)
        and path == f"{FOLDER}/{found['id']}.json"
        and fields.is_id(found["id"])
        and found.get("class") in conflict.CLASSES
        and isinstance(found.get("answers"), list)
        and all(isinstance(each, str) and fields.is_id(each) for each in found["answers"])
        and all(_is_side(found.get(name)) for name in conflict.SIDES)
    )
    if not is_sound:
        raise conflict.broken(f"{path} is not what kit wrote")
    return {**dict.fromkeys(conflict.SIDES), **found}


def _is_side(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict)
        and all(isinstance(value.get(name), str) for name in ("id", "object"))
        and len(value["object"]) == 40
        and not set(value["object"]) - set("0123456789abcdef")
    )


def _side(value: Any, sides: Mapping[str, bytes | None], entries: dict[str, Entry | None]) -> Entry | None:
    """Returns the entry of a side, and keeps it in `entries`: it is parsed once, however many conflicts name it."""
    if value is None:
        return None
    name, oid = value["id"], value["object"]
    if oid not in entries:
        entries[oid] = None
        if (data := sides[oid]) is not None:
            entries[oid] = entry.parse(name, data, oid=oid)
    found = entries[oid]
    if found is None or found.id != name:
        raise conflict.broken(f"the object {oid} is not the entry {name}")
    return found
