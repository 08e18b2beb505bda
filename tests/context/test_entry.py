"""An entry and its file: what is said comes back byte for byte, and what is no entry is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kit.context import draft, entry, fields
from kit.context.entry import Entry, Tokens
from kit.errors import InvalidInput
from kit.records import check, front_matter, record, record_type

ID = "0193b5c1a2f0-5f1d9c2e"
WHOLE = Entry(
    ID, 1_790_000_000.5, "assistant", "tool-io", "{}", "important", Tokens(57, "usage"), ("a", "b-c"),
    ({"match": "regex", "pattern": "line \\d+"},), "call_1", "grep", "some-model-1", {"temperature": 0.5},
    {"output_tokens": 57}, "0193b5c1a2f0-00000001", ("0193b5c1a2f0-00000002",), "ana", "k3f", "", "kit:sessions/x#L1",
    "", {"x-more": [1, {"a": None}]},
)  # fmt: skip
TEXTS = st.text() | st.sampled_from(
    ["---\n", "---\na: b\n---\n", "\r\n", "\n", "<<<<<<< HEAD\n", "\0", "\ufeffx", "é" * 9]
)


@given(TEXTS)
@settings(max_examples=150, deadline=None)
def test_what_is_said_comes_back_byte_for_byte(text: str) -> None:
    made = WHOLE._replace(text=text)
    assert entry.parse(ID, made.dump()) == made


def test_every_field_comes_back_and_the_file_is_in_the_canonical_form_of_records() -> None:
    data = WHOLE.dump()
    assert entry.parse(ID, data) == WHOLE
    declared = record_type.shipped()["entry"]
    read = record.parse(f"context/t/entries/00/00/{ID}.md", data)
    plain = record.parse(read.path, WHOLE._replace(more={}).dump())
    assert read.meta == WHOLE.meta()
    assert plain.canonical(declared).matter == plain.matter
    assert check.check(plain, declared) == []
    assert front_matter.load(read.matter) == WHOLE.meta()


def test_the_view_has_the_fields_of_the_schema_and_no_other() -> None:
    assert list(WHOLE._replace(more={}).meta()) == record_type.shipped()["entry"].fields
    rules = record_type.shipped()["entry"].schema["properties"]["meta"]["properties"]
    assert set(rules["priority"]["enum"]) == set(fields.PRIORITIES)
    assert set(rules["tokens"]["properties"]["by"]["enum"]) == set(fields.COUNTERS)
    assert set(rules["retain"]["items"]["properties"]["match"]["enum"]) == set(fields.MATCHES)


def test_front_matter_as_a_person_writes_it_is_read_too() -> None:
    data = f"---\n# mine\ntype: entry\nid: {ID}\nat: 2026-11-20T10:00:00Z\nrole: 'user'\nkind:   dialogue\n---\nhi"
    read = entry.parse(ID, data.encode())
    assert (read.role, read.text) == ("user", "hi")


BROKEN: dict[str, Any] = {
    "nothing": b"",
    "no front matter": b"hello",
    "never closed": b"---\ntype: entry\n",
    "not UTF-8": b"---\n\xff\n---\n",
    "another type": WHOLE.dump().replace(b"type: entry", b"type: block"),
    "another id": WHOLE.dump().replace(ID.encode(), b"0193b5c1a2f0-00000000"),
    "a role that is none": WHOLE.dump().replace(b"role: assistant", b"role: [a]"),
    "a priority that is none": WHOLE.dump().replace(b"priority: important", b"priority: 7"),
    "tokens that are none": WHOLE.dump().replace(b"count: 57", b"count: -1"),
    "a list that is none": WHOLE.dump().replace(b"tags: [a, b-c]", b"tags: a"),
    "an alias": WHOLE.dump().replace(b"call: call_1", b"call: *x"),
    "no time": WHOLE.dump().replace(b"at: ", b"et: "),
    "too large": b"x" * (entry.MAX_BYTES + 1),
    "nested too deeply": WHOLE.dump().replace(b"temperature: 0.5", b"a: " + b"[" * 99 + b"]" * 99),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_entry_is_refused(name: str) -> None:
    with pytest.raises(InvalidInput):
        entry.parse(ID, BROKEN[name])


@pytest.mark.parametrize(
    "changes",
    [
        {"text": "x" * (entry.MAX_TEXT + 1)},
        {"text": "\ud83d"},
        {"role": "No Role"},
        {"kind": ""},
        {"priority": "urgent"},
        {"tags": ("Two Words",)},
        {"tags": tuple(f"t{n}" for n in range(fields.MAX_TAGS + 1))},
        {"retain": ({"match": "regex", "pattern": "("},)},
        {"retain": ({"match": "substring", "pattern": ""},)},
        {"usage": {"output_tokens": "many"}},
        {"edits": "yesterday"},
        {"call": "c" * 201},
    ],
)
def test_an_entry_that_cannot_be_is_refused_before_it_is_written(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        entry.check(WHOLE._replace(**changes))


def test_a_draft_has_what_its_role_implies() -> None:
    drafts = [draft.draft(role, "x") for role in ("system", "user", "tool", "critic")]
    assert [each.kind for each in drafts] == ["instruction", "dialogue", "tool-io", "freeform"]
    assert [each.priority for each in drafts] == ["pinned", "normal", "normal", "normal"]
    assert draft.draft("assistant", "hm", kind="reasoning").priority == "skip"


def test_a_line_of_json_becomes_a_draft_with_all_its_fields() -> None:
    made = draft.of_record({"role": "tool", "content": "42", "call": "c1", "tags": ["a"], "id": "x", "own": 1}, "f:1")
    assert (made.text, made.kind, made.call, made.tags, made.more) == ("42", "tool-io", "c1", ("a",), {"own": 1})
    with pytest.raises(InvalidInput, match="f:2"):
        draft.of_record({"text": 7}, "f:2")
