"""Records are listed by what their fields say; a file that cannot be read hides none of the others."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import NotFound, UsageError
from kit.memory.list import list_records

if TYPE_CHECKING:
    from tests.memory.conftest import Kb


@pytest.fixture
def full(kb: Kb) -> Kb:
    kb.fact(
        "facts/a.md", meta="status: draft\ntags: [git, tags]\nextra: {n: 3, yes: true, sub: [{x: one}, {x: two}]}\n"
    )
    kb.fact("facts/b.md", meta="tags: [git]\napplies_to: {languages: [python, go]}\nnothing:\n")
    kb.write("policies/c.md", "---\ntype: policy\nid: c\n---\n")
    return kb


@pytest.mark.parametrize(
    ("where", "ids"),
    [
        ([], ["a", "b", "c"]),
        (["status=draft"], ["a"]),
        (["status="], ["b", "c"]),
        (["tags=git"], ["a", "b"]),
        (["tags=git", "tags=tags"], ["a"]),
        (["applies_to.languages=go"], ["b"]),
        (["extra.n=3"], ["a"]),
        (["extra.yes=true"], ["a"]),
        (["extra.sub.x=two"], ["a"]),
        (["extra.sub=two"], []),
        (["nothing=null"], ["b"]),
        (["nothing="], ["a", "c"]),
        (["title=About a"], ["a"]),
        (["id.x=a"], []),
    ],
)
def test_a_record_is_listed_when_every_condition_holds(full: Kb, where: list[str], ids: list[str]) -> None:
    assert [each.id for each in list_records(full.knowledge, where=where).records] == ids


def test_types_and_tags_narrow_the_list(full: Kb) -> None:
    assert [each.id for each in list_records(full.knowledge, type_name="policy").records] == ["c"]
    assert [each.id for each in list_records(full.knowledge, tags=["tags", "git"]).records] == ["a"]
    with pytest.raises(NotFound):
        list_records(full.knowledge, type_name="note")


def test_a_condition_without_a_value_is_a_usage_error(full: Kb) -> None:
    for text in ("status", "=draft"):
        with pytest.raises(UsageError):
            list_records(full.knowledge, where=[text])


def test_files_that_cannot_be_read_are_named_and_hide_nothing(full: Kb) -> None:
    full.write("facts/broken.md", "---\nid: a\nid: b\n---\n")
    (full.top / "facts" / "link.md").symlink_to("a.md")
    found = list_records(full.knowledge)
    assert [each.id for each in found.records] == ["a", "b", "c"]
    assert found.unread == {"facts/broken.md": "the key 'id' stands twice", "facts/link.md": "is a symbolic link"}


def test_a_project_s_own_type_is_listed_and_a_broken_schema_is_named(full: Kb) -> None:
    schema = '{"x-kit": {"plane": "%s", "path": "notes/{id}.json"}, "properties": {"meta": {}}}'
    full.write("schemas/note.schema.json", schema % "reviewed")
    full.write("schemas/live.schema.json", schema % "live")
    full.write("schemas/fact.schema.json", schema % "reviewed")
    full.write("schemas/broken.schema.json", "{")
    full.write("notes/deep/n.json", '{"id": "n"}')
    known = full.knowledge
    assert [each.id for each in list_records(known, type_name="note").records] == ["n"]
    assert sorted(known.problems) == [f"schemas/{name}.schema.json" for name in ("broken", "fact", "live")]
    assert known.types["fact"].is_markdown
