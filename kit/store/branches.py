"""Branches as they stand here and on the remote, and one that is moved without a work tree: it was, or it is.

A branch that is checked out somewhere is left alone: its files would not be those of its commit any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import KitError, RemoteFailed, Taken
from kit.store import move
from kit.store.change import ABSENT, Stale
from kit.store.git import failure
from kit.store.remote import Remote, Update

if TYPE_CHECKING:
    from kit.store.git import Git
    from kit.store.repository import Repository
    from kit.store.store import Store

_ZERO = "0" * 40


class Branch(NamedTuple):
    """One branch: its commit here and on the remote as last fetched ("" for none), and where it is checked out."""

    name: str
    here: str = ""
    there: str = ""
    checked_out: str = ""


class BranchRemote(Remote):
    """A remote whose branches are moved, not its live refs."""

    @property
    def prefix(self) -> str:
        return "refs/heads"

    def tracking(self, ref: str) -> str:
        return f"refs/remotes/{self.name}/{ref}"


def below(repository: Repository, folder: str) -> dict[str, Branch]:
    """Returns the branches below a folder like `kit/promote`, by name."""
    remote = f"refs/remotes/{repository.config.text('live.remote')}/"
    form = "--format=%(refname)%00%(objectname)%00%(worktreepath)"
    out = repository.git.run("for-each-ref", form, f"refs/heads/{folder}", remote + folder).text
    found: dict[str, Branch] = {}
    for line in filter(None, out.split("\n")):
        ref, oid, place = line.split("\0")
        is_there = ref.startswith(remote)
        name = ref.removeprefix(remote if is_there else "refs/heads/")
        known = found.get(name, Branch(name))
        found[name] = known._replace(there=oid) if is_there else known._replace(here=oid, checked_out=place)
    return found


def newest(store: Store, branch: Branch) -> str:
    """Returns the commit to build on: of both sides the one that holds the other.

    Raises Taken when each has what the other lacks.
    """
    if not branch.here or not branch.there:
        return branch.here or branch.there
    if store.objects.descends(branch.there, branch.here):
        return branch.there
    if store.objects.descends(branch.here, branch.there):
        return branch.here
    raise Taken(
        f"{branch.name} here and on the remote went apart",
        hint=f"look at both, then git branch -f {branch.name} origin/{branch.name} takes theirs",
        code="diverged",
        retryable=False,
    )


def swap(git: Git, branch: Branch, new: str) -> None:
    """Moves a branch here to `new` if it still is what it was. Raises Taken when it moved or is checked out."""
    if branch.checked_out:
        raise Taken(
            f"{branch.name} is checked out in {branch.checked_out}",
            hint="switch to another branch there first",
            code="checked_out",
            retryable=False,
        )
    if branch.here == new:
        return
    old = branch.here or _ZERO
    answer = git.run("update-ref", "--no-deref", f"refs/heads/{branch.name}", new, old, codes=(0, 1, 128))
    if answer.code == 0:
        return
    if answer.may_not_write:
        raise failure("update-ref", answer)
    raise Taken(f"{branch.name} moved meanwhile: {answer.complaint}", hint="run the same command again", code="moved")


def push(store: Store, branch: Branch, new: str) -> None:
    """Moves a branch on the remote to `new`, only if it still is what was last fetched there.

    Raises Taken when it moved, RemoteFailed when the remote refuses or there is none, Unknown when nobody can say.
    """
    remote = of(store)
    if branch.there == new:
        return
    try:
        move.there(remote, store.objects, [Update(branch.name, branch.there or ABSENT, new)], tell=store.tell)
    except Stale:
        message = f"{branch.name} moved on the remote meanwhile"
        raise Taken(message, hint="run the same command again: it fetches first", code="moved") from None
    except RemoteFailed as failed:
        if failed.code == "refused":
            failed.hint = "may you push branches there?"
        raise


def fetch(store: Store, *names: str) -> None:
    """Brings branches (or patterns) of the remote up to date here. Raises RemoteFailed or TimedOut."""
    of(store).fetch(names)


def of(store: Store) -> BranchRemote:
    """Returns the remote whose branches are meant. Raises RemoteFailed where there is none."""
    name = store.repository.remote
    if name is None:
        raise RemoteFailed("there is no remote to push to", hint="git remote add origin URL", retryable=False)
    return BranchRemote(store.repository, name, store.tell)


def reviewed(repository: Repository, revision: str) -> str:
    """Returns the short name of the reviewed branch that `revision` (a full ref name) stands for."""
    named = repository.config.text("review.branch")
    if named:
        return named
    if revision.endswith("/HEAD") or revision == "HEAD":
        try:
            revision = repository.git.run("symbolic-ref", "--quiet", revision, codes=(0, 1, 128)).text.strip()
        except KitError:
            return "main"
    return revision.rpartition("/")[2] or "main"
