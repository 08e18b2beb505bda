"""Promotes a candidate: its gates, then a branch with the record, its verdicts and nothing else, then a pull request.

The commit is built from objects: neither work tree, index nor HEAD is touched. The branch moves in one step here and
in one step on the remote, so a process that dies leaves nothing or a whole branch, and running it again goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from kit.errors import Blocked, InvalidInput, NotFound
from kit.records import record, times
from kit.records.record_type import of_path
from kit.review import body as bodies
from kit.review import branch as proposals
from kit.review import rejected, verdict
from kit.store import branches, tree
from kit.workflows import gates, quotations

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.review.branch import Base
    from kit.store.author import Author
    from kit.store.branches import Branch
    from kit.store.store import Store
    from kit.workflows.gates import Ran


class Wish(NamedTuple):
    """What is to be promoted: a record where it is to stand; the ids it supersedes; why it is retired, if it is."""

    record: Record
    declared: RecordType
    supersedes: tuple[str, ...] = ()
    reason: str = ""


class Promoted(NamedTuple):
    """What came of it: `commit` is the branch's, `is_new` whether this run made it; `body` that of the pull request.

    `is_merged` says that the reviewed branch holds it already; then there is nothing else.
    """

    id: str
    branch: str
    base: str
    commit: str
    is_new: bool
    is_merged: bool
    is_pushed: bool
    ran: Ran
    body: str


def promote(
    store: Store, wish: Wish, *, author: Author, push: bool = False, judge: Callable[[Ran], Ran] = lambda ran: ran
) -> Promoted:
    """Runs the gates and brings the branch of a record up to date, here and with `push` on the remote.

    `judge` may add to what the gates said where they leave it open.

    Raises Blocked with what the gates said when one fails, or when it was rejected before; Taken when the branch is
    checked out or moved meanwhile; RemoteFailed or Unknown by the push.
    """
    candidate = wish.record.id
    if push:
        branches.fetch(store, proposals.base(store.repository).name, proposals.name(candidate))
    base = proposals.base(store.repository)
    branch = proposals.of(store.repository, candidate)
    tip = branches.newest(store, branch)
    subject = prepared(store, wish, tip)
    edit = _deprecated(store, wish, base)
    _refuse_rejected(store, subject, base, tip)
    ran = judge(gates.run(store, subject, wish.declared, base=base.oid))
    if ran.blocking:
        raise _blocked(ran)
    body = bodies.body(
        subject, ran.outcomes, ran.near, deprecated=wish.supersedes, reason=wish.reason,
        redacted=quotations.redactions(store, subject.meta),
    )  # fmt: skip
    if _digest_at(store, base.oid, subject.path) == subject.digest():
        return Promoted(candidate, branch.name, base.name, "", False, True, False, ran, body)
    parent = _parent(store, subject, base, tip)
    edit |= {subject.path: subject.dump(), **_reviews(store, ran, parent, now=author.when)}
    commit, is_new = _commit(store, edit, parent, branch, message=_message(wish, subject), author=author)
    branches.swap(store.repository.git, branch, commit)
    if push:
        branches.push(store, branch, commit)
    return Promoted(candidate, branch.name, base.name, commit, is_new, False, push, ran, body)


def retiring(store: Store, candidate: str, *, reason: str, by: str, now: float) -> Wish:
    """Returns the wish to take a record of the reviewed branch out of use. Raises NotFound, InvalidInput."""
    if not reason.strip():
        raise InvalidInput("a record is retired for a reason", hint="--reason TEXT")
    base = proposals.base(store.repository)
    found, declared = _reviewed(store, base, candidate)
    retired = {"by": by, "at": times.stamp(now), "reason": reason.strip()[:500]}
    if found.meta.get("status") == "deprecated" and isinstance(found.meta.get("retired"), dict):
        retired = found.meta["retired"]
    return Wish(found.with_fields({"status": "deprecated", "retired": retired}), declared, (), reason.strip())


def prepared(store: Store, wish: Wish, tip: str) -> Record:
    """Returns the record as it is to stand: stable, or deprecated where it retires, with the branch's approvals only.

    What a candidate's own file says of approvals is nobody's word.
    """
    fields: dict[str, object] = {"verified": None}
    if not wish.reason:
        fields["status"] = "stable"
    if wish.supersedes:
        before = wish.record.meta.get("supersedes")
        known = [str(each) for each in before] if isinstance(before, list) else []
        fields["supersedes"] = [*known, *(each for each in wish.supersedes if each not in known)]
    subject = wish.record.with_fields(
        {name: value for name, value in fields.items() if _differs(wish.record, name, value)}
    )
    subject = record.parse(subject.path, subject.canonical(wish.declared).dump())
    earlier = _read(store, tip, subject.path) if tip else None
    if earlier is None:
        return subject
    if wish.reason and isinstance(earlier.meta.get("retired"), dict):
        again = subject.with_fields({"retired": earlier.meta["retired"]})
        subject = again if earlier.meta["retired"].get("reason") == wish.reason[:500] else subject
    approvals = earlier.meta.get("verified")
    if not isinstance(approvals, list) or not approvals:
        return subject
    return subject.with_fields({"verified": approvals}).canonical(wish.declared)


def _differs(subject: Record, name: str, value: object) -> bool:
    return name in subject.meta if value is None else subject.meta.get(name) != value


def _deprecated(store: Store, wish: Wish, base: Base) -> dict[str, bytes | None]:
    """Returns the edit that takes out of use what a record supersedes."""
    edit: dict[str, bytes | None] = {}
    for each in wish.supersedes:
        older, declared = _reviewed(store, base, each)
        if declared.name != wish.declared.name:
            raise InvalidInput(f"a {wish.declared.name} cannot supersede the {declared.name} {each}", hint="link to it")
        if older.meta.get("status", "stable") == "stable":
            edit[older.path] = older.with_fields({"status": "deprecated", "verified": None}).dump()
    return edit


def _reviewed(store: Store, base: Base, candidate: str) -> tuple[Record, RecordType]:
    repository = store.repository
    kinds = {name: each for name, each in gates.types(repository, base.oid).items() if each.is_recalled}
    ids = tree.blob_ids(
        repository.git, base.oid, root=repository.root, folders=sorted({each.folder for each in kinds.values()})
    )
    for path in ids:
        declared = of_path(kinds.values(), path)
        if declared and path.endswith(f"/{candidate}.md"):
            full = f"{repository.root}/{path}" if repository.root else path
            if found := _read(store, base.oid, full):
                return found, declared
    raise NotFound(
        f"there is no record {candidate!r} on {base.name}", hint="kit list shows what there is", value=candidate
    )


def _refuse_rejected(store: Store, subject: Record, base: Base, tip: str) -> None:
    found = rejected.find(store.repository, subject, [base.oid, *([tip] if tip else [])])
    if found:
        raise Blocked(
            f"{subject.id} was rejected by {found.get('by')}: {found.get('reason')}",
            hint="change what it says; where the decision itself is wrong, remove the record of it by a pull request",
            code="rejected",
            response=found,
        )


def _blocked(ran: Ran) -> Blocked:
    failing = ran.blocking
    lines = [f"{ran.record.id} does not pass {len(failing)} of {len(ran.outcomes)} gates:"]
    for each in failing:
        for fault in each.faults[:5]:
            place = f"line {fault.line}: " if fault.line else ""
            lines.append(f"  {each.gate.id}: {place}{fault.message}" + (f" ({fault.fix})" if fault.fix else ""))
    return Blocked(
        "\n".join(lines), hint=f"mend it, then kit promote {ran.record.id}; kit gate run shows all", code="gate",
        gates=[gates.table_row(each) for each in ran.outcomes],
    )  # fmt: skip


def _parent(store: Store, subject: Record, base: Base, tip: str) -> str:
    """Returns what the commit is built on: the branch as it is, or the reviewed branch where that has it already."""
    if not tip or store.objects.descends(base.oid, tip):
        return base.oid
    merged = _digest_at(store, tip, subject.path)
    return base.oid if merged and merged == _digest_at(store, base.oid, subject.path) else tip


def _reviews(store: Store, ran: Ran, parent: str, *, now: float) -> dict[str, bytes | None]:
    """Returns the edit of the verdicts: new ones, the same where nothing has changed, none of gates that are gone."""
    root = store.repository.root
    folder = verdict.path(root, ran.record.id, "x").rpartition("/")[0]
    ids = tree.blob_ids(store.repository.git, parent, folders=[folder])
    files = dict(zip(ids, tree.read_objects(store.repository.git, list(ids.values())), strict=True))
    before = verdict.read(files)
    edit: dict[str, bytes | None] = dict.fromkeys(before)
    for path, meta in verdict.read(files, "response").items():
        if meta.get("decision") == "rejected":
            edit[path] = None
    for each in ran.outcomes:
        path = verdict.path(root, ran.record.id, each.gate.id)
        edit[path] = verdict.dump(path, verdict.of(each, ran.record, now=now, before=before.get(path)))
    return edit


def _commit(
    store: Store, edit: Mapping[str, bytes | None], parent: str, branch: Branch, *, message: str, author: Author
) -> tuple[str, bool]:
    """Returns the commit with an edit on top of `parent`, and whether it is new: nothing is committed twice."""
    wanted = {path: data for path, data in edit.items() if _is_other(store, parent, path, data)}
    if not wanted and branch.name and parent in (branch.here, branch.there):
        return parent, False
    return store.objects.build(parent, wanted, parents=[parent], message=message, author=author), True


def _is_other(store: Store, commit: str, path: str, data: bytes | None) -> bool:
    return store.objects.blob_id(commit, path) != ("" if data is None else tree.object_id(data))


def _message(wish: Wish, subject: Record) -> str:
    """Returns a message without a word of the record: whatever stands there can act on a forge."""
    return f"{'Retire' if wish.reason else 'Promote'} {subject.id}\n"


def _digest_at(store: Store, commit: str, path: str) -> str:
    found = _read(store, commit, path)
    return found.digest() if found else ""


def _read(store: Store, commit: str, path: str) -> Record | None:
    oid = store.objects.blob_id(commit, path)
    try:
        return record.parse(path, store.objects.blob(oid, limit=record.MAX_BYTES)) if oid else None
    except InvalidInput:
        return None
