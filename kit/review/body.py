"""The text of a pull request: what the record says, what it rests on, what the gates said.

All of the record is untrusted: it stands in code fences that it cannot close, and a blank after `@`, `#` and `://`
keeps it from naming people, closing issues or leading anywhere, in the page and in a commit message made of it.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from kit.review.gate import FAIL, NOTE, OPEN, PASS, WARN
from kit.safety.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kit.records.record import Record
    from kit.review.gate import Near, Outcome

MOST = 60_000  # characters; GitHub takes 65,536
_ACTS = re.compile(r"(@)(?=[\w/-])|(#)(?=\d)|(://)(?=\S)|\b(GH-|gh-)(?=\d)|(!)(?=\d)|^(/)(?=\w)", re.MULTILINE)
_MARKER = re.compile(r"\[REDACTED:([a-z0-9-]{1,40})\]")
_SOURCES, _EXCERPT = 20, 600
_KIND = re.compile(r"[a-z0-9-]{1,40}")
_WORDS = {PASS: "pass", WARN: "warning", FAIL: "**fails**", OPEN: "to be read by a person"}
_WEB = re.compile(r"https://[A-Za-z0-9.-]+(?::\d+)?/[A-Za-z0-9/._~%+-]*")


def tame(text: str) -> str:
    """Returns a text in which nothing acts on a forge: no mention, no issue number, no address, no command."""
    return _ACTS.sub(lambda found: found[0] + " ", printable(text))


def fence(text: str, *, kind: str = "text") -> str:
    """Returns a text as a fenced block that it cannot close."""
    runs = max((len(run) for run in re.findall(r"`+", text)), default=0)
    ticks = "`" * max(3, runs + 1)
    return f"{ticks}{kind}\n{tame(text).rstrip()}\n{ticks}"


def inline(text: object, *, most: int = 200) -> str:
    """Returns a text as inline code on one line, safe in a table."""
    line = " ".join(tame(str(text)).split()).replace("`", "'").replace("|", "/")
    return f"`{line[:most]}{'...' if len(line) > most else ''}`" if line else ""


def body(
    subject: Record,
    outcomes: Sequence[Outcome],
    near: Sequence[Near],
    *,
    deprecated: Sequence[str] = (),
    reason: str = "",
    redacted: Mapping[str, int] | None = None,
) -> str:
    """Returns the Markdown of a proposal, at most MOST characters; what was cut is said.

    `redacted` counts what was taken out of the sessions that it rests on.
    """
    meta = subject.meta
    does = "Retires" if reason else "Adds or changes"
    parts = [
        f"{does} {inline(subject.path)}. Merging it is the promotion: only then is it recalled.",
        *([f"Reason: {inline(reason, most=1000)}"] if reason else []),
        *([f"It supersedes {', '.join(map(inline, deprecated))}."] if deprecated else []),
        f"## What it says\n\n{fence(_said(meta, subject.body), kind='markdown')}",
        f"## What it rests on\n\n{_sources(meta)}",
        f"## Redactions\n\n{_redactions(subject, redacted or {})}",
        f"## Gates\n\n{_table(outcomes)}",
        f"## Near duplicates\n\n{_near(near)}",
        f"## To approve\n\n{_steps(subject)}",
    ]
    text = "\n\n".join(parts)
    if len(text) <= MOST:
        return text + "\n"
    cut = f"(cut: {len(subject.body)} characters are in {inline(subject.path)})"
    parts[-6] = f"## What it says\n\n{fence(_said(meta, subject.body)[: MOST // 3], kind='markdown')}\n\n{cut}"
    return "\n\n".join(parts)[:MOST] + "\n"


def _said(meta: dict[str, object], text: str) -> str:
    return f"{meta.get('title', '')}\n{meta.get('description', '')}\n\n{text.strip()}"


def _sources(meta: dict[str, object]) -> str:
    sources = meta.get("sources")
    entries = [each for each in sources if isinstance(each, dict)] if isinstance(sources, list) else []
    lines = []
    for entry in entries[:_SOURCES]:
        resource = str(entry.get("resource", ""))
        shown = f"<{resource}>" if _WEB.fullmatch(resource) else inline(resource, most=400)
        lines.append(f"- {shown}{_command(resource)}")
        excerpt = entry.get("excerpt")
        if isinstance(excerpt, str):
            more = f"\n(and {len(excerpt) - _EXCERPT} characters more)" if len(excerpt) > _EXCERPT else ""
            quoted = fence(excerpt[:_EXCERPT] + more).replace("\n", "\n  ")
            lines.append(f"\n  {quoted}\n")
    if len(entries) > _SOURCES:
        lines.append(f"- and {len(entries) - _SOURCES} more in the record")
    return "\n".join(lines) or "It names nothing."


def _command(resource: str) -> str:
    if thread := re.fullmatch(r"kit:context/([a-z0-9._-]+)@([0-9a-f]{40})/([0-9a-f-]{21})", resource):
        return f", where it is known: `kit context show {thread[3]} --at {thread[2][:12]} --on {thread[1]}`"
    if not re.fullmatch(r"kit:sessions/[a-z0-9._-]+/[a-z0-9._-]+#L\d+(?:-L?\d+)?", resource):
        return ""
    return f", where it is mirrored: `kit session show '{resource}'`"


def _redactions(subject: Record, redacted: Mapping[str, int]) -> str:
    counts = Counter(_MARKER.findall(subject.dump().decode("utf-8", "replace")))
    told = _counted(counts) or "nothing"
    rest = _counted({kind: count for kind, count in redacted.items() if _KIND.fullmatch(kind)})
    return f"In the record: {told}." + (f" In the sessions it rests on, before they were kept: {rest}." if rest else "")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _table(outcomes: Sequence[Outcome]) -> str:
    rows = ["| gate | verdict | what was found |", "|---|---|---|"]
    for each in outcomes:
        told = "; ".join(_fault(fault.message, fault.line, fault.severity) for fault in each.faults[:5])
        more = f"; and {len(each.faults) - 5} more" if len(each.faults) > 5 else ""
        by = f" ({inline(each.by)})" if each.by else ""
        rows.append(f"| {inline(each.gate.id)} | {_WORDS[each.status]}{by} | {told or inline(each.gate.title)}{more} |")
    return "\n".join(rows)


def _fault(message: str, line: int, severity: str) -> str:
    place = f"line {line}: " if line else ""
    return f"{'note: ' if severity == NOTE else ''}{place}{inline(message)}"


def _near(near: Sequence[Near]) -> str:
    return "\n".join(f"- {inline(each.path)}: {each.why}, {inline(each.title)}" for each in near) or "None was found."


def _steps(subject: Record) -> str:
    return (
        f"`git fetch && kit review show {subject.id}`, then `kit review approve {subject.id} --push` by a person whom"
        " the reviewed branch names and who did not propose it. In quoted text a blank stands behind every"
        " sign by which a forge acts, so that nothing in it does."
    )
