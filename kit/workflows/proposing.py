"""From what a person types to a record that is proposed: a candidate's file, or the branch that proposes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records import record
from kit.records.record_type import of_path
from kit.records.strict_json import Malformed
from kit.review import branch as proposals
from kit.review import candidate
from kit.store import tree
from kit.workflows import gates
from kit.workflows.promote import Wish, prepared

if TYPE_CHECKING:
    from kit.review.candidate import Candidate, Unread
    from kit.store.store import Store
    from kit.workflows.gates import Ran


def wish(store: Store, name: str, *, supersedes: tuple[str, ...] = ()) -> Wish:
    """Returns the wish to promote a candidate, by its id or file. Raises NotFound, InvalidInput."""
    base = proposals.base(store.repository)
    found = candidate.find(store.repository, gates.types(store.repository, base.oid), name)
    return Wish(found.record, found.declared, supersedes)


def candidates(store: Store) -> tuple[list[Candidate], list[Unread]]:
    """Returns the candidates' files here."""
    base = proposals.base(store.repository)
    return candidate.everything(store.repository, gates.types(store.repository, base.oid))


def run_candidate(store: Store, name: str) -> Ran:
    """Returns what the gates say of a candidate as it would be proposed; nothing is written."""
    asked = wish(store, name)
    base = proposals.base(store.repository)
    return gates.run(store, prepared(store, asked, ""), asked.declared, base=base.oid)


def run_revision(store: Store, revision: str) -> list[Ran]:
    """Returns what the gates say of each record that a commit changes against the reviewed branch."""
    repository = store.repository
    base = proposals.base(repository)
    tip = tree.resolve(repository.git, revision)
    start = proposals.merge_base(repository.git, base.oid, tip)
    kinds = {name: each for name, each in gates.types(repository, base.oid).items() if each.is_recalled}
    cut = len(repository.root) + 1 if repository.root else 0
    ran = []
    for path, data in sorted(proposals.changed_files(repository.git, start, tip).items()):
        declared = of_path(kinds.values(), path[cut:])
        try:
            subject = record.parse(path, data) if declared and data is not None else None
        except Malformed:
            continue  # kit validate tells
        if subject and declared and subject.meta.get("status") != "deprecated":
            ran.append(gates.run(store, subject, declared, base=base.oid, tip=tip))
    return ran
