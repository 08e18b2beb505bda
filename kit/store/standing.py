"""How what is kept here of a ref stands to what the remote, as last seen, has of it, and the change that joins both."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from kit.errors import InvalidInput
from kit.store.change import Change

if TYPE_CHECKING:
    from kit.store.objects import Objects
    from kit.store.remote import Update
    from kit.store.store import Store

#: Refs whose files are edited and taken back, so that a union of two sides would bring back what one has removed.
EDITED = "context/"


def has_sent(objects: Objects, update: Update, oid: str) -> bool:
    """Whether the remote has a commit of the ref that an update moves."""
    with contextlib.suppress(InvalidInput):
        return bool(update.old) and objects.descends(update.old, oid)
    return False


def follows(store: Store, update: Update) -> bool:
    """Whether an update of a ref with one writer keeps all the remote has, passing commits aside.

    It does not where the same instance has written in another clone too: a lease alone would drop that.
    """
    if not update.old or store.objects.is_foreign(update.old):
        return True
    with contextlib.suppress(InvalidInput):
        return all(store.objects.descends(update.new, each) for each in store.parents(update.old))
    return False


def is_rewritten(store: Store, update: Update) -> bool:
    """Whether an update drops a passing commit on what is a branch there: a host may refuse that of branches."""
    is_branch = store.remote is not None and store.remote.prefix.startswith("refs/heads/")
    return is_branch and bool(update.old and update.new) and not store.objects.descends(update.new, update.old)


def joined(store: Store, ref: str, ours: str, theirs: str) -> Change:
    """Returns the union of both sides of a ref: files have unique names, so nothing of either is lost.

    What can be edited and taken back (a thread of context) is joined by what each side has changed instead.
    """
    if not ref.startswith(EDITED):
        return Change(ref, theirs, store.objects.files(ours), "join", f"join {ref}", also=[ours])
    from kit.store import history, joining  # only threads are joined so, and few commands join any

    fork = history.fork(store.objects, ours, theirs)
    found = (
        store.joiner(store, ref, fork, ours, theirs)
        if store.joiner
        else joining.join(store.objects, fork, ours, theirs)
    )
    notes = {"Conflicts": len(found.conflicts)} if found.conflicts else {}
    return Change(ref, theirs, found.edit, "context-join", f"join {ref}", notes, also=[ours])
