"""Checks a record against the schema of its type: the one place that imports jsonschema, and only when it must.

Nothing is ever fetched: a reference out of the schema is a fault of the schema. Links between records, places and
approvals are no matter of one record and are looked at elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kit.records import accept, words
from kit.records.complaint import GUESSES, Complaint, complaints, name_of, nearest, shown
from kit.records.finding import ERROR, WARNING, Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.records.record import Record
    from kit.records.record_type import RecordType

    Pointer = tuple[str | int, ...]
    Position = tuple[int, int]

_SEVERITY = "x-kit-severity"
_WORDS = "x-kit-words"
# By the schema's identity; the schema is kept, so that no other can get its address.
_accepting: dict[int, tuple[dict[str, Any], accept.Accept]] = {}
_judging: dict[int, tuple[dict[str, Any], Any]] = {}


def check(record: Record, declared: RecordType) -> list[Finding]:
    """Returns what the schema of its type finds wrong with a record, in the order of the file."""
    schema = declared.schema
    projection = record.projection(declared)
    if id(schema) not in _accepting:
        _accepting[id(schema)] = (schema, accept.compiled(schema))
    others = _misspelt(record, declared) + _wordy(record, declared, projection)
    if _accepting[id(schema)][1](projection):
        return sorted(others)
    return sorted(_judged(record, declared, projection) + others)


def problems(schema: Any) -> list[tuple[Pointer, str]]:
    """Returns what makes `schema` no JSON Schema of draft 2020-12: where in it, and why."""
    from jsonschema.validators import Draft202012Validator

    judge = Draft202012Validator(Draft202012Validator.META_SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    try:
        errors = list(judge.iter_errors(schema))
    except RecursionError:
        return [((), "it is nested too deeply")]
    return sorted(((tuple(error.absolute_path), _short(error.message)) for error in errors), key=str)


def _judged(record: Record, declared: RecordType, projection: dict[str, Any]) -> list[Finding]:
    from referencing.exceptions import Unresolvable

    schema = declared.schema
    if id(schema) not in _judging:
        _judging[id(schema)] = (schema, _judge(schema))
    found: dict[Complaint, str] = {}
    try:
        for error in _judging[id(schema)][1].iter_errors(projection):
            for complaint, severity in _complaints(error):
                found.setdefault(complaint, severity)
    except RecursionError:
        return [_at_fault(declared, "it refers to itself without end", "break the circle of $ref")]
    except Unresolvable as fault:
        return [_at_fault(declared, f"{_short(str(fault))} (nothing is fetched)", "put what it refers to under $defs")]
    positions = record.positions()
    otherwise = f"kit schema {declared.name} shows what it may be"
    return [
        Finding(record.path, *_position(at, record, positions), f"record.{rule}", severity, message, fix or otherwise)
        for (at, rule, message, fix), severity in found.items()
    ]


def _misspelt(record: Record, declared: RecordType) -> list[Finding]:
    """Returns the fields and sections that the schema does not know, where one that it knows is near and absent."""
    given = {"meta": set(record.meta), "sections": set(record.outline.sections) if record.is_markdown else set()}
    found: list[Finding] = []
    for part, names in given.items():
        rules = declared.schema["properties"].get(part)
        known = set(rules.get("properties", {})) if isinstance(rules, dict) else set()
        for name in sorted(names - known)[:GUESSES]:
            near = nearest(name, known - names, cutoff=0.8)
            if near:
                place = _position((part, name), record, record.positions())
                message = f"{name_of((part, name))} is not known, {near!r} is"
                found.append(Finding(record.path, *place, "record.misspelt", WARNING, message, f"write {near}"))
    return sorted(found)


def _wordy(record: Record, declared: RecordType, projection: dict[str, Any]) -> list[Finding]:
    """Returns the sections, and items of sections, with more words than `x-kit-words` of their schema allows."""
    rules = declared.schema["properties"].get("sections")
    found: list[Finding] = []
    for name, rule in (rules.get("properties", {}) if isinstance(rules, dict) else {}).items():
        told = rule if isinstance(rule, dict) else {}
        value = projection["sections"].get(name)
        one = told.get("items") if isinstance(value, list) else told
        items = one if isinstance(one, dict) else {}
        limit = items.get(_WORDS)
        if not isinstance(limit, int) or value is None:
            continue
        texts = [((name, at), each) for at, each in enumerate(value)] if isinstance(value, list) else [((name,), value)]
        for place, text in texts:
            if not words.is_within(text, limit):
                severity = WARNING if items.get(_SEVERITY) == WARNING else ERROR
                at = ("sections", *place)
                message = f"{name_of(at)} has {words.count(text)} words, the limit is {limit}"
                line = _position(at, record, {})
                fix = "say it shorter; code blocks do not count"
                found.append(Finding(record.path, *line, "record.words", severity, message, fix))
    return found


def _judge(schema: dict[str, Any]) -> Any:
    """Returns a validator that reaches nothing outside `schema` and knows dates without further packages."""
    import referencing
    from jsonschema import FormatChecker
    from jsonschema.validators import Draft202012Validator

    formats = FormatChecker()
    formats.checkers["date"] = (lambda value: not isinstance(value, str) or accept.is_date(value), ())
    formats.checkers["date-time"] = (lambda value: not isinstance(value, str) or accept.is_time(value), ())
    return Draft202012Validator(schema, registry=referencing.Registry(), format_checker=formats)


def _complaints(error: Any) -> Iterator[tuple[Complaint, str]]:
    """Yields the complaints of one error; of alternatives, those of the one that comes nearest."""
    from jsonschema.exceptions import best_match

    leaf = best_match([error])
    schemas = [each.schema for each in (leaf, error) if isinstance(each.schema, dict)]
    severity = WARNING if any(schema.get(_SEVERITY) == WARNING for schema in schemas) else ERROR
    pointer = tuple(leaf.absolute_path)
    if leaf.validator is None:  # the schema `false`, which jsonschema gives no place
        yield Complaint(pointer, "extra", f"{shown(leaf.instance)} is not allowed here", "remove it"), severity
        return
    for complaint in complaints(
        leaf.validator, leaf.validator_value, value=leaf.instance, schema=leaf.schema, pointer=pointer
    ):
        yield complaint, severity


def _position(pointer: Pointer, record: Record, positions: dict[Pointer, Position]) -> Position:
    """Returns line and column in the file of a place of the projection, or of the nearest one around it."""
    part, *rest = pointer or ("meta",)
    if part == "meta":
        place = tuple(rest)
        while place and place not in positions:
            place = place[:-1]
        return positions.get(place, (1, 1))
    headings, links = record.outline.headings, record.outline.links
    if part == "sections" and rest:
        line = next((each.line for each in headings if each.level == 2 and each.text == rest[0]), 1)
    elif part in ("headings", "links") and rest:
        line = (headings if part == "headings" else links)[int(rest[0])].line
    else:
        line = 1
    return line + record.body_line - 1, 1


def _at_fault(declared: RecordType, message: str, fix: str) -> Finding:
    return Finding(f"schemas/{declared.name}.schema.json", 1, 1, "schema.reference", ERROR, message, fix)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:200] + "..."
