"""No secret stands in it; what looks like one may not be put right by hand afterwards: git keeps everything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject


def _run(subject: Subject) -> list[Fault]:
    text = subject.record.dump().decode("utf-8", "replace")
    told = {(kind, line) for kind, line in subject.secrets(text)}
    return [
        Fault(f"what looks like a secret: {kind}", "replace it by a placeholder, and revoke it", line)
        for kind, line in sorted(told, key=lambda each: each[1])
    ]


CHECK = Check("No secret stands in it", ERROR, 1, _run)
