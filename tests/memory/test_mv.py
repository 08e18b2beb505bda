"""A renamed record takes every link to it along, and nothing but links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput, NotFound, Taken
from kit.memory import mv
from kit.records.strict_json import Malformed
from kit.store import work_files
from tests.git import git

if TYPE_CHECKING:
    from kit.memory.mv import Moved
    from tests.memory.conftest import Kb


def moved(kb: Kb, old: str, new: str, *, here: str = "") -> Moved:
    return mv.mv(kb.knowledge, old, new, readmes=mv.readmes(kb.repository), here=here)


def move(kb: Kb, old: str, new: str) -> Moved:
    result = moved(kb, old, new)
    work_files.apply(kb.top, result.changes)
    return result


def test_every_kind_of_link_to_the_record_is_renamed(kb_below: Kb) -> None:
    kb = kb_below
    kb.fact("kb/facts/old.md", "## Evidence\n\nSee [me](old.md#evidence) and [[old]].\n")
    body = "[a](../old.md#evidence) [b](../../facts/old) [[old|it]] [[facts/old]] kit:facts/old#L1 `[[old]]` [r][r]\n"
    body += "\n[r]: /facts/old.md\n"
    meta = 'supersedes: [old] # kept\nsources: [{resource: "kb/facts/old.md#x"}, {resource: "kit:facts/old"}]\n'
    meta += "other: [old]\n"
    kb.fact("kb/facts/deep/a.md", body, meta=meta)
    kb.write("kb/policies/p.md", "---\ntype: policy\nid: p\nsupersedes: [old]\n---\n[x](../facts/old.md)\n")
    kb.write("README.md", "---\n---\nRead [it](kb/facts/old.md).\n")
    kb.write("src/README.md", "[it](../kb/facts/old.md)\n")
    kb.write("kb/facts/README.md", "- [it](./old.md) kit:facts/old\n")
    kb.write("docs/guide.md", "[it](../kb/facts/old.md)\n")
    result = move(kb, "old", "new")
    assert (result.old, result.new, result.unread, result.approved) == ("kb/facts/old.md", "kb/facts/new.md", {}, [])
    assert not (kb.top / "kb/facts/old.md").exists()
    assert kb.read("kb/facts/new.md") == (
        "---\ntype: fact\nid: new\ntitle: About old\ndescription: What old is.\n---\n"
        "## Evidence\n\nSee [me](new.md#evidence) and [[new]].\n"
    )
    assert kb.read("kb/facts/deep/a.md").endswith(
        'supersedes: [new] # kept\nsources: [{resource: "kb/facts/new.md#x"}, {resource: "kit:facts/new"}]\n'
        "other: [old]\n---\n"
        "[a](../new.md#evidence) [b](../new) [[new|it]] [[facts/new]] kit:facts/new#L1 `[[old]]` [r][r]\n"
        "\n[r]: /facts/new.md\n"
    )
    assert kb.read("kb/policies/p.md") == "---\ntype: policy\nid: p\nsupersedes: [old]\n---\n[x](../facts/new.md)\n"
    assert kb.read("README.md") == "---\n---\nRead [it](kb/facts/new.md).\n"
    assert kb.read("src/README.md") == "[it](../kb/facts/new.md)\n"
    assert kb.read("kb/facts/README.md") == "- [it](new.md) kit:facts/new\n"
    assert kb.read("docs/guide.md") == "[it](../kb/facts/old.md)\n"


def test_a_record_in_another_folder_takes_its_own_relative_links_along(kb: Kb) -> None:
    kb.fact(
        "facts/old.md",
        "[b](b.md) ![i](img/x.png) [up](../README.md#top)\n[w](https://x.y/a) [h](#h) [[b]] [p](./img/)\n",
    )
    kb.fact("facts/b.md", "kit:facts/old [x](old.md)\n")
    move(kb, "old", "facts/deep/er/old.md")
    assert kb.read("facts/deep/er/old.md").endswith(
        "[b](../../b.md) ![i](../../img/x.png) [up](../../../README.md#top)\n"
        "[w](https://x.y/a) [h](#h) [[b]] [p](../../img/)\n"
    )
    assert kb.read("facts/b.md").endswith("kit:facts/old [x](deep/er/old.md)\n")


def test_what_does_not_name_the_record_keeps_its_bytes(kb: Kb) -> None:
    kb.fact("facts/old.md")
    text = kb.fact(
        "facts/b.md",
        "[x](older.md) [y](../policies/old.md) [[old-two]]\r\n\r\n\r\n",
        meta="tags:   [a] # why\nid2: old\n",
    )
    kb.write("policies/old-two.md", "---\ntype: policy\nid: old-two\n---\n")
    assert [each.path for each in move(kb, "facts/old", "new").changes] == ["facts/new.md", "facts/old.md"]
    assert kb.read("facts/b.md") == text


@pytest.mark.parametrize(
    ("new", "here", "path"),
    [
        ("new", "", "facts/deep/new.md"),
        ("new.md", "facts", "facts/new.md"),
        ("facts/new.md", "", "facts/new.md"),
        ("facts/new", "", "facts/new.md"),
        ("../new.md", "facts/deep", "facts/new.md"),
        ("facts/", "", "facts/old.md"),
    ],
)
def test_the_new_place_is_an_id_a_path_or_a_folder(kb: Kb, new: str, here: str, path: str) -> None:
    kb.fact("facts/deep/old.md")
    assert moved(kb, "old", new, here=here).new == path


@pytest.mark.parametrize(
    "new", ["blocks/new.md", "New", "a b", "../new.md", "facts/../../new.md", "con", "/etc/new.md", "facts/x.lock.md"]
)
def test_a_place_that_is_none_for_the_record_is_refused(kb: Kb, new: str) -> None:
    kb.fact("facts/old.md")
    with pytest.raises(InvalidInput):
        moved(kb, "old", new)


def test_a_place_or_an_id_that_is_taken_is_refused(kb: Kb) -> None:
    kb.fact("facts/old.md")
    kb.fact("facts/b.md")
    kb.write("policies/deep/p.md", "---\ntype: policy\nid: p\n---\n")
    kb.write("facts/Case.md", "")
    for new in ("b", "old", "facts/b.md", "facts/deep/b.md", "p", "case"):
        with pytest.raises(Taken) as caught:
            moved(kb, "old", new)
        assert (caught.value.code, caught.value.exit_code, caught.value.retryable) == ("exists", 6, False)
    with pytest.raises(NotFound):
        moved(kb, "c", "d")


def test_all_files_change_or_none(kb: Kb) -> None:
    kb.fact("facts/old.md")
    before = kb.fact("facts/b.md", "[x](old.md)\n")
    result = moved(kb, "old", "new")
    kb.write("facts/old.md", "changed meanwhile")
    with pytest.raises(Taken):
        work_files.apply(kb.top, result.changes)
    assert kb.read("facts/b.md") == before
    assert sorted(each.name for each in (kb.top / "facts").iterdir()) == ["b.md", "old.md"]


def test_files_that_cannot_be_read_are_named_and_approvals_that_are_lost_too(kb: Kb) -> None:
    kb.fact("facts/old.md", meta="verified: [{by: human:ana}]\n")
    kb.fact("facts/b.md", "[[old]]\n", meta="verified: [{by: human:ana}]\n")
    kb.fact("facts/c.md", meta="verified: [{by: human:ana}]\n")
    kb.write("facts/broken.md", "---\n[[old]]\n")
    kb.write("src/README.md", "x")
    (kb.top / "src/README.md").write_bytes(b"\xff [[old]]")
    result = moved(kb, "old", "new")
    assert sorted(result.unread) == ["facts/broken.md", "src/README.md"]
    assert result.approved == ["facts/old.md", "facts/b.md"]
    with pytest.raises(Malformed):
        moved(kb, "broken", "new")


def test_a_link_that_cannot_be_rewritten_stops_the_renaming_and_says_where(kb: Kb) -> None:
    kb.fact("facts/old.md")
    kb.fact("facts/b.md", "[x](old&period;md)\n")
    with pytest.raises(InvalidInput, match=r"facts/b.md: a link in line 1"):
        moved(kb, "old", "new")


def test_a_json_record_keeps_its_bytes_unless_it_names_the_record(kb: Kb) -> None:
    kb.write(
        "schemas/note.schema.json",
        '{"x-kit": {"plane": "reviewed", "path": "notes/{id}.json"}, "properties": {"meta": {}}}',
    )
    kb.fact("facts/old.md")
    kb.write("notes/a.json", '{"id":"a","see":"[[b]]"}')
    kb.write("notes/b.json", '{"id":"b","see":"[[old|x]]"}')
    move(kb, "old", "new")
    assert kb.read("notes/a.json") == '{"id":"a","see":"[[b]]"}'
    assert kb.read("notes/b.json") == '{\n  "id": "b",\n  "see": "[[new|x]]"\n}\n'


def test_readmes_that_git_ignores_or_that_are_links_are_left_alone(kb: Kb) -> None:
    kb.write(".gitignore", "built/\n")
    kb.write("built/README.md", "")
    kb.write("src/README.md", "")
    kb.write("docs/README.md", "")
    (kb.top / "src" / "README.md").unlink()
    (kb.top / "src" / "README.md").symlink_to("../README.md")
    git(kb.top, "add", "src", "docs")
    found = {file.path: file.data is not None for file in mv.readmes(kb.repository)}
    assert found == {"README.md": True, "docs/README.md": True, "src/README.md": False}
