"""Begins a thread for a child, and brings what came of it back: one entry, its whole story one command away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.context import add as adding
from kit.context import draft, new, thread
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.context.add import Added
    from kit.context.cleaning import Redactor
    from kit.store.author import Author
    from kit.store.store import Store


def spawn(store: Store, child: str, parent: str, *, purpose: str, author: Author, redactor: Redactor) -> str:
    """Begins the thread `child` with all that `parent` holds now, and returns its commit; nothing is sent.

    Raises Taken when there is a thread of that name.
    """
    return new.branch(store, child, parent, author=author, redactor=redactor, purpose=purpose)


def collapse(
    store: Store,
    child: str,
    text: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    into: str = "",
) -> Added:
    """Adds what came of a child to its parent, or to `into`: an entry that names the child's thread and commit.

    Nothing is sent. Raises InvalidInput for a thread that has no parent, or an empty text.
    """
    state = thread.read(store, child)
    parent = into or (state.record.parent.thread if state.record.parent else "")
    if not parent or parent == child:
        raise InvalidInput(f"{child} has no parent", hint="say --into THREAD", code="no_parent")
    if not text.strip():
        raise InvalidInput("nothing is said of what came of it", hint="--content FILE, or -", code="empty")
    made = draft.draft("assistant", text, kind="output")._replace(
        origin=f"kit:context/{child}@{state.commit}", tags=("collapse",)
    )
    return adding.add(store, parent, [made], author=author, random=random, redactor=redactor, event="context-collapse")
