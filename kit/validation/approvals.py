"""Approvals and evidence: whether what was approved or quoted is still what stands there.

An approval is a `verified` entry with the digest of the content. Whether the person named made the commit is not
looked at here: that takes history, this only the file.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from kit.records.finding import ERROR, WARNING, Finding

if TYPE_CHECKING:
    from kit.records.record import Record
    from kit.records.record_type import RecordType


def faults(record: Record, declared: RecordType, digest: str) -> list[Finding]:
    """Returns the approvals of other content, those without a digest, those by the author, and altered excerpts.

    `digest` is that of its content. A stable record of a type that must be approved and is not is found too, unless
    its approval is stale.
    """
    found: list[Finding] = []
    for field, judge in (("verified", _approval), ("sources", _source)):
        entries = record.meta.get(field)
        for at, entry in enumerate(entries if isinstance(entries, list) else ()):
            flaw = judge(entry, record, digest) if isinstance(entry, dict) else None
            if flaw:
                key, rule, severity, message, fix = flaw
                positions = record.positions()
                line, column = positions.get((field, at, key)) or positions[field, at]
                found.append(Finding(record.path, line, column, rule, severity, message, fix))
    is_wanted = declared.is_approved and record.meta.get("status", "stable") == "stable"
    is_told = any(each.rule in ("approval.stale", "approval.self") for each in found)
    if is_wanted and not is_told and not _is_approved(record, digest):
        line, column = record.positions().get(("status",), (1, 1))
        message = f"no person has approved it: a stable {declared.name} is recalled"
        fix = f"write status: draft, then kit promote {record.id or 'it'}: merging what was approved is the way in"
        found.append(Finding(record.path, line, column, "approval.missing", ERROR, message, fix))
    return found


def _is_approved(record: Record, digest: str) -> bool:
    entries = record.meta.get("verified")
    return any(
        isinstance(each, dict) and str(each.get("by", "")).startswith("human:") and each.get("digest") == digest
        for each in (entries if isinstance(entries, list) else ())
    )


def _approval(entry: dict[str, Any], record: Record, actual: str) -> tuple[str, ...] | None:
    by, digest = entry.get("by"), entry.get("digest")
    generated = record.meta.get("generated")
    if isinstance(by, str) and isinstance(generated, dict) and by == generated.get("by"):
        return "by", "approval.self", ERROR, f"{by} approves what {by} wrote", "let someone else approve it"
    if digest is None:
        if isinstance(by, str) and by.startswith("human:"):
            message = f"the approval by {by} does not say what was approved"
            return "by", "approval.digest", WARNING, message, f'add digest: "{actual}"'
        return None
    if digest != actual:
        message = f"{by} approved other content: {str(digest)[:19]}... is not its digest any more"
        return "digest", "approval.stale", ERROR, message, f'read it again, then write digest: "{actual}"'
    return None


def _source(entry: dict[str, Any], _: Record, __: str) -> tuple[str, ...] | None:
    excerpt, digest = entry.get("excerpt"), entry.get("digest")
    if not isinstance(excerpt, str) or digest is None:
        return None
    actual = "sha256:" + hashlib.sha256(excerpt.encode("utf-8", "surrogatepass")).hexdigest()
    if digest == actual:
        return None
    message = f"the excerpt was changed: {str(digest)[:19]}... is not its digest"
    return "digest", "source.digest", ERROR, message, f'quote it as it was, or write digest: "{actual}"'
