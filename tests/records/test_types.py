"""Every type, as it is declared: schema and template agree, and every field says what it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry

from kit import resources
from kit.errors import InvalidInput
from kit.records import form, ids, record, record_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from kit.records.record import Record
    from kit.records.record_type import RecordType

TYPES = record_type.shipped()
every_type = pytest.mark.parametrize("declared", TYPES.values(), ids=TYPES)


def template(declared: RecordType) -> Record:
    file = resources.folder("templates") / declared.template
    return record.parse(f"x/{file.name}", file.read_bytes())


def examples(declared: RecordType) -> tuple[dict[str, Any], dict[str, Any]]:
    """Returns the first example of every field and of every section."""
    parts = declared.schema["properties"]
    return tuple(  # type: ignore[return-value]
        {name: rule["examples"][0] for name, rule in parts.get(part, {}).get("properties", {}).items()}
        for part in ("meta", "sections")
    )


def problems(read: Record, declared: RecordType) -> list[str]:
    validator = Draft202012Validator(declared.schema, format_checker=FormatChecker(), registry=Registry())
    return [error.message for error in validator.iter_errors(read.projection(declared))]


def fields(schema: dict[str, Any], where: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, rule in schema.get("properties", {}).items():
        yield where + name, rule
        yield from fields(rule, f"{where}{name}.")
        yield from fields(rule.get("items", {}), f"{where}{name}[].")


@every_type
def test_a_schema_is_one_and_needs_nothing_from_elsewhere(declared: RecordType) -> None:
    Draft202012Validator.check_schema(declared.schema)
    assert declared.schema["$id"].endswith(f"/{declared.name}.schema.json")
    assert "$ref" not in str(declared.schema)


@every_type
def test_every_field_and_section_has_title_description_and_valid_examples(declared: RecordType) -> None:
    assert declared.title
    assert declared.description
    for part in ("meta", "sections"):
        for name, rule in fields(declared.schema["properties"].get(part, {})):
            assert rule.get("title"), name
            assert rule.get("description"), name
            assert rule.get("examples"), name
            for example in rule["examples"]:
                Draft202012Validator(rule, format_checker=FormatChecker()).validate(example)


@every_type
def test_the_sections_of_x_kit_are_those_of_the_schema(declared: RecordType) -> None:
    assert declared.schema["properties"]["meta"]["properties"]["type"]["const"] == declared.name
    schema = declared.schema["properties"].get("sections", {"properties": {}, "required": []})
    assert [each.name for each in declared.sections] == list(schema["properties"])
    assert [each.name for each in declared.sections if each.is_required] == schema["required"]
    for each in declared.sections:
        assert (schema["properties"][each.name]["type"] == "array") == each.is_list


@every_type
def test_a_live_type_names_its_ref_and_the_command_that_writes_it(declared: RecordType) -> None:
    assert declared.is_reviewed or declared.made_by
    assert declared.is_reviewed != bool(declared.kit.get("ref"))


@every_type
def test_the_template_is_in_canonical_form_and_has_every_required_field_and_section(declared: RecordType) -> None:
    blank = template(declared)
    assert (
        blank.canonical(declared).dump()
        == blank.dump()
        == (resources.folder("templates") / declared.template).read_bytes()
    )
    assert set(declared.schema["properties"]["meta"]["required"]) <= set(blank.meta)
    assert list(blank.outline.sections) == [each.name for each in declared.sections]
    assert all(form.is_slot(text) for text in blank.outline.sections.values())


@every_type
def test_the_template_filled_with_the_examples_is_a_valid_canonical_record(declared: RecordType) -> None:
    meta, sections = examples(declared)
    blank = template(declared)
    filled = form.fill(blank, declared, {name: meta[name] for name in blank.meta}, sections=sections)
    assert problems(filled, declared) == []
    assert not any(map(form.is_slot, [*filled.meta.values(), *filled.outline.sections.values()]))
    read = record.parse(filled.path, filled.dump())
    assert read.meta == filled.meta
    assert read.dump() == filled.dump() == read.canonical(declared).dump()


@every_type
def test_the_template_filled_with_what_is_required_only_is_valid(declared: RecordType) -> None:
    meta, sections = examples(declared)
    needed = {name: meta[name] for name in declared.schema["properties"]["meta"]["required"]}
    required = {each.name: sections[each.name] for each in declared.sections if each.is_required}
    filled = form.fill(template(declared), declared, needed, sections=required)
    assert problems(filled, declared) == []
    assert list(filled.outline.sections) == list(required)


@every_type
def test_a_form_without_a_template_is_filled_as_well(declared: RecordType) -> None:
    meta, sections = examples(declared)
    filled = form.fill(form.blank(declared), declared, meta, sections=sections)
    assert problems(filled, declared) == []


@every_type
def test_the_path_pattern_gives_back_the_names_that_filled_it(declared: RecordType) -> None:
    names = {name: f"a{at}" for at, name in enumerate(declared.placeholders)}
    assert declared.match(declared.place(**names)) == names
    found = record_type.of_path(TYPES.values(), declared.place(**names))
    assert found
    assert record_type.told(TYPES.values(), found, {"type": declared.name}) == declared
    assert found.name == declared.beside or found == declared


@pytest.mark.parametrize("name", ["README.md", "python/README.md", "Readme.md", "index.md", "log.md"])
def test_a_page_in_a_folder_of_records_is_no_record(name: str) -> None:
    assert record_type.of_path(TYPES.values(), f"blocks/{name}") is None
    assert record_type.of_path(TYPES.values(), f"blocks/x-{name.lower().replace('/', '-')}") == TYPES["block"]


@pytest.mark.parametrize(
    "x_kit",
    [
        None,
        {},
        [],
        {"plane": "reviewed"},
        {"plane": "elsewhere", "path": "notes/{id}.md"},
        {"plane": "reviewed", "path": "notes/id.md"},
        {"plane": "reviewed", "path": "../{id}.md"},
        {"plane": "reviewed", "path": "/etc/{id}.md"},
        {"plane": "reviewed", "path": ".git/hooks/{id}.md"},
        {"plane": "reviewed", "path": "notes/../../{id}.md"},
        {"plane": "reviewed", "path": "notes/{id}.txt"},
        {"plane": "reviewed", "path": "{id}.md"},
        {"plane": "reviewed", "path": "notes/{id}.md", "sections": ["A"]},
        {"plane": "reviewed", "path": "notes/{id}.md", "template": "../../etc/passwd"},
        {"plane": "reviewed", "path": "notes/{id}.md", "index": {"a": {"kind": "text"}}},
        {"plane": "reviewed", "path": 7},
    ],
)
def test_a_schema_that_declares_no_safe_type_is_refused(x_kit: object) -> None:
    schema = {"x-kit": x_kit, "properties": {"meta": {"properties": {}}}}
    with pytest.raises(InvalidInput, match="does not declare a record type"):
        record_type.parse("note", record.strict_json.dump(schema))


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b'{"x-kit": 1, "x-kit": 2}', b"[" * 9999, b"\xff"])
def test_a_schema_that_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidInput):
        record_type.parse("note", data)


def test_every_example_id_is_an_id() -> None:
    for declared in TYPES.values():
        for name in ("id", "task", "agent", "instance"):
            for example in declared.schema["properties"]["meta"]["properties"].get(name, {}).get("examples", []):
                assert ids.problem(example) == "", (declared.name, example)
