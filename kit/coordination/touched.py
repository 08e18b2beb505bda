"""Which files someone works on, and who has reserved them: an answer for a pre-commit hook."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.coordination import paths
from kit.errors import NotWritten, RemoteFailed, TimedOut
from kit.records import times
from kit.store.locks import Locked

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from kit.coordination.holder import Holder
    from kit.coordination.paths import Reservation
    from kit.store.repository import Repository
    from kit.store.store import Store

#: How long, in seconds, a commit may wait for the remote.
FETCH_SECONDS = 5.0


class Conflict(NamedTuple):
    """A file and the reservation of someone else that covers it."""

    path: str
    reservation: Reservation

    def record(self) -> dict[str, object]:
        """Returns the finding as JSON."""
        held = self.reservation
        return {
            "path": self.path,
            "task": held.task,
            **held.holder.fields(),
            "epoch": held.epoch,
            "expires": times.stamp(held.expires),
            "reserved": list(held.paths),
        }


class Checked(NamedTuple):
    """What a check found; `unfetched` says why it is only what was known here, `broken` names unreadable records."""

    paths: Sequence[str]
    conflicts: Sequence[Conflict]
    unfetched: str
    broken: Sequence[str]


def check_paths(store: Store, touched: Iterable[str], *, me: Holder, now: float, offline: bool = False) -> Checked:
    """Returns who else has reserved which of the files, by what the authority says or, offline, was last known."""
    unfetched = "not asked" if offline and store.remote else ""
    if not offline:
        try:
            store.fetch(f"{paths.REF}*", seconds=min(FETCH_SECONDS, store.repository.config.number("live.timeout")))
        except (RemoteFailed, TimedOut, NotWritten, Locked) as error:
            unfetched = error.message
    named = list(dict.fromkeys(touched))
    found = [Conflict(*each) for each in paths.touching(store, named, me=me, now=now)]
    return Checked(named, found, unfetched, paths.sound(store)[1])


def touched(repository: Repository, *, staged: bool) -> list[str]:
    """Returns the files that are staged, or all that differ from the last commit, new ones too; relative to the top.

    In a hook of `git commit FILE` staged is what that commit will hold. A bare repository has none.
    """
    if repository.is_bare:
        return []
    quiet = ("-z", "--no-renames", "--ignore-submodules=dirty")  # a submodule's own config is not ours to trust
    if staged:
        out = repository.git.compare("diff", "--cached", "--name-only", "--no-ext-diff", *quiet).text
        return list(filter(None, out.split("\0")))
    out = repository.git.compare("status", "--porcelain=v1", "--untracked-files=all", *quiet).text
    return [line[3:] for line in out.split("\0") if line]
