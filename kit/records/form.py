"""A template as a form: what stands in braces is to be filled in, all else is there already.

A template is a record in canonical form. A field whose value holds a text in braces (`title: "{one claim}"`), or a
section that is nothing else, is a slot: it is filled or left out. The words in the braces are for the reader.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit.records import markdown, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from kit.records.record import Record
    from kit.records.record_type import RecordType

_SLOT = re.compile(r"(?:[-*+]\s+)?\{[^{}]*\}")

Text = str | list[str]


def is_slot(value: object) -> bool:
    """Says whether a field's value or a section's text is still to be filled in."""
    if isinstance(value, str):
        return _SLOT.fullmatch(value.strip()) is not None
    if isinstance(value, dict):
        return any(map(is_slot, value.values()))
    return isinstance(value, list) and any(map(is_slot, value))


def fill(
    template: Record, declared: RecordType, meta: Mapping[str, Any], *, sections: Mapping[str, Text], body: str = ""
) -> Record:
    """Returns the template with these fields and sections, in canonical form; slots without a value are left out.

    A given `body` stands in place of the template's, which then adds only sections that it has and `body` has not.
    """
    kept = {name: value for name, value in template.meta.items() if not is_slot(value)}
    given = {name: value for name, value in meta.items() if not is_slot(value)}
    order = [each.name for each in declared.sections]
    sections = dict(sorted(sections.items(), key=lambda each: order.index(each[0]) if each[0] in order else len(order)))
    written = _without_slots(_with_sections(_together(body, template.body), sections))
    return record.make(template.path, {**kept, **given}, written).canonical(declared)


def blank(declared: RecordType) -> Record:
    """Returns the form for a type without a template: its sections, all empty."""
    body = "\n".join(f"## {each.name}\n\n{{}}\n" for each in declared.sections) if declared.is_markdown else ""
    return record.make(declared.path, {"type": declared.name}, body)


def _together(body: str, template: str) -> str:
    """Returns the body, then the sections that only the template has."""
    if not body.strip():
        return template
    there = {piece.name for piece in markdown.pieces(body)}
    return _with_sections(body, {each.name: each.text for each in markdown.pieces(template) if each.name not in there})


def _with_sections(body: str, sections: Mapping[str, Text]) -> str:
    """Returns the body with these sections: in place where they stand already (a slot, say), else at its end."""
    pieces = markdown.pieces(body)
    there = {piece.name for piece in pieces if piece.name}
    written = "".join(
        piece.heading + (f"\n{_text(sections[piece.name])}\n\n" if piece.name in sections else piece.text)
        for piece in pieces
    )
    new = "\n".join(f"## {name}\n\n{_text(text)}\n" for name, text in sections.items() if name not in there)
    stem = written.rstrip("\n")
    return f"{stem}\n\n{new}" if new and written.strip() else new or written


def _without_slots(body: str) -> str:
    return "".join(piece.heading + piece.text for piece in markdown.pieces(body) if not is_slot(piece.text))


def _text(text: Text) -> str:
    if isinstance(text, str):
        return text.strip()
    return "\n".join("- " + item.replace("\n", "\n  ") for item in text)
