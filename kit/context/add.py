"""Adds entries to a thread: as many as are given, in one commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import entry, fields, place, record, write
from kit.context.cleaning import clean
from kit.context.write import Base
from kit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.context.cleaning import Redactor
    from kit.context.entry import Entry
    from kit.context.write import Beside, Edit
    from kit.store.author import Author
    from kit.store.series import Series
    from kit.store.store import Store

#: Entries in one commit.
MOST = 10_000
#: Seconds by which a thread's last entry may be ahead of this clock and the next one still come after it.
SKEW = 86400.0
_HEAD = 60
_NAMED = 10


class Added(NamedTuple):
    """What was added, in order, by which commit, and how many secrets of each kind were taken out."""

    entries: tuple[Entry, ...]
    commit: str
    redacted: Mapping[str, int]


def add(
    store: Store,
    thread: str,
    drafts: Sequence[Entry],
    *,
    author: Author,
    random: Callable[[], str],
    redactor: Redactor,
    event: str = "context-add",
    subject: str = "",
    told: Mapping[str, object] | None = None,
    series: Series | None = None,
    maker: Author | None = None,
    made_at: str = "",
    beside: Beside | None = None,
) -> Added:
    """Adds entries to a thread that exists, in the order given; `random` returns 8 hex digits each time.

    They are dated now, and after the thread's last entry even where this clock is behind; `maker` is who has made
    them, and when, on the commit `made_at`, where that is not the author now. `told` are further trailers.
    Nothing is sent. Raises NotFound when there is no such thread, InvalidInput for an entry that cannot be.
    """
    if not 0 < len(drafts) <= MOST:
        raise InvalidInput(f"{len(drafts)} entries are to be added", hint=f"add 1 to {MOST} at once", code="count")
    counted = dict(redactor.counts)
    cleaned = [entry.check(each) for each in _settled(store, [_counted(clean(each, redactor)) for each in drafts])]
    digits = [random() for _ in cleaned]
    made: list[Entry] = []
    notes: dict[str, object] = dict(told or {})

    def edit(base: Base) -> Edit:
        if not base.oid:
            raise NotFound(f"there is no thread {thread!r}", hint=f"kit context new {thread} begins it", value=thread)
        before = Base(made_at, place.folder_of(store.objects, made_at, thread)) if made_at else base
        made[:] = dated(store, before, cleaned, digits, maker or author)
        paths = dict(place.places(store.objects, base.oid, base.folder, [each.id for each in made]))
        made[:] = [each._replace(path=paths[each.id]) for each in made]
        notes["Entry"] = " ".join([each.id for each in made[:_NAMED]] + ["..."] * (len(made) > _NAMED))
        return {each.path: each.dump() for each in made}

    commit = write.commit(
        store, thread, edit, event=event, subject=subject or _subject(event, cleaned), author=author,
        notes=notes, series=series, beside=beside,
    )  # fmt: skip
    return Added(tuple(made), commit, taken_out(counted, redactor.counts))


def _settled(store: Store, drafts: list[Entry]) -> list[Entry]:
    if all(each.kind in entry.KINDS for each in drafts):
        return drafts
    from kit.context import kind  # only the types of the project's own need their schemas

    return kind.settled(store.repository, drafts)


def dated(store: Store, base: Base, drafts: Sequence[Entry], digits: Sequence[str], author: Author) -> list[Entry]:
    """Returns entries with their ids and times, a millisecond apart and after the last one that stands in `base`."""
    last = _last(store, base)
    start = max(int(author.when * 1000), last + 1 if last < (author.when + SKEW) * 1000 else 0)
    return [
        each._replace(
            id=entry.make_id((start + number) / 1000, digit), at=(start + number) / 1000,
            agent=author.name, instance=author.instance,
        )
        for number, (each, digit) in enumerate(zip(drafts, digits, strict=True))
    ]  # fmt: skip


def taken_out(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    """Returns the counts of secrets that were found since `before`."""
    return {kind: count - before.get(kind, 0) for kind, count in after.items() if count > before.get(kind, 0)}


def _last(store: Store, base: Base) -> int:
    """Returns the milliseconds in the latest id of the last row, or that the record names; 0 when there is none."""
    if not base.oid:
        return 0
    number = place.next_number(store.objects, base.oid, base.folder) - 1
    row = place.path_of(max(number, 0), "x").rpartition("/")[0]
    names = store.objects.names(base.oid, f"{base.folder}/{row}")
    last = max((int(name[:12], 16) for name in names if fields.is_id(name.removesuffix(".md"))), default=0)
    return max(last, int(_after(store, base) * 1000))


def _after(store: Store, base: Base) -> float:
    blob = store.objects.blob_id(base.oid, f"{base.folder}/{place.RECORD}") if base.oid else ""
    data = store.objects.blob(blob) if blob else b""
    if b'"after"' not in data:
        return 0.0
    try:
        return record.parse(base.folder, data).after
    except InvalidInput:  # a record that is broken keeps nobody from adding
        return 0.0


def _counted(each: Entry) -> Entry:
    return each if each.tokens else each._replace(tokens=entry.count(each.text))


def _subject(event: str, drafts: Sequence[Entry]) -> str:
    verb = event.removeprefix("context-")
    if len(drafts) > 1:
        return f"{verb} {len(drafts)} entries"
    text = " ".join(drafts[0].text[: 4 * _HEAD].split())
    return f"{verb} {drafts[0].role}: {text if len(text) <= _HEAD else text[:_HEAD] + '...'}"
