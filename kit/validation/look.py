"""What one file says by itself: its own findings, and what other files can be checked against.

A look depends on the file's bytes, its path and the types, on nothing else: so it can be made in another process
and kept. All in it is plain text, numbers and lists, as it stands in the cache.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from kit import config
from kit.records import record, record_type
from kit.records.check import check
from kit.records.finding import ERROR, Finding
from kit.records.record import MAX_BYTES, MAX_MARKDOWN, Record
from kit.records.strict_json import Malformed
from kit.safety import own
from kit.validation import approvals, links, place, schemas, text, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from kit.records.record_type import RecordType
    from kit.validation.catalogue import Catalogue
    from kit.validation.links import Reference

    Flaw = Sequence[str | int]  # a finding without its path

_CONFLICT = re.compile(rb"^(?:<{7}|>{7}) ", re.MULTILINE)
_HTML_ANCHOR = re.compile(r"""<[^<>]*\b(?:id|name)=["']([^"'<>]+)["']""")


class Look(NamedTuple):
    """`kind` is that of the Catalogue; `anchors` is None where they could not be read.

    `supersedes` holds (id, line, column), `fingerprint` (value, line, column) or nothing. `digest` is that of the
    content of what verdicts are about, `verdict` holds the ids and digests of candidate and gate of one.
    """

    kind: str
    findings: Sequence[Flaw] = ()
    type: str = ""
    id: str = ""
    status: str = ""
    anchors: Sequence[str] | None = None
    references: Sequence[Reference] = ()
    supersedes: Sequence[tuple[str, int, int]] = ()
    fingerprint: Sequence[str | int] = ()
    digest: str = ""
    verdict: Sequence[str] = ()


def look(path: str, data: bytes, catalogue: Catalogue) -> Look:
    """Returns the look at one file; `path` is relative to the repository's top."""
    kind, declared = catalogue.kind_of(path)
    try:
        if kind == "record" and declared:
            parsed = record.parse(path, data)
            declared = record_type.told(catalogue.types.values(), declared, parsed.meta)
            seen, found = _record(parsed, declared, catalogue)
        elif kind == "page":
            seen, found = _page(path, data, catalogue)
        elif kind == "config":
            seen, (settings, problems) = Look(kind), config.read(data)
            problems += _unusable_rules(settings, data)
            found = [Finding(path, each.line, 1, "config", ERROR, each.message, each.fix) for each in problems]
        elif kind == "schema":
            seen, found = Look(kind), schemas.look(path, data, catalogue)
        elif kind == "template":
            record.parse(path, data)
            seen, found = Look(kind), []
        else:
            seen, found = Look(kind), place.stray(path, data, catalogue)
    except Malformed as error:
        seen = Look(kind, type=declared.name, id=place.stem(path, declared)) if declared else Look(kind)
        found = [Finding(path, error.line, error.column, error.rule, ERROR, error.message, error.hint)]
    if kind != "asset" and len(data) <= MAX_BYTES:
        found = text.faults(path, data, found)
    return seen._replace(findings=[each[1:] for each in sorted(found)])


def unreadable(path: str, kind: str, problem: str) -> Finding:
    """Returns the finding for a file that is not read: a link, a special file, one without permission."""
    if kind == "link":
        fix = "put the file itself here: links are never followed"
        return Finding(path, 1, 1, "symlink", ERROR, "is a symbolic link", fix)
    return Finding(path, 1, 1, "unreadable", ERROR, problem, "put a regular, readable file here or remove it")


def _record(parsed: Record, declared: RecordType, catalogue: Catalogue) -> tuple[Look, list[Finding]]:
    found = place.misplaced(parsed, declared, catalogue)
    if not any(each.rule == "place.type" for each in found):
        found += check(parsed, declared)
    references, broken = links.references(parsed, catalogue.planes)
    is_bound = declared.is_recalled or declared.is_approved or declared.name == "gate"
    digest = parsed.digest() if is_bound or "verified" in parsed.meta else ""
    found += [*broken, *approvals.faults(parsed, declared, digest)]
    meta = parsed.meta
    status = meta.get("status", "stable")
    seen = Look(
        "record",
        type=declared.name,
        id=place.stem(parsed.path, declared),
        status=status if isinstance(status, str) else "",
        anchors=_anchors(parsed),
        references=references,
        supersedes=_supersedes(parsed) if "supersedes" in meta else (),
        fingerprint=(meta["fingerprint"], *_line(parsed)) if isinstance(meta.get("fingerprint"), str) else (),
        digest=digest if is_bound else "",
        verdict=verdicts.key(meta) if declared.name == "verdict" else (),
    )
    return seen, found


def _page(path: str, data: bytes, catalogue: Catalogue) -> tuple[Look, list[Finding]]:
    """Looks at a README, an index or a log: free text with links, front matter or not."""
    if data.startswith((b"---\n", b"---\r\n")):
        parsed = record.parse(path, data)
    else:
        if conflict := _CONFLICT.search(data):
            line = data.count(b"\n", 0, conflict.start()) + 1
            raise Malformed(
                "a merge conflict was left in the file", rule="conflict-marker", line=line, hint="resolve it"
            )
        if len(data) > MAX_MARKDOWN:
            message = f"the file has {len(data)} bytes, the limit for Markdown is {MAX_MARKDOWN}"
            raise Malformed(message, rule="too-large", hint="split it")
        parsed = Record(path, {}, text.decoded(data))
    references, found = links.references(parsed, catalogue.planes)
    return Look("page", anchors=_anchors(parsed), references=references), found


def anchors_of_page(path: str, data: bytes, catalogue: Catalogue) -> Sequence[str] | None:
    """Returns the anchors in a Markdown file that is no record, None where it cannot be read as one."""
    try:
        return _page(path, data, catalogue)[0].anchors
    except Malformed:
        return None


def _anchors(parsed: Record) -> list[str]:
    anchors = [heading.anchor for heading in parsed.outline.headings] if parsed.is_markdown else []
    return [*anchors, *_HTML_ANCHOR.findall(parsed.body)] if "<" in parsed.body else anchors


def _supersedes(parsed: Record) -> list[tuple[str, int, int]]:
    given = parsed.meta["supersedes"]
    if not isinstance(given, list):
        return []
    positions = parsed.positions()
    return [(each, *positions["supersedes", at]) for at, each in enumerate(given) if isinstance(each, str)]


def _line(parsed: Record) -> tuple[int, int]:
    """Returns where the fingerprint stands, without reading the front matter again where that is plain to see."""
    found = re.search(r"^fingerprint:", parsed.matter, re.MULTILINE) if parsed.is_markdown else None
    return (parsed.matter.count("\n", 0, found.start()) + 2, 1) if found else parsed.positions()["fingerprint",]


def _unusable_rules(settings: config.Config, data: bytes) -> Iterator[config.Problem]:
    """Yields the project's own rules for secrets that nothing could be redacted by."""
    for number, rule in enumerate(settings.tables("redaction.rules")):
        if why := own.trouble(rule):
            line = config.line_of(data.decode("utf-8", "replace"), "redaction.rules", number)
            yield config.Problem(line, f"redaction.rules: {why}", "docs/redaction.md shows how to write one")
