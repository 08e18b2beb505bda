"""What it rests on can be looked at: the quoted range is there and says what is quoted.

Where a session or a thread is not on this machine the digest of the excerpt is all there is (kit validate holds it
against the excerpt), and the verdict says that nothing else was looked at.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kit.records.finding import ERROR, WARNING
from kit.review.gate import NOTE, Check, Fault

if TYPE_CHECKING:
    from kit.review.gate import Subject

SESSION = "kit:sessions/"
THREAD = "kit:context/"
#: What can be gone tomorrow, so that it must be quoted.
_PASSING = (SESSION, THREAD)


def _run(subject: Subject) -> list[Fault]:
    sources = subject.record.meta.get("sources")
    entries = [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    if not entries:
        is_by_hand = str(subject.record.meta.get("generated", {}).get("by", "human:")).startswith("human:")
        message = "it names nothing that it rests on"
        return [Fault(message, "add sources", severity=WARNING if is_by_hand else ERROR)]
    positions = subject.record.positions()
    found: list[Fault] = []
    for at, entry in enumerate(entries):
        line = positions.get(("sources", at), (0, 0))[0]
        found += _look(subject, str(entry.get("resource", "")), entry.get("excerpt"), entry.get("digest"), line)
    return found


def _look(subject: Subject, resource: str, excerpt: object, digest: object, line: int) -> list[Fault]:
    is_passing = resource.startswith(_PASSING)
    quoted = excerpt if isinstance(excerpt, str) else ""
    if is_passing and not quoted:
        what = "session" if resource.startswith(SESSION) else "thread"
        fix = f"quote in `excerpt` what the {what} said, with its digest"
        return [Fault(f"{resource} is named without an excerpt: it is lost with the {what}", fix, line, WARNING)]
    if is_passing and not digest:
        return [Fault(f"the excerpt of {resource} has no digest", "add digest: sha256 of the excerpt", line, WARNING)]
    found = subject.evidence(resource, quoted)
    if found.state == "missing":
        return [Fault(f"{resource}: {found.detail}", "name the lines that say it", line)]
    if found.state == "other":
        severity = "" if is_passing else WARNING  # a file may have changed since
        return [Fault(f"{resource} does not say what is quoted{found.detail}", "quote it as it is", line, severity)]
    if found.state == "unchecked" and is_passing:
        return [Fault(f"{resource}: not checked here{found.detail}; the digest fits its excerpt", "", line, NOTE)]
    return []


CHECK = Check("Its sources resolve and say what is quoted", ERROR, 2, _run)
