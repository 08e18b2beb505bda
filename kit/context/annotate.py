"""Annotates entries: how much one matters, by what it is found, what must be kept of it. What it says stays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import edit as editing
from kit.context import entry, write
from kit.context.thread import State
from kit.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry, Tokens
    from kit.context.write import Base, Beside, Edit
    from kit.store.author import Author
    from kit.store.series import Series
    from kit.store.store import Store


class Note(NamedTuple):
    """What is to be noted on entries; None and empty values leave what is there.

    `retain` are added to the patterns that any summary must contain, after `no_retain` has dropped those there were.
    """

    priority: str = ""
    tags: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    retain: tuple[Mapping[str, str], ...] = ()
    no_retain: bool = False
    tokens: Tokens | None = None
    usage: Mapping[str, int] | None = None


class Annotated(NamedTuple):
    """The entries as they are now, and the commit; "" when they were so already."""

    entries: tuple[Entry, ...]
    commit: str


def annotate(
    store: Store,
    thread: str,
    names: Sequence[str],
    note: Note,
    *,
    author: Author,
    redactor: Redactor,
    series: Series | None = None,
    beside: Beside | None = None,
) -> Annotated:
    """Notes something on entries, in one commit; their content keeps its bytes. Nothing is sent.

    It is noted on the version that is in force. Raises NotFound when there is no such entry, InvalidInput when
    nothing is to be noted.
    """
    if note == Note() or not names:
        raise InvalidInput(
            "nothing is to be noted", hint="name entries, and --priority, --tag or --retain", code="usage"
        )
    cleaned = tuple({**each, "pattern": redactor.text(str(each["pattern"]))} for each in note.retain)
    note = note._replace(retain=cleaned)
    made: list[Entry] = []
    told: dict[str, Any] = {}

    def edit(base: Base) -> Edit:
        state = State(store, thread, base.oid)
        heads = [editing.of(state, name).head for name in names]
        made[:] = [entry.check(noted(each, note)) for each in heads]
        changed = [new for new, old in zip(made, heads, strict=True) if new != old]
        told["Entry"] = " ".join(each.id for each in changed[:10]) + (" ..." if len(changed) > 10 else "")
        if not changed:
            raise _SameError
        return {each.path: each.dump() for each in changed}

    subject = f"annotate {names[0] if len(names) == 1 else f'{len(names)} entries'}: {said(note)}"
    try:
        commit = write.commit(
            store,
            thread,
            edit,
            event="context-annotate",
            subject=subject,
            author=author,
            notes=told,
            series=series,
            beside=beside,
        )
    except _SameError:
        return Annotated(tuple(made), "")
    return Annotated(tuple(made), commit)


def noted(each: Entry, note: Note) -> Entry:
    """Returns an entry with something noted on it."""
    tags = [tag for tag in dict.fromkeys([*each.tags, *note.tags]) if tag not in note.without]
    retain = [*(() if note.no_retain else each.retain)]
    retain += [pattern for pattern in note.retain if pattern not in retain]
    return each._replace(
        priority=note.priority or each.priority,
        tags=tuple(tags),
        retain=tuple(retain),
        tokens=note.tokens or each.tokens,
        usage=each.usage if note.usage is None else note.usage,
    )


def said(note: Note) -> str:
    """Returns what is noted, in a few words."""
    words = [note.priority] if note.priority else []
    words += [f"+{tag}" for tag in note.tags] + [f"-{tag}" for tag in note.without]
    words += ["retain"] if note.retain or note.no_retain else []
    words += ["tokens"] if note.tokens or note.usage is not None else []
    return " ".join(words)


class _SameError(Exception):
    """Nothing would change."""
