"""A gate: what a candidate must not have, as a Markdown file of the project, as a check of kit's own, or as both.

The shipped checks hold without a file. A file in `gates/` that names one changes its severity and says why; a file
that names none is read by a person, or judged by a model where one is asked for.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from kit.records.finding import ERROR, WARNING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from kit.records.finding import Finding
    from kit.records.record import Record
    from kit.records.record_type import RecordType

NOTE = "note"
PASS, WARN, FAIL, OPEN = "pass", "warn", "fail", "open"


class Fault(NamedTuple):
    """What a check finds wrong: `line` of the record's file, 0 for the whole; a note is only to be told.

    `severity` is "" for that of the gate.
    """

    message: str
    fix: str = ""
    line: int = 0
    severity: str = ""


class Evidence(NamedTuple):
    """How the quoted range of a source stands: `found`, `missing` (no such range), `other` (it says something else).

    `unchecked` where the source is not on this machine.
    """

    state: str
    detail: str = ""


class Near(NamedTuple):
    """A record that says much the same: `likeness` is between 0 and 1, `why` what is the same."""

    path: str
    title: str
    likeness: float
    why: str


class Subject(NamedTuple):
    """A candidate as the checks see it; `findings` are those of kit validate for it where it is to stand."""

    record: Record
    declared: RecordType
    findings: Sequence[Finding] = ()
    near: Sequence[Near] = ()
    evidence: Callable[[str, str], Evidence] = lambda _resource, _excerpt: Evidence("unchecked")
    secrets: Callable[[str], Iterable[tuple[str, int]]] = lambda _: ()
    is_change: bool = False

    def section_line(self, name: str) -> int:
        """Returns the line of the file on which a section begins, 0 when there is none."""
        lines = (each.line for each in self.record.outline.headings if each.level == 2 and each.text == name)
        return next((line + self.record.body_line - 1 for line in lines), 0)


class Check(NamedTuple):
    """A shipped check: the version changes when what it finds does, and with it its verdicts are of another gate."""

    title: str
    severity: str
    version: int
    run: Callable[[Subject], list[Fault]]
    types: tuple[str, ...] = ()


class Gate(NamedTuple):
    """One gate as it holds in a project; `check` is None where a person reads it. `path` is "" without a file."""

    id: str
    title: str
    severity: str
    digest: str
    check: Check | None
    types: tuple[str, ...] = ()
    path: str = ""
    text: str = ""

    def is_for(self, declared: RecordType) -> bool:
        return not self.types or declared.name in self.types


class Outcome(NamedTuple):
    """What a gate came to; `open` is to be read by a person."""

    gate: Gate
    status: str
    faults: tuple[Fault, ...] = ()
    by: str = ""

    @property
    def blocks(self) -> bool:
        return self.status == FAIL


def of_check(name: str, check: Check) -> Gate:
    """Returns the gate of a shipped check that no file of the project names."""
    digest = "sha256:" + hashlib.sha256(f"kit gate {name} {check.version}".encode()).hexdigest()
    return Gate(name, check.title, check.severity, digest, check, check.types)


def of_file(record: Record, checks: dict[str, Check]) -> Gate | None:
    """Returns the gate of a file, None for a draft, a deprecated one, or one that names no check of kit's."""
    meta = record.meta
    named = meta.get("check")
    check = checks.get(named) if isinstance(named, str) else None
    if meta.get("status", "stable") != "stable" or (named is not None and check is None):
        return None
    types = meta.get("applies_to_types")
    severity = WARNING if meta.get("severity") == WARNING else ERROR
    kinds = tuple(each for each in types if isinstance(each, str)) if isinstance(types, list) else ()
    kinds = kinds or (check.types if check else ())
    return Gate(
        record.id, str(meta.get("title", "")), severity, record.digest(), check, kinds, record.path, record.body
    )


def every(checks: dict[str, Check], records: Iterable[Record]) -> list[Gate]:
    """Returns the gates that hold: the shipped ones in their order, those of files in their place or after them."""
    found = [gate for record in records if (gate := of_file(record, checks))]
    named = {gate.check for gate in found if gate.check}
    own = [of_check(name, check) for name, check in checks.items() if check not in named]
    order = {check: at for at, check in enumerate(checks.values())}
    return sorted([*own, *found], key=lambda gate: (order[gate.check] if gate.check else len(order), gate.id))


def run(gate: Gate, subject: Subject) -> Outcome:
    """Returns what a gate says of a candidate; one without a check is left open."""
    if gate.check is None:
        return Outcome(gate, OPEN)
    faults = tuple(gate.check.run(subject))
    grave = {each.severity or gate.severity for each in faults} - {NOTE}
    if not grave:
        return Outcome(gate, PASS, faults)
    return Outcome(gate, FAIL if ERROR in grave and gate.severity == ERROR else WARN, faults)
