"""Takes approvals over from a pull request at the forge, each for the commit that it was given for.

They are written by whoever runs it, so they count only where the reviewed branch trusts that address
(`review.importers`): a CI job's, not a person's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from kit.errors import InvalidInput, RemoteFailed
from kit.records import ids, record, times
from kit.review import approve
from kit.review import branch as proposals
from kit.store import forge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.review.approve import Done
    from kit.review.people import People, Person
    from kit.store.author import Author
    from kit.store.store import Store

_MOST = 500


class Imported(NamedTuple):
    """What was taken over: `added` are people, `left_out` says of each other approval why."""

    id: str
    done: Done
    added: tuple[str, ...]
    left_out: tuple[str, ...]


def take_over(store: Store, number: int, people: People, *, author: Author, environment: Mapping[str, str]) -> Imported:
    """Writes the approvals of a pull request into the record on its branch.

    Raises InvalidInput when it is none of a proposal, RemoteFailed when gh fails, NotFound without gh.
    """
    gh = forge.needed(store.repository.top, environment, "")
    _, out = gh.run("pr", "view", str(number), "--json", "number,headRefName,headRefOid,author,reviews")
    told = _object(out)
    name = str(told.get("headRefName", "")).removeprefix(proposals.PREFIX)
    if not str(told.get("headRefName", "")).startswith(proposals.PREFIX) or ids.problem(name):
        raise InvalidInput(f"pull request {number} is not of a branch kit/promote/*", hint="kit review list shows them")
    proposal = proposals.read(store, name)
    subject = proposal.record
    if subject is None:
        raise InvalidInput(f"{name} was rejected", hint=f"kit review show {name}")
    proposer = str(_inner(told, "author").get("login", ""))
    entries = [each for each in subject.meta.get("verified", []) if each.get("digest") == subject.digest()]
    known = {each.get("by") for each in entries}
    added: list[str] = []
    left_out: list[str] = []
    for login, commit, at in _approvals(told):
        person = people.of_login(login)
        is_own = login.casefold() == proposer.casefold()
        why = "the pull request is theirs" if is_own else _why_not(store, people, proposal, person, commit=commit)
        if person is None or why:
            left_out.append(f"{login}: {why}")
        elif person.by not in known:
            known.add(person.by)
            added.append(person.by)
            entry = {"by": person.by, "at": at or times.stamp(author.when), "digest": subject.digest(),
                     "via": f"pr:{number}", "commit": commit}  # fmt: skip
            entries.append(entry)
    edit = (
        {subject.path: subject.with_fields({"verified": entries}).canonical(proposal.types[subject.type]).dump()}
        if added
        else {}
    )
    message = f"Take over approvals of {name}"
    done = approve.commit(
        store, proposal, edit, message=message, author=author, people=people._replace(is_signed=False)
    )
    return Imported(name, done, tuple(added), tuple(left_out))


def _why_not(store: Store, people: People, proposal: proposals.Proposal, person: Person | None, *, commit: str) -> str:
    """Returns why an approval at the forge is not taken over, "" when it is."""
    subject = proposal.record
    if person is None or subject is None:
        return "no login of review.people"
    if why := people.why_not(person.by, subject.path):
        return why
    if commit not in {each.oid for each in proposal.commits}:
        return f"the approval is of {commit[:12] or 'no commit'}, which the branch does not hold (any more)"
    oid = store.objects.blob_id(commit, subject.path)
    try:
        digest = record.parse(subject.path, store.objects.blob(oid)).digest() if oid else ""
    except InvalidInput:
        digest = ""
    return "" if digest == subject.digest() else f"the record has changed since {commit[:12]}, which was approved"


def _approvals(told: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Returns login, commit and time of the approvals that stand: the last word of each person."""
    last: dict[str, tuple[str, str, str]] = {}
    reviews = told.get("reviews")
    for each in reviews[:_MOST] if isinstance(reviews, list) else ():
        if not isinstance(each, dict) or each.get("state") in ("COMMENTED", "PENDING"):
            continue
        login = str(_inner(each, "author").get("login", ""))
        oid = str(_inner(each, "commit").get("oid", ""))
        last.pop(login, None)
        if each.get("state") == "APPROVED" and login:
            last[login] = (login, oid, _time(each.get("submittedAt")))
    return list(last.values())


def _time(value: object) -> str:
    try:
        return times.stamp(times.seconds(str(value)))
    except InvalidInput:
        return ""


def _inner(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = told.get(name)
    return found if isinstance(found, dict) else {}


def _object(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise RemoteFailed("gh did not answer with a JSON object", hint="is it up to date?")
    return found
