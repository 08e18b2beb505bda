from __future__ import annotations

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema.validators import Draft202012Validator

from kit.records import accept, check, record, record_type
from kit.records.record_type import RecordType

TYPES = record_type.shipped()
HEAD = "---\ntype: block\nid: a\ntitle: T\ndescription: Use when it hangs.\n"
BODY = "## Situation\n\nx\n\n## Mechanism\n\nx\n\n## Dead ends\n\n- x\n\n## Unlock\n\nx\n\n## Verification\n\nx\n"


def found(text: str, kind: str = "block") -> list[tuple[int, int, str, str, str]]:
    """Line, column, rule, message and fix of every finding."""
    return [
        (each.line, each.column, *each[3:4], *each[5:])
        for each in check.check(record.parse("r.md", text.encode()), TYPES[kind])
    ]


def places(text: str) -> list[tuple[int, int, str]]:
    return [each[:3] for each in found(text)]


def own(meta: dict[str, Any], **rest: Any) -> RecordType:
    """A type whose front matter is held against `meta`."""
    schema = {"x-kit": {"plane": "reviewed", "path": "notes/{id}.md"}, "properties": {"meta": meta}, **rest}
    return RecordType("note", schema)


def of_note(front: str, meta: dict[str, Any], **rest: Any) -> list[str]:
    told = check.check(record.parse("notes/a.md", f"---\n{front}\n---\n".encode()), own(meta, **rest))
    return [f"{each.line}:{each.column} {each.severity} {each.rule} {each.message}" for each in told]


def test_a_valid_record_has_no_findings() -> None:
    assert found(f"{HEAD}---\n{BODY}") == []


