"""Verdicts that are stale: the record or the gate is not what it was when the gate looked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.records.finding import WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kit.validation.look import Look


def key(meta: Mapping[str, Any]) -> list[str]:
    """Returns what a verdict is bound to: ids and digests of candidate and gate."""
    return [str(meta.get(name, "")) for name in ("candidate", "candidate_digest", "gate", "gate_digest")]


def faults(looks: Mapping[str, Look]) -> Iterator[Finding]:
    """Yields a finding for each verdict of a record or a gate that was changed since; what is gone is no matter."""
    if not any(look.verdict for look in looks.values()):
        return
    records = {look.id: look.digest for look in looks.values() if look.digest and look.type != "gate"}
    gates = {look.id: look.digest for look in looks.values() if look.digest and look.type == "gate"}
    for path in sorted(path for path, look in looks.items() if look.verdict):
        candidate, candidate_digest, gate, gate_digest = looks[path].verdict
        if records.get(candidate, candidate_digest) != candidate_digest:
            message = f"{candidate} has changed since {gate} looked at it"
            yield Finding(path, 1, 1, "verdict.stale", WARNING, message, f"kit promote {candidate}, or kit review ack")
        elif gates.get(gate, gate_digest) != gate_digest:
            message = f"the gate {gate} has changed since it looked at {candidate}"
            fix = f"kit promote {candidate}, or kit review ack {candidate} --gate {gate} --reason TEXT"
            yield Finding(path, 1, 1, "verdict.stale", WARNING, message, fix)
