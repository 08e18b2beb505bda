"""A verdict: what a gate said of exactly this candidate, as a record that goes stale when either changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from kit import __version__
from kit.errors import Blocked, InvalidInput, NotFound
from kit.records import ids, record, times
from kit.records.strict_json import Malformed
from kit.review.gate import FAIL, OPEN, PASS, Fault, Gate, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from kit.records.record import Record

FOLDER = "reviews"
RESPONSE = "response"
_MOST = 100


class Standing(NamedTuple):
    """A gate's verdict of a candidate as it stands: the record, "" or why it is stale, and the gate if it holds."""

    verdict: dict[str, Any]
    stale: str
    gate: Gate | None


def path(root: str, candidate: str, gate: str) -> str:
    """Returns where a verdict stands, below the repository's top."""
    place = f"{FOLDER}/{ids.check(candidate, what='candidate')}/{ids.check(gate, what='gate')}.json"
    return f"{root}/{place}" if root else place


def of(outcome: Outcome, subject: Record, *, now: float, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Returns the verdict of an outcome.

    It is `before` where that says the same of the same, and where a person has acknowledged what is open.
    """
    made: dict[str, Any] = {
        "type": "verdict",
        "candidate": subject.id,
        "gate": outcome.gate.id,
        "result": outcome.status,
        "candidate_digest": subject.digest(),
        "gate_digest": outcome.gate.digest,
        "by": outcome.by or f"kit/{__version__}",
        "at": times.stamp(now),
    }
    if outcome.faults:
        made["faults"] = [_fault(each, outcome.gate) for each in outcome.faults[:_MOST]]
    if before and not why_stale(before, subject, outcome.gate):
        if outcome.status == OPEN and before.get("result") != OPEN:
            return dict(before)
        if all(made.get(name) == before.get(name) for name in ("result", "faults", "by")):
            return dict(before)
    return made


def why_stale(verdict: Mapping[str, Any], subject: Record, gate: Gate | None) -> str:
    """Returns what has changed since a verdict was given, "" when nothing has."""
    if verdict.get("candidate_digest") != subject.digest():
        return "the record has changed since"
    if gate is None:
        return "there is no such gate any more"
    return "" if verdict.get("gate_digest") == gate.digest else "the gate has changed since"


def standing(verdicts: Iterable[Mapping[str, Any]], subject: Record, gates: Sequence[Gate]) -> list[Standing]:
    """Returns the verdicts of a candidate with what makes them stale, in the order of the gates."""
    by_id = {gate.id: gate for gate in gates}
    order = {gate.id: at for at, gate in enumerate(gates)}
    found = [Standing(dict(each), why_stale(each, subject, gate := by_id.get(str(each.get("gate")))), gate)
             for each in verdicts]  # fmt: skip
    return sorted(found, key=lambda each: order.get(str(each.verdict.get("gate")), len(order)))


def acknowledge(
    known: Standing | None, subject: Record, *, gate: Gate, by: str, reason: str, now: float
) -> dict[str, Any]:
    """Returns a verdict carried forward to the candidate and the gate as they are now, with a person's reason.

    Raises NotFound when there is none to carry and a person is not asked, Blocked when it says that the gate fails,
    InvalidInput without a reason.
    """
    if not reason.strip():
        raise InvalidInput("a verdict is carried forward for a reason", hint="--reason TEXT")
    if known is None and gate.check is not None:
        raise NotFound(f"there is no verdict of {gate.id} on {subject.id}", hint=f"kit promote {subject.id} makes it")
    result = str(known.verdict.get("result", OPEN)) if known else OPEN
    if result == FAIL:
        message = f"{gate.id} fails for {subject.id}: a person cannot make it pass"
        raise Blocked(message, hint="mend what it found, or change the gate by a pull request", code="gate_failed")
    at = times.stamp(now)
    return {
        **({name: value for name, value in known.verdict.items() if name != "acknowledged"} if known else {}),
        "type": "verdict",
        "candidate": subject.id,
        "gate": gate.id,
        "result": PASS if result == OPEN else result,
        "candidate_digest": subject.digest(),
        "gate_digest": gate.digest,
        "by": by if result == OPEN else str(known.verdict["by"] if known else by),
        "at": at if known is None else str(known.verdict.get("at", at)),
        "acknowledged": {"by": by, "at": at, "reason": reason.strip()[:500]},
    }


def dump(path: str, verdict: Mapping[str, Any]) -> bytes:
    return record.make(path, dict(verdict)).dump()


def read(files: Mapping[str, bytes | None], kind: str = "verdict") -> dict[str, dict[str, Any]]:
    """Returns path -> fields of the records of a type among these files; what is none is left out."""
    found: dict[str, dict[str, Any]] = {}
    for name, data in files.items():
        try:
            meta = record.parse(name, data).meta if data is not None else {}
        except Malformed:
            continue
        if meta.get("type") == kind:
            found[name] = meta
    return found


def _fault(fault: Fault, gate: Gate) -> dict[str, Any]:
    made: dict[str, Any] = {"message": fault.message[:1000], "severity": fault.severity or gate.severity}
    return made | ({"fix": fault.fix[:1000]} if fault.fix else {}) | ({"line": fault.line} if fault.line else {})
