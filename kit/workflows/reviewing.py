"""What a reviewer is shown and does: joins a proposal with the gates that hold, and writes what follows from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import Blocked, NotFound
from kit.review import approve, verdict
from kit.review import branch as proposals
from kit.store import branches
from kit.workflows import gates, promote, proposing

if TYPE_CHECKING:
    from kit.review.approve import Done
    from kit.review.branch import Proposal
    from kit.review.people import People, Person
    from kit.review.verdict import Standing
    from kit.store.author import Author
    from kit.store.store import Store


class Shown(NamedTuple):
    """A proposal with its verdicts as they stand, in the order of the gates."""

    proposal: Proposal
    verdicts: tuple[Standing, ...]


def show(store: Store, candidate: str) -> Shown:
    """Returns a proposal with its verdicts. Raises NotFound when there is no branch of it."""
    proposal = proposals.read(store, candidate)
    known = gates.known(store.repository, proposal.base.oid)
    subject = proposal.record
    standing = verdict.standing(proposal.verdicts.values(), subject, known) if subject else []
    return Shown(proposal, tuple(standing))


def reject_candidate(store: Store, name: str, people: People, person: Person, *, reason: str, author: Author) -> Done:
    """Rejects a candidate that has no branch yet: makes one that holds the record of it and nothing else.

    Raises Blocked when this person may not decide about it.
    """
    base = proposals.base(store.repository)
    wish = proposing.wish(store, name)
    subject = promote.prepared(store, wish, "")
    if why := people.why_not(person.by, subject.path):
        raise Blocked(why, hint="ask one of those who may", code="not_an_approver")
    path = verdict.path(store.repository.root, subject.id, verdict.RESPONSE)
    made = approve.response(subject, by=person.by, decision="rejected", reason=reason, now=author.when)
    branch = proposals.of(store.repository, subject.id)
    new = store.objects.build(
        base.oid, {path: verdict.dump(path, made)}, parents=[base.oid], message=f"Reject {subject.id}\n", author=author
    )
    branches.swap(store.repository.git, branch, new)
    return approve.Done(branch.name, new, (path,), is_signed=False)


def acknowledge(
    store: Store, candidate: str, people: People, person: Person, *, gate: str, reason: str, author: Author
) -> Done:
    """Carries a verdict forward, or answers a gate that a person reads. Raises NotFound, Blocked, InvalidInput."""
    shown = show(store, candidate)
    subject = shown.proposal.record
    known = {each.id: each for each in gates.known(store.repository, shown.proposal.base.oid)}
    if subject is None or gate not in known:
        raise NotFound(f"there is no gate {gate!r}", hint="kit gate list shows them", value=gate)
    standing = next((each for each in shown.verdicts if each.verdict.get("gate") == gate), None)
    made = verdict.acknowledge(standing, subject, gate=known[gate], by=person.by, reason=reason, now=author.when)
    path = verdict.path(store.repository.root, candidate, gate)
    edit = {path: verdict.dump(path, made)}
    message = f"Acknowledge {gate} of {candidate}"
    return approve.commit(store, shown.proposal, edit, message=message, author=author, people=people)
