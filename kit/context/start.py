"""Where the next agent starts from: the thread that was handed over last, its handoff, and what came after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.context import branches, handoff, kept, pending, piece, proposal, span, thread, version
from kit.context.add import SKEW
from kit.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Collection

    from kit.context.branches import Branch
    from kit.context.entry import Entry
    from kit.context.handoff import Handoff
    from kit.context.thread import State
    from kit.store.store import Store

#: Why a thread was chosen.
NAMED, OF_TASK, LAST, NOT_OF_TASK = "named", "of-task", "last", "not-of-task"


class Chosen(NamedTuple):
    """The thread to go on with and why it is that one; `others` were handed over too, the last of them first."""

    name: str
    why: str
    task: str = ""
    others: tuple[Branch, ...] = ()


class Start(NamedTuple):
    """What an agent starts from: `entry` is the handoff that counts, None where there is none, and `said` what it says.

    `after` are the entries in force that came later. `conflicts` and `proposals` wait in the thread, each by its id;
    `merging` is the thread of which a merge waits in this clone; `unread` are files that are not what they must be.
    """

    state: State
    entry: Entry | None
    said: Handoff
    after: tuple[Entry, ...]
    conflicts: tuple[str, ...]
    proposals: tuple[str, ...]
    merging: str
    unread: tuple[str, ...]


def choose(store: Store, *, now: float, tasks: Collection[str] = ()) -> Chosen:
    """Returns the thread that was handed over last, of one of these tasks where there is one; nothing is fetched.

    One that says it was handed over tomorrow or later comes last. Raises NotFound when none was handed over.
    """
    found = [
        (each.record.handoff.at, each)
        for each in branches.branches(store).threads
        if each.record.handoff and not each.record.collapsed
    ]
    found.sort(key=lambda each: (each[0] <= now + SKEW, each[0], each[1].name), reverse=True)
    ended = [each for _, each in found]
    if not ended:
        raise NotFound(
            "no thread was handed over", hint="kit context branch lists them: kit context resume THREAD",
            code="no_handoff",
        )  # fmt: skip
    of_task = [each for each in ended if each.record.task and each.record.task in tasks]
    first = (of_task or ended)[0]
    why = OF_TASK if of_task else NOT_OF_TASK if tasks else LAST
    return Chosen(first.name, why, first.record.task, tuple(each for each in ended if each.name != first.name))


def start(store: Store, name: str) -> Start:
    """Returns what an agent starts from in a thread as it is known here. Raises NotFound when there is no such one."""
    state = thread.read(store, name)
    unread = list(state.broken)
    hidden = span.folded_ids(version.versions(state.entries))
    standing = [each for each in version.effective(state.entries) if each.priority != piece.SKIPPED]
    entries = [each for each in standing if each.id not in hidden]
    found = handoff.last(entries)
    after = tuple(each for each in entries if found and (each.at, each.id) > (found.at, found.id))
    waits = kept.conflicts(store, state)
    unread += waits.broken
    proposals = tuple(proposal.name_at(path) for path in sorted(state.files) if proposal.is_path(path))
    try:
        merge = pending.find(store.repository, name)
    except InvalidInput as error:
        merge = None
        unread.append(error.message)
    return Start(
        state, found, handoff.parse(found.text) if found else handoff.Handoff(), after,
        tuple(each.root for each in waits.conflicts), proposals, merge.source if merge else "", tuple(unread),
    )  # fmt: skip
