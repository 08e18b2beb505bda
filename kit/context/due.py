"""Says of a policy whether it holds for a thread, and why."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, NamedTuple

from kit.context import thread as threads
from kit.context import totals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.context.add import Added
    from kit.context.policy import Policy
    from kit.context.thread import State
    from kit.context.totals import Totals
    from kit.store.store import Store


#: Entries beside earlier folds that make a fold worth it: of fewer nothing is gained, and it would never end.
WORTH = 2


class Facts(NamedTuple):
    """What conditions are about: the thread's name, its totals, when it was begun and last written (seconds)."""

    thread: str
    totals: Totals
    begun: float
    written: float


class Verdict(NamedTuple):
    """Whether a policy holds, and each of its conditions in words, with the numbers."""

    holds: bool
    why: tuple[str, ...]


def facts(store: Store, state: State, known: Totals | None = None) -> Facts:
    """Returns the facts of a thread as it was read; `known` are its totals where they are."""
    written = float(store.objects.commit(state.commit).when)
    return Facts(state.thread, known or totals.totals(store, state), state.record.at, written)


class Held(NamedTuple):
    """The policies that hold for a thread, and what it holds."""

    state: State
    facts: Facts
    policies: tuple[Policy, ...]


def held(store: Store, thread: str, added: Added, policies: Sequence[Policy], *, now: float) -> Held:
    """Returns the policies that hold for a thread right after entries were added to it.

    What the thread holds is not counted again where it is known what it held before.
    """
    known = totals.after(store, thread, added.entries, added.commit)
    state = threads.read(store, thread)
    found = facts(store, state, known)
    return Held(state, found, tuple(each for each in policies if verdict(each, found, now=now).holds))


def verdict(policy: Policy, facts: Facts, *, now: float) -> Verdict:
    """Returns whether all conditions of a policy hold; `now` is in seconds since the epoch."""
    found = list(_conditions(policy, facts, now))
    return Verdict(all(holds for holds, _ in found), tuple(words for _, words in found))


def _conditions(policy: Policy, facts: Facts, now: float) -> Iterator[tuple[bool, str]]:
    when = policy.when
    if globs := when.get("threads"):
        is_meant = any(fnmatch.fnmatchcase(facts.thread, glob) for glob in globs)
        yield is_meant, f"the name is {'one' if is_meant else 'none'} of {', '.join(globs)}"
    for name, value in (("tokens", facts.totals.tokens), ("entries", facts.totals.entries)):
        if limit := when.get(f"{name}_over"):
            yield value > limit, f"{value:,} {name}, {'over' if value > limit else 'not over'} {limit:,}"
    for name, since, what in (("branch_age", facts.begun, "begun"), ("idle", facts.written, "last written")):
        if name in when:
            is_over = now - since > policy.seconds(name)
            yield is_over, f"{what} {'longer' if is_over else 'not longer'} than {when[name]} ago"
    if tag := when.get("tag"):
        has = tag in facts.totals.tags
        yield has, f"{'an' if has else 'no'} entry has the tag {tag}"


def source_of(state: State, policy: Policy) -> str:
    """Returns the thread that a rebase brings in, "" where there is none."""
    onto = str(policy.do.get("onto", "")) or (state.record.parent.thread if state.record.parent else "")
    return onto if onto != state.thread else ""
