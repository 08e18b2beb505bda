"""What may be folded away: finished tasks, silent agents, read mail, expired reservations. It only looks.

Nothing live is ever among it, and nothing that someone could still wait for: unread mail to a name keeps its sender's
ref for four times `gc.keep`, so that who was away for a while finds it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import complete, message, paths, presence, tasks
from kit.coordination.holder import Holder
from kit.coordination.task import ARCHIVE
from kit.errors import InvalidInput
from kit.records import ids, strict_json, times
from kit.store import repository as repositories

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from kit.coordination.task import Task
    from kit.store.store import Store

UNREAD_TIMES = 4
_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")


class Finished(NamedTuple):
    """Refs with the commits at which they were found finished; `unmerged` are tasks whose work no branch here has."""

    tasks: Mapping[str, str]
    unmerged: tuple[str, ...]
    agents: Mapping[str, str]
    mail: Mapping[str, str]
    reservations: tuple[str, ...]


def find(store: Store, *, me: Holder, now: float) -> Finished:
    """Returns what may be folded, by what was last fetched."""
    known = tasks.known(store)
    refs, unmerged = finished_tasks(store, known, now=now)
    read = _acknowledged(store)
    silent = _silent(store, known, me=me, now=now, read=read)
    mail = _read_mail(store, me=me, now=now, read=read)
    return Finished(refs, unmerged, silent, mail, _expired(store, known, now=now))


def finished_tasks(store: Store, known: Mapping[str, Task], *, now: float) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns ref -> commit id of the tasks that may be folded, and the names of those that were never merged.

    Done and without a live claim; and merged, or done longer ago than `gc.keep`: until then they show as
    `done, not merged`. A task that came back though the archive has it done goes too, once nobody holds it.
    """
    config = store.repository.config
    skew, keep = config.number("claims.skew"), config.number("gc.keep")
    free = [each for each in known.values() if each.claim is None or each.claim.may_be_taken(now, skew)]
    done = [each for each in free if each.is_done]
    merged = _merged(store, done)
    old = {each.id for each in done if now - _done_at(store, each) > keep}
    found = {f"tasks/{each.id}": each.oid for each in done if each.id in merged | old}
    found |= {f"tasks/{each.id}": each.oid for each in free if not each.is_done and _came_back(store, each)}
    return found, tuple(sorted(old - merged))


def _merged(store: Store, done: Iterable[Task]) -> set[str]:
    """Returns the names of the tasks whose work the reviewed branch has: one walk settles nearly all of them."""
    branch = repositories.reviewed_revision(store.repository)
    tip = (store.objects.tip(branch) or "") if branch else ""
    commits = {each.id: str((each.status or {}).get("commit", "")) for each in done}
    named = sorted({oid for oid in commits.values() if _COMMIT.fullmatch(oid) and store.objects.has(oid)})
    lines = "\n".join([*named, f"^{tip}", ""]).encode()
    out = store.repository.git.run("rev-list", "--stdin", stdin=lines).text if tip and named else ""
    on_branch = set(named) - set(out.split())
    return {each.id for each in done if commits[each.id] in on_branch or _is_merged(store, each, tip)}


def _is_merged(store: Store, each: Task, tip: str) -> bool:
    try:
        return complete.is_merged(store, each, tip)
    except InvalidInput:  # a commit or a file that is named but is none
        return False


def _done_at(store: Store, each: Task) -> float:
    try:
        return times.seconds(str((each.status or {}).get("at", "")))
    except InvalidInput:
        return store.objects.commit(each.oid).when


def _came_back(store: Store, each: Task) -> bool:
    """Whether a task was archived as done, then claimed anew by a clone that did not know and died before it did."""
    archive = store.tip(ARCHIVE)
    return bool(archive) and bool(store.objects.blob_id(archive, f"tasks/{each.id}/status.json"))


