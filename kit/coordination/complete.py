"""Ends a claim with a status and a handoff: one commit, one push, so that no reader sees half of it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.coordination import holding, paths, task
from kit.coordination.release import tombstone
from kit.errors import InvalidInput, Taken
from kit.records import ids, strict_json, times
from kit.store import tree
from kit.store.store import Change

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.lease import Claim
    from kit.coordination.task import Task
    from kit.store.repository import Repository
    from kit.store.store import Store

MOST_FILES = 500
_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"  # git knows it without having it


class Outcome(NamedTuple):
    """How the work ended: `state` is done, blocked or needs-review."""

    state: str = "done"
    note: str = ""
    to: str = ""
    next_action: str = ""
    commit: str = ""


def complete(
    store: Store, name: str, *, me: Holder, now: float, outcome: Outcome, epoch: int | None = None
) -> Mapping[str, Any]:
    """Writes status and handoff, releases the claim, and returns the handoff.

    Said again after an answer that was lost, it returns the handoff that stands. Raises Taken when `me` does not
    hold the claim, NotFound for a commit that is not here, and what `Store.publish` raises.
    """
    repository = store.repository
    commit, branch = _where(repository, outcome.commit)
    handoff: dict[str, Any] = {}

    def changes(known: Task, held: Claim) -> Sequence[Change]:
        number = 1 + max((each["number"] for each in known.handoffs), default=0)
        files = changed_files(repository, held.base, outcome.commit and commit)
        text = {"note": outcome.note, "next_action": outcome.next_action}
        common = {**me.fields(), "epoch": held.epoch, "at": times.stamp(now), "state": outcome.state}
        where = {"commit": commit, "branch": branch}
        handoff.clear()
        handoff.update(
            {"type": "handoff", "task": name, "number": number, **common}
            | {"to": ids.check(outcome.to, what="agent") if outcome.to else ""}
            | {key: repository.redacted(value) for key, value in text.items()}
            | {"changed_files": files[:MOST_FILES], "changed_files_cut": max(0, len(files) - MOST_FILES)}
            | where
        )
        status = {"type": "status", "task": name, **common, "note": handoff["note"], **where}
        folder = f"tasks/{name}"
        edit = tombstone(held) | {
            f"{folder}/status.json": strict_json.dump(_filled(status)),
            f"{folder}/handoffs/{number}.json": strict_json.dump(_filled(handoff)),
        }
        subject = f"complete {name} ({outcome.state})" + (f": {handoff['note']}" if handoff["note"] else "")
        notes = {"Task": name, "Epoch": held.epoch, "State": outcome.state}
        notes |= {"To": outcome.to} if outcome.to else {}
        return [
            Change(task.ref_of(name), known.oid, edit, "complete", subject, notes),
            *paths.give_back(store, held),
        ]

    try:
        holding.act(store, name, me=me, now=now, epoch=epoch, changes=changes)
    except Taken:
        known = task.read(store, name)
        said = {**me.fields(), "epoch": known.epoch, "state": outcome.state}
        if not known.handoffs or any((known.status or {}).get(key) != value for key, value in said.items()):
            raise
        return known.handoffs[-1]
    return _filled(handoff)


def changed_files(repository: Repository, base: str, commit: str) -> list[str]:
    """Returns the paths changed since `base`: up to `commit`, or in the work tree (new files too) without one.

    "" as base means that there was no commit yet; from a base that is not here it is counted from HEAD.
    """
    if repository.is_bare:
        return []
    git = repository.git
    start = base or _EMPTY_TREE
    if git.run("cat-file", "-e", start, codes=(0, 1, 128)).code:
        start = "HEAD"
    plain = ("--name-only", "-z", "--no-renames", "--no-ext-diff", "--no-textconv")
    if commit:
        changed = git.run("diff-tree", "-r", *plain, start, commit).text
        return _shown(changed)
    # Not into submodules: git would run what their own config names.
    changed = git.compare("diff", *plain, "--ignore-submodules=dirty", start, "--").text
    new = git.compare("ls-files", "--others", "--exclude-standard", "-z", "--full-name", "--", ":/").text
    return _shown(changed + new)


def _shown(paths: str) -> list[str]:
    """Returns the paths in git's answer; a byte that is no UTF-8 stands as an escape, for a record must be text."""
    return sorted({path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
                   for path in paths.split("\0") if path})  # fmt: skip


def is_merged(store: Store, found: Task, branch_tip: str) -> bool:
    """Whether the work of a done task is on the branch: its commit is, or the files it changed are the same there.

    The second is how a squashed merge shows. A task that names no commit counts as merged.
    """
    commit = str((found.status or {}).get("commit", ""))
    if not commit or not branch_tip:
        return True
    objects = store.objects
    files = found.handoffs[-1].get("changed_files", []) if found.handoffs else []
    with contextlib.suppress(InvalidInput):  # a partial clone, or a record that names what git would not
        if not objects.has(commit):
            return False
        if objects.descends(branch_tip, commit):
            return True
        return bool(files) and all(objects.blob_id(commit, path) == objects.blob_id(branch_tip, path) for path in files)
    return False


def _where(repository: Repository, revision: str) -> tuple[str, str]:
    """Returns the commit that holds the work and the branch checked out, "" for what there is none of."""
    git = repository.git
    if revision:
        commit = tree.resolve(git, revision)
    else:
        commit = git.run("rev-parse", "--verify", "--quiet", "HEAD", codes=(0, 1, 128)).text.strip()
    branch = git.run("symbolic-ref", "--quiet", "--short", "HEAD", codes=(0, 1, 128)).text.strip()
    return commit, branch


def _filled(record: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in record.items() if value or key == "changed_files"}