@pytest.mark.parametrize(
    ("line", "place", "message", "fix"),
    [
        ("status: stabel", "6:1 record.value", "'status' is \"stabel\", it must be one of draft, ", "write stable"),
        ("tags: [ok, B]", "6:12 record.value", "'tags[1]' is \"B\", which does not match", "kit schema block"),
        ("tags: [a, b, a]", "6:14 record.value", "'tags' holds \"a\" twice", "keep one of them"),
        ("tags: x", "6:1 record.type", "'tags' is text (\"x\"), it must be a list", 'write it like ["pytest"'),
        ("tags: [x, 7]", "6:11 record.type", "'tags[1]' is a whole number (7), it must be text", "kit schema"),
        ("applies_to: {langages: [c]}", "6:14 record.extra", "'applies_to.langages' is not known", "write languages"),
        ("stale_after: 2027-02-30", "6:1 record.value", '"2027-02-30", which is not a day', "YYYY-MM-DD"),
        ('generated: {by: "human:a", at: "2026-01-01T25:00:00Z"}', "6:28 record.value", "not a point", "write it as"),
        ('generated: {by: "human:a"}', "6:1 record.missing", "'generated.at' is missing", "add at: "),
        ("supersedes: [a0, a1]\nstaus: draft", "7:1 record.misspelt", "'staus' is not known, 'status'", "write status"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else "",
)  # fmt: skip
def test_a_fault_is_told_with_its_place_the_value_and_the_fix(line: str, place: str, message: str, fix: str) -> None:
    told = found(f"{HEAD}{line}\n---\n{BODY}")
    assert [f"{each[0]}:{each[1]} {each[2]}" for each in told] == [place]
    assert message in told[0][3]
    assert fix in told[0][4]


def test_what_is_missing_is_told_at_the_beginning_of_where_it_belongs() -> None:
    text = "---\ntype: block\nid: a\n---\n## Situation\n\nx\n\n## Unlock\n"
    assert found(text) == [
        (2, 1, "record.missing", "'description' is missing",
         'add description: "Use when a push is rejected as stale." (One sentence beginning `Use when`: the situation in'
         " the words of someone who has the problem.)"),
        (2, 1, "record.missing", "'title' is missing",
         'add title: "Session-scoped async fixtures die when the loop is function... (One claim that can be true or'
         " false.)"),
        (5, 1, "record.missing", "the section 'Mechanism' is missing", "add a line ## Mechanism (Why it happens.)"),
        (5, 1, "record.missing", "the section 'Verification' is missing",
         "add a line ## Verification (How to see that it is solved.)"),
        (9, 1, "record.value", "the section 'Unlock' is empty",
         'write it like "Set `asyncio_default_fixture_loop_scope = session`." (What solves it.)'),
    ]  # fmt: skip


def test_a_fault_of_a_section_stands_at_its_heading() -> None:
    text = f"{HEAD}---\n" + BODY.replace("- x", "- x\n-")
    assert places(text) == [(15, 1, "record.value")]


def test_a_section_spelt_almost_like_a_known_one_is_a_warning() -> None:
    text = f"{HEAD}---\n" + BODY.replace("## Dead ends", "## Dead end")
    assert [each[:3] for each in found(text)] == [(15, 1, "record.misspelt")]


def test_an_unknown_field_that_resembles_none_is_kept_without_a_word() -> None:
    assert found(f"{HEAD}owner: ana\n---\n{BODY}") == []


def test_faults_of_json_have_places_too() -> None:
    text = '{\n  "type": "status",\n  "task": "a", "state": "stopped"\n}\n'
    told = check.check(record.parse("status.json", text.encode()), TYPES["status"])
    assert (3, 16, "record.value") in [each[1:4] for each in told]


def test_the_schema_says_what_is_only_a_warning() -> None:
    soft = {"properties": {"n": {"maximum": 3, "x-kit-severity": "warning"}, "m": {"maximum": 3}}}
    assert of_note("n: 5\nm: 5", soft) == [
        "2:1 warning record.value 'n' is 5, it must be at most 3",
        "3:1 error record.value 'm' is 5, it must be at most 3",
    ]


def test_of_alternatives_the_nearest_is_told() -> None:
    either = {"properties": {"n": {"anyOf": [{"type": "integer", "minimum": 10}, {"type": "string"}]}}}
    assert of_note("n: 5", either) == ["2:1 error record.value 'n' is 5, it must be at least 10"]


def test_a_value_that_is_forbidden_is_told() -> None:
    assert of_note("a: 1\nn: 5", {"properties": {"n": False}}) == ["2:1 error record.extra 5 is not allowed here"]


def test_a_schema_without_end_is_a_fault_of_the_schema() -> None:
    loop = {"properties": {"n": {"$ref": "#/$defs/a"}}}
    defs = {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}
    told = check.check(record.parse("notes/a.md", b"---\nn: 5\n---\n"), own(loop, **{"$defs": defs}))
    assert [(each.path, each.rule) for each in told] == [("schemas/note.schema.json", "schema.reference")]


def test_no_reference_is_ever_fetched() -> None:
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/x.json"
        told = check.check(
            record.parse("notes/a.md", b"---\nn: 5\n---\n"), own({"properties": {"n": {"$ref": address}}})
        )
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert [each.rule for each in told] == ["schema.reference"]
    assert asked == []


def test_a_valid_record_is_accepted_without_jsonschema() -> None:
    code = (
        "import sys\nfrom kit.records import check, record, record_type\n"
        f"r = record.parse('a.md', {(HEAD + '---' + chr(10) + BODY).encode()!r})\n"
        "assert check.check(r, record_type.shipped()['block']) == []\n"
        "assert 'jsonschema' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_is_no_json_schema_is_told_with_its_place() -> None:
    told = check.problems({"type": "strin", "properties": {"a": {"minLength": "x"}, "b": {"pattern": "("}}})
    assert [pointer for pointer, _ in told] == [
        ("properties", "a", "minLength"),
        ("properties", "b", "pattern"),
        ("type",),
    ]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 60) | st.sampled_from([1.0, 1.5]) | st.sampled_from(
        ["", "a", "ab", "A", "2026-02-28", "2026-02-30", "2026-01-01T00:00:00Z", "2026-01-01 00:00", "x" * 9]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
KINDS = st.sampled_from(["string", "integer", "number", "boolean", "array", "object", "null"])
SCHEMAS = st.recursive(
    st.booleans() | st.fixed_dictionaries({}, optional={
        "type": KINDS | st.lists(KINDS, min_size=1, max_size=2, unique=True),
        "const": st.sampled_from(["a", 1, True, None]),
        "enum": st.lists(st.sampled_from(["a", "ab", 1, 0, False]), min_size=1, max_size=3, unique_by=repr),
        "pattern": st.sampled_from(["^a", "b$", "^[a-z]*$"]),
        "format": st.sampled_from(["date", "date-time", "email"]),
        "minLength": st.integers(0, 3), "maxLength": st.integers(0, 3),
        "minimum": st.integers(0, 3), "maximum": st.integers(0, 3),
        "minItems": st.integers(0, 2), "maxItems": st.integers(0, 2), "uniqueItems": st.booleans(),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        "title": st.just("t"), "x-kit-severity": st.just("warning"), "not": st.just({"type": "string"}),
    }),
    lambda inner: st.fixed_dictionaries({}, optional={
        "type": KINDS, "items": inner, "additionalProperties": inner,
        "properties": st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
        "required": st.lists(st.sampled_from("abc"), max_size=2, unique=True),
    }),
    max_leaves=4,
)  # fmt: skip


@given(SCHEMAS, VALUES)
def test_what_is_accepted_quickly_is_valid_for_jsonschema_too(schema: Any, value: Any) -> None:
    formats = jsonschema.FormatChecker()
    formats.checkers["date"] = (lambda each: not isinstance(each, str) or accept.is_date(each), ())
    formats.checkers["date-time"] = (lambda each: not isinstance(each, str) or accept.is_time(each), ())
    if accept.compiled(schema)(value):
        assert Draft202012Validator(schema, format_checker=formats).is_valid(value)


@pytest.mark.parametrize("name", [name for name, each in TYPES.items() if each.is_reviewed])
def test_every_keyword_of_the_shipped_schemas_is_known_to_the_quick_yes(name: str) -> None:
    """Otherwise it would never say yes, and only the time would tell."""
    schema = TYPES[name].schema
    example = {field: rule["examples"][0] if "examples" in rule else rule["const"]
               for field, rule in schema["properties"]["meta"]["properties"].items()}  # fmt: skip
    rules = schema["properties"].get("sections", {}).get("properties", {})
    sections = {title: rule["examples"][0] for title, rule in rules.items()}
    assert accept.compiled(schema)({"meta": example, "sections": sections, "headings": [], "links": [], "body": ""})


WHEN_A = {"if": {"properties": {"n": {"const": "a"}}}, "then": {"required": ["m"]}}


@pytest.mark.parametrize(
    ("schema", "value", "is_accepted"),
    [
        ({"allOf": [{"minLength": 2}, {"maxLength": 3}]}, "ab", True),
        ({"allOf": [{"minLength": 2}, {"maxLength": 3}]}, "abcd", False),
        (WHEN_A, {"n": "a"}, False),
        (WHEN_A, {"n": "a", "m": 1}, True),
        (WHEN_A, {"n": "b"}, True),
        ({"if": {"minimum": 3}, "then": False}, 1, False),  # it may be one: jsonschema decides
        ({**WHEN_A, "else": False}, {"n": "b"}, False),
    ],
)
def test_the_quick_yes_knows_conditions_and_is_never_wrong(schema: Any, value: Any, is_accepted: bool) -> None:
    from jsonschema.validators import Draft202012Validator

    assert accept.compiled(schema)(value) == is_accepted
    assert not is_accepted or Draft202012Validator(schema).is_valid(value)
