"""Moves live refs by compare-and-swap, here or on the remote that decides, until the outcome is known.

Who moves what no longer is what was expected gets Stale; nobody is told that it won before the authority has it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from kit.errors import InvalidInput, KitError, NotWritten, RemoteFailed, TimedOut, Unknown
from kit.store import locks
from kit.store.change import ABSENT, Stale
from kit.store.git import failure
from kit.store.locks import Locked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.store.git import Git
    from kit.store.objects import Objects
    from kit.store.remote import Pushed, Remote, Update

LOCAL = "refs/kit/"
_TRIES = 8
_ZERO = "0" * 40


def here(
    git: Git, objects: Objects, updates: Sequence[Update], guards: Sequence[Update] = (), *, tell: Callable[[str], None]
) -> None:
    """Moves refs of this repository in one transaction of git.

    Raises Stale when one had moved, Locked when a lock stands on one.
    """
    script = "start\0" + "".join(f"verify {LOCAL}{ref}\0{old}\0" for ref, old, _ in guards)
    script += "".join(_instruction(each) for each in updates) + "prepare\0commit\0"
    for attempt in range(_TRIES):
        answer = git.run("update-ref", "--no-deref", "--stdin", "-z", stdin=script.encode(), codes=(0, 1, 128))
        if answer.code == 0:
            return
        actual = {each.ref: objects.tip(LOCAL + each.ref) or ABSENT for each in (*updates, *guards)}
        if moved := {each.ref: actual[each.ref] for each in (*updates, *guards) if actual[each.ref] != each.old}:
            raise Stale(moved)
        if answer.may_not_write or answer.is_distrusted:
            raise failure("update-ref", answer)
        folder = git.common_folder
        found = locks.named(answer.err, [folder])
        mine = [each for each in found if each.is_relative_to(folder / LOCAL)]
        if not locks.clear(mine, guard=folder / locks.GUARD, tell=tell):
            time.sleep(0.01 * 2**attempt)
    raise locks.standing(found, answer.complaint)


def there(
    remote: Remote,
    objects: Objects,
    updates: Sequence[Update],
    guards: Sequence[Update] = (),
    riders: Sequence[Update] = (),
    *,
    tell: Callable[[str], None],
) -> None:
    """Moves refs on the remote, all or none; pushing the same commits again is safe, for no two are ever equal.

    `riders` are sent along once and decide nothing. Raises Stale, RemoteFailed when nothing has changed, Unknown.
    """
    decide = [each.ref for each in (*updates, *guards)]
    may_have_landed = False
    for attempt in range(_TRIES):
        pushed = remote.push([*updates, *guards, *riders], atomic=len(decide) > 1)
        if pushed.confirmed.issuperset(decide):
            _note(remote, [each for each in (*updates, *riders) if each.ref in pushed.confirmed])
            return
        riders = ()
        may_have_landed |= pushed.was_sent and not pushed.refused
        try:
            if pushed.was_sent and _is_settled(remote, objects, updates, guards, pushed):
                return
        except (Locked, NotWritten) as kept:
            if may_have_landed:
                raise _unknown(kept.message) from None
            raise
        if pushed.timed_out or not pushed.was_sent:
            break
        if not (remote.folder and locks.clear(
            remote.locks(pushed.err), guard=remote.folder / locks.GUARD, tell=tell
        )):  # fmt: skip
            time.sleep(min(0.02 * 2**attempt, 1.0))
    if not may_have_landed and remote.folder and (found := locks.named(pushed.err, [remote.folder])):
        raise locks.standing(found, pushed.complaint)
    raise _failure(remote, pushed, decide, may_have_landed=may_have_landed)


def _note(remote: Remote, updates: Sequence[Update]) -> None:
    """Notes here what the remote now holds; where that fails the next command pays one fetch."""
    moves = "".join(f"update {remote.tracking(ref)} {new or _ZERO}\n" for ref, _, new in updates)
    remote.repository.git.run("update-ref", "--no-deref", "--stdin", stdin=moves.encode(), codes=range(256))


def _instruction(update: Update) -> str:
    ref, old, new = update
    if not new:
        return f"delete {LOCAL}{ref}\0{old}\0"
    return f"update {LOCAL}{ref}\0{new}\0{old}\0" if old else f"create {LOCAL}{ref}\0{new}\0"


def _is_settled(
    remote: Remote, objects: Objects, updates: Sequence[Update], guards: Sequence[Update], pushed: Pushed
) -> bool:
    """Reads the refs again after a push that was not accepted; True when it took effect all the same.

    Raises Stale when a ref had moved, RemoteFailed when the remote refuses it for good.
    """
    try:
        remote.fetch(each.ref for each in (*updates, *guards))
    except (RemoteFailed, TimedOut):
        return False
    except (Locked, NotWritten):
        if _has_all(remote, updates):
            return True
        raise
    actual = {each.ref: objects.tip(remote.tracking(each.ref)) or ABSENT for each in (*updates, *guards)}
    if all(_took_effect(objects, each, actual) for each in updates):
        return True
    if moved := {each.ref: actual[each.ref] for each in (*updates, *guards) if actual[each.ref] != each.old}:
        raise Stale(moved)
    if pushed.refused and not pushed.is_contended(actual):
        raise _failure(remote, pushed, list(actual), may_have_landed=False)
    return False


def _has_all(remote: Remote, updates: Sequence[Update]) -> bool:
    """Whether the remote says now that all of it took effect, which can be asked though nothing can be noted here."""
    try:
        now = remote.look(each.ref for each in updates)
    except (RemoteFailed, TimedOut):
        return False
    return all(now.get(each.ref, ABSENT) == each.new for each in updates)


def _took_effect(objects: Objects, update: Update, actual: Mapping[str, str]) -> bool:
    now = actual[update.ref]
    if not update.new or not now:
        return now == update.new
    try:
        return objects.descends(now, update.new)
    except InvalidInput:
        return False  # someone else's, and broken


def _failure(remote: Remote, pushed: Pushed, decide: Sequence[str], *, may_have_landed: bool) -> KitError:
    if may_have_landed:
        return _unknown(pushed.complaint)
    if not pushed.refused:
        return RemoteFailed(
            f"the remote {remote.url} cannot be reached: {pushed.complaint}",
            hint="check the network and your rights, then run the same command again",
        )
    if pushed.is_contended(decide):
        return RemoteFailed(
            f"the remote could not move the ref: {pushed.reason}",
            hint="run the same command again; if it stays so, a process that died there has left a lock, or a ref of"
            " another name is in the way: git ls-remote shows them",
            code="contended",
        )
    return RemoteFailed(
        f"the remote refuses: {pushed.reason}",
        hint='a host that refuses refs/kit/* needs prefix = "refs/heads/kit" below [live] in kit.toml',
        code="refused",
        retryable=False,
    )


def _unknown(complaint: str) -> Unknown:
    return Unknown(
        f"sent, but the answer could not be read: {complaint}",
        hint="run the same command again: it is safe, and it settles what happened",
    )
