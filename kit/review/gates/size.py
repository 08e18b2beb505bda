"""It is short enough to be read with a task in hand: words per section, and in all.

What a section should have is the schema's to say; here is what nobody would read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

MOST = 1200  # words of a record
SECTION = 400  # words of one section


def _run(subject: Subject) -> list[Fault]:
    sections = subject.record.outline.sections
    total = len(subject.record.body.split())
    found = []
    if total > MOST:
        found.append(Fault(f"it has {total} words, at most {MOST} are read", "split it, or link to the rest"))
    for name, text in sections.items():
        if (count := len(text.split())) > SECTION:
            line = subject.section_line(name)
            found.append(Fault(f"{name} has {count} words, at most {SECTION} are read", "shorten it", line))
    return found


CHECK = Check("It is short enough to be read", ERROR, 1, _run)
