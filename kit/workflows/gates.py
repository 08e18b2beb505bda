"""Runs the gates: what validation, the sessions and the other records say of a candidate, put before the checks."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from kit import config
from kit.records import record
from kit.records.strict_json import Malformed
from kit.review import gate as gate_room
from kit.review import near
from kit.review.gate import Subject
from kit.review.gates import GATES
from kit.safety import redact
from kit.store import disk, knowledge, tree
from kit.validation import single, view
from kit.workflows import quotations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.review.gate import Gate, Near, Outcome
    from kit.store.repository import Repository
    from kit.store.store import Store

GATE_FOLDER = "gates"


class Ran(NamedTuple):
    """What the gates said of one record, and the records that are near to it."""

    record: Record
    outcomes: tuple[Outcome, ...]
    near: tuple[Near, ...]

    @property
    def blocking(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.blocks]


def known(repository: Repository, commit: str | None) -> list[Gate]:
    """Returns the gates that hold: kit's own, and those of the project as a commit (None: the work tree) has them."""
    if commit is None:
        files = disk.work_tree(repository.top, root=repository.root, folders=[GATE_FOLDER])
    else:
        files = tree.commit_tree(repository.git, commit, root=repository.root, folders=[GATE_FOLDER])
    paths = [path for path in files.entries if path.endswith(".md")]
    return gate_room.every(GATES, _records(files.read(paths)))


def run(store: Store, subject: Record, declared: RecordType, *, base: str, tip: str = "") -> Ran:
    """Returns what the gates of the reviewed commit `base` say of a record at its path.

    Its links are looked up there, or in the commit `tip` that proposes it.
    """
    repository = store.repository
    others = tuple(near.find(subject, _others(repository, declared, base)))
    seen = Subject(
        subject,
        declared,
        single.findings(
            view.of_commit(repository.git, tip or base), subject.path, subject.dump(),
            root=repository.root, config=posixpath.join(repository.home, config.FILE),
        ),
        others,
        lambda resource, excerpt: quotations.look(store, base, resource, excerpt),
        _secrets(repository, base),
    )  # fmt: skip
    gates = [each for each in known(repository, base) if each.is_for(declared)]
    return Ran(subject, tuple(gate_room.run(each, seen) for each in gates), others)


def types(repository: Repository, commit: str) -> dict[str, RecordType]:
    """Returns the types that hold in a commit."""
    return knowledge.types_in(tree.commit_tree(repository.git, commit, root=repository.root, folders=["schemas"]))[0]


def table_row(outcome: Outcome) -> dict[str, object]:
    """Returns an outcome for --json."""
    faults = [{**each._asdict(), "severity": each.severity or outcome.gate.severity} for each in outcome.faults]
    return {"gate": outcome.gate.id, "title": outcome.gate.title, "severity": outcome.gate.severity,
            "result": outcome.status, "by": outcome.by or "kit", "faults": faults}  # fmt: skip


def _others(repository: Repository, declared: RecordType, commit: str) -> Iterator[tuple[str, bytes]]:
    """Yields the records of a type in a commit; two processes of git, whatever their number."""
    ids = tree.blob_ids(repository.git, commit, root=repository.root, folders=[declared.folder])
    prefix = f"{repository.root}/" if repository.root else ""
    wanted = {path: oid for path, oid in ids.items() if oid and declared.match(path) is not None}
    for path, data in zip(wanted, tree.read_objects(repository.git, list(wanted.values())), strict=True):
        if data is not None:
            yield prefix + path, data


def _secrets(repository: Repository, base: str) -> Callable[[str], Iterator[tuple[str, int]]]:
    """Returns the strict profile: the rules of kit and of the reviewed branch, and what this environment holds."""
    (file,) = tree.read_at(repository.git, base, [posixpath.join(repository.home, config.FILE)])
    settings = config.read(file.data)[0] if file.data is not None else config.defaults()
    made = redact.redactor(settings, environment=repository.environment, is_personal=False)

    def find(text: str) -> Iterator[tuple[str, int]]:
        for each in made.find(text):
            yield each.kind, text.count("\n", 0, each.start) + 1

    return find


def _records(files: Iterator[tree.File] | Sequence[tree.File]) -> Iterator[Record]:
    for file in files:
        try:
            if file.data is not None and not file.path.lower().endswith("readme.md"):
                parsed = record.parse(file.path, file.data)
                if parsed.type == "gate":
                    yield parsed
        except Malformed:
            continue  # kit validate tells
