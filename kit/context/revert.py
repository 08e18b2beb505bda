"""Takes back what one commit of a thread did, by a new commit: an edit, an annotation, or what was added."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import between, edit, fields, place, write
from kit.context.thread import State
from kit.errors import InvalidInput, Taken
from kit.records import strict_json
from kit.store.editing import Blob
from kit.store.joining import merged
from kit.store.store import event_of, notes_of

if TYPE_CHECKING:
    from kit.context.between import Differing
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store


_EVENT = "context-revert"
_RANDOM = 8
_HEX = frozenset("0123456789abcdef")


class Reverted(NamedTuple):
    """The commit that was taken back, the commit that did it, and the files that it changed."""

    commit: str
    by: str
    paths: tuple[str, ...]


def is_entry(what: str) -> bool:
    """Whether a word is the id of an entry, or its random part: an entry's last change is meant then."""
    return fields.is_id(what) or (len(what) == _RANDOM and not set(what) - _HEX)


def last_change(store: Store, state: State, name: str) -> str:
    """Returns the last edit or annotation of an entry that stands, by its commit: each time one further back.

    Raises NotFound when there is no such entry, InvalidInput when nothing of it was changed.
    """
    history = edit.history(state, name)
    paths = [f":(glob){place.FOLDER}/*/{each.path}" for each in history]
    answer = store.repository.git.run(
        "log", "--format=%H", "--no-renames", "--full-history", state.commit, "--", *paths
    )
    undone: set[str] = set()
    for oid in answer.text.split():
        message = store.objects.commit(oid).message
        if oid in undone:
            continue
        if event_of(message) == _EVENT:
            undone.add(notes_of(message).get("Reverts", ""))
        elif event_of(message) in ("context-edit", "context-annotate"):
            return oid
    raise InvalidInput(
        f"{history[0].id} is as it was added", hint="kit context annotate --priority skip leaves it out",
        code="no_change",
    )  # fmt: skip


def revert(store: Store, thread: str, oid: str, *, author: Author) -> Reverted:
    """Takes back what the commit `oid` did to a thread. Nothing is sent.

    Raises Taken when something of it was changed again since, InvalidInput for the first commit, for one that joins
    two histories, and when nothing is left to be taken back.
    """
    commit = store.objects.commit(oid)
    if len(commit.parents) != 1:
        what = "joins histories" if commit.parents else "is the first"
        raise InvalidInput(
            f"commit {oid[:10]} {what} and cannot be taken back", hint="kit context reset goes back before it",
            code="no_revert",
        )  # fmt: skip
    changed = between.between(store, thread, commit.parents[0], oid)
    done: list[str] = []

    def undo(base: Base) -> Edit:
        now = State(store, thread, base.oid).files
        wanted = [each for each in changed if now.get(each.path, "") != each.before]
        if not wanted:
            raise InvalidInput(f"nothing of {oid[:10]} stands any more", hint="kit context log", code="no_change")
        done[:] = [each.path for each in wanted]
        return {each.path: _undone(store, each, now.get(each.path, "")) for each in wanted}

    subject = f"revert {commit.message.splitlines()[0] if commit.message else oid[:10]}"
    by = write.commit(store, thread, undo, event=_EVENT, subject=subject[:120], author=author, notes={"Reverts": oid})
    return Reverted(oid, by, tuple(done))


def _undone(store: Store, each: Differing, now: str) -> bytes | Blob | None:
    """Returns a file as it is without a change: as it was before, where nobody has changed it since."""
    if now == each.after:
        return Blob(each.before) if each.before else None
    if each.path == place.RECORD and each.before and now:
        old, later, back = (
            strict_json.load(store.objects.blob(oid, limit=strict_json.MAX_BYTES))
            for oid in (each.after, now, each.before)
        )
        return strict_json.dump(merged(old, back, later))
    name = place.id_at(each.path) or each.path
    raise Taken(
        f"{name} was changed again since", hint=f"take the later change back first: kit context log, or revert {name}",
        value=name,
    )  # fmt: skip
