"""The queue: what waits for a person, be it a candidate's file here or a branch here or on the remote."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import KitError
from kit.review import branch as proposals
from kit.review import history

if TYPE_CHECKING:
    from kit.records.finding import Finding
    from kit.review.branch import Proposal
    from kit.review.candidate import Candidate, Unread
    from kit.review.people import People
    from kit.store.store import Store

CANDIDATE, PROPOSED, APPROVED, CHANGES, REJECTED, MERGED, BROKEN = (
    "candidate", "proposed", "approved", "changes", "rejected", "merged", "broken"
)  # fmt: skip


class Waiting(NamedTuple):
    """One thing in the queue: its state, where it is (here, remote, both, file), its title and what is to be said."""

    id: str
    state: str
    where: str
    title: str
    by: str
    note: str = ""


class Queue(NamedTuple):
    """What waits, of so many in all, and the files that hold no record."""

    waiting: tuple[Waiting, ...]
    total: int
    unread: tuple[Unread, ...]


def queue(
    store: Store, people: People, candidates: list[Candidate], unread: list[Unread], *, most: int = 1000
) -> Queue:
    """Returns what waits, by id and at most so many; a branch counts before the file it came from."""
    found: dict[str, Waiting] = {}
    branches = proposals.proposals(store)
    total = len({*branches, *(each.id for each in candidates)})
    for name, branch in list(branches.items())[:most]:
        where = " and ".join(word for word, oid in (("here", branch.here), ("remote", branch.there)) if oid)
        try:
            proposal = proposals.read(store, name, branch)
            found[name] = _of(store, people, proposal, where)
        except KitError as error:
            found[name] = Waiting(name, BROKEN, where, "", "", error.message)
    for each in candidates:
        if len(found) >= most and each.id not in found:
            continue
        if each.id in found and found[each.id].state not in (REJECTED, MERGED):
            continue
        by = str(each.record.meta.get("generated", {}).get("by", ""))
        note = found[each.id].note if each.id in found else ""
        found[each.id] = Waiting(each.id, CANDIDATE, "file", str(each.record.meta.get("title", "")), by, note)
    return Queue(tuple(found[name] for name in sorted(found)[:most]), total, tuple(unread))


def state(store: Store, people: People, proposal: Proposal) -> tuple[str, str]:
    """Returns the state of a proposal, and why."""
    subject = proposal.record
    told = f"{proposal.response.get('by')}: {proposal.response.get('reason')}" if proposal.response else ""
    if store.objects.descends(proposal.base.oid, proposal.tip):
        return MERGED, ""
    if subject is None:
        return (REJECTED, told) if proposal.response else (MERGED, "the branch changes no record")
    if proposal.response and proposal.response.get("digest") == subject.digest():
        return CHANGES, told
    found = faults(store, people, proposal)
    if not people.everybody:
        return PROPOSED, "the reviewed branch names nobody who reviews"
    if any(each.is_error for each in found):
        return PROPOSED, next(each.message for each in found if each.is_error)
    return APPROVED, ""


def faults(store: Store, people: People, proposal: Proposal) -> list[Finding]:
    """Returns what is wrong with the approvals of a proposal."""
    span = history.Range(store.repository.git, proposal.merge_base, proposal.tip, proposal.commits)
    return history.faults(span, people, proposal.records, lambda _: True)


def _of(store: Store, people: People, proposal: Proposal, where: str) -> Waiting:
    found, note = state(store, people, proposal)
    title = str(proposal.record.meta.get("title", "")) if proposal.record else ""
    by = proposal.commits[0].name if proposal.commits else ""
    return Waiting(proposal.id, found, where, title, by, note)
