"""Makes a new record: from its template, what is given and what kit knows, valid or not at all."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from kit import resources
from kit.errors import InvalidInput, UsageError
from kit.memory.show import declared_type
from kit.records import check, form, ids, record, times
from kit.safety import secrets
from kit.store import work_files
from kit.store.knowledge import TEMPLATES, Place
from kit.store.work_files import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from kit.memory.given import Given
    from kit.records.finding import Finding
    from kit.records.record import Record
    from kit.records.record_type import RecordType
    from kit.safety.redactor import Redactor
    from kit.store.knowledge import Knowledge


class Made(NamedTuple):
    """A record that can be written: valid, at a free place; `warnings` are what the schema would rather have."""

    record: Record
    path: str
    warnings: list[Finding]


class Missing(NamedTuple):
    """What a new record lacks: `kind` is field or section."""

    kind: str
    name: str
    description: str
    example: Any


def reviewed_type(types: Mapping[str, RecordType], name: str) -> RecordType:
    """Returns the type that a new record is of. Raises UsageError for one that only kit's commands write."""
    declared = declared_type(types, name)
    if declared is None or not declared.is_reviewed or declared.made_by:
        made_by = declared.made_by if declared else ""
        raise UsageError(f"records of the type {name} are not written by hand", hint=f"use {made_by}", code="live_type")
    return declared


def new(
    knowledge: Knowledge, declared: RecordType, given: Given, *, by: str, now: float, redactor: Redactor | None = None
) -> Made:
    """Returns the new record; writes nothing. `by` is who writes it, `now` seconds since the epoch.

    `redactor` knows the project's own secrets. Raises InvalidInput with everything that is missing or wrong, or when a
    secret stands in it; Malformed for a text that could not be read again; Taken when its place or id is not free.
    """
    meta = {"type": declared.name, **{name: value for name, value in given.meta.items() if not form.is_slot(value)}}
    if "id" in declared.fields and (slug := ids.slug(str(meta.get("title", "")))):
        meta.setdefault("id", slug)
    if "generated" in declared.fields:
        meta.setdefault("generated", {"by": by, "at": times.stamp(now)})
    blank = _template(knowledge, declared)
    filled = form.fill(blank, declared, meta, sections=given.sections, body=given.body)
    missing = _missing(filled, declared)
    path = declared.path if missing else _place(knowledge, filled, declared)
    filled = replace(filled, path=path)
    found = check.check(filled, declared)
    wrong = [each for each in found if each.is_error and not (missing and each.rule == "record.missing")]
    if missing or wrong:
        raise _incomplete(declared, missing, wrong)
    _refuse_secrets(filled, redactor.find if redactor else secrets.find)
    record.parse(path, filled.dump())  # its size, and what the text holds, are looked at there
    return Made(filled, knowledge.full(path), [each for each in found if not each.is_error])


def write(top: Path, made: Made) -> None:
    """Writes the record. Raises Taken when a file stands there by now."""
    work_files.apply(top, [Change(made.path, None, made.record.dump())])


def _template(knowledge: Knowledge, declared: RecordType) -> Record:
    """Returns the project's template for the type, else the shipped one, else a form made from the schema."""
    name = declared.template
    own = f"{TEMPLATES}/{name}"
    shipped = resources.folder(TEMPLATES) / name
    if name and own in knowledge.own.entries:
        try:
            return record.parse(own, knowledge.own.bytes(own))
        except InvalidInput as error:
            raise InvalidInput(f"the template {own}: {error.message}", hint=error.hint, **error.details) from None
    if name and shipped.is_file():
        return record.parse(own, shipped.read_bytes())
    return form.blank(declared)


def _missing(filled: Record, declared: RecordType) -> list[Missing]:
    there = filled.outline.sections if filled.is_markdown else {}
    fields = [name for name in declared.schema["properties"]["meta"].get("required", []) if name not in filled.meta]
    if "title" in fields and "id" in fields:
        fields.remove("id")  # it is made of the title
    sections = [each.name for each in declared.sections if each.is_required and not there.get(each.name)]
    return [
        *(_lacking("field", name, declared.schema["properties"]["meta"]) for name in fields),
        *(_lacking("section", name, declared.schema["properties"].get("sections")) for name in sections),
    ]


def _lacking(kind: str, name: str, schema: Any) -> Missing:
    """Returns what is missing, with what the schema of the whole says of it."""
    rules = schema.get("properties", {}) if isinstance(schema, dict) else {}
    rule = rules.get(name)
    told = rule if isinstance(rule, dict) else {}
    return Missing(kind, name, str(told.get("description", "")), *told.get("examples", [])[:1] or [""])


def _place(knowledge: Knowledge, filled: Record, declared: RecordType) -> str:
    names = {name: ids.check(str(filled.meta.get(name, "")), what=name) for name in declared.placeholders}
    place = Place(declared.place(**names), declared, names.get("id", ""))
    knowledge.check_free(place)
    return place.path


def _incomplete(declared: RecordType, missing: list[Missing], wrong: list[Finding]) -> InvalidInput:
    lines = [f"the {declared.name} was not written:"]
    lines += [f"  missing {each.kind} {each.name}: {each.description} {_example(each)}" for each in missing]
    lines += [f"  {each.message} ({each.fix})" for each in wrong]
    return InvalidInput(
        "\n".join(lines),
        hint='add them with --set "name=value" or --from FILE; kit schema ' + f"{declared.name} shows all",
        code="incomplete" if missing else "invalid",
        missing=[each._asdict() for each in missing],
        findings=[each.to_json() for each in wrong],
    )


def _example(missing: Missing) -> str:
    text = missing.example if isinstance(missing.example, str) else json.dumps(missing.example, ensure_ascii=False)
    return f'(for example --set "{missing.name}={text}")' if text else ""


def _refuse_secrets(filled: Record, find: Callable[[str], list[secrets.Secret]]) -> None:
    text = filled.dump().decode()
    found = [(each.kind, text.count("\n", 0, each.start) + 1) for each in find(text)]
    if found:
        shown = ", ".join(f"{kind} in line {line}" for kind, line in found)
        raise InvalidInput(
            f"what looks like a secret was not written: {shown}",
            hint="replace it by a placeholder such as <token>",
            code="secret",
            secrets=[{"kind": kind, "line": line} for kind, line in found],
        )
