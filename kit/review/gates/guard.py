"""Nothing in it speaks to the agent that will read it: no instructions, no borrowed voices, no way out for data.

A tripwire and no proof. What is built like an attack stops the promotion, what is only worded like one is shown to
the person who reviews.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR, WARNING
from kit.review.gate import Check, Fault
from kit.safety import guard

if TYPE_CHECKING:
    from kit.review.gate import Subject

_MOST = 20


def _run(subject: Subject) -> list[Fault]:
    found = guard.scan(subject.record.dump().decode("utf-8", "replace"))
    faults = [
        Fault(f"{each.kind}: {each.what}", "say it in other words, or in `inline code`", each.line,
              ERROR if each.blocks else WARNING)
        for each in found[:_MOST]
    ]  # fmt: skip
    if len(found) > _MOST:
        faults.append(Fault(f"and {len(found) - _MOST} more of this kind"))
    return faults


CHECK = Check("It holds no instructions for who reads it", ERROR, 1, _run)
