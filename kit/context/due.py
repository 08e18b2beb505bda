"""Says of a policy whether it holds for a thread, and which step it asks for then."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.context import piece, shape, span, tip, totals, version
from kit.context import thread as threads
from kit.errors import InvalidInput
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kit.context.add import Added
    from kit.context.policy import Policy
    from kit.context.thread import State
    from kit.context.totals import Totals
    from kit.store.store import Store

#: Turns that stay when a policy folds and names no window.
WINDOW = 6
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


def facts(store: Store, state: State, held: Totals | None = None) -> Facts:
    """Returns the facts of a thread as it was read; `held` are its totals where they are known."""
    written = float(store.objects.commit(state.commit).when)
    return Facts(state.thread, held or totals.totals(store, state), state.record.at, written)


def holding(store: Store, thread: str, added: Added, policies: Sequence[Policy], *, now: float) -> list[Policy]:
    """Returns the policies that hold for a thread right after entries were added to it.

    What the thread holds is not counted again where it is known what it held before.
    """
    held = totals.after(store, thread, added.entries, added.commit)
    found = facts(store, threads.read(store, thread), held)
    return [each for each in policies if verdict(each, found, now=now).holds]


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


def arguments(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    """Returns what the step of a policy that holds is to do (`kit.context.operation`), None where nothing is left.

    The text of a fold is not among it. Raises InvalidInput when it cannot be said.
    """
    return {"compress": _compress, "pin": _pin, "branch": _branch, "rebase": _rebase}[policy.operation](
        store, state, policy.do, str(policy.when.get("tag", ""))
    )


def _compress(store: Store, state: State, do: Mapping[str, Any], tag: str) -> Mapping[str, Any] | None:
    del store, tag
    try:
        found = span.span(state, window=int(do.get("window", WINDOW)))
    except InvalidInput as error:
        if error.code == "empty":
            return None
        raise
    if sum(not each.head.folds for each in found.folded) < WORTH:
        return None
    told = {"first": found.folded[0].root.id, "last": found.last.id}
    return {**told, **({"target": do["target"]} if do.get("target") else {})}


def _pin(store: Store, state: State, do: Mapping[str, Any], tag: str) -> Mapping[str, Any] | None:
    del store, do
    hidden = span.folded_ids(version.versions(state.entries))
    found = [
        each.id
        for each in version.effective(state.entries)
        if tag in each.tags and each.id not in hidden and each.priority not in (piece.SKIPPED, "pinned")
    ]
    return {"entries": found[: shape.MOST]} if found else None


def _branch(store: Store, state: State, do: Mapping[str, Any], tag: str) -> Mapping[str, Any] | None:
    del tag
    name = str(do.get("name", "{thread}-aside")).replace("{thread}", state.thread)
    ids.check(name, what="thread")
    return None if tip.tip(store, name).oid else {"name": name, "at": state.commit}


def _rebase(store: Store, state: State, do: Mapping[str, Any], tag: str) -> Mapping[str, Any] | None:
    del tag
    parent = state.record.parent
    onto = str(do.get("onto", "")) or (parent.thread if parent else "")
    theirs = tip.tip(store, onto).oid if onto and onto != state.thread else ""
    if not theirs or store.objects.descends(state.commit, theirs):
        return None
    return {"source": onto, "theirs": theirs}
