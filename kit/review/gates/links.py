"""Every link leads somewhere on the reviewed branch, the candidate itself included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject


def _run(subject: Subject) -> list[Fault]:
    found = [each for each in subject.findings if each.rule.startswith(("link.", "source.missing"))]
    return [Fault(f"{each.message} ({each.rule})", each.fix, each.line, each.severity) for each in found]


CHECK = Check("Every link leads somewhere", ERROR, 1, _run)
