"""It is not known already: no other record has its fingerprint, its title, or most of its text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR, WARNING
from kit.review.gate import Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

SAME = 0.9  # likeness from which two records are the same
NEAR = 0.5


def _run(subject: Subject) -> list[Fault]:
    replaced = subject.record.meta.get("supersedes")
    names = set(map(str, replaced)) if isinstance(replaced, list) else set()
    found = []
    for each in subject.near:
        stem = each.path.rpartition("/")[2].removesuffix(".md")
        if stem in names or each.likeness < NEAR:
            continue
        fix = f"add to {each.path} what is new, or kit promote --supersedes {stem}"
        severity = "" if each.likeness >= SAME else WARNING
        found.append(Fault(f"{each.path} has {each.why}", fix, 0, severity))
    return found


CHECK = Check("It is not known already", ERROR, 1, _run)
