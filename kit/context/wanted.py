"""Says what the step of a policy that holds is to do, and whether it is left to people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.context import due, log, pending, piece, place, proposal, rebase, shape, sides, span, tip, version
from kit.context.thread import State
from kit.errors import InvalidInput
from kit.records import ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.context.policy import Policy
    from kit.store.store import Store

#: Turns that stay when a policy folds and names no window.
WINDOW = 6
_BEGUN = {"Event": "context-branch", "Why": "policy .*"}
#: Rejections of one policy that are looked at.
MOST_REJECTED = 100


def arguments(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    """Returns what the step of a policy that holds is to do (`kit.context.operation`), None where nothing is left.

    The text of a fold is not among it. Raises InvalidInput when it cannot be said.
    """
    return {"compress": _compress, "pin": _pin, "branch": _branch, "rebase": _rebase}[policy.operation](
        store, state, policy
    )


def _compress(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    """Folds the first ones where there are more than one fold may stand for."""
    del store
    window = int(policy.do.get("window", WINDOW))
    try:
        found = span.span(state, window=window)
    except InvalidInput as error:
        if error.code == "empty":
            return None
        if error.code != "many":
            raise
        every = version.versions(state.entries)
        hidden = span.folded_ids(every)
        visible = [each.root.id for each in every if each.root.id not in hidden]
        found = span.span(state, f"{visible[0]}..{visible[span.MOST - 1]}", window=window)
    if sum(not each.head.folds for each in found.folded) < due.WORTH:
        return None
    target = policy.do.get("target")
    return {"first": found.folded[0].root.id, "last": found.last.id, **({"target": target} if target else {})}


def _pin(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    del store
    hidden = span.folded_ids(version.versions(state.entries))
    found = [
        each.id
        for each in version.effective(state.entries)
        if policy.when["tag"] in each.tags and each.id not in hidden and each.priority not in (piece.SKIPPED, "pinned")
    ]
    return {"entries": found[: shape.MOST]} if found else None


def _branch(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    """Leaves alone a thread that a policy has begun: it would have a branch of its own, and so on without end."""
    name = str(policy.do.get("name", "{thread}-aside")).replace("{thread}", state.thread)
    ids.check(name, what="thread")
    if tip.tip(store, name).oid or _commits(store, state, **_BEGUN, Thread=state.thread):
        return None
    return {"name": name, "at": state.commit}


def _rebase(store: Store, state: State, policy: Policy) -> Mapping[str, Any] | None:
    """Finds nothing to do where all entries are here already: two threads would go round each other without end."""
    source = due.source_of(state, policy)
    theirs = tip.tip(store, source).oid if source else ""
    if not theirs or store.objects.descends(state.commit, theirs):
        return None
    if _entries(State(store, source, theirs)) <= _entries(state):
        return None
    return {"source": source, "theirs": theirs}


def _entries(state: State) -> set[tuple[str, str]]:
    return {(place.id_at(path), oid) for path, oid in state.files.items() if place.id_at(path)}


def by_hand(store: Store, state: State, operation: str, given: Mapping[str, Any]) -> str:
    """Returns in words why a person has to take a step, "" where none has to: only a rebase asks for choices."""
    if operation != pending.REBASE:
        return ""
    if waits := pending.find(store.repository, state.thread):
        return f"a {waits.verb} of {waits.source} waits"
    found = sides.preview(store, state.thread, given["theirs"], verb=pending.REBASE)
    open_ = f"{len(found.open)} of the entries were changed on both sides" if found.open else ""
    return open_ or rebase.said(found.warnings)


def is_rejected(store: Store, state: State, policy: Policy, given: Mapping[str, Any]) -> bool:
    """Whether somebody has rejected what a policy would propose; of a branch whatever commit it was to begin at."""
    found = [each.notes.get("Proposal", "") for each in _commits(store, state, Event="context-reject", Why=policy.why)]
    if not found or policy.operation == "branch":
        return bool(found)
    about = proposal.about(store, state, policy.operation, given)
    return any(each.startswith(f"{about}-") for each in found)


def _commits(store: Store, state: State, **trailers: str) -> list[log.Event]:
    """Returns the newest commits since the thread was begun whose trailers match these (basic regular expressions)."""
    words = [f"--grep=^Kit-{name}: {value if '*' in value else value.replace('.', '[.]')}$"
             for name, value in trailers.items()]  # fmt: skip
    parent = state.record.parent
    past = [f"^{parent.commit}"] if parent and store.objects.has(parent.commit) else []
    out = store.repository.git.run(
        "rev-list", f"--max-count={MOST_REJECTED}", "--all-match", "--basic-regexp", *words, state.commit, *past
    ).text
    return [log.event(each) for each in log.commits(store, out.split())]
