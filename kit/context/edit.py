"""Edits an entry: the new words are an entry of their own that names the one it replaces, so that both stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import add as adding
from kit.context import version
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.context.add import Added
    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.context.version import Version
    from kit.store.author import Author
    from kit.store.series import Series
    from kit.store.store import Store

#: What an edit may say anew; all else is as it was.
FIELDS = ("role", "kind", "priority", "tags", "retain", "call", "tool", "model", "generation", "usage", "origin")


def edit(
    store: Store,
    state: State,
    name: str,
    text: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    changes: Mapping[str, Any] | None = None,
    series: Series | None = None,
) -> Added:
    """Adds an entry that stands in the place of another, and of its edits before; `changes` are further FIELDS.

    Raises NotFound when there is no such entry, InvalidInput when nothing would change.
    """
    head = of(state, name).head
    told = {field: value for field, value in (changes or {}).items() if field in FIELDS}
    made = head._replace(
        **told, text=text, tokens=None, edits=head.id, oid="", path="",
        folds=head.folds, usage=told.get("usage", {}),
    )  # fmt: skip
    if made._replace(edits="", usage={}) == head._replace(tokens=None, edits="", oid="", path="", usage={}):
        raise InvalidInput(f"{name} says that already", hint="give it other words", code="no_change")
    return adding.add(
        store, state.thread, [made], author=author, random=random, redactor=redactor, event="context-edit",
        series=series,
    )  # fmt: skip


def of(state: State, name: str) -> Version:
    """Returns the entry that a name means, or the entry that it is an edit of, with what is in force for it."""
    found = state.find(name)
    root = version.root_of(found, {each.id: each for each in state.entries})
    if root is None:
        raise InvalidInput(f"{name} is an edit of itself", hint="kit context revert takes an edit back", code="circle")
    return next(each for each in version.versions(state.entries) if each.root.id == root.id)


def history(state: State, name: str) -> list[Entry]:
    """Returns every entry that has stood in the place of one, in order."""
    root = of(state, name).root
    known = {each.id: each for each in state.entries}
    return [each for each in state.entries if version.root_of(each, known) == root]


__all__ = ["FIELDS", "edit", "history", "of"]
