"""Changes a mirrored session as a whole: says that it has ended, writes its parts anew, removes it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import Taken
from kit.records import times
from kit.sessions import slice, trace  # noqa: A004 - it is what a part is
from kit.sessions.mirror import EVENT, save
from kit.sessions.record import META, part_name
from kit.store.store import Change, Stale

if TYPE_CHECKING:
    from kit.sessions.record import Part
    from kit.sessions.trace import Trace
    from kit.store.author import Author
    from kit.store.objects import Blob
    from kit.store.store import Store


class Compacted(NamedTuple):
    """How many parts there were, and are now."""

    before: int
    after: int


def stop(store: Store, found: Trace, *, author: Author) -> None:
    """Stamps a session as ended; mirroring it again takes that back. Raises Taken when it was mirrored meanwhile."""
    _save(store, found, {}, author=author, ended=times.stamp(author.when))


def compact(store: Store, found: Trace, *, limit: int, author: Author) -> Compacted:
    """Writes small parts anew as few, `limit` bytes at most each; no line changes its number.

    Raises Taken when it was mirrored meanwhile, InvalidInput when a part is missing.
    """
    entries = store.objects.entries(found.oid, under=found.ref)
    groups: list[list[Part]] = []
    for part in found.record.parts:
        last = groups[-1] if groups else []
        if last and last[0].source == part.source and sum(each.bytes for each in last) + part.bytes <= limit:
            last.append(part)
        else:
            groups.append([part])
    if len(groups) == len(found.record.parts):
        return Compacted(len(groups), len(groups))
    edit: dict[str, bytes | Blob | None] = {f"{found.ref}/{part.name}": None for part in found.record.parts}
    parts: list[Part] = []
    seed = f"{found.ref} {author.instance} {author.when!r}"
    for number, group in enumerate(groups, 1):
        whole = group[0]
        for part in group[1:]:
            whole = whole.joined(part)
        parts.append(whole._replace(name=part_name(number)))
        pieces = [slice.content(store.objects.blob(entries[f"{found.ref}/{part.name}"])) for part in group]
        edit[f"{found.ref}/{parts[-1].name}"] = store.objects.add(slice.dump(b"".join(pieces), seed))
    _save(store, found, edit, author=author, parts=tuple(parts))
    return Compacted(len(found.record.parts), len(parts))


def delete(store: Store, found: Trace) -> list[str]:
    """Removes a session here, and what is remembered of it on remotes; returns the full names of what is gone.

    Its objects stay until git removes what nothing reaches, and remotes keep what they have (`kit purge --session`).
    Raises Taken when it was mirrored meanwhile.
    """
    git = store.repository.git
    form = "--format=%(refname) %(objectname)"
    listed = git.run("for-each-ref", form, "refs/kit/sessions", "refs/kit-remotes").text.split("\n")
    refs = [line.split(" ") for line in listed if trace.ref_in(line.partition(" ")[0]) == found.ref]
    script = "start\n" + "".join(f"delete {name} {oid}\n" for name, oid in refs) + "commit\n"
    answer = git.run("update-ref", "--no-deref", "--stdin", stdin=script.encode(), codes=(0, 1, 128))
    if answer.code:
        raise Taken(f"{found.name} could not be deleted: {answer.complaint}", hint="run it again")
    return [name for name, _ in refs]


def _save(
    store: Store, found: Trace, edit: dict[str, bytes | Blob | None], *, author: Author, **changed: object
) -> None:
    meta = replace(found.record, agent=author.name, instance=author.instance, **changed)  # type: ignore[arg-type]
    verb = "stop" if "ended" in changed else "compact"
    change = Change(
        found.ref,
        found.oid,
        {**edit, f"{found.ref}/{META}": meta.dump()},
        EVENT,
        f"{verb} {found.name}",
        {"Verb": verb},
    )
    try:
        save(store, change, author=author)
    except Stale:
        raise Taken(f"{found.name} was mirrored meanwhile", hint="run it again") from None
