"""The live plane: one ref per thing that can be fought over, moved only by compare-and-swap at the authority.

The authority is the remote where there is one, else this repository. What `publish` says is done is durable there;
what it says is lost never happened; and where neither can be known it says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from kit.errors import RemoteFailed
from kit.store import move, standing
from kit.store.change import ABSENT, PASSING, Change, Stale, State, event_of, notes_of
from kit.store.move import LOCAL
from kit.store.objects import Objects
from kit.store.remote import Remote, Update

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from kit.store.author import Author
    from kit.store.joining import Joined
    from kit.store.repository import Repository
    from kit.store.series import Series

_SEND_TRIES = 32
__all__ = ["ABSENT", "LOCAL", "Change", "Stale", "State", "Store", "event_of", "notes_of"]


@dataclass(frozen=True)
class Store:
    """The live plane of one repository; `tell` is given a word for the person when a dead process's lock goes.

    `patience` is how many seconds one exchange with the remote may take, where that is less than the project says.
    `joiner` joins two sides of an edited ref where what stands in its files tells more than `kit.store.joining` sees:
    it is given this store, the ref, where they parted, and both sides.
    """

    repository: Repository
    tell: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)
    patience: float | None = None
    joiner: Callable[[Store, str, str, str, str], Joined] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def objects(self) -> Objects:
        return Objects(self.repository)

    @cached_property
    def remote(self) -> Remote | None:
        name = self.repository.remote
        return Remote(self.repository, name, self.tell, self.patience) if name else None

    def full_name(self, ref: str) -> str:
        """Returns the local ref that holds what is known of the authority's `ref`."""
        return self.remote.tracking(ref) if self.remote else LOCAL + ref

    def tip(self, ref: str) -> str:
        """Returns the commit id of a ref as last seen at the authority, ABSENT when it had none."""
        return self.objects.tip(self.full_name(ref)) or ABSENT

    def read(self, ref: str) -> State:
        """Returns what a ref held when it was last seen; nothing is fetched."""
        return self.at(self.tip(ref))

    def at(self, oid: str) -> State:
        """Returns the files of a commit of the live plane."""
        return State(oid, self.objects.files(oid)) if oid else State(ABSENT, {})

    def refs(self, folder: str) -> dict[str, str]:
        """Returns ref -> commit id for the refs below a folder like `tasks`, as last seen, own unsent ones included."""
        return {ref: oids[-1] for ref, oids in self.sides(folder).items()}

    def sides(self, folder: str) -> dict[str, list[str]]:
        """Returns ref -> its commit ids: as last seen at the authority, then as kept here where that differs.

        Either can hold what the other has not: some waits here, or the same instance wrote in another clone.
        """
        places = [self.full_name(folder)] + ([LOCAL + folder] if self.remote else [])
        lines = self.repository.git.run("for-each-ref", "--format=%(refname) %(objectname)", *places).text.split("\n")
        found = [line.split(" ") for line in lines if line]
        seen: dict[str, list[str]] = {}
        for name, oid in sorted(found, key=lambda each: each[0].startswith(LOCAL)):
            oids = seen.setdefault(name.removeprefix(LOCAL) if name.startswith(LOCAL) else name.split("/", 3)[3], [])
            oids += [oid] if oid not in oids else []
        return seen

    def here(self) -> dict[str, str]:
        """Returns ref -> commit id for all that this repository holds of its own, sent or not."""
        lines = self.repository.git.run("for-each-ref", "--format=%(refname) %(objectname)", LOCAL).text.splitlines()
        return {name.removeprefix(LOCAL): oid for name, oid in (line.split(" ") for line in lines)}

    def fetch(self, *patterns: str, seconds: float | None = None) -> None:
        """Brings refs or patterns (`tasks/*`) up to date; nothing to do where this repository decides itself.

        Raises RemoteFailed, or TimedOut after `seconds` (the project's deadline unless told).
        """
        if self.remote:
            self.remote.fetch(patterns, seconds=seconds)

    def publish(
        self,
        changes: Sequence[Change],
        *,
        author: Author,
        guards: Mapping[str, str] | None = None,
        riders: Sequence[Update] = (),
    ) -> dict[str, str]:
        """Moves refs at the authority, all of them or none, and returns their new commit ids by ref.

        `guards` are refs that must still be what they were, though they do not move; `riders` are sent along where
        nothing is lost by it, and decide nothing. Raises Stale when a ref or a guard had moved,
        RemoteFailed when the remote refuses or cannot be reached (nothing has changed then), and Unknown when it
        was sent and the answer cannot be had.
        """
        held = [Update(ref, oid, oid) for ref, oid in (guards or {}).items()]
        updates = [self.update(each, author=author) for each in changes]
        try:
            self._move(updates, held, [each for each in riders if standing.follows(self, each)])
        except RemoteFailed as failed:
            if failed.code != "refused" or not any(standing.is_rewritten(self, each) for each in updates):
                raise
            updates = [self.update(each, author=author, is_stacked=True) for each in changes]
            self._move(updates, held)
        return {each.ref: each.new for each in updates}

    def delete(self, refs: Mapping[str, str], changes: Sequence[Change], *, author: Author) -> None:
        """Deletes refs that still are what they were, in one step with `changes`. Raises as `publish` does."""
        updates = [self.update(each, author=author) for each in changes]
        self._move([*updates, *(Update(ref, oid, ABSENT) for ref, oid in refs.items())])

    def save(self, change: Change, *, author: Author, series: Series | None = None) -> str:
        """Commits to a ref that is written here first; `send` pushes it when it can.

        In a `series` it is durable when that says so. Raises Stale when the ref had moved here: another process was
        quicker.
        """
        update = self.update(change, author=author, is_durable=series is None)
        here = self.objects.tip(LOCAL + change.ref) or ABSENT
        if self.remote and update.old not in ("", here) and (not here or self.objects.descends(update.old, here)):
            # Known from the remote, where it was written on in another clone.
            update = update._replace(old=here)
        if not series or not series.swap(LOCAL + update.ref, update.old, update.new):
            self._swap_here([update])
        return update.new

    def adopt(self, ref: str, oid: str) -> None:
        """Makes a ref that must not exist yet stand, here, at a commit that is stored already. Raises Stale."""
        self._swap_here([Update(ref, ABSENT, oid)])

    def begin(self, change: Change, *, author: Author) -> str:
        """Commits a ref that must not exist yet, here, on a commit of another: `change.expect` is that commit.

        Raises Stale when the ref exists by now.
        """
        update = self.update(change, author=author)
        self._swap_here([update._replace(old=ABSENT)])
        return update.new

    def send(self, ref: str, *, author: Author) -> None:
        """Pushes what a ref that only this instance writes holds now; what another clone wrote to it is joined.

        Another process of the instance may have sent it meanwhile, and may have saved more, which is its to send.
        Raises RemoteFailed, TimedOut or Unknown; the ref is kept here and waits on.
        """
        ours = self.objects.tip(LOCAL + ref)
        for _ in range(_SEND_TRIES):
            waiting = self.waiting([ref])
            if not self.remote or not waiting or (ours and standing.has_sent(self.objects, waiting[0], ours)):
                return
            try:
                if standing.follows(self, waiting[0]):
                    self._move(waiting)
                    return
                self._join(ref, waiting[0].old, author)
            except Stale:
                continue
            except RemoteFailed as failed:
                if failed.code != "refused" or not standing.is_rewritten(self, waiting[0]):
                    raise
                self._join(ref, waiting[0].old, author, is_stacked=True)
        raise RemoteFailed(f"{ref} kept changing on the remote", hint="kit sync sends it", code="contended")

    def waiting(self, refs: Sequence[str]) -> list[Update]:
        """Returns the updates of refs of this instance that hold here what the remote, as last seen, does not."""
        if not self.remote:
            return []
        found = [Update(ref, self.tip(ref), self.objects.tip(LOCAL + ref) or ABSENT) for ref in refs]
        return [each for each in found if each.new and not standing.has_sent(self.objects, each, each.new)]

    def join(self, ref: str, *, author: Author) -> None:
        """Commits here the join of what a ref holds here and what the remote, as last seen, has of it.

        Raises Stale when the ref had moved here.
        """
        self._join(ref, self.tip(ref), author)

    def _join(self, ref: str, theirs: str, author: Author, *, is_stacked: bool = False) -> None:
        ours = self.objects.tip(LOCAL + ref) or ABSENT
        if self.objects.descends(theirs, ours):
            self._swap_here([Update(ref, ours, theirs)])
            return
        joined = standing.joined(self, ref, ours, theirs)
        self._swap_here([Update(ref, ours, self.update(joined, author=author, is_stacked=is_stacked).new)])

    def own(self, ref: str) -> State:
        """Returns what a ref that only this instance writes holds here."""
        return self.at(self.own_tip(ref))

    def own_tip(self, ref: str) -> str:
        """Returns the commit id that a ref which only this instance writes stands at here, ABSENT when it has none."""
        return self.objects.tip(LOCAL + ref) or self.tip(ref)

    def parents(self, oid: str) -> tuple[str, ...]:
        """Returns the parents of the next commit after `oid`: itself, or its own parents when it is a passing one."""
        if not oid:
            return ()
        commit = self.objects.commit(oid)
        return commit.parents if event_of(commit.message) in PASSING else (oid,)

    def update(
        self, change: Change, *, author: Author | None = None, is_stacked: bool = False, is_durable: bool = True
    ) -> Update:
        """Builds the commit of a change and returns the move of its ref; nothing has moved yet.

        With `is_stacked` a passing commit stays in the history, for a remote that refuses to drop it.
        """
        by = change.author or author
        assert by is not None  # noqa: S101 - every publisher says who it is
        base = None if change.is_anew else change.expect or None
        if change.is_anew and not self.objects.has(change.expect):
            before: Sequence[str] = ()
        else:
            before = [change.expect] if is_stacked and change.expect else self.parents(change.expect)
        parents = [*before, *change.also]
        message = change.message_at(by.when)
        new = self.objects.build(base, change.edit, parents=parents, message=message, author=by, is_durable=is_durable)
        return Update(change.ref, change.expect, new)

    def _swap_here(self, updates: Sequence[Update], guards: Sequence[Update] = ()) -> None:
        move.here(self.repository.git, self.objects, updates, guards, tell=self.tell)

    def _move(self, updates: Sequence[Update], guards: Sequence[Update] = (), riders: Sequence[Update] = ()) -> None:
        """Moves refs at the authority, the remote where there is one."""
        if self.remote:
            move.there(self.remote, self.objects, updates, guards, riders, tell=self.tell)
        else:
            self._swap_here(updates, guards)
