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
    from kit.context.write import Beside
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
    maker: Author | None = None,
    made_at: str = "",
    beside: Beside | None = None,
) -> Added:
    """Adds what came of a child to its parent, or to `into`: an entry that names the child's thread and commit.

    Nothing is sent. Raises InvalidInput for a thread that has no parent, or an empty text.
    """
    state = thread.read(store, child)
    parent = parent_of(store, child, into=into)
    if not text.strip():
        raise InvalidInput("nothing is said of what came of it", hint="--content FILE, or -", code="empty")
    made = draft.draft("assistant", text, kind="output")._replace(
        origin=f"kit:context/{child}@{state.commit}", tags=("collapse",)
    )
    return adding.add(
        store, parent, [made], author=author, random=random, redactor=redactor, event="context-collapse", maker=maker,
        made_at=made_at,
        beside=beside,
    )  # fmt: skip


def parent_of(store: Store, child: str, *, into: str = "") -> str:
    """Returns the thread that is told what came of a child. Raises InvalidInput when it has no parent."""
    parent = thread.read(store, child).record.parent
    name = into or (parent.thread if parent else "")
    if not name or name == child:
        raise InvalidInput(f"{child} has no parent", hint="say --into THREAD", code="no_parent")
    return name
