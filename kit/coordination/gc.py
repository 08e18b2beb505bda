"""Folds what is finished into the archive, so that the number of refs stays small however much was done.

The history of all that is folded stays reachable from `archive/tasks` and `archive/agents`; only refs are deleted,
and only with the archive in one push. What is live, or has moved since it was looked at, is left alone.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import finished, paths, presence
from kit.coordination.fold import TRIES, fold, into_archive
from kit.errors import RemoteFailed, TimedOut, Unknown
from kit.store import packing
from kit.store.store import LOCAL, Change, Stale

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from kit.coordination.finished import Finished
    from kit.coordination.holder import Holder
    from kit.store.author import Author
    from kit.store.store import Store

PATTERNS = ("tasks/*", "agents/*", "paths*", "archive/*")


class Folded(NamedTuple):
    """What was folded, or would be: tasks and agents by name, messages and reservations by path.

    `unmerged` are among the tasks; `unpacked` says why what is loose here could not be packed.
    """

    tasks: tuple[str, ...] = ()
    unmerged: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    mail: tuple[str, ...] = ()
    reservations: tuple[str, ...] = ()
    unpacked: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.tasks or self.agents or self.mail or self.reservations)


def gc(store: Store, *, me: Holder, now: float, dry_run: bool = False) -> Folded:
    """Folds finished tasks, silent agents, read mail and expired reservations; with `dry_run` it only says which.

    Run twice or by many at once it is safe. Raises RemoteFailed when the remote cannot be reached or lets nobody
    delete refs: nothing is lost then, and what was folded before stays so.
    """
    store.fetch(*PATTERNS)
    found = finished.find(store, me=me, now=now)
    if dry_run:
        return _told(found, found.tasks, found.agents, found.mail, found.reservations)
    return run(store, found, me=me, now=now)


def run(store: Store, found: Finished, *, me: Holder, now: float) -> Folded:
    """Folds what was found finished and packs what is loose here. Raises as `gc` does."""
    author = me.author(now)
    folded_tasks = fold(store, "tasks", found.tasks, author=author)
    folded_agents = fold(store, "agents", found.agents, author=author)
    for ref in folded_agents:
        _forget(store, ref, found.agents[ref])
    mail = _fold_mail(store, found.mail, me=me, author=author)
    reservations = _drop_reservations(store, found.reservations, author=author)
    told = _told(found, folded_tasks, folded_agents, mail, reservations)
    return told._replace(unpacked=packing.pack(store.repository))


def _told(
    found: Finished, tasks: Iterable[str], agents: Iterable[str], mail: Iterable[str], paths: Iterable[str]
) -> Folded:
    names = tuple(each.removeprefix("tasks/") for each in tasks)
    unmerged = tuple(each for each in found.unmerged if each in names)
    return Folded(names, unmerged, tuple(each.removeprefix("agents/") for each in agents), tuple(mail), tuple(paths))


def _forget(store: Store, ref: str, oid: str) -> None:
    """Removes what this clone itself has of a folded ref, if it is no more than was folded."""
    if store.remote:
        store.repository.git.run("update-ref", "--no-deref", "-d", LOCAL + ref, oid, codes=(0, 1, 128))


def _fold_mail(store: Store, mail: Mapping[str, str], *, me: Holder, author: Author) -> Iterable[str]:
    """Moves old mail from the ref of this instance into the archive: there first, so that it is never in neither."""
    ref = presence.ref_of(me)
    if not mail:
        return ()
    for _ in range(TRIES):
        try:
            store.publish([into_archive(store, "agents", mail, f"fold mail of {me.agent}")], author=author)
        except Stale:
            continue
        break
    else:
        return ()
    for _ in range(TRIES):
        own = store.own(ref)
        edit: dict[str, bytes | None] = {path: None for path in mail if path in own.files}
        try:
            store.save(Change(ref, own.oid, edit, "fold", f"fold {len(edit)} old messages"), author=author)
        except Stale:
            continue
        break
    with contextlib.suppress(RemoteFailed, TimedOut, Unknown):  # it waits then, as all of one's own does
        store.send(ref, author=author)
    return mail


def _drop_reservations(store: Store, expired: Iterable[str], *, author: Author) -> Iterable[str]:
    """Removes expired reservations; one that was renewed meanwhile moved the ref, and is looked at again next time."""
    if not expired:
        return ()
    edit: dict[str, bytes | None] = dict.fromkeys(expired)
    try:
        change = Change(paths.REF, store.tip(paths.REF), edit, "fold", f"drop {len(edit)} expired reservations")
        store.publish([change], author=author)
    except Stale:
        return ()
    return expired
