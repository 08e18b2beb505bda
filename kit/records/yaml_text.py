"""Writes YAML front matter: in canonical form, or one field at a time with every other byte kept.

PyYAML's own emitter escapes what lies beyond the basic plane, breaks long keys over lines, and writes numbers that
the strict reader takes for text; and no emitter keeps a person's comments. So this one writes only what
`front_matter.load` reads back as the same value, and edits the text itself, by the places of libyaml's tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from kit.records import front_matter
from kit.records.strict_json import Malformed
from kit.records.yaml_dump import MAX_KEY, MAX_LINE, dump, dump_field

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["MAX_KEY", "MAX_LINE", "canonical", "dump", "dump_field", "edit"]
_OPENING = (yaml.BlockMappingStartToken, yaml.BlockSequenceStartToken, yaml.FlowMappingStartToken,
            yaml.FlowSequenceStartToken)  # fmt: skip
_CLOSING = (yaml.BlockEndToken, yaml.FlowMappingEndToken, yaml.FlowSequenceEndToken)


class _Field(NamedTuple):
    """A top-level key with its value: where both stand in the text, and whether a comment stands within."""

    key: str
    start: int
    end: int
    has_comment: bool


def edit(text: str, changes: Mapping[str, object]) -> str:
    """Returns the YAML with top-level keys set (None removes them); all other lines keep their bytes.

    Only where YAML gives no place for that (a `{` around everything) is the whole written anew.
    """
    wanted = {**(front_matter.load(text) or {}), **changes}
    wanted = {key: value for key, value in wanted.items() if key not in changes or value is not None}
    edited = text
    for key, value in changes.items():
        edited = _set(edited, key, value)
    return edited if _reads_as(edited, wanted) else dump(wanted)


def canonical(text: str, meta: Mapping[str, Any]) -> str:
    """Returns the YAML that reads as `meta` in canonical form.

    Where it holds comments they are kept: the fields are written canonically where they stand, but for those with
    a comment inside.
    """
    text = text.replace("\r\n", "\n")
    fields, has_comment = _fields(text)
    if not has_comment:
        return dump(meta)
    written = text
    for field in reversed(fields):
        if not field.has_comment:
            line = _indented(text, fields, dump_field(field.key, meta[field.key]))
            written = written[: field.start] + line + written[field.end :]
    return written if _reads_as(written, meta) else text


def _set(text: str, key: str, value: object) -> str:
    newline = "\r\n" if "\r\n" in text else "\n"
    fields, _ = _fields(text)
    line = "" if value is None else _indented(text, fields, dump_field(key, value)).replace("\n", newline)
    field = next((each for each in fields if each.key == key), None)
    if field is None:
        column = " " * _column(text, fields)
        end = "" if not text or text.endswith("\n") else newline
        return text + (end + column + line + newline if line else "")
    if value is None:
        begin = text.rfind("\n", 0, field.start) + 1
        return text[:begin] + text[text.find("\n", field.end) + 1 or len(text) :]
    return text[: field.start] + line + text[field.end :]


def _indented(text: str, fields: list[_Field], lines: str) -> str:
    return lines.removesuffix("\n").replace("\n", "\n" + " " * _column(text, fields))


def _column(text: str, fields: list[_Field]) -> int:
    return fields[0].start - text.rfind("\n", 0, fields[0].start) - 1 if fields else 0


def _reads_as(text: str, meta: Mapping[str, Any]) -> bool:
    try:
        return bool((front_matter.load(text) or {}) == meta)
    except Malformed:
        return False


def _fields(text: str) -> tuple[list[_Field], bool]:
    """Returns the top-level fields in the order of the text, and whether it holds a comment anywhere."""
    fields: list[_Field] = []
    depth = last = 0
    has_comment = is_pending = is_key = False
    for token in yaml.scan(text, front_matter.PARSER):
        start, end = token.start_mark.index, token.end_mark.index
        is_pending = is_pending or "#" in text[last:start] or _has_commented_header(token, text[start:end])
        has_comment = has_comment or is_pending
        depth += isinstance(token, _OPENING) - isinstance(token, _CLOSING)
        if depth == 1 and isinstance(token, yaml.KeyToken):
            fields.append(_Field("", start, end, has_comment=False))
            is_key, is_pending = True, False
        elif is_key and isinstance(token, yaml.ScalarToken):
            fields[-1] = fields[-1]._replace(key=token.value, end=end)
            is_key = False
        elif depth and start < end and fields and (depth, type(token)) != (1, yaml.FlowEntryToken):
            end = start + len(text[start:end].rstrip())
            fields[-1] = fields[-1]._replace(end=end, has_comment=fields[-1].has_comment or is_pending)
            is_pending = False
        last = max(last, end)
    return fields, has_comment


def _has_commented_header(token: yaml.Token, text: str) -> bool:
    return isinstance(token, yaml.ScalarToken) and token.style in ("|", ">") and "#" in text.split("\n", 1)[0]
