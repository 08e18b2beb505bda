"""Brings what came of a child's thread back as one entry: its whole story stays in the child, one command away."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import add as adding
from kit.context import compress, draft, origin, piece, place, span, thread, version, write
from kit.context.record import Collapsed
from kit.context.span import Span
from kit.context.write import Beside
from kit.errors import InvalidInput, Taken

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.thread import State
    from kit.context.write import Base, Edit
    from kit.store.author import Author
    from kit.store.store import Store

EVENT = "context-collapse"
TAG = "collapse"


class Told(NamedTuple):
    """The entry that tells what came of a child, the thread it stands in, its commit, and how many secrets went.

    `was_told` says that it stood there already: whoever wrote it did not come to mark the child.
    """

    entry: Entry
    thread: str
    commit: str
    redacted: Mapping[str, int]
    was_told: bool = False


def parent_of(state: State, into: str = "") -> str:
    """Returns the thread that is told of a child. Raises InvalidInput for one that has no parent."""
    found = into or (state.record.parent.thread if state.record.parent else "")
    if not found or found == state.thread:
        raise InvalidInput(f"{state.thread} has no parent", hint="say --into THREAD", code="no_parent")
    return found


def own(store: Store, state: State, into: str) -> Span:
    """Returns what a child has said itself: neither what it was given, nor what the thread `into` holds by now."""
    known = _ids(thread.read(store, into))
    parent = state.record.parent
    if parent:
        with contextlib.suppress(InvalidInput):  # the commit is not here: what came of it are copies, which say so
            known |= _ids(thread.State(store, parent.thread, parent.commit))

    def is_own(each: Entry) -> bool:
        named = origin.parse(each.origin)
        is_copy = bool(parent and named and not each.edits and (named.thread, named.commit) == parent)
        return each.id not in known and not is_copy

    every = version.versions(state.entries)
    hidden = span.folded_ids(every)
    mine = tuple(each for each in every if each.root.id not in hidden and is_own(each.head))
    told = tuple(
        each.head._replace(id=each.root.id, at=each.root.at, edits="")
        for each in mine
        if each.head.priority != piece.SKIPPED
    )
    behind = span.originals(every, [each.root.id for each in mine])
    important = tuple(each for each in behind if each.retain and is_own(each))
    last = mine[-1].root if mine else draft.draft("assistant", "")  # where a fold would stand: none is made
    return Span(mine, told, important, (), (), last)


def ask(found: Span, ask_model: Callable[[str], str], *, nonce: str, target: int = 0) -> str:
    """Returns what a model says came of a child. Raises as `compress.ask` does, and InvalidInput for a silent child."""
    if not found.told:
        raise InvalidInput(
            "the child has said nothing of its own", hint="--content FILE says what came of it", code="empty"
        )
    return compress.ask(found, ask_model, nonce=nonce, target=target)


def written(
    store: Store, child: str, into: str, ask_model: Callable[[str], str], *, nonce: str
) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """Returns what makes the text of a collapse step (`kit.context.step`): what a model says came of the child."""

    def make(given: Mapping[str, Any]) -> Mapping[str, Any]:
        found = own(store, thread.read(store, child), into)
        return {**given, "text": ask(found, ask_model, nonce=nonce, target=given.get("target", 0))}

    return make


def collapse(
    store: Store,
    child: str,
    text: str,
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    into: str = "",
    target: int = 0,
    model: str = "",
    maker: Author | None = None,
    made_at: str = "",
    beside: Beside | None = None,
) -> Told:
    """Adds what came of a child to its parent, or to `into`, and marks the child as collapsed; nothing is sent.

    The entry names the child's thread and commit. Said again after a death between the two, it marks the child only.
    Raises Taken when it was collapsed already, InvalidInput for a thread that has no parent, Blocked when the text
    lacks a pattern of an important entry of the child's own or has more than `target` tokens.
    """
    state = thread.read(store, child)
    told = parent_of(state, into)
    check_open(state)
    found = own(store, state, told)
    text = redactor.text(text)
    compress.check(found, text, target)
    is_important = any(each.priority == piece.IMPORTANT for each in (*found.important, *found.told))
    made = draft.draft("assistant", text, kind="output")._replace(
        origin=origin.name(child, state.commit), tags=(TAG,), tokens=compress.count(text), model=model,
        priority=piece.IMPORTANT if is_important else "normal",
    )  # fmt: skip

    def once(base: Base) -> Edit:
        files = beside.files(base) if beside else {}
        for each in thread.State(store, told, base.oid).entries:
            if TAG in each.tags and each.origin == made.origin and not each.edits:
                raise _ToldError(each)
        return files

    try:
        added = adding.add(
            store, told, [made], author=author, random=random, redactor=redactor, event=EVENT,
            subject=f"collapse {child}", maker=maker, made_at=made_at,
            beside=Beside(beside.notes if beside else {}, once),
        )  # fmt: skip
        done = Told(added.entries[0], told, added.commit, added.redacted)
    except _ToldError as error:
        done = Told(error.entry, told, thread.read(store, told).commit, {}, was_told=True)
    _mark(store, child, Collapsed(author.when, author.name, told, done.entry.id), author)
    return done


def _mark(store: Store, child: str, mark: Collapsed, author: Author) -> None:
    def edit(base: Base) -> Edit:
        state = thread.State(store, child, base.oid or thread.read(store, child).commit)
        check_open(state)
        return {place.RECORD: state.record._replace(collapsed=mark).dump()}

    write.commit(
        store, child, edit, event=EVENT, subject=f"collapse {child} into {mark.thread}", author=author,
        notes={"Into": mark.thread, "Entry": mark.entry},
    )  # fmt: skip


def check_open(state: State) -> None:
    """Raises Taken when a thread was collapsed."""
    found = state.record.collapsed
    if found:
        raise Taken(
            f"{state.thread} was collapsed into {found.entry} of {found.thread} already",
            hint=f"kit context reset HEAD --on {state.thread} opens it again", code="collapsed", retryable=False,
            thread=found.thread, entry=found.entry,
        )  # fmt: skip


def _ids(state: State) -> set[str]:
    return {place.id_at(path) for path in state.files}


class _ToldError(Exception):
    """The parent has been told already."""

    def __init__(self, entry: Entry) -> None:
        super().__init__()
        self.entry = entry
