"""Sends sessions to the remote that `[sessions]` of kit.toml names, only where it says `push = true`.

A session has one writer. Where the remote holds it already, it is replaced only by one that holds all of that and
more, line by line: two clones that mirror one transcript get in each other's way, and neither loses anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, RemoteFailed, Taken, TimedOut, Unknown
from kit.sessions import trace
from kit.store import authority, move
from kit.store.remote import Remote, Update
from kit.store.store import ABSENT, LOCAL, Stale

if TYPE_CHECKING:
    from kit.errors import KitError
    from kit.sessions.trace import Trace
    from kit.store.author import Author
    from kit.store.store import Store

TRIES = 8


def destination(store: Store) -> Remote | None:
    """Returns the remote that sessions are sent to, None where they stay here.

    Raises InvalidInput when kit.toml wants them sent and there is no such remote.
    """
    repository = store.repository
    if not repository.config.is_on("sessions.push"):
        return None
    name = repository.config.text("sessions.remote") or repository.config.text("live.remote")
    if f"remote.{name}.url" not in repository.git.config:
        raise InvalidInput(
            f"kit.toml has [sessions] push = true, and there is no remote {name!r}",
            hint=f"git remote add {name} <url>, or name another: [sessions] remote", code="no_remote",
        )  # fmt: skip
    authority.check(name, repository.git.settings, top=repository.top, git_folder=repository.git.common_folder)
    return Remote(repository, name, store.tell)


def waiting(store: Store, remote: Remote) -> list[str]:
    """Returns the refs of sessions that stand here and not so on the remote, as last seen."""
    return [
        ref
        for ref, (oid, is_local) in trace.refs(store).items()
        if is_local and store.objects.tip(remote.tracking(ref)) != oid
    ]


def send(store: Store, remote: Remote, ref: str, *, author: Author) -> bool:
    """Pushes one session as it stands here; returns whether the remote holds it now, False when it has more already.

    Raises Taken when the remote's differs, RemoteFailed, TimedOut or Unknown; it stays here and waits then.
    """
    for _ in range(TRIES):
        ours, theirs = store.objects.tip(LOCAL + ref) or ABSENT, store.objects.tip(remote.tracking(ref)) or ABSENT
        if not ours or ours == theirs:
            return True
        if theirs and not _holds(store, ref, ours, theirs):
            if _holds(store, ref, theirs, ours):
                return False
            raise Taken(
                f"{ref} on {remote.name} is not the same as here, and neither holds all of the other",
                hint=f"git log {remote.tracking(ref)} shows whose it is; kit session delete removes yours",
                code="differs", retryable=False,
            )  # fmt: skip
        try:
            move.there(remote, store.objects, [Update(ref, theirs, ours)], tell=store.tell)
        except Stale:
            continue
        except RemoteFailed as failed:
            if failed.code != "refused" or not theirs or store.objects.descends(ours, theirs):
                raise
            _stack(store, ref, ours, theirs, author)
        else:
            return True
    raise RemoteFailed(f"{ref} kept changing on the remote", hint="kit sync sends it", code="contended")


class Sent(NamedTuple):
    """The sessions that the remote has now, those that wait on, and why the first of them does."""

    sent: tuple[str, ...]
    waiting: tuple[str, ...]
    failure: KitError | None


def send_all(store: Store, remote: Remote, *, author: Author) -> Sent:
    """Pushes every session that waits; what the remote cannot take stays here and waits on."""
    sent: list[str] = []
    kept: list[str] = []
    failure: KitError | None = None
    for ref in waiting(store, remote):
        if isinstance(failure, RemoteFailed | TimedOut):  # it would fail again, each within its own deadline
            kept.append(ref)
            continue
        try:
            is_there = send(store, remote, ref, author=author)
        except (RemoteFailed, TimedOut, Unknown, Taken) as error:
            failure = failure or error
            kept.append(ref)
        else:
            sent += [ref] * is_there
    return Sent(tuple(sent), tuple(kept), failure)


def _stack(store: Store, ref: str, ours: str, theirs: str, author: Author) -> None:
    """Commits what stands here on top of what the remote has, for one that refuses to drop a commit."""
    message = store.objects.commit(ours).message
    new = store.objects.build(ours, {}, parents=[theirs], message=message, author=author)
    move.here(store.repository.git, store.objects, [Update(ref, ours, new)], tell=store.tell)


def _holds(store: Store, ref: str, whole: str, part: str) -> bool:
    """Whether a commit of a session begins with all the lines that another has."""
    try:
        ours, theirs = trace.read(store, ref, whole), trace.read(store, ref, part)
    except InvalidInput:
        return False
    if theirs.record.lines > ours.record.lines:
        return False
    same = _same_parts(store, ours, theirs)
    first = 1 + sum(part.lines for part in theirs.record.parts[:same])
    rest = trace.records(store, theirs, first)
    return all(a == b for a, b in zip(rest, trace.records(store, ours, first), strict=False))


def _same_parts(store: Store, ours: Trace, theirs: Trace) -> int:
    blobs = [store.objects.entries(each.oid, under=each.ref) for each in (ours, theirs)]
    count = 0
    for a, b in zip(ours.record.parts, theirs.record.parts, strict=False):
        paths = f"{ours.ref}/{a.name}", f"{theirs.ref}/{b.name}"
        if a.lines != b.lines or blobs[0].get(paths[0]) != blobs[1].get(paths[1]):
            break
        count += 1
    return count
