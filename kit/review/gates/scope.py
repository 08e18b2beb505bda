"""It says where it holds: what applies everywhere is recalled everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import WARNING
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject


def _run(subject: Subject) -> list[Fault]:
    scope = subject.record.meta.get("applies_to")
    if isinstance(scope, dict) and any(scope.values()):
        return []
    return [Fault("applies_to names nothing: it would be given in every situation", "name languages, errors or paths")]


CHECK = Check("It says where it holds", WARNING, 1, _run, ("block",))
