"""Canonical form changes how a record is written, never what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit import resources
from kit.errors import Taken
from kit.memory import fmt
from kit.records import record, record_type

if TYPE_CHECKING:
    from tests.memory.conftest import Kb

UGLY = (
    "---\r\n"
    "title:   'no: 1'\r\n"
    "type: fact\r\n"
    "extra: {b: 1e5, a: 0x1f}\r\n"
    "id:    x\r\n"
    "tags:\r\n"
    "- b\r\n"
    "- 2026-11-20\r\n"
    "---\r\n\r\n"
    "A break.  \r\n"
    "\tcode \r\n\r\n\r\n"
)
NEAT = (
    "---\n"
    "type: fact\n"
    "id: x\n"
    'title: "no: 1"\n'
    'tags: [b, "2026-11-20"]\n'
    'extra: {b: "1e5", a: "0x1f"}\n'
    "---\n"
    "A break.  \n"
    "\tcode \n"
)


def test_a_record_is_written_in_canonical_form_and_keeps_its_mode(kb: Kb) -> None:
    file = kb.write("facts/x.md", UGLY)
    file.chmod(0o640)
    formed = fmt.fmt(kb.knowledge, list(kb.knowledge.places()))
    assert [each.path for each in formed.changes] == ["facts/x.md"]
    assert kb.read("facts/x.md") == UGLY
    fmt.write(kb.top, formed)
    assert kb.read("facts/x.md") == NEAT
    assert file.stat().st_mode & 0o777 == 0o640
    assert fmt.fmt(kb.knowledge, list(kb.knowledge.places())).changes == []
    assert [each.name for each in (kb.top / "facts").iterdir()] == ["x.md"]


def test_comments_stay_and_with_them_the_order_of_the_fields(kb: Kb) -> None:
    kb.write("facts/x.md", "---\n# why\ntitle:  'a'  # short\nid: x\ntags:\n  - b # first\n  - c\ntype:   fact\n---\n")
    fmt.write(kb.top, fmt.fmt(kb.knowledge, list(kb.knowledge.places())))
    assert kb.read("facts/x.md") == (
        "---\n# why\ntitle: a  # short\nid: x\ntags:\n  - b # first\n  - c\ntype: fact\n---\n"
    )


def test_a_file_that_cannot_be_read_is_named_and_stays_as_it_is(kb: Kb) -> None:
    broken = "---\nid: x\nid: y\n---\n"
    kb.write("facts/broken.md", broken)
    kb.write("facts/x.md", UGLY)
    formed = fmt.fmt(kb.knowledge, list(kb.knowledge.places()))
    fmt.write(kb.top, formed)
    assert formed.unread["facts/broken.md"].details["line"] == 3
    assert (kb.read("facts/broken.md"), kb.read("facts/x.md")) == (broken, NEAT)


def test_a_file_that_has_changed_meanwhile_is_not_overwritten(kb: Kb) -> None:
    kb.write("facts/x.md", UGLY)
    formed = fmt.fmt(kb.knowledge, list(kb.knowledge.places()))
    kb.write("facts/x.md", "mine")
    with pytest.raises(Taken, match="changed meanwhile"):
        fmt.write(kb.top, formed)
    assert kb.read("facts/x.md") == "mine"


def test_json_is_written_with_the_fields_in_the_schema_s_order(kb: Kb) -> None:
    schema = '{"x-kit": {"plane": "reviewed", "path": "notes/{id}.json"}, "properties": {"meta": {"properties": %s}}}'
    kb.write("schemas/note.schema.json", schema % '{"type": {}, "id": {}, "title": {}}')
    kb.write("notes/n.json", '{"other": [1, {"b": 2, "a": 1.50}], "title": "\\u00e4", "id": "n"}')
    fmt.write(kb.top, fmt.fmt(kb.knowledge, list(kb.knowledge.places())))
    assert kb.read("notes/n.json") == (
        '{\n  "id": "n",\n  "title": "ä",\n  "other": [\n    1,\n    {\n      "b": 2,\n      "a": 1.5\n    }\n  ]\n}\n'
    )


def test_paths_choose_the_records_at_and_below_them(kb_below: Kb) -> None:
    kb_below.fact("kb/facts/a.md")
    kb_below.fact("kb/facts/ab.md")
    kb_below.fact("kb/facts/a/b.md")
    known = kb_below.knowledge

    def within(*paths: str) -> list[str]:
        return [each.path for each in fmt.within(known, paths)]

    assert within() == within("") == within("kb") == ["facts/a.md", "facts/a/b.md", "facts/ab.md"]
    assert within("kb/facts/a") == ["facts/a/b.md"]
    assert within("kb/facts/a.md", "kb/facts/ab.md") == ["facts/a.md", "facts/ab.md"]
    assert within("facts") == []


def test_the_example_says_the_same_in_canonical_form() -> None:
    types = record_type.shipped()
    folder = resources.folder("example-repo")
    for file in folder.glob("*/*.md"):
        if declared := record_type.of_path(types.values(), file.relative_to(folder).as_posix()):
            read = record.parse(file.name, file.read_bytes())
            formed = record.parse(file.name, read.canonical(declared).dump())
            assert (formed.meta, formed.body, formed.digest()) == (read.meta, read.body, read.digest())