def _silent(
    store: Store, known: Mapping[str, Task], *, me: Holder, now: float, read: set[tuple[str, str]]
) -> dict[str, str]:
    """Returns ref -> commit id of the instances not seen for `gc.keep` that hold no claim and owe nobody a message."""
    config = store.repository.config
    keep, skew = config.number("gc.keep"), config.number("claims.skew")
    holders = {each.claim.holder for each in known.values() if each.claim and not each.claim.may_be_taken(now, skew)}
    seen = {each.holder: each.seen for each in presence.everyone(store)}
    found: dict[str, str] = {}
    for holder, oid in _instances(store):
        ref = presence.ref_of(holder)
        if holder in (me, *holders) or store.waiting([ref]):
            continue
        last = max(seen.get(holder, 0.0), store.objects.commit(oid).when)
        unread = any(
            now - sent < UNREAD_TIMES * keep and to != message.ALL and (to, name) not in read
            for name, (sent, to) in _outbox(store, holder, oid).items()
        )
        if now - last > keep and not unread:
            found[ref] = oid
    return found


def _read_mail(store: Store, *, me: Holder, now: float, read: set[tuple[str, str]]) -> dict[str, str]:
    """Returns path -> object id of what this instance has sent that may go, and of its old acknowledgements."""
    keep = store.repository.config.number("gc.keep")
    ref, oid = presence.ref_of(me), store.own_tip(presence.ref_of(me))
    if not oid:
        return {}
    sent = _outbox(store, me, oid)
    may_go = {name for name, (at, to) in sent.items() if now - at > keep and (to == message.ALL or (to, name) in read)}
    outbox = _entries(store, oid, f"{ref}/outbox").items()
    said = _entries(store, oid, f"{ref}/acknowledged").items()
    return {path: blob for path, blob in outbox if _name(path) in may_go} | {
        path: blob for path, blob in said if now - _sent_at(_name(path), now) > UNREAD_TIMES * keep
    }


def _expired(store: Store, known: Mapping[str, Task], *, now: float) -> tuple[str, ...]:
    """Returns the paths of reservations that have expired, and whose task nobody holds."""
    skew = store.repository.config.number("claims.skew")
    held = {each.id for each in known.values() if each.claim and not each.claim.may_be_taken(now, skew)}
    found, _ = paths.sound(store)
    return tuple(f"paths/{each.task}.json" for each in found if now >= each.expires + skew and each.task not in held)


def _instances(store: Store) -> Iterator[tuple[Holder, str]]:
    """Yields each instance whose ref the authority has and can be read, with the commit it was last seen at."""
    for ref in sorted(store.refs("agents")):
        parts = ref.split("/")
        oid = store.tip(ref)
        if oid and len(parts) == 3 and not any(map(ids.problem, parts[1:])) and store.objects.has(oid):
            yield Holder(parts[1], parts[2]), oid


def _acknowledged(store: Store) -> set[tuple[str, str]]:
    """Returns (agent, message id) for all that was acknowledged."""
    found: set[tuple[str, str]] = set()
    for holder, oid in _instances(store):
        names = _entries(store, oid, f"{presence.ref_of(holder)}/acknowledged")
        found |= {(holder.agent, _name(path)) for path in names}
    return found


def _outbox(store: Store, holder: Holder, oid: str) -> dict[str, tuple[float, str]]:
    """Returns message id -> (when it was sent, to whom); what cannot be read counts as sent to all, long ago."""
    found: dict[str, tuple[float, str]] = {}
    for path, blob in _entries(store, oid, f"{presence.ref_of(holder)}/outbox").items():
        name = _name(path)
        try:
            read = message.parse(holder, name, store.objects.blob(blob, limit=strict_json.MAX_BYTES))
            found[name] = read.at, read.to
        except InvalidInput:
            found[name] = 0.0, message.ALL
    return found


def _name(path: str) -> str:
    return path.rpartition("/")[2].removesuffix(".json")


def _sent_at(name: str, otherwise: float) -> float:
    """Returns the seconds since the epoch in a message's id."""
    return int(name.partition("-")[0], 16) / 1000 if message.is_id(name) else otherwise


def _entries(store: Store, oid: str, under: str) -> dict[str, str]:
    try:
        return store.objects.entries(oid, under=under)
    except InvalidInput:
        return {}
