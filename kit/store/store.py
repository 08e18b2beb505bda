"""The live plane: one ref per thing that can be fought over, moved only by compare-and-swap at the authority.

The authority is the remote where there is one, else this repository. What `publish` says is done is durable there;
what it says is lost never happened; and where neither can be known it says so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from kit.errors import InvalidInput, KitError, RemoteFailed, TimedOut, Unknown
from kit.store.objects import Objects
from kit.store.remote import Remote, Update

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.store.author import Author
    from kit.store.objects import Blob
    from kit.store.remote import Pushed
    from kit.store.repository import Repository

LOCAL = "refs/kit/"
ABSENT = ""
_ZERO = "0" * 40
_TRIES = 8
_MANY = 20
_SEND_TRIES = 32
_EVENT = "Kit-Event: "
#: Events that only say "still here": the next commit on the ref replaces them, so that history does not grow.
PASSING = frozenset({"renew", "seen"})


class Stale(KitError):
    """A ref had moved: `actual` holds what each ref is now (ABSENT where it is gone), already fetched."""

    code = "stale"
    exit_code = 6
    retryable = True

    def __init__(self, actual: Mapping[str, str]) -> None:
        names = ", ".join(sorted(actual))
        super().__init__(f"{names} changed in between", hint="run the same command again")
        self.actual = actual


class State(NamedTuple):
    """What a ref held when it was last seen: its commit id (ABSENT when there is none) and its files."""

    oid: str
    files: Mapping[str, bytes]


@dataclass(frozen=True)
class Change:
    """One ref's next commit: `expect` is what it must be now; files set to None are removed.

    `event` is the verb the history tells (`claim`, `send`); `subject` the line a person reads, `notes` further
    trailers. `also` are commits whose history the new one keeps reachable; `author` stands in for the publisher
    where everyone must build the same commit. With `is_anew` the tree begins empty: what stood there is broken.
    """

    ref: str
    expect: str
    edit: Mapping[str, bytes | Blob | None]
    event: str
    subject: str
    notes: Mapping[str, object] = field(default_factory=dict)
    also: Sequence[str] = ()
    author: Author | None = None
    is_anew: bool = False

    @property
    def message(self) -> str:
        trailers = "".join(f"Kit-{name}: {_one_line(value)}\n" for name, value in self.notes.items())
        return f"{_one_line(self.subject)}\n\n{_EVENT}{self.event}\n{trailers}"


@dataclass(frozen=True)
class Store:
    """The live plane of one repository."""

    repository: Repository

    @cached_property
    def objects(self) -> Objects:
        return Objects(self.repository)

    @cached_property
    def remote(self) -> Remote | None:
        name = self.repository.remote
        return Remote(self.repository, name) if name else None

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
        updates = [self.update(each, author=author) for each in changes]
        held = [Update(ref, oid, oid) for ref, oid in (guards or {}).items()]
        if self.remote:
            self._push(self.remote, updates, held, [each for each in riders if self._follows(each)])
        else:
            self._swap_here(updates, held)
        return {each.ref: each.new for each in updates}

    def delete(self, refs: Mapping[str, str], changes: Sequence[Change], *, author: Author) -> None:
        """Deletes refs that still are what they were, in one step with `changes`. Raises as `publish` does."""
        updates = [self.update(each, author=author) for each in changes]
        updates += [Update(ref, oid, ABSENT) for ref, oid in refs.items()]
        if self.remote:
            self._push(self.remote, updates)
        else:
            self._swap_here(updates)

    def save(self, change: Change, *, author: Author) -> str:
        """Commits to a ref that only this instance writes, here and now; `send` pushes it when it can.

        Raises Stale when the ref had moved here: another process of the same instance was quicker.
        """
        update = self.update(change, author=author)
        if self.remote and not self.objects.tip(LOCAL + change.ref):
            # Known from the remote only: an instance that wrote in another clone before.
            self._swap_here([update._replace(old=ABSENT)])
        else:
            self._swap_here([update])
        return update.new

    def send(self, ref: str, *, author: Author) -> None:
        """Pushes what a ref that only this instance writes holds now; what another clone wrote to it is joined.

        Another process of the instance may have sent it meanwhile, and may have saved more, which is its to send.
        Raises RemoteFailed, TimedOut or Unknown; the ref is kept here and waits on.
        """
        ours = self.objects.tip(LOCAL + ref)
        for _ in range(_SEND_TRIES):
            waiting = self.waiting([ref])
            if not self.remote or not waiting or (ours and self._has_sent(waiting[0], ours)):
                return
            try:
                if self._follows(waiting[0]):
                    self._push(self.remote, waiting)
                    return
                self._join(ref, waiting[0].old, author)
            except Stale:
                continue
        raise RemoteFailed(f"{ref} kept changing on the remote", hint="kit sync sends it", code="contended")

    def waiting(self, refs: Sequence[str]) -> list[Update]:
        """Returns the updates of refs of this instance that hold here what the remote, as last seen, does not."""
        if not self.remote:
            return []
        found = [Update(ref, self.tip(ref), self.objects.tip(LOCAL + ref) or ABSENT) for ref in refs]
        return [each for each in found if each.new and not self._has_sent(each, each.new)]

    def _has_sent(self, update: Update, oid: str) -> bool:
        return bool(update.old) and self.objects.descends(update.old, oid)

    def _follows(self, update: Update) -> bool:
        """Whether an update of a ref with one writer keeps all the remote has, passing commits aside.

        It does not where the same instance has written in another clone too: a lease alone would drop that.
        """
        return not update.old or all(self.objects.descends(update.new, each) for each in self.parents(update.old))

    def _join(self, ref: str, theirs: str, author: Author) -> None:
        """Commits the union of both sides of a ref: files have unique names, so nothing of either is lost."""
        ours = self.objects.tip(LOCAL + ref) or ABSENT
        if self.objects.descends(theirs, ours):
            self._swap_here([Update(ref, ours, theirs)])
            return
        mine = self.objects.files(ours)
        joined = Change(ref, theirs, mine, "join", f"join {ref}", also=[ours])
        self._swap_here([Update(ref, ours, self.update(joined, author=author).new)])

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

    def update(self, change: Change, *, author: Author | None = None) -> Update:
        """Builds the commit of a change and returns the move of its ref; nothing has moved yet."""
        by = change.author or author
        assert by is not None  # noqa: S101 - every publisher says who it is
        before = [] if change.is_anew and not self.objects.has(change.expect) else self.parents(change.expect)
        base = None if change.is_anew else change.expect or None
        parents = [*before, *change.also]
        new = self.objects.build(base, change.edit, parents=parents, message=change.message, author=by)
        return Update(change.ref, change.expect, new)

    def _swap_here(self, updates: Sequence[Update], guards: Sequence[Update] = ()) -> None:
        """Moves refs of this repository in one transaction of git. Raises Stale when one had moved."""
        moves = "".join(
            f"delete {LOCAL}{ref}\0{old}\0" if not new else f"update {LOCAL}{ref}\0{new}\0{old or _ZERO}\0"
            for ref, old, new in updates
        )
        checks = "".join(f"verify {LOCAL}{ref}\0{old or _ZERO}\0" for ref, old, _ in guards)
        script = f"start\0{checks}{moves}prepare\0commit\0".encode()
        for attempt in range(_TRIES):
            answer = self.repository.git.run("update-ref", "--stdin", "-z", stdin=script, codes=(0, 1, 128))
            if answer.code == 0:
                return
            actual = {each.ref: self.objects.tip(LOCAL + each.ref) or ABSENT for each in (*updates, *guards)}
            moved = {each.ref for each in (*updates, *guards) if actual[each.ref] != each.old}
            if moved:
                raise Stale({ref: actual[ref] for ref in moved})
            time.sleep(0.01 * 2**attempt)
        raise KitError(
            f"a ref could not be moved: {answer.complaint}",
            hint="a lock of a dead process? look for old *.lock files below .git/refs/kit",
            code="locked",
        )

    def _push(
        self,
        remote: Remote,
        updates: Sequence[Update],
        guards: Sequence[Update] = (),
        riders: Sequence[Update] = (),
    ) -> None:
        """Pushes until the outcome is known; the same commits again are safe, for no two are ever equal by chance."""
        decide = [each.ref for each in (*updates, *guards)]
        may_have_landed = False
        for attempt in range(_TRIES):
            pushed = remote.push([*updates, *guards, *riders], atomic=len(decide) > 1)
            if pushed.confirmed.issuperset(decide):
                self._remember(remote, [each for each in (*updates, *riders) if each.ref in pushed.confirmed])
                return
            riders = ()
            may_have_landed |= pushed.was_sent and not pushed.refused
            if pushed.was_sent and self._settled(remote, updates, guards, pushed):
                return
            if pushed.timed_out or not pushed.was_sent:
                break
            time.sleep(min(0.02 * 2**attempt, 1.0))
        raise self._failure(pushed, may_have_landed=may_have_landed)

    def _settled(self, remote: Remote, updates: Sequence[Update], guards: Sequence[Update], pushed: Pushed) -> bool:
        """Reads the refs again after a push that was not accepted; True when it took effect all the same.

        Raises Stale when a ref had moved, RemoteFailed when the remote refuses it for good.
        """
        try:
            remote.fetch(each.ref for each in (*updates, *guards))
        except (RemoteFailed, TimedOut):
            return False
        actual = {each.ref: self.tip(each.ref) for each in (*updates, *guards)}
        if all(self._took_effect(each, actual[each.ref]) for each in updates):
            return True
        moved = {each.ref: actual[each.ref] for each in (*updates, *guards) if actual[each.ref] != each.old}
        if moved:
            raise Stale(moved)
        if pushed.refused and not pushed.is_contended(actual):
            raise self._failure(pushed, may_have_landed=False)
        return False

    def _took_effect(self, update: Update, actual: str) -> bool:
        if not update.new or not actual:
            return actual == update.new
        try:
            return self.objects.descends(actual, update.new)
        except InvalidInput:
            return False  # someone else's, and broken

    def _failure(self, pushed: Pushed, *, may_have_landed: bool) -> KitError:
        if may_have_landed:
            return Unknown(
                f"sent, but the answer could not be read: {pushed.complaint}",
                hint="run the same command again: it is safe, and it settles what happened",
            )
        if pushed.refused:
            reason = "; ".join(sorted(set(pushed.refused.values())))
            return RemoteFailed(
                f"the remote refuses: {reason} {pushed.complaint}".strip(),
                hint='a host that refuses refs/kit/* needs prefix = "refs/heads/kit" below [live] in kit.toml',
                code="refused",
                retryable=False,
            )
        return RemoteFailed(
            f"the remote {self.repository.remote_url} cannot be reached: {pushed.complaint}",
            hint="check the network and your rights, then run the same command again",
        )

    def _remember(self, remote: Remote, updates: Sequence[Update]) -> None:
        """Notes what the remote now holds; where that fails the next command pays one fetch."""
        if len(updates) > _MANY:  # libgit2 would write packed-refs anew for each that goes
            moves = (f"update {remote.tracking(ref)} {new or _ZERO}\n" for ref, _, new in updates)
            self.repository.git.run("update-ref", "--stdin", stdin="".join(moves).encode(), codes=range(256))
            return
        for ref, _, new in updates:
            self.objects.note(remote.tracking(ref), new)


def event_of(message: str) -> str:
    """Returns the verb in a commit message of the live plane, "" when it has none."""
    at = message.rfind("\n" + _EVENT)
    return message[at + 1 + len(_EVENT) :].split("\n", 1)[0].strip() if at >= 0 else ""


def notes_of(message: str) -> dict[str, str]:
    """Returns the `Kit-...` trailers of a commit message, without their prefix."""
    lines = message.rpartition("\n\n")[2].splitlines()
    pairs = (line.removeprefix("Kit-").split(": ", 1) for line in lines if line.startswith("Kit-") and ": " in line)
    return dict(pairs)


def _one_line(value: object) -> str:
    return " ".join(str(value).replace("\0", " ").split())  # git ends a message at a NUL, and the trailers with it
