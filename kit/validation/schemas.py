"""The project's own types: which schemas of a tree can be used, and what is wrong with the others.

A schema comes with a pull request, so it is hostile until checked: it may not name a shipped type, reach outside
itself, or hold a pattern that can take for ever; one with a fault is not run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from kit import resources
from kit.errors import InvalidInput
from kit.records import ids, record_type, strict_json
from kit.records.finding import ERROR, Finding
from kit.records.record_type import SUFFIX, RecordType
from kit.safety import pattern as pattern_rules
from kit.validation.catalogue import SCHEMAS, TEMPLATES, Catalogue

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    Pointer = tuple[str | int, ...]

_TAKEN = frozenset((SCHEMAS, TEMPLATES, ".kit", ".git"))
_PATTERNS = ("pattern", "patternProperties")


def look(path: str, data: bytes, catalogue: Catalogue) -> list[Finding]:
    """Returns what is wrong with the project's own schema at `path`. Raises Malformed when it is not even JSON."""
    name = path.rpartition("/")[2].removesuffix(SUFFIX)
    schema = strict_json.load(data)
    flaws = list(_flaws(name, schema, data, catalogue))
    if not flaws:
        return []
    positions = strict_json.positions(data.decode())
    return [Finding(path, *_place(pointer, positions), rule, ERROR, *told) for pointer, rule, *told in flaws]


def without_template(catalogue: Catalogue, paths: Collection[str]) -> list[Finding]:
    """Returns a finding for each of the project's own types whose template is neither the project's nor kit's."""
    found = []
    for name in sorted(set(catalogue.types) - set(record_type.shipped())):
        template = str(catalogue.types[name].kit.get("template", ""))
        is_there = catalogue.join(f"{TEMPLATES}/{template}") in paths
        if template and not is_there and not (resources.folder(TEMPLATES) / template).is_file():
            path = catalogue.join(f"{SCHEMAS}/{name}{SUFFIX}")
            message = f"the template {template} is not in {catalogue.join(TEMPLATES)}/"
            found.append(Finding(path, 1, 1, "schema.template", ERROR, message, "add it, or remove it from x-kit"))
    return found


def _flaws(name: str, schema: Any, data: bytes, catalogue: Catalogue) -> Iterator[tuple[Pointer, str, str, str]]:
    from kit.records import check  # jsonschema is loaded only for a schema that is new

    if trouble := ids.problem(name):
        yield (), "schema.name", f"the type's name {trouble}", "name the file <type>.schema.json, the type a slug"
    shipped = record_type.shipped().get(name)
    if shipped:
        if schema != shipped.schema:  # a copy is for editors and other programs
            message = f"{name} is a type of kit: it cannot be declared otherwise"
            yield (), "schema.name", message, "give the type another name, or copy the output of kit schema"
        return
    faults = check.problems(schema)
    for pointer, message in faults:
        yield pointer, "schema.invalid", f"this is not JSON Schema: {message}", "see json-schema.org, draft 2020-12"
    try:
        declared = record_type.parse(name, data)
    except InvalidInput as error:
        yield ("x-kit",), "schema.invalid", error.message, error.hint
        return
    yield from _misplaced(declared, catalogue)
    yield from [] if faults else _unsafe(schema, schema, ())


def _misplaced(declared: RecordType, catalogue: Catalogue) -> Iterator[tuple[Pointer, str, str, str]]:
    """Yields why records of a type cannot stand where it says."""
    if not declared.is_reviewed:
        if declared.path != catalogue.types["entry"].path:  # a type of entry is the project's own: docs/context.md
            message = "a project's own type is reviewed: live records are written by kit's own commands"
            yield ("x-kit", "plane"), "schema.invalid", message, 'write "plane": "reviewed"'
        return
    pointer = ("x-kit", "path")
    if ids.problem(declared.folder) or declared.folder in _TAKEN | catalogue.planes:
        message = f"records cannot stand in {declared.folder}/"
        yield pointer, "schema.invalid", message, "choose a folder of its own, such as notes/{id}.md"
    rivals = [each for each in catalogue.reviewed.get(declared.folder, ()) if each.name != declared.name]
    if any(_shape(each) == _shape(declared) for each in rivals):
        message = f"records of {rivals[0].name} stand at the same paths"
        yield pointer, "schema.name", message, "choose a folder of its own, such as notes/{id}.md"


def _shape(declared: RecordType) -> str:
    return re.sub(r"\{\+?\w+\}", "{}", declared.path)


def _unsafe(schema: Any, whole: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str, str, str]]:
    """Yields the references out of a schema or into nowhere, and the patterns that can take for ever."""
    if isinstance(schema, list):
        for at, each in enumerate(schema):
            yield from _unsafe(each, whole, (*pointer, at))
        return
    if not isinstance(schema, dict):
        return
    for keyword, rule in schema.items():
        here = (*pointer, keyword)
        if keyword in ("$ref", "$dynamicRef") and isinstance(rule, str) and not _is_within(rule, whole):
            message = f"{rule[:80]} is not within this schema, and nothing is fetched"
            yield here, "schema.reference", message, "put it under $defs and refer to #/$defs/<name>"
        elif keyword in _PATTERNS and isinstance(rule, (str, dict)):
            for pattern in [rule] if isinstance(rule, str) else rule:
                if trouble := pattern_rules.trouble(pattern):
                    yield here, "schema.pattern", f"the pattern {pattern[:80]} {trouble}", "write it without that"
        if keyword not in ("examples", "default", "const", "enum", "x-kit"):
            yield from _unsafe(rule, whole, here)


def _is_within(reference: str, whole: Any) -> bool:
    """Says whether a reference is `#` or a pointer that leads somewhere in this very schema."""
    place = whole
    head, *parts = reference.split("/")
    if head != "#":
        return False
    for part in parts:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(place, dict) and name in place:
            place = place[name]
        elif isinstance(place, list) and name.isdecimal() and int(name) < len(place):
            place = place[int(name)]
        else:
            return False
    return True


def _place(pointer: Pointer, positions: dict[Pointer, tuple[int, int]]) -> tuple[int, int]:
    while pointer and pointer not in positions:
        pointer = pointer[:-1]
    return positions.get(pointer, (1, 1))
