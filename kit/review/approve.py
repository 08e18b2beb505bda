"""What a person who reviews does to a proposal: approves, rejects, asks for changes; each is one commit of theirs.

The commit is the person's: author, and signature where git signs here. Nothing else of the repository is touched.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import Blocked, InvalidInput
from kit.records import record, times
from kit.review import branch as branches
from kit.review import history, verdict
from kit.store import branches as moves
from kit.store import signing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.record import Record
    from kit.review.branch import Proposal
    from kit.review.people import People, Person
    from kit.store.author import Author
    from kit.store.store import Store


class Done(NamedTuple):
    """What was committed: to which branch, as which commit ("" when there was nothing to do), and whether signed."""

    branch: str
    commit: str
    paths: tuple[str, ...]
    is_signed: bool


def reviewer(people: People, *, email: str, actor: str) -> Person:
    """Returns who reviews here: the person whose address git commits with.

    Raises Blocked for an agent, and for someone whom the reviewed branch does not name.
    """
    if actor.startswith("process:"):
        message = f"{actor} is an agent: only a person approves"
        raise Blocked(message, hint="run it in a shell of your own, without KIT_AGENT", code="agent")
    person = people.of_email(email)
    if person is None:
        raise Blocked(
            f"git commits here as {email or 'nobody'}, who is not among review.people",
            hint="kit.toml of the reviewed branch names who reviews: id and email; git config user.email is yours",
            code="not_a_reviewer",
        )
    return person


def approve(store: Store, proposal: Proposal, people: People, person: Person, *, author: Author) -> Done:
    """Approves what a branch proposes, in every record that it changes.

    Raises Blocked when this person may not: not an approver, the proposer, or the author of the content.
    """
    if proposal.record is None:
        raise Blocked(f"{proposal.id} was rejected", hint="promote it anew once it has changed", code="rejected")
    if proposal.strays:
        shown = ", ".join(proposal.strays[:3])
        message = f"{proposal.branch.name} changes what does not belong there: {shown}"
        raise Blocked(message, hint="let that be proposed by itself", code="strays", paths=list(proposal.strays[:50]))
    _refuse(store, proposal, people, person)
    edit: dict[str, bytes | None] = {}
    for path, each in proposal.records.items():
        kept = [entry for entry in _entries(each) if entry.get("digest") == each.digest()]
        if not any(entry.get("by") == person.by for entry in kept):
            entry = {"by": person.by, "at": times.stamp(author.when), "digest": each.digest()}
            approved = each.with_fields({"verified": [*kept, entry]})
            edit[path] = approved.canonical(proposal.types[each.type]).dump()
    if proposal.response and (
        proposal.response.get("by") == person.by or proposal.response.get("digest") != proposal.record.digest()
    ):
        edit[verdict.path(store.repository.root, proposal.id, verdict.RESPONSE)] = None
    return commit(store, proposal, edit, message=f"Approve {proposal.id}", author=author, people=people)


def respond(
    store: Store, proposal: Proposal, people: People, person: Person, *, decision: str, reason: str, author: Author
) -> Done:
    """Rejects a record or asks for changes: a record of it, and of a rejected one nothing else stays on the branch.

    Raises Blocked when this person may not, InvalidInput without a reason.
    """
    subject = proposal.record
    if subject is None:
        raise Blocked(f"{proposal.id} was rejected already", hint=f"kit review show {proposal.id}", code="rejected")
    if proposal.tip == proposal.base.oid:
        message = f"{proposal.id} is on the reviewed branch already"
        raise InvalidInput(message, hint=f"kit promote --retire {proposal.id} --reason TEXT")
    if not reason.strip():
        raise InvalidInput("whoever proposed it needs a reason", hint="--reason TEXT")
    if person.email.casefold() not in proposal.emails and (why := people.why_not(person.by, subject.path)):
        raise Blocked(why, hint="ask one of those who may", code="not_an_approver")
    path = verdict.path(store.repository.root, proposal.id, verdict.RESPONSE)
    made = response(subject, by=person.by, decision=decision, reason=reason, now=author.when)
    edit: dict[str, bytes | None] = {path: record.make(path, made).dump()}
    if decision == "rejected":
        edit |= _restored(store, proposal)
    word = "Reject" if decision == "rejected" else "Ask for changes of"
    return commit(store, proposal, edit, message=f"{word} {proposal.id}", author=author, people=people)


def response(subject: Record, *, by: str, decision: str, reason: str, now: float) -> dict[str, Any]:
    """Returns the record of what a person has against a candidate."""
    made = {"type": "response", "candidate": subject.id, "decision": decision, "digest": subject.digest(), "by": by,
            "at": times.stamp(now), "reason": reason.strip()[:1000]}  # fmt: skip
    print_ = subject.meta.get("fingerprint")
    return made | ({"fingerprint": print_} if isinstance(print_, str) else {})


def commit(
    store: Store, proposal: Proposal, edit: Mapping[str, bytes | None], *, message: str, author: Author, people: People
) -> Done:
    """Commits an edit to the branch of a proposal, signed where git signs here or the project asks for it."""
    if not edit:
        return Done(proposal.branch.name, "", (), is_signed=False)
    git = store.repository.git
    new = store.objects.build(proposal.tip, edit, parents=[proposal.tip], message=message + "\n", author=author)
    is_signed = signing.is_wanted(git) or people.is_signed
    if is_signed:
        new = signing.sign(git, new, author)
    moves.swap(git, proposal.branch, new)
    return Done(proposal.branch.name, new, tuple(sorted(edit)), is_signed)


def _refuse(store: Store, proposal: Proposal, people: People, person: Person) -> None:
    """Raises Blocked when an approval by this person would not count."""
    for path, each in proposal.records.items():
        if why := people.why_not(person.by, path):
            raise Blocked(why, hint="ask one of those who may", code="not_an_approver")
        generated = each.meta.get("generated")
        is_own = isinstance(generated, dict) and generated.get("by") == person.by
        if is_own and path == (proposal.record.path if proposal.record else ""):
            raise Blocked(f"{person.by} wrote {path}", hint="let someone else approve it", code="proposer")
    own = {each.email.casefold() for each in people.named(person.by)}
    span = history.Range(store.repository.git, proposal.merge_base, proposal.tip, proposal.commits)
    if own & history.writers(span, proposal.records):
        message = f"{person.by} proposed {proposal.id}: nobody approves their own"
        raise Blocked(message, hint="let someone else approve it", code="proposer")


def _restored(store: Store, proposal: Proposal) -> dict[str, bytes | None]:
    """Returns the edit that puts the other files of the branch back to what they are on the reviewed branch."""
    changed = branches.changed_files(store.repository.git, proposal.merge_base, proposal.tip)
    before = branches.changed_files(store.repository.git, proposal.tip, proposal.merge_base)
    response_path = verdict.path(store.repository.root, proposal.id, verdict.RESPONSE)
    return {path: before.get(path) for path in changed if path != response_path}


def _entries(subject: Record) -> list[dict[str, Any]]:
    entries = subject.meta.get("verified")
    return [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
