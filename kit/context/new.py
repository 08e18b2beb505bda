"""Begins a thread: empty, or from a commit of another, whose entries and history it then shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import place, rev, thread, tip, write
from kit.context.record import Parent, Record
from kit.errors import Taken
from kit.records import ids
from kit.store.editing import Blob, Folder
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.cleaning import Redactor
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store


def new(
    store: Store,
    name: str,
    *,
    author: Author,
    redactor: Redactor,
    title: str = "",
    task: str = "",
    purpose: str = "",
) -> str:
    """Begins an empty thread and returns its first commit. Raises Taken when there is one of that name."""
    if task:
        ids.check(task, what="task")
    made = Record(name, author.when, author.name, author.instance, redactor.text(title), task, redactor.text(purpose))

    def edit(base: Base) -> Edit:
        check_free(base.oid, name)
        return {place.RECORD: made.dump()}

    return write.commit(store, name, edit, event="context-new", subject=f"begin {name}", author=author)


def branch(
    store: Store,
    name: str,
    source: str,
    *,
    author: Author,
    redactor: Redactor,
    at: str = "",
    title: str = "",
    task: str = "",
    purpose: str = "",
) -> str:
    """Begins a thread from a commit of the thread `source` (the last unless `at` names one) and returns its commit.

    It has the history of the other and all that stood there; nothing is copied, whatever the number of entries.
    Raises Taken when there is a thread of that name, NotFound when there is no such source.
    """
    check_free(tip.tip(store, name).oid, name)
    oid = rev.resolve(store, source, at or "HEAD", now=author.when)
    return from_commit(
        store, name, source, oid, author=author, redactor=redactor, title=title, task=task, purpose=purpose
    )


def from_commit(
    store: Store,
    name: str,
    source: str,
    oid: str,
    *,
    author: Author,
    redactor: Redactor,
    title: str = "",
    task: str = "",
    purpose: str = "",
    budget: int | None = None,
    event: str = "context-branch",
    notes: Mapping[str, object] | None = None,
) -> str:
    """Begins a thread from a commit that holds the thread `source`, whose budget stays unless told.

    `notes` are further trailers. Raises as `branch` does.
    """
    ref = place.ref_of(name)
    if task:
        ids.check(task, what="task")
    check_free(tip.tip(store, name).oid, name)
    state = thread.State(store, source, oid)
    made = child_of(state, name, author=author, redactor=redactor, title=title, task=task, purpose=purpose)
    made = made if budget is None else made._replace(budget=budget)
    edit: dict[str, bytes | Blob | Folder | None] = {
        state.folder: None,
        ref: Folder(store.objects.folder_id(oid, state.folder)),
        f"{ref}/{place.RECORD}": made.dump(),
        f"{ref}/{place.PROPOSALS}": None,
    }
    told = {"Thread": name, "From": f"{source} {oid}", **(notes or {})}
    change = Change(ref, oid, edit, event, f"{event.removeprefix('context-')} {name} from {source}", told)
    return store.begin(change, author=author)


def child_of(
    state: thread.State,
    name: str,
    *,
    author: Author,
    redactor: Redactor,
    title: str = "",
    task: str = "",
    purpose: str = "",
) -> Record:
    """Returns the record of a thread that begins where another stands: its own, but for what only that one was."""
    known = state.record
    return known._replace(
        id=name,
        at=author.when,
        agent=author.name,
        instance=author.instance,
        title=redactor.text(title) or known.title,
        task=task or known.task,
        purpose=redactor.text(purpose),
        parent=Parent(state.thread, state.commit),
        handoff=None,
        collapsed=None,
        closed=None,
    )


def check_free(oid: str, name: str) -> None:
    """Raises Taken where a thread of that name stands at a commit, "" for none."""
    if oid:
        raise Taken(
            f"there is a thread {name!r} already", hint=f"take another name, or: kit context switch {name}", value=name
        )
