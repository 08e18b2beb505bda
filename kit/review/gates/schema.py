"""The record is what its type says it must be: whatever kit validate finds, but links, secrets and approvals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

_ELSEWHERE = ("link.", "source.missing", "secret", "approval.", "fingerprint.", "hidden-character", "verdict.")


def _run(subject: Subject) -> list[Fault]:
    found = [each for each in subject.findings if not each.rule.startswith(_ELSEWHERE)]
    return [Fault(f"{each.message} ({each.rule})", each.fix, each.line, each.severity) for each in found]


CHECK = Check("The record is valid", ERROR, 1, _run)
