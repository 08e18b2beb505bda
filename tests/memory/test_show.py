"""One record is found by its id or any way to write its path, or it is said why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from kit.errors import InvalidInput, NotFound
from kit.memory import show
from kit.records.strict_json import Malformed
from kit.store import knowledge
from tests.git import git

if TYPE_CHECKING:
    from tests.memory.conftest import Kb


@pytest.mark.parametrize(
    ("name", "here"),
    [
        ("tags", ""),
        ("facts/git/tags.md", ""),
        ("facts/git/tags", ""),
        ("kb/facts/git/tags.md", ""),
        ("kb/facts/git/tags.md", "src/deep"),
        ("git/tags.md", "kb/facts"),
        ("../git/tags", "kb/facts/other"),
        ("kit:facts/git/tags#evidence", ""),
        ("kit:tags", ""),
    ],
)
def test_an_id_and_every_way_to_write_a_path_mean_the_record(kb_below: Kb, name: str, here: str) -> None:
    text = kb_below.fact("kb/facts/git/tags.md")
    found = show.show(kb_below.knowledge, name, here=here)
    assert (found.record.id, found.declared.name, found.data.decode()) == ("tags", "fact", text)


def test_an_id_of_two_records_is_named_with_both_paths(kb: Kb) -> None:
    kb.fact("facts/a/tags.md")
    kb.fact("facts/b/tags.md")
    with pytest.raises(InvalidInput, match=r"facts/a/tags.md, facts/b/tags.md") as caught:
        show.find(kb.knowledge, "tags")
    assert caught.value.code == "ambiguous"
    assert show.find(kb.knowledge, "facts/b/tags").path == "facts/b/tags.md"


def test_the_type_tells_records_with_one_id_apart(kb: Kb) -> None:
    kb.fact("facts/tags.md")
    kb.write("policies/tags.md", "---\ntype: policy\n---\n")
    assert show.find(kb.knowledge, "tags", type_name="policy").path == "policies/tags.md"
    with pytest.raises(NotFound, match="no type 'polcy'") as caught:
        show.find(kb.knowledge, "tags", type_name="polcy")
    assert caught.value.hint == "did you mean 'policy'?"


def test_what_is_not_there_is_not_found_and_the_nearest_is_named(kb: Kb) -> None:
    kb.fact("facts/tags.md")
    kb.write("facts/README.md", "# Facts\n")
    with pytest.raises(NotFound) as caught:
        show.find(kb.knowledge, "tag")
    assert caught.value.hint == "did you mean tags?"
    for name in ("facts/README.md", "facts", "../tags", "/etc/passwd", ""):
        with pytest.raises(NotFound):
            show.find(kb.knowledge, name)


def test_a_file_that_is_no_record_is_found_and_says_where_it_is_wrong(kb: Kb) -> None:
    kb.write("facts/tags.md", "---\ntype: fact\nid: [\n---\n")
    with pytest.raises(Malformed) as caught:
        show.show(kb.knowledge, "tags")
    assert caught.value.line == 4


def test_a_link_is_not_followed(kb: Kb) -> None:
    (kb.top / "facts").mkdir()
    (kb.top / "facts" / "passwd.md").symlink_to("/etc/passwd")
    with pytest.raises(InvalidInput, match="symbolic link"):
        show.show(kb.knowledge, "passwd")


def test_a_record_of_a_commit_is_that_of_the_commit(kb_below: Kb) -> None:
    text = kb_below.fact("kb/facts/tags.md")
    git(kb_below.top, "add", ".")
    git(kb_below.top, "commit", "-qm", "tags")
    kb_below.fact("kb/facts/tags.md", "changed\n")
    assert show.show(knowledge.at(kb_below.repository, "HEAD"), "tags").data.decode() == text
    with pytest.raises(NotFound):
        show.show(knowledge.at(kb_below.repository, "HEAD~1"), "tags")
    with pytest.raises(NotFound, match="names no commit"):
        knowledge.at(kb_below.repository, "no-such")
