"""A record between bytes and value: nothing is lost on the way, and what the format forbids says where."""

from __future__ import annotations

import pytest

from kit.errors import InvalidInput
from kit.records import record, record_type, strict_json
from kit.records.strict_json import Malformed

BLOCK = b"""---
type: block
# why this id
id: lease # kept
owner: ~
tags: [a,   b]
---

# Title

Options
=======
a

## Situation

A hard break.  \n
```diff
-old \n\x0c
```
"""


def test_markdown_that_was_parsed_is_written_with_the_same_bytes() -> None:
    assert record.parse("blocks/x.md", BLOCK).dump() == BLOCK
    crlf = BLOCK.replace(b"\n", b"\r\n")
    assert record.parse("blocks/x.md", crlf).dump() == crlf


def test_an_edit_keeps_every_other_byte_and_keys_without_a_value() -> None:
    edited = record.parse("blocks/x.md", BLOCK).with_fields({"id": "push"})
    assert edited.dump() == BLOCK.replace(b"id: lease", b"id: push")
    assert edited.meta == record.parse("blocks/x.md", edited.dump()).meta
    assert edited.meta["owner"] is None


def test_an_edit_moves_the_first_line_of_the_body() -> None:
    read = record.parse("blocks/x.md", BLOCK)
    assert read.with_fields({"tags": None}).body_line == read.body_line - 1
    assert read.with_fields({"status": "draft"}).body_line == read.body_line + 1


def test_canonical_form_changes_neither_fields_nor_lines_of_the_body() -> None:
    declared = record_type.shipped()["block"]
    read = record.parse("blocks/x.md", BLOCK.replace(b"\n", b"\r\n"))
    formed = read.canonical(declared)
    assert formed.meta == read.meta
    assert formed.body == read.body.replace("\r\n", "\n").lstrip("\n")
    assert formed.canonical(declared).dump() == formed.dump()
    assert record.parse("blocks/x.md", formed.dump()) == formed


def test_the_digest_is_that_of_the_content_not_of_its_form() -> None:
    read = record.parse("blocks/x.md", BLOCK)
    crlf = record.parse("blocks/x.md", BLOCK.replace(b"\n", b"\r\n"))
    approved = read.with_fields({"verified": [{"by": "human:ana"}]})
    assert (
        read.digest() == crlf.digest() == approved.digest() == read.canonical(record_type.shipped()["block"]).digest()
    )
    assert read.digest() != read.with_fields({"tags": ["a"]}).digest()
    assert read.digest() != read.with_body(read.body + "x").digest()


def test_a_made_record_is_what_its_bytes_say() -> None:
    made = record.make("facts/x.md", {"type": "fact", "id": "12e34"}, "text\n")
    assert made.dump() == b'---\ntype: fact\nid: "12e34"\n---\ntext\n'
    assert record.parse("facts/x.md", made.dump()) == made
    assert record.make("things/x.json", {"a": 1}).dump() == b'{\n  "a": 1\n}\n'


@pytest.mark.parametrize(
    ("data", "rule", "line"),
    [
        (b"\xef\xbb\xbf---\ntype: fact\n---\n", "encoding", 1),
        (b"---\ntype: fact\n---\n\n\xff", "encoding", 5),
        (b"---\n- a\n---\n", "front-matter", 2),
        (b"---\n---\n", "front-matter", 2),
        (b"---\ntype: fact\n", "front-matter", 1),
        (b"type: fact\n", "front-matter", 1),
        (b"---\ntype: fact\nid: a\nid: b\n---\n", "yaml", 4),
        (b"---\ntype: !!python/object:os.system fact\n---\n", "yaml", 2),
        (b"---\na: &x 1\nb: *x\n---\n", "yaml", 2),
        (b"---\nb: *x\n---\n", "yaml", 2),
        (b"---\n<<: {a: 1}\n---\n", "yaml", 2),
        (b"---\na: [\n---\n", "yaml", 3),
        (b"---\na: " + b"[" * 30 + b"]" * 30 + b"\n---\n", "yaml", 2),
        (b"---\na: " + b"x" * (65 << 10) + b"\n---\n", "too-large", 2),
        (b"---\na: \x01\n---\n", "yaml", 2),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "lfs-pointer", 1),
        (b"---\na: 1\n---\n<<<<<<< HEAD\nx\n=======\ny\n>>>>>>> b\n", "conflict-marker", 4),
        (b" " * ((1 << 20) + 1), "too-large", 1),
    ],
)
def test_what_the_format_forbids_names_its_rule_and_line(data: bytes, rule: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        record.parse("facts/x.md", data)
    assert (caught.value.rule, caught.value.line) == (rule, line)


@pytest.mark.parametrize(
    ("data", "rule", "line"),
    [
        (b'{"a": 1,\n "a": 2}', "json", 2),
        (b'{"a": {"b": 1},\n "c": [{"b": 1}, {"b": 1,\n"\\u0062": 2}], "x": }', "json", 3),
        (b'{"a": NaN}', "json", 1),
        (b'{"a": 1e999}', "json", 1),
        (b'{"a": "\\ud800"}', "json", 1),
        (b'{"a":\n }', "json", 2),
        (b"[1]", "json", 1),
        (b"[" * 100 + b"]" * 100, "json", 1),
        (b'{"a": ' + b"9" * 5000 + b"}", "json", 1),
        (b'{\n<<<<<<< HEAD\n"a": 1\n=======\n"a": 2\n>>>>>>> b\n}', "conflict-marker", 2),
        (b"\xff", "encoding", 1),
    ],
)
def test_json_that_is_not_strict_names_its_rule_and_line(data: bytes, rule: str, line: int) -> None:
    with pytest.raises(Malformed) as caught:
        record.parse("tasks/x/claim.json", data)
    assert (caught.value.rule, caught.value.line) == (rule, line)


def test_escaped_characters_of_two_halves_are_read() -> None:
    assert strict_json.load(b'"\\ud83d\\ude00 \\u00e4"') == "\U0001f600 ä"


def test_placeholders_fill_one_segment_or_with_a_plus_several() -> None:
    types = record_type.shipped()
    assert types["memory"].match("memory/team/build/flags.json") == {"id": "team/build/flags"}
    assert types["memory"].place(id="team/flags") == "memory/team/flags.json"
    assert types["block"].match("blocks/python/x.md") == {"id": "x"}
    assert types["block"].match("blocks/x.json") is None
    assert types["claim"].match("tasks/a/b/claim.json") is None


@pytest.mark.parametrize("path", ["facts/x.md", "notes/x.json"])
def test_text_that_no_file_can_hold_is_refused(path: str) -> None:
    for meta, body in (({"title": "\udcff"}, ""), ({"\udcff": 1}, ""), ({}, "\udcff")):
        if path.endswith(".md") or meta:
            with pytest.raises(InvalidInput, match="not Unicode"):
                record.make(path, meta, body).dump()
